using PcEmu.Devices.Tests.Isa;
using PcEmu.Devices.Timer;

namespace PcEmu.Devices.Tests.Timer;

[TestFixture]
public sealed class PcSpeakerTests
{
    private PortBench _bench = null!;
    private PcSpeaker _speaker = null!;

    [SetUp]
    public void SetUp()
    {
        _bench = new PortBench();
        var pit = new I8254(_bench.Clock, _bench.Timers, new Probe(), _bench.Log);
        _speaker = new PcSpeaker(pit, _bench.Log);
        _bench.Map(pit.Ports, 0x40);
        _bench.Map(_speaker.Port, 0x61);
        pit.Reset();
        _speaker.Reset();
    }

    [Test]
    public void GateAndDataReadBack([Values(0, 1, 2, 3)] int value)
    {
        _bench.Out(0x61, value | 0xC);

        Assert.That(_bench.In(0x61) & 0xF, Is.EqualTo(value));
        Assert.That(_speaker.IsSounding, Is.EqualTo(value == 3));
    }

    [Test]
    public void RefreshBitTurnsOverAtEachRead()
    {
        int first = _bench.In(0x61) & 0x10;

        Assert.That(_bench.In(0x61) & 0x10, Is.EqualTo(first ^ 0x10));
        Assert.That(_bench.In(0x61) & 0x10, Is.EqualTo(first));
    }

    [Test]
    public void Out2ShowsTheEndOfACalibrationCount()
    {
        _bench.Out(0x61, 0x01);
        _bench.Out(0x43, 0xB0);
        _bench.Out(0x42, 59659 & 0xFF);
        _bench.Out(0x42, 59659 >> 8);

        _bench.Advance(49_999_916);
        Assert.That(_bench.In(0x61) & 0x20, Is.Zero);
        _bench.Advance(1);
        Assert.That(_bench.In(0x61) & 0x20, Is.EqualTo(0x20));
    }

    [Test]
    public void GateOffStopsCounter2()
    {
        _bench.Out(0x61, 0x00);
        _bench.Out(0x43, 0xB0);
        _bench.Out(0x42, 10);
        _bench.Out(0x42, 0);

        _bench.Advance(1_000_000);
        Assert.That(_bench.In(0x61) & 0x20, Is.Zero);
        _bench.Out(0x61, 0x01);
        _bench.Advance(8382);
        Assert.That(_bench.In(0x61) & 0x20, Is.EqualTo(0x20));
    }
}
