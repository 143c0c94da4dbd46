using PcEmu.Core.Diagnostics;
using PcEmu.Devices.Display.Vga;

namespace PcEmu.Devices.Tests.Display.Vga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VgaRegisterTests
{
    private readonly VgaTestMachine _m = VgaTestMachine.Std();

    [Test]
    public void MiscellaneousOutputMovesCrtcBetweenMonoAndColourAddresses()
    {
        _m.Out(VgaPorts.MiscOutput, 0x00);
        _m.Out(VgaPorts.CrtcIndexMono, 0x0C);
        _m.Out(VgaPorts.CrtcDataMono, 0x5A);
        _m.Out(VgaPorts.CrtcIndex, 0x01);
        Assert.Multiple(() =>
        {
            Assert.That(_m.In(VgaPorts.CrtcIndexMono), Is.EqualTo(0x0C));
            Assert.That(_m.In(VgaPorts.CrtcIndex), Is.EqualTo(0xFF));
        });
        _m.Out(VgaPorts.MiscOutput, 0x01);
        Assert.Multiple(() =>
        {
            Assert.That(_m.In(VgaPorts.CrtcData), Is.EqualTo(0x5A));
            Assert.That(_m.In(VgaPorts.CrtcDataMono), Is.EqualTo(0xFF));
        });
    }

    [TestCase(0, 0x03)]
    [TestCase(1, 0x3D)]
    [TestCase(2, 0x0F)]
    [TestCase(3, 0x3F)]
    [TestCase(4, 0x0E)]
    [TestCase(5, 0x00)]
    public void SequencerKeepsOnlyBitsThatExist(int index, int expected)
    {
        _m.Sr(index, 0xFF);
        Assert.That(_m.Sr(index), Is.EqualTo(expected));
    }

    [TestCase(0, 0x0F)]
    [TestCase(3, 0x1F)]
    [TestCase(4, 0x03)]
    [TestCase(5, 0x7B)]
    [TestCase(8, 0xFF)]
    [TestCase(9, 0x00)]
    public void GraphicsControllerKeepsOnlyBitsThatExist(int index, int expected)
    {
        _m.Gr(index, 0xFF);
        Assert.That(_m.Gr(index), Is.EqualTo(expected));
    }

    [Test]
    public void WriteProtectionGuardsCr0To7ButLineCompareBit8()
    {
        _m.Colour();
        _m.Cr(0, 0x5F);
        _m.Cr(7, 0x0F);
        _m.Cr(0x11, 0x80);
        _m.Cr(0, 0x11);
        _m.Cr(7, 0xF0);
        _m.Cr(8, 0x22);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Cr(0), Is.EqualTo(0x5F));
            Assert.That(_m.Cr(7), Is.EqualTo(0x1F));
            Assert.That(_m.Cr(8), Is.EqualTo(0x22));
        });
    }

    [Test]
    public void AttributePortTakesIndexAndDataByTurnsUntilStatusIsRead()
    {
        _m.Colour();
        _m.In(VgaPorts.Status1);
        _m.Out(VgaPorts.Attribute, 0x05);
        _m.Out(VgaPorts.Attribute, 0xFF);
        _m.Out(VgaPorts.Attribute, 0x11);
        Assert.That(_m.In(VgaPorts.AttributeRead), Is.Zero);
        _m.In(VgaPorts.Status1);
        _m.Out(VgaPorts.Attribute, 0x05);
        Assert.Multiple(() =>
        {
            Assert.That(_m.In(VgaPorts.AttributeRead), Is.EqualTo(0x3F));
            Assert.That(_m.In(VgaPorts.Attribute), Is.Zero, "data is due");
        });
        _m.In(VgaPorts.Status1);
        Assert.That(_m.In(VgaPorts.Attribute), Is.EqualTo(0x05));
    }

    [TestCase(0x10, 0xEF)]
    [TestCase(0x11, 0xFF)]
    [TestCase(0x12, 0x3F)]
    [TestCase(0x13, 0x0F)]
    [TestCase(0x14, 0x0F)]
    [TestCase(0x15, 0x00)]
    public void AttributeRegistersKeepOnlyBitsThatExist(int index, int expected)
    {
        _m.Colour();
        _m.In(VgaPorts.Status1);
        _m.Out(VgaPorts.Attribute, index);
        _m.Out(VgaPorts.Attribute, 0xFF);
        Assert.That(_m.In(VgaPorts.AttributeRead), Is.EqualTo(expected));
    }

    [Test]
    public void DacEntryChangesWithItsThirdByteAndIndexMovesOn()
    {
        _m.Out(VgaPorts.DacWriteIndex, 0xFF);
        _m.Out(VgaPorts.DacData, 1);
        _m.Out(VgaPorts.DacData, 2);
        Assert.That(_m.Core.Dac.Palette[765..].ToArray(), Is.EqualTo(new byte[] { 0, 0, 0 }));
        _m.Out(VgaPorts.DacData, 3);
        _m.Out(VgaPorts.DacData, 4);
        _m.Out(VgaPorts.DacData, 5);
        _m.Out(VgaPorts.DacData, 6);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Core.Dac.Palette[765..].ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
            Assert.That(_m.Core.Dac.Palette[..3].ToArray(), Is.EqualTo(new byte[] { 4, 5, 6 }));
            Assert.That(_m.In(VgaPorts.DacReadIndex), Is.Zero, "state: writing");
            Assert.That(_m.In(VgaPorts.DacWriteIndex), Is.EqualTo(1));
        });
        _m.Out(VgaPorts.DacReadIndex, 0xFF);
        Assert.Multiple(() =>
        {
            Assert.That(_m.In(VgaPorts.DacReadIndex), Is.EqualTo(3), "state: reading");
            Assert.That(new[] { _m.In(VgaPorts.DacData), _m.In(VgaPorts.DacData), _m.In(VgaPorts.DacData), _m.In(VgaPorts.DacData) }, Is.EqualTo("\u0001\u0002\u0003\u0004"u8.ToArray()));
        });
    }

    [Test]
    public void FeatureControlIsWrittenAtStatusPortAndReadAt3CA()
    {
        _m.Colour();
        _m.Out(VgaPorts.Status1, 0xFF);
        Assert.That(_m.In(VgaPorts.FeatureRead), Is.EqualTo(0x10));
    }

    [Test]
    public void WriteToReadOnlyPortIsReportedAndIgnored()
    {
        _m.Host.Log.Enable(LogItems.GuestErrors);
        _m.Out(VgaPorts.MiscRead, 0xFF);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Host.GuestErrors, Has.Some.Contains("0x3cc"));
            Assert.That(_m.In(VgaPorts.MiscRead), Is.Zero);
        });
    }
}
