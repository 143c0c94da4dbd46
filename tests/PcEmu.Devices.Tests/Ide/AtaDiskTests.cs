using System.Text;
using PcEmu.Core;
using PcEmu.Core.Block;
using PcEmu.Core.Properties;
using PcEmu.Devices.Ide;

namespace PcEmu.Devices.Tests.Ide;

public sealed class AtaDiskTests
{
    private const int Idle = 0x50; // DRDY, DSC
    private const int HasData = 0x58; // and DRQ
    private const int Failed = 0x41; // DRDY, ERR
    private const int Abrt = 0x04;

    [Test]
    public void IdentifyReturnsQemusWords()
    {
        using var host = new IdeTestHost(new TestMedium(2016));
        host.Command(0xEC);
        Assert.That(host.Irq14Level, Is.True);
        Assert.That(host.In8(0x1F7), Is.EqualTo(HasData));
        Assert.That(host.Irq14Level, Is.False, "reading status takes INTRQ back");
        byte[] data = host.In(512);
        Assert.That(host.Status, Is.EqualTo(Idle));
        Assert.Multiple(() =>
        {
            Assert.That(Text(data, 27, 20), Is.EqualTo("QEMU HARDDISK".PadRight(40)));
            Assert.That(Text(data, 10, 10), Is.EqualTo("QM00001".PadRight(20)));
            Assert.That(Text(data, 23, 4), Is.EqualTo("1.0".PadRight(8)));
            Assert.That((host.Word(data, 1), host.Word(data, 3), host.Word(data, 6)), Is.EqualTo(((ushort)2, (ushort)16, (ushort)63)));
            Assert.That(host.Word(data, 0), Is.EqualTo(0x0040));
            Assert.That(host.Word(data, 47), Is.EqualTo(0x8010));
            Assert.That(host.Word(data, 49), Is.EqualTo(0x0B00));
            Assert.That(host.Word(data, 59), Is.EqualTo(0x0110));
            Assert.That(host.Word(data, 60), Is.EqualTo(2016));
            Assert.That(host.Word(data, 80), Is.EqualTo(0x00F0));
            Assert.That(host.Word(data, 83), Is.EqualTo(0x7400));
            Assert.That(host.Word(data, 85), Is.EqualTo(0x4021));
            Assert.That(host.Word(data, 88), Is.EqualTo(0x203F));
            Assert.That(host.Word(data, 100), Is.EqualTo(2016));
            Assert.That(host.Word(data, 106), Is.EqualTo(0x6000));
        });
    }

    [Test]
    public void IdentifyClampsTheShortAddressAndGivesTheLongOne()
    {
        using var host = new IdeTestHost(new TestMedium(1) { SectorCount = 0x1_2345_6789 });
        host.Command(0xEC);
        byte[] data = host.In(512);
        Assert.That((host.Word(data, 60), host.Word(data, 61)), Is.EqualTo(((ushort)0xFFFF, (ushort)0x0FFF)));
        Assert.That((host.Word(data, 100), host.Word(data, 101), host.Word(data, 102)), Is.EqualTo(((ushort)0x6789, (ushort)0x2345, (ushort)1)));
        Assert.That(host.Word(data, 1), Is.EqualTo(16383));
    }

    [Test]
    public void PropertiesShowInIdentify()
    {
        var disk = new AtaDisk(new TestMedium(100), "1.0");
        var bag = new PropertyBag();
        bag.Add(new GlobalProperty("ide-hd", "ver", "0.11"));
        bag.Apply(disk, OptionString.Parse("-device", "serial=ABC,cyls=5,heads=4,secs=3,physical_block_size=4096,model=Disk").Items);
        disk.Realize();
        using var host = new IdeTestHost();
        host.Ide.Attach(0, 0, disk);
        host.Command(0xEC);
        byte[] data = host.In(512);
        Assert.That(Text(data, 10, 10).TrimEnd(), Is.EqualTo("ABC"));
        Assert.That(Text(data, 23, 4).TrimEnd(), Is.EqualTo("0.11"));
        Assert.That(Text(data, 27, 20).TrimEnd(), Is.EqualTo("Disk"));
        Assert.That((host.Word(data, 1), host.Word(data, 3), host.Word(data, 6)), Is.EqualTo(((ushort)5, (ushort)4, (ushort)3)));
        Assert.That(host.Word(data, 106), Is.EqualTo(0x6003));
    }

    [TestCase("cyls=5", "heads must be between 1 and 16")]
    [TestCase("logical_block_size=4096", "logical_block_size must be 512")]
    public void RealizeRefusesWhatADiskCannotBe(string properties, string message)
    {
        var disk = new AtaDisk(new TestMedium(100), "1.0");
        new PropertyBag().Apply(disk, OptionString.Parse("-device", properties).Items);
        Assert.That(disk.Realize, Throws.TypeOf<ConfigurationException>().With.Message.Contains(message));
    }

    [Test]
    public void ReadOnlyMediumIsRefused()
    {
        var disk = new AtaDisk(new TestMedium(100) { IsReadOnly = true }, "1.0");
        Assert.That(disk.Realize, Throws.TypeOf<ConfigurationException>().With.Message.Contains("read-only"));
    }

    [Test]
    public void PlaceCanBeTakenOnce()
    {
        using var host = new IdeTestHost(new TestMedium(100));
        var disk = new AtaDisk(new TestMedium(100), "1.0");
        disk.Realize();
        Assert.That(() => host.Ide.Attach(0, 0, disk), Throws.TypeOf<ConfigurationException>());
        Assert.That(() => host.Ide.Attach(2, 0, disk), Throws.TypeOf<ConfigurationException>());
    }

    [Test]
    public void ReadSectorsInterruptsOncePerSector()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Command(0x20, lba: 5, count: 3);
        for (int sector = 5; sector < 8; sector++)
        {
            Assert.That(host.Interrupts, Is.EqualTo(sector - 4));
            Assert.That(host.In8(0x1F7), Is.EqualTo(HasData));
            Assert.That(host.In(512), Is.EqualTo(medium.Bytes.AsSpan(sector * 512, 512).ToArray()));
        }

        Assert.That(host.Status, Is.EqualTo(Idle));
        Assert.That(host.Interrupts, Is.EqualTo(3));
        Assert.That((host.In8(0x1F2), host.In8(0x1F3)), Is.EqualTo(((byte)0, (byte)8)));
    }

    [Test]
    public void ReadMultipleInterruptsOncePerBlock()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Command(0xC6, count: 8);
        int before = host.Interrupts;
        host.Command(0xC4, lba: 1, count: 20);
        byte[] data = new byte[20 * 512];
        host.InRun(4, data);
        Assert.That(data, Is.EqualTo(medium.Bytes.AsSpan(512, data.Length).ToArray()));
        Assert.That(host.Interrupts - before, Is.EqualTo(3));
        Assert.That(host.Status, Is.EqualTo(Idle));
    }

    [Test]
    public void MultipleModeOffAbortsReadMultiple()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xC6, count: 0);
        Assert.That(host.Status, Is.EqualTo(Idle));
        host.Command(0xC4);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [TestCase(3)]
    [TestCase(32)]
    public void SetMultipleModeTakesPowersOfTwoUpTo16(int count)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xC6, count: count);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [Test]
    public void WriteSectorsAsksForDataWithoutInterruptAndInterruptsAfterEachSector()
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        byte[] data = IdeTestHost.Numbered(2).Bytes;
        host.Command(0x30, lba: 9, count: 2);
        Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)HasData, 0)));
        for (int i = 0; i < 512; i += 2)
        {
            host.Out16(0x1F0, data[i] | (data[i + 1] << 8));
        }

        Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)HasData, 1)));
        host.OutRun(4, data.AsSpan(512));
        Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)Idle, 2)));
        Assert.That(medium.Bytes.AsSpan(9 * 512, 1024).ToArray(), Is.EqualTo(data));
    }

    [Test]
    public void CountOfZeroIs256Sectors()
    {
        TestMedium medium = IdeTestHost.Numbered(300);
        using var host = new IdeTestHost(medium);
        host.Command(0x20, lba: 0, count: 0);
        Assert.That(host.In(256 * 512), Is.EqualTo(medium.Bytes.AsSpan(0, 256 * 512).ToArray()));
        Assert.That(host.Status, Is.EqualTo(Idle));
    }

    [Test]
    public void ReadSectorsExtTakesItsAddressFromBothDepths()
    {
        TestMedium medium = IdeTestHost.Numbered(700);
        using var host = new IdeTestHost(medium);
        host.CommandExt(0x24, lba: 2, count: 0x201);
        Assert.That(host.In(0x201 * 512), Is.EqualTo(medium.Bytes.AsSpan(1024, 0x201 * 512).ToArray()));
        host.CommandExt(0x24, lba: 0x1_0000_0000, count: 1);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [Test]
    public void HobShowsTheOlderByteUntilTheNextWrite()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Out8(0x1F3, 0x11);
        host.Out8(0x1F3, 0x22);
        host.Out8(0x3F6, 0x80);
        Assert.That(host.In8(0x1F3), Is.EqualTo(0x11));
        host.Out8(0x1F2, 1);
        Assert.That(host.In8(0x1F3), Is.EqualTo(0x22));
    }

    [Test]
    public void ChsAddressesFollowInitializeDeviceParameters()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Out8(0x1F6, 0xA0 | 1); // two heads
        host.Out8(0x1F2, 4); // four sectors a track
        host.Out8(0x1F7, 0x91);
        Assert.That(host.Status, Is.EqualTo(Idle));
        host.Out8(0x1F6, 0xA0 | 1);
        host.Out8(0x1F2, 2);
        host.Out8(0x1F3, 4);
        host.Out8(0x1F4, 3);
        host.Out8(0x1F5, 0);
        host.Out8(0x1F7, 0x20);
        int first = (((3 * 2) + 1) * 4) + 3;
        Assert.That(host.In(1024), Is.EqualTo(medium.Bytes.AsSpan(first * 512, 1024).ToArray()));
        Assert.That((host.In8(0x1F3), host.In8(0x1F4), host.In8(0x1F6)), Is.EqualTo(((byte)2, (byte)4, (byte)0xA0)));
    }

    [Test]
    public void ChsSectorZeroIsNoAddress()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Out8(0x1F6, 0xA0);
        host.Out8(0x1F2, 1);
        host.Out8(0x1F3, 0);
        host.Out8(0x1F7, 0x20);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [TestCase(0x20)]
    [TestCase(0x40)]
    [TestCase(0xC4)]
    public void AddressPastTheEndFails(int command)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(command, lba: 64);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
        Assert.That(host.Irq14Level, Is.True);
    }

    [Test]
    public void WriteThatTheMediumRefusesAborts()
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        medium.Failure = BlockResult.ReadOnly;
        host.Command(0x30);
        host.OutRun(2, new byte[512]);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [Test]
    public void IgnoredErrorLooksLikeSuccess()
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        medium.Failure = BlockResult.IoError;
        medium.Action = BlockErrorAction.Ignore;
        host.Command(0x20);
        Assert.That(host.Status, Is.EqualTo(HasData));
        Assert.That(host.In(512), Is.All.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void StoppedWriteIsTriedAgainOnResume(bool throughAStream)
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        int stops = 0;
        host.Ide.Channels[0].StopRequested += () => stops++;
        byte[] data = IdeTestHost.Numbered(1).Bytes;
        medium.Failure = BlockResult.NoSpace;
        medium.Action = BlockErrorAction.Stop;
        host.Command(0x30, lba: 3);
        host.OutRun(2, data);
        Assert.That((stops, host.Interrupts), Is.EqualTo((1, 0)));
        medium.Failure = BlockResult.Ok;
        using var other = new IdeTestHost(medium);
        IdeTestHost target = host;
        if (throughAStream)
        {
            other.Load(host.Save());
            target = other;
        }

        target.Ide.Resume();
        Assert.That((target.Status, target.Interrupts), Is.EqualTo(((byte)Idle, 1)));
        Assert.That(medium.Bytes.AsSpan(3 * 512, 512).ToArray(), Is.EqualTo(data));
    }

    [TestCase(0x00)]
    [TestCase(0x08)]
    [TestCase(0xA0)]
    [TestCase(0xA1)]
    [TestCase(0x06)]
    public void DiskAbortsCommandsThatItDoesNotHave(int command)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(command);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
        host.Command(0x10);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Idle, (byte)0)));
    }

    [TestCase(0x10, Idle)]
    [TestCase(0x70, Idle)]
    [TestCase(0x40, Idle)]
    [TestCase(0xE0, 0x40)]
    [TestCase(0xE7, Idle)]
    [TestCase(0xEA, Idle)]
    [TestCase(0xF5, Idle)]
    public void CommandsWithoutDataInterruptOnce(int command, int status)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(command);
        Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)status, 1)));
    }

    [Test]
    public void CheckPowerModeSaysActive()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xE5, count: 0);
        Assert.That(host.In8(0x1F2), Is.EqualTo(0xFF));
    }

    [Test]
    public void FlushCacheReachesTheMediumAndReportsItsFailure()
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        host.Command(0xE7);
        Assert.That(medium.Flushes, Is.EqualTo(1));
        medium.Failure = BlockResult.IoError;
        host.Command(0xE7);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)Failed, (byte)Abrt)));
    }

    [Test]
    public void SetFeaturesSwitchesTheWriteCache()
    {
        var medium = new TestMedium(64);
        using var host = new IdeTestHost(medium);
        host.Subcommand(0xEF, 0x82);
        Assert.That((medium.WriteCache, medium.Flushes), Is.EqualTo((false, 1)));
        host.Command(0xEC);
        Assert.That(host.Word(host.In(512), 85), Is.EqualTo(0x4001));
        host.Subcommand(0xEF, 0x02);
        host.Command(0xEC);
        Assert.That(host.Word(host.In(512), 85), Is.EqualTo(0x4021));
        Assert.That(medium.WriteCache, Is.True);
    }

    [TestCase(0x42, 88, 0x043F)]
    [TestCase(0x22, 63, 0x0407)]
    [TestCase(0x11, 62, 0x0207)]
    public void SetFeaturesShowsTheTransferMode(int mode, int word, int expected)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Subcommand(0xEF, 0x03, mode);
        Assert.That(host.Status, Is.EqualTo(Idle));
        host.Command(0xEC);
        Assert.That(host.Word(host.In(512), word), Is.EqualTo(expected));
    }

    [Test]
    public void SetFeaturesAbortsUnknownSubcommands()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Subcommand(0xEF, 0x77);
        Assert.That(host.Status, Is.EqualTo(Failed));
        host.Subcommand(0xEF, 0x03, 0x18);
        Assert.That(host.Status, Is.EqualTo(Failed));
    }

    [Test]
    public void ReadNativeMaxGivesTheLastSector()
    {
        using var host = new IdeTestHost(new TestMedium(1) { SectorCount = 0x2_0000_0001 });
        host.Command(0xF8);
        Assert.That((host.In8(0x1F3), host.In8(0x1F5), host.In8(0x1F6) & 0x0F), Is.EqualTo(((byte)0xFF, (byte)0xFF, 0x0F)));
        host.CommandExt(0x27, 0, 0);
        Assert.That(host.In8(0x1F3), Is.Zero);
        host.Out8(0x3F6, 0x80);
        Assert.That(host.In8(0x1F4), Is.EqualTo(2));
    }

    [Test]
    public void SmartNeedsItsKeyAndSumsItsSectors()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Subcommand(0xB0, 0xD0, 1);
        Assert.That(host.Status, Is.EqualTo(Failed));
        foreach (int feature in (int[])[0xD0, 0xD1, 0xD5])
        {
            host.Subcommand(0xB0, feature, 1, lba: 0xC24F06);
            byte[] data = host.In(512);
            Assert.That(data.Sum(b => b) & 0xFF, Is.Zero);
            Assert.That(data[0], Is.EqualTo(1));
        }

        host.Subcommand(0xB0, 0xDA, 1, lba: 0xC24F00);
        Assert.That((host.Status, host.In8(0x1F4), host.In8(0x1F5)), Is.EqualTo(((byte)Idle, (byte)0x4F, (byte)0xC2)));
        host.Subcommand(0xB0, 0xD9, 1, lba: 0xC24F00);
        host.Subcommand(0xB0, 0xD0, 1, lba: 0xC24F00);
        Assert.That(host.Status, Is.EqualTo(Failed), "SMART is disabled");
    }

    [Test]
    public void SmartSelfTestIsLogged()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Subcommand(0xB0, 0xD4, 0, lba: 0xC24F02);
        host.Subcommand(0xB0, 0xD5, 1, lba: 0xC24F06);
        byte[] log = host.In(512);
        Assert.That((log[508], log[2]), Is.EqualTo(((byte)1, (byte)2)));
    }

    private static string Text(byte[] data, int word, int words)
    {
        byte[] text = data.AsSpan(word * 2, words * 2).ToArray();
        for (int i = 0; i < text.Length; i += 2)
        {
            (text[i], text[i + 1]) = (text[i + 1], text[i]);
        }

        return Encoding.ASCII.GetString(text);
    }
}
