using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Display.StdVga;
using PcEmu.Devices.Display.Vga;
using PcEmu.Devices.Pci;
using PcEmu.Devices.Tests.Pci;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;
using StdVgaDevice = PcEmu.Devices.Display.StdVga.StdVga;

namespace PcEmu.Devices.Tests.Display.StdVga;

public sealed class StdVgaTests
{
    [Test]
    public void ConfigurationSpaceSaysVga1234_1111()
    {
        VgaTestMachine m = Std();
        Assert.Multiple(() =>
        {
            Assert.That(m.Host.Read(m.Device, PciHeader.VendorId, 4), Is.EqualTo(0x11111234));
            Assert.That(m.Host.Read(m.Device, PciHeader.Class, 2), Is.EqualTo(0x0300));
            Assert.That(m.Host.Read(m.Device, PciHeader.Bar0, 4), Is.EqualTo(0x8), "prefetchable memory");
        });
    }

    [Test]
    public void FrameBufferMovesWithItsBar()
    {
        VgaTestMachine m = Std().MapBars();
        m.Write(FrameBuffer + 100, 0x77);
        m.Host.Write(m.Device, PciHeader.Bar0, 0xE0000000, 4);
        Assert.Multiple(() =>
        {
            Assert.That(m.Read(0xE0000000 + 100), Is.EqualTo(0x77));
            Assert.That(m.Host.Memory.Find(FrameBuffer), Is.Null);
            Assert.That(m.Host.Memory.Find(0xE0000000)?.Block, Is.SameAs(m.Vram));
        });
    }

    [Test]
    public void WithoutMmioThereIsNoBar2()
    {
        VgaTestMachine m = Std(static d => d.Mmio = false);
        m.Host.Write(m.Device, PciHeader.Bar0 + 8, 0xFFFFFFFF, 4);
        Assert.That(m.Host.Read(m.Device, PciHeader.Bar0 + 8, 4), Is.Zero);
    }

    [Test]
    public void MemorySizeIsAPowerOfTwoFrom1To256()
    {
        PropertyInfoOfDevice property = DeviceProperties.Of(typeof(StdVgaDevice)).Single(static p => p.Name == "vgamem_mb");
        VgaTestMachine m = Std();
        Assert.Multiple(() =>
        {
            Assert.That(property.Get(m.Device), Is.EqualTo("16"));
            Assert.That(() => property.Set(m.Device, "VGA", "24"), Throws.TypeOf<ConfigurationException>());
            Assert.That(() => property.Set(m.Device, "VGA", "512"), Throws.TypeOf<ConfigurationException>());
            Assert.That(m.Vram.Size, Is.EqualTo(16ul << 20));
            Assert.That(m.Vram.Name, Is.EqualTo("vga.vram"));
        });
    }

    [Test]
    public void SectionIsVga2Of1407Bytes()
    {
        VgaTestMachine m = Std();
        StateSection section = m.Device.StateSections.Single();
        Assert.Multiple(() =>
        {
            Assert.That(section.Name, Is.EqualTo("0000:00:02.0/vga"));
            Assert.That(section.Version, Is.EqualTo(2));
            Assert.That(m.Save(), Has.Length.EqualTo(1407));
        });
    }

    [Test]
    public void LoadedStateIsSeenByTheWindowAndThe8BitDac()
    {
        VgaTestMachine a = Std().MapBars();
        a.Vbe(VbeDispi.XRes, 640);
        a.Vbe(VbeDispi.YRes, 480);
        a.Vbe(VbeDispi.Bpp, 32);
        a.Vbe(VbeDispi.Enable, VbeDispi.Enabled | VbeDispi.Dac8Bit);
        a.Vbe(VbeDispi.Bank, 3);
        VgaTestMachine b = Std();
        b.Load(a.Save());
        b.Write(A0000, 0x5A);
        Assert.Multiple(() =>
        {
            Assert.That(b.Vram.Span(0x30000, 1)[0], Is.EqualTo(0x5A));
            Assert.That(b.Core.Dac.Is8Bit, Is.True);
        });
    }

    [TestCase(1131 - 12 - 20 - 2 - 1, 0, "is_vbe")]
    [TestCase(1131 - 12 - 20 - 2 - 1 - 4, 0x7F, "bank_offset")]
    [TestCase(1131 - 12 - 20 - 2 - 1 - 4 - 768 - 3 - 3, 3, "dac_sub_index")]
    public void HostileStreamIsRefusedByName(int offset, int value, string field)
    {
        byte[] bytes = Std().Save();
        bytes[1407 - 1131 + offset] = (byte)value;
        Assert.That(() => Std().Load(bytes), Throws.TypeOf<StateException>().With.Message.Contains(field));
    }

    [Test]
    public void RandomTrafficNeverThrowsAndStateSurvivesALoad() =>
        AnyAccess.Array[1, 200].Sample(
            static traffic =>
            {
                VgaTestMachine m = Std(static d => d.VgaMemMb = 1).MapBars();
                foreach ((int, uint, ulong, int) access in traffic)
                {
                    m.Apply(access);
                }

                byte[] saved = m.Save();
                VgaTestMachine other = Std(static d => d.VgaMemMb = 1);
                other.Load(saved);
                Assert.That(other.Save(), Is.EqualTo(saved));
            },
            iter: 200);

    [Test]
    public void HostileStateNeverThrowsAnythingButStateException() =>
        Gen.Select(Gen.Byte.Array[1131], AnyAccess.Array[40]).Sample(
            static (state, traffic) =>
            {
                VgaTestMachine m = Std(static d => d.VgaMemMb = 1).MapBars();
                byte[] bytes = m.Save();
                state.CopyTo(bytes, bytes.Length - state.Length);
                int isVbe = bytes.Length - 12 - 20 - 2 - 1;
                bytes[isVbe] = 1;
                bytes.AsSpan(isVbe - 4, 2).Clear();
                bytes[isVbe - 4 + 1] = (byte)(state[0] & 0x0F);
                bytes[isVbe - 4 - 768 - 3 - 3] %= 3;
                m.Load(bytes);
                foreach ((int, uint, ulong, int) access in traffic)
                {
                    m.Apply(access);
                }
            },
            iter: 200);

    [Test]
    public void IsaCardHasItsFrameBufferAtE0000000()
    {
        var host = new PciTestHost();
        var device = new IsaVga(host.MemoryRoot, host.IoRoot, new ManualClock(), host.Log);
        device.Realize();
        device.Reset();
        host.Memory.Write(IsaVga.LinearFrameBuffer + 0x10, 0x42, 1);
        StateSection section = device.StateSections.Single();
        Assert.Multiple(() =>
        {
            Assert.That(device.Chip.Vram.Block.Span(0x10, 1)[0], Is.EqualTo(0x42));
            Assert.That(host.In16(0x1CF), Is.EqualTo(0xB0C5));
            Assert.That(section.Name, Is.EqualTo("vga"));
            Assert.That(PciTestHost.Save(section), Has.Length.EqualTo(1131));
        });
    }
}
