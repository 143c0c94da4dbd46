using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Timer;

/// <summary>One counter of the 8254. Count and OUT are functions of the clock: nothing happens between two looks at them.</summary>
/// <remarks>
/// Source: Intel 8254 data sheet, 231164-005, "Mode Definitions" and "Read Operations". As in QEMU, and unlike the chip,
/// a written count takes effect at once in every mode: without the one clock that loading takes, and without waiting for
/// the end of the period in modes 2 and 3. QEMU counts BCD counts in binary, lets a low gate pass, and has OUT inverted
/// where it is read back in modes 1, 2, 4 and 5; here these are the data sheet's.
/// </remarks>
internal struct I8254Counter
{
    /// <summary>Clock of the counters on a PC, in Hz: a twelfth of 14.31818 MHz.</summary>
    public const long Frequency = 1_193_182;

    /// <summary>"No deadline" in <see cref="NextTransitionTime"/>, as on the wire.</summary>
    public const long Never = -1;

    // Which byte the next access moves, in ReadState, WriteState, RwMode and CountLatched. Word1 is a word's second byte.
    public const byte Lsb = 1;
    public const byte Msb = 2;
    public const byte Word0 = 3;
    public const byte Word1 = 4;

    private const int LargestCount = 0x10000;
    private const int BcdModulus = 10_000;

    // Mode numbers of the control word; 6 and 7 mean 2 and 3.
    private const int InterruptOnTerminalCount = 0;
    private const int HardwareOneShot = 1;
    private const int RateGenerator = 2;
    private const int SquareWave = 3;
    private const int HardwareStrobe = 5;

    public int Count;
    public ushort LatchedCount;
    public byte CountLatched;
    public byte StatusLatched;
    public byte Status;
    public byte ReadState;
    public byte WriteState;
    public byte WriteLatch;
    public byte RwMode;
    public byte Mode;
    public byte Bcd;
    public byte Gate;
    public long CountLoadTime;
    public long NextTransitionTime;

    [NotSaved("saved as a load time that lies this far back")]
    private long _heldAt;

    /// <summary>The structure on the wire.</summary>
    public static readonly StateDescription<I8254Counter> State = new("pit_channel", version: 2, minimumVersion: 2)
    {
        Field.Int32("count", static (ref I8254Counter c) => ref c.Count),
        Field.UInt16("latched_count", static (ref I8254Counter c) => ref c.LatchedCount),
        Field.UInt8("count_latched", static (ref I8254Counter c) => ref c.CountLatched),
        Field.UInt8("status_latched", static (ref I8254Counter c) => ref c.StatusLatched),
        Field.UInt8("status", static (ref I8254Counter c) => ref c.Status),
        Field.UInt8("read_state", static (ref I8254Counter c) => ref c.ReadState),
        Field.UInt8("write_state", static (ref I8254Counter c) => ref c.WriteState),
        Field.UInt8("write_latch", static (ref I8254Counter c) => ref c.WriteLatch),
        Field.UInt8("rw_mode", static (ref I8254Counter c) => ref c.RwMode),
        Field.UInt8("mode", static (ref I8254Counter c) => ref c.Mode),
        Field.UInt8("bcd", static (ref I8254Counter c) => ref c.Bcd),
        Field.UInt8("gate", static (ref I8254Counter c) => ref c.Gate),
        Field.Int64("count_load_time", static (ref I8254Counter c) => ref c.CountLoadTime),
        Field.Int64("next_transition_time", static (ref I8254Counter c) => ref c.NextTransitionTime),
    };

    /// <summary>The mode that works: 0-5.</summary>
    public readonly int OperatingMode => Mode <= HardwareStrobe ? Mode : Mode & 3;

    /// <summary>Whether the counter goes on and on.</summary>
    public readonly bool IsPeriodic => OperatingMode is RateGenerator or SquareWave;

    /// <summary>Clocks from loading to zero: 1-65536.</summary>
    public readonly int Period
    {
        get
        {
            int count = Count == 0 ? LargestCount : Count;
            return Bcd == 0 ? count : FromBcd(count);
        }
    }

    // Modes 1 and 5 use the gate as a trigger only. In mode 0, half a count stops the counter until the other half comes.
    private readonly bool IsHeld => OperatingMode switch
    {
        InterruptOnTerminalCount => Gate == 0 || WriteState == Word1,
        HardwareOneShot or HardwareStrobe => false,
        _ => Gate == 0,
    };

    /// <summary>Power-on: mode 3 over the longest period, as QEMU has it (the chip's own state is undefined).</summary>
    public void Reset(long now, bool gate)
    {
        this = new I8254Counter { Count = LargestCount, Mode = SquareWave, Gate = (byte)(gate ? 1 : 0), CountLoadTime = now };
    }

    /// <summary>Takes a control word that is meant for this counter.</summary>
    /// <remarks>OUT takes the new mode's idle level. The old count runs on from its start until the new one is written.</remarks>
    public void Program(long now, int access, int mode, bool bcd)
    {
        RwMode = ReadState = WriteState = (byte)access;
        Mode = (byte)mode;
        Bcd = (byte)(bcd ? 1 : 0);
        CountLatched = 0;
        Restart(now);
    }

    /// <summary>Writes a byte of the count.</summary>
    public void Write(long now, byte value)
    {
        switch (WriteState)
        {
            case Msb:
                Load(now, value << 8);
                break;
            case Word0:
                WriteLatch = value;
                WriteState = Word1;
                if (OperatingMode == InterruptOnTerminalCount)
                {
                    Restart(now);
                }

                break;
            case Word1:
                WriteState = Word0;
                Load(now, WriteLatch | (value << 8));
                break;
            default:
                Load(now, value);
                break;
        }
    }

    /// <summary>Reads a byte: of the latched status, of the latched count, or of the count as it stands.</summary>
    public byte Read(long now)
    {
        if (StatusLatched != 0)
        {
            StatusLatched = 0;
            return Status;
        }

        if (CountLatched != 0)
        {
            bool high = CountLatched == Msb;
            CountLatched = CountLatched == Word0 ? Msb : (byte)0;
            return (byte)(high ? LatchedCount >> 8 : LatchedCount);
        }

        int count = CountAt(now);
        switch (ReadState)
        {
            case Msb:
                return (byte)(count >> 8);
            case Word0:
                ReadState = Word1;
                return (byte)count;
            case Word1:
                ReadState = Word0;
                return (byte)(count >> 8);
            default:
                return (byte)count;
        }
    }

    /// <summary>Latches the count, unless one is latched and not yet read.</summary>
    public void LatchCount(long now)
    {
        if (CountLatched == 0)
        {
            LatchedCount = (ushort)CountAt(now);
            CountLatched = RwMode;
        }
    }

    /// <summary>Latches the status byte: OUT, null count (never set, counts are loaded at once), access, mode, BCD.</summary>
    public void LatchStatus(long now)
    {
        if (StatusLatched == 0)
        {
            Status = (byte)((OutAt(now) ? 0x80 : 0) | (RwMode << 4) | (Mode << 1) | Bcd);
            StatusLatched = 1;
        }
    }

    /// <summary>Drives GATE: stops and resumes modes 0 and 4, starts modes 1 and 5, restarts modes 2 and 3.</summary>
    public void SetGate(long now, bool level)
    {
        bool rises = level && Gate == 0;
        long elapsed = Elapsed(now);
        Gate = (byte)(level ? 1 : 0);
        SetElapsed(now, rises && OperatingMode is not (InterruptOnTerminalCount or 4) ? 0 : elapsed);
    }

    /// <summary>The counting element as the bus reads it: binary, or four BCD digits.</summary>
    public readonly int CountAt(long now)
    {
        long ticks = Ticks(now);
        int period = Period;
        int modulus = Bcd == 0 ? LargestCount : BcdModulus;
        int count = OperatingMode switch
        {
            RateGenerator => period - (int)(ticks % period),
            SquareWave => SquareWaveCount(period, (int)(ticks % period)),
            _ => (period - (int)(ticks % modulus) + modulus) % modulus,
        };
        return Bcd == 0 ? count & 0xFFFF : ToBcd(count % modulus);
    }

    /// <summary>The OUT pin.</summary>
    public readonly bool OutAt(long now)
    {
        long ticks = Ticks(now);
        int period = Period;
        switch (OperatingMode)
        {
            case InterruptOnTerminalCount:
            case HardwareOneShot:
                return ticks >= period;
            case RateGenerator:
                // Low while the count is 1. A count of 1 is illegal, and low never.
                return Gate == 0 || period == 1 || ticks % period != period - 1;
            case SquareWave:
                return Gate == 0 || ticks % period < HighPart(period);
            default:
                return ticks != period;
        }
    }

    /// <summary>The first moment after <paramref name="now"/> at which OUT changes, or <see cref="Never"/>.</summary>
    public readonly long NextTransition(long now)
    {
        if (IsHeld)
        {
            return Never;
        }

        long ticks = Ticks(now);
        int period = Period;
        long phase = ticks % period;
        long start = ticks - phase;
        long tick = OperatingMode switch
        {
            InterruptOnTerminalCount or HardwareOneShot => ticks < period ? period : Never,
            RateGenerator or SquareWave when period == 1 => Never,
            RateGenerator => start + (phase < period - 1 ? period - 1 : period),
            SquareWave => start + (phase < HighPart(period) ? HighPart(period) : period),
            _ => ticks < period ? period : ticks == period ? period + 1 : Never,
        };
        return tick == Never ? Never : CountLoadTime + Duration(tick);
    }

    /// <summary>Before saving: the wire knows load times only.</summary>
    public void ToWire(long now)
    {
        if (IsHeld)
        {
            CountLoadTime = now - _heldAt;
        }
    }

    /// <summary>After loading. A load time that lies ahead, or too far back to count from, means nothing here.</summary>
    public void FromWire(long now, bool loadTimeIsValid)
    {
        long elapsed = now - CountLoadTime;
        if (!loadTimeIsValid || CountLoadTime > now || elapsed < 0)
        {
            Restart(now);
        }
        else
        {
            SetElapsed(now, elapsed);
        }
    }

    /// <summary>Whether no field has a value that a counter cannot have.</summary>
    public readonly bool IsSane() =>
        Count is >= 0 and <= LargestCount && CountLatched <= Word0 && StatusLatched <= 1 && ReadState <= Word1
        && WriteState <= Word1 && RwMode <= Word0 && Mode <= 7 && Bcd <= 1 && Gate <= 1;

    // The shortest time after which so many clocks have passed.
    private static long Duration(long ticks) =>
        (long)((((UInt128)(ulong)ticks * Nanoseconds.PerSecond) + Frequency - 1) / Frequency);

    private static int HighPart(int period) => (period + 1) / 2;

    // Counts down by two, twice a period. An odd count is taken as the even one below, and spends one clock more on high.
    private static int SquareWaveCount(int period, int phase)
    {
        int high = HighPart(period);
        return (period & ~1) - (2 * (phase < high ? phase : phase - high));
    }

    private static int FromBcd(int digits)
    {
        int value = 0;
        for (int shift = 16; shift >= 0; shift -= 4)
        {
            value = (value * 10) + ((digits >> shift) & 0xF);
        }

        return value;
    }

    private static int ToBcd(int value) =>
        (value / 1000 << 12) | (value / 100 % 10 << 8) | (value / 10 % 10 << 4) | (value % 10);

    private void Load(long now, int count)
    {
        bool triggered = OperatingMode is HardwareOneShot or HardwareStrobe && Ticks(now) <= Period;
        Count = count == 0 ? LargestCount : count;

        // A one-shot under way is not started again; there is one count on the wire, so the new one is its length now.
        if (!triggered)
        {
            Restart(now);
        }
    }

    // Modes 1 and 5 wait for their trigger: as they are after a shot that is over.
    private void Restart(long now) =>
        SetElapsed(now, OperatingMode is HardwareOneShot or HardwareStrobe ? Duration(Period + 1) : 0);

    private readonly long Ticks(long now) => Nanoseconds.MulDiv(Elapsed(now), Frequency, Nanoseconds.PerSecond);

    private readonly long Elapsed(long now) => IsHeld ? _heldAt : Math.Max(0, now - CountLoadTime);

    private void SetElapsed(long now, long elapsed)
    {
        CountLoadTime = now - elapsed;
        _heldAt = IsHeld ? elapsed : 0;
    }
}
