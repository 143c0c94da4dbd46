using PcEmu.Core.State;

namespace PcEmu.Devices.Keyboard.Ps2;

/// <summary>What a PS/2 device has to say: bytes in order, answers to commands in front of keys and movements.</summary>
/// <remarks>
/// A real device answers a command before it goes on with what its buffer holds (IBM PS/2 Hardware Interface Technical
/// Reference, "Keyboard buffer"), and has 16 bytes of buffer. The ring is larger because its size is the stream's.
/// </remarks>
internal sealed class Ps2Queue
{
    /// <summary>The pending command's code when none waits for its argument.</summary>
    public const int NoCommand = -1;

    private const int RingSize = 256;
    private const int RingMask = RingSize - 1;

    // Bytes that keys and movements may fill.
    private const int Capacity = 16;

    private readonly byte[] _ring = new byte[RingSize];
    private int _command = NoCommand;
    private int _read;
    private int _write;
    private int _count;

    [NotSaved("the order of the bytes says enough; the keyboard can read it from newer streams")]
    private int _replies;

    /// <summary>The structure at the head of the keyboard's and the mouse's section.</summary>
    public static readonly StateDescription<Ps2Queue> State = Describe();

    /// <summary>The command that waits for its argument, or <see cref="NoCommand"/>.</summary>
    public ref int Command => ref _command;

    /// <summary>Answers that nobody has read yet; they are the first bytes.</summary>
    public ref int Replies => ref _replies;

    /// <summary>Bytes to be read.</summary>
    public int Count => _count;

    /// <summary>The byte that was read last, which an empty output buffer still shows.</summary>
    public byte Last => _ring[(_read - 1) & RingMask];

    /// <summary>Whether that many more bytes of a key or movement fit.</summary>
    public bool HasRoom(int bytes) => _count + bytes <= Capacity;

    /// <summary>Adds a byte at the end.</summary>
    public void Add(byte value)
    {
        if (_count < RingSize)
        {
            _ring[_write] = value;
            _write = (_write + 1) & RingMask;
            _count++;
        }
    }

    /// <summary>Adds an answer behind the answers that are there, in front of all else.</summary>
    public void AddReply(byte value)
    {
        if (_count == RingSize)
        {
            return;
        }

        _read = (_read - 1) & RingMask;
        for (int i = 0; i < _replies; i++)
        {
            _ring[(_read + i) & RingMask] = _ring[(_read + i + 1) & RingMask];
        }

        _ring[(_read + _replies) & RingMask] = value;
        _replies++;
        _count++;
    }

    /// <summary>Takes the first byte; an empty queue gives the last one again.</summary>
    public byte Take()
    {
        if (_count > 0)
        {
            _read = (_read + 1) & RingMask;
            _count--;
            _replies = Math.Max(_replies - 1, 0);
        }

        return Last;
    }

    /// <summary>Throws all bytes away.</summary>
    public void Clear()
    {
        _read = 0;
        _write = 0;
        _count = 0;
        _replies = 0;
    }

    private static StateDescription<Ps2Queue> Describe()
    {
        var state = new StateDescription<Ps2Queue>("PS2 Common State", version: 3, minimumVersion: 2)
        {
            PostLoad = static (ref Ps2Queue q, int _) => q.Loaded(),
        };
        state.Add(Field.Int32("write_cmd", static (ref Ps2Queue q) => ref q._command));
        state.Add(Field.Int32("rptr", static (ref Ps2Queue q) => ref q._read));
        state.Add(Field.Int32("wptr", static (ref Ps2Queue q) => ref q._write));
        state.Add(Field.Int32("count", static (ref Ps2Queue q) => ref q._count));
        state.Add(Field.Bytes("queue", static (Ps2Queue q) => q._ring));
        return state;
    }

    private void Loaded()
    {
        // Which bytes are answers is not in the stream (but see ps2kbd/command_reply_queue): they stay in their order.
        _replies = 0;
        if ((uint)_read < RingSize && (uint)_count <= RingSize && _write == ((_read + _count) & RingMask))
        {
            return;
        }

        // QEMU 2.1 and some later programs use the first 16 bytes of the ring only.
        if ((uint)_read < Capacity && (uint)_count <= Capacity && _write == (_read + _count) % Capacity)
        {
            Span<byte> small = stackalloc byte[Capacity];
            for (int i = 0; i < _count; i++)
            {
                small[i] = _ring[(_read + i) % Capacity];
            }

            small[.._count].CopyTo(_ring);
            _read = 0;
            _write = _count;
            return;
        }

        throw new StateException($"ps2: a queue of {_count} bytes from {_read} to {_write} cannot be");
    }
}
