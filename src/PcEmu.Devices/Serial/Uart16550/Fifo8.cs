using PcEmu.Core.State;

namespace PcEmu.Devices.Serial;

/// <summary>A 16-byte FIFO of the UART, laid out as on the wire: the bytes, where the oldest is, how many there are.</summary>
internal struct Fifo8()
{
    /// <summary>Bytes that fit.</summary>
    public const uint Capacity = 16;

    /// <summary>The wire's layout: 24 bytes, refused when an index lies outside.</summary>
    public static readonly StateDescription<Fifo8> State = new("Fifo8", version: 1, minimumVersion: 1)
    {
        Field.Bytes("data", static (Fifo8 f) => f._data),
        Field.UInt32("head", static (ref Fifo8 f) => ref f._head),
        Field.UInt32("num", static (ref Fifo8 f) => ref f._count),
    };

    private readonly byte[] _data = new byte[Capacity];
    private uint _head;
    private uint _count;

    /// <summary>Bytes inside.</summary>
    public readonly uint Count => _count;

    /// <summary>Whether no further byte fits.</summary>
    public readonly bool IsFull => _count == Capacity;

    /// <summary>Whether the indices, as loaded from a stream, can be used.</summary>
    public readonly bool IsValid => _head < Capacity && _count <= Capacity;

    /// <summary>Adds a byte; the caller has made sure of room.</summary>
    public void Push(byte value)
    {
        _data[(int)((_head + _count) % Capacity)] = value;
        _count++;
    }

    /// <summary>Takes the oldest byte; the caller has made sure that there is one.</summary>
    public byte Pop()
    {
        byte value = _data[(int)_head];
        _head = (_head + 1) % Capacity;
        _count--;
        return value;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _head = 0;
        _count = 0;
    }
}
