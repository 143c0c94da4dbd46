using System.Buffers.Binary;
using System.Text;

namespace PcEmu.Migration;

/// <summary>The part of a stream that is at hand: read in big pieces, taken in small ones, never more than asked for ahead.</summary>
/// <remarks>The buffer grows only as bytes really come, and never beyond <see cref="Limit"/>.</remarks>
internal sealed class StreamWindow(Stream source)
{
    /// <summary>Most bytes that one section's body may take.</summary>
    public const int Limit = 8 << 20;

    private const int FirstSize = 256 << 10;

    private byte[] _buffer = new byte[FirstSize];
    private int _start;
    private int _end;
    private long _base;

    /// <summary>Offset in the stream of the next byte.</summary>
    public long Offset => _base + _start;

    /// <summary>Whether the source has said that nothing more comes.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The bytes at hand.</summary>
    public ReadOnlySpan<byte> AtHand => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Takes bytes; they stay valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _start < count)
        {
            Require(count);
        }

        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, count);
        _start += count;
        return bytes;
    }

    public byte UInt8() => Take(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>Takes a name behind its length byte.</summary>
    public string Name() => Encoding.Latin1.GetString(NameBytes());

    /// <summary>The same, without a string; valid until the next call.</summary>
    public ReadOnlySpan<byte> NameBytes() => Take(UInt8());

    /// <summary>Gives up bytes that were looked at through <see cref="AtHand"/>.</summary>
    public void Skip(int count) => _start += count;

    /// <summary>Gets more bytes behind those at hand.</summary>
    /// <returns>Whether any came.</returns>
    public bool Grow()
    {
        if (HasEnded)
        {
            return false;
        }

        if (_end == _buffer.Length)
        {
            if (_start > _buffer.Length / 2)
            {
                Compact();
            }
            else
            {
                if (_buffer.Length == Limit)
                {
                    throw new MigrationException($"a section of more than {Limit >> 20} MiB");
                }

                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        int count;
        try
        {
            count = source.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ObjectDisposedException or NotSupportedException)
        {
            throw new MigrationException($"reading failed at offset 0x{_base + _end:X}: {OneLine(error.Message)}", error);
        }

        _end += count;
        HasEnded = count == 0;
        return count > 0;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Require(int count)
    {
        if (_buffer.Length - _start < count)
        {
            Compact();
        }

        while (_end - _start < count)
        {
            if (!Grow())
            {
                throw new MigrationException("the stream ends too early");
            }
        }
    }

    private void Compact()
    {
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        _base += _start;
        _end -= _start;
        _start = 0;
    }
}
