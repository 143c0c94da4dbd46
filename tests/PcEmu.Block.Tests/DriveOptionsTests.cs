using PcEmu.Core;
using PcEmu.Core.Block;

namespace PcEmu.Block.Tests;

public sealed class DriveOptionsTests
{
    [Test]
    public void EveryKeyIsRead()
    {
        DriveOptions drive = DriveOptions.Parse(
            "file=a,,b.img,format=raw,if=none,bus=1,unit=0,media=disk,snapshot=on,readonly=off,cache=writethrough,id=d0,serial=S1,"
            + "werror=stop,rerror=ignore,cyls=100,heads=4,secs=17,trans=lba");
        Assert.Multiple(() =>
        {
            Assert.That((drive.File, drive.Format, drive.Interface), Is.EqualTo(("a,b.img", "raw", DriveInterface.None)));
            Assert.That((drive.Index, drive.Bus, drive.Unit), Is.EqualTo(((int?)null, (int?)1, (int?)0)));
            Assert.That((drive.Media, drive.Snapshot, drive.ReadOnly), Is.EqualTo((DriveMedia.Disk, true, false)));
            Assert.That((drive.Cache, drive.Id, drive.Serial), Is.EqualTo((CacheMode.WriteThrough, "d0", "S1")));
            Assert.That((drive.WriteErrors, drive.ReadErrors), Is.EqualTo((ErrorPolicy.Stop, ErrorPolicy.Ignore)));
            Assert.That(drive.Geometry, Is.EqualTo(new DiskGeometry(100, 4, 17, BiosTranslation.Lba)));
        });
    }

    [Test]
    public void DefaultsAreQemus()
    {
        DriveOptions drive = DriveOptions.Parse("file=x");
        Assert.Multiple(() =>
        {
            Assert.That((drive.Interface, drive.Media, drive.Format), Is.EqualTo((DriveInterface.Ide, DriveMedia.Disk, (string?)null)));
            Assert.That((drive.Cache, drive.Snapshot, drive.ReadOnly), Is.EqualTo((CacheMode.WriteBack, false, false)));
            Assert.That((drive.WriteErrors, drive.ReadErrors), Is.EqualTo((ErrorPolicy.StopWhenFull, ErrorPolicy.Report)));
            Assert.That(DriveOptions.Parse("if=none,media=cdrom").ReadOnly, Is.True);
            Assert.That(DriveOptions.Parse("if=floppy").File, Is.Null);
        });
    }

    [TestCase("if=scsi", "unsupported bus type 'scsi'")]
    [TestCase("media=tape", "invalid media 'tape'")]
    [TestCase("format=qcow2", "format 'qcow2' is not supported")]
    [TestCase("cache=fast", "invalid cache option 'fast'")]
    [TestCase("index=1,unit=0", "index cannot be used with bus and unit")]
    [TestCase("readonly=on", "readonly is not supported by this bus type")]
    [TestCase("rerror=enospc", "'enospc' invalid read error action")]
    [TestCase("if=floppy,werror=stop", "werror is not supported by this bus type")]
    [TestCase("cyls=20000,heads=1,secs=1", "invalid physical cyls number")]
    [TestCase("cyls=20,heads=17,secs=1", "invalid physical heads number")]
    [TestCase("cyls=20,heads=16", "invalid physical secs number")]
    [TestCase("trans=lba", "trans must be used with cyls, heads and secs")]
    [TestCase("cyls=2,heads=2,secs=2,trans=odd", "'odd' invalid translation type")]
    [TestCase("media=cdrom,cyls=2,heads=2,secs=2", "CHS can't be set with media=cdrom")]
    [TestCase("fil=x", "Invalid parameter 'fil'")]
    [TestCase("unit=-1", "out of range")]
    public void MistakesAreNamed(string text, string message) =>
        Assert.That(() => DriveOptions.Parse(text), Throws.TypeOf<ConfigurationException>().With.Message.Contains(message).And.Message.Contains(text));

    [TestCase("-hda", 0, DriveInterface.Ide)]
    [TestCase("-hdb", 1, DriveInterface.Ide)]
    [TestCase("-hdc", 2, DriveInterface.Ide)]
    [TestCase("-hdd", 3, DriveInterface.Ide)]
    [TestCase("-cdrom", 2, DriveInterface.Ide)]
    [TestCase("-fda", 0, DriveInterface.Floppy)]
    [TestCase("-fdb", 1, DriveInterface.Floppy)]
    public void ShortFormsTakeTheirPlace(string option, int index, DriveInterface attach)
    {
        DriveOptions drive = DriveOptions.ParseShort(option, "a,b=c.img");
        Assert.That((drive.Index, drive.Interface, drive.File), Is.EqualTo(((int?)index, attach, "a,b=c.img")));
        Assert.That(drive.Media, Is.EqualTo(option == "-cdrom" ? DriveMedia.Cdrom : DriveMedia.Disk));
    }

    [Test]
    public void DrivesWithoutAPlaceTakeTheFirstFreeOne()
    {
        var table = new DriveTable();
        table.Add(DriveOptions.ParseShort("-hdb", "b"));
        PlacedDrive[] placed = [.. Enumerable.Range(0, 3).Select(i => table.Add(DriveOptions.Parse($"file=x{i}")))];
        Assert.That(placed.Select(p => p.Id), Is.EqualTo((string[])["ide0-hd0", "ide1-hd0", "ide1-hd1"]));
        Assert.That(table.Find(DriveInterface.Ide, 1, 0), Is.SameAs(placed[1]));
        Assert.That(table.Find("ide0-hd1")?.Options.File, Is.EqualTo("b"));
    }

    [Test]
    public void IndexCountsOverBuses()
    {
        var table = new DriveTable();
        PlacedDrive ide = table.Add(DriveOptions.Parse("file=x,index=3"));
        PlacedDrive floppy = table.Add(DriveOptions.Parse("file=x,if=floppy,index=1"));
        PlacedDrive none = table.Add(DriveOptions.Parse("file=x,if=none"));
        Assert.That((ide.Bus, ide.Unit, ide.Id), Is.EqualTo((1, 1, "ide1-hd1")));
        Assert.That((floppy.Bus, floppy.Unit, floppy.Id), Is.EqualTo((0, 1, "floppy1")));
        Assert.That(none.Id, Is.EqualTo("none0"));
    }

    [Test]
    public void ClashesAreErrors()
    {
        var table = new DriveTable();
        table.Add(DriveOptions.ParseShort("-hdc", "c"));
        table.Add(DriveOptions.Parse("file=y,id=disk,if=none"));
        Assert.That(
            () => table.Add(DriveOptions.Parse("file=x,bus=1,unit=0")),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("drive with bus=1, unit=0 (index=2) exists"));
        Assert.That(
            () => table.Add(DriveOptions.Parse("file=x,unit=2")),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("unit 2 too big (max is 1)"));
        Assert.That(
            () => table.Add(DriveOptions.Parse("file=x,id=disk")),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("Duplicate ID 'disk'"));
        Assert.That(
            () => table.Add(DriveOptions.ParseShort("-cdrom", "x.iso")),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("-cdrom x.iso: CD-ROM drives on IDE are not supported yet"));
    }

    [Test]
    public void DriveWithoutAFileCannotBeOpened() =>
        Assert.That(() => BlockBackend.Open(DriveOptions.Parse("if=floppy")), Throws.TypeOf<ConfigurationException>());
}
