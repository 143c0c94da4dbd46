namespace PcEmu.Devices.Display.Vga;

/// <summary>The CRT controller behind 3D4h/3D5h (3B4h/3B5h): timing, start address, cursor.</summary>
/// <remarks>
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", CRT Controller Registers; for the extension
/// bits Cirrus Logic CL-GD5446 Technical Reference Manual, CR1A to CR1D.
/// </remarks>
public sealed class Crtc
{
    /// <summary>CR0, Horizontal Total.</summary>
    public const int HorizontalTotal = 0x00;

    /// <summary>CR1, Horizontal Display Enable End.</summary>
    public const int HorizontalDisplayEnd = 0x01;

    /// <summary>CR6, Vertical Total.</summary>
    public const int VerticalTotal = 0x06;

    /// <summary>CR7, Overflow: high bits of vertical values.</summary>
    public const int Overflow = 0x07;

    /// <summary>CR9, Maximum Scan Line.</summary>
    public const int MaximumScanLine = 0x09;

    /// <summary>CRA, Cursor Start.</summary>
    public const int CursorStart = 0x0A;

    /// <summary>CRB, Cursor End.</summary>
    public const int CursorEnd = 0x0B;

    /// <summary>CRC, Start Address High.</summary>
    public const int StartAddressHigh = 0x0C;

    /// <summary>CRD, Start Address Low.</summary>
    public const int StartAddressLow = 0x0D;

    /// <summary>CRE, Cursor Location High.</summary>
    public const int CursorLocationHigh = 0x0E;

    /// <summary>CRF, Cursor Location Low.</summary>
    public const int CursorLocationLow = 0x0F;

    /// <summary>CR10h, Vertical Retrace Start.</summary>
    public const int VerticalRetraceStart = 0x10;

    /// <summary>CR11h, Vertical Retrace End; bit 7 protects CR0 to CR7.</summary>
    public const int VerticalRetraceEnd = 0x11;

    /// <summary>CR12h, Vertical Display Enable End.</summary>
    public const int VerticalDisplayEnd = 0x12;

    /// <summary>CR13h, Offset.</summary>
    public const int Offset = 0x13;

    /// <summary>CR17h, CRT Mode Control.</summary>
    public const int ModeControl = 0x17;

    /// <summary>CR18h, Line Compare.</summary>
    public const int LineCompareLow = 0x18;

    private const byte Protect = 0x80;
    private const byte LineCompareBit8 = 0x10;
    private const int ExtendedDisplayControl = 0x1B;
    private const int OverlayExtendedControl = 0x1D;

    private readonly byte[] _registers = new byte[256];
    private readonly bool _extended;
    private byte _index;

    /// <summary>Makes the controller.</summary>
    /// <param name="extended">Whether CR1B and CR1D widen addresses, as on the CL-GD5446.</param>
    public Crtc(bool extended) => _extended = extended;

    /// <summary>The registers.</summary>
    public ReadOnlySpan<byte> Registers => _registers;

    /// <summary>Characters in a line of the display.</summary>
    public int DisplayedCharacters => _registers[HorizontalDisplayEnd] + 1;

    /// <summary>Scan lines on the display.</summary>
    public int DisplayedLines => Vertical(VerticalDisplayEnd, bit8: 1, bit9: 6) + 1;

    /// <summary>Scan lines of a character row, 1 to 32.</summary>
    public int CharacterHeight => (_registers[MaximumScanLine] & 0x1F) + 1;

    /// <summary>VGA address of the first character or pixels shown; times 4 for bytes of video memory.</summary>
    public uint StartAddress
    {
        get
        {
            uint start = (uint)((_registers[StartAddressHigh] << 8) | _registers[StartAddressLow]);
            if (_extended)
            {
                start |= ((_registers[ExtendedDisplayControl] & 0x01u) << 16)
                    | ((_registers[ExtendedDisplayControl] & 0x0Cu) << 15)
                    | ((_registers[OverlayExtendedControl] & 0x80u) << 12);
            }

            return start;
        }
    }

    /// <summary>Bytes of video memory from one line to the next.</summary>
    public uint LineOffset =>
        (_registers[Offset] | (_extended ? (_registers[ExtendedDisplayControl] & 0x10u) << 4 : 0)) << 3;

    /// <summary>Scan line at which the display goes on with address 0.</summary>
    public int LineCompare =>
        _registers[LineCompareLow] | ((_registers[Overflow] & 0x10) << 4) | ((_registers[MaximumScanLine] & 0x40) << 3);

    /// <summary>VGA address of the text cursor.</summary>
    public uint CursorLocation => (uint)((_registers[CursorLocationHigh] << 8) | _registers[CursorLocationLow]);

    internal byte[] Bytes => _registers;

    internal ref byte Index => ref _index;

    internal void Reset()
    {
        Array.Clear(_registers);
        _index = 0;
    }

    internal byte Read() => _registers[_index];

    internal void Write(byte value)
    {
        if (_index <= Overflow && (_registers[VerticalRetraceEnd] & Protect) != 0)
        {
            // The split screen stays programmable under protection: bit 8 of line compare lies in CR7.
            if (_index == Overflow)
            {
                _registers[Overflow] = (byte)((_registers[Overflow] & ~LineCompareBit8) | (value & LineCompareBit8));
            }

            return;
        }

        _registers[_index] = value;
    }

    // A vertical value: eight bits in its own register, two more in the overflow register.
    internal int Vertical(int register, int bit8, int bit9) =>
        _registers[register] | (((_registers[Overflow] >> bit8) & 1) << 8) | (((_registers[Overflow] >> bit9) & 1) << 9);
}
