using Iced.Intel;

namespace PcEmu.Cpu.Decode;

/// <summary>The bytes that the decoder reads: up to the end of a page, then on from the next one if that is there.</summary>
internal sealed unsafe class CodeFetch : CodeReader
{
    private byte* _at;
    private byte* _end;
    private byte* _second;
    private byte* _secondEnd;

    /// <summary>Whether bytes beyond the first stretch were asked for.</summary>
    public bool RanOut { get; private set; }

    /// <summary>Where the next byte comes from; meaningful in the first stretch.</summary>
    public byte* Position => _at;

    public void Start(byte* at, byte* end)
    {
        _at = at;
        _end = end;
        _second = _secondEnd = null;
        RanOut = false;
    }

    /// <summary>Continues with another stretch when the first one ends.</summary>
    public void StartAcross(byte* at, byte* end, byte* second, byte* secondEnd)
    {
        Start(at, end);
        _second = second;
        _secondEnd = secondEnd;
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
