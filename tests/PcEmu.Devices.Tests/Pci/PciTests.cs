using CsCheck;
using PcEmu.Core;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Pci;

public sealed class PciTests
{
    private const int Command = PciHeader.Command;

    [Test]
    public void HeaderShowsIdentityAndSubsystem()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice());
        Assert.Multiple(() =>
        {
            Assert.That(host.Read(device, 0x00, 4), Is.EqualTo(0x5678_1234));
            Assert.That(host.Read(device, 0x08, 4), Is.EqualTo(0x0280_0103));
            Assert.That(host.Read(device, 0x2C, 4), Is.EqualTo(0x1100_1AF4));
            Assert.That(host.Read(device, 0x02, 2), Is.EqualTo(0x5678));
            Assert.That(host.Read(device, 0x03, 1), Is.EqualTo(0x56));
        });
    }

    [Test]
    public void ReadOnlyBytesKeepTheirValue()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice());
        host.Write(device, 0x00, 0, 4);
        host.Write(device, 0x08, 0, 4);
        Assert.That(host.Read(device, 0x00, 4), Is.EqualTo(0x5678_1234));
        Assert.That(host.Read(device, 0x08, 4), Is.EqualTo(0x0280_0103));
    }

    [Test]
    public void AbsentFunctionReadsAllOnes()
    {
        var host = new PciTestHost();
        host.Plug(new TestDevice(), 3 * 8);
        Assert.That(host.Read(4 * 8, 0, 4), Is.EqualTo(0xFFFF_FFFF));
        Assert.That(host.Read(4 * 8, 0, 2), Is.EqualTo(0xFFFF));
        host.Out32(0xCF8, 0x8001_1800);
        Assert.That(host.In32(0xCFC), Is.EqualTo(0xFFFF_FFFF), "bus 1");
    }

    [Test]
    public void DisabledConfigurationMechanismReachesNobody()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice(), 8);
        host.Out32(0xCF8, 0x0000_0800);
        Assert.That(host.In32(0xCFC), Is.EqualTo(0xFFFF_FFFF));
        host.Out8(0xCFC + 2, 0);
        host.Out32(0xCF8, 0x0000_083C);
        host.Out8(0xCFC, 0x5A);
        Assert.That(host.Read(device, 0x3C, 1), Is.Zero);
    }

    [Test]
    public void OnlyDwordWritesReachTheConfigurationAddress()
    {
        var host = new PciTestHost();
        byte reset = 0x04;
        host.Ports.ConnectResetControl(() => reset, v => reset = v);
        host.Out32(0xCF8, 0x8000_1234);
        host.Out8(0xCF8, 0xFF);
        host.Out16(0xCF8, 0xFFFF);
        Assert.That(host.In32(0xCF8), Is.EqualTo(0x8000_1234));
        Assert.That(host.In8(0xCF9), Is.EqualTo(0x04));
        host.Out8(0xCF9, 0x02);
        Assert.That(reset, Is.EqualTo(0x02));
        Assert.That(host.In32(0xCF8), Is.EqualTo(0x8000_1234));
    }

    [Test]
    public void MemoryBarAppearsWhereItIsWrittenAndDecodingIsOn()
    {
        var host = new PciTestHost();
        host.MemoryRoot.Add(host.PciMemory, 0);
        TestDevice device = host.Plug(new TestDevice());
        host.Write(device, 0x10, 0xE000_0000, 4);
        Assert.That(host.Memory.Find(0xE000_0000), Is.Null);
        host.Write(device, Command, PciHeader.CommandMemory, 2);
        Assert.That(host.Memory.Read(0xE000_0010, 4), Is.EqualTo(0x10));
        host.Write(device, 0x10, 0xE100_0000, 4);
        Assert.That(host.Memory.Find(0xE000_0000), Is.Null);
        Assert.That(host.Memory.Read(0xE100_0020, 4), Is.EqualTo(0x20));
        host.Write(device, Command, 0, 2);
        Assert.That(host.Memory.Find(0xE100_0000), Is.Null);
    }

    [Test]
    public void SizingABarUnmapsItAndShowsSizeAndType()
    {
        var host = new PciTestHost();
        host.MemoryRoot.Add(host.PciMemory, 0);
        TestDevice device = host.Plug(new TestDevice());
        host.Write(device, Command, PciHeader.CommandMemory | PciHeader.CommandIo, 2);
        host.Write(device, 0x10, 0xE000_0000, 4);
        host.Write(device, 0x10, 0xFFFF_FFFF, 4);
        host.Write(device, 0x14, 0xFFFF_FFFF, 4);
        host.Write(device, 0x18, 0xFFFF_FFFF, 4);
        host.Write(device, 0x1C, 0xFFFF_FFFF, 4);
        Assert.Multiple(() =>
        {
            Assert.That(host.Read(device, 0x10, 4), Is.EqualTo(0xFFFF_F008));
            Assert.That(host.Read(device, 0x14, 4), Is.EqualTo(0xFFFF_FFE1));
            Assert.That(host.Read(device, 0x18, 4), Is.EqualTo(0xFFFF_0004));
            Assert.That(host.Read(device, 0x1C, 4), Is.EqualTo(0xFFFF_FFFF));
            Assert.That(host.Memory.Ranges, Is.Empty);
            Assert.That(host.Io.Ranges, Has.Count.EqualTo(2));
        });
    }

    [Test]
    public void SixtyFourBitBarReachesAboveFourGigabytes()
    {
        var host = new PciTestHost();
        host.MemoryRoot.Add(host.PciMemory, 0);
        TestDevice device = host.Plug(new TestDevice());
        host.Write(device, Command, PciHeader.CommandMemory, 2);
        host.Write(device, 0x18, 0x1234_0000, 4);
        host.Write(device, 0x1C, 0x80, 4);
        Assert.That(host.Memory.Read(0x80_1234_0008, 4), Is.EqualTo(8));
        device.Reset();
        Assert.That(host.Read(device, 0x18, 4), Is.EqualTo(4));
        Assert.That(host.Read(device, 0x1C, 4), Is.Zero);
        Assert.That(host.Memory.Ranges, Is.Empty);
    }

    [TestCase(0x0000_C000u, true)]
    [TestCase(0x0000_0000u, false)]
    [TestCase(0x0001_0000u, false)]
    [TestCase(0x0000_FFE0u, true)]
    public void IoBarDecodesBelow64KiBAndNotAtZero(uint address, bool decoded)
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice());
        host.Write(device, Command, PciHeader.CommandIo, 2);
        host.Write(device, 0x14, address, 4);
        Assert.That(host.Io.Find(address) is not null, Is.EqualTo(decoded));
    }

    [Test]
    public void ExpansionRomNeedsItsEnableBit()
    {
        var host = new PciTestHost();
        host.MemoryRoot.Add(host.PciMemory, 0);
        TestDevice device = host.Plug(new TestDevice(), 5 * 8);
        device.AttachRom("test.rom", [0x55, 0xAA, 0x03]);
        host.Write(device, Command, PciHeader.CommandMemory, 2);
        host.Write(device, 0x30, 0xC000_0000, 4);
        Assert.That(host.Memory.Find(0xC000_0000), Is.Null);
        host.Write(device, 0x30, 0xC000_0001, 4);
        Assert.That(host.Memory.Read(0xC000_0000, 4), Is.EqualTo(0x0003_AA55));
        host.Memory.Write(0xC000_0000, 0, 4);
        Assert.That(host.Memory.Read(0xC000_0000, 4), Is.EqualTo(0x0003_AA55));
        Assert.That(device.RomBlock!.Name, Is.EqualTo("0000:00:05.0/test.rom"));
    }

    [TestCase(1, 1, 0)]
    [TestCase(1, 2, 1)]
    [TestCase(3, 1, 2)]
    [TestCase(4, 4, 2)]
    public void PinsAreTwistedBySlot(int slot, int pin, int pirq)
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice(), slot * 8);
        device.Config.Bytes[PciHeader.InterruptPin] = (byte)pin;
        device.Intx.Set(true);
        Assert.That(host.Pirqs.Index().Where(static p => p.Item).Select(static p => p.Index), Is.EqualTo(new[] { pirq }));
        Assert.That(host.Read(device, PciHeader.Status, 2) & PciHeader.StatusInterrupt, Is.Not.Zero);
        device.Intx.Set(false);
        Assert.That(host.Pirqs, Has.All.False);
    }

    [Test]
    public void SharedWireStaysHighUntilTheLastLetsGo()
    {
        var host = new PciTestHost();
        TestDevice a = host.Plug(new TestDevice(), 1 * 8);
        TestDevice b = host.Plug(new TestDevice(), 5 * 8);
        a.Intx.Set(true);
        b.Intx.Set(true);
        b.Intx.Set(true);
        a.Intx.Set(false);
        Assert.That(host.Pirqs[0], Is.True);
        b.Reset();
        Assert.That(host.Pirqs[0], Is.False);
    }

    [Test]
    public void InterruptDisableHoldsThePinOff()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice(), 8);
        device.Intx.Set(true);
        host.Write(device, Command, PciHeader.CommandIntxDisable, 2);
        Assert.That(host.Pirqs[0], Is.False);
        Assert.That(host.Read(device, PciHeader.Status, 2) & PciHeader.StatusInterrupt, Is.Not.Zero);
        host.Write(device, Command, 0, 2);
        Assert.That(host.Pirqs[0], Is.True);
    }

    [Test]
    public void ErrorStatusBitsClearByWritingOne()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice());
        device.Config.Bytes.SetWord(PciHeader.Status, 0xF900 | PciHeader.StatusDevselMedium);
        host.Write(device, PciHeader.Status, 0x8000, 2);
        Assert.That(host.Read(device, PciHeader.Status, 2), Is.EqualTo(0x7900 | PciHeader.StatusDevselMedium));
    }

    [Test]
    public void SerrEnableIsWritableUnlessTheMachineTypeSaysNo([Values] bool enable)
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice { CommandSerrEnable = enable });
        host.Write(device, Command, 0xFFFF, 2);
        Assert.That(host.Read(device, Command, 2), Is.EqualTo(enable ? 0x507 : 0x407));
    }

    [Test]
    public void SlotsAreGivenOutInOrderOrAsAsked()
    {
        var host = new PciTestHost();
        Assert.That(host.Plug(new TestDevice()).Devfn, Is.Zero);
        Assert.That(host.Plug(new TestDevice { Addr = "1f.3" }).Path, Is.EqualTo("0000:00:1f.3"));
        Assert.That(host.Plug(new TestDevice()).Devfn, Is.EqualTo(8));
        ConfigurationException taken = Assert.Throws<ConfigurationException>(() => host.Bus.Add(new TestDevice { Addr = "1" }))!;
        Assert.That(taken.Message, Is.EqualTo("PCI: slot 1 function 0 not available for test, in use by test"));
        Assert.Throws<ConfigurationException>(() => host.Bus.Add(new TestDevice { Addr = "20" }));
        Assert.Throws<ConfigurationException>(() => host.Bus.Add(new TestDevice { Addr = "1.1" }));
    }

    [Test]
    public void MultifunctionShowsInTheHeaderType()
    {
        var host = new PciTestHost();
        TestDevice first = host.Plug(new TestDevice { Multifunction = true }, 8);
        host.Plug(new TestDevice(), 9);
        Assert.That(host.Read(first, PciHeader.HeaderType, 1), Is.EqualTo(0x80));
    }

    [Test]
    public void RemovedFunctionTakesItsRegionsAndInterruptAlong()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice(), 8);
        host.Write(device, Command, PciHeader.CommandIo, 2);
        host.Write(device, 0x14, 0xC000, 4);
        device.Intx.Set(true);
        PciDevice? removed = null;
        host.Bus.Removed += d => removed = d;
        host.Bus.Remove(device);
        Assert.That(removed, Is.SameAs(device));
        Assert.That(host.Io.Find(0xC000), Is.Null);
        Assert.That(host.Pirqs[0], Is.False);
        Assert.That(host.Read(8, 0, 4), Is.EqualTo(0xFFFF_FFFF));
    }

    [Test]
    public void LoadedConfigurationMapsBarsAndKeepsBusCounts()
    {
        var source = new PciTestHost();
        TestDevice a = source.Plug(new TestDevice(), 8);
        source.Write(a, Command, PciHeader.CommandIo, 2);
        source.Write(a, 0x14, 0xC000, 4);
        a.Intx.Set(true);
        byte[] bus = PciTestHost.Save(source.Bus);
        byte[] device = PciTestHost.Save(a);
        Assert.That(device, Has.Length.EqualTo(276));
        Assert.That(device[..4], Is.EqualTo(new byte[] { 0, 0, 0, 2 }));
        Assert.That(device[4 + 6] & PciHeader.StatusInterrupt, Is.Zero, "the wire has the interrupt status bit clear");
        Assert.That(bus, Is.EqualTo(Convert.FromHexString("0000000400000001000000000000000000000000")));

        var target = new PciTestHost();
        TestDevice b = target.Plug(new TestDevice(), 8);
        PciTestHost.Load(target.Bus, bus);
        PciTestHost.Load(b, device);
        Assert.That(target.Io.Find(0xC000), Is.Not.Null);
        Assert.That(target.Bus.PirqLevel(0), Is.True);
        b.Intx.Set(false);
        Assert.That(target.Bus.PirqLevel(0), Is.False);
        Assert.That(target.Pirqs[0], Is.False);
    }

    [Test]
    public void StreamOfAnotherDeviceIsRefused()
    {
        var host = new PciTestHost();
        TestDevice device = host.Plug(new TestDevice(), 8);
        byte[] good = PciTestHost.Save(device);
        Refused(4 + 0x02, 0x99);
        Refused(4 + 0x14, 0x00);
        Refused(3, 3);
        Refused(4 + 256 + 3, 2);

        void Refused(int at, byte value)
        {
            byte[] bad = [.. good];
            bad[at] = value;
            Assert.Throws<StateException>(() => PciTestHost.Load(device, bad));
            Assert.That(PciTestHost.Save(device), Is.EqualTo(good));
        }
    }

    [Test]
    public void AnyTrafficSurvivesSaveAndLoad() =>
        Gen.Select(Gen.Int[0, 255], Gen.UInt, Gen.Int[0, 2].Select(static n => 1 << n), Gen.Bool).Array[1, 60].Sample(traffic =>
        {
            var host = new PciTestHost();
            host.MemoryRoot.Add(host.PciMemory, 0);
            TestDevice device = host.Plug(new TestDevice(), 8);
            foreach ((int register, uint value, int size, bool level) in traffic)
            {
                host.Write(device, register, value, size);
                host.Read(device, register, size);
                device.Intx.Set(level);
            }

            byte[] saved = PciTestHost.Save(device);
            var other = new PciTestHost();
            other.MemoryRoot.Add(other.PciMemory, 0);
            TestDevice copy = other.Plug(new TestDevice(), 8);
            PciTestHost.Load(other.Bus, PciTestHost.Save(host.Bus));
            PciTestHost.Load(copy, saved);
            Assert.That(PciTestHost.Save(copy), Is.EqualTo(saved));
            Assert.That(PciTestHost.Save(other.Bus), Is.EqualTo(PciTestHost.Save(host.Bus)));
            Assert.That(Map(other), Is.EqualTo(Map(host)));
        });

    private static IEnumerable<(ulong, ulong, string)> Map(PciTestHost host) =>
        host.Memory.Ranges.Concat(host.Io.Ranges).Select(static r => (r.Start, r.Last, r.Region.Name));

    private sealed class TestDevice : PciDevice
    {
        private static readonly StateDescription<TestDevice> State = new("test", 2, 2) { PciField<TestDevice>() };

        public TestDevice()
            : base(new PciIdentity(0x1234, 0x5678, 0x0280, Revision: 3, ProgIf: 1))
        {
            var echo = new IoHandlers(static (offset, _) => offset, static (_, _, _) => { });
            RegisterBar(0, PciBarType.Prefetchable, MemoryRegion.Io("bar0", 0x1000, echo));
            RegisterBar(1, PciBarType.Io, MemoryRegion.Io("bar1", 0x20, echo));
            RegisterBar(2, PciBarType.Memory64, MemoryRegion.Io("bar2", 0x10000, echo));
            Config.Bytes[PciHeader.InterruptPin] = 1;
        }

        public override string Driver => "test";

        public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];
    }
}
