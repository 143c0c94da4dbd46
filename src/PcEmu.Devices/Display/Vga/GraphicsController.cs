namespace PcEmu.Devices.Display.Vga;

/// <summary>The graphics controller behind 3CEh/3CFh: how the CPU's bytes meet the planes.</summary>
/// <remarks>Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", Graphics Controller Registers.</remarks>
public sealed class GraphicsController
{
    /// <summary>GR0, Set/Reset.</summary>
    public const int SetReset = 0;

    /// <summary>GR1, Enable Set/Reset.</summary>
    public const int EnableSetReset = 1;

    /// <summary>GR2, Color Compare.</summary>
    public const int ColorCompare = 2;

    /// <summary>GR3, Data Rotate and Function Select.</summary>
    public const int DataRotate = 3;

    /// <summary>GR4, Read Map Select.</summary>
    public const int ReadMapSelect = 4;

    /// <summary>GR5, Graphics Mode.</summary>
    public const int GraphicsMode = 5;

    /// <summary>GR6, Miscellaneous.</summary>
    public const int Miscellaneous = 6;

    /// <summary>GR7, Color Don't Care.</summary>
    public const int ColorDontCare = 7;

    /// <summary>GR8, Bit Mask.</summary>
    public const int BitMask = 8;

    /// <summary>GR5: read mode 1, color compare.</summary>
    public const byte ReadMode1 = 0x08;

    /// <summary>GR5: even addresses are even planes, odd addresses odd ones.</summary>
    public const byte OddEven = 0x10;

    /// <summary>GR5: how the display shifts the planes out.</summary>
    public const byte ShiftMode = 0x60;

    /// <summary>GR6: graphics, not text.</summary>
    public const byte Graphics = 0x01;

    /// <summary>GR6: which window the memory answers.</summary>
    public const byte MemoryMap = 0x0C;

    private readonly byte[] _registers;
    private byte _index;

    /// <summary>Makes the controller.</summary>
    /// <param name="registerCount">16 on a VGA; 256 with an extended set.</param>
    public GraphicsController(int registerCount) => _registers = new byte[registerCount];

    /// <summary>The registers.</summary>
    public ReadOnlySpan<byte> Registers => _registers;

    internal byte[] Bytes => _registers;

    internal ref byte Index => ref _index;

    private static ReadOnlySpan<byte> WriteMasks =>
        [0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF, 0, 0, 0, 0, 0, 0, 0];

    internal void Reset()
    {
        Array.Clear(_registers);
        _index = 0;
    }

    internal byte Read() => _registers[_index & 0x0F];

    internal void Write(byte value) => WriteStandard(_index & 0x0F, value);

    internal void WriteStandard(int index, byte value) => _registers[index] = (byte)(value & WriteMasks[index]);
}
