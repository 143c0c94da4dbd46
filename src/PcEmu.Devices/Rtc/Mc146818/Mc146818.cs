using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Rtc.Mc146818;

/// <summary>What a tick means that the guest could not take in time.</summary>
public enum LostTickPolicy
{
    /// <summary>It is lost.</summary>
    Discard,
}

/// <summary>What the guest's calendar shows after a saved machine is loaded.</summary>
public enum RtcAfterLoad
{
    /// <summary>The time of the driving clock: the hours between saving and loading have passed for the guest, too.</summary>
    Clock,

    /// <summary>The time that the guest saw last.</summary>
    Saved,
}

/// <summary>Motorola MC146818 real-time clock with 128 bytes of battery-backed memory, as in a PC at ports 70h and 71h.</summary>
/// <remarks>
/// Source: Motorola MC146818 data sheet, ADI-856, "Address Map", "Update Cycle", "Registers"; IBM PC/AT Technical Reference
/// for the index port and its NMI mask. The time is not counted second by second: it is computed from the driving clock
/// when someone looks, and a timer runs only while a flag in register C can still change.
/// </remarks>
/// <param name="clock">The machine's clock, on which the timers run.</param>
/// <param name="timers">Its timers.</param>
/// <param name="rtcClock">
/// The clock that drives the calendar: nanoseconds since 1 January 1970 UTC, not negative. The host's time
/// (<c>-rtc clock=host</c>), or a fixed start plus the machine's clock, which gives the same run every time.
/// </param>
/// <param name="irq">The interrupt output, IRQ 8; a level.</param>
/// <param name="log">Where events go.</param>
public sealed partial class Mc146818(
    IClock clock, TimerQueue timers, Func<long> rtcClock, IIrqLine irq, EventLog log) : Device
{
    /// <summary>Bytes of memory, the clock's 14 registers among them.</summary>
    public const int Size = 128;

    // Ports, as offsets from 70h.
    private const int IndexPort = 0;

    // Registers.
    private const int Seconds = 0x00;
    private const int SecondsAlarm = 0x01;
    private const int Minutes = 0x02;
    private const int MinutesAlarm = 0x03;
    private const int Hours = 0x04;
    private const int HoursAlarm = 0x05;
    private const int DayOfWeek = 0x06;
    private const int DayOfMonth = 0x07;
    private const int Month = 0x08;
    private const int Year = 0x09;
    private const int RegisterA = 0x0A;
    private const int RegisterB = 0x0B;
    private const int RegisterC = 0x0C;
    private const int RegisterD = 0x0D;
    private const int Century = 0x32;    // IBM PC/AT
    private const int Ps2Century = 0x37; // IBM PS/2; the same byte here

    // Register A.
    private const byte Uip = 0x80;
    private const byte DividerMask = 0x70;
    private const byte DividerReset = 0x60;
    private const byte Divider32768 = 0x20;
    private const byte RateMask = 0x0F;

    // Register B. Bit 0, daylight saving, is kept and has no effect, as on every PC since its rules went out of date.
    private const byte Set = 0x80;
    private const byte Pie = 0x40;
    private const byte Aie = 0x20;
    private const byte Uie = 0x10;
    private const byte Sqwe = 0x08;
    private const byte Binary = 0x04; // DM
    private const byte Hour24 = 0x02;

    // Register C; PF, AF and UF stand where register B has their enables.
    private const byte Irqf = 0x80;
    private const byte Pf = 0x40;
    private const byte Af = 0x20;
    private const byte Uf = 0x10;
    private const byte InterruptMask = Pf | Af | Uf;

    // Register D: valid RAM and time, the battery is good.
    private const byte Vrt = 0x80;

    private const byte NmiMask = 0x80;
    private const byte IndexMask = 0x7F;
    private const long Never = -1;

    private readonly byte[] _cmos = new byte[Size];
    [NotSaved("version 2 only: version 3 has the registers themselves")]
    private readonly int[] _oldCalendar = new int[7];
    private byte _index;
    private long _periodicDeadline = Never;
    private long _nextPeriodicTime;
    private uint _irqCoalesced;
    private uint _period;
    private long _baseSeconds;
    private long _lastUpdate;
    private long _offset;
    private long _updateDeadline = Never;
    private long _nextAlarmTime;
    private ushort _irqReinjectOnAckCount;

    [NotSaved("made by Realize; armed from _periodicDeadline")]
    private GuestTimer _periodicTimer = null!;

    [NotSaved("made by Realize; armed from _updateDeadline")]
    private GuestTimer _updateTimer = null!;

    [NotSaved("no place in the stream; every write to the index port says it again")]
    private bool _nmiMasked;

    /// <summary>The section. Deadlines are in time of the driving clock, not of the machine's clock.</summary>
    public static readonly StateDescription<Mc146818> State = Describe();

    private static readonly StateDescription<Mc146818> OldState = DescribeOld();

    /// <inheritdoc/>
    public override string Driver => "mc146818rtc";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Ports 70h and 71h.</summary>
    [NotSaved("wiring, made by Realize")]
    public MemoryRegion Ports { get; private set; } = null!;

    /// <summary>The year that a century and year register of zero stand for; 2000 stands for year 0, the plain calendar.</summary>
    [DeviceProperty("base_year", "year that the registers count from; 2000: they hold the calendar year", Minimum = 0, Maximum = 9999)]
    public int BaseYear { get; set; } = 2000;

    /// <summary>What happens to periodic ticks that the guest misses.</summary>
    [DeviceProperty("lost_tick_policy", "what happens to ticks that the guest misses")]
    public LostTickPolicy LostTickPolicy { get; set; }

    /// <summary>Seconds that the guest's calendar starts ahead of the driving clock; see <see cref="RtcBase.OffsetSeconds"/>.</summary>
    [NotSaved("configuration")]
    public long BaseOffset { get; set; }

    /// <summary>What the calendar shows after a load. Streams older than version 3 always continue where they were.</summary>
    [NotSaved("configuration")]
    public RtcAfterLoad AfterLoad { get; set; }

    /// <summary>Whether the guest has masked the processor's NMI input (bit 7 of port 70h).</summary>
    public bool NmiMasked => _nmiMasked;

    /// <summary>A byte of memory, read and written as the battery holds it, without side effects.</summary>
    /// <param name="index">0 to 127.</param>
    public byte this[int index]
    {
        get => _cmos[index];
        set => _cmos[index] = value;
    }

    /// <summary>All 128 bytes, for the board to fill in; see <see cref="PcCmos"/>.</summary>
    public Span<byte> Memory => _cmos;

    /// <summary>Starts the clock.</summary>
    public override void Realize()
    {
        _periodicTimer = timers.Create(PeriodicTick);
        _updateTimer = timers.Create(UpdateEnded);
        Ports = MemoryRegion.Io("rtc", 2, IoHandlers.Bytes(ReadPort, WritePort));
        _cmos[RegisterA] = Divider32768 | 6; // 32768 Hz crystal, 1024 Hz periodic rate
        _cmos[RegisterB] = Hour24;
        _cmos[RegisterD] = Vrt;
        Anchor(RtcCalendar.FloorDiv(rtcClock(), Nanoseconds.PerSecond) + BaseOffset, 0);
        UpdateRegisters();
        ScheduleUpdate();
    }

    /// <summary>
    /// Pulls the RESET pin: interrupts are off (UIE too, as the data sheet has it; QEMU leaves it) and their flags clear.
    /// The memory lives on, the shutdown byte 0Fh included.
    /// </summary>
    public override void Reset()
    {
        _cmos[RegisterB] &= unchecked((byte)~(Pie | Aie | Uie | Sqwe));
        _cmos[RegisterC] = 0;
        _nmiMasked = false;
        irq.Set(false);
        SchedulePeriodic();
        ScheduleUpdate();
    }

    private static StateDescription<Mc146818> Describe()
    {
        var state = new StateDescription<Mc146818>("mc146818rtc", version: 3, minimumVersion: 3)
        {
            LoadOld = static (_, version) => version >= 1 ? OldState : null,
            PreSave = static (ref Mc146818 d, int _) => d.BringUpToDate(),
            PostLoad = static (ref Mc146818 d, int _) => d.Loaded(),
        };
        state.Add(Field.Bytes("cmos", static (Mc146818 d) => d._cmos));
        state.Add(Field.UInt8("cmos_index", static (ref Mc146818 d) => ref d._index));
        state.Add(Field.Unused<Mc146818>(7 * 4));
        state.Add(Field.Int64("periodic_timer", static (ref Mc146818 d) => ref d._periodicDeadline));
        state.Add(Field.Int64("next_periodic_time", static (ref Mc146818 d) => ref d._nextPeriodicTime));
        state.Add(Field.Unused<Mc146818>(3 * 8));
        state.Add(Field.UInt32("irq_coalesced", static (ref Mc146818 d) => ref d._irqCoalesced));
        state.Add(Field.UInt32("period", static (ref Mc146818 d) => ref d._period));
        state.Add(Field.Int64("base_rtc", static (ref Mc146818 d) => ref d._baseSeconds));
        state.Add(Field.Int64("last_update", static (ref Mc146818 d) => ref d._lastUpdate));
        state.Add(Field.Int64("offset", static (ref Mc146818 d) => ref d._offset));
        state.Add(Field.Int64("update_timer", static (ref Mc146818 d) => ref d._updateDeadline));
        state.Add(Field.Int64("next_alarm_time", static (ref Mc146818 d) => ref d._nextAlarmTime));
        state.Add(new Subsection<Mc146818>(
            new("mc146818rtc/irq_reinject_on_ack_count", version: 1, minimumVersion: 1)
            {
                Field.UInt16("irq_reinject_on_ack_count", static (ref Mc146818 d) => ref d._irqReinjectOnAckCount),
            },
            static d => d._irqReinjectOnAckCount != 0));
        return state;
    }

    // Versions 1 and 2 count the seconds in tm_*, and have timers for it that we do without.
    private static StateDescription<Mc146818> DescribeOld()
    {
        var state = new StateDescription<Mc146818>("mc146818rtc", version: 2, minimumVersion: 1)
        {
            PostLoad = static (ref Mc146818 d, int _) => d.LoadedOld(),
        };
        state.Add(Field.Bytes("cmos", static (Mc146818 d) => d._cmos));
        state.Add(Field.UInt8("cmos_index", static (ref Mc146818 d) => ref d._index));
        state.Add(Field.Numbers("tm", static (Mc146818 d) => d._oldCalendar));
        state.Add(Field.Int64("periodic_timer", static (ref Mc146818 d) => ref d._periodicDeadline));
        state.Add(Field.Int64("next_periodic_time", static (ref Mc146818 d) => ref d._nextPeriodicTime));
        state.Add(Field.Unused<Mc146818>(3 * 8));
        state.Add(Field.UInt32("irq_coalesced", static (ref Mc146818 d) => ref d._irqCoalesced, since: 2));
        state.Add(Field.UInt32("period", static (ref Mc146818 d) => ref d._period, since: 2));
        return state;
    }

    private void BringUpToDate()
    {
        UpdateRegisters();
        if (_updateDeadline == Never)
        {
            // Nobody waits for the alarm while its flag is set, so that its time is of one that has passed.
            ScheduleUpdate();
        }
    }

    private byte ReadPort(int offset) => offset == IndexPort ? (byte)0xFF : ReadRegister(Place(_index));

    private void WritePort(int offset, byte value)
    {
        if (offset == IndexPort)
        {
            _index = (byte)(value & IndexMask);
            _nmiMasked = (value & NmiMask) != 0;
        }
        else
        {
            WriteRegister(Place(_index), value);
        }
    }

    private static int Place(int index) => index == Ps2Century ? Century : index;

    private byte ReadRegister(int index)
    {
        switch (index)
        {
            case Seconds or Minutes or Hours or DayOfWeek or DayOfMonth or Month or Year or Century:
                UpdateRegisters();
                return _cmos[index];
            case RegisterA:
                return (byte)(_cmos[RegisterA] | (UpdateInProgress() ? Uip : 0));
            case RegisterC:
                return ReadAndClearFlags();
            default:
                return _cmos[index];
        }
    }

    private byte ReadAndClearFlags()
    {
        byte flags = _cmos[RegisterC];
        _cmos[RegisterC] = 0;
        irq.Set(false);
        if ((flags & (Uf | Af)) != 0)
        {
            ScheduleUpdate();
        }

        return flags;
    }

    private void WriteRegister(int index, byte value)
    {
        switch (index)
        {
            case SecondsAlarm or MinutesAlarm or HoursAlarm:
                _cmos[index] = value;
                ScheduleUpdate();
                break;
            case Seconds or Minutes or Hours or DayOfWeek or DayOfMonth or Month or Year or Century:
                // While SET is 0 the others go on counting; the sub-second divider is not touched by the write.
                UpdateRegisters();
                _cmos[index] = value;
                if (IsRunning)
                {
                    Anchor(SecondsFromRegisters(), Now().SubSecond);
                    ScheduleUpdate();
                }

                break;
            case RegisterA:
                WriteRegisterA(value);
                break;
            case RegisterB:
                WriteRegisterB(value);
                break;
            case RegisterC or RegisterD:
                log.GuestError($"mc146818rtc: write of 0x{value:x} to read-only register 0x{index:x}");
                break;
            default:
                _cmos[index] = value;
                break;
        }
    }

    private void WriteRegisterA(byte value)
    {
        byte old = _cmos[RegisterA];
        bool wasRunning = IsRunning;
        UpdateRegisters();
        byte inProgress = (byte)(old & Uip);
        if (!IsOscillating(value))
        {
            inProgress = 0;
        }

        _cmos[RegisterA] = (byte)((value & ~Uip) | inProgress);
        if (!wasRunning && IsRunning)
        {
            // Data sheet, "DV2, DV1, DV0": the first update cycle begins half a second after the reset is removed.
            Anchor(SecondsFromRegisters(), Nanoseconds.PerSecond / 2);
        }

        if (((old ^ value) & RateMask) != 0)
        {
            SchedulePeriodic();
        }

        ScheduleUpdate();
    }

    private void WriteRegisterB(byte value)
    {
        byte old = _cmos[RegisterB];
        UpdateRegisters();
        if ((value & Set) != 0)
        {
            // Data sheet, "SET": an update in progress is aborted, and UIE is cleared.
            value &= unchecked((byte)~Uie);
            _cmos[RegisterA] &= unchecked((byte)~Uip);
        }
        else if ((old & Set) != 0)
        {
            // The divider chain ran on while SET held the registers: the phase of the second stays.
            _cmos[RegisterB] = value;
            Anchor(SecondsFromRegisters(), Now().SubSecond);
        }

        _cmos[RegisterB] = value;

        // An enable that meets its flag asserts the output at once; taking the last such enable away releases it.
        SetInterruptOutput((value & _cmos[RegisterC] & InterruptMask) != 0);
        if (((old ^ value) & Pie) != 0)
        {
            SchedulePeriodic();
        }

        ScheduleUpdate();
    }

    private void SetInterruptOutput(bool asserted)
    {
        _cmos[RegisterC] = (byte)(asserted ? _cmos[RegisterC] | Irqf : _cmos[RegisterC] & ~Irqf);
        irq.Set(asserted);
    }

    private void Raise(byte flags)
    {
        int newFlags = flags & ~_cmos[RegisterC];
        _cmos[RegisterC] |= flags;
        if ((newFlags & _cmos[RegisterB]) != 0)
        {
            SetInterruptOutput(true);
        }
    }
}
