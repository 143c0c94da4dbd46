using PcEmu.Core.Time;

namespace PcEmu.Devices.Rtc.Mc146818;

/// <content>Calendar, update cycle, alarm and periodic rate.</content>
public sealed partial class Mc146818
{
    private const long TicksPerSecond = 32_768;

    // Data sheet, "Update Cycle": UIP is up at least 244 us before the registers change.
    private const long UipHoldTime = 8 * Nanoseconds.PerSecond / TicksPerSecond;

    // An alarm is due within a day; the rest is room for a clock that was set while the machine stood still.
    private const long FarthestDeadline = 25L * 3600 * Nanoseconds.PerSecond;

    private bool IsRunning => (_cmos[RegisterB] & Set) == 0 && IsOscillating(_cmos[RegisterA]);

    /// <summary>
    /// Arms the timers anew after the driving clock has moved against the machine's clock: the host's time was set, or
    /// the machine stood still.
    /// </summary>
    public void Resynchronize()
    {
        Arm(_periodicTimer, _periodicDeadline);
        Arm(_updateTimer, _updateDeadline);
    }

    // Divider settings above 010 test or reset the chain; below it are other crystals, which count seconds as well.
    private static bool IsOscillating(byte registerA) => (registerA & DividerMask) <= Divider32768;

    private (long Seconds, long SubSecond) Now()
    {
        long elapsed = rtcClock() - _lastUpdate + _offset;
        return (_baseSeconds + RtcCalendar.FloorDiv(elapsed, Nanoseconds.PerSecond),
            RtcCalendar.FloorMod(elapsed, Nanoseconds.PerSecond));
    }

    private void Anchor(long seconds, long subSecond)
    {
        _baseSeconds = seconds;
        _lastUpdate = rtcClock();
        _offset = subSecond;
    }

    private void UpdateRegisters()
    {
        if (!IsRunning)
        {
            return;
        }

        RtcCalendar now = RtcCalendar.FromUnixSeconds(Now().Seconds);
        _cmos[Seconds] = Encode(now.Second);
        _cmos[Minutes] = Encode(now.Minute);
        _cmos[Hours] = EncodeHour(now.Hour);
        _cmos[DayOfWeek] = Encode(now.DayOfWeek);
        _cmos[DayOfMonth] = Encode(now.Day);
        _cmos[Month] = Encode(now.Month);
        long year = now.Year - YearZero;
        _cmos[Year] = Encode((int)RtcCalendar.FloorMod(year, 100));
        _cmos[Century] = Encode((int)RtcCalendar.FloorMod(RtcCalendar.FloorDiv(year, 100), 100));
    }

    private long SecondsFromRegisters() => new RtcCalendar(
        YearZero + Decode(_cmos[Year]) + (100 * Decode(_cmos[Century])),
        Decode(_cmos[Month]),
        Decode(_cmos[DayOfMonth]),
        DecodeHour(_cmos[Hours]),
        Decode(_cmos[Minutes]),
        Decode(_cmos[Seconds])).ToUnixSeconds();

    private int YearZero => BaseYear == 2000 ? 0 : BaseYear;

    private byte Encode(int value) =>
        (byte)((_cmos[RegisterB] & Binary) != 0 ? value : ((value / 10) << 4) | (value % 10));

    private int Decode(byte value) =>
        (_cmos[RegisterB] & Binary) != 0 ? value : ((value >> 4) * 10) + (value & 0x0F);

    private byte EncodeHour(int hour)
    {
        if ((_cmos[RegisterB] & Hour24) != 0)
        {
            return Encode(hour);
        }

        int onDial = hour % 12 == 0 ? 12 : hour % 12;
        return (byte)(Encode(onDial) | (hour >= 12 ? 0x80 : 0));
    }

    private int DecodeHour(byte value) =>
        (_cmos[RegisterB] & Hour24) != 0 ? Decode(value) : (Decode((byte)(value & 0x7F)) % 12) + (value >= 0x80 ? 12 : 0);

    private bool UpdateInProgress()
    {
        if (!IsRunning)
        {
            return false;
        }

        // Once seen, UIP stays up until the update has happened, even if the timer comes late.
        if (_updateDeadline != Never && rtcClock() >= _updateDeadline - UipHoldTime)
        {
            _cmos[RegisterA] |= Uip;
            return true;
        }

        return Now().SubSecond >= Nanoseconds.PerSecond - UipHoldTime;
    }

    // The timer is needed for the end of the next update while UF is clear, then for the alarm while AF is clear.
    private void ScheduleUpdate()
    {
        if ((_cmos[RegisterA] & DividerReset) == DividerReset)
        {
            StopUpdate();
            return;
        }

        (long seconds, long subSecond) = Now();
        long next = rtcClock() + Nanoseconds.PerSecond - subSecond;
        int toAlarm = IsRunning ? SecondsToAlarm(seconds) : 0;
        _nextAlarmTime = toAlarm == 0 ? long.MaxValue : next + ((toAlarm - 1) * Nanoseconds.PerSecond);
        if ((_cmos[RegisterC] & Uf) != 0 && (_cmos[RegisterA] & Uip) == 0)
        {
            if ((_cmos[RegisterC] & Af) != 0 || toAlarm == 0)
            {
                StopUpdate();
                return;
            }

            next = _nextAlarmTime;
        }

        if (next != _updateDeadline)
        {
            _updateDeadline = next;
            Arm(_updateTimer, next);
        }
    }

    private void StopUpdate()
    {
        _updateDeadline = Never;
        _updateTimer.Cancel();
    }

    private void UpdateEnded()
    {
        long now = rtcClock();
        if (now < _updateDeadline)
        {
            Arm(_updateTimer, _updateDeadline);
            return;
        }

        _updateDeadline = Never;
        UpdateRegisters();
        _cmos[RegisterA] &= unchecked((byte)~Uip);
        Raise(now >= _nextAlarmTime ? (byte)(Uf | Af) : Uf);
        ScheduleUpdate();
    }

    // Seconds from now to the first update that matches the alarm registers: 1 to 86400, or 0 for never. Two high bits
    // set in an alarm register match everything.
    private int SecondsToAlarm(long nowSeconds)
    {
        const int Any = -1;
        int hour = IsDontCare(_cmos[HoursAlarm]) ? Any : DecodeHour(_cmos[HoursAlarm]);
        int minute = IsDontCare(_cmos[MinutesAlarm]) ? Any : Decode(_cmos[MinutesAlarm]);
        int second = IsDontCare(_cmos[SecondsAlarm]) ? Any : Decode(_cmos[SecondsAlarm]);
        if (hour > 23 || minute > 59 || second > 59)
        {
            return 0;
        }

        int first = (int)RtcCalendar.FloorMod(nowSeconds + 1, 86_400);
        int h = first / 3600;
        int m = first / 60 % 60;
        int s = first % 60;
        if (second == Any)
        {
            // Within the present minute any second will do, otherwise the minute's first.
            second = (hour == Any || hour == h) && (minute == Any || minute == m) ? s : 0;
        }
        else if (second < s)
        {
            m++;
        }

        if (m == 60)
        {
            m = 0;
            h++;
        }

        if (minute == Any)
        {
            minute = hour == Any || hour == h % 24 ? m : 0;
        }
        else if (minute < m)
        {
            h++;
        }

        if (hour == Any)
        {
            hour = h % 24;
        }

        int seconds = (hour * 3600) + (minute * 60) + second - first;
        return (seconds < 0 ? seconds + 86_400 : seconds) + 1;

        static bool IsDontCare(byte value) => (value & 0xC0) == 0xC0;
    }

    private uint PeriodInTicks()
    {
        int rate = _cmos[RegisterA] & RateMask;
        if ((_cmos[RegisterB] & Pie) == 0 || rate == 0)
        {
            return 0;
        }

        // With a 32768 Hz crystal, rates 1 and 2 are those of 8 and 9 (data sheet, "Periodic Interrupt Rate").
        return 1u << ((rate <= 2 ? rate + 7 : rate) - 1);
    }

    // QEMU's guests see PF only while PIE is set: the tap of the divider chain is not watched otherwise.
    private void SchedulePeriodic()
    {
        _period = PeriodInTicks();
        if (_period == 0)
        {
            _irqCoalesced = 0;
            _periodicDeadline = Never;
            _periodicTimer.Cancel();
            return;
        }

        long ticks = Nanoseconds.MulDiv(rtcClock(), TicksPerSecond, Nanoseconds.PerSecond);
        long next = (ticks & ~(long)(_period - 1)) + _period;
        _nextPeriodicTime = Nanoseconds.MulDiv(next, Nanoseconds.PerSecond, TicksPerSecond) + 1;
        _periodicDeadline = _nextPeriodicTime;
        Arm(_periodicTimer, _periodicDeadline);
    }

    private void PeriodicTick()
    {
        if (rtcClock() < _periodicDeadline)
        {
            Arm(_periodicTimer, _periodicDeadline);
            return;
        }

        // The output is a level: ticks that came while nobody looked are one.
        SchedulePeriodic();
        Raise(Pf);
    }

    private void Arm(GuestTimer timer, long deadline)
    {
        if (deadline == Never)
        {
            timer.Cancel();
        }
        else
        {
            timer.Arm(clock.Now + Math.Clamp(deadline - rtcClock(), 0, FarthestDeadline));
        }
    }

    private void LoadedOld()
    {
        // tm_*: second, minute, hour, day of week, day, month from 0, year from 1900. It runs on while SET holds the registers.
        int[] t = _oldCalendar;
        Anchor(new RtcCalendar(t[6] + 1900L, t[5] + 1, t[4], t[2], t[1], t[0]).ToUnixSeconds(), 0);
        _updateDeadline = Never;
        Rearm();
    }

    private void Loaded()
    {
        // A driving clock that is behind the stream's cannot say how much time has passed.
        if (AfterLoad == RtcAfterLoad.Saved || rtcClock() < _lastUpdate)
        {
            Anchor(SecondsFromRegisters(), 0);
            _updateDeadline = Never;
        }

        Rearm();
    }

    // Days may lie between saving and loading: a deadline that is not near is set anew, and nothing is made up for.
    private void Rearm()
    {
        _index &= IndexMask;
        long now = rtcClock();
        if (IsAhead(_updateDeadline, FarthestDeadline))
        {
            Arm(_updateTimer, _updateDeadline);
        }
        else
        {
            _cmos[RegisterA] &= unchecked((byte)~Uip);
            StopUpdate();
            ScheduleUpdate();
        }

        _period = PeriodInTicks();
        if (_period != 0 && IsAhead(_periodicDeadline, Nanoseconds.MulDiv(_period, Nanoseconds.PerSecond, TicksPerSecond) + 1))
        {
            Arm(_periodicTimer, _periodicDeadline);
        }
        else
        {
            SchedulePeriodic();
        }

        bool IsAhead(long deadline, long atMost) => deadline > now && deadline - now <= atMost;
    }
}
