using CsCheck;
using PcEmu.Core;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;

namespace PcEmu.Devices.Tests.Pci;

public sealed class Piix3Tests
{
    private const int Pirqrc = 0x60;

    [Test]
    public void HeaderAndResetValuesAreThe82371Sbs()
    {
        var pc = new Board();
        Assert.Multiple(() =>
        {
            Assert.That(pc.Host.Read(pc.Chip, 0x00, 4), Is.EqualTo(0x7000_8086));
            Assert.That(pc.Host.Read(pc.Chip, 0x04, 4), Is.EqualTo(0x0200_0000));
            Assert.That(pc.Host.Read(pc.Chip, 0x08, 4), Is.EqualTo(0x0601_0000));
            Assert.That(pc.Host.Read(pc.Chip, 0x0E, 1), Is.EqualTo(0x80));
            Assert.That(pc.Host.Read(pc.Chip, 0x4C, 4), Is.EqualTo(0x0003_004D));
            Assert.That(pc.Host.Read(pc.Chip, Pirqrc, 4), Is.EqualTo(0x8080_8080));
            Assert.That(pc.Host.Read(pc.Chip, 0x69, 1), Is.EqualTo(0x02));
            Assert.That(pc.Host.Read(pc.Chip, 0x70, 1), Is.EqualTo(0x80));
            Assert.That(pc.Host.Read(pc.Chip, 0x76, 2), Is.EqualTo(0x0C0C));
            Assert.That(pc.Host.Read(pc.Chip, 0x78, 2), Is.EqualTo(0x0002));
            Assert.That(pc.Host.Read(pc.Chip, 0xA0, 1), Is.EqualTo(0x08));
            Assert.That(pc.Host.Read(pc.Chip, 0xA8, 1), Is.EqualTo(0x0F));
        });
    }

    [Test]
    public void WireReachesTheLineItIsRoutedTo()
    {
        var pc = new Board();
        pc.A.Intx.Set(true);
        Assert.That(pc.High, Is.Empty, "disabled after reset");
        pc.Host.Write(pc.Chip, Pirqrc + 2, 11, 1);
        Assert.That(pc.High, Is.EqualTo("11"));
        pc.Host.Write(pc.Chip, Pirqrc + 2, 10, 1);
        Assert.That(pc.High, Is.EqualTo("10"));
        pc.A.Intx.Set(false);
        Assert.That(pc.High, Is.Empty);
    }

    [Test]
    public void DisableBitCutsTheRoute()
    {
        var pc = new Board();
        pc.Host.Write(pc.Chip, Pirqrc + 2, 11, 1);
        pc.A.Intx.Set(true);
        pc.Host.Write(pc.Chip, Pirqrc + 2, 0x8B, 1);
        Assert.That(pc.High, Is.Empty);
        Assert.That(pc.Chip.RouteOf(2), Is.EqualTo(-1));
    }

    [Test]
    public void WiresOnOneLineAreOrTogether()
    {
        var pc = new Board();
        pc.Host.Write(pc.Chip, Pirqrc, 0x0B0B_0B0B, 4);
        pc.A.Intx.Set(true);
        pc.B.Intx.Set(true);
        pc.A.Intx.Set(false);
        Assert.That(pc.High, Is.EqualTo("11"));
        pc.B.Intx.Set(false);
        Assert.That(pc.High, Is.Empty);
    }

    [Test]
    public void ResetControlRemembersTheTypeAndResetsOnRcpu()
    {
        var pc = new Board();
        pc.Host.Out8(0xCF9, 0x02);
        Assert.That(pc.Host.In8(0xCF9), Is.EqualTo(0x02));
        Assert.That(pc.Resets, Is.Empty);
        pc.Host.Out8(0xCF9, 0x06);
        pc.Host.Out8(0xCF9, 0x04);
        Assert.That(string.Join(' ', pc.Resets), Is.EqualTo("True False"));
        Assert.That(pc.Host.In8(0xCF9), Is.EqualTo(0x02));
        pc.Chip.Reset();
        Assert.That(pc.Host.In8(0xCF9), Is.Zero);
    }

    [Test]
    public void ResetControlTravelsOnlyWhenItIsNotZero()
    {
        var pc = new Board();
        Assert.That(PciTestHost.Save(pc.Chip), Has.Length.EqualTo(292));
        pc.Host.Out8(0xCF9, 0x02);
        byte[] saved = PciTestHost.Save(pc.Chip);
        Assert.That(saved[292..], Is.EqualTo((byte[])[5, 9, .. "PIIX3/rcr"u8, 0, 0, 0, 1, 2]));
        var copy = new Board();
        PciTestHost.Load(copy.Chip, saved);
        Assert.That(copy.Host.In8(0xCF9), Is.EqualTo(0x02));
    }

    [Test]
    public void LoadedLevelsDriveTheLinesAgain()
    {
        var pc = new Board();
        pc.Host.Write(pc.Chip, Pirqrc + 2, 11, 1);
        pc.A.Intx.Set(true);
        byte[] saved = PciTestHost.Save(pc.Chip);
        Assert.That(saved[^16..], Is.EqualTo(Convert.FromHexString("00000000000000000000000100000000")));

        var copy = new Board();
        PciTestHost.Load(copy.Host.Bus, PciTestHost.Save(pc.Host.Bus));
        PciTestHost.Load(copy.Chip, saved);
        PciTestHost.Load(copy.A, PciTestHost.Save(pc.A));
        Assert.That(copy.High, Is.EqualTo("11"));
        copy.A.Intx.Set(false);
        Assert.That(copy.High, Is.Empty);
    }

    [Test]
    public void VersionTwoHasNoLevels()
    {
        var pc = new Board();
        byte[] saved = PciTestHost.Save(pc.Chip)[..276];
        PciTestHost.Load(pc.Chip, saved, version: 2);
        Assert.That(PciTestHost.Save(pc.Chip)[..276], Is.EqualTo(saved));
        Assert.Throws<StateException>(() => PciTestHost.Load(pc.Chip, saved, version: 1));
    }

    [Test]
    public void AnyTrafficSurvivesSaveAndLoad() =>
        Gen.Select(Gen.Int[0, 255], Gen.UInt, Gen.Int[0, 2], Gen.Int[0, 7]).Array[1, 40].Sample(traffic =>
        {
            var pc = new Board();
            foreach ((int register, uint value, int width, int levels) in traffic)
            {
                pc.Host.Write(pc.Chip, register, value, 1 << width);
                pc.A.Intx.Set((levels & 1) != 0);
                pc.B.Intx.Set((levels & 2) != 0);
                if ((levels & 4) != 0)
                {
                    pc.Host.Out8(0xCF9, (int)value & 0xFF);
                }
            }

            byte[] saved = PciTestHost.Save(pc.Chip);
            var copy = new Board();
            PciTestHost.Load(copy.Host.Bus, PciTestHost.Save(pc.Host.Bus));
            PciTestHost.Load(copy.Chip, saved);
            Assert.That(PciTestHost.Save(copy.Chip), Is.EqualTo(saved));
            Assert.That(copy.High, Is.EqualTo(pc.High));
        });

    private sealed class Board
    {
        private readonly bool[] _lines = new bool[16];

        public Board()
        {
            Host = new PciTestHost();
            Chip = new Piix3([.. Enumerable.Range(0, 16).Select(n => new IrqLine(level => _lines[n] = level))], Resets.Add);
            Host.Bus.Add(Chip, 8);
            Chip.Connect(Host.Ports);
            Chip.Realize();
            Chip.Reset();
            A = Host.Plug(new Card(), 3 * 8); // INTA of slot 3 is PIRQC
            B = Host.Plug(new Card(), 4 * 8); // INTA of slot 4 is PIRQD
        }

        public PciTestHost Host { get; }

        public Piix3 Chip { get; }

        public Card A { get; }

        public Card B { get; }

        public List<bool> Resets { get; } = [];

        public string High => string.Join(' ', _lines.Index().Where(static l => l.Item).Select(static l => l.Index));
    }

    private sealed class Card : PciDevice
    {
        private static readonly StateDescription<Card> State = new("card", 2, 2) { PciField<Card>() };

        public Card()
            : base(new PciIdentity(0x1234, 0x0001, 0xFF00)) => Config.Bytes[PciHeader.InterruptPin] = 1;

        public override string Driver => "card";

        public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];
    }
}
