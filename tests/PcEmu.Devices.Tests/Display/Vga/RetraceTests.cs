using PcEmu.Devices.Display.Vga;

namespace PcEmu.Devices.Tests.Display.Vga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RetraceTests
{
    // Mode 3: 100 characters of 9 dots, 449 lines, 28.322 MHz: 70.08 Hz.
    private const long Mode3Frame = 900L * 449 * 1_000_000_000 / 28_322_000;

    private readonly VgaTestMachine _m = VgaTestMachine.Std().Mode3();

    [Test]
    public void FrameOfMode3Lasts14Point27Milliseconds() =>
        Assert.That(_m.Core.Retrace.FramePeriod, Is.EqualTo(Mode3Frame));

    // Picture in lines 0-399, retrace in 412 and 413 (the end's four bits are Eh).
    [TestCase(0, 0, 0x00)]
    [TestCase(200, 100, 0x00)]
    [TestCase(399, 719, 0x00)]
    [TestCase(399, 721, 0x01)]
    [TestCase(401, 100, 0x01)]
    [TestCase(411, 800, 0x01)]
    [TestCase(412, 10, 0x09)]
    [TestCase(413, 890, 0x09)]
    [TestCase(414, 10, 0x01)]
    [TestCase(448, 100, 0x01)]
    public void StatusFollowsTheBeam(int line, int dot, int expected)
    {
        _m.Clock.Now = (7 * Mode3Frame) + ((((line * 900L) + dot) * 1_000_000_000 / 28_322_000) + 1);
        Assert.That(_m.In(VgaPorts.Status1), Is.EqualTo(expected));
    }

    [Test]
    public void PollingSeesOneRetraceAFrame()
    {
        int rises = 0;
        bool last = false;
        for (int i = 0; i < 70_000; i++)
        {
            _m.Clock.Now += 1000;
            bool now = (_m.In(VgaPorts.Status1) & Retrace.VerticalRetrace) != 0;
            rises += now && !last ? 1 : 0;
            last = now;
        }

        Assert.That(rises, Is.EqualTo(70_000_000 / Mode3Frame).Or.EqualTo((70_000_000 / Mode3Frame) + 1));
    }

    [Test]
    public void TimingThatWasNeverProgrammedStillRetraces()
    {
        VgaTestMachine fresh = VgaTestMachine.Std().Colour();
        var seen = new HashSet<byte>();
        for (int i = 0; i < 1000; i++)
        {
            fresh.Clock.Now += 100;
            seen.Add((byte)(fresh.In(VgaPorts.Status1) & Retrace.VerticalRetrace));
        }

        Assert.That(seen, Has.Count.EqualTo(2));
    }
}
