using System.Buffers.Binary;
using System.Text;

namespace PcEmu.Core.State;

/// <summary>Takes big-endian fields from the bytes of a section. The bytes are hostile: every take is checked.</summary>
/// <param name="bytes">The section's bytes, or all that follows in the stream.</param>
/// <param name="origin">Offset of the first byte in the stream, for messages.</param>
public ref struct StateReader(ReadOnlySpan<byte> bytes, long origin = 0)
{
    private const byte SubsectionMark = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Name of the field that is being read, for messages.</summary>
    public string Field { get; set; } = "";

    /// <summary>
    /// Whether more of the stream may come behind these bytes. Then nothing is decided at their end: whoever needs more gets
    /// a <see cref="StateWindowException"/>, and loading starts over from the section's first byte with more bytes.
    /// </summary>
    public bool MoreMayFollow { get; init; }

    /// <summary>Is told of every field that was taken, or null.</summary>
    public StateTrace? Trace { get; init; }

    /// <summary>Bytes taken so far.</summary>
    public readonly int Position => _at;

    /// <summary>Offset in the stream of the next byte.</summary>
    public readonly long Offset => origin + _at;

    /// <summary>Bytes not yet taken.</summary>
    public readonly int Remaining => _bytes.Length - _at;

    /// <summary>Takes a byte.</summary>
    public byte UInt8() => Take(1)[0];

    /// <summary>Takes a byte that must be 0 or 1.</summary>
    public bool Bool() => UInt8() switch
    {
        0 => false,
        1 => true,
        byte other => throw Error($"{other} is neither 0 nor 1"),
    };

    /// <summary>Takes 16 bits.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    /// <summary>Takes 32 bits.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Takes 64 bits.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>Takes <paramref name="count"/> bytes as they are.</summary>
    /// <exception cref="StateException">There are fewer, or the count, which may come from the stream itself, is negative.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)Remaining < (uint)count)
        {
            throw MoreMayFollow ? new StateWindowException() : Error("the stream ends inside the field");
        }

        ReadOnlySpan<byte> head = _bytes.Slice(_at, count);
        _at += count;
        return head;
    }

    /// <summary>Looks whether a subsection follows, without taking anything.</summary>
    public readonly bool TryPeekSubsection([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!Sees(1) || _bytes[_at] != SubsectionMark || !Sees(2))
        {
            return false;
        }

        int length = _bytes[_at + 1];
        if (length == 0 || !Sees(2 + length + 4))
        {
            return false;
        }

        name = Encoding.Latin1.GetString(_bytes.Slice(_at + 2, length));
        return true;
    }

    /// <summary>Takes a subsection's head and returns its version.</summary>
    public int BeginSubsection()
    {
        Take(1);
        Take(UInt8());
        return (int)UInt32();
    }

    /// <summary>Makes the error that names the current field; whoever loads the section says at which <see cref="Offset"/>.</summary>
    public readonly StateException Error(string what) => new(Field.Length == 0 ? what : $"field '{Field}': {what}");

    /// <summary>The bytes from an earlier <see cref="Position"/> up to here.</summary>
    internal readonly ReadOnlySpan<byte> Since(int position) => _bytes[position.._at];

    private readonly bool Sees(int count) =>
        Remaining >= count || (MoreMayFollow ? throw new StateWindowException() : false);
}

/// <summary>Loading needs more of the stream than it was given: see <see cref="StateReader.MoreMayFollow"/>.</summary>
public sealed class StateWindowException() : Exception("the stream goes on behind the bytes at hand");

/// <summary>Follows loading field by field, to show a stream as it stands on the wire.</summary>
public abstract class StateTrace
{
    /// <summary>A structure, an element of an array or a subsection begins.</summary>
    /// <param name="name">Its name ("channels[0]", "cpu/fpop_ip_dp").</param>
    public abstract void Enter(string name);

    /// <summary>What <see cref="Enter"/> began is over.</summary>
    public abstract void Leave();

    /// <summary>A field was taken.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="wireType">Its type as <see cref="StateField{TOwner}.WireType"/> has it.</param>
    /// <param name="offset">Offset of its first byte in the stream.</param>
    /// <param name="bytes">Its bytes.</param>
    public abstract void Field(string name, string wireType, long offset, ReadOnlySpan<byte> bytes);
}

/// <summary>Collects big-endian fields.</summary>
public sealed class StateWriter
{
    private byte[] _bytes = new byte[256];
    private int _count;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    /// <summary>Puts a byte.</summary>
    public void UInt8(byte value) => Room(1)[0] = value;

    /// <summary>Puts 16 bits.</summary>
    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);

    /// <summary>Puts 32 bits.</summary>
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    /// <summary>Puts 64 bits.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Room(8), value);

    /// <summary>Puts bytes as they are.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    /// <summary>Puts a name of at most 255 characters behind its length.</summary>
    public void Name(string name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, byte.MaxValue);
        UInt8((byte)name.Length);
        Encoding.Latin1.GetBytes(name, Room(name.Length));
    }

    /// <summary>Puts the head of a subsection.</summary>
    public void BeginSubsection(string name, int version)
    {
        UInt8(5);
        Name(name);
        UInt32((uint)version);
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _count < count)
        {
            System.Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + count));
        }

        Span<byte> room = _bytes.AsSpan(_count, count);
        _count += count;
        return room;
    }
}
