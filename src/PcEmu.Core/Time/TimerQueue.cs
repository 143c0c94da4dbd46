namespace PcEmu.Core.Time;

/// <summary>The timers of one clock, in order of deadline; equal deadlines run in the order in which they were armed.</summary>
/// <remarks>Belongs to the machine's thread. Arming and cancelling allocate nothing once the heap has grown.</remarks>
public sealed class TimerQueue(IClock clock)
{
    private GuestTimer[] _heap = new GuestTimer[32];
    private int _count;
    private long _sequence;

    /// <summary>Raised when the nearest deadline may have moved closer, so that whoever runs the guest can stop in time.</summary>
    public event Action? DeadlineMovedCloser;

    /// <summary>The clock against which deadlines are read.</summary>
    public IClock Clock => clock;

    /// <summary>The nearest deadline in nanoseconds, or <see cref="long.MaxValue"/> when no timer is armed.</summary>
    public long NextDeadline => _count == 0 ? long.MaxValue : _heap[0].Deadline;

    /// <summary>Makes a timer of this queue, not armed.</summary>
    /// <param name="callback">Called on the machine's thread when the deadline has passed.</param>
    public GuestTimer Create(Action callback) => new(this, callback);

    /// <summary>Runs every timer whose deadline is not after the clock's time as it stands at the start of the call.</summary>
    public void RunExpired()
    {
        long now = clock.Now;
        while (_count > 0 && _heap[0].Deadline <= now)
        {
            GuestTimer timer = _heap[0];
            Remove(timer);
            timer.Callback();
        }
    }

    internal void Arm(GuestTimer timer, long deadline)
    {
        if (timer.Index >= 0)
        {
            Remove(timer);
        }

        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        timer.Deadline = Math.Max(deadline, 0);
        timer.Sequence = _sequence++;
        Place(timer, _count++);
        SiftUp(timer.Index);
        if (timer.Index == 0)
        {
            DeadlineMovedCloser?.Invoke();
        }
    }

    internal void Remove(GuestTimer timer)
    {
        int hole = timer.Index;
        timer.Index = -1;
        GuestTimer last = _heap[--_count];
        _heap[_count] = null!;
        if (hole < _count)
        {
            Place(last, hole);
            SiftUp(hole);
            SiftDown(last.Index);
        }
    }

    private static bool Before(GuestTimer a, GuestTimer b) =>
        a.Deadline != b.Deadline ? a.Deadline < b.Deadline : a.Sequence < b.Sequence;

    private void Place(GuestTimer timer, int index)
    {
        _heap[index] = timer;
        timer.Index = index;
    }

    private void SiftUp(int index)
    {
        GuestTimer timer = _heap[index];
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!Before(timer, _heap[parent]))
            {
                break;
            }

            Place(_heap[parent], index);
            index = parent;
        }

        Place(timer, index);
    }

    private void SiftDown(int index)
    {
        GuestTimer timer = _heap[index];
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && Before(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!Before(_heap[child], timer))
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(timer, index);
    }
}

/// <summary>A one-shot timer in guest time. Armed again while armed, it only moves.</summary>
public sealed class GuestTimer
{
    private readonly TimerQueue _queue;

    internal GuestTimer(TimerQueue queue, Action callback)
    {
        _queue = queue;
        Callback = callback;
    }

    /// <summary>When the timer is due, in nanoseconds of its clock; meaningful while <see cref="IsArmed"/>.</summary>
    public long Deadline { get; internal set; }

    /// <summary>Whether the timer waits for its deadline.</summary>
    public bool IsArmed => Index >= 0;

    /// <summary>The deadline as QEMU writes it into a migration stream: the time, or -1 when not armed.</summary>
    public long DeadlineOrNever => IsArmed ? Deadline : -1;

    internal Action Callback { get; }

    internal int Index { get; set; } = -1;

    internal long Sequence { get; set; }

    /// <summary>Arms or moves the timer. A deadline in the past runs at the next look at the queue.</summary>
    /// <param name="deadline">Nanoseconds of the queue's clock; a negative one counts as 0, as -1 means "off" in a stream.</param>
    public void Arm(long deadline) => _queue.Arm(this, deadline);

    /// <summary>Disarms the timer; harmless when it is not armed.</summary>
    public void Cancel()
    {
        if (Index >= 0)
        {
            _queue.Remove(this);
        }
    }

    /// <summary>Arms the timer from a stream's word: -1 leaves it off.</summary>
    public void ArmOrCancel(long deadlineOrNever)
    {
        if (deadlineOrNever == -1)
        {
            Cancel();
        }
        else
        {
            Arm(deadlineOrNever);
        }
    }
}
