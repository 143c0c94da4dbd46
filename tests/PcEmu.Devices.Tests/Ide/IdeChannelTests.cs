namespace PcEmu.Devices.Tests.Ide;

public sealed class IdeChannelTests
{
    [Test]
    public void EmptyChannelReadsZeroEverywhere()
    {
        using var host = new IdeTestHost();
        host.Out8(0x1F3, 0x55);
        for (int port = 0x1F1; port <= 0x1F7; port++)
        {
            Assert.That(host.In8(port), Is.Zero, $"port {port:x}");
        }

        Assert.That(host.In8(0x3F6), Is.Zero);
        host.Out8(0x1F7, 0xEC);
        Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)0, 0)));
    }

    [Test]
    public void AbsentSlaveReadsStatusZeroAndTakesNoCommand()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xEC, drive: 1);
        Assert.That((host.Status, host.Interrupts, host.In8(0x1F6)), Is.EqualTo(((byte)0, 0, (byte)0xF0)));
    }

    [Test]
    public void AbsentMasterBesideASlaveAborts()
    {
        using var host = new IdeTestHost(slave: new TestMedium(64));
        host.Command(0xEC);
        Assert.That((host.Status, host.Error), Is.EqualTo(((byte)0x41, (byte)0x04)));
        host.Command(0xEC, drive: 1);
        Assert.That(host.Status, Is.EqualTo(0x58));
    }

    [Test]
    public void BothDrivesTakeTheTaskFile()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64), new TestMedium(64));
        host.Command(0x30, lba: 7, count: 1, drive: 1);
        host.OutRun(2, Enumerable.Repeat((byte)0xA5, 512).ToArray());
        host.Out8(0x1F6, 0xE0);
        Assert.That(host.In8(0x1F3), Is.EqualTo(7));
        host.Command(0x20, lba: 7, count: 1, drive: 1);
        Assert.That(host.In(512), Is.All.EqualTo(0xA5));
    }

    [Test]
    public void NIenHoldsTheInterruptBack()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Out8(0x3F6, 0x02);
        host.Command(0xE7);
        Assert.That((host.Interrupts, host.In8(IdeTestHost.BusMaster + 2)), Is.EqualTo((0, (byte)0)));
    }

    [Test]
    public void AlternateStatusLeavesTheInterrupt()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xE7);
        host.In8(0x3F6);
        Assert.That(host.Irq14Level, Is.True);
        host.In8(0x1F7);
        Assert.That(host.Irq14Level, Is.False);
    }

    [Test]
    public void SoftResetIsBusyWhileSetAndThenShowsTheSignature()
    {
        using var host = new IdeTestHost(new TestMedium(64), new TestMedium(64));
        host.Command(0x20, lba: 0x123456, count: 1, drive: 1);
        host.Command(0x20, drive: 1);
        host.Out8(0x3F6, 0x04);
        Assert.That(host.Status & 0x80, Is.EqualTo(0x80));
        host.Out8(0x3F6, 0x00);
        byte[] registers = [.. Enumerable.Range(0x1F1, 6).Select(host.In8)];
        Assert.That(registers, Is.EqualTo(new byte[] { 1, 1, 1, 0, 0, 0xA0 }));
        Assert.That(host.Status, Is.EqualTo(0x50));
    }

    [Test]
    public void DiagnosticSelectsTheMaster()
    {
        using var host = new IdeTestHost(new TestMedium(64), new TestMedium(64));
        host.Command(0x90, lba: 0x123456, drive: 1);
        Assert.That((host.In8(0x1F6), host.Error, host.Status, host.Interrupts), Is.EqualTo(((byte)0xA0, (byte)1, (byte)0x50, 1)));
    }

    [Test]
    public void TaskFileIsLockedWhileDataIsAwaited()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0x20, lba: 5);
        byte sector = host.In8(0x1F3);
        host.Out8(0x1F3, 0x77);
        host.Out8(0x1F7, 0xEC);
        Assert.That((host.In8(0x1F3), host.Status), Is.EqualTo((sector, (byte)0x58)));
    }

    [Test]
    public void DataPortMixesWidths()
    {
        TestMedium medium = IdeTestHost.Numbered(1);
        using var host = new IdeTestHost(medium);
        host.Command(0x20);
        byte[] b = medium.Bytes;
        Assert.That(host.In32(0x1F0), Is.EqualTo(BitConverter.ToUInt32(b, 0)));
        Assert.That(host.In16(0x1F0), Is.EqualTo(BitConverter.ToUInt16(b, 4)));
        Assert.That(host.In8(0x1F0), Is.EqualTo(b[6]), "a byte takes a word");
        Assert.That(host.In16(0x1F0), Is.EqualTo(BitConverter.ToUInt16(b, 8)));
    }

    [Test]
    public void DataPortWithoutDrqReadsZero()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(1));
        Assert.That((host.In16(0x1F0), host.In32(0x1F0)), Is.EqualTo(((ushort)0, 0u)));
        byte[] run = [1, 2, 3, 4];
        host.InRun(2, run);
        Assert.That(run, Is.All.Zero);
    }

    [Test]
    public void RunOfReadsEqualsSingleReads()
    {
        using var one = new IdeTestHost(IdeTestHost.Numbered(8));
        using var two = new IdeTestHost(IdeTestHost.Numbered(8));
        one.Command(0x20, count: 3);
        two.Command(0x20, count: 3);
        byte[] run = new byte[1600];
        one.InRun(2, run);
        byte[] single = [.. Enumerable.Range(0, 800).SelectMany(_ => BitConverter.GetBytes(two.In16(0x1F0)))];
        Assert.That(run, Is.EqualTo(single));
        Assert.That((one.Status, one.Interrupts), Is.EqualTo((two.Status, two.Interrupts)));
    }

    [Test]
    public void SecondaryChannelHasItsOwnInterrupt()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        var disk = new Devices.Ide.AtaDisk(new TestMedium(64), "1.0");
        disk.Realize();
        host.Ide.Attach(1, 0, disk);
        host.Out8(0x176, 0xE0);
        host.Out8(0x177, 0xEC);
        Assert.That((host.Irq15Level, host.Irq14Level), Is.EqualTo((true, false)));
        Assert.That(host.In8(0x376), Is.EqualTo(0x58));
        byte[] identity = [.. Enumerable.Range(0, 256).SelectMany(_ => BitConverter.GetBytes(host.In16(0x170)))];
        Assert.That((identity[21], identity[27]), Is.EqualTo(((byte)'Q', (byte)'3')), "serial QM00003");
    }
}
