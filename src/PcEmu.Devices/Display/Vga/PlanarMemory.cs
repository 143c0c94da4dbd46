using PcEmu.Core.State;

namespace PcEmu.Devices.Display.Vga;

/// <summary>What the CPU sees in A0000h-BFFFFh in VGA modes: four planes through latches, rotator, set/reset, function and masks.</summary>
/// <remarks>
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", "Display Support" and Graphics Controller
/// Registers. Where the wiring of addresses shows, it is QEMU's: odd/even addressing puts character n and its attribute
/// into planes 0 and 1 of VGA address n, without latches and masks of bits, and chain-4 is linear.
/// </remarks>
public sealed class PlanarMemory(VideoMemory vram, Sequencer sequencer, GraphicsController graphics)
{
    /// <summary>Size of the window A0000h-BFFFFh.</summary>
    public const uint WindowSize = 0x20000;

    private const byte OpenBus = 0xFF;

    private uint _latch;
    private int _bankOffset;

    [NotSaved("set by the VBE extension, which is loaded first")]
    private bool _linear;

    [NotSaved("computed from the registers")]
    private Path _path;

    [NotSaved("computed from the registers")]
    private bool _textReads;

    [NotSaved("computed from the registers")]
    private bool _textWrites;

    [NotSaved("computed from the registers")]
    private uint _first;

    [NotSaved("computed from the registers")]
    private uint _size;

    [NotSaved("computed from the registers")]
    private uint _bank;

    [NotSaved("computed from the registers")]
    private uint _mapMask;

    [NotSaved("computed from the registers")]
    private uint _writablePlanes;

    [NotSaved("computed from the registers")]
    private uint _setReset;

    [NotSaved("computed from the registers")]
    private uint _setResetEnable;

    [NotSaved("computed from the registers")]
    private uint _bitMask;

    [NotSaved("computed from the registers")]
    private int _rotate;

    [NotSaved("computed from the registers")]
    private int _function;

    [NotSaved("computed from the registers")]
    private int _writeMode;

    [NotSaved("computed from the registers")]
    private int _readPlane;

    [NotSaved("computed from the registers")]
    private bool _colorCompare;

    [NotSaved("computed from the registers")]
    private uint _compare;

    [NotSaved("computed from the registers")]
    private uint _care;

    private enum Path
    {
        Planar,
        OddEven,
        Chain4,
    }

    /// <summary>Offset in A0000h-BFFFFh of the first byte that answers.</summary>
    public uint First => _first;

    /// <summary>Number of bytes that answer.</summary>
    public uint Size => _size;

    /// <summary>Byte of video memory behind the first one, while <see cref="IsPlainRam"/>.</summary>
    public uint Bank => _bank;

    /// <summary>Whether the window behaves as RAM does: chain-4 (or a linear VBE mode) with all planes open.</summary>
    public bool IsPlainRam => _path == Path.Chain4 && _mapMask == 0x0F && (ulong)_bank + _size <= vram.Size;

    internal ref uint Latch => ref _latch;

    internal ref int BankOffset => ref _bankOffset;

    internal void Reset()
    {
        _latch = 0;
        _bankOffset = 0;
        _linear = false;
        Update();
    }

    /// <summary>Has the VBE extension open all planes in line, whatever the sequencer says.</summary>
    internal void SetLinear(bool linear) => _linear = linear;

    /// <summary>Computes the state of the access path; call it after a write to the sequencer or graphics controller.</summary>
    internal void Update()
    {
        ReadOnlySpan<byte> sr = sequencer.Registers;
        ReadOnlySpan<byte> gr = graphics.Registers;
        (_first, _size) = ((gr[GraphicsController.Miscellaneous] & GraphicsController.MemoryMap) >> 2) switch
        {
            0 => (0x00000u, 0x20000u),
            1 => (0x00000u, 0x10000u),
            2 => (0x10000u, 0x08000u),
            _ => (0x18000u, 0x08000u),
        };
        _bank = _size == 0x10000 ? (uint)_bankOffset : 0;
        byte mode = gr[GraphicsController.GraphicsMode];
        _mapMask = _linear ? 0x0Fu : sr[Sequencer.MapMask] & 0x0Fu;
        _path = _linear || (sr[Sequencer.MemoryMode] & Sequencer.Chain4) != 0 ? Path.Chain4
            : (mode & GraphicsController.OddEven) != 0 ? Path.OddEven
            : Path.Planar;
        _readPlane = gr[GraphicsController.ReadMapSelect] & 3;
        _textReads = _path == Path.OddEven && _readPlane < 2 && _bank == 0;
        _textWrites = _textReads && (_mapMask & 3) == 3;
        _writablePlanes = Planes(_mapMask);
        _setReset = Planes(gr[GraphicsController.SetReset] & 0x0Fu);
        _setResetEnable = Planes(gr[GraphicsController.EnableSetReset] & 0x0Fu);
        _bitMask = AllPlanes(gr[GraphicsController.BitMask]);
        _rotate = gr[GraphicsController.DataRotate] & 7;
        _function = (gr[GraphicsController.DataRotate] >> 3) & 3;
        _writeMode = mode & 3;
        _colorCompare = (mode & GraphicsController.ReadMode1) != 0;
        _compare = Planes(gr[GraphicsController.ColorCompare] & 0x0Fu);
        _care = Planes(gr[GraphicsController.ColorDontCare] & 0x0Fu);
    }

    /// <summary>Reads 1, 2 or 4 bytes at an offset in A0000h-BFFFFh.</summary>
    internal ulong Read(ulong offset, int size)
    {
        uint at = (uint)offset - _first;
        if (_textReads && size == 2 && (at & 1) == 0 && at < _size)
        {
            return vram.Word(at << 1);
        }

        ulong value = ReadByte(at);
        for (int i = 1; i < size; i++)
        {
            value |= (ulong)ReadByte(at + (uint)i) << (8 * i);
        }

        return value;
    }

    /// <summary>Writes 1, 2 or 4 bytes at an offset in A0000h-BFFFFh.</summary>
    internal void Write(ulong offset, ulong value, int size)
    {
        uint at = (uint)offset - _first;
        if (_textWrites && (at & 1) == 0 && at < _size)
        {
            // A character and its attribute lie side by side in video memory as they do in the CPU's word.
            if (size == 2)
            {
                vram.SetWord(at << 1, (ushort)value);
                return;
            }

            if (size == 4 && at + 2 < _size)
            {
                vram.SetWord(at << 1, (ushort)value);
                vram.SetWord((at + 2) << 1, (ushort)(value >> 16));
                return;
            }
        }

        for (int i = 0; i < size; i++)
        {
            WriteByte(at + (uint)i, (byte)(value >> (8 * i)));
        }
    }

    // Bit p of a plane number becomes the byte of plane p.
    private static uint Planes(uint nibble) => ((nibble * 0x0020_4081u) & 0x0101_0101u) * 0xFFu;

    private static uint AllPlanes(byte value) => value * 0x0101_0101u;

    private byte ReadByte(uint at)
    {
        if (at >= _size)
        {
            return OpenBus;
        }

        at += _bank;
        switch (_path)
        {
            case Path.Chain4:
                return at < vram.Size ? vram[at] : OpenBus;

            case Path.OddEven:
                at = ((at & ~1u) << 1) | (uint)(_readPlane & 2) | (at & 1);
                return at < vram.Size ? vram[at] : OpenBus;
        }

        if (at >= vram.Size / 4)
        {
            return OpenBus;
        }

        _latch = vram.DWord(at << 2);
        if (!_colorCompare)
        {
            return (byte)(_latch >> (8 * _readPlane));
        }

        // A bit of the answer is set where all planes that matter have the colour.
        uint differs = (_latch ^ _compare) & _care;
        differs |= differs >> 16;
        return (byte)~(differs | (differs >> 8));
    }

    private void WriteByte(uint at, byte value)
    {
        if (at >= _size)
        {
            return;
        }

        at += _bank;
        switch (_path)
        {
            case Path.Chain4:
                if (((_mapMask >> (int)(at & 3)) & 1) != 0 && at < vram.Size)
                {
                    vram[at] = value;
                }

                return;

            case Path.OddEven:
                uint plane = (uint)(_readPlane & 2) | (at & 1);
                at = ((at & ~1u) << 1) | plane;
                if (((_mapMask >> (int)plane) & 1) != 0 && at < vram.Size)
                {
                    vram[at] = value;
                }

                return;
        }

        if (at < vram.Size / 4)
        {
            at <<= 2;
            uint old = vram.DWord(at);
            vram.SetDWord(at, (old & ~_writablePlanes) | (Compose(value) & _writablePlanes));
        }
    }

    // What the planes would get with every one of them open.
    private uint Compose(byte value)
    {
        uint bitMask = _bitMask;
        uint data;
        switch (_writeMode)
        {
            case 0:
                data = (AllPlanes(Rotated(value)) & ~_setResetEnable) | (_setReset & _setResetEnable);
                break;
            case 1:
                return _latch;
            case 2:
                data = Planes(value & 0x0Fu);
                break;
            default:
                bitMask &= AllPlanes(Rotated(value));
                data = _setReset;
                break;
        }

        data = _function switch
        {
            0 => data,
            1 => data & _latch,
            2 => data | _latch,
            _ => data ^ _latch,
        };
        return (data & bitMask) | (_latch & ~bitMask);
    }

    private byte Rotated(byte value) => (byte)((value >> _rotate) | (value << (8 - _rotate)));
}
