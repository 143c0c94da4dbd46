using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Interrupts;

/// <summary>The two 8259A of a PC: fifteen interrupt lines, the slave behind the master's input 2, and the ELCR registers.</summary>
/// <remarks>
/// Source: Intel 8259A data sheet, 231468-003, "Cascade Mode"; 82371SB (PIIX3) data sheet, 290550, "ELCR1 - Edge/Level
/// Control Register": lines 0, 1, 2, 8 and 13 are always edge-triggered.
/// </remarks>
public sealed class I8259Pair : Device
{
    private const byte MasterElcrMask = 0xF8;
    private const byte SlaveElcrMask = 0xDE;
    private const int CascadeInput = 2;
    private const int SpuriousInput = 7;

    private readonly EventLog _log;
    private readonly I8259 _master;
    private readonly I8259 _slave;
    private readonly IIrqLine[] _lines = new IIrqLine[16];

    /// <summary>Wires the pair.</summary>
    /// <param name="intr">INTR of the processor, or LINT0 and ExtINT where there are APICs.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public I8259Pair(IIrqLine intr, EventLog log)
    {
        _log = log;
        _master = new I8259(intr, master: true, MasterElcrMask, log);
        _slave = new I8259(new Input(_master, CascadeInput), master: false, SlaveElcrMask, log);
        for (int i = 0; i < 8; i++)
        {
            _lines[i] = new Input(_master, i);
            _lines[i + 8] = new Input(_slave, i);
        }

        MasterPorts = MemoryRegion.Io("pic", 2, IoHandlers.Bytes(_master.Read, _master.Write));
        SlavePorts = MemoryRegion.Io("pic", 2, IoHandlers.Bytes(_slave.Read, _slave.Write));
        Elcr = MemoryRegion.Io("elcr", 2, IoHandlers.Bytes(ReadElcr, WriteElcr));
    }

    /// <inheritdoc/>
    public override string Driver => "isa-i8259";

    /// <summary>Two ports of the master: 20h on a PC.</summary>
    public MemoryRegion MasterPorts { get; }

    /// <summary>Two ports of the slave: A0h on a PC.</summary>
    public MemoryRegion SlavePorts { get; }

    /// <summary>The edge/level registers of master and slave: 4D0h on a PC.</summary>
    public MemoryRegion Elcr { get; }

    /// <summary>Whether INTR is asserted.</summary>
    public bool Output => _master.Pending != I8259.None;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections =>
        [StateSection.Of(I8259.State, _master), StateSection.Of(I8259.State, _slave)];

    /// <summary>An interrupt request input.</summary>
    /// <param name="irq">0-7 on the master, 8-15 on the slave; 2 is the slave's own way in.</param>
    public IIrqLine Line(int irq) => _lines[irq];

    /// <summary>The processor's INTA cycle: takes the highest request into service.</summary>
    /// <returns>The vector, 0-255; the one of IRQ7 (or IRQ15) when the request is gone: a spurious interrupt.</returns>
    public int Acknowledge()
    {
        int irq = _master.Pending;
        int vector;
        if (irq == I8259.None)
        {
            irq = SpuriousInput;
            vector = _master.Vector(SpuriousInput);
        }
        else if (irq == CascadeInput)
        {
            int input = _slave.Pending;
            if (input == I8259.None)
            {
                // Spurious on the slave alone: the master takes its input 2 into service all the same.
                input = SpuriousInput;
            }
            else
            {
                _slave.Acknowledge(input);
            }

            irq = input + 8;
            vector = _slave.Vector(input);
            _master.Acknowledge(CascadeInput);
        }
        else
        {
            vector = _master.Vector(irq);
            _master.Acknowledge(irq);
        }

        _log.Trace("pic_interrupt", $"irq {irq} intno {vector}");
        return vector;
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        _slave.Reset();
        _master.Reset();
    }

    private byte ReadElcr(int offset) => offset == 0 ? _master.Elcr : _slave.Elcr;

    private void WriteElcr(int offset, byte value) => (offset == 0 ? _master : _slave).Elcr = value;

    private sealed class Input(I8259 chip, int input) : IIrqLine
    {
        public void Set(bool level) => chip.SetInput(input, level);
    }
}
