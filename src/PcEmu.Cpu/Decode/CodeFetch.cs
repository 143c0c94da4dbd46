using Iced.Intel;

namespace PcEmu.Cpu.Decode;

/// <summary>The bytes that the decoder reads: up to the end of a page, then on from the next one if that is there.</summary>
internal sealed unsafe class CodeFetch : CodeReader
{
    private byte* _at;
    private byte* _end;
    private byte* _second;
    private byte* _secondStart;
    private byte* _secondEnd;

    /// <summary>Whether bytes beyond the first stretch were asked for.</summary>
    public bool RanOut { get; private set; }

    public void Start(byte* at, byte* end)
    {
        _at = at;
        _end = end;
        _second = _secondStart = _secondEnd = null;
        RanOut = false;
    }

    /// <summary>Continues with another stretch when the first one ends.</summary>
    public void StartAcross(byte* at, byte* end, byte* second, byte* secondEnd)
    {
        Start(at, end);
        _second = _secondStart = second;
        _secondEnd = secondEnd;
    }

    /// <summary>Gives the bytes that were read last once more.</summary>
    public void CopyLast(Span<byte> bytes)
    {
        int second = (int)Math.Min(_second - _secondStart, bytes.Length);
        int first = bytes.Length - second;
        new ReadOnlySpan<byte>(_at - first, first).CopyTo(bytes);
        new ReadOnlySpan<byte>(_second - second, second).CopyTo(bytes[first..]);
    }

    public override int ReadByte()
    {
        if (_at < _end)
        {
            return *_at++;
        }

        if (_second < _secondEnd)
        {
            return *_second++;
        }

        RanOut = true;
        return -1;
    }
}
