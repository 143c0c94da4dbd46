using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Timer;

/// <summary>One timer of the HPET: a comparator, its period and its configuration.</summary>
internal sealed class HpetComparator
{
    // Configuration and capabilities, TN_CONF.
    public const ulong LevelTriggered = 1 << 1;
    public const ulong InterruptEnable = 1 << 2;
    public const ulong Periodic = 1 << 3;
    public const ulong PeriodicCapable = 1 << 4;
    public const ulong Is64Capable = 1 << 5;
    public const ulong SetValue = 1 << 6;
    public const ulong Force32 = 1 << 8;
    public const int RouteShift = 9;
    public const ulong RouteMask = 0x1F << RouteShift;

    /// <summary>The bits that a guest can change.</summary>
    public const ulong Writable = LevelTriggered | InterruptEnable | Periodic | SetValue | Force32 | RouteMask;

    public ulong Config;
    public ulong Compare;
    public ulong Fsb;
    public ulong Period;
    public bool WrapPending;

    public static readonly StateDescription<HpetComparator> State = Describe();

    public HpetComparator(int number, TimerQueue timers, Action<HpetComparator> expired)
    {
        Number = number;
        Timer = timers.Create(() => expired(this));
    }

    /// <summary>0 to 31.</summary>
    public int Number { get; }

    /// <summary>Waits for the counter to reach the comparator.</summary>
    public GuestTimer Timer { get; }

    public ulong Bit => 1ul << Number;

    public bool IsEnabled => (Config & InterruptEnable) != 0;

    public bool IsPeriodic => (Config & Periodic) != 0;

    public bool Is32 => (Config & Force32) != 0;

    public bool IsLevel => (Config & LevelTriggered) != 0;

    /// <summary>The interrupt line that it is routed to outside of legacy mode.</summary>
    public int Route => (int)(Config >> RouteShift) & 0x1F;

    // Forced to 32 bits, only the low halves of comparator and period count.
    private ulong EffectivePeriod => Is32 ? (uint)Period : Period;

    /// <summary>Power-on and reset.</summary>
    /// <param name="routes">The lines that it can be routed to, a bit each.</param>
    public void Reset(uint routes)
    {
        Timer.Cancel();
        Config = PeriodicCapable | Is64Capable | (ulong)routes << 32;
        Compare = ulong.MaxValue;
        Fsb = 0;
        Period = 0;
        WrapPending = false;
    }

    /// <summary>Counter ticks until the comparator matches; 0 when it is reached or passed, which fires at once, as in QEMU.</summary>
    public ulong TicksLeft(ulong counter)
    {
        long left = Is32 ? (int)((uint)Compare - (uint)counter) : (long)(Compare - counter);
        return left > 0 ? (ulong)left : 0;
    }

    /// <summary>After a match of a periodic timer: moves the comparator to its next value after the counter.</summary>
    /// <returns>False when the timer is not periodic, or has no period.</returns>
    public bool Advance(ulong counter)
    {
        ulong period = EffectivePeriod;
        if (!IsPeriodic || period == 0)
        {
            return false;
        }

        if (Is32)
        {
            int passed = (int)((uint)counter - (uint)Compare);
            if (passed >= 0)
            {
                Compare = (uint)(Compare + (period * (((uint)passed / period) + 1)));
            }
        }
        else
        {
            long passed = (long)(counter - Compare);
            if (passed >= 0)
            {
                Compare += period * (((ulong)passed / period) + 1);
            }
        }

        return true;
    }

    private static StateDescription<HpetComparator> Describe()
    {
        var state = new StateDescription<HpetComparator>("hpet_timer", version: 1, minimumVersion: 1);
        state.Add(Field.Computed<HpetComparator>("tn", 1, static t => (ulong)t.Number, static (t, value) => t.CheckNumber(value)));
        state.Add(Field.UInt64("config", static (ref HpetComparator t) => ref t.Config));
        state.Add(Field.UInt64("cmp", static (ref HpetComparator t) => ref t.Compare));
        state.Add(Field.UInt64("fsb", static (ref HpetComparator t) => ref t.Fsb));
        state.Add(Field.UInt64("period", static (ref HpetComparator t) => ref t.Period));
        state.Add(Field.Bool("wrap_flag", static (ref HpetComparator t) => ref t.WrapPending));
        state.Add(Field.Timer("timer", static (HpetComparator t) => t.Timer));
        return state;
    }

    private void CheckNumber(ulong value)
    {
        if (value != (ulong)Number)
        {
            throw new StateException($"hpet: timer {value} stands where timer {Number} should be");
        }
    }
}
