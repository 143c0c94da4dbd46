using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>The chip's bit block transfer engine: starts, ends, and where pixels come from.</summary>
/// <remarks>
/// Source: CL-GD5446 Technical Reference Manual, chapter 9. A blit happens all at once, so that a guest never sees the
/// engine busy, except while it waits for pixels from the CPU. Addresses wrap at the end of the chip's memory.
/// </remarks>
internal sealed partial class BitBlt(Gd5446 chip, EventLog log)
{
    // GR30, BLT Mode
    private const byte Backwards = 0x01;
    private const byte ToSystem = 0x02;
    private const byte FromSystem = 0x04;
    private const byte Transparent = 0x08;
    private const byte PixelWidthShift = 4;
    private const byte PatternCopy = 0x40;
    private const byte ColourExpand = 0x80;

    // GR31, BLT Start/Status
    private const byte Busy = 0x01;
    private const byte StartBit = 0x02;
    private const byte ResetBit = 0x04;
    private const byte FifoUsed = 0x10;
    private const byte AutoStart = 0x80;

    // GR33, BLT Mode Extensions
    private const byte DWordGranularity = 0x01;
    private const byte InvertExpansion = 0x02;
    private const byte SolidFill = 0x04;

    private const uint AddressMask = Gd5446.ChipMemory - 1;
    private const int BufferSize = 8192;
    private const string InProgress = "the stream has no words for a blit in progress, which ends with a load";

    [NotSaved(InProgress)]
    private readonly byte[] _buffer = new byte[BufferSize];

    [NotSaved(InProgress)]
    private byte _mode;

    [NotSaved(InProgress)]
    private byte _extensions;

    [NotSaved(InProgress)]
    private byte _rop;

    [NotSaved(InProgress)]
    private int _pixel;

    [NotSaved(InProgress)]
    private int _width;

    [NotSaved(InProgress)]
    private int _height;

    [NotSaved(InProgress)]
    private int _linesLeft;

    [NotSaved(InProgress)]
    private uint _destination;

    [NotSaved(InProgress)]
    private uint _source;

    [NotSaved(InProgress)]
    private int _destinationPitch;

    [NotSaved(InProgress)]
    private int _sourcePitch;

    [NotSaved(InProgress)]
    private uint _foreground;

    [NotSaved(InProgress)]
    private uint _background;

    [NotSaved(InProgress)]
    private bool _fromBuffer;

    [NotSaved(InProgress)]
    private int _taken;

    [NotSaved(InProgress)]
    private int _wanted;

    /// <summary>Whether the engine waits for pixels: stores to video memory are for it.</summary>
    public bool TakesPixels => _wanted != 0;

    private byte[] Gr => chip.Gr;

    private bool Has(byte mode) => (_mode & mode) != 0;

    public void Reset()
    {
        _wanted = _taken = 0;
        _fromBuffer = false;
        Gr[Gr31Status] &= unchecked((byte)~(StartBit | Busy | FifoUsed));
    }

    /// <summary>GR31 is written: a rising start bit starts, a falling reset bit ends what goes on.</summary>
    public void WriteStatus(byte value)
    {
        byte old = Gr[Gr31Status];
        Gr[Gr31Status] = value;
        if ((old & ResetBit) != 0 && (value & ResetBit) == 0)
        {
            End();
        }
        else if ((old & StartBit) == 0 && (value & StartBit) != 0)
        {
            Start();
        }
    }

    /// <summary>The last byte of the destination address is written: with auto-start that starts.</summary>
    public void DestinationWritten()
    {
        if ((Gr[Gr31Status] & AutoStart) != 0)
        {
            Start();
        }
    }

    /// <summary>Takes a byte from the CPU, while <see cref="TakesPixels"/>.</summary>
    public void Take(byte value)
    {
        _buffer[_taken++] = value;
        if (_taken < _wanted)
        {
            return;
        }

        _taken = 0;
        if (Has(PatternCopy))
        {
            Rectangle(_height);
            End();
            return;
        }

        _source = 0;
        Rectangle(1);
        if (--_linesLeft == 0)
        {
            End();
        }
    }

    private void Start()
    {
        Gr[Gr31Status] |= Busy;
        _mode = Gr[Gr30Mode];
        _extensions = Gr[Gr33ModeExtensions];
        _rop = Gr[Gr32Rop];
        _pixel = ((_mode >> PixelWidthShift) & 3) + 1;
        _width = Word(Gr20Width) + 1;
        _height = Word(Gr22Height) + 1;
        _destinationPitch = Word(Gr24DestinationPitch);
        _sourcePitch = Word(Gr26SourcePitch);
        _destination = (uint)(Word(Gr28Destination) | (Gr[Gr2ADestinationHigh] << 16)) & AddressMask;
        _source = (uint)(Word(Gr2CSource) | (Gr[Gr2ESourceHigh] << 16)) & AddressMask;
        _foreground = Colour(chip.ShadowGr1, Gr11Foreground1);
        _background = Colour(chip.ShadowGr0, Gr10Background1);
        _fromBuffer = false;
        if (Has(ToSystem))
        {
            log.Unimplemented($"cirrus: blit from video memory to the CPU (mode 0x{_mode:x2})");
            End();
            return;
        }

        if (!Has(ColourExpand | PatternCopy))
        {
            if (Has(Transparent) && _pixel > 2)
            {
                log.GuestError($"cirrus: transparent blit with {_pixel * 8} bits a pixel; the chip compares 8 or 16");
                End();
                return;
            }

            if (Has(Backwards))
            {
                _destinationPitch = -_destinationPitch;
                _sourcePitch = -_sourcePitch;
            }
        }

        if (Has(FromSystem) && !IsSolid)
        {
            AwaitPixels();
            return;
        }

        Rectangle(_height);
        End();
    }

    private bool IsSolid =>
        (_extensions & SolidFill) != 0 && (_mode & (PatternCopy | ColourExpand | Transparent)) == (PatternCopy | ColourExpand);

    private void AwaitPixels()
    {
        int pixels = _width / _pixel;
        _wanted = (Has(PatternCopy), Has(ColourExpand)) switch
        {
            (true, true) => 8,
            (true, false) => 8 * PatternRow,
            (false, true) => (_extensions & DWordGranularity) != 0 ? (pixels + 31) / 32 * 4 : (pixels + 7) / 8,
            (false, false) => (_width + 3) & ~3,
        };

        // Less than a pixel in a line: nothing to wait for.
        _wanted = Math.Max(_wanted, 1);
        _taken = 0;
        _linesLeft = _height;
        _fromBuffer = true;
        chip.UpdateMemoryAccess();
    }

    private void End()
    {
        bool waited = TakesPixels;
        Reset();
        if (waited)
        {
            chip.UpdateMemoryAccess();
        }
    }

    private int Word(int register) => Gr[register] | (Gr[register + 1] << 8);

    // Foreground and background: the low byte is a shadow of GR0 or GR1, the others are every second register from GR10 or GR11.
    private uint Colour(byte low, int register) =>
        (uint)(low | (Gr[register] << 8) | (Gr[register + 2] << 16) | (Gr[register + 4] << 24));
}
