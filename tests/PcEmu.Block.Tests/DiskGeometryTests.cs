using PcEmu.Core.Block;

namespace PcEmu.Block.Tests;

public sealed class DiskGeometryTests
{
    private string _path = "";

    [SetUp]
    public void MakeFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [TestCase(100, 2, BiosTranslation.None)]
    [TestCase(1024 * 1008, 1024, BiosTranslation.None)]
    [TestCase(1025 * 1008, 1025, BiosTranslation.Lba)]
    [TestCase(20000 * 1008, 16383, BiosTranslation.Lba)]
    public void SizeGivesTheStandardGeometry(long sectors, int cylinders, BiosTranslation translation) =>
        Assert.That(Guess(sectors), Is.EqualTo(new DiskGeometry(cylinders, 16, 63, translation)));

    [Test]
    public void PartitionTableWithoutTranslationGivesItsOwnGeometry() =>
        Assert.That(Guess(4 * 17 * 615, endHead: 3, endSector: 17), Is.EqualTo(new DiskGeometry(615, 4, 17, BiosTranslation.None)));

    [TestCase(4000L * 1008, BiosTranslation.Large)]
    [TestCase(9000L * 1008, BiosTranslation.Lba)]
    public void PartitionTableWithManyHeadsTellsOfATranslation(long sectors, BiosTranslation translation) =>
        Assert.That(
            Guess(sectors, endHead: 254, endSector: 63),
            Is.EqualTo(new DiskGeometry((int)(sectors / 1008), 16, 63, translation)));

    [Test]
    public void SenselessPartitionTableIsPassedOver() =>
        Assert.That(Guess(2016, endHead: 200, endSector: 63).Heads, Is.EqualTo(16));

    private DiskGeometry Guess(long sectors, int endHead = 0, int endSector = 0)
    {
        using (FileStream file = File.OpenWrite(_path))
        {
            file.SetLength(sectors * 512);
            if (endHead != 0)
            {
                byte[] mbr = new byte[512];
                mbr[0x1BE + 5] = (byte)endHead;
                mbr[0x1BE + 6] = (byte)(endSector | 0xC0);
                mbr[0x1BE + 12] = 1;
                mbr[0x1FE] = 0x55;
                mbr[0x1FF] = 0xAA;
                file.Write(mbr);
            }
        }

        using RawImage image = RawImage.Open(_path, readOnly: true);
        return DiskGeometry.Guess(image);
    }
}
