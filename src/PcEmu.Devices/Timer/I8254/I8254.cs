using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Timer;

/// <summary>Intel 8254 programmable interval timer: three counters behind four ports, the first one on an interrupt line.</summary>
/// <remarks>
/// Source: Intel 8254 data sheet, 231164-005, "Control Word Format", "Counter Latch Command" and "Read-Back Command".
/// Counting is in <see cref="I8254Counter"/>. Counter 0 has a timer at each change of its OUT and nothing between.
/// </remarks>
public sealed class I8254 : Device
{
    // Ports, as offsets from the base address (40h on a PC); 0-2 are the counters.
    private const int ControlWord = 3;

    // Control word: SC1-0, RW1-0, M2-0, BCD. SC = 3 is the read-back command, RW = 0 the counter latch command.
    private const int ReadBack = 3;
    private const int LatchCommand = 0;
    private const byte ReadBackNotCount = 0x20;
    private const byte ReadBackNotStatus = 0x10;

    private const uint HpetLegacy = 1;
    private const int FirstQemuVersionWithFlags = 3;

    private readonly IClock _clock;
    private readonly IIrqLine _output0;
    private readonly EventLog _log;
    private readonly GuestTimer _irqTimer;
    private readonly I8254Counter[] _counters = new I8254Counter[3];

    private uint _irqDisabled;

    /// <summary>The section. qemu-kvm's version 2 has the flags word already; see <see cref="QemuKvmMigration"/>.</summary>
    public static readonly StateDescription<I8254> State = Describe();

    /// <summary>Wires the chip.</summary>
    /// <param name="clock">Guest time, which the counters count in ticks of 1193182 Hz.</param>
    /// <param name="timers">Queue of that clock.</param>
    /// <param name="output0">OUT of counter 0: IRQ0 on a PC.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public I8254(IClock clock, TimerQueue timers, IIrqLine output0, EventLog log)
    {
        _clock = clock;
        _output0 = output0;
        _log = log;
        _irqTimer = timers.Create(OnTransition);
        Ports = MemoryRegion.Io("pit", 4, IoHandlers.Bytes(Read, Write));
    }

    /// <inheritdoc/>
    public override string Driver => "isa-pit";

    /// <summary>The three counters and the control word.</summary>
    public MemoryRegion Ports { get; }

    /// <summary>Whether an incoming section of version 2 comes from qemu-kvm: with a 32-bit flags word in front.</summary>
    /// <remarks>Machine option <c>qemu-kvm-migration</c>. Off, version 2 is QEMU 1.0's, without the word.</remarks>
    public bool QemuKvmMigration { get; init; }

    /// <summary>Whether the HPET's legacy mode has taken interrupt line 0 away. Giving it back drives it from OUT again.</summary>
    /// <remarks>Survives <see cref="Reset"/>: the HPET's own reset leaves legacy mode.</remarks>
    public bool IrqDisabled
    {
        get => _irqDisabled != 0;
        set
        {
            if (value != IrqDisabled)
            {
                _irqDisabled = value ? HpetLegacy : 0;
                Update(_clock.Now);
            }
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>The pins and settings of a counter as they stand.</summary>
    /// <param name="counter">0-2.</param>
    public I8254Pins Inspect(int counter)
    {
        ref I8254Counter c = ref _counters[counter];
        return new I8254Pins(c.Gate != 0, c.OutAt(_clock.Now), c.OperatingMode, c.Period);
    }

    /// <summary>Drives a counter's GATE pin. Gates 0 and 1 are tied high on a PC, gate 2 is bit 0 of port 61h.</summary>
    /// <param name="counter">0-2.</param>
    /// <param name="level">True is high.</param>
    public void SetGate(int counter, bool level)
    {
        long now = _clock.Now;
        _counters[counter].SetGate(now, level);
        UpdateAfter(counter, now);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        long now = _clock.Now;
        for (int i = 0; i < _counters.Length; i++)
        {
            _counters[i].Reset(now, gate: i != 2);
        }

        // The line keeps its level: the interrupt controllers are being reset as well, in whatever order.
        Arm(now);
    }

    private static StateDescription<I8254> Describe()
    {
        var state = new StateDescription<I8254>("i8254", version: 3, minimumVersion: 2)
        {
            PreSave = static (ref I8254 d, int _) => d.ToWire(),
            PostLoad = static (ref I8254 d, int version) => d.FromWire(version),
        };
        state.Add(Field.UInt32(
            "channels[0].irq_disabled",
            static (ref I8254 d) => ref d._irqDisabled,
            when: static (ref I8254 d, int version) => version >= FirstQemuVersionWithFlags || d.QemuKvmMigration));
        state.Add(Field.Array("channels", static (I8254 d) => d._counters, I8254Counter.State));
        state.Add(Field.Timer("irq_timer", static (I8254 d) => d._irqTimer));
        return state;
    }

    private byte Read(int offset)
    {
        // The control word cannot be read back; QEMU's guests see zero.
        byte value = offset == ControlWord ? (byte)0 : _counters[offset].Read(_clock.Now);
        _log.Trace("pit_ioport_read", $"port {offset} value 0x{value:x2}");
        return value;
    }

    private void Write(int offset, byte value)
    {
        _log.Trace("pit_ioport_write", $"port {offset} value 0x{value:x2}");
        long now = _clock.Now;
        if (offset == ControlWord)
        {
            WriteControlWord(now, value);
        }
        else
        {
            _counters[offset].Write(now, value);
            UpdateAfter(offset, now);
        }
    }

    private void WriteControlWord(long now, byte value)
    {
        int counter = value >> 6;
        int access = (value >> 4) & 3;
        if (counter == ReadBack)
        {
            WriteReadBack(now, value);
        }
        else if (access == LatchCommand)
        {
            _counters[counter].LatchCount(now);
        }
        else
        {
            _counters[counter].Program(now, access, mode: (value >> 1) & 7, bcd: (value & 1) != 0);
            UpdateAfter(counter, now);
        }
    }

    private void WriteReadBack(long now, byte value)
    {
        for (int i = 0; i < _counters.Length; i++)
        {
            if ((value & (2 << i)) == 0)
            {
                continue;
            }

            if ((value & ReadBackNotCount) == 0)
            {
                _counters[i].LatchCount(now);
            }

            if ((value & ReadBackNotStatus) == 0)
            {
                _counters[i].LatchStatus(now);
            }
        }
    }

    private void UpdateAfter(int counter, long now)
    {
        if (counter == 0)
        {
            Update(now);
        }
    }

    // Drives the line from OUT and waits for its next change.
    private void Update(long now)
    {
        if (!IrqDisabled)
        {
            _output0.Set(_counters[0].OutAt(now));
        }

        Arm(now);
    }

    private void Arm(long now)
    {
        ref I8254Counter counter = ref _counters[0];
        counter.NextTransitionTime = IrqDisabled ? I8254Counter.Never : counter.NextTransition(now);
        _irqTimer.ArmOrCancel(counter.NextTransitionTime);
    }

    private void OnTransition()
    {
        // When the machine stood still for some time, several transitions are due at once. Whoever listens to edges gets
        // one pulse for all of them: more cannot be told apart while the guest does not run.
        ref I8254Counter counter = ref _counters[0];
        long now = _clock.Now;
        long due = counter.NextTransitionTime;
        if (due < now)
        {
            _output0.Set(counter.OutAt(due));
            long next = counter.NextTransition(due);
            if (next != I8254Counter.Never && next < now)
            {
                _output0.Set(counter.OutAt(next));
            }
        }

        Update(now);
    }

    private void ToWire()
    {
        long now = _clock.Now;
        foreach (ref I8254Counter counter in _counters.AsSpan())
        {
            counter.ToWire(now);
        }
    }

    private void FromWire(int version)
    {
        foreach (ref I8254Counter counter in _counters.AsSpan())
        {
            if (!counter.IsSane())
            {
                throw new StateException("a counter's registers are out of range");
            }
        }

        // Linux 5.5 and later tell the speaker's data bit in bit 1 of the in-kernel PIT's flags.
        _irqDisabled &= HpetLegacy;

        // KVM's in-kernel PIT leaves no deadline, and load times on the host's clock (zero for counter 0): start over.
        long now = _clock.Now;
        bool inKernel = version < FirstQemuVersionWithFlags && QemuKvmMigration && !_irqTimer.IsArmed
            && (_counters[0].IsPeriodic || _counters[0].CountLoadTime == 0);
        foreach (ref I8254Counter counter in _counters.AsSpan())
        {
            counter.FromWire(now, loadTimeIsValid: !inKernel);
        }

        if (_irqTimer.IsArmed && !IrqDisabled)
        {
            _counters[0].NextTransitionTime = _irqTimer.Deadline;
        }
        else
        {
            Arm(now);
        }
    }
}

/// <summary>Pins and settings of one counter.</summary>
/// <param name="Gate">The GATE pin.</param>
/// <param name="Out">The OUT pin.</param>
/// <param name="Mode">0-5.</param>
/// <param name="Period">Clocks of 1193182 Hz that a count takes.</param>
public readonly record struct I8254Pins(bool Gate, bool Out, int Mode, int Period);
