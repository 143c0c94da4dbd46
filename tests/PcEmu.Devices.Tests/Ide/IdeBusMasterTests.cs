using CsCheck;
using PcEmu.Core.Block;

namespace PcEmu.Devices.Tests.Ide;

public sealed class IdeBusMasterTests
{
    private const int Bmic = IdeTestHost.BusMaster;
    private const int Bmis = IdeTestHost.BusMaster + 2;
    private const int Bmidtp = IdeTestHost.BusMaster + 4;

    [TestCase(true)]
    [TestCase(false)]
    public void ReadDmaMovesSectorsIntoMemoryWhicheverStartsFirst(bool commandFirst)
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Describe((0x4000, 0x800));
        if (commandFirst)
        {
            host.Command(0xC8, lba: 3, count: 4);
            Assert.That((host.Status, host.Interrupts), Is.EqualTo(((byte)0x58, 0)));
            host.Out8(Bmic, 9);
        }
        else
        {
            host.Out8(Bmic, 9);
            Assert.That(host.In8(Bmis), Is.EqualTo(1));
            host.Command(0xC8, lba: 3, count: 4);
        }

        Assert.That(host.Ram.Span(0x4000, 0x800).ToArray(), Is.EqualTo(medium.Bytes.AsSpan(3 * 512, 0x800).ToArray()));
        Assert.That((host.In8(Bmis), host.Status, host.Irq14Level), Is.EqualTo(((byte)4, (byte)0x50, true)));
        Assert.That(host.In8(0x1F3), Is.EqualTo(7));
        host.Out8(Bmis, 4);
        Assert.That(host.In8(Bmis), Is.Zero);
        host.Out8(Bmic, 0);
        Assert.That(host.In8(Bmic), Is.Zero);
    }

    [Test]
    public void OnePieceOfMemoryIsOneCallToTheMedium()
    {
        TestMedium medium = IdeTestHost.Numbered(256);
        using var host = new IdeTestHost(medium);
        host.Describe((0x10000, 0x8000), (0x18000, 0x8000));
        int before = medium.Calls;
        host.Command(0xC8, lba: 1, count: 128);
        host.Out8(Bmic, 9);
        Assert.That(host.Ram.Span(0x10000, 0x10000).ToArray(), Is.EqualTo(medium.Bytes.AsSpan(512, 0x10000).ToArray()));
        Assert.That(medium.Calls - before, Is.EqualTo(1));
    }

    [Test]
    public void ScatteredOddPiecesKeepTheirOrder()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Describe((0x4002, 0x102), (0x8000, 0x1000), (0x6000, 0xFE), (0xA000, 0x1000));
        host.Command(0xC8, count: 17);
        host.Out8(Bmic, 9);
        ReadOnlySpan<byte> disk = medium.Bytes;
        Assert.That(host.Ram.Span(0x4002, 0x102).SequenceEqual(disk[..0x102]), Is.True);
        Assert.That(host.Ram.Span(0x8000, 0x1000).SequenceEqual(disk.Slice(0x102, 0x1000)), Is.True);
        Assert.That(host.Ram.Span(0x6000, 0xFE).SequenceEqual(disk.Slice(0x1102, 0xFE)), Is.True);
        Assert.That(host.Ram.Span(0xA000, 0x1000).SequenceEqual(disk.Slice(0x1200, 0x1000)), Is.True);
        Assert.That(host.In8(Bmis), Is.EqualTo(4));
    }

    [Test]
    public void WriteDmaMovesSectorsToTheDisk()
    {
        var medium = new TestMedium(2000);
        using var host = new IdeTestHost(medium);
        byte[] data = IdeTestHost.Numbered(512).Bytes;
        data.CopyTo(host.Ram.Span(0x20000, data.Length));
        host.Describe((0x20000, 0), (0x30000, 0x400), (0x30400, 0xFC00), (0x40000, 0), (0x50000, 0));
        host.CommandExt(0x35, lba: 700, count: 512);
        host.Out8(Bmic, 1);
        Assert.That(medium.Bytes.AsSpan(700 * 512, data.Length).ToArray(), Is.EqualTo(data));
        Assert.That((host.In8(Bmis), host.Status), Is.EqualTo(((byte)4, (byte)0x50)));
    }

    [Test]
    public void DmaToMemoryMarksItWritten()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        host.Ram.ClearDirty(PcEmu.Memory.DirtyClient.All, 0, host.Ram.Size);
        host.Describe((0x4000, 0x2000));
        host.Command(0xC8, count: 16);
        host.Out8(Bmic, 9);
        Assert.That(host.Ram.IsDirty(PcEmu.Memory.DirtyClient.Migration, 0x5000, 0x1000), Is.True);
        Assert.That(host.Ram.IsDirty(PcEmu.Memory.DirtyClient.Migration, 0x6000, 0x1000), Is.False);
    }

    [Test]
    public void ShortTableMovesNothingAndGivesNoInterrupt()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        host.Describe((0x4000, 0x200));
        host.Command(0xC8, count: 2);
        host.Out8(Bmic, 9);
        Assert.That((host.In8(Bmis), host.Status, host.Interrupts), Is.EqualTo(((byte)0, (byte)0x50, 0)));
        Assert.That(host.Ram.Span(0x4000, 0x200).ToArray(), Is.All.Zero);
    }

    [Test]
    public void LongTableLeavesActiveSet()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        host.Describe((0x4000, 0x400));
        host.Command(0xC8, count: 1);
        host.Out8(Bmic, 9);
        Assert.That(host.In8(Bmis), Is.EqualTo(5));
        host.Out8(Bmic, 0);
        Assert.That(host.In8(Bmis), Is.EqualTo(4));
    }

    [Test]
    public void TableWithoutEndStopsAfterAPage()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        for (uint at = 0; at < 0x2000; at += 8)
        {
            host.Memory.Write(0x8000 + at, 0x20000, 4);
            host.Memory.Write(0x8004 + at, 2, 4);
        }

        host.Out32(Bmidtp, 0x8000);
        host.Command(0xC8, count: 4);
        host.Out8(Bmic, 9);
        Assert.That((host.In8(Bmis), host.Status), Is.EqualTo(((byte)0, (byte)0x50)), "512 descriptors of 2 bytes are 2 sectors");
    }

    [Test]
    public void DmaPastTheEndAborts()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        host.Describe((0x4000, 0x400));
        host.Command(0xC8, lba: 63, count: 2);
        host.Out8(Bmic, 9);
        Assert.That((host.In8(Bmis), host.Status, host.Error), Is.EqualTo(((byte)4, (byte)0x41, (byte)0x04)));
        Assert.That(host.Ram.Span(0x4000, 0x200).ToArray(), Is.All.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void StoppedDmaIsTriedAgainFromItsStart(bool throughAStream)
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Describe((0x4000, 0x2000));
        medium.Failure = BlockResult.IoError;
        medium.Action = BlockErrorAction.Stop;
        host.Command(0xC8, lba: 2, count: 16);
        host.Out8(Bmic, 9);
        Assert.That((host.In8(Bmis), host.Interrupts), Is.EqualTo(((byte)1, 0)));
        medium.Failure = BlockResult.Ok;
        using var other = new IdeTestHost(medium);
        IdeTestHost target = host;
        if (throughAStream)
        {
            host.Ram.AsSpan().CopyTo(other.Ram.AsSpan());
            other.Load(host.Save());
            target = other;
        }

        target.Ide.Resume();
        Assert.That((target.In8(Bmis), target.Status, target.Interrupts), Is.EqualTo(((byte)4, (byte)0x50, 1)));
        Assert.That(target.Ram.Span(0x4000, 0x2000).ToArray(), Is.EqualTo(medium.Bytes.AsSpan(1024, 0x2000).ToArray()));
    }

    [Test]
    public void WaitingDmaCommandSurvivesALoad()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Out8(Bmic, 8);
        host.Command(0xC8, lba: 2, count: 4);
        using var other = new IdeTestHost(medium);
        other.Load(host.Save());
        other.Describe((0x4000, 0x800));
        other.Out8(Bmic, 9);
        Assert.That(other.Ram.Span(0x4000, 0x800).ToArray(), Is.EqualTo(medium.Bytes.AsSpan(1024, 0x800).ToArray()));
    }

    [Test]
    public void SoftResetForgetsTheWaitingCommand()
    {
        using var host = new IdeTestHost(IdeTestHost.Numbered(64));
        host.Describe((0x4000, 0x200));
        host.Command(0xC8);
        host.Out8(0x3F6, 4);
        host.Out8(0x3F6, 0);
        host.Out8(Bmic, 9);
        Assert.That(host.Ram.Span(0x4000, 0x200).ToArray(), Is.All.Zero);
        Assert.That(host.Interrupts, Is.Zero);
    }

    [Test]
    public void PioAndDmaSeeTheSameDisk()
    {
        const int Sectors = 200;
        var request = Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, Sectors - 1], Gen.Int[1, 80], Gen.Int[1, 0x1000], Gen.Byte);
        request.Array[1, 12].Sample(
            requests =>
            {
                TestMedium medium = IdeTestHost.Numbered(Sectors);
                using var host = new IdeTestHost(medium);
                byte[] model = [.. medium.Bytes];
                foreach ((bool dma, bool write, int sector, int length, int piece, byte value) in requests)
                {
                    int count = Math.Min(length, Sectors - sector);
                    byte[] data = new byte[count * 512];
                    for (int i = 0; write && i < data.Length; i++)
                    {
                        data[i] = (byte)(value + (i * 5));
                    }

                    Transfer(host, dma, write, sector, data, piece * 2);
                    Span<byte> place = model.AsSpan(sector * 512, data.Length);
                    if (write)
                    {
                        data.CopyTo(place);
                    }
                    else
                    {
                        Assert.That(place.SequenceEqual(data), Is.True);
                    }

                    Assert.That(host.In8(0x1F7), Is.EqualTo(0x50));
                }

                Assert.That(medium.Bytes.AsSpan().SequenceEqual(model), Is.True);
            },
            iter: 100);
    }

    [Test]
    public void RegistersHaveTheirOwnRules()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Out32(Bmidtp, 0x12345677);
        Assert.That((host.In32(Bmidtp), host.In8(Bmidtp + 1), host.In16(Bmidtp + 2)), Is.EqualTo((0x12345674u, (byte)0x56, (ushort)0x1234)));
        host.Out8(Bmidtp + 2, 0xAB);
        Assert.That(host.In32(Bmidtp), Is.EqualTo(0x12AB5674u));
        host.Out8(Bmis, 0xFF);
        Assert.That(host.In8(Bmis), Is.EqualTo(0x60), "scratch bits stay, active cannot be set");
        Assert.That((host.In8(Bmic + 1), host.In8(Bmic + 3), host.In16(Bmic)), Is.EqualTo(((byte)0xFF, (byte)0xFF, (ushort)0xFFFF)));
        host.Out8(Bmic, 0xFE);
        Assert.That(host.In8(Bmic), Is.EqualTo(8));
    }

    [Test]
    public void ConfigurationHeaderIsThePiix3s()
    {
        using var host = new IdeTestHost();
        Assert.That(host.Ide.ConfigRead(0, 4), Is.EqualTo(0x70108086u));
        Assert.That(host.Ide.ConfigRead(8, 4), Is.EqualTo(0x01018000u));
        Assert.That(host.Ide.ConfigRead(6, 2), Is.EqualTo(0x0280u));
        host.Ide.ConfigWrite(0x40, 0x8000A307, 4);
        Assert.That(host.Ide.ConfigRead(0x40, 4), Is.EqualTo(0x8000A307u));
        host.Ide.ConfigWrite(0x20, 0xFFFFFFFF, 4);
        Assert.That(host.Ide.ConfigRead(0x20, 4), Is.EqualTo(0xFFFFFFF1u));
    }

    private static void Transfer(IdeTestHost host, bool dma, bool write, int sector, byte[] data, int piece)
    {
        if (!dma)
        {
            host.Command(write ? 0x30 : 0x20, sector, data.Length / 512);
            if (write)
            {
                host.OutRun(2, data);
            }
            else
            {
                host.InRun(4, data);
            }

            return;
        }

        // Pieces with gaps between them, so that none joins its neighbour; a table has at most 512.
        var table = new List<(uint Address, int Length)>();
        uint address = 0x10000;
        for (int at = 0, length; at < data.Length; at += length)
        {
            length = Math.Min(table.Count == 511 ? data.Length : piece, data.Length - at);
            table.Add((address, length));
            data.AsSpan(at, length).CopyTo(host.Ram.Span(address, length));
            address += (uint)length + 2;
        }

        host.Describe([.. table]);
        host.Command(write ? 0xCA : 0xC8, sector, data.Length / 512);
        host.Out8(Bmic, write ? 1 : 9);
        host.Out8(Bmic, 0);
        int start = 0;
        foreach ((uint from, int length) in table)
        {
            host.Ram.Span(from, length).CopyTo(data.AsSpan(start));
            start += length;
        }
    }
}
