using System.Diagnostics;
using PcEmu.Core.Time;

namespace PcEmu.Machines.Running;

/// <summary>The machine's virtual clock: integer nanoseconds of guest time, by the host's clock or by counted instructions.</summary>
/// <remarks>
/// Real time follows the host's monotonic clock and stands still while the machine is stopped. Counted time
/// (<c>-icount shift=N</c>) advances by 2^N ns an instruction and jumps over idle stretches, so that the same input gives
/// the same run. Belongs to the machine's thread.
/// </remarks>
public sealed class VirtualClock : IClock
{
    private readonly Func<long>? _instructions;
    private readonly int _shift;
    private long _offset;
    private bool _running;

    private VirtualClock(Func<long>? instructions, int shift)
    {
        _instructions = instructions;
        _shift = shift;
    }

    /// <summary>Whether time is counted rather than the host's.</summary>
    public bool IsCounted => _instructions is not null;

    /// <inheritdoc/>
    public long Now => _instructions is { } count
        ? _offset + (count() << _shift)
        : _running ? _offset + HostNanoseconds() : _offset;

    /// <summary>A clock that follows the host's, stopped at zero.</summary>
    public static VirtualClock Real() => new(null, 0);

    /// <summary>A clock that counts instructions.</summary>
    /// <param name="instructions">Instructions executed so far, exact inside an instruction.</param>
    /// <param name="shift">log2 of the nanoseconds that one takes; 0 to 10.</param>
    public static VirtualClock Counted(Func<long> instructions, int shift) => new(instructions, shift);

    /// <summary>Nanoseconds of the host's monotonic clock.</summary>
    public static long HostNanoseconds() =>
        Nanoseconds.MulDiv(Stopwatch.GetTimestamp(), Nanoseconds.PerSecond, Stopwatch.Frequency);

    /// <summary>Lets real time run on from where it stands.</summary>
    public void Start()
    {
        if (!_running && !IsCounted)
        {
            _offset -= HostNanoseconds();
        }

        _running = true;
    }

    /// <summary>Stops real time.</summary>
    public void Stop()
    {
        if (_running && !IsCounted)
        {
            _offset += HostNanoseconds();
        }

        _running = false;
    }

    /// <summary>Sets guest time to where a loaded machine stood; only before it runs.</summary>
    /// <param name="now">Nanoseconds.</param>
    public void SetTo(long now) => _offset += now - Now;

    /// <summary>Moves counted time forward to a deadline that an idle CPU waits for.</summary>
    public void WarpTo(long deadline)
    {
        long ahead = deadline - Now;
        if (ahead > 0)
        {
            _offset += ahead;
        }
    }

    /// <summary>How many instructions fit before a deadline in counted time; at least 1.</summary>
    public long InstructionsUntil(long deadline)
    {
        long ahead = deadline - Now;
        return ahead <= 0 ? 1 : Math.Max(1, (ahead >> _shift) + 1);
    }
}
