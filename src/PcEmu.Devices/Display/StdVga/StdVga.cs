using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Pci;

namespace PcEmu.Devices.Display.StdVga;

/// <summary>The standard VGA on the PCI bus (<c>-vga std</c>): 1234:1111.</summary>
/// <remarks>
/// Source: QEMU, docs/specs/standard-vga. BAR 0 is video memory, BAR 2 a page of registers from pc-1.3 on, the ROM BAR
/// the video BIOS. The ISA ports and the window at A0000h answer without regard to the command register, as in QEMU.
/// </remarks>
public sealed class StdVga : PciDevice
{
    private static readonly PciIdentity Identity = new(0x1234, 0x1111, 0x0300);

    private readonly IClock _clock;
    private readonly EventLog _log;
    private readonly ReadOnlyMemory<byte> _rom;
    private StdVgaChip _chip = null!;

    /// <summary>Makes the adapter.</summary>
    /// <param name="clock">Guest time.</param>
    /// <param name="rom">Image of the video BIOS; empty for none. It comes into its BAR unless <c>rombar</c> is 0.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public StdVga(IClock clock, ReadOnlyMemory<byte> rom, EventLog log)
        : base(Identity)
    {
        _clock = clock;
        _rom = rom;
        _log = log;
    }

    /// <summary>The section <c>vga</c>.</summary>
    public static readonly StateDescription<StdVga> State = new("vga", version: 2, minimumVersion: 2)
    {
        PciField<StdVga>(),
        Field.Struct("vga", static (ref StdVga d) => ref d._chip, StdVgaChip.State),
    };

    /// <inheritdoc/>
    public override string Driver => "VGA";

    /// <summary>Size of video memory in MiB.</summary>
    [DeviceProperty("vgamem_mb", "Size of video memory in MiB", Minimum = 1, Maximum = 256, PowerOfTwo = true)]
    public uint VgaMemMb { get; set; } = 16;

    /// <summary>Whether BAR 2 with the registers in memory exists (pc-1.3 and later).</summary>
    [DeviceProperty("mmio", "Whether the registers are in memory as well")]
    public bool Mmio { get; set; } = true;

    /// <summary>The chip, once the device is realized.</summary>
    public StdVgaChip Chip => _chip;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];

    /// <inheritdoc/>
    public override void Realize()
    {
        base.Realize();
        _chip = new StdVgaChip(VgaMemMb, _clock, _log);
        RegisterBar(0, PciBarType.Memory | PciBarType.Prefetchable, _chip.Vram.Region);
        if (Mmio)
        {
            RegisterBar(2, PciBarType.Memory, StdVgaMmio.Create(_chip));
        }

        if (RomBar != 0 && !_rom.IsEmpty)
        {
            AttachRom("vga.rom", _rom.Span);
        }

        _chip.Place(Bus.Memory, Bus.Io);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        _chip.Reset();
    }
}
