using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Parallel;

/// <summary>A parallel port on the ISA bus: LPT1 to LPT3.</summary>
/// <param name="isaIrq">The ISA bus's interrupt lines by number; asked once, for <see cref="Irq"/>.</param>
/// <param name="ioSpace">The I/O space; the device places its registers at <see cref="IoBase"/>.</param>
/// <param name="port">Where printed bytes go.</param>
/// <param name="log">Where trace events go.</param>
public sealed class IsaParallel(Func<int, IIrqLine> isaIrq, MemoryRegion ioSpace, CharPort port, EventLog log) : Device
{
    private const int MaximumPorts = 3;

    private ParallelPort? _parallel;

    /// <inheritdoc/>
    public override string Driver => "isa-parallel";

    /// <summary>Which LPT port, from 0: chooses the base where that is not given.</summary>
    [DeviceProperty("index", "LPT port, from 0")]
    public uint Index { get; set; }

    /// <summary>First port, or all ones to follow <see cref="Index"/>: 378h, 278h, 3BCh.</summary>
    [DeviceProperty("iobase", "first I/O port; default by index")]
    public uint IoBase { get; set; } = uint.MaxValue;

    /// <summary>ISA interrupt.</summary>
    [DeviceProperty("irq", "ISA interrupt", Minimum = 0, Maximum = 15)]
    public uint Irq { get; set; } = 7;

    /// <summary>The port itself, once realized.</summary>
    public ParallelPort Parallel => _parallel ?? throw new InvalidOperationException("not realized");

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(ParallelPort.State, Parallel)];

    /// <inheritdoc/>
    public override void Realize()
    {
        if (Index >= MaximumPorts)
        {
            throw new ConfigurationException($"Property '{Driver}.index' doesn't take value '{Index}': the ISA bus has {MaximumPorts} parallel ports");
        }

        if (IoBase == uint.MaxValue)
        {
            IoBase = Index switch { 0 => 0x378, 1 => 0x278, _ => 0x3BC };
        }

        if (IoBase > 0xFFF8)
        {
            throw new ConfigurationException($"Property '{Driver}.iobase' doesn't take value '0x{IoBase:x}': out of range (0..0xfff8)");
        }

        _parallel = new ParallelPort(isaIrq((int)Irq), port, log);
        ioSpace.Add(_parallel.Registers, IoBase);
    }

    /// <inheritdoc/>
    public override void Reset() => Parallel.Reset();
}
