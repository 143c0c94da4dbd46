using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Display.StdVga;

/// <summary>The standard VGA on the ISA bus (<c>isa-vga</c>, for machine <c>isapc</c>).</summary>
/// <remarks>The linear frame buffer lies at E0000000h, where the VBE extension has it without PCI. The board places the video BIOS.</remarks>
public sealed class IsaVga : Device
{
    /// <summary>Address of the linear frame buffer.</summary>
    public const ulong LinearFrameBuffer = 0xE000_0000;

    private readonly MemoryRegion _memory;
    private readonly MemoryRegion _io;
    private readonly IClock _clock;
    private readonly EventLog _log;

    [NotSaved("made when the device is realized; its state has a section of its own")]
    private StdVgaChip _chip = null!;

    /// <summary>Makes the adapter.</summary>
    /// <param name="memory">System memory: the window at A0000h and the frame buffer are placed in it.</param>
    /// <param name="io">The I/O space.</param>
    /// <param name="clock">Guest time.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public IsaVga(MemoryRegion memory, MemoryRegion io, IClock clock, EventLog log)
    {
        _memory = memory;
        _io = io;
        _clock = clock;
        _log = log;
    }

    /// <inheritdoc/>
    public override string Driver => "isa-vga";

    /// <summary>Size of video memory in MiB.</summary>
    [DeviceProperty("vgamem_mb", "Size of video memory in MiB", Minimum = 1, Maximum = 256, PowerOfTwo = true)]
    public uint VgaMemMb { get; set; } = 8;

    /// <summary>The chip, once the device is realized.</summary>
    public StdVgaChip Chip => _chip;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(StdVgaChip.State, _chip)];

    /// <inheritdoc/>
    public override void Realize()
    {
        _chip = new StdVgaChip(VgaMemMb, _clock, _log);
        _chip.Place(_memory, _io);
        _memory.Add(_chip.Vram.Region, LinearFrameBuffer);
    }

    /// <inheritdoc/>
    public override void Reset() => _chip.Reset();
}
