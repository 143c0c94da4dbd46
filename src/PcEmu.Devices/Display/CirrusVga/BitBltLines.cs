using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

// The engine's ways to fill a line. Pixels are taken byte by byte: raster operations do not look across bytes.
internal sealed partial class BitBlt
{
    private const byte RopSource = 0x0D;
    private const int PatternLines = 8;

    // Bytes of a line of an 8 by 8 pattern: 24-bit pixels are padded to a power of two.
    private int PatternRow => _pixel == 3 ? 32 : 8 * _pixel;

    // GR2F: what is left out at the left edge, in pixels; in bytes with 24-bit pixels, except where bits are expanded into
    // both colours (so QEMU, and so what drivers were tested on).
    private bool SkipsBytes => _pixel == 3 && (!Has(ColourExpand) || Has(Transparent));

    private int SkippedPixels => SkipsBytes ? (Gr[Gr2FWriteMask] & 0x1F) / 3 : Gr[Gr2FWriteMask] & 7;

    private int SkippedBytes => SkipsBytes ? Gr[Gr2FWriteMask] & 0x1F : (Gr[Gr2FWriteMask] & 7) * _pixel;

    private static byte Combine(byte rop, byte s, byte d) => (byte)(rop switch
    {
        0x00 => 0,
        0x05 => s & d,
        0x09 => s & ~d,
        0x0B => ~d,
        RopSource => s,
        0x0E => 0xFF,
        0x50 => ~s & d,
        0x59 => s ^ d,
        0x6D => s | d,
        0x90 => ~s | ~d, // The manual has this code and DAh the other way round; guests of QEMU see this.
        0x95 => ~(s ^ d),
        0xAD => s | ~d,
        0xD0 => ~s,
        0xD6 => ~s | d,
        0xDA => ~s & ~d,
        _ => d, // 06h, and codes that the manual does not define
    });

    // Draws lines from the current destination on and moves it.
    private void Rectangle(int lines)
    {
        Span<byte> memory = chip.Vram.Block.Span(0, (int)Gd5446.ChipMemory);
        uint preset = _source & (PatternLines - 1);
        uint pattern = _fromBuffer ? 0 : _source & ~(uint)((Has(ColourExpand) ? PatternLines : PatternLines * PatternRow) - 1);
        for (int y = 0; y < lines; y++)
        {
            uint row = (preset + (uint)y) & (PatternLines - 1);
            if (IsSolid)
            {
                SolidLine(memory);
            }
            else if (Has(PatternCopy))
            {
                if (Has(ColourExpand))
                {
                    ExpandedLine(memory, pattern + row, isPattern: true);
                }
                else
                {
                    PatternLine(memory, pattern + (row * (uint)PatternRow));
                }
            }
            else if (Has(ColourExpand))
            {
                _source += ExpandedLine(memory, _source, isPattern: false);
            }
            else
            {
                CopiedLine(memory);
                _source += (uint)_sourcePitch;
            }

            MarkWritten();
            _destination += (uint)_destinationPitch;
        }
    }

    private byte Source(Span<byte> memory, uint address) =>
        _fromBuffer ? _buffer[address & (BufferSize - 1)] : memory[(int)(address & AddressMask)];

    private void Put(Span<byte> memory, uint address, byte source)
    {
        ref byte d = ref memory[(int)(address & AddressMask)];
        d = Combine(_rop, source, d);
    }

    private void PutPixel(Span<byte> memory, uint address, uint colour)
    {
        for (int i = 0; i < _pixel; i++, colour >>= 8)
        {
            Put(memory, address + (uint)i, (byte)colour);
        }
    }

    private void SolidLine(Span<byte> memory)
    {
        uint at = _destination & AddressMask;
        if (_pixel == 1 && _rop == RopSource && at + (uint)_width <= Gd5446.ChipMemory)
        {
            memory.Slice((int)at, _width).Fill((byte)_foreground);
            return;
        }

        for (int x = 0; x < _width; x += _pixel)
        {
            PutPixel(memory, at + (uint)x, _foreground);
        }
    }

    private void PatternLine(Span<byte> memory, uint source)
    {
        int column = SkippedPixels;
        for (int x = SkippedBytes; x < _width; x += _pixel, column++)
        {
            uint at = source + (uint)((column & 7) * _pixel);
            for (uint i = 0; i < _pixel; i++)
            {
                Put(memory, _destination + (uint)x + i, Source(memory, at + i));
            }
        }
    }

    // A bit for each pixel, from bit 7 down. Returns how many bytes of bits a line of a bitmap has taken.
    private uint ExpandedLine(Span<byte> memory, uint source, bool isPattern)
    {
        bool transparent = Has(Transparent);
        bool inverted = transparent && (_extensions & InvertExpansion) != 0;
        uint set = inverted ? _background : _foreground;
        int flip = inverted ? 0xFF : 0;
        int bit = SkippedPixels;
        for (int x = SkippedBytes; x < _width; x += _pixel, bit++)
        {
            int bits = Source(memory, isPattern ? source : source + (uint)(bit >> 3)) ^ flip;
            if ((bits & (0x80 >> (bit & 7))) != 0)
            {
                PutPixel(memory, _destination + (uint)x, set);
            }
            else if (!transparent)
            {
                PutPixel(memory, _destination + (uint)x, _background);
            }
        }

        return (uint)Math.Max((bit + 7) >> 3, 1);
    }

    private void CopiedLine(Span<byte> memory)
    {
        if (Has(Transparent))
        {
            TransparentLine(memory);
            return;
        }

        uint at = _destination & AddressMask;
        uint from = _source & AddressMask;
        if (Has(Backwards))
        {
            for (uint x = 0; x < _width; x++)
            {
                Put(memory, at - x, Source(memory, from - x));
            }
        }
        else if (_rop == RopSource && at + (uint)_width <= Gd5446.ChipMemory && IsPlainCopy(at, from))
        {
            Span<byte> source = _fromBuffer ? _buffer.AsSpan((int)from, _width) : memory.Slice((int)from, _width);
            source.CopyTo(memory.Slice((int)at, _width));
        }
        else
        {
            for (uint x = 0; x < _width; x++)
            {
                Put(memory, at + x, Source(memory, from + x));
            }
        }
    }

    // A copy that runs into its own source repeats what it has written; one that does not can be done in one go.
    private bool IsPlainCopy(uint at, uint from) => _fromBuffer
        ? from + (uint)_width <= BufferSize
        : from + (uint)_width <= Gd5446.ChipMemory && (at <= from || at >= from + (uint)_width);

    // What the raster operation gives is compared with GR34 (and GR35), and left out where it is equal.
    private void TransparentLine(Span<byte> memory)
    {
        bool backwards = Has(Backwards);
        for (int x = 0; x < _width; x += _pixel)
        {
            // Backwards, addresses are those of a pixel's last byte.
            uint offset = backwards ? (uint)-(x + _pixel - 1) : (uint)x;
            bool equal = true;
            for (int i = 0; i < _pixel; i++)
            {
                uint at = offset + (uint)i;
                byte result = Combine(_rop, Source(memory, _source + at), memory[(int)((_destination + at) & AddressMask)]);
                equal &= result == Gr[Gr34TransparentColour + i];
            }

            for (int i = 0; i < _pixel && !equal; i++)
            {
                Put(memory, _destination + offset + (uint)i, Source(memory, _source + offset + (uint)i));
            }
        }
    }

    private void MarkWritten()
    {
        bool backwards = _destinationPitch < 0 || (Has(Backwards) && !Has(ColourExpand | PatternCopy));
        uint first = (backwards ? _destination - (uint)(_width - 1) : _destination) & AddressMask;

        // A pixel at the end may stick out of the width by up to three bytes.
        uint length = (uint)_width + 3;
        uint head = Math.Min(length, Gd5446.ChipMemory - first);
        chip.Vram.Block.Written(first, head);
        if (length > head)
        {
            chip.Vram.Block.Written(0, length - head);
        }
    }
}
