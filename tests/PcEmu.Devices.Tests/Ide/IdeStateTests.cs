using CsCheck;
using PcEmu.Core.State;

namespace PcEmu.Devices.Tests.Ide;

public sealed class IdeStateTests
{
    private const int PciBytes = 4 + 256 + 16;

    // The section as qemu-kvm 1.0 wrote it for a guest that had read its disk by DMA, with a CD-ROM drive as secondary master.
    private const string FromQemu =
        "00000002868010700500800200800101000000000000000000000000000000000000000001c000000000000000000000" +
        "f41a00110000000000000000000000000000000000800080000000000000000000000000000000000000000000000000" +
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" +
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" +
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" +
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000a000000000000000" +
        "005100000001ff051069646520626d646d612f7374617475730000000120000000000000000000000000000000000000" +
        "000000000000000010000000000000000000005200000052000000605000000000000000100000000000000000000151" +
        "0000005101000070500000000000000010000000000000000000010114eb000000000020500000000000000010000000" +
        "0000000000000101ffff0000000000205000000000";

    [Test]
    public void EmptySectionHasTheWiresLength()
    {
        using var host = new IdeTestHost();
        Assert.That(host.Save(), Has.Length.EqualTo(430));
    }

    [Test]
    public void IdentifyAddsItsDataToTheDrive()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0xEC);
        host.In(512);
        byte[] saved = host.Save();
        Assert.That(saved, Has.Length.EqualTo(430 + 512));
        int drive = PciBytes + (2 * 19) + (2 * 2);
        Assert.That(saved.AsSpan(drive, 10).ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 16, 0, 0, 0, 1, 0x40, 0 }));
    }

    [Test]
    public void DataUnderWayAddsTheBuffer()
    {
        TestMedium medium = IdeTestHost.Numbered(64);
        using var host = new IdeTestHost(medium);
        host.Command(0x20, lba: 1, count: 2);
        host.In(100);
        byte[] saved = host.Save();
        Assert.That(saved, Has.Length.EqualTo(430 + 6 + 19 + 4 + 4 + 131076 + 4 + 4 + 1 + 4 + 4 - 4));
        using var other = new IdeTestHost(medium);
        other.Load(saved);
        Assert.That(other.In(924), Is.EqualTo(medium.Bytes.AsSpan(512 + 100, 924).ToArray()));
        Assert.That(other.Status, Is.EqualTo(0x50));
    }

    [Test]
    public void SectionOfQemuIsReadAndWrittenAsItWas()
    {
        using var host = new IdeTestHost(new TestMedium(4096));
        byte[] wire = Convert.FromHexString(FromQemu);
        host.Load(wire);
        Assert.That(host.Save(), Is.EqualTo(wire));
        Assert.That(host.In8(IdeTestHost.BusMaster + 2), Is.EqualTo(0x20), "the drive can do DMA");
    }

    [TestCase(0, 0x11, TestName = "HostileMultipleCountIsRefused")]
    [TestCase(11, 0x10, TestName = "HostileSectorCountIsRefused")]
    public void HostileNumberIsRefused(int offset, byte value)
    {
        using var host = new IdeTestHost(new TestMedium(64));
        byte[] wire = host.Save();
        wire[PciBytes + (2 * 19) + (2 * 2) + offset] = value;
        Assert.That(() => host.Load(wire), Throws.TypeOf<StateException>());
    }

    [Test]
    public void HostileUnitIsRefused()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        byte[] wire = host.Save();
        wire[PciBytes + (2 * 19) + 1] = 2;
        Assert.That(() => host.Load(wire), Throws.TypeOf<StateException>());
    }

    [Test]
    public void HostileBufferPositionIsRefused()
    {
        using var host = new IdeTestHost(new TestMedium(64));
        host.Command(0x20);
        byte[] wire = host.Save();
        int position = wire.AsSpan().IndexOf("ide_drive/pio_state"u8) + 19 + 4 + 4 + 131076;
        wire[position + 1] = 0x02;
        Assert.That(() => host.Load(wire), Throws.TypeOf<StateException>());
    }

    [Test]
    public void DamagedSectionsNeverHurt()
    {
        using var source = new IdeTestHost(IdeTestHost.Numbered(64));
        source.Command(0x30, lba: 3, count: 5);
        source.OutRun(2, new byte[700]);
        byte[] wire = source.Save();
        int interesting = wire.Length - 131076;
        Gen.Select(Gen.Int[0, interesting - 1], Gen.Byte, Gen.Int[0, 3]).Sample(
            (at, value, resumes) =>
            {
                byte[] damaged = [.. wire];
                damaged[at < 500 ? at : at + 131076] = value;
                using var host = new IdeTestHost(IdeTestHost.Numbered(64));
                try
                {
                    var reader = new StateReader(damaged);
                    StateSection section = host.Ide.StateSections.Single();
                    section.Load(ref reader, section.Version);
                }
                catch (StateException)
                {
                    return;
                }

                for (int i = 0; i < resumes; i++)
                {
                    host.Ide.Resume();
                    host.InRun(2, new byte[4096]);
                    host.OutRun(2, new byte[4096]);
                }
            },
            iter: 300);
    }

    [Test]
    public void RandomTrafficNeverHurtsAndTheStateSurvivesALoad()
    {
        Gen<(int Kind, int Port, uint Value)> operation = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 31], Gen.UInt);
        operation.Array[0, 120].Sample(
            operations =>
            {
                using var host = new IdeTestHost(IdeTestHost.Numbered(600), IdeTestHost.Numbered(20));
                host.Describe((0x4000, 0x400), (0x8000, 0x2000), (0xFFFFFF00, 0x1000));
                foreach ((int kind, int port, uint value) in operations)
                {
                    Drive(host, kind, port, value);
                }

                byte[] saved = host.Save();
                using var other = new IdeTestHost(IdeTestHost.Numbered(600), IdeTestHost.Numbered(20));
                other.Load(saved);
                Assert.That(other.Save(), Is.EqualTo(saved));
            },
            iter: 150);
    }

    // Commands that reach deep, so that random traffic does more than write task files.
    private static ReadOnlySpan<byte> Commands =>
    [
        0x20, 0x24, 0x29, 0x30, 0x34, 0x39, 0xC4, 0xC5, 0xC6, 0xC8, 0xCA, 0x25, 0x35, 0xEC, 0xEF, 0x91, 0xB0, 0x90, 0x27, 0xF8, 0x40, 0xE7,
    ];

    private static void Drive(IdeTestHost host, int kind, int port, uint value)
    {
        switch (kind)
        {
            case 0:
                host.Out8(0x1F7, Commands[(int)(value % (uint)Commands.Length)]);
                break;
            case 1:
                host.Out8(0x1F0 + (port & 7), (int)value);
                break;
            case 2:
                host.In8(0x1F0 + (port & 7));
                break;
            case 3:
                host.InRun(port % 2 == 0 ? 2 : 4, new byte[(value & 0x7FF) * 4]);
                break;
            case 4:
                host.OutRun(port % 2 == 0 ? 2 : 4, new byte[(value & 0x7FF) * 4]);
                break;
            case 5:
                host.Out8(IdeTestHost.BusMaster + (port & 3), (int)value);
                break;
            case 6:
                host.Out8(IdeTestHost.BusMaster, (int)(value & 9));
                break;
            case 7:
                host.Out8(0x3F6, port > 24 ? (int)value : 0);
                break;
            case 8:
                host.Command(Commands[(int)(value % (uint)Commands.Length)], value & 0x1F, port, (int)(value >> 31));
                break;
            default:
                host.Out32(IdeTestHost.BusMaster + 4, port > 28 ? value : IdeTestHost.Table);
                break;
        }
    }
}
