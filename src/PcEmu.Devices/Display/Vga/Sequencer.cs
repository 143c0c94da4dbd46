namespace PcEmu.Devices.Display.Vga;

/// <summary>The sequencer behind 3C4h/3C5h: dot clock, map mask, character maps, memory mode.</summary>
/// <remarks>Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", Sequencer Registers.</remarks>
public sealed class Sequencer
{
    /// <summary>SR1, Clocking Mode.</summary>
    public const int ClockingMode = 1;

    /// <summary>SR2, Map Mask.</summary>
    public const int MapMask = 2;

    /// <summary>SR3, Character Map Select.</summary>
    public const int CharacterMapSelect = 3;

    /// <summary>SR4, Memory Mode.</summary>
    public const int MemoryMode = 4;

    /// <summary>SR1: 8 dots a character, not 9.</summary>
    public const byte EightDots = 0x01;

    /// <summary>SR1: the dot clock is halved.</summary>
    public const byte HalfDotClock = 0x08;

    /// <summary>SR1: the screen is off.</summary>
    public const byte ScreenOff = 0x20;

    /// <summary>SR4: the low two address bits select the plane.</summary>
    public const byte Chain4 = 0x08;

    private readonly byte[] _registers;
    private byte _index;

    /// <summary>Makes the sequencer.</summary>
    /// <param name="registerCount">8 on a VGA; 256 with an extended set.</param>
    public Sequencer(int registerCount) => _registers = new byte[registerCount];

    /// <summary>The registers.</summary>
    public ReadOnlySpan<byte> Registers => _registers;

    internal byte[] Bytes => _registers;

    internal ref byte Index => ref _index;

    // Bits that exist in SR0 to SR7. SR7 resets the counter of some chips; here, as in QEMU, it only remembers.
    private static ReadOnlySpan<byte> WriteMasks => [0x03, 0x3D, 0x0F, 0x3F, 0x0E, 0x00, 0x00, 0xFF];

    internal void Reset()
    {
        Array.Clear(_registers);
        _index = 0;
    }

    internal byte Read() => _registers[_index & 7];

    internal void Write(byte value) => WriteStandard(_index & 7, value);

    internal void WriteStandard(int index, byte value) => _registers[index] = (byte)(value & WriteMasks[index]);
}
