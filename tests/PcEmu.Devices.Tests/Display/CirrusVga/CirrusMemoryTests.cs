using PcEmu.Devices.Display.CirrusVga;
using PcEmu.Devices.Display.Vga;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;

namespace PcEmu.Devices.Tests.Display.CirrusVga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CirrusMemoryTests
{
    private readonly VgaTestMachine _m = Cirrus().MapBars().Colour();

    [Test]
    public void ResetFillsTheChipsMemoryWithOnes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_m.Vram.Span(0, 4 << 20).ContainsAnyExcept((byte)0xFF), Is.False);
            Assert.That(_m.Vram.Span(4 << 20, 4 << 20).ContainsAnyExcept((byte)0), Is.False);
        });
    }

    [Test]
    public void VgaModesWorkAsOnAnyVga()
    {
        _m.Mode3();
        _m.Write(0xB8000, 0x0741, 2);
        Assert.That(_m.Text.Line(0)[0], Is.EqualTo('A'));
        _m.Planar();
        _m.Sr(Sequencer.MemoryMode, 0x0E);
        Assert.That(_m.Host.Memory.Find(A0000)?.Block, Is.SameAs(_m.Vram), "mode 13h is plain RAM");
    }

    [TestCase(0x00, 3, 0, 0x3000, 0xB000)]
    [TestCase(0x20, 3, 0, 0xC000, 0x14000)]
    [TestCase(0x01, 3, 7, 0x3000, 0x7000)]
    [TestCase(0x21, 1, 2, 0x4000, 0x8000)]
    public void BanksOf32KStandAtA0000AndA8000(int modes, int offset0, int offset1, int first, int second)
    {
        _m.Sr(7, 0x01);
        _m.Gr(0x0B, modes);
        _m.Gr(0x09, offset0);
        _m.Gr(0x0A, offset1);
        _m.Write(A0000 + 1, 0x11);
        _m.Write(A0000 + 0x8001, 0x22);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Vram.Span((ulong)first + 1, 1)[0], Is.EqualTo(0x11));
            Assert.That(_m.Vram.Span((ulong)second + 1, 1)[0], Is.EqualTo(0x22));
            Assert.That(_m.Host.Memory.Find(A0000)?.Block, Is.SameAs(_m.Vram));
        });
    }

    [Test]
    public void BankEndsWithTheChipsMemory()
    {
        _m.Sr(7, 0x01);
        _m.Gr(0x0B, 0x20);
        _m.Gr(0x09, 0xFF); // 4 MiB - 16 KiB
        _m.Write(A0000 + 0x3FFF, 0x11);
        _m.Write(A0000 + 0x4000, 0x22);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Read(A0000 + 0x3FFF), Is.EqualTo(0x11));
            Assert.That(_m.Read(A0000 + 0x4000), Is.EqualTo(0xFF));
            Assert.That(_m.Vram.Span(4 << 20, 1)[0], Is.Zero);
            Assert.That(_m.Read(A0000 + 0x8000), Is.EqualTo(0xFF));
        });
    }

    [Test]
    public void FrameBufferIsPlainRamUntilRegistersStandInItsLastPage()
    {
        _m.Write(FrameBuffer + 0x1000, 0x33);
        Assert.That(_m.Host.Memory.Find(FrameBuffer)?.Block, Is.SameAs(_m.Vram));
        _m.Sr(0x17, 0x44);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Host.Memory.Find(FrameBuffer)?.Block, Is.Null);
            Assert.That(_m.Read(FrameBuffer + 0x1000), Is.EqualTo(0x33));
        });
        _m.Write(FrameBuffer + Gd5446.ChipMemory - 0x100 + 0x08, 0x77);
        Assert.That(_m.Gr(0x20), Is.EqualTo(0x77));
    }

    [Test]
    public void RegistersStandAtB8000WhenSr17SaysSo()
    {
        _m.Sr(7, 0x01);
        _m.Write(0xB8008, 0x55);
        Assert.That(_m.Gr(0x20), Is.Zero);
        _m.Sr(0x17, 0x04);
        _m.Write(0xB8008, 0x1234, 2);
        Assert.Multiple(() =>
        {
            Assert.That((_m.Gr(0x20), _m.Gr(0x21)), Is.EqualTo((0x34, 0x12)));
            Assert.That(_m.Read(0xB8008, 2), Is.EqualTo(0x1234));
            Assert.That(_m.Read(0xB8013), Is.EqualTo(0xFF));
        });
    }

    [Test]
    public void Bar1HasPortsAndBlitterRegisters()
    {
        _m.Write(Mmio + 0x0E, 0x5A20, 2);
        _m.Write(Mmio + 0x132, 1);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Read(Mmio + 0x108), Is.EqualTo(0x5A));
            Assert.That(_m.Read(Mmio + 0x0C), Is.EqualTo(0x67), "miscellaneous output");
        });
    }

    [TestCase(4, new byte[] { 0xF0, 0xAA, 0xF0, 0xAA })]
    [TestCase(5, new byte[] { 0xF0, 0x0B, 0xF0, 0x0B })]
    public void WriteModes4And5ExpandAByteIntoEightPixels(int mode, byte[] expected)
    {
        _m.Write(FrameBuffer, 0xAAAAAAAA, 4);
        _m.Sr(7, 0x01);
        _m.Gr(0x0B, 0x06);
        _m.Gr(0x00, 0x0B);
        _m.Gr(0x01, 0xF0);
        _m.Gr(0x05, mode);
        _m.Write(A0000, 0xA0);
        Assert.That(_m.Vram.Span(0, 4).ToArray(), Is.EqualTo(expected));
    }
}
