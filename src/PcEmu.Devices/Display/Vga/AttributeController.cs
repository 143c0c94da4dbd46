namespace PcEmu.Devices.Display.Vga;

/// <summary>The attribute controller at 3C0h/3C1h: internal palette, overscan, panning, behind one port with a flip-flop.</summary>
/// <remarks>
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", Attribute Controller Registers. Writes to
/// 3C0h are index and data in turn; a read of input status 1 makes the next one an index.
/// </remarks>
public sealed class AttributeController
{
    /// <summary>Number of registers: AR0 to AR14h.</summary>
    public const int RegisterCount = 21;

    /// <summary>AR10h, Attribute Mode Control.</summary>
    public const int ModeControl = 0x10;

    /// <summary>AR11h, Overscan Color.</summary>
    public const int Overscan = 0x11;

    /// <summary>AR12h, Color Plane Enable.</summary>
    public const int PlaneEnable = 0x12;

    /// <summary>AR13h, Horizontal PEL Panning.</summary>
    public const int PelPanning = 0x13;

    /// <summary>AR14h, Color Select.</summary>
    public const int ColorSelect = 0x14;

    /// <summary>Index bit 5: the display has the palette; clear, the screen shows the border.</summary>
    public const byte PaletteAddressSource = 0x20;

    private readonly byte[] _registers = new byte[RegisterCount];
    private byte _index;
    private int _flipFlop;

    /// <summary>The registers.</summary>
    public ReadOnlySpan<byte> Registers => _registers;

    /// <summary>Whether the display is let through (index bit 5).</summary>
    public bool ScreenEnabled => (_index & PaletteAddressSource) != 0;

    internal byte[] Bytes => _registers;

    internal ref byte Index => ref _index;

    internal ref int FlipFlop => ref _flipFlop;

    internal void Reset()
    {
        Array.Clear(_registers);
        _index = 0;
        _flipFlop = 0;
    }

    internal void ExpectIndex() => _flipFlop = 0;

    internal byte ReadIndex() => _flipFlop == 0 ? _index : (byte)0;

    internal byte ReadData()
    {
        int index = _index & 0x1F;
        return index < RegisterCount ? _registers[index] : (byte)0;
    }

    internal void Write(byte value)
    {
        if (_flipFlop == 0)
        {
            _index = (byte)(value & 0x3F);
            _flipFlop = 1;
            return;
        }

        _flipFlop = 0;
        int index = _index & 0x1F;
        if (index < RegisterCount)
        {
            _registers[index] = (byte)(value & index switch
            {
                < ModeControl => 0x3F,
                ModeControl => 0xEF,
                Overscan => 0xFF,
                PlaneEnable => 0x3F,
                _ => 0x0F,
            });
        }
    }
}
