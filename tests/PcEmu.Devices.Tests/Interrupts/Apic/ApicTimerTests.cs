using static PcEmu.Devices.Tests.Interrupts.ApicRegister;

namespace PcEmu.Devices.Tests.Interrupts;

[TestFixture]
public sealed class ApicTimerTests
{
    private const uint Masked = 0x1_0000;
    private const uint Periodic = 0x2_0000;
    private const uint TscDeadline = 0x4_0000;
    private const uint Vector = 0x40;

    // Section "apic": where the words of the timer are.
    private const int InitialCountLoadTime = 157;
    private const int NextTime = 165;
    private const int Timer = 173;

    private ApicBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new ApicBench().Enable();

    [TestCase(0x0u, 2)]
    [TestCase(0x1u, 4)]
    [TestCase(0x2u, 8)]
    [TestCase(0x3u, 16)]
    [TestCase(0x8u, 32)]
    [TestCase(0x9u, 64)]
    [TestCase(0xAu, 128)]
    [TestCase(0xBu, 1)]
    public void CountsAGigahertzBehindTheDivider(uint configuration, int divider)
    {
        _bench[Divide] = configuration;
        _bench[LvtTimer] = Vector;
        _bench[InitialCount] = 1000;

        _bench.Advance(100 * divider);
        Assert.That(_bench[CurrentCount], Is.EqualTo(900u));

        _bench.Advance((901 * divider) - 1);
        Assert.That(_bench.Requests(0), Is.Empty);

        _bench.Advance(1);
        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
    }

    [Test]
    public void OneShotStopsAtZero()
    {
        Start(Vector, 500);
        _bench.Advance(501);
        _bench.Apic.AcknowledgeInterrupt();

        _bench.Advance(10_000);

        Assert.That(_bench[CurrentCount], Is.Zero);
        Assert.That(_bench.Requests(0), Is.Empty);
    }

    [Test]
    public void PeriodicReloads()
    {
        Start(Vector | Periodic, 999);
        List<long> times = [];
        for (int i = 0; i < 4000; i++)
        {
            _bench.Advance(1);
            if (_bench.Cpus[0].Intr.Level)
            {
                times.Add(_bench.Clock.Now - 1000);
                _bench.Apic.AcknowledgeInterrupt();
                _bench[Eoi] = 0;
            }
        }

        Assert.That(string.Join(' ', times), Is.EqualTo("1000 2000 3000 4000"));
        _bench.Advance(250);
        Assert.That(_bench[CurrentCount], Is.EqualTo(749u));
    }

    [Test]
    public void MissedPeriodsAreOneRequestAndThePhaseIsKept()
    {
        Start(Vector | Periodic, 999);

        _bench.Clock.Now += 5_500;
        _bench.Timers.RunExpired();

        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(1000 + 6000));
    }

    [Test]
    public void MaskedItCountsAndStaysSilent()
    {
        Start(Vector | Periodic | Masked, 999);

        _bench.Advance(1500);
        Assert.That(_bench.Requests(0), Is.Empty);
        Assert.That(_bench[CurrentCount], Is.EqualTo(499u));

        _bench[LvtTimer] = Vector | Periodic;
        _bench.Advance(500);
        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
    }

    [Test]
    public void CountOfZeroStopsTheTimer()
    {
        Start(Vector | Periodic, 999);

        _bench[InitialCount] = 0;

        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
        Assert.That(_bench[CurrentCount], Is.Zero);
    }

    [Test]
    public void ANewDividerGoesOnFromThePresentCount()
    {
        Start(Vector, 1000);
        _bench.Advance(400);

        _bench[Divide] = 0x0;

        Assert.That(_bench[CurrentCount], Is.EqualTo(600u));
        _bench.Advance(1201);
        Assert.That(_bench.Requests(0), Is.Empty);
        _bench.Advance(1);
        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
    }

    [Test]
    public void TscDeadlineFiresOnceAndClearsItself()
    {
        _bench[LvtTimer] = Vector | TscDeadline;
        _bench.Apic.TscDeadline = 5000;
        Assert.That(_bench[CurrentCount], Is.Zero);

        _bench.Advance(3999);
        Assert.That(_bench.Requests(0), Is.Empty);

        _bench.Advance(1);
        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
        Assert.That(_bench.Apic.TscDeadline, Is.Zero);
    }

    [Test]
    public void TscDeadlineInThePastFiresAtOnce()
    {
        _bench[LvtTimer] = Vector | TscDeadline;
        _bench.Apic.TscDeadline = 1;

        _bench.Advance(1);

        Assert.That(_bench.Requests(0), Is.EqualTo("40"));
    }

    [Test]
    public void TscDeadlineIsIgnoredInOtherModesAndByProcessorsWithoutIt([Values] bool has)
    {
        ApicBench bench = new ApicBench(tscDeadline: has).Enable();
        bench[LvtTimer] = has ? Vector : Vector | TscDeadline;

        bench.Apic.TscDeadline = 5000;

        Assert.That(bench.Apic.TscDeadline, Is.Zero);
        Assert.That(bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void RunningTimerGoesOnAfterALoad()
    {
        Start(Vector | Periodic, 999);
        _bench.Advance(300);
        ApicBench other = Loaded(ApicBench.Save(_bench.Apic));

        Assert.That(other[CurrentCount], Is.EqualTo(699u));
        Assert.That(other.Timers.NextDeadline, Is.EqualTo(2000));
        other.Advance(700);
        Assert.That(other.Requests(0), Is.EqualTo("40"));
        Assert.That(other.Timers.NextDeadline, Is.EqualTo(3000));
    }

    [Test]
    public void KvmStreamsTimerIsArmedFromNextTime()
    {
        Start(Vector | Periodic, 999);
        byte[] bytes = ApicBench.Save(_bench.Apic);
        Assert.That(BigEndian(bytes, NextTime), Is.EqualTo(2000));
        Assert.That(BigEndian(bytes, InitialCountLoadTime), Is.EqualTo(1000));
        bytes.AsSpan(Timer).Fill(0xFF);

        ApicBench other = Loaded(bytes);

        Assert.That(other.Timers.NextDeadline, Is.EqualTo(2000));
    }

    [Test]
    public void ExpiredOneShotStaysOffAfterALoad()
    {
        Start(Vector, 500);
        _bench.Advance(501);

        ApicBench other = Loaded(ApicBench.Save(_bench.Apic));

        Assert.That(other.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public void LoadTimeFromNowhereDoesNotHangTheMachine(long loadTime)
    {
        Start(Vector | Periodic, 1);
        byte[] bytes = ApicBench.Save(_bench.Apic);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(InitialCountLoadTime), loadTime);
        ApicBench other = Loaded(bytes);

        other.Advance(2000);

        Assert.That(other.Clock.Now, Is.EqualTo(3000));
    }

    private void Start(uint entry, uint count)
    {
        _bench[Divide] = 0xB;
        _bench[LvtTimer] = entry;
        _bench[InitialCount] = count;
    }

    private ApicBench Loaded(byte[] bytes)
    {
        var other = new ApicBench();
        other.Clock.Now = _bench.Clock.Now;
        ApicBench.Load(other.Apic, bytes);
        return other;
    }

    private static long BigEndian(byte[] bytes, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at));
}
