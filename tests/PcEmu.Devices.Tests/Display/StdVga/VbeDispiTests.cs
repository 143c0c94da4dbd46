using PcEmu.Devices.Display.Vga;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;
using StdVgaDevice = PcEmu.Devices.Display.StdVga.StdVga;

namespace PcEmu.Devices.Tests.Display.StdVga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VbeDispiTests
{
    private readonly VgaTestMachine _m = Std().MapBars();

    [Test]
    public void IdTellsTheNewestVersionAndTakesOlderOnes()
    {
        Assert.That(_m.Vbe(VbeDispi.Id), Is.EqualTo(0xB0C5));
        _m.Vbe(VbeDispi.Id, 0xB0C0);
        Assert.That(_m.Vbe(VbeDispi.Id), Is.EqualTo(0xB0C0));
        _m.Vbe(VbeDispi.Id, 0xB0C6);
        Assert.That(_m.Vbe(VbeDispi.Id), Is.EqualTo(0xB0C0));
    }

    [Test]
    public void CapabilitiesTellTheLargestModeAndMemorySizeIsInUnitsOf64K()
    {
        _m.Vbe(VbeDispi.Enable, VbeDispi.GetCapabilities);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Vbe(VbeDispi.XRes), Is.EqualTo(16000));
            Assert.That(_m.Vbe(VbeDispi.YRes), Is.EqualTo(12000));
            Assert.That(_m.Vbe(VbeDispi.Bpp), Is.EqualTo(32));
            Assert.That(_m.Vbe(VbeDispi.VideoMemory64K), Is.EqualTo(256));
        });
    }

    [TestCase(8, 1024)]
    [TestCase(15, 2048)]
    [TestCase(16, 2048)]
    [TestCase(24, 3072)]
    [TestCase(32, 4096)]
    public void LineOffsetIsVirtualWidthInBytes(int bpp, int expected)
    {
        SetMode(1024, 768, bpp);
        Assert.Multiple(() =>
        {
            Assert.That(((StdVgaDevice)_m.Device).Chip.Vbe.LineOffset, Is.EqualTo(expected));
            Assert.That(_m.Vbe(VbeDispi.VirtualWidth), Is.EqualTo(1024));
            Assert.That(_m.Vbe(VbeDispi.VirtualHeight), Is.EqualTo((16 << 20) / expected));
        });
    }

    [Test]
    public void ModesThatDoNotFitAreCutDown()
    {
        SetMode(16000, 12000, 32);
        Assert.That(_m.Vbe(VbeDispi.YRes), Is.EqualTo((16 << 20) / 64000));
        _m.Vbe(VbeDispi.XOffset, 9000);
        _m.Vbe(VbeDispi.YOffset, 1);
        Assert.That(_m.Vbe(VbeDispi.YOffset), Is.Zero);
    }

    [Test]
    public void EnablingClearsWhatIsShownUnlessAskedNotTo()
    {
        _m.Write(FrameBuffer, 0xAA);
        SetMode(640, 480, 8, VbeDispi.NoClearMemory);
        Assert.That(_m.Read(FrameBuffer), Is.EqualTo(0xAA));
        _m.Vbe(VbeDispi.Enable, 0);
        SetMode(640, 480, 8);
        Assert.That(_m.Read(FrameBuffer), Is.Zero);
    }

    [Test]
    public void BanksShowLinearMemoryAsPlainRamAtA0000()
    {
        SetMode(1024, 768, 32);
        _m.Vbe(VbeDispi.Bank, 5);
        _m.Write(A0000 + 0x1234, 0xDEADBEEF, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Read(FrameBuffer + 0x51234, 4), Is.EqualTo(0xDEADBEEF));
            Assert.That(_m.Host.Memory.Find(A0000)?.Block, Is.SameAs(_m.Vram));
            Assert.That(_m.Host.Memory.Find(A0000)?.BlockOffset, Is.EqualTo(0x50000));
        });
        _m.Vbe(VbeDispi.Bank, 0xFFFF);
        Assert.That(_m.Vbe(VbeDispi.Bank), Is.EqualTo(0xFF));
        _m.Vbe(VbeDispi.Enable, 0);
        Assert.That(_m.Host.Memory.Find(A0000)?.Block, Is.Null, "back to the guest's own registers");
    }

    [Test]
    public void VgaRegistersOfTheModeAreHeldWhileItIsOn()
    {
        SetMode(800, 600, 16);
        _m.Colour();
        _m.Gr(GraphicsController.Miscellaneous, 0x0E);
        _m.Cr(Crtc.HorizontalDisplayEnd, 0);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Gr(GraphicsController.Miscellaneous) & 0x0D, Is.EqualTo(0x05));
            Assert.That(_m.Core.Crtc.DisplayedCharacters, Is.EqualTo(100));
            Assert.That(_m.Core.Crtc.DisplayedLines, Is.EqualTo(600));
            Assert.That(_m.Text.IsActive, Is.False);
        });
    }

    [Test]
    public void FourBitModeKeepsPlanes()
    {
        _m.Planar();
        SetMode(800, 600, 4);
        _m.Sr(Sequencer.MapMask, 0x04);
        _m.Write(A0000, 0xFF);
        Assert.That(_m.Core.Vram.DWord(0), Is.EqualTo(0x00FF0000));
    }

    [Test]
    public void EnableSwitchesTheDacTo8Bits()
    {
        SetMode(640, 480, 8, VbeDispi.Dac8Bit);
        Assert.That(_m.Core.Dac.Is8Bit, Is.True);
        _m.Vbe(VbeDispi.Enable, VbeDispi.Enabled);
        Assert.That(_m.Core.Dac.Is8Bit, Is.False);
    }

    [Test]
    public void PortsTakeWordsOnly()
    {
        _m.Vbe(VbeDispi.Id, 0xB0C5);
        Assert.Multiple(() =>
        {
            Assert.That(_m.In(VbeDispi.IndexPort), Is.EqualTo(0xFF));
            Assert.That(_m.Host.In16(VbeDispi.IndexPort + 2), Is.EqualTo(0xB0C5));
        });
    }

    [Test]
    public void Bar2HasPortsAndVbeRegisters()
    {
        _m.Write(Mmio + 0x402, 0x67);
        _m.Write(Mmio + 0x414, 0x5A0C, 2);
        _m.Write(Mmio + 0x502, 640, 2);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Cr(0x0C), Is.EqualTo(0x5A));
            Assert.That(_m.Vbe(VbeDispi.XRes), Is.EqualTo(640));
            Assert.That(_m.Read(Mmio + 0x500, 2), Is.EqualTo(0xB0C5));
            Assert.That(_m.Read(Mmio + 0x501), Is.EqualTo(0xB0), "a byte of a register");
            Assert.That(_m.Read(Mmio), Is.EqualTo(0xFF), "nothing there");
        });
    }

    private void SetMode(int x, int y, int bpp, int flags = 0)
    {
        _m.Vbe(VbeDispi.XRes, x);
        _m.Vbe(VbeDispi.YRes, y);
        _m.Vbe(VbeDispi.Bpp, bpp);
        _m.Vbe(VbeDispi.Enable, VbeDispi.Enabled | flags);
    }
}
