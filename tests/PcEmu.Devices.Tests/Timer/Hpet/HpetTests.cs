using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Tests.Isa;
using PcEmu.Devices.Timer;
using PcEmu.Memory;
using PcEmu.TestSupport;

namespace PcEmu.Devices.Tests.Timer;

[TestFixture]
public sealed class HpetTests
{
    private const int Config = 0x10;
    private const int Status = 0x20;
    private const int Counter = 0xF0;

    private const uint Enable = 1;
    private const uint Legacy = 2;
    private const uint Level = 0x02;
    private const uint InterruptOn = 0x04;
    private const uint Periodic = 0x08;
    private const uint SetValue = 0x40;
    private const uint Force32 = 0x100;

    private Bench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Bench();

    [TestCase(0x000, 0x8086_A201u)]
    [TestCase(0x004, 10_000_000u)]
    [TestCase(Config, 0u)]
    [TestCase(Counter, 0u)]
    [TestCase(0x100, 0x30u, Description = "periodic and 64-bit capable")]
    [TestCase(0x104, 0x4u, Description = "routes to line 2 only")]
    [TestCase(0x108, 0xFFFF_FFFFu)]
    [TestCase(0x14C, 0xFFFF_FFFFu)]
    public void ValueAfterReset(int register, uint value) => Assert.That(_bench[register], Is.EqualTo(value));

    [Test]
    public void CapabilitiesTellTheNumberOfTimers()
    {
        var bench = new Bench(timers: 8);

        Assert.That(bench[0], Is.EqualTo(0x8086_A701u));
        Assert.That(bench[0x1E0], Is.EqualTo(0x30u));
        Assert.That(_bench[0x1E0], Is.Zero, "three timers end at 160h");
    }

    [Test]
    public void CounterRunsAt100MHzWhileEnabled()
    {
        _bench.Advance(1000);
        Assert.That(_bench[Counter], Is.Zero);

        _bench[Config] = Enable;
        _bench.Advance(995);
        Assert.That(_bench[Counter], Is.EqualTo(99u));

        _bench[Config] = 0;
        _bench.Advance(1000);
        Assert.That(_bench[Counter], Is.EqualTo(99u));
    }

    [Test]
    public void CounterIsReadAndSetIn64Bits()
    {
        _bench.Write(Counter, 0x0000_0001_FFFF_FFFF, 8);
        _bench[Config] = Enable;
        _bench.Advance(10);

        Assert.That(_bench.Read(Counter, 8), Is.EqualTo(0x0000_0002_0000_0000));
    }

    [Test]
    public void CounterCannotBeWrittenWhileItRuns()
    {
        _bench[Config] = Enable;
        _bench[Counter] = 5000;

        Assert.That(_bench[Counter], Is.Zero);
        Assert.That(_bench.Messages, Has.Some.Contains("while it counts"));
    }

    [Test]
    public void OneShotPulsesItsRouteOnce()
    {
        _bench[0x100] = InterruptOn | (2 << 9);
        _bench[0x108] = 100;
        _bench[0x10C] = 0;
        _bench[Config] = Enable;

        _bench.Advance(999);
        Assert.That(_bench.Lines[2].Edges, Is.Empty);
        _bench.Advance(10_000);

        Assert.That(_bench.Rises(2), Is.EqualTo("1000"));
        Assert.That(_bench.Lines[2].Level, Is.False);
        Assert.That(_bench[Status], Is.Zero);
    }

    [Test]
    public void PeriodicTimerIsProgrammedAsLinuxDoes()
    {
        _bench[Config] = Enable;
        _bench.Advance(500);
        _bench[0x100] = InterruptOn | Periodic | SetValue | Force32 | (2 << 9);
        _bench[0x108] = _bench[Counter] + 100;
        _bench[0x108] = 100;

        _bench.Advance(3500);

        Assert.That(_bench.Rises(2), Is.EqualTo("1500 2500 3500"));
        Assert.That(_bench[0x108], Is.EqualTo(450u), "the comparator shows the next match");
    }

    [Test]
    public void Missed64BitPeriodsAreOneInterruptAndThePhaseIsKept()
    {
        _bench[0x100] = InterruptOn | Periodic | SetValue | (2 << 9);
        _bench[0x108] = 100;
        _bench[0x100] = InterruptOn | Periodic | SetValue | (2 << 9);
        _bench[0x10C] = 0;
        _bench[0x108] = 100;
        _bench[Config] = Enable;

        _bench.Clock.Now = 5_500;
        _bench.Timers.RunExpired();

        Assert.That(_bench.Rises(2), Is.EqualTo("5500"));
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(6000));
    }

    [Test]
    public void LevelStaysUntilTheStatusBitIsWritten()
    {
        _bench[0x120] = InterruptOn | Level | (2 << 9);
        _bench[0x128] = 10;
        _bench[0x12C] = 0;
        _bench[Config] = Enable;
        _bench.Advance(100);

        Assert.That(_bench.Lines[2].Level);
        Assert.That(_bench[Status], Is.EqualTo(2u));

        _bench[Status] = 5;
        Assert.That(_bench.Lines[2].Level);
        _bench[Status] = 2;
        Assert.That(_bench.Lines[2].Level, Is.False);
        Assert.That(_bench[Status], Is.Zero);
    }

    [Test]
    public void ThirtyTwoBitOneShotAlsoInterruptsAtTheWrap()
    {
        _bench.Write(Counter, 0xFFFF_FF00, 8);
        _bench[0x100] = InterruptOn | Force32 | (2 << 9);
        _bench[0x108] = 0x100;
        _bench[Config] = Enable;

        _bench.Advance(10_000);

        Assert.That(_bench.Rises(2), Is.EqualTo("2550 5120"));
    }

    [Test]
    public void LegacyModeTakesTheLinesOfPitAndClock()
    {
        _bench.Hpet.PitInput.Set(true);
        _bench.Hpet.RtcInput.Set(true);
        Assert.That(_bench.Lines[0].Level && _bench.Lines[8].Level);

        _bench[Config] = Legacy;
        Assert.That(_bench.LegacyMode, Is.True);
        Assert.That(_bench.Lines[0].Level || _bench.Lines[8].Level, Is.False);

        _bench.Hpet.PitInput.Set(false);
        _bench.Hpet.PitInput.Set(true);
        Assert.That(_bench.Lines[0].Level, Is.False);

        for (int timer = 0; timer < 3; timer++)
        {
            _bench[0x100 + (0x20 * timer)] = InterruptOn | (2 << 9);
            _bench[0x108 + (0x20 * timer)] = 10u + (uint)timer;
            _bench[0x10C + (0x20 * timer)] = 0;
        }

        _bench[Config] = Legacy | Enable;
        _bench.Advance(1000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Rises(0), Is.EqualTo("0 100"), "timer 0 on IRQ 0");
            Assert.That(_bench.Rises(8), Is.EqualTo("0 110"), "timer 1 on IRQ 8");
            Assert.That(_bench.Rises(2), Is.EqualTo("120"), "timer 2 by its route");
        }

        _bench[Config] = 0;
        Assert.That(_bench.LegacyMode, Is.False);
        Assert.That(_bench.Lines[8].Level, "the clock's line comes back with its level");
    }

    [Test]
    public void TimerThatIsSwitchedOffStaysSilent()
    {
        _bench[0x100] = InterruptOn | (2 << 9);
        _bench[0x108] = 100;
        _bench[0x10C] = 0;
        _bench[Config] = Enable;

        _bench[0x100] = 2 << 9;
        _bench.Advance(10_000);

        Assert.That(_bench.Lines[2].Edges, Is.Empty);
    }

    [Test]
    public void FsbIsNotOnOffer()
    {
        _bench[0x100] = 0xFFFF_FFFF;

        Assert.That(_bench[0x100], Is.EqualTo(0x3F7Eu), "type, enable, mode, set, width and route can be written, no FSB bit");
    }

    [Test]
    public void EveryMutableFieldIsSaved() => Assert.That(StateCompleteness.Unsaved(_bench.Hpet), Is.Empty);

    [Test]
    public void SectionHas151BytesAndTheClocksLevelOnlyWhileItIsHigh()
    {
        Assert.That(_bench.Save(), Has.Length.EqualTo(151));

        _bench.Hpet.RtcInput.Set(true);

        byte[] bytes = _bench.Save();
        Assert.That(bytes, Has.Length.EqualTo(151 + 1 + 1 + 18 + 4 + 1));
        Assert.That(bytes[^1], Is.EqualTo(1));
    }

    [Test]
    public void LoadedCounterAndTimersGoOn()
    {
        _bench[0x100] = InterruptOn | Periodic | SetValue | Force32 | (2 << 9);
        _bench[0x108] = 100;
        _bench[Config] = Enable;
        _bench.Advance(2300);

        var other = new Bench();
        other.Clock.Now = 2300;
        other.Load(_bench.Save());

        Assert.That(other[Counter], Is.EqualTo(230u));
        other.Advance(1000);
        Assert.That(other.Rises(2), Is.EqualTo("3000"));
    }

    [Test]
    public void LoadedLegacyModeCutsPitAndClockOff()
    {
        _bench[Config] = Legacy | Enable;
        var other = new Bench();
        other.Hpet.PitInput.Set(true);

        other.Load(_bench.Save());

        Assert.That(other.LegacyMode, Is.True);
        Assert.That(other.Lines[0].Level, Is.False);
        other.Hpet.RtcInput.Set(true);
        Assert.That(other.Lines[8].Level, Is.False);
    }

    [Test]
    public void LoadedLevelInterruptHoldsItsLine()
    {
        _bench[0x100] = InterruptOn | Level | (2 << 9);
        _bench[0x108] = 10;
        _bench[0x10C] = 0;
        _bench[Config] = Enable;
        _bench.Advance(100);
        var other = new Bench();

        other.Load(_bench.Save());

        Assert.That(other.Lines[2].Level);
    }

    [Test]
    public void VersionOneHasThreeTimersWithoutSayingSo()
    {
        byte[] bytes = _bench.Save();

        _bench.Load([.. bytes[..24], .. bytes[25..]], version: 1);

        Assert.That(_bench.Save(), Is.EqualTo(bytes));
    }

    [TestCase(24, 4, TestName = "HostileStreamOtherNumberOfTimersIsRefused")]
    [TestCase(25, 1, TestName = "HostileStreamTimersOutOfOrderAreRefused")]
    public void HostileStream(int offset, int value)
    {
        byte[] bytes = _bench.Save();
        bytes[offset] = (byte)value;

        Assert.That(() => _bench.Load(bytes), Throws.TypeOf<StateException>());
    }

    [Test]
    public void AnyTrafficAndTimeIsSurvivedAndTheStateIsWhole() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 0x3F], Gen.UInt, Gen.OneOf(1, 2, 4, 8)).Array[1, 60].Sample(
            steps =>
            {
                var bench = new Bench();
                foreach ((int kind, int place, uint value, int size) in steps)
                {
                    switch (kind)
                    {
                        case 0:
                            bench[place % 2 == 0 ? Config : Status] = value;
                            break;
                        case 1:
                        case 2:
                            bench.Write(0x100 + ((place << 2) & 0x7C), value >> (place & 31), size);
                            break;
                        case 3:
                            bench.Read((place << 4) | (place & 0xF), size);
                            break;
                        case 4:
                            bench.Write(Counter, value, size);
                            bench.Hpet.RtcInput.Set((value & 1) != 0);
                            bench.Hpet.PitInput.Set((value & 2) != 0);
                            break;
                        default:
                            bench.Advance(value & 0x3FFF);
                            break;
                    }
                }

                byte[] saved = bench.Save();
                var other = new Bench();
                other.Clock.Now = bench.Clock.Now;
                other.Load(saved);
                Assert.That(other.Save(), Is.EqualTo(saved));
            },
            iter: 300);

    private sealed class Bench
    {
        private readonly AddressSpace _memory;

        public Bench(byte timers = 3)
        {
            var log = new EventLog { Observer = Messages.Add };
            log.Enable(LogItems.GuestErrors);
            Timers = new TimerQueue(Clock);
            Probe[] probes = [.. Enumerable.Range(0, 24).Select(_ => new Probe(Clock))];
            SharedIrq[] shared = [.. probes.Select(static p => new SharedIrq(p))];
            Lines = probes;
            Hpet = new Hpet(Timers, number => number < 24 ? shared[number].AddInput() : IrqLine.None, log)
            {
                TimerCount = timers,
                LegacyModeChanged = legacy => LegacyMode = legacy,
            };
            Hpet.Realize();
            Hpet.Reset();
            MemoryRegion root = MemoryRegion.Container("system", 1ul << 32);
            root.Add(Hpet.Registers, Hpet.DefaultBase);
            _memory = new AddressSpace("memory", root, log);
        }

        public ManualClock Clock { get; } = new();

        public TimerQueue Timers { get; }

        public Hpet Hpet { get; }

        public Probe[] Lines { get; }

        public List<string> Messages { get; } = [];

        public bool? LegacyMode { get; private set; }

        public uint this[int register]
        {
            get => (uint)Read(register, 4);
            set => Write(register, value, 4);
        }

        public ulong Read(int register, int size) => _memory.Read(Hpet.DefaultBase + (ulong)register, size);

        public void Write(int register, ulong value, int size) => _memory.Write(Hpet.DefaultBase + (ulong)register, value, size);

        public void Advance(long nanoseconds) => Clock.Advance(nanoseconds, Timers);

        /// <summary>When a line rose.</summary>
        public string Rises(int line) => string.Join(' ', Lines[line].Edges.Where(static e => e.Level).Select(static e => e.Time));

        public byte[] Save() => PortBench.Save(Hpet)[0];

        public void Load(byte[] bytes, int? version = null) => PortBench.Load(Hpet, [bytes], version);
    }
}
