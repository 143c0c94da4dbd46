using System.Globalization;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Pci;

/// <summary>One function on a PCI bus: configuration space, base address registers, interrupt pin.</summary>
/// <remarks>
/// Source: PCI Local Bus Specification 2.1, chapter 6. The board constructs the device, applies its properties, puts it
/// on the bus with <see cref="PciBus.Add"/>, and only then realizes it. A device registers its BARs in its constructor
/// or in <see cref="Realize"/>, describes its state with <see cref="PciField{T}"/> as the first field, and names its
/// section with <see cref="Path"/> in front.
/// </remarks>
public abstract class PciDevice : Device
{
    private readonly PciBar?[] _bars = new PciBar?[PciBar.Count];

    [NotSaved("described as the structure 'pci'; not readonly only because descriptions take storage by ref")]
    private PciConfigSpace _config;

    [NotSaved("on the wire as intx_level, by way of the structure 'pci'")]
    private int _intx;

    [NotSaved("wiring: set by the bus")]
    private PciBus? _bus;

    /// <summary>Makes the function with its identity; every other register is zero.</summary>
    protected PciDevice(in PciIdentity identity)
    {
        _config = new PciConfigSpace(this, identity);
        Intx = new IrqLine(level => SetIntx((_config.Bytes[PciHeader.InterruptPin] - 1) & 3, level));
    }

    /// <summary>Where the function sits: <c>addr=SLOT[.FUNCTION]</c>, hexadecimal; empty lets the bus choose.</summary>
    [DeviceProperty("addr", "Slot and function on the bus, as SLOT or SLOT.FUNCTION in hexadecimal")]
    public string Addr { get; set; } = "";

    /// <summary>Image of the expansion ROM, an empty string for none; the device's own default until set.</summary>
    [DeviceProperty("romfile", "File with the expansion ROM; empty for none")]
    public string? RomFile { get; set; }

    /// <summary>Whether the expansion ROM is behind its BAR (not 0), or handed to the firmware through fw_cfg (0).</summary>
    [DeviceProperty("rombar", "Whether the expansion ROM is in a BAR (1) or given to the firmware (0)")]
    public uint RomBar { get; set; } = 1;

    /// <summary>Whether function 0 says that its slot has more functions.</summary>
    [DeviceProperty("multifunction", "Whether the slot may hold more functions")]
    public bool Multifunction { get; set; }

    /// <summary>Whether a guest can set the SERR# enable bit of the command register.</summary>
    [DeviceProperty("command_serr_enable", "Whether the SERR# enable bit of the command register is writable")]
    public bool CommandSerrEnable { get; set; } = true;

    /// <summary>The bus, once the device is on it.</summary>
    /// <exception cref="InvalidOperationException">The device is on no bus.</exception>
    public PciBus Bus => _bus ?? throw new InvalidOperationException($"{Driver} is on no bus");

    /// <summary>Slot in bits 7-3 and function in bits 2-0; -1 before the device is on a bus.</summary>
    [NotSaved("wiring: set by the bus")]
    public int Devfn { get; private set; } = -1;

    /// <summary>Slot on the bus, 0 to 31.</summary>
    public int Slot => Devfn >> 3;

    /// <summary>Function in the slot, 0 to 7.</summary>
    public int Function => Devfn & 7;

    /// <summary>Path as streams and listings have it: <c>0000:00:SS.F</c>.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"0000:00:{Slot:x2}.{Function:x}");

    /// <summary>The configuration space: bytes, write masks.</summary>
    public PciConfigSpace Config => _config;

    /// <summary>The interrupt pin that the register at 3Dh names.</summary>
    public IIrqLine Intx { get; }

    /// <summary>Whether the guest lets the function be bus master.</summary>
    public bool IsBusMaster => (Config.Bytes.Word(PciHeader.Command) & PciHeader.CommandMaster) != 0;

    /// <summary>Whether a guest can let go of the device while it runs; chips on the board and video adapters say no.</summary>
    public virtual bool CanHotplug => true;

    /// <summary>The expansion ROM's bytes, a block of guest memory that streams carry; null without one.</summary>
    [NotSaved("made by the board; its bytes travel as a block of RAM")]
    public RamBlock? RomBlock { get; private set; }

    /// <summary>Reads configuration registers. A guest with an odd address in CF8h may cross dwords, and the end.</summary>
    /// <param name="offset">0 to 255.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public virtual uint ConfigRead(int offset, int size) => _config.Read(offset, size);

    /// <summary>Writes configuration registers. An override calls this first and then looks at what has changed.</summary>
    /// <param name="offset">0 to 255.</param>
    /// <param name="value">The value in the low bytes.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public virtual void ConfigWrite(int offset, uint value, int size)
    {
        bool intxWasDisabled = IntxDisabled;
        _config.Write(offset, value, size);
        if (Touches(offset, size, PciHeader.Bar0, 24) || Touches(offset, size, PciHeader.ExpansionRom, 4) || Touches(offset, size, PciHeader.Command, 2))
        {
            PlaceBars();
        }

        if (IntxDisabled != intxWasDisabled)
        {
            for (int pin = 0; pin < 4; pin++)
            {
                if (IsIntxAsserted(pin))
                {
                    Bus.IntxChanged(this, pin, !IntxDisabled);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Realize()
    {
        if (CommandSerrEnable)
        {
            _config.WriteMask[PciHeader.Command + 1] |= PciHeader.CommandSerr >> 8;
        }
    }

    /// <summary>Resets what all functions have: INTx low, command and error bits clear, BARs empty. Overrides call it.</summary>
    public override void Reset()
    {
        for (int pin = 0; pin < 4; pin++)
        {
            SetIntx(pin, false);
        }

        _config.ClearWritable(PciHeader.Command);
        _config.ClearWritable(PciHeader.Status);
        _config.ClearWritable(PciHeader.InterruptLine);
        _config.Bytes[PciHeader.CacheLineSize] = 0;
        foreach (PciBar? bar in _bars)
        {
            if (bar is not null)
            {
                _config.Bytes.SetDWord(bar.Offset, bar.TypeBits);
                if (bar.Is64)
                {
                    _config.Bytes.SetDWord(bar.Offset + 4, 0);
                }
            }
        }

        PlaceBars();
    }

    /// <summary>Whether INTA to INTD (0 to 3) is asserted inside the function, be it held off or not.</summary>
    public bool IsIntxAsserted(int pin) => ((_intx >> pin) & 1) != 0;

    /// <summary>Puts the image of the expansion ROM behind the ROM BAR; call it after the device is on its bus.</summary>
    /// <param name="name">Name of the memory block after the path, such as "rtl8139.rom".</param>
    /// <param name="image">The image; the block is the next power of two, and of at least a page.</param>
    public void AttachRom(string name, ReadOnlySpan<byte> image)
    {
        ulong size = Math.Max(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)image.Length), RamBlock.PageSize);
        RomBlock = new RamBlock($"{Path}/{name}", size);
        image.CopyTo(RomBlock.Span(0, image.Length));
        RegisterBar(PciBar.Rom, PciBarType.Memory, MemoryRegion.Rom(name, RomBlock));
    }

    /// <summary>The first field of the device's description: the structure that all PCI devices open with.</summary>
    protected static StateField<T> PciField<T>()
        where T : PciDevice =>
        Field.Struct("pci", static (ref T d) => ref d._config, PciConfigSpace.State);

    /// <summary>Declares a base address register.</summary>
    /// <param name="index">0 to 5; a 64-bit BAR takes the next one too.</param>
    /// <param name="type">Which space, and how.</param>
    /// <param name="region">What is behind it; its size is a power of two, from 16 bytes for memory and 4 for ports.</param>
    protected void RegisterBar(int index, PciBarType type, MemoryRegion region)
    {
        if (!UInt128.IsPow2(region.Size) || region.Size < ((type & PciBarType.Io) != 0 ? 4u : 16u))
        {
            throw new ArgumentOutOfRangeException(nameof(region), $"size 0x{region.Size:x} of '{region.Name}' is not one a BAR can have");
        }

        var bar = new PciBar(PciBar.OffsetOf(index), type, region);
        _bars[index] = bar;
        bar.Lay(_config);
    }

    /// <summary>Puts a capability at the head of the list. Its bytes are read-only until the device opens some.</summary>
    /// <param name="id">Capability ID (05h MSI, 11h MSI-X).</param>
    /// <param name="offset">Where it starts, 40h to FCh.</param>
    /// <param name="size">Its bytes, with ID and link.</param>
    protected void AddCapability(byte id, int offset, int size)
    {
        Span<byte> bytes = _config.Bytes;
        bytes[offset] = id;
        bytes[offset + 1] = bytes[PciHeader.CapabilityList];
        bytes[PciHeader.CapabilityList] = (byte)offset;
        bytes[PciHeader.Status] |= (byte)PciHeader.StatusCapabilityList;
        _config.WriteMask.Slice(offset, size).Clear();
        _config.FixedMask.Slice(offset, size).Fill(0xFF);
    }

    /// <summary>Whether an access of <paramref name="size"/> bytes at <paramref name="offset"/> touches a register.</summary>
    protected static bool Touches(int offset, int size, int register, int length) => offset < register + length && register < offset + size;

    internal void Attach(PciBus bus, int devfn)
    {
        _bus = bus;
        Devfn = devfn;
        if (Multifunction)
        {
            _config.Bytes[PciHeader.HeaderType] |= 0x80;
        }
    }

    internal void Detach()
    {
        for (int pin = 0; pin < 4; pin++)
        {
            SetIntx(pin, false);
        }

        foreach (PciBar? bar in _bars)
        {
            bar?.Unplace(Bus);
        }

        _bus = null;
        Devfn = -1;
    }

    internal void ConfigLoaded(int intx)
    {
        // The bus has its counts from its own section; the levels must not be counted again.
        _intx = intx;
        ShowIntxStatus();
        PlaceBars();
    }

    private bool IntxDisabled => (_config.Bytes.Word(PciHeader.Command) & PciHeader.CommandIntxDisable) != 0;

    private void SetIntx(int pin, bool level)
    {
        if (IsIntxAsserted(pin) == level)
        {
            return;
        }

        _intx ^= 1 << pin;
        ShowIntxStatus();
        if (!IntxDisabled)
        {
            Bus.IntxChanged(this, pin, level);
        }
    }

    private void ShowIntxStatus()
    {
        ref byte status = ref _config.Bytes[PciHeader.Status];
        status = (byte)(_intx != 0 ? status | PciHeader.StatusInterrupt : status & ~PciHeader.StatusInterrupt);
    }

    private void PlaceBars()
    {
        foreach (PciBar? bar in _bars)
        {
            bar?.Place(_config, Bus);
        }
    }
}
