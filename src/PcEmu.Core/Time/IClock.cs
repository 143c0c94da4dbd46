namespace PcEmu.Core.Time;

/// <summary>A source of guest time. Nothing in a device asks the host for the time.</summary>
public interface IClock
{
    /// <summary>Nanoseconds since the clock's epoch; never goes backwards while the machine runs.</summary>
    long Now { get; }
}

/// <summary>Units of guest time, which is always a whole number of nanoseconds.</summary>
public static class Nanoseconds
{
    /// <summary>One second.</summary>
    public const long PerSecond = 1_000_000_000;

    /// <summary>One millisecond.</summary>
    public const long PerMillisecond = 1_000_000;

    /// <summary>One microsecond.</summary>
    public const long PerMicrosecond = 1_000;

    /// <summary>Computes <paramref name="value"/> * <paramref name="multiplier"/> / <paramref name="divisor"/> without overflow on the way, rounding down; what no long holds becomes the largest.</summary>
    /// <param name="value">The value to scale; not negative.</param>
    /// <param name="multiplier">Numerator of the scale; not negative.</param>
    /// <param name="divisor">Denominator of the scale; positive.</param>
    public static long MulDiv(long value, long multiplier, long divisor) =>
        (long)UInt128.Min((UInt128)(ulong)value * (ulong)multiplier / (ulong)divisor, long.MaxValue);
}

/// <summary>A clock that moves only when told to: for tests, and for dumping a machine that does not run.</summary>
public sealed class ManualClock : IClock
{
    /// <inheritdoc/>
    public long Now { get; set; }

    /// <summary>Moves the clock forward and runs what has become due in <paramref name="timers"/>, each timer at its own deadline.</summary>
    public void Advance(long nanoseconds, TimerQueue timers)
    {
        long end = Now + nanoseconds;
        while (timers.NextDeadline is var next && next <= end && next < long.MaxValue)
        {
            Now = Math.Max(Now, next);
            timers.RunExpired();
        }

        Now = end;
    }
}
