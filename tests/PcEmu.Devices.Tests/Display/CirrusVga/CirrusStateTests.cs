using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;
using CirrusVgaDevice = PcEmu.Devices.Display.CirrusVga.CirrusVga;

namespace PcEmu.Devices.Tests.Display.CirrusVga;

public sealed class CirrusStateTests
{
    [Test]
    public void SectionIsCirrusVga2Of1870Bytes()
    {
        VgaTestMachine m = Cirrus();
        StateSection section = m.Device.StateSections.Single();
        Assert.Multiple(() =>
        {
            Assert.That(section.Name, Is.EqualTo("0000:00:02.0/cirrus_vga"));
            Assert.That(section.Version, Is.EqualTo(2));
            Assert.That(m.Save(), Has.Length.EqualTo(1870));
        });
    }

    [Test]
    public void ShadowsOfGr0AndGr1AreSentBeforeTheOtherRegisters()
    {
        VgaTestMachine m = Cirrus().Colour();
        m.Gr(0, 0xAB);
        m.Gr(1, 0xCD);
        m.Gr(2, 0x0E);
        Assert.That(m.Save().AsSpan(1870 - 1594 + 4 + 1 + 256 + 1, 3).ToArray(), Is.EqualTo(new byte[] { 0xAB, 0xCD, 0x0E }));
    }

    [Test]
    public void LoadedBanksAreMapped()
    {
        VgaTestMachine a = Cirrus().Colour();
        a.Sr(7, 1);
        a.Gr(9, 4);
        VgaTestMachine b = Cirrus();
        b.Load(a.Save());
        b.Write(A0000, 0x5A);
        Assert.That(b.Vram.Span(0x4000, 1)[0], Is.EqualTo(0x5A));
    }

    [Test]
    public void BlitThatWaitsForPixelsIsLostInALoadAndTheEngineIsIdle()
    {
        VgaTestMachine a = Cirrus().Colour();
        a.Gr(0x30, 0x04);
        a.Gr(0x31, 0x02);
        Assert.That(a.Gr(0x31) & 1, Is.EqualTo(1));
        VgaTestMachine b = Cirrus();
        b.Load(a.Save());
        Assert.That(b.Gr(0x31), Is.Zero);
    }

    [TestCase("4")]
    [TestCase("8")]
    [TestCase("16")]
    public void MemorySizesAre4And8And16(string size)
    {
        PropertyInfoOfDevice property = DeviceProperties.Of(typeof(CirrusVgaDevice)).Single(static p => p.Name == "vgamem_mb");
        VgaTestMachine m = Cirrus();
        property.Set(m.Device, "cirrus-vga", size);
        Assert.Multiple(() =>
        {
            Assert.That(property.Get(m.Device), Is.EqualTo(size));
            Assert.That(() => property.Set(m.Device, "cirrus-vga", "2"), Throws.TypeOf<ConfigurationException>());
            Assert.That(() => property.Set(m.Device, "cirrus-vga", "12"), Throws.TypeOf<ConfigurationException>());
        });
    }

    [Test]
    public void RandomTrafficNeverThrowsAndStateSurvivesALoad() =>
        AnyAccess.Array[1, 300].Sample(
            static traffic =>
            {
                VgaTestMachine m = Cirrus().MapBars();
                foreach ((int, uint, ulong, int) access in traffic)
                {
                    m.Apply(access);
                }

                // A blit in progress is not on the wire: end it.
                m.Out(0x3C2, 0x67);
                m.Gr(0x31, 0x04);
                m.Gr(0x31, 0x00);
                byte[] saved = m.Save();
                VgaTestMachine other = Cirrus();
                other.Load(saved);
                Assert.That(other.Save(), Is.EqualTo(saved));
            },
            iter: 150);

    [Test]
    public void HostileStateNeverThrows() =>
        Gen.Select(Gen.Byte.Array[1594], AnyAccess.Array[40]).Sample(
            static (state, traffic) =>
            {
                VgaTestMachine m = Cirrus().MapBars();
                byte[] bytes = m.Save();
                state.CopyTo(bytes, bytes.Length - state.Length);
                int bankOffset = bytes.Length - 10 - 4;
                bytes.AsSpan(bankOffset, 4).Clear();
                bytes[bankOffset - 768 - 3 - 3] %= 3;
                m.Load(bytes);
                foreach ((int, uint, ulong, int) access in traffic)
                {
                    m.Apply(access);
                }
            },
            iter: 100);
}
