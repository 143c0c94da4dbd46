using CsCheck;
using PcEmu.Core.Time;

namespace PcEmu.Core.Tests.Time;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TimerQueueTests
{
    private readonly ManualClock _clock = new();
    private readonly TimerQueue _timers;
    private readonly List<string> _ran = [];

    public TimerQueueTests() => _timers = new TimerQueue(_clock);

    private string Ran => string.Join(' ', _ran);

    [Test]
    public void TimersRunInOrderOfDeadlineAndEqualOnesAsArmed()
    {
        Note("c").Arm(30);
        Note("a").Arm(10);
        Note("b1").Arm(20);
        Note("b2").Arm(20);
        Assert.That(_timers.NextDeadline, Is.EqualTo(10));
        _clock.Advance(29, _timers);
        Assert.That(Ran, Is.EqualTo("a@10 b1@20 b2@20"));
        _clock.Advance(1, _timers);
        Assert.That(Ran, Does.EndWith("c@30"));
        Assert.That(_timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void ArmingAgainMovesAndGoesBehindItsEquals()
    {
        GuestTimer a = Note("a");
        a.Arm(10);
        Note("b").Arm(10);
        a.Arm(10);
        _clock.Advance(10, _timers);
        Assert.That(Ran, Is.EqualTo("b@10 a@10"));
        Assert.That(a.IsArmed, Is.False);
        Assert.That(a.DeadlineOrNever, Is.EqualTo(-1));
    }

    [Test]
    public void CallbackMayArmItselfAgain()
    {
        GuestTimer? timer = null;
        timer = _timers.Create(() =>
        {
            _ran.Add($"tick@{_clock.Now}");
            timer!.Arm(timer.Deadline + 10);
        });
        timer.Arm(10);
        _clock.Advance(35, _timers);
        Assert.That(Ran, Is.EqualTo("tick@10 tick@20 tick@30"));
        Assert.That(timer.Deadline, Is.EqualTo(40));
        _clock.Now = 65;
        _timers.RunExpired();
        Assert.That(Ran, Does.EndWith("tick@65 tick@65 tick@65"), "what is overdue is made up for");
    }

    [Test]
    public void CallbackMayCancelAndMoveOthersThatAreDue()
    {
        GuestTimer cancelled = Note("cancelled"), moved = Note("moved"), early = Note("early");
        _timers.Create(() =>
        {
            cancelled.Cancel();
            moved.Arm(100);
            early.Arm(0);
        }).Arm(5);
        cancelled.Arm(6);
        moved.Arm(7);
        early.Arm(90);
        _clock.Now = 10;
        _timers.RunExpired();
        Assert.That(Ran, Is.EqualTo("early@10"));
        Assert.That(_timers.NextDeadline, Is.EqualTo(100));
    }

    [Test]
    public void ExceptionInACallbackLeavesTheQueueWhole()
    {
        _timers.Create(static () => throw new InvalidOperationException()).Arm(1);
        Note("next").Arm(2);
        _clock.Now = 2;
        Assert.That(_timers.RunExpired, Throws.InvalidOperationException);
        _timers.RunExpired();
        Assert.That(Ran, Is.EqualTo("next@2"));
    }

    [Test]
    public void CallbackMayRunTheQueueItself()
    {
        Note("a").Arm(1);
        _timers.Create(_timers.RunExpired).Arm(0);
        Note("b").Arm(2);
        _clock.Now = 2;
        _timers.RunExpired();
        Assert.That(Ran, Is.EqualTo("a@2 b@2"));
    }

    [Test]
    public void CancelIsHarmlessWhenNotArmed()
    {
        GuestTimer timer = Note("timer");
        timer.Cancel();
        timer.Arm(1);
        timer.Cancel();
        timer.Cancel();
        _clock.Advance(5, _timers);
        Assert.That(_ran, Is.Empty);
    }

    [Test]
    public void NearerDeadlineIsAnnounced()
    {
        int announced = 0;
        _timers.DeadlineMovedCloser += () => announced++;
        Note("a").Arm(10);
        Assert.That(announced, Is.EqualTo(1));
        Note("b").Arm(20);
        Assert.That(announced, Is.EqualTo(1));
        Note("c").Arm(5);
        Assert.That(announced, Is.EqualTo(2));
    }

    [Test]
    public void StreamWordOfMinusOneIsOffAndOtherNegativesAreDue()
    {
        GuestTimer timer = Note("timer");
        timer.ArmOrCancel(-1);
        Assert.That(timer.IsArmed, Is.False);
        timer.ArmOrCancel(long.MinValue);
        Assert.That(timer.DeadlineOrNever, Is.Zero);
        timer.ArmOrCancel(-1);
        Assert.That(timer.IsArmed, Is.False);
    }

    [Test]
    public void DeadlineBeforeTimeZeroIsNotTakenForOff()
    {
        GuestTimer timer = Note("timer");
        timer.Arm(-1);
        Assert.That(timer.DeadlineOrNever, Is.Zero);
        _timers.RunExpired();
        Assert.That(Ran, Is.EqualTo("timer@0"));
    }

    [Test]
    public void ClockCanGoToTheEndOfTime()
    {
        Note("never").Arm(long.MaxValue);
        _clock.Advance(long.MaxValue, _timers);
        Assert.That(_ran, Is.Empty);
        Assert.That(_clock.Now, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void RandomTrafficRunsAsASortedListWould() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Long[0, 50]).Array[0, 200].Sample(steps =>
        {
            var clock = new ManualClock();
            var timers = new TimerQueue(clock);
            List<string> ran = [], expected = [];
            List<(long Deadline, int Order, int Timer)> model = [];
            GuestTimer[] made = [.. Enumerable.Range(0, 10).Select(i => timers.Create(() => ran.Add($"{i}@{clock.Now}")))];
            int order = 0;
            foreach ((int which, int what, long time) in steps)
            {
                switch (what)
                {
                    case 0 or 1:
                        made[which].Arm(clock.Now + time);
                        model.RemoveAll(m => m.Timer == which);
                        model.Add((clock.Now + time, order++, which));
                        break;
                    case 2:
                        made[which].Cancel();
                        model.RemoveAll(m => m.Timer == which);
                        break;
                    default:
                        long end = clock.Now + time;
                        expected.AddRange(model.Where(m => m.Deadline <= end).Order().Select(static m => $"{m.Timer}@{m.Deadline}"));
                        model.RemoveAll(m => m.Deadline <= end);
                        clock.Advance(time, timers);
                        break;
                }

                Assert.That(timers.NextDeadline, Is.EqualTo(model.Count == 0 ? long.MaxValue : model.Min().Deadline));
                Assert.That(made.Select(static t => t.IsArmed), Is.EqualTo(Enumerable.Range(0, 10).Select(i => model.Exists(m => m.Timer == i))));
            }

            Assert.That(ran, Is.EqualTo(expected));
        }, iter: 100);

    [Test]
    [NonParallelizable]
    public void ArmingAndExpiringAllocatesNothing()
    {
        int ticks = 0;
        GuestTimer[] timers = [.. Enumerable.Range(0, 8).Select(_ => _timers.Create(() => ticks++))];
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            // The runtime's own tiering may allocate once in a while: the best attempt counts.
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run(500_000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(ticks, Is.GreaterThan(500_000));
        Assert.That(least, Is.Zero);

        void Run(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                timers[i % 8].Arm(_clock.Now + 1 + (i % 13));
                timers[(i + 3) % 8].Arm(_clock.Now + 20);
                timers[(i + 3) % 8].Cancel();
                _clock.Now++;
                _timers.RunExpired();
            }
        }
    }

    private GuestTimer Note(string name) => _timers.Create(() => _ran.Add($"{name}@{_clock.Now}"));
}
