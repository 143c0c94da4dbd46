using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Pci;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>The Cirrus Logic adapter on the PCI bus (<c>-vga cirrus</c>): 1013:00B8.</summary>
/// <remarks>
/// BAR 0 is the frame buffer of 32 MiB, BAR 1 a page of registers, the ROM BAR the video BIOS. The ISA ports and the window
/// at A0000h answer without regard to the command register, as in QEMU.
/// </remarks>
public sealed class CirrusVga : PciDevice
{
    private static readonly PciIdentity Identity = new(0x1013, 0x00B8, 0x0300);

    private readonly IClock _clock;
    private readonly EventLog _log;
    private readonly ReadOnlyMemory<byte> _rom;
    private Gd5446 _chip = null!;

    /// <summary>Makes the adapter.</summary>
    /// <param name="clock">Guest time.</param>
    /// <param name="rom">Image of the video BIOS; empty for none. It comes into its BAR unless <c>rombar</c> is 0.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public CirrusVga(IClock clock, ReadOnlyMemory<byte> rom, EventLog log)
        : base(Identity)
    {
        _clock = clock;
        _rom = rom;
        _log = log;
    }

    /// <summary>The section <c>cirrus_vga</c>.</summary>
    public static readonly StateDescription<CirrusVga> State = new("cirrus_vga", version: 2, minimumVersion: 2)
    {
        PciField<CirrusVga>(),
        Field.Struct("cirrus", static (ref CirrusVga d) => ref d._chip, Gd5446.State),
    };

    /// <inheritdoc/>
    public override string Driver => "cirrus-vga";

    /// <summary>Size of the block <c>vga.vram</c> in MiB; the chip uses the first 4.</summary>
    [DeviceProperty("vgamem_mb", "Size of video memory in MiB: 4, 8 or 16", Minimum = 4, Maximum = 16, PowerOfTwo = true)]
    public uint VgaMemMb { get; set; } = 8;

    /// <summary>The chip, once the device is realized.</summary>
    public Gd5446 Chip => _chip;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];

    /// <inheritdoc/>
    public override void Realize()
    {
        base.Realize();
        _chip = new Gd5446(VgaMemMb, _clock, _log);
        RegisterBar(0, PciBarType.Memory | PciBarType.Prefetchable, _chip.FrameBuffer);
        RegisterBar(1, PciBarType.Memory, _chip.Registers);
        if (RomBar != 0 && !_rom.IsEmpty)
        {
            AttachRom("cirrus_vga.rom", _rom.Span);
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
