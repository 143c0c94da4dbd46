using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Pci;

public sealed class I440FxTests
{
    private const int Smram = 0x72;
    private const ulong LowRam = 0x200000;

    [Test]
    public void HeaderAndResetValuesAreThe82441Fxs()
    {
        using var pc = new Board();
        Assert.Multiple(() =>
        {
            Assert.That(pc.Host.Read(pc.Chip, 0x00, 4), Is.EqualTo(0x1237_8086));
            Assert.That(pc.Host.Read(pc.Chip, 0x08, 4), Is.EqualTo(0x0600_0002));
            Assert.That(pc.Host.Read(pc.Chip, 0x2C, 4), Is.EqualTo(0x1100_1AF4));
            Assert.That(pc.Host.Read(pc.Chip, Smram, 1), Is.EqualTo(0x02));
            Assert.That(pc.Host.Read(pc.Chip, 0x59, 1), Is.Zero);
        });
    }

    [Test]
    public void EachPamNibbleRulesItsOwnSegment()
    {
        for (int i = 0; i < 13; i++)
        {
            using var pc = new Board();
            int register = 0x59 + ((i + 1) / 2);
            pc.Host.Write(pc.Chip, register, i % 2 == 0 ? 0x30u : 0x03u, 1);
            ulong start = i == 0 ? 0xF0000 : 0xC0000 + ((ulong)(i - 1) * 0x4000);
            ulong end = i == 0 ? 0x100000 : start + 0x4000;
            for (ulong address = 0xC0000; address < 0x100000; address += 0x4000)
            {
                bool ram = address >= start && address < end;
                Assert.That(pc.SeesRam(address), Is.EqualTo(ram), $"nibble {i}, address {address:x}");
            }
        }
    }

    [TestCase(0, false, false)]
    [TestCase(1, true, false)]
    [TestCase(2, false, false)]
    [TestCase(3, true, true)]
    public void PamAttributesGovernReadsAndWrites(int attribute, bool readsRam, bool writesRam)
    {
        using var pc = new Board();
        pc.Host.Write(pc.Chip, 0x59, (uint)attribute << 4, 1);
        pc.Host.Memory.Write(0xF0000, 0x77, 1);
        Assert.That(pc.Ram.Span(0xF0000, 1)[0], Is.EqualTo(writesRam ? 0x77 : Board.RamByte));
        Assert.That(pc.Host.Memory.Read(0xF0000, 1), Is.EqualTo(readsRam ? (writesRam ? 0x77u : Board.RamByte) : Board.RomByte));
    }

    [Test]
    public void RewritingPamWithItsOwnValueKeepsTheMap()
    {
        using var pc = new Board();
        int changes = 0;
        pc.Host.Memory.Changed += () => changes++;
        pc.Host.Write(pc.Chip, 0x58, 0x3333_3000, 4);
        Assert.That(changes, Is.EqualTo(1));
        pc.Host.Write(pc.Chip, 0x58, 0x3333_3000, 4);
        Assert.That(changes, Is.EqualTo(1));
    }

    [Test]
    public void SmramIsVideoMemoryUnlessOpenOrInSmm()
    {
        using var pc = new Board();
        Assert.That(pc.SeesRam(0xA0000), Is.False);
        pc.Host.Write(pc.Chip, Smram, 0x4A, 1);
        Assert.That(pc.SeesRam(0xA0000), Is.True);
        Assert.That(pc.SeesRam(0xBFFFF), Is.True);
        pc.Host.Write(pc.Chip, Smram, 0x0A, 1);
        Assert.That(pc.SeesRam(0xA0000), Is.False);
        pc.Chip.SmmEnabled = true;
        Assert.That(pc.SeesRam(0xA0000), Is.True);
        pc.Chip.SmmEnabled = false;
        Assert.That(pc.SeesRam(0xA0000), Is.False);
        pc.Host.Write(pc.Chip, Smram, 0x02, 1);
        pc.Chip.SmmEnabled = true;
        Assert.That(pc.SeesRam(0xA0000), Is.False, "G_SMRAME is off");
    }

    [Test]
    public void LockedSmramStaysClosedUntilReset()
    {
        using var pc = new Board();
        pc.Host.Write(pc.Chip, Smram, 0x5A, 1);
        Assert.That(pc.Host.Read(pc.Chip, Smram, 1), Is.EqualTo(0x1A), "D_LCK clears D_OPEN");
        pc.Host.Write(pc.Chip, Smram, 0x4A, 1);
        Assert.That(pc.Host.Read(pc.Chip, Smram, 1), Is.EqualTo(0x1A));
        Assert.That(pc.SeesRam(0xA0000), Is.False);
        Assert.That(pc.Host.GuestErrors, Has.Count.EqualTo(1));
        pc.Chip.Reset();
        pc.Host.Write(pc.Chip, Smram, 0x4A, 1);
        Assert.That(pc.SeesRam(0xA0000), Is.True);
    }

    [Test]
    public void ShadowRamSurvivesAReset()
    {
        using var pc = new Board();
        pc.Host.Write(pc.Chip, 0x59, 0x30, 1);
        pc.Chip.Reset();
        Assert.That(pc.SeesRam(0xF0000), Is.True);
    }

    [Test]
    public void PciHolesReachFromRamToFourGigabytesAndAboveHighRam()
    {
        using var pc = new Board();
        pc.Host.PciMemory.Add(MemoryRegion.Io("low", 4, Board.Echo), LowRam);
        pc.Host.PciMemory.Add(MemoryRegion.Io("top", 4, Board.Echo), 0xFFFF_FFFC);
        pc.Host.PciMemory.Add(MemoryRegion.Io("above", 4, Board.Echo), 0x1_0000_0000);
        pc.Host.PciMemory.Add(MemoryRegion.Io("below", 4, Board.Echo), 0x100000);
        Assert.That(pc.Host.Memory.Find(LowRam)?.Region.Name, Is.EqualTo("low"));
        Assert.That(pc.Host.Memory.Find(0xFFFF_FFFC)?.Region.Name, Is.EqualTo("top"));
        Assert.That(pc.Host.Memory.Find(0x1_0000_0000)?.Region.Name, Is.EqualTo("above"));
        Assert.That(pc.Host.Memory.Find(0x100000)?.Region.Kind, Is.EqualTo(RegionKind.Ram));
    }

    [Test]
    public void LoadingMapsShadowRamAndSmram()
    {
        using var source = new Board();
        source.Host.Write(source.Chip, 0x59, 0x10, 1);
        source.Host.Write(source.Chip, 0x5A, 0x33, 1);
        source.Host.Write(source.Chip, Smram, 0x0A, 1);
        source.Chip.SmmEnabled = true;
        StateSection section = source.Chip.StateSections.Single();
        byte[] saved = PciTestHost.Save(section);
        Assert.That(section.Name, Is.EqualTo("0000:00:00.0/I440FX"));
        Assert.That(section.Version, Is.EqualTo(3));
        Assert.That(saved, Has.Length.EqualTo(277));

        using var target = new Board();
        PciTestHost.Load(target.Chip, saved);
        Assert.That(Map(target), Is.EqualTo(Map(source)));
        Assert.That(target.SeesRam(0xA0000), Is.True);
        Assert.That(target.Chip.SmmEnabled, Is.True);
    }

    [Test]
    public void AnyTrafficSurvivesSaveAndLoad() =>
        Gen.Select(Gen.Int[0, 255], Gen.UInt, Gen.Int[0, 2], Gen.Bool).Array[1, 40].Sample(traffic =>
        {
            using var pc = new Board();
            foreach ((int register, uint value, int width, bool smm) in traffic)
            {
                pc.Host.Write(pc.Chip, register, value, 1 << width);
                pc.Chip.SmmEnabled = smm;
            }

            byte[] saved = PciTestHost.Save(pc.Chip);
            using var copy = new Board();
            PciTestHost.Load(copy.Chip, saved);
            Assert.That(PciTestHost.Save(copy.Chip), Is.EqualTo(saved));
            Assert.That(Map(copy), Is.EqualTo(Map(pc)));
        });

    private static IEnumerable<(ulong, ulong, string, bool)> Map(Board pc) =>
        pc.Host.Memory.Ranges.Select(static r => (r.Start, r.Last, r.Region.Name, r.IsWritable));

    private sealed class Board : IDisposable
    {
        public const byte RamByte = 0x52;
        public const byte RomByte = 0x42;

        public Board()
        {
            Host = new PciTestHost();
            Ram = new RamBlock("pc.ram", LowRam);
            Ram.AsSpan().Fill(RamByte);
            MemoryRegion ram = MemoryRegion.Ram("pc.ram", Ram);
            Host.MemoryRoot.Add(ram, 0);
            Host.PciMemory.Add(MemoryRegion.Io("rom", 0x60000, new IoHandlers(static (_, _) => RomByte, static (_, _, _) => { })), 0xA0000);
            Chip = Host.Plug(new I440Fx(Host.Memory, Host.PciMemory, ram, LowRam, 0, Host.Log), 0);
        }

        public static IoHandlers Echo { get; } = new(static (offset, _) => offset, static (_, _, _) => { });

        public PciTestHost Host { get; }

        public RamBlock Ram { get; }

        public I440Fx Chip { get; }

        public bool SeesRam(ulong address) => Host.Memory.Find(address)?.Region.Kind == RegionKind.Ram;

        public void Dispose() => Ram.Dispose();
    }
}
