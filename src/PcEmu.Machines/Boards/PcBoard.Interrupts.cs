using System.Buffers.Binary;
using PcEmu.Core;
using PcEmu.Cpu.Models;
using PcEmu.Devices.Interrupts;
using PcEmu.Devices.Timer;

namespace PcEmu.Machines.Boards;

// Interrupt lines: each reaches the 8259s and the I/O APIC; the 8259s reach the processor through its local APIC's LINT0.
public sealed partial class PcBoard
{
    private const ulong IoApicBase = 0xFEC0_0000;
    private const int PitIrq = 0;

    // The 8254's line is the I/O APIC's input 2, where the 8259s have their cascade; the MADT says so ("irq0-override").
    private const int PitPin = 2;

    // The HPET's entry in fw_cfg: count; block id, address, minimum tick, page protection; room for seven more.
    private const int HpetTableSize = 1 + (8 * 15);

    private readonly SharedIrq[] _gsis = new SharedIrq[IoApic.PinCount];

    /// <summary>The local APIC, or null where the CPU model has none.</summary>
    public LocalApic? LocalApic { get; private set; }

    /// <summary>The I/O APIC.</summary>
    public IoApic IoApic { get; private set; } = null!;

    /// <summary>The HPET.</summary>
    public Hpet Hpet { get; private set; } = null!;

    /// <summary>An input of a global system interrupt: 0 to 15 are the ISA lines, 16 to 23 reach the I/O APIC alone.</summary>
    private IIrqLine Gsi(int number) => number < _gsis.Length ? _gsis[number].AddInput() : IrqLine.None;

    private IIrqLine IsaIrq(int number) => _gsis[number].AddInput();

    /// <summary>Makes the local APIC, the 8259s and the I/O APIC, and the lines that devices are given.</summary>
    private I8259Pair WireInterrupts()
    {
        var bus = new ApicBus(static () => 0, _log);
        if (Cpu.Model.Has(Features1Edx.Apic))
        {
            LocalApic = Add(new LocalApic(bootstrap: true, _services.Timers, bus, new LocalApicWiring
            {
                Intr = new IrqLine(Cpu.SetInterruptLine),
                AcknowledgePic = () => _pic.Acknowledge(),
                Nmi = Cpu.RaiseNmi,
                Init = Cpu.RaiseInit,
            }, _log));
            _systemMemory.Add(bus.Messages, ApicBus.DefaultBase, priority: 1);
            _systemMemory.Add(bus.Registers, ApicBus.DefaultBase, priority: 2);
        }

        var pic = Add(new I8259Pair(new IrqLine(LocalApic is { } apic ? apic.SetLint0 : Cpu.SetInterruptLine), _log));
        IoApic = Add(new IoApic(bus, pic.Acknowledge, _log));
        _systemMemory.Add(IoApic.Registers, IoApicBase, priority: 1);
        for (int i = 0; i < _gsis.Length; i++)
        {
            IIrqLine pin = IoApic.Pin(i == PitIrq ? PitPin : i);
            _gsis[i] = new SharedIrq(i < IsaIrqs ? new GsiLine(pic.Line(i), pin) : pin);
        }

        Hpet = Add(new Hpet(_services.Timers, Gsi, _log));
        _systemMemory.Add(Hpet.Registers, Hpet.DefaultBase, priority: 1);
        return pic;
    }

    /// <summary>The processor's acknowledge cycle.</summary>
    private int AcknowledgeInterrupt() => LocalApic?.AcknowledgeInterrupt() ?? _pic.Acknowledge();

    /// <summary>What fw_cfg says of the HPET.</summary>
    private byte[] DescribeHpet()
    {
        byte[] table = new byte[HpetTableSize];
        Span<byte> entry = table.AsSpan(1);
        table[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Hpet.EventTimerBlockId);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[4..], Hpet.DefaultBase);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[12..], Hpet.MinimumTick);
        return table;
    }

    /// <summary>An ISA line on its way to the 8259s and to the I/O APIC.</summary>
    private sealed class GsiLine(IIrqLine pic, IIrqLine ioApic) : IIrqLine
    {
        public void Set(bool level)
        {
            pic.Set(level);
            ioApic.Set(level);
        }
    }
}
