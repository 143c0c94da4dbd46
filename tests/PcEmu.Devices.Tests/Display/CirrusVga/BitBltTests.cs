using CsCheck;
using PcEmu.Memory;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;

namespace PcEmu.Devices.Tests.Display.CirrusVga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BitBltTests
{
    private const int Backwards = 0x01;
    private const int FromSystem = 0x04;
    private const int Transparent = 0x08;
    private const int Pattern = 0x40;
    private const int Expand = 0x80;
    private const int Pitch = 256;

    private readonly VgaTestMachine _m = Cirrus().MapBars().Colour();

    public BitBltTests()
    {
        _m.Sr(7, 0x01);
        for (uint i = 0; i < 0x8000; i++)
        {
            _m.Core.Vram[i] = (byte)(i * 7);
        }
    }

    [TestCase(0x00, "0")]
    [TestCase(0x05, "s & d")]
    [TestCase(0x06, "d")]
    [TestCase(0x09, "s & ~d")]
    [TestCase(0x0B, "~d")]
    [TestCase(0x0D, "s")]
    [TestCase(0x0E, "1")]
    [TestCase(0x50, "~s & d")]
    [TestCase(0x59, "s ^ d")]
    [TestCase(0x6D, "s | d")]
    [TestCase(0x90, "~s | ~d")]
    [TestCase(0x95, "~(s ^ d)")]
    [TestCase(0xAD, "s | ~d")]
    [TestCase(0xD0, "~s")]
    [TestCase(0xD6, "~s | d")]
    [TestCase(0xDA, "~s & ~d")]
    [TestCase(0x77, "d")]
    public void RasterOperationsAreThoseOfTheChip(int rop, string name)
    {
        _m.Core.Vram.SetDWord(0x4000, 0x0000CCCC);
        _m.Core.Vram.SetDWord(0x2000, 0xAAAAAAAA);
        Blit(mode: 0, rop, width: 2, height: 1, destination: 0x2000, source: 0x4000);
        const int S = 0xCC;
        const int D = 0xAA;
        int expected = name switch
        {
            "0" => 0,
            "1" => 0xFF,
            "s" => S,
            "d" => D,
            "~s" => ~S,
            "~d" => ~D,
            "s & d" => S & D,
            "s & ~d" => S & ~D,
            "~s & d" => ~S & D,
            "s ^ d" => S ^ D,
            "~(s ^ d)" => ~(S ^ D),
            "s | d" => S | D,
            "s | ~d" => S | ~D,
            "~s | d" => ~S | D,
            "~s | ~d" => ~S | ~D,
            _ => ~S & ~D,
        };
        Assert.That(Bytes(0x2000, 3), Is.EqualTo(new byte[] { (byte)expected, (byte)expected, 0xAA }));
    }

    [Test]
    public void CopyMovesARectangleAndMarksItsPages()
    {
        byte[] before = Bytes(0x4000, 16);
        byte[] secondLine = Bytes(0x4000 + Pitch, 16);
        _m.Vram.ClearDirty(DirtyClient.Display, 0, _m.Vram.Size);
        Blit(mode: 0, 0x0D, width: 16, height: 2, destination: 0x2000, source: 0x4000);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(0x2000, 16), Is.EqualTo(before));
            Assert.That(Bytes(0x2000 + Pitch, 16), Is.EqualTo(secondLine));
            Assert.That(_m.Vram.IsDirty(DirtyClient.Display, 0x2000, 16), Is.True);
            Assert.That(_m.Vram.IsDirty(DirtyClient.Display, 0x4000, 16), Is.False);
            Assert.That(_m.Gr(0x31), Is.Zero, "never busy");
        });
    }

    [Test]
    public void BackwardsCopyMovesAnOverlappingRectangleUnharmed()
    {
        byte[] before = Bytes(0x2000, 64);
        Blit(Backwards, 0x0D, width: 64, height: 1, destination: 0x2000 + 8 + 63, source: 0x2000 + 63);
        Assert.That(Bytes(0x2008, 64), Is.EqualTo(before));
    }

    [Test]
    public void TransparentCopyLeavesPixelsOfTheKeyColourOut()
    {
        _m.Core.Vram.SetDWord(0x4000, 0x11_22_11_33);
        _m.Core.Vram.SetDWord(0x2000, 0xEEEEEEEE);
        _m.Gr(0x34, 0x11);
        Blit(Transparent, 0x0D, width: 4, height: 1, destination: 0x2000, source: 0x4000);
        Assert.That(_m.Core.Vram.DWord(0x2000), Is.EqualTo(0xEE22EE33));
    }

    [TestCase(0, new byte[] { 0xF0, 0xB0, 0xF0, 0xF0, 0xB0, 0xB0, 0xB0, 0xB0 })]
    [TestCase(Transparent, new byte[] { 0xF0, 0xEE, 0xF0, 0xF0, 0xEE, 0xEE, 0xEE, 0xEE })]
    public void ColourExpansionPaintsBits(int transparent, byte[] expected)
    {
        Colours(0xF0, 0xB0);
        _m.Core.Vram.SetDWord(0x2000, 0xEEEEEEEE);
        _m.Core.Vram.SetDWord(0x2004, 0xEEEEEEEE);
        _m.Core.Vram[0x4000] = 0b1011_0000;
        Blit(Expand | transparent, 0x0D, width: 8, height: 1, destination: 0x2000, source: 0x4000);
        Assert.That(Bytes(0x2000, 8), Is.EqualTo(expected));
    }

    [Test]
    public void SystemToScreenTakesDoubleWordsAtTheDoor()
    {
        byte[] line1 = Bytes(0x2000 + Pitch, 8);
        Blit(FromSystem, 0x0D, width: 6, height: 2, destination: 0x2000, source: 0);
        Assert.That(_m.Gr(0x31) & 1, Is.EqualTo(1), "waits for pixels");
        _m.Write(FrameBuffer + 0x100_0000, 0x44332211, 4);
        _m.Write(FrameBuffer + 0x100_0004, 0x99996655, 4);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(0x2000, 6), Is.EqualTo(new byte[] { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 }));
            Assert.That(Bytes(0x2000 + Pitch, 8), Is.EqualTo(line1));
        });
        _m.Write(A0000, 0x0D0C0B0A, 4);
        _m.Write(FrameBuffer + 0x5000, 0x0F0E, 4);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(0x2000 + Pitch, 6), Is.EqualTo(new byte[] { 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F }));
            Assert.That(_m.Gr(0x31), Is.Zero);
            Assert.That(_m.Host.Memory.Find(FrameBuffer)?.Block, Is.SameAs(_m.Vram), "plain RAM again");
        });
    }

    [Test]
    public void BytesLeftOverInAnAccessAreLost()
    {
        Colours(0x0F, 0x00);
        byte before = _m.Core.Vram[0x1001];
        Blit(FromSystem | Expand, 0x0D, width: 8, height: 1, destination: 0x2000, source: 0);
        _m.Write(FrameBuffer + 0x1000, 0xFFFFFFFF, 4);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(0x2000, 8), Is.All.EqualTo(0x0F));
            Assert.That(_m.Core.Vram[0x1001], Is.EqualTo(before));
        });
    }

    [Test]
    public void PatternRepeatsEveryEightPixelsAndStartsAtThePresetLine()
    {
        Blit(Pattern, 0x0D, width: 16, height: 2, destination: 0x2000, source: 0x4000 + 7);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(0x2000, 8), Is.EqualTo(Bytes(0x4000 + 56, 8)));
            Assert.That(Bytes(0x2008, 8), Is.EqualTo(Bytes(0x4000 + 56, 8)));
            Assert.That(Bytes(0x2000 + Pitch, 8), Is.EqualTo(Bytes(0x4000, 8)));
        });
    }

    [Test]
    public void SolidFillPaintsWithTheForegroundAt16Bits()
    {
        Colours(0x34, 0);
        _m.Gr(0x11, 0x12);
        _m.Gr(0x33, 0x04);
        Blit(Pattern | Expand | 0x10, 0x0D, width: 8, height: 1, destination: 0x2000, source: 0);
        Assert.That(Bytes(0x2000, 8), Is.EqualTo(new byte[] { 0x34, 0x12, 0x34, 0x12, 0x34, 0x12, 0x34, 0x12 }));
    }

    [Test]
    public void AutoStartStartsWithTheLastByteOfTheDestination()
    {
        Prepare(0, 0x0D, width: 4, height: 1, destination: 0x2000, source: 0x4000);
        _m.Gr(0x31, 0x80);
        _m.Gr(0x2A, 0);
        Assert.That(Bytes(0x2000, 4), Is.EqualTo(Bytes(0x4000, 4)));
    }

    [Test]
    public void ResetBitEndsABlitThatWaits()
    {
        Blit(FromSystem, 0x0D, width: 4, height: 4, destination: 0x2000, source: 0);
        _m.Gr(0x31, 0x04);
        _m.Gr(0x31, 0x00);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Gr(0x31), Is.Zero);
            Assert.That(_m.Host.Memory.Find(FrameBuffer)?.Block, Is.SameAs(_m.Vram));
        });
    }

    [Test]
    public void AnyBlitStaysInsideTheChipsMemory() =>
        Gen.Byte.Array[0x40].Sample(
            registers =>
            {
                registers[0x21] &= 1;
                registers[0x23] &= 0;
                for (int i = 0x10; i < 0x3A; i++)
                {
                    if (i is not (0x31 or 0x18 or 0x2A))
                    {
                        _m.Gr(i, registers[i]);
                    }
                }

                _m.Gr(0x2A, registers[0x2A]);
                _m.Gr(0x31, 0x02);
                for (int i = 0; i < 40; i++)
                {
                    _m.Write(FrameBuffer + 0x100_0000, 0x12345678, 4);
                }

                _m.Gr(0x31, 0x04);
                _m.Gr(0x31, 0x00);
                Assert.That(_m.Vram.Span(4 << 20, 4 << 20).ContainsAnyExcept((byte)0), Is.False);
            },
            iter: 100,
            threads: 1);

    private byte[] Bytes(uint address, int count) => _m.Vram.Span(address, count).ToArray();

    private void Colours(int foreground, int background)
    {
        _m.Gr(0x01, foreground);
        _m.Gr(0x00, background);
    }

    private void Blit(int mode, int rop, int width, int height, int destination, int source)
    {
        Prepare(mode, rop, width, height, destination, source);
        _m.Gr(0x31, 0x02);
    }

    private void Prepare(int mode, int rop, int width, int height, int destination, int source)
    {
        _m.Gr(0x20, (width - 1) & 0xFF);
        _m.Gr(0x21, (width - 1) >> 8);
        _m.Gr(0x22, height - 1);
        _m.Gr(0x24, Pitch & 0xFF);
        _m.Gr(0x25, Pitch >> 8);
        _m.Gr(0x26, Pitch & 0xFF);
        _m.Gr(0x27, Pitch >> 8);
        _m.Gr(0x28, destination & 0xFF);
        _m.Gr(0x29, (destination >> 8) & 0xFF);
        _m.Gr(0x2A, destination >> 16);
        _m.Gr(0x2C, source & 0xFF);
        _m.Gr(0x2D, (source >> 8) & 0xFF);
        _m.Gr(0x2E, source >> 16);
        _m.Gr(0x30, mode);
        _m.Gr(0x32, rop);
    }
}
