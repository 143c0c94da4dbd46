using System.Runtime.CompilerServices;

namespace PcEmu.Core.Char;

/// <summary>A stream of bytes between a device of the machine and something on the host: what <c>-serial</c> connects.</summary>
/// <remarks>
/// The machine's thread writes, attaches the receiver and calls <see cref="Pump"/>; host threads only <see cref="Push"/>
/// and <see cref="Post"/>, which queue and signal <c>wake</c>. So no host thread ever runs a device's code, and what
/// a guest sees happens between its instructions where the machine chooses.
/// </remarks>
/// <param name="label">Name in messages and listings ("serial0").</param>
/// <param name="output">Where writes go; several ports of one multiplexer share it.</param>
/// <param name="wake">Asks the machine to call <see cref="Pump"/> soon; callable on any thread.</param>
public sealed class CharPort(string label, CharOutput output, Action wake)
{
    private const int InputCapacity = 1 << 16;
    private const int ChunkSize = 4096;

    private readonly object _gate = new();
    private readonly Queue<(long Position, CharEvent What)> _events = new();
    private readonly byte[] _chunk = new byte[ChunkSize];
    private byte[]? _input;
    private long _pushed;
    private long _delivered;
    private bool _closed;
    private int _writeReady;
    private ICharReceiver? _receiver;

    /// <summary>Name in messages and listings.</summary>
    public string Label => label;

    /// <summary>The queue of what is written.</summary>
    public CharOutput Output => output;

    /// <summary>Whether a byte would be taken now.</summary>
    public bool CanWrite => output.HasRoom;

    /// <summary>Bytes that <see cref="Push"/> would take without waiting.</summary>
    public int InputRoom
    {
        get
        {
            lock (_gate)
            {
                return InputCapacity - (int)(_pushed - _delivered);
            }
        }
    }

    /// <summary>Makes a port that takes every byte, forgets it and never sends one.</summary>
    public static CharPort CreateNull(string label) => new(label, new CharOutput(CharWhenFull.Discard), static () => { });

    /// <summary>Sets who gets input and events. Input that came before is kept for the first receiver.</summary>
    public void Attach(ICharReceiver? receiver)
    {
        _receiver = receiver;
        wake();
    }

    /// <summary>Writes a byte without waiting for the host.</summary>
    /// <returns>False when the peer has stalled and the byte was not taken; <see cref="ICharReceiver.OnWriteReady"/> follows.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Write(byte value) => output.Write(value);

    /// <summary>Writes bytes without waiting for the host.</summary>
    /// <returns>How many were taken.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!output.Write(bytes[i]))
            {
                return i;
            }
        }

        return bytes.Length;
    }

    /// <summary>Says that the receiver takes bytes again; what waits is delivered by the next <see cref="Pump"/>.</summary>
    public void AcceptInput()
    {
        if (Volatile.Read(ref _pushed) != _delivered)
        {
            wake();
        }
    }

    /// <summary>Asks for <see cref="ICharReceiver.OnWriteReady"/> at the next <see cref="Pump"/>; any thread.</summary>
    public void SignalWriteReady()
    {
        Volatile.Write(ref _writeReady, 1);
        wake();
    }

    /// <summary>Delivers what has arrived, as far as the receiver takes it; the machine's thread.</summary>
    public void Pump()
    {
        if (_receiver is not { } receiver)
        {
            return;
        }

        if (Volatile.Read(ref _writeReady) != 0 && Interlocked.Exchange(ref _writeReady, 0) != 0)
        {
            receiver.OnWriteReady();
        }

        while (_receiver == receiver)
        {
            int allowed = Volatile.Read(ref _pushed) == _delivered ? 0 : receiver.CanReceive;
            CharEvent? what = null;
            int count = 0;
            lock (_gate)
            {
                if (_events.TryPeek(out (long Position, CharEvent What) next) && next.Position == _delivered)
                {
                    what = _events.Dequeue().What;
                }
                else
                {
                    count = TakeInput(allowed, _events.Count > 0 ? next.Position : _pushed);
                }
            }

            if (what is { } happened)
            {
                receiver.OnEvent(happened);
            }
            else if (count > 0)
            {
                receiver.Receive(_chunk.AsSpan(0, count));
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Queues bytes for the machine, waiting while its queue is full; host threads.</summary>
    /// <returns>False when the port was closed before all were queued.</returns>
    public bool Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count;
            lock (_gate)
            {
                while (!_closed && _pushed - _delivered == InputCapacity)
                {
                    Monitor.Wait(_gate);
                }

                if (_closed)
                {
                    return false;
                }

                count = Math.Min(bytes.Length, InputCapacity - (int)(_pushed - _delivered));
                PutInput(bytes[..count]);
            }

            wake();
            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>Queues bytes for the machine as far as there is room; any thread.</summary>
    /// <returns>How many were queued.</returns>
    public int TryPush(ReadOnlySpan<byte> bytes)
    {
        int count;
        lock (_gate)
        {
            count = Math.Min(bytes.Length, InputCapacity - (int)(_pushed - _delivered));
            PutInput(bytes[..count]);
        }

        wake();
        return count;
    }

    /// <summary>Queues an event behind the bytes pushed so far; any thread.</summary>
    public void Post(CharEvent what)
    {
        lock (_gate)
        {
            _events.Enqueue((_pushed, what));
        }

        wake();
    }

    /// <summary>Ends input: a waiting <see cref="Push"/> returns. Output has an end of its own, <see cref="CharOutput.Complete"/>.</summary>
    public void CloseInput()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void PutInput(ReadOnlySpan<byte> bytes)
    {
        _input ??= new byte[InputCapacity];
        int at = (int)(_pushed & (InputCapacity - 1));
        int first = Math.Min(bytes.Length, InputCapacity - at);
        bytes[..first].CopyTo(_input.AsSpan(at));
        bytes[first..].CopyTo(_input);
        Volatile.Write(ref _pushed, _pushed + bytes.Length);
    }

    private int TakeInput(int allowed, long end)
    {
        int count = (int)Math.Min(Math.Min(allowed, ChunkSize), end - _delivered);
        if (count <= 0)
        {
            return 0;
        }

        int at = (int)(_delivered & (InputCapacity - 1));
        int first = Math.Min(count, InputCapacity - at);
        _input.AsSpan(at, first).CopyTo(_chunk);
        _input.AsSpan(0, count - first).CopyTo(_chunk.AsSpan(first));
        if (_pushed - _delivered == InputCapacity)
        {
            Monitor.PulseAll(_gate);
        }

        _delivered += count;
        return count;
    }
}
