using PcEmu.Core.State;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>The hidden DAC register behind 3C6h (how 16-bit pixels are read), and the small table of cursor colours.</summary>
/// <remarks>
/// Source: CL-GD5446 Technical Reference Manual, "HDR: Hidden DAC Register". Four reads of 3C6h in a row open it for one
/// read or write.
/// </remarks>
internal sealed class HiddenDac
{
    private const byte ReadsToOpen = 4;
    private const byte Blank = 0xFF;

    [NotSaved("QEMU's section has no room for it: a loaded guest's cursor is black until the driver sets its colours")]
    private readonly byte[] _palette = new byte[48];

    private byte _lockIndex;
    private byte _data;

    /// <summary>16 triples, of which 0 and 15 colour the cursor.</summary>
    public byte[] Palette => _palette;

    public ref byte LockIndex => ref _lockIndex;

    public ref byte Data => ref _data;

    public void Reset()
    {
        Array.Clear(_palette);
        _lockIndex = ReadsToOpen + 1;
        _data = 0;
    }

    public void Close() => _lockIndex = 0;

    public byte Read()
    {
        if (++_lockIndex != ReadsToOpen + 1)
        {
            return Blank;
        }

        _lockIndex = 0;
        return _data;
    }

    public void Write(byte value)
    {
        if (_lockIndex == ReadsToOpen)
        {
            _data = value;
        }

        _lockIndex = 0;
    }
}
