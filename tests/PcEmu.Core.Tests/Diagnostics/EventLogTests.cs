using PcEmu.Core.Diagnostics;

namespace PcEmu.Core.Tests.Diagnostics;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EventLogTests
{
    private readonly EventLog _log = new();
    private readonly List<string> _lines = [];
    private int _formatted;

    public EventLogTests() => _log.Observer = _lines.Add;

    private int Count => ++_formatted;

    [Test]
    public void MessagesThatNobodyAskedForAreNotFormatted()
    {
        _log.GuestError($"{Count}");
        _log.Unimplemented($"{Count}");
        _log.Trace("pit_write", $"{Count}");
        _log.Enable(LogItems.Interrupts);
        _log.EnableTrace("rtc_*");
        _log.GuestError($"{Count}");
        _log.Unimplemented($"{Count:x2}");
        _log.Trace("pit_write", $"{Count}");
        Assert.That(_formatted, Is.Zero);
        Assert.That(_lines, Is.Empty);
    }

    [Test]
    public void EachItemHasItsOwnSwitch()
    {
        _log.Enable(LogItems.GuestErrors);
        _log.GuestError($"port 0x{0x61:x4}");
        _log.Unimplemented($"no");
        _log.Enable(LogItems.Unimplemented);
        _log.Unimplemented($"mode {3}");
        _log.GuestError($"still");
        Assert.That(_lines, Is.EqualTo(["port 0x0061", "mode 3", "still"]));
        Assert.That(_log.IsOn(LogItems.GuestErrors | LogItems.Cpu), Is.True);
        Assert.That(_log.IsOn(LogItems.Cpu), Is.False);
    }

    [Test]
    public void TracePatternsSelectByName()
    {
        _log.EnableTrace("pit_*");
        _log.Trace("pit_read", $"offset {1}");
        _log.Trace("xpit_read", $"offset {2}");
        _log.EnableTrace("*_read");
        _log.Trace("xpit_read", $"offset {3}");
        _log.Trace("PIT_write", $"offset {4}");
        Assert.That(_lines, Is.EqualTo(["pit_read offset 1", "xpit_read offset 3"]));
    }

    [Test]
    public void LinesGoToTheOutputAndToTheObserver()
    {
        var output = new StringWriter { NewLine = "\n" };
        _log.Output = output;
        _log.Enable(LogItems.GuestErrors);
        _log.GuestError($"one");
        _log.Write("two");
        Assert.That(output.ToString(), Is.EqualTo("one\ntwo\n"));
        Assert.That(_lines, Is.EqualTo(["one", "two"]));
    }

    [Test]
    public void NullLogsAreNotShared()
    {
        EventLog.Null.Enable(LogItems.Cpu);
        Assert.That(EventLog.Null.Items, Is.EqualTo(LogItems.None));
    }

    [Test]
    [NonParallelizable]
    public void MessagesThatNobodyAskedForAllocateNothing([Values] bool tracesOthers)
    {
        if (tracesOthers)
        {
            _log.EnableTrace("rtc_*");
        }

        long least = long.MaxValue;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            // The runtime's own tiering may allocate once in a while: the best attempt counts.
            long before = GC.GetAllocatedBytesForCurrentThread();
            Report(100_000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);

        void Report(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                _log.GuestError($"write 0x{i:x2} to port 0x{0x60:x}");
                _log.Unimplemented($"mode {i}");
                _log.Trace("pit_read", $"offset {i}");
            }
        }
    }
}
