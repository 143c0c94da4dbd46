using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Tests.Pci;

namespace PcEmu.Devices.Tests.Acpi;

public sealed class Piix4PmStateTests
{
    // What follows the PCI structure in a Linux guest's section: SCI_EN, GBL_EN, byte F1h at B2h, GPE0 all enabled.
    private const string LinuxRegisters = "0001" + "0020" + "0001" + "F100" + "FFFFFFFFFFFFFFFF" + "0000000000000000";

    [Test]
    public void VersionThreeIsWhatWeWrite()
    {
        var pc = new PmBoard();
        StateSection section = pc.Chip.StateSections.Single();
        Assert.That(section.Name, Is.EqualTo("0000:00:01.3/piix4_pm"));
        Assert.That(section.Version, Is.EqualTo(3));
        Assert.That(PciTestHost.Save(section), Has.Length.EqualTo(312));
    }

    [Test]
    public void VersionTwoOfQemuKvmHasTwoBytesOfEachGpeRegister()
    {
        var pc = new PmBoard(qemuKvmMigration: true);
        PciTestHost.Load(pc.Chip, Section("0002" + "FFFF" + "00000010" + "00000020"), version: 2);
        CheckLinux(pc);
    }

    [Test]
    public void VersionTwoOfQemuHasEightBytesOfEachGpeRegister()
    {
        var pc = new PmBoard(qemuKvmMigration: false);
        PciTestHost.Load(pc.Chip, Section("0002" + "123456789ABC" + "FFFF" + "000000000001" + "00000010" + "00000020"), version: 2);
        CheckLinux(pc);
    }

    [Test]
    public void VersionThreeHasOneLayoutWhateverTheParameter([Values] bool qemuKvmMigration)
    {
        var pc = new PmBoard(qemuKvmMigration);
        byte[] bytes = Section("0002" + "FFFF" + "00000010" + "00000020");
        PciTestHost.Load(pc.Chip, bytes, version: 3);
        CheckLinux(pc);
        Assert.That(PciTestHost.Save(pc.Chip), Is.EqualTo(bytes));
    }

    [Test]
    public void OneProcessCanLoadBothLayouts()
    {
        var kvm = new PmBoard(qemuKvmMigration: true);
        var git = new PmBoard(qemuKvmMigration: false);
        PciTestHost.Load(git.Chip, Section("0002000000000000" + "FFFF000000000000" + "00000010" + "00000020"), version: 2);
        PciTestHost.Load(kvm.Chip, Section("0002" + "FFFF" + "00000010" + "00000020"), version: 2);
        Assert.That(PciTestHost.Save(kvm.Chip), Is.EqualTo(PciTestHost.Save(git.Chip)));
    }

    [TestCase(1)]
    [TestCase(4)]
    public void OtherVersionsAreRefused(int version)
    {
        var pc = new PmBoard();
        Assert.Throws<StateException>(() => PciTestHost.Load(pc.Chip, Section("0002" + "FFFF" + "00000010" + "00000020"), version));
    }

    [Test]
    public void GpeStatusByteZeroIsTheLowHalfOfItsWord()
    {
        var pc = new PmBoard();
        pc.Chip.AnnouncePlug(3);
        byte[] saved = PciTestHost.Save(pc.Chip);
        Assert.That(Convert.ToHexString(saved[^12..]), Is.EqualTo("000200000000000800000000"));
    }

    [Test]
    public void BridgeHotplugSavesAllBuses()
    {
        var pc = new PmBoard(bridgeHotplug: true);
        pc.Chip.AnnouncePlug(3);
        byte[] saved = PciTestHost.Save(pc.Chip);
        Assert.That(saved, Has.Length.EqualTo(304 + 4 + (256 * 8)));
        var copy = new PmBoard(bridgeHotplug: true);
        PciTestHost.Load(copy.Chip, saved);
        Assert.That(copy.Host.In32(0xAE00), Is.EqualTo(1u << 3));
    }

    [Test]
    public void I2cBusIsIdleOnTheWire()
    {
        var pc = new PmBoard();
        Assert.That(PciTestHost.Save(pc.I2c), Has.Length.EqualTo(1).And.All.EqualTo(0xFF));
        PciTestHost.Load(pc.I2c, [0xFF]);
    }

    [Test]
    public void AnyTrafficSurvivesSaveAndLoad() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 255], Gen.UInt, Gen.Int[0, 2], Gen.Long[0, 5_000_000_000]).Array[1, 60].Sample(traffic =>
        {
            PmBoard pc = new PmBoard().EnableAcpi();
            foreach ((int kind, int register, uint value, int width, long time) in traffic)
            {
                int port = kind switch
                {
                    0 => 0xB2 + (register & 1),
                    1 => PmBoard.PmBase + (register & 0x3F),
                    2 => PmBoard.Gpe + (register & 3),
                    3 => 0xAE00 + (register & 0x0F),
                    4 => 0xB100 + (register & 0x0F),
                    _ => -1,
                };
                if (port >= 0)
                {
                    pc.Host.Io.Write((uint)port, value & (uint.MaxValue >> (32 - (8 << width))), 1 << width);
                    pc.Host.Io.Read((uint)port, 1 << width);
                }
                else if (kind == 5)
                {
                    pc.Host.Write(pc.Chip, register, value, 1 << width);
                    pc.EnableAcpi();
                }
                else
                {
                    pc.Chip.PressPowerButton();
                    pc.Chip.AnnouncePlug(register & 31);
                }

                pc.Clock.Advance(time, pc.Timers);
            }

            byte[] saved = PciTestHost.Save(pc.Chip);
            var copy = new PmBoard();
            copy.Clock.Now = pc.Clock.Now;
            PciTestHost.Load(copy.Chip, saved);
            Assert.That(PciTestHost.Save(copy.Chip), Is.EqualTo(saved));
            Assert.That(copy.Sci, Is.EqualTo(pc.Sci));
            Assert.That(copy.Timers.NextDeadline, Is.EqualTo(pc.Timers.NextDeadline));
            Assert.That(copy.Host.In16(PmBoard.Status), Is.EqualTo(pc.Host.In16(PmBoard.Status)));
        });

    private static void CheckLinux(PmBoard pc)
    {
        Assert.Multiple(() =>
        {
            Assert.That(pc.Host.In16(PmBoard.Control), Is.EqualTo(1), "PMBASE is mapped");
            Assert.That(pc.Host.In16(PmBoard.Enable), Is.EqualTo(0x0020));
            Assert.That(pc.Host.In32(PmBoard.Gpe), Is.EqualTo(0xFFFF_0002));
            Assert.That(pc.Sci, Is.True);
            Assert.That(pc.Host.In8(0xB2), Is.EqualTo(0xF1));
            Assert.That(pc.Host.In32(0xAE00), Is.EqualTo(0x10));
            Assert.That(pc.Host.In32(0xAE04), Is.EqualTo(0x20));
        });
    }

    private static byte[] Section(string gpeAndHotplug)
    {
        PmBoard source = new PmBoard().EnableAcpi();
        byte[] pci = PciTestHost.Save(source.Chip)[..276];
        return [.. pci, .. Convert.FromHexString(LinuxRegisters), .. Convert.FromHexString(gpeAndHotplug)];
    }
}
