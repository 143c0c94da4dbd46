namespace PcEmu.Devices.Interrupts;

// The timer: counts a 1 GHz bus clock behind a divider, once or over and over, or waits for a value of the time stamp counter.
public sealed partial class LocalApic
{
    // LVT timer bits 18-17.
    private const uint TimerPeriodic = 1 << 17;
    private const uint TimerTscDeadline = 1 << 18;
    private const uint TimerModes = TimerPeriodic | TimerTscDeadline;
    private const uint DivideBits = 0xB;

    /// <summary>IA32_TSC_DEADLINE, MSR 6E0h: the time stamp that fires the timer; 0 is off. In other modes it is 0 and writes are ignored.</summary>
    /// <remarks>Write it again after the time stamp counter has been changed.</remarks>
    public ulong TscDeadline
    {
        get => _tscDeadline;
        set
        {
            if (IsTscDeadline)
            {
                _tscDeadline = value;
                ArmTimer(_clock.Now);
            }
        }
    }

    private bool IsTscDeadline => _wiring.TimeStamp is not null && (_lvt[LvtTimer] & TimerModes) == TimerTscDeadline;

    private bool IsPeriodic => (_lvt[LvtTimer] & TimerModes) == TimerPeriodic;

    // From the initial count down to 0, so that a period has one tick more than the initial count says.
    private uint CountNow
    {
        get
        {
            if (IsTscDeadline)
            {
                return 0;
            }

            ulong ticks = TicksSinceLoad(_clock.Now);
            if (IsPeriodic)
            {
                return _initialCount - (uint)(ticks % ((ulong)_initialCount + 1));
            }

            return ticks >= _initialCount ? 0 : _initialCount - (uint)ticks;
        }
    }

    private ulong TicksSinceLoad(long now) => (ulong)Math.Max(now - _loadTime, 0) >> _countShift;

    private void LoadCount(uint value)
    {
        if (IsTscDeadline)
        {
            return;
        }

        _initialCount = value;
        _loadTime = _clock.Now;
        ArmTimer(_loadTime);
    }

    private void WriteDivider(uint value)
    {
        // Bits 3, 1, 0: 000 divides by 2, 110 by 128, 111 by 1. The count goes on from where it is.
        uint count = CountNow;
        _divideConfiguration = value & DivideBits;
        int shift = (int)(((value & 3) | (value >> 1 & 4)) + 1) & 7;
        if (shift != _countShift)
        {
            long now = _clock.Now;
            _loadTime = now - ((long)(_initialCount - count) << shift);
            _countShift = shift;
            ArmTimer(now);
        }
    }

    private void TimerModeChanged(uint old)
    {
        if (((old ^ _lvt[LvtTimer]) & TimerTscDeadline) != 0 && _wiring.TimeStamp is not null)
        {
            // To and from the deadline mode the timer is off until it is programmed anew.
            _tscDeadline = 0;
            _initialCount = 0;
        }

        ArmTimer(_clock.Now);
    }

    /// <summary>Arms the timer for the next moment at which the entry fires, if there is one.</summary>
    private void ArmTimer(long now)
    {
        if ((_lvt[LvtTimer] & LvtMasked) != 0 || !NextExpiry(now, out long next))
        {
            _timer.Cancel();
            return;
        }

        // Never in the past: a load time from elsewhere must not make the timer fire without end.
        _nextTime = Math.Max(next, now + 1);
        _timer.Arm(_nextTime);
    }

    private bool NextExpiry(long now, out long next)
    {
        next = 0;
        if (IsTscDeadline)
        {
            if (_tscDeadline == 0)
            {
                return false;
            }

            long left = (long)(_tscDeadline - _wiring.TimeStamp!());
            next = left <= 0 ? now : left > long.MaxValue - now ? long.MaxValue : now + left;
            return true;
        }

        ulong period = (ulong)_initialCount + 1;
        ulong ticks = TicksSinceLoad(now);
        if (_initialCount == 0 || (!IsPeriodic && ticks >= _initialCount))
        {
            return false;
        }

        ulong expiry = IsPeriodic ? ((ticks / period) + 1) * period : period;
        next = _loadTime + (long)(expiry << _countShift);
        return true;
    }

    private void OnTimer()
    {
        // Ticks that were missed while the machine stood still are one interrupt: more than one request cannot be kept.
        bool deadline = IsTscDeadline;
        if (deadline)
        {
            _tscDeadline = 0;
        }

        if (IsPeriodic)
        {
            ArmTimer(_clock.Now);
        }

        DeliverLocal(LvtTimer);
    }

    // KVM writes "not armed" for a timer that runs and leaves the next expiry in next_time. Without KVM a timer that is not
    // armed has its expiry behind it, is masked, or has no count.
    private void TimerLoaded()
    {
        if (_timer.IsArmed || IsTscDeadline || (_lvt[LvtTimer] & LvtMasked) != 0 || _initialCount == 0)
        {
            return;
        }

        long now = _clock.Now;
        if (_nextTime > now)
        {
            _timer.Arm(_nextTime);
        }
        else if (IsPeriodic)
        {
            ArmTimer(now);
        }
    }
}
