using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Serial;

/// <summary>A serial port on the ISA bus: COM1 to COM4.</summary>
/// <param name="timers">Guest time.</param>
/// <param name="isaIrq">The ISA bus's interrupt lines by number; asked once, for <see cref="Irq"/>.</param>
/// <param name="ioSpace">The I/O space; the device places its eight registers at <see cref="IoBase"/>.</param>
/// <param name="port">What the serial line leads to.</param>
/// <param name="log">Where trace events go.</param>
public sealed class IsaSerial(TimerQueue timers, Func<int, IIrqLine> isaIrq, MemoryRegion ioSpace, CharPort port, EventLog log)
    : Device
{
    private const int MaximumPorts = 4;

    private Uart16550? _uart;

    /// <inheritdoc/>
    public override string Driver => "isa-serial";

    /// <summary>Which COM port, from 0: chooses base and interrupt where those are not given.</summary>
    [DeviceProperty("index", "COM port, from 0")]
    public uint Index { get; set; }

    /// <summary>First of eight ports, or all ones to follow <see cref="Index"/>: 3F8h, 2F8h, 3E8h, 2E8h.</summary>
    [DeviceProperty("iobase", "first I/O port; default by index")]
    public uint IoBase { get; set; } = uint.MaxValue;

    /// <summary>ISA interrupt, or all ones to follow <see cref="Index"/>: 4, 3, 4, 3.</summary>
    [DeviceProperty("irq", "ISA interrupt; default by index")]
    public uint Irq { get; set; } = uint.MaxValue;

    /// <summary>The chip, once realized.</summary>
    public Uart16550 Uart => _uart ?? throw new InvalidOperationException("not realized");

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(Uart16550.State, Uart)];

    /// <inheritdoc/>
    public override void Realize()
    {
        if (Index >= MaximumPorts)
        {
            throw new ConfigurationException($"Property '{Driver}.index' doesn't take value '{Index}': the ISA bus has {MaximumPorts} serial ports");
        }

        if (IoBase == uint.MaxValue)
        {
            IoBase = Index switch { 0 => 0x3F8, 1 => 0x2F8, 2 => 0x3E8, _ => 0x2E8 };
        }

        if (Irq == uint.MaxValue)
        {
            Irq = Index % 2 == 0 ? 4u : 3u;
        }

        if (IoBase > 0xFFF8)
        {
            throw new ConfigurationException($"Property '{Driver}.iobase' doesn't take value '0x{IoBase:x}': out of range (0..0xfff8)");
        }

        if (Irq > 15)
        {
            throw new ConfigurationException($"Property '{Driver}.irq' doesn't take value '{Irq}': out of range (0..15)");
        }

        _uart = new Uart16550(timers, isaIrq((int)Irq), port, log);
        ioSpace.Add(_uart.Registers, IoBase);
    }

    /// <inheritdoc/>
    public override void Reset() => Uart.Reset();
}
