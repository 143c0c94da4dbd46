using PcEmu.Devices.Display.Vga;
using PcEmu.Devices.Pci;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;
using CirrusVgaDevice = PcEmu.Devices.Display.CirrusVga.CirrusVga;

namespace PcEmu.Devices.Tests.Display.CirrusVga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CirrusRegisterTests
{
    private readonly VgaTestMachine _m = Cirrus().Colour();

    [Test]
    public void ConfigurationSpaceSaysCirrus5446WithRom()
    {
        _m.Host.Write(_m.Device, PciHeader.Bar0, 0xFFFFFFFF, 4);
        _m.Host.Write(_m.Device, PciHeader.Bar0 + 4, 0xFFFFFFFF, 4);
        _m.Host.Write(_m.Device, PciHeader.ExpansionRom, 0xC0000001, 4);
        _m.Host.Write(_m.Device, PciHeader.Command, 2, 2);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Host.Read(_m.Device, PciHeader.VendorId, 4), Is.EqualTo(0x00B81013));
            Assert.That(_m.Host.Read(_m.Device, PciHeader.Bar0, 4), Is.EqualTo(0xFE000008));
            Assert.That(_m.Host.Read(_m.Device, PciHeader.Bar0 + 4, 4), Is.EqualTo(0xFFFFF000));
            Assert.That(_m.Read(0xC0000000, 2), Is.EqualTo(0xAA55));
            Assert.That(_m.Device.RomBlock!.Name, Is.EqualTo("0000:00:02.0/cirrus_vga.rom"));
        });
    }

    [TestCase(0x12, 0x12)]
    [TestCase(0xFA, 0x12)]
    [TestCase(0x00, 0x0F)]
    [TestCase(0x13, 0x0F)]
    public void Sr6TellsWhetherExtensionsAreUnlocked(int written, int read)
    {
        _m.Sr(6, written);
        Assert.That(_m.Sr(6), Is.EqualTo(read));
    }

    [Test]
    public void PowerOnRegistersTellThePartAndFourMegabytes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_m.Cr(0x27), Is.EqualTo(0xB8));
            Assert.That(_m.Sr(0x0F), Is.EqualTo(0x98));
            Assert.That(_m.Sr(0x15), Is.EqualTo(0x04));
            Assert.That(_m.Sr(0x17), Is.EqualTo(0x20));
            Assert.That(_m.Sr(0x1F), Is.EqualTo(0x2D));
            Assert.That(_m.Gr(0x18), Is.EqualTo(0x0F));
        });
    }

    [Test]
    public void BusBitsOfSr17CannotBeWritten()
    {
        _m.Sr(0x17, 0xFF);
        Assert.That(_m.Sr(0x17), Is.EqualTo(0xE7));
    }

    [Test]
    public void PartIdAndAbsentRegistersCannotBeWritten()
    {
        _m.Cr(0x27, 0);
        _m.Sr(0x20, 5);
        _m.Gr(0x3A, 5);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Cr(0x27), Is.EqualTo(0xB8));
            Assert.That(_m.Sr(0x20), Is.EqualTo(0xFF));
            Assert.That(_m.Gr(0x3A), Is.EqualTo(0xFF));
            Assert.That(_m.Host.GuestErrors, Has.Some.Contains("SR20"));
        });
    }

    [Test]
    public void Cr24AndCr26ReadTheAttributeControllerBack()
    {
        _m.In(VgaPorts.Status1);
        Assert.That(_m.Cr(0x24), Is.Zero);
        _m.Out(VgaPorts.Attribute, 0x34);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Cr(0x24), Is.EqualTo(0x80));
            Assert.That(_m.Cr(0x26), Is.EqualTo(0x34));
        });
    }

    [Test]
    public void CursorPositionTakesItsLowBitsFromTheIndex()
    {
        _m.Sr(0x10 | (5 << 5), 0x40);
        _m.Sr(0x11 | (2 << 5), 0x08);
        var chip = ((CirrusVgaDevice)_m.Device).Chip;
        Assert.Multiple(() =>
        {
            Assert.That((chip.CursorX, chip.CursorY), Is.EqualTo((0x205, 0x42)));
            Assert.That(_m.Sr(0x70), Is.EqualTo(0x40));
        });
    }

    [Test]
    public void HiddenDacRegisterOpensAfterFourReads()
    {
        _m.In(VgaPorts.DacWriteIndex);
        for (int i = 0; i < 4; i++)
        {
            Assert.That(_m.In(VgaPorts.PelMask), Is.EqualTo(0xFF));
        }

        _m.Out(VgaPorts.PelMask, 0xC1);
        _m.Out(VgaPorts.PelMask, 0x55);
        for (int i = 0; i < 4; i++)
        {
            _m.In(VgaPorts.PelMask);
        }

        Assert.That(_m.In(VgaPorts.PelMask), Is.EqualTo(0xC1));
    }

    [Test]
    public void Sr12LeadsDacAccessesToTheCursorColours()
    {
        _m.Sr(0x12, 0x02);
        _m.Out(VgaPorts.DacWriteIndex, 0x0F);
        _m.Out(VgaPorts.DacData, 1);
        _m.Out(VgaPorts.DacData, 2);
        _m.Out(VgaPorts.DacData, 3);
        var chip = ((CirrusVgaDevice)_m.Device).Chip;
        Assert.Multiple(() =>
        {
            Assert.That(chip.CursorPalette[45..].ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
            Assert.That(chip.Core.Dac.Palette.ContainsAnyExcept((byte)0), Is.False);
        });
    }

    [Test]
    public void Gr0AndGr1KeepEightBitsForTheBlitter()
    {
        _m.Gr(0, 0xAB);
        _m.Gr(1, 0xCD);
        Assert.Multiple(() =>
        {
            Assert.That((_m.Gr(0), _m.Gr(1)), Is.EqualTo((0xAB, 0xCD)));
            Assert.That(_m.Core.Graphics.Registers[..2].ToArray(), Is.EqualTo(new byte[] { 0x0B, 0x0D }));
        });
    }
}
