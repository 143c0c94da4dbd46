using PcEmu.Core;
using PcEmu.Devices.Rtc;

namespace PcEmu.Devices.Tests.Rtc;

[TestFixture]
public sealed class PcCmosTests
{
    private static readonly ulong Mebibyte = 1 << 20;

    private readonly byte[] _cmos = new byte[128];

    [SetUp]
    public void Clear() => Array.Clear(_cmos);

    [Test]
    public void MemorySizesAreClippedToTheirWords()
    {
        PcCmos.SetMemory(_cmos, 3584 * Mebibyte, 5120 * Mebibyte);
        Assert.That(_cmos[0x15..0x19], Is.EqualTo(new byte[] { 0x80, 0x02, 0xFF, 0xFF }));
        Assert.That(_cmos[0x30..0x32], Is.EqualTo(new byte[] { 0xFF, 0xFF }));
        Assert.That(_cmos[0x34..0x36], Is.EqualTo(new byte[] { 0x00, 0xDF }));
        Assert.That(_cmos[0x5B..0x5E], Is.EqualTo(new byte[] { 0x00, 0x40, 0x01 }));
    }

    [Test]
    public void SmallMemoryHasNothingAbove16Megabytes()
    {
        PcCmos.SetMemory(_cmos, 4 * Mebibyte, 0);
        Assert.That(_cmos[0x17..0x19], Is.EqualTo(new byte[] { 0x00, 0x0C }));
        Assert.That(_cmos[0x34..0x36], Is.EqualTo(new byte[2]));
    }

    [TestCase("cad", true, 0x12, 0x30)]
    [TestCase("n", false, 0x04, 0x01)]
    [TestCase("", true, 0x00, 0x00)]
    public void BootOrderIsThreeNibbles(string order, bool check, int low, int high)
    {
        PcCmos.SetBootOrder(_cmos, order, check);
        Assert.That((_cmos[0x3D], _cmos[0x38]), Is.EqualTo((low, high)));
    }

    [TestCase("x")]
    [TestCase("acdn")]
    public void BootOrderRefusesWhatThePcHasNot(string order) =>
        Assert.That(() => PcCmos.SetBootOrder(_cmos, order), Throws.TypeOf<ConfigurationException>());

    [TestCase(CmosFloppyType.None, CmosFloppyType.None, 0x00, 0x06)]
    [TestCase(CmosFloppyType.Drive144, CmosFloppyType.None, 0x40, 0x07)]
    [TestCase(CmosFloppyType.Drive288, CmosFloppyType.Drive120, 0x52, 0x47)]
    public void EquipmentCountsTheFloppyDrives(CmosFloppyType a, CmosFloppyType b, int types, int equipment)
    {
        PcCmos.SetFloppies(_cmos, a, b);
        Assert.That((_cmos[0x10], _cmos[0x14]), Is.EqualTo((types, equipment)));
    }

    [Test]
    public void DisksOfTheFirstChannelHaveTheirGeometry()
    {
        PcCmos.SetDisks(_cmos, new CmosDisk(1024, 16, 63), null, new CmosDisk(16_383, 16, 63), new CmosDisk(20, 16, 63, CmosTranslation.Large));
        Assert.That(_cmos[0x12], Is.EqualTo(0xF0));
        Assert.That((_cmos[0x19], _cmos[0x1A]), Is.EqualTo((47, 0)));
        Assert.That(_cmos[0x1B..0x24], Is.EqualTo(new byte[] { 0x00, 0x04, 16, 0xFF, 0xFF, 0xC8, 0x00, 0x04, 63 }));
        Assert.That(_cmos[0x24..0x2D], Is.EqualTo(new byte[9]));
        Assert.That(_cmos[0x39], Is.EqualTo(0b10_01_00_00));
    }

    [Test]
    public void ProcessorsAreCountedFromZero()
    {
        PcCmos.SetProcessors(_cmos, 4);
        Assert.That(_cmos[0x5F], Is.EqualTo(3));
    }
}
