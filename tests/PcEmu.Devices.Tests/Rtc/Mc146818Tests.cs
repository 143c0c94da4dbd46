using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.Time;
using PcEmu.Devices.Rtc;
using PcEmu.Devices.Rtc.Mc146818;

namespace PcEmu.Devices.Tests.Rtc;

[TestFixture]
public sealed class Mc146818Tests
{
    private const long Millisecond = Nanoseconds.PerMillisecond;
    private const long Second = Nanoseconds.PerSecond;

    // 2011-12-01 20:59:58 UTC, a Thursday.
    private static readonly long Start =
        new DateTimeOffset(2011, 12, 1, 20, 59, 58, TimeSpan.Zero).ToUnixTimeSeconds() * Nanoseconds.PerSecond;

    private sealed class Rig
    {
        public readonly ManualClock Clock = new();
        public readonly TimerQueue Timers;
        public readonly WatchedLine Irq = new();
        public readonly PortBus Bus = new();
        public readonly Mc146818 Chip;

        public Rig(long start = 0, Action<Mc146818>? configure = null)
        {
            start = start == 0 ? Start : start;
            Timers = new TimerQueue(Clock);
            Chip = new Mc146818(Clock, Timers, () => start + Clock.Now, Irq, EventLog.Null);
            configure?.Invoke(Chip);
            Chip.Realize();
            Chip.Reset();
            Bus.Map(Chip.Ports, 0x70);
        }

        public byte this[int register]
        {
            get
            {
                Bus.Out(0x70, register);
                return Bus.In(0x71);
            }

            set
            {
                Bus.Out(0x70, register);
                Bus.Out(0x71, value);
            }
        }

        public string Time => $"{this[0x32]:x2}{this[9]:x2}-{this[8]:x2}-{this[7]:x2} {this[4]:x2}:{this[2]:x2}:{this[0]:x2} day {this[6]}";

        public void Advance(long ns) => Clock.Advance(ns, Timers);
    }

    [Test]
    public void CalendarCountsFromTheDrivingClock()
    {
        var rtc = new Rig();
        Assert.That(rtc.Time, Is.EqualTo("2011-12-01 20:59:58 day 5"));
        rtc.Advance(2 * Second);
        Assert.That(rtc.Time, Is.EqualTo("2011-12-01 21:00:00 day 5"));
        rtc.Advance(3 * 3600 * Second);
        Assert.That(rtc.Time, Is.EqualTo("2011-12-02 00:00:00 day 6"));
    }

    [Test]
    public void BaseOffsetMovesTheCalendar()
    {
        var rtc = new Rig(configure: c => c.BaseOffset = RtcBase.Parse("1999-12-31T23:59:59").OffsetSeconds(Start / Second, TimeZoneInfo.Utc));
        Assert.That(rtc.Time, Is.EqualTo("1999-12-31 23:59:59 day 6"));
        rtc.Advance(Second);
        Assert.That(rtc.Time, Is.EqualTo("2000-01-01 00:00:00 day 7"));
    }

    [Test]
    public void LeapYearsFollowTheGregorianRule([Values(1900, 2000, 2012, 2100)] int year)
    {
        var rtc = new Rig(configure: c => c.BaseOffset = RtcBase.Parse($"{year}-02-28").OffsetSeconds(Start / Second, TimeZoneInfo.Utc));
        rtc.Advance(86_400 * Second);
        Assert.That(rtc.Time, Does.StartWith(DateTime.IsLeapYear(year) ? $"{year}-02-29" : $"{year}-03-01"));
    }

    [Test]
    public void CalendarAgreesWithDateTime() => Gen.Long[-62_135_596_800, 253_402_300_799].Sample(seconds =>
    {
        DateTime expected = DateTime.UnixEpoch.AddSeconds(seconds);
        RtcCalendar actual = RtcCalendar.FromUnixSeconds(seconds);
        return actual == new RtcCalendar(expected.Year, expected.Month, expected.Day, expected.Hour, expected.Minute, expected.Second)
            && actual.DayOfWeek == (int)expected.DayOfWeek + 1
            && actual.ToUnixSeconds() == seconds;
    });

    [Test]
    public void BinaryModeAndTwelveHourDial()
    {
        var rtc = new Rig();
        rtc[0x0B] = 0x04;
        Assert.That((rtc[4], rtc[2], rtc[0]), Is.EqualTo((0x80 | 8, 59, 58)));
        rtc.Advance(3 * 3600 * Second + (4 * Second));
        Assert.That((rtc[4], rtc[2], rtc[0]), Is.EqualTo((12, 0, 2)), "midnight is 12 AM");
        rtc[0x0B] = 0x00;
        rtc[4] = 0x92;
        rtc[0x0B] = 0x02;
        Assert.That(rtc[4], Is.EqualTo(0x12), "12 PM is noon");
    }

    [Test]
    public void SetHoldsTheRegistersAndKeepsThePhase()
    {
        var rtc = new Rig();
        rtc.Advance(300 * Millisecond);
        rtc[0x0B] = 0x82;
        rtc[0] = 0x10;
        rtc.Advance(5 * Second);
        Assert.That(rtc[0], Is.EqualTo(0x10));
        rtc[0x0B] = 0x02;
        rtc.Advance(699 * Millisecond);
        Assert.That(rtc[0], Is.EqualTo(0x10));
        rtc.Advance(Millisecond);
        Assert.That(rtc[0], Is.EqualTo(0x11));
    }

    [Test]
    public void FirstUpdateComesHalfASecondAfterTheDividerReset()
    {
        var rtc = new Rig();
        rtc[0x0A] = 0x66;
        rtc.Advance(7 * Second);
        Assert.That(rtc[0], Is.EqualTo(0x58));
        rtc[0x0A] = 0x26;
        rtc.Advance(499 * Millisecond);
        Assert.That(rtc[0], Is.EqualTo(0x58));
        rtc.Advance(Millisecond);
        Assert.That(rtc[0], Is.EqualTo(0x59));
    }

    [Test]
    public void UpdateInProgressIsUpForTheLast244Microseconds()
    {
        var rtc = new Rig();
        rtc.Advance(Second - 245_000);
        Assert.That(rtc[0x0A], Is.EqualTo(0x26));
        rtc.Advance(1_000);
        Assert.That(rtc[0x0A], Is.EqualTo(0xA6));
        rtc.Advance(244_000);
        Assert.That(rtc[0x0A], Is.EqualTo(0x26));
    }

    [Test]
    public void UpdateEndedInterruptComesEachSecondAndReadingCReleasesIt()
    {
        var rtc = new Rig();
        rtc[0x0B] = 0x12;
        for (int i = 1; i <= 3; i++)
        {
            rtc.Advance(Second);
            Assert.That((rtc.Irq.Level, rtc.Irq.Edges), Is.EqualTo((true, i)));
            Assert.That(rtc[0x0C] & 0xD0, Is.EqualTo(0x90));
            Assert.That((rtc.Irq.Level, (int)rtc[0x0C]), Is.EqualTo((false, 0)));
        }
    }

    [Test]
    public void EnableThatMeetsItsFlagInterruptsAtOnce()
    {
        var rtc = new Rig();
        rtc.Advance(Second);
        Assert.That(rtc.Irq.Level, Is.False);
        rtc[0x0B] = 0x12;
        Assert.That(rtc.Irq.Level, Is.True);
        rtc[0x0B] = 0x02;
        Assert.That(rtc.Irq.Level, Is.False);
    }

    [TestCase(0x21, 0x00, 0x05, 7)]
    [TestCase(0xC0, 0xFF, 0x57, 59)]
    [TestCase(0xC0, 0x00, 0xC0, 2)]
    [TestCase(0xC0, 0xC0, 0xC0, 1)]
    [TestCase(0xC0, 0x59, 0xC0, 1)]
    [TestCase(0xC0, 0x58, 0x00, 3482)]
    [TestCase(0x20, 0x59, 0x58, 86_400)]
    [TestCase(0x20, 0x59, 0x57, 86_399)]
    [TestCase(0x00, 0xC0, 0xC0, 3 * 3600 + 2)]
    public void AlarmMatchesHoursMinutesSecondsWithDontCare(int hours, int minutes, int seconds, int after)
    {
        var rtc = new Rig();
        (rtc[5], rtc[3], rtc[1]) = ((byte)hours, (byte)minutes, (byte)seconds);
        rtc[0x0B] = 0x22;
        rtc.Advance((after * Second) - Millisecond);
        Assert.That(rtc.Irq.Level, Is.False);
        rtc.Advance(Millisecond);
        Assert.That(rtc.Irq.Level, Is.True);
        Assert.That(rtc[0x0C] & 0xB0, Is.EqualTo(0xB0));
    }

    [Test]
    public void AlarmAgreesWithCountingSeconds() =>
        Gen.Select(Gen.Int[0, 86_399], Gen.Int[-1, 23], Gen.Int[-1, 59], Gen.Int[-1, 59]).Sample((now, h, m, s) =>
        {
            var rtc = new Rig(start: Start / (86_400 * Second) * 86_400 * Second + (now * Second));
            rtc[0x0B] = 0x26;
            (rtc[5], rtc[3], rtc[1]) = ((byte)(h & 0xFF), (byte)(m & 0xFF), (byte)(s & 0xFF));
            int expected = Enumerable.Range(1, 86_400).First(k => Matches((now + k) % 86_400));
            rtc.Advance((expected * Second) - 1);
            bool early = rtc.Irq.Level;
            rtc.Advance(1);
            return !early && rtc.Irq.Level;

            bool Matches(int t) =>
                (h < 0 || t / 3600 == h) && (m < 0 || t / 60 % 60 == m) && (s < 0 || t % 60 == s);
        }, iter: 200);

    [Test]
    public void AlarmOnTheTwelveHourDialKnowsMorningAndEvening()
    {
        var rtc = new Rig();
        rtc[0x0B] = 0x20;
        (rtc[5], rtc[3], rtc[1]) = (0x09, 0x00, 0x00);
        rtc.Advance(12 * 3600 * Second);
        Assert.That(rtc.Irq.Level, Is.False);
        rtc.Advance(2 * Second);
        Assert.That(rtc.Irq.Level, Is.True);
    }

    [Test]
    public void NoTimerRunsWhenNoFlagCanChange()
    {
        var rtc = new Rig();
        (rtc[5], rtc[3], rtc[1]) = (0x7F, 0, 0);
        rtc.Advance(Second);
        Assert.That(rtc.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
        _ = rtc[0x0C];
        Assert.That(rtc.Timers.NextDeadline, Is.Not.EqualTo(long.MaxValue));
    }

    [TestCase(6, 1024)]
    [TestCase(15, 2)]
    [TestCase(3, 8192)]
    [TestCase(1, 256)]
    [TestCase(2, 128)]
    public void PeriodicInterruptRunsAtItsRate(int rate, int perSecond)
    {
        var rtc = new Rig();
        rtc[0x0A] = (byte)(0x20 | rate);
        rtc[0x0B] = 0x42;
        int ticks = 0;
        for (int i = 0; i < 20_000; i++)
        {
            rtc.Advance(Second / 20_000);
            ticks += (rtc[0x0C] & 0x40) != 0 ? 1 : 0;
        }

        Assert.That(ticks, Is.EqualTo(perSecond).Within(1));
    }

    [Test]
    public void CenturyByteIsAt32And37()
    {
        var rtc = new Rig();
        Assert.That((rtc[0x32], rtc[0x37]), Is.EqualTo((0x20, 0x20)));
        rtc[0x37] = 0x19;
        Assert.That(rtc.Time, Does.StartWith("1911-12-01"));
    }

    [Test]
    public void IndexBit7MasksNmiAndIsNoPartOfTheIndex()
    {
        var rtc = new Rig();
        rtc[0x80 | 0x40] = 0x5A;
        Assert.That(rtc.Chip.NmiMasked, Is.True);
        Assert.That(rtc[0x40], Is.EqualTo(0x5A));
        Assert.That(rtc.Chip.NmiMasked, Is.False);
        Assert.That(rtc.Bus.In(0x70), Is.EqualTo(0xFF));
    }

    [Test]
    public void RegistersCAndDAreReadOnly()
    {
        var rtc = new Rig();
        rtc[0x0C] = 0xFF;
        rtc[0x0D] = 0x00;
        Assert.That((rtc[0x0C], rtc[0x0D]), Is.EqualTo((0, 0x80)));
    }

    [Test]
    public void ResetKeepsTheMemoryAndStopsInterrupts()
    {
        var rtc = new Rig();
        rtc[0x0F] = 0x05;
        rtc[0x0B] = 0x72;
        rtc.Advance(2 * Second);
        rtc.Chip.Reset();
        Assert.That((rtc[0x0B], rtc[0x0C], rtc[0x0F], rtc.Irq.Level), Is.EqualTo((0x02, 0, 0x05, false)));
    }

    [Test]
    public void TimerThatComesEarlyWaitsForTheDrivingClock()
    {
        var clock = new ManualClock();
        var timers = new TimerQueue(clock);
        var irq = new WatchedLine();
        var chip = new Mc146818(clock, timers, () => Start + (clock.Now / 2), irq, EventLog.Null);
        chip.Realize();
        chip[0x0B] |= 0x10;
        clock.Advance(2 * Second - 10, timers);
        Assert.That(irq.Level, Is.False);
        clock.Advance(20, timers);
        Assert.That(irq.Level, Is.True);
    }

    [Test]
    public void Version3ContinuesByTheDrivingClock()
    {
        var source = new Rig();
        byte[][] saved = PortBus.Save(source.Chip);
        Assert.That(saved[0], Has.Length.EqualTo(245));
        var later = new Rig(Start + (3600 * Second));
        PortBus.Load(saved, later.Chip);
        Assert.That(later.Time, Is.EqualTo("2011-12-01 21:59:58 day 5"));
        var kept = new Rig(Start + (3600 * Second), c => c.AfterLoad = RtcAfterLoad.Saved);
        PortBus.Load(saved, kept.Chip);
        Assert.That(kept.Time, Is.EqualTo("2011-12-01 20:59:58 day 5"));
        var behind = new Rig(Start - (3600 * Second));
        PortBus.Load(saved, behind.Chip);
        Assert.That(behind.Time, Is.EqualTo("2011-12-01 20:59:58 day 5"));
    }

    [Test]
    public void Version2ContinuesFromItsCalendarAndDoesNotMakeUpForLostTicks()
    {
        byte[] body = new byte[205];
        body[0x0A] = 0x26;
        body[0x0B] = 0x42;
        int[] tm = [30, 15, 9, 3, 14, 6, 94];
        for (int i = 0; i < tm.Length; i++)
        {
            body[129 + (4 * i) + 3] = (byte)tm[i];
        }

        body[157] = 0x18; // periodic timer of another day
        var rtc = new Rig();
        PortBus.Load(rtc.Chip.StateSections.Single(), body, 2);
        Assert.That(rtc.Time, Is.EqualTo("1994-07-14 09:15:30 day 5"));
        rtc.Advance(Millisecond);
        Assert.That(rtc.Irq.Edges, Is.EqualTo(1));
    }

    [Test]
    public void RandomTrafficSurvivesSavingAndLoading() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 0x3F], Gen.Byte, Gen.Long[0, 3 * Second]).Array[1, 60].Sample(steps =>
        {
            var rtc = new Rig();
            foreach ((int what, int register, byte value, long wait) in steps)
            {
                switch (what)
                {
                    case 0:
                        rtc[register] = value;
                        break;
                    case 1:
                        _ = rtc[register];
                        break;
                    default:
                        rtc.Advance(wait);
                        break;
                }
            }

            byte[][] saved = PortBus.Save(rtc.Chip);
            var copy = new Rig(Start + rtc.Clock.Now);
            PortBus.Load(saved, copy.Chip);
            return PortBus.Save(copy.Chip)[0].AsSpan().SequenceEqual(saved[0]);
        });

    [Test]
    public void RandomSectionNeitherThrowsNorHangs() => Gen.Byte.Array[245].Sample(body =>
    {
        var rtc = new Rig();
        PortBus.Load(rtc.Chip.StateSections.Single(), body, 3);
        rtc.Advance(3 * Second);
        _ = rtc.Time;
        _ = rtc[0x0C];
        return rtc.Clock.Now == 3 * Second;
    });

    [Test]
    public void BaseYearIsAProperty()
    {
        var bag = new PropertyBag();
        bag.Add(new GlobalProperty("mc146818rtc", "base_year", "1980"));
        var rtc = new Rig(configure: c => bag.Apply(c));
        Assert.That((rtc[9], rtc[0x32]), Is.EqualTo((0x31, 0x00)));
    }

    [Test]
    public void MalformedBaseNamesTheOption() => Assert.That(
        () => RtcBase.Parse("yesterday"), Throws.TypeOf<ConfigurationException>().With.Message.Contains("-rtc base=yesterday"));
}
