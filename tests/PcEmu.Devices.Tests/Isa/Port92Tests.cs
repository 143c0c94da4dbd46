using CsCheck;
using PcEmu.Devices.Isa;

namespace PcEmu.Devices.Tests.Isa;

[TestFixture]
public sealed class Port92Tests
{
    [Test]
    public void Bit1DrivesA20()
    {
        var bench = new PortBench();
        var a20 = new Probe();
        _ = Make(bench, a20, static () => { });

        bench.Out(0x92, 0x02);
        Assert.That(a20.Level);
        Assert.That(bench.In(0x92), Is.EqualTo(0x02));
        bench.Out(0x92, 0x00);
        Assert.That(a20.Level, Is.False);
    }

    [Test]
    public void RiseOfBit0ResetsOnce()
    {
        var bench = new PortBench();
        int resets = 0;
        Port92 port = Make(bench, new Probe(), () => resets++);

        bench.Out(0x92, 0x01);
        bench.Out(0x92, 0x03);
        Assert.That(resets, Is.EqualTo(1));
        port.Reset();
        Assert.That(bench.In(0x92), Is.EqualTo(0x02), "reset takes bit 0 back");
        bench.Out(0x92, 0x03);
        Assert.That(resets, Is.EqualTo(2));
    }

    [Test]
    public void AnyTrafficSavesAndLoadsTheSame() => Gen.Byte.Array[0, 20].Sample(values =>
    {
        var bench = new PortBench();
        Port92 port = Make(bench, new Probe(), static () => { });
        foreach (byte value in values)
        {
            bench.Out(0x92, value);
            Assert.That(bench.In(0x92), Is.EqualTo(value));
        }

        byte[][] saved = PortBench.Save(port);
        Port92 fresh = Make(new PortBench(), new Probe(), static () => { });
        PortBench.Load(fresh, saved);
        Assert.That(PortBench.Save(fresh), Is.EqualTo(saved));
    }, iter: 50);

    private static Port92 Make(PortBench bench, Probe a20, Action reset)
    {
        var port = new Port92(a20, reset, bench.Log);
        bench.Map(port.Port, 0x92);
        port.Realize();
        port.Reset();
        return port;
    }
}
