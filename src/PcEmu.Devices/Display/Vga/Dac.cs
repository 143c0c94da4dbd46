using PcEmu.Core.State;

namespace PcEmu.Devices.Display.Vga;

/// <summary>The colour lookup table and its digital-to-analogue converters, 3C7h to 3C9h: 256 entries of red, green, blue.</summary>
/// <remarks>
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", Video Digital-to-Analog Converter. An entry
/// takes effect when its third byte arrives; the index then moves on. Bytes are kept as written: whether 6 or 8 bits of
/// them count is a matter of the display. QEMU has no PEL mask: 3C6h reads 0 (or is Cirrus's hidden register).
/// </remarks>
public sealed class Dac
{
    private const byte ReadState = 3;
    private const byte WriteState = 0;

    private readonly byte[] _palette = new byte[768];
    private readonly byte[] _cache = new byte[3];
    private byte _state;
    private byte _subIndex;
    private byte _readIndex;
    private byte _writeIndex;

    /// <summary>256 triples of red, green and blue.</summary>
    public ReadOnlySpan<byte> Palette => _palette;

    /// <summary>Whether the entries have 8 significant bits and not 6 (the VBE extension switches it).</summary>
    [NotSaved("follows from the VBE enable register after a load")]
    public bool Is8Bit { get; internal set; }

    internal byte[] Bytes => _palette;

    internal byte[] Cache => _cache;

    internal ref byte State => ref _state;

    internal ref byte SubIndex => ref _subIndex;

    internal ref byte ReadIndex => ref _readIndex;

    internal ref byte WriteIndex => ref _writeIndex;

    internal void Reset()
    {
        Array.Clear(_palette);
        Array.Clear(_cache);
        _state = _subIndex = _readIndex = _writeIndex = 0;
        Is8Bit = false;
    }

    internal void StartRead(byte index)
    {
        _readIndex = index;
        _subIndex = 0;
        _state = ReadState;
    }

    internal void StartWrite(byte index)
    {
        _writeIndex = index;
        _subIndex = 0;
        _state = WriteState;
    }

    internal byte Read() => Read(_palette, 0xFF);

    internal void Write(byte value) => Write(value, _palette, 0xFF);

    // The Cirrus chip has a second, small table behind the same port: the mask says how much of the index counts.
    internal byte Read(byte[] table, int indexMask)
    {
        byte value = table[((_readIndex & indexMask) * 3) + _subIndex];
        if (++_subIndex == 3)
        {
            _subIndex = 0;
            _readIndex++;
        }

        return value;
    }

    internal void Write(byte value, byte[] table, int indexMask)
    {
        _cache[_subIndex] = value;
        if (++_subIndex == 3)
        {
            _cache.CopyTo(table, (_writeIndex & indexMask) * 3);
            _subIndex = 0;
            _writeIndex++;
        }
    }

    internal void CheckLoaded()
    {
        if (_subIndex > 2)
        {
            throw new StateException($"dac_sub_index is {_subIndex}, and an entry has three bytes");
        }
    }
}
