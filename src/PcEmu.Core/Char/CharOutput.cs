using System.Runtime.CompilerServices;

namespace PcEmu.Core.Char;

/// <summary>What a full output queue does.</summary>
public enum CharWhenFull
{
    /// <summary>It refuses the byte; the device holds it back, as with a peer that does not read.</summary>
    HoldBack,

    /// <summary>It stops the machine until there is room: for disk files, where the wait is short and the guest must not see it.</summary>
    Wait,

    /// <summary>It has no queue: every byte is taken and forgotten.</summary>
    Discard,
}

/// <summary>The queue of bytes from the machine's thread (one writer) to a host thread (one reader), without locks.</summary>
/// <remarks>
/// A write costs a store into the ring and no system call, except the one that wakes a sleeping host thread. That thread
/// lets a few milliseconds' worth of bytes gather before it takes them, so that a guest that prints byte by byte does
/// not cost a system call each.
/// </remarks>
public sealed class CharOutput
{
    private const int Capacity = 1 << 16;
    private const int GatherMilliseconds = 2;
    private const int GatherNoMore = Capacity / 4;

    private readonly byte[] _ring;
    private readonly CharWhenFull _whenFull;
    private readonly object _gate = new();

    // The machine's thread owns these.
    private uint _head;
    private uint _tailSeen;
    private Func<byte[]>? _stamp;
    private bool _atLineStart = true;

    // The host thread owns this one.
    private uint _tail;

    // Shared.
    private int _asleep;
    private int _starved;
    private int _completed;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="whenFull">What a full queue does.</param>
    public CharOutput(CharWhenFull whenFull)
    {
        _whenFull = whenFull;
        _ring = whenFull == CharWhenFull.Discard ? [] : new byte[Capacity];
    }

    /// <summary>Called on the host thread when there is room again after a write was refused.</summary>
    public Action? RoomAgain { get; set; }

    /// <summary>Makes the text that goes before every line, or null for none. The machine's thread sets and calls it.</summary>
    public Func<byte[]>? LineStamp
    {
        get => _stamp;
        set
        {
            _stamp = value;
            _atLineStart = true;
        }
    }

    /// <summary>Whether a byte would be taken now.</summary>
    public bool HasRoom => _whenFull != CharWhenFull.HoldBack || _head - Volatile.Read(ref _tail) < Capacity;

    /// <summary>Puts a byte; machine's thread.</summary>
    /// <returns>False when it was not taken; <see cref="RoomAgain"/> follows.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Write(byte value) => _stamp is null ? Put(value) : PutStamped(value);

    /// <summary>Takes what is there, after waiting for something to be there; host thread.</summary>
    /// <returns>How many bytes; 0 when the queue is completed and empty.</returns>
    public int Take(Span<byte> into)
    {
        while (true)
        {
            bool completed = Volatile.Read(ref _completed) != 0;
            uint count = Volatile.Read(ref _head) - _tail;
            if (count > 0)
            {
                if (count < GatherNoMore && !completed)
                {
                    Thread.Sleep(GatherMilliseconds);
                    count = Volatile.Read(ref _head) - _tail;
                }

                return Remove(into, count);
            }

            if (completed)
            {
                return 0;
            }

            // The machine's side does a plain store and load per byte; the fence that orders them is paid for here.
            Volatile.Write(ref _asleep, 1);
            Interlocked.MemoryBarrierProcessWide();
            lock (_gate)
            {
                while (Volatile.Read(ref _asleep) != 0 && Volatile.Read(ref _head) == _tail && _completed == 0)
                {
                    Monitor.Wait(_gate);
                }
            }

            Volatile.Write(ref _asleep, 0);
        }
    }

    /// <summary>Says that no more will be written: the host thread takes the rest and then gets 0.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            Volatile.Write(ref _completed, 1);
            Monitor.PulseAll(_gate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Put(byte value)
    {
        byte[] ring = _ring;
        if (ring.Length == 0)
        {
            return true;
        }

        uint head = _head;
        if (head - _tailSeen >= Capacity && !MakeRoom(head))
        {
            return false;
        }

        ring[(int)(head & (uint)(ring.Length - 1))] = value;
        Volatile.Write(ref _head, head + 1);
        if (Volatile.Read(ref _asleep) != 0)
        {
            WakeReader();
        }

        return true;
    }

    private bool PutStamped(byte value)
    {
        if (_atLineStart)
        {
            // A stamp that finds no room is left out; the guest's bytes are what must not be lost.
            _atLineStart = false;
            foreach (byte b in _stamp!())
            {
                Put(b);
            }
        }

        bool taken = Put(value);
        _atLineStart = taken && value == (byte)'\n';
        return taken;
    }

    private void WakeReader()
    {
        lock (_gate)
        {
            Volatile.Write(ref _asleep, 0);
            Monitor.PulseAll(_gate);
        }
    }

    private bool MakeRoom(uint head)
    {
        while (true)
        {
            _tailSeen = Volatile.Read(ref _tail);
            if (head - _tailSeen < Capacity)
            {
                return true;
            }

            Interlocked.Exchange(ref _starved, 1);
            _tailSeen = Volatile.Read(ref _tail);
            if (head - _tailSeen < Capacity)
            {
                return true; // a RoomAgain too many does no harm
            }

            if (Volatile.Read(ref _completed) != 0)
            {
                return true; // nobody takes bytes any more: the oldest are overwritten
            }

            if (_whenFull == CharWhenFull.HoldBack)
            {
                return false;
            }

            lock (_gate)
            {
                while (Volatile.Read(ref _starved) != 0 && _completed == 0)
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    private int Remove(Span<byte> into, uint count)
    {
        int take = (int)Math.Min(count, (uint)into.Length);
        int at = (int)(_tail & (Capacity - 1));
        int first = Math.Min(take, Capacity - at);
        _ring.AsSpan(at, first).CopyTo(into);
        _ring.AsSpan(0, take - first).CopyTo(into[first..]);
        Volatile.Write(ref _tail, _tail + (uint)take);
        if (Interlocked.Exchange(ref _starved, 0) != 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }

            RoomAgain?.Invoke();
        }

        return take;
    }
}
