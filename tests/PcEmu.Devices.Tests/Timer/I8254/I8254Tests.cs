using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Tests.Isa;
using PcEmu.Devices.Timer;

namespace PcEmu.Devices.Tests.Timer;

[TestFixture]
public sealed class I8254Tests
{
    private const int Control = 0x43;
    private const long Start = 5_000_000_000;

    private PortBench _bench = null!;
    private Probe _irq0 = null!;
    private I8254 _pit = null!;

    [SetUp]
    public void SetUp() => (_bench, _irq0, _pit) = Make();

    // Nanoseconds after n ticks: the first whole one at which n ticks of 1193182 Hz have passed.
    [TestCase(1, 839)]
    [TestCase(2, 1677)]
    [TestCase(4, 3353)]
    [TestCase(5, 4191)]
    [TestCase(1193, 999848)]
    [TestCase(65536, 54925402)]
    [TestCase(1193182, 1000000000)]
    public void TicksAreExact(int ticks, long nanoseconds) => Assert.That(Ns(ticks), Is.EqualTo(nanoseconds));

    // Mode, count, and the ticks at which OUT of counter 0 changes, beginning with the given level.
    [TestCase(0, 5, false, new[] { 5 })]
    [TestCase(1, 5, true, new int[0])]
    [TestCase(2, 5, true, new[] { 4, 5, 9, 10, 14, 15 })]
    [TestCase(2, 2, true, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 })]
    [TestCase(6, 5, true, new[] { 4, 5, 9, 10, 14, 15 })]
    [TestCase(3, 6, true, new[] { 3, 6, 9, 12, 15 })]
    [TestCase(3, 5, true, new[] { 3, 5, 8, 10, 13, 15 })]
    [TestCase(7, 5, true, new[] { 3, 5, 8, 10, 13, 15 })]
    [TestCase(2, 1, true, new int[0])]
    [TestCase(3, 1, true, new int[0])]
    [TestCase(4, 5, true, new[] { 5, 6 })]
    [TestCase(5, 5, true, new int[0])]
    public void OutputOfCounter0DrivesTheLineAtTheTick(int mode, int count, bool level, int[] ticks)
    {
        Program(0, mode, count);
        Assert.That(_irq0.Level, Is.EqualTo(level));
        _irq0.Edges.Clear();

        _bench.Advance(Ns(15));

        List<(long, bool)> expected = [];
        foreach (int tick in ticks)
        {
            level = !level;
            expected.Add((Start + Ns(tick), level));
        }

        Assert.That(_irq0.Edges, Is.EqualTo(expected));
    }

    // Mode, BCD, count, ticks passed, count as read.
    [TestCase(0, false, 0x1234, 0, 0x1234)]
    [TestCase(0, false, 0x1234, 0x34, 0x1200)]
    [TestCase(0, false, 5, 6, 0xFFFF)]
    [TestCase(0, false, 0, 0, 0)]
    [TestCase(0, false, 0, 1, 0xFFFF)]
    [TestCase(2, false, 5, 4, 1)]
    [TestCase(2, false, 5, 5, 5)]
    [TestCase(2, false, 5, 1_000_003, 2)]
    [TestCase(3, false, 6, 1, 4)]
    [TestCase(3, false, 6, 2, 2)]
    [TestCase(3, false, 6, 3, 6)]
    [TestCase(3, false, 5, 0, 4)]
    [TestCase(3, false, 5, 2, 0)]
    [TestCase(3, false, 5, 3, 4)]
    [TestCase(3, false, 5, 4, 2)]
    [TestCase(4, false, 3, 4, 0xFFFF)]
    [TestCase(0, true, 0x1000, 1, 0x0999)]
    [TestCase(0, true, 0, 1, 0x9999)]
    [TestCase(0, true, 5, 6, 0x9999)]
    [TestCase(2, true, 0x10, 3, 0x07)]
    public void CountIsReadAsItStands(int mode, bool bcd, int count, int ticks, int expected)
    {
        Program(0, mode, count, bcd);

        _bench.Advance(Ns(ticks));

        Assert.That(ReadWord(0), Is.EqualTo(expected));
    }

    [Test]
    public void CountChangesOnTheNanosecondOfTheTick()
    {
        Program(0, 2, 1000);

        _bench.Advance(Ns(7) - 1);
        Assert.That(ReadWord(0), Is.EqualTo(994));
        _bench.Advance(1);
        Assert.That(ReadWord(0), Is.EqualTo(993));
    }

    [Test]
    public void LatchedCountStaysUntilItIsRead()
    {
        Program(0, 2, 0x1000);
        _bench.Out(Control, 0x00);
        _bench.Advance(Ns(10));
        _bench.Out(Control, 0x00);

        Assert.That(ReadWord(0), Is.EqualTo(0x1000));
        Assert.That(ReadWord(0), Is.EqualTo(0x0FF6));
    }

    [TestCase(1, 0x12, 0x0012)]
    [TestCase(2, 0x12, 0x1200)]
    public void SingleByteAccessSetsTheOtherByteToZero(int access, int value, int count)
    {
        _bench.Out(Control, access << 4);
        _bench.Out(0x40, value);

        Assert.That(_pit.Inspect(0).Period, Is.EqualTo(count));
        Assert.That(_bench.In(0x40), Is.EqualTo(value));
        Assert.That(_bench.In(0x40), Is.EqualTo(value), "the same byte each time");
    }

    [Test]
    public void ReadBackGivesStatusBeforeCountForEachChosenCounter()
    {
        Program(0, 2, 0x2000);
        Program(2, 0, 0x0003);
        _pit.SetGate(2, true);
        _bench.Advance(Ns(16));

        _bench.Out(Control, 0xC0 | 0x0A);
        _bench.Advance(Ns(100));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.In(0x40), Is.EqualTo(0xB4), "OUT high, both bytes, mode 2");
            Assert.That(ReadWord(0), Is.EqualTo(0x1FF0));
            Assert.That(_bench.In(0x42), Is.EqualTo(0xB0), "OUT high: the count is over");
            Assert.That(ReadWord(2), Is.EqualTo(0xFFF3));
        }
    }

    [Test]
    public void ReadBackCanLeaveOutStatusOrCount()
    {
        Program(0, 3, 0x2000);
        _bench.Out(Control, 0xE2);
        Assert.That(_bench.In(0x40), Is.EqualTo(0xB6));

        _bench.Out(Control, 0xD2);
        _bench.Advance(Ns(8));
        Assert.That(ReadWord(0), Is.EqualTo(0x2000));
    }

    [Test]
    public void ControlWordReadsAsZero() => Assert.That(_bench.In(Control), Is.Zero);

    [TestCase(0)]
    [TestCase(4)]
    public void LowGateHoldsTheCountInModes0And4(int mode)
    {
        _pit.SetGate(2, true);
        Program(2, mode, 100);
        _bench.Advance(Ns(10));
        _pit.SetGate(2, false);
        _bench.Advance(Ns(1000));
        Assert.That(ReadWord(2), Is.EqualTo(90));

        _pit.SetGate(2, true);
        _bench.Advance(Ns(5));
        Assert.That(ReadWord(2), Is.EqualTo(85));
    }

    [TestCase(2)]
    [TestCase(3)]
    public void LowGateRaisesOutAndTheRiseStartsOverInModes2And3(int mode)
    {
        _pit.SetGate(2, true);
        Program(2, mode, 100);
        _bench.Advance(Ns(99));
        Assert.That(_pit.Inspect(2).Out, Is.False);
        _pit.SetGate(2, false);
        Assert.That(_pit.Inspect(2).Out);

        _bench.Advance(Ns(1000));
        _pit.SetGate(2, true);
        Assert.That(ReadWord(2), Is.EqualTo(100));
    }

    // Mode, count, ticks after the trigger, OUT.
    [TestCase(1, 10, 0, false)]
    [TestCase(1, 10, 9, false)]
    [TestCase(1, 10, 10, true)]
    [TestCase(5, 10, 9, true)]
    [TestCase(5, 10, 10, false)]
    [TestCase(5, 10, 11, true)]
    public void GateTriggersModes1And5(int mode, int count, int ticks, bool level)
    {
        Program(2, mode, count);
        _bench.Advance(Ns(count));
        Assert.That(_pit.Inspect(2).Out, "not triggered yet");

        _pit.SetGate(2, true);
        _pit.SetGate(2, false);
        _bench.Advance(Ns(ticks));

        Assert.That(_pit.Inspect(2).Out, Is.EqualTo(level));
    }

    [Test]
    public void RetriggeredOneShotStartsOver()
    {
        Program(2, 1, 10);
        _pit.SetGate(2, true);
        _bench.Advance(Ns(9));
        _pit.SetGate(2, false);
        _pit.SetGate(2, true);
        _bench.Advance(Ns(9));

        Assert.That(_pit.Inspect(2).Out, Is.False);
    }

    [Test]
    public void HalfACountStopsMode0WithOutLow()
    {
        Program(0, 0, 5);
        _bench.Advance(Ns(6));
        Assert.That(_irq0.Level);

        _bench.Out(0x40, 3);
        Assert.That(_irq0.Level, Is.False);
        _bench.Advance(Ns(0x10000));
        Assert.That(_irq0.Level, Is.False);
        _bench.Out(0x40, 0);
        _bench.Advance(Ns(3));
        Assert.That(_irq0.Level);
    }

    [Test]
    public void HpetLegacyModeCutsTheLine()
    {
        Program(0, 2, 100);
        _irq0.Edges.Clear();
        _pit.IrqDisabled = true;
        _bench.Advance(Ns(1000));
        Program(0, 3, 100);
        Assert.That(_irq0.Edges, Is.Empty);
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));

        _pit.IrqDisabled = false;
        _bench.Advance(Ns(100));
        Assert.That(_irq0.Edges, Is.EqualTo([(Start + Ns(1000) + Ns(50), false), (Start + Ns(1000) + Ns(100), true)]));
    }

    [Test]
    public void MachineThatStoodStillGetsOnePulseForAllMissedTicks()
    {
        Program(0, 2, 100);
        _irq0.Edges.Clear();

        _bench.Clock.Now += Ns(100_050);
        _bench.Timers.RunExpired();

        Assert.That(_irq0.Edges.Select(static e => e.Level), Is.EqualTo([false, true]));
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(Start + Ns(100_099)));
    }

    [Test]
    public void SectionIsVersion3InTheWiresOrder()
    {
        Program(0, 2, 0x1234);

        byte[] bytes = PortBench.Save(_pit)[0];

        Assert.That(bytes, Has.Length.EqualTo(108));
        Assert.That(Convert.ToHexString(bytes.AsSpan(0, 36)), Is.EqualTo(
            "00000000" + "00001234" + "0000" + "00" + "00" + "00" + "03" + "03" + "34" + "03" + "02" + "00" + "01"
            + Start.ToString("X16", null) + (Start + Ns(0x1233)).ToString("X16", null)));
        Assert.That(Convert.ToHexString(bytes.AsSpan(100)), Is.EqualTo((Start + Ns(0x1233)).ToString("X16", null)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Version2HasTheFlagsWordFromQemuKvmOnly(bool kvm)
    {
        Program(0, 2, 100);
        byte[] saved = PortBench.Save(_pit)[0];
        (PortBench bench, Probe irq0, I8254 fresh) = Make(kvm);

        PortBench.Load(fresh, [kvm ? saved : saved[4..]], version: 2);
        bench.Advance(Ns(100));

        Assert.That(irq0.Edges, Is.EqualTo([(Start + Ns(100), true)]));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Version2OfTheOtherKindIsRefused(bool kvm)
    {
        Program(0, 2, 100);
        byte[] saved = PortBench.Save(_pit)[0];
        (_, _, I8254 fresh) = Make(kvm);

        StateException? error = Assert.Throws<StateException>(
            () => PortBench.Load(fresh, [kvm ? [.. saved[4..], 0, 0, 0, 0] : saved], version: 2));

        // The reader of the stream knows the section and adds the hint at qemu-kvm-migration.
        Assert.That(error!.Message, Is.EqualTo("a counter's registers are out of range"));
    }

    [Test]
    public void InKernelPitStartsOverAtTheLoad()
    {
        Program(0, 2, 100);
        Program(1, 2, 18);
        byte[] saved = PortBench.Save(_pit)[0];
        saved.AsSpan(20, 8).Clear();
        saved.AsSpan(28, 8).Clear();
        saved.AsSpan(52, 8).Fill(0x7F);
        saved.AsSpan(100, 8).Fill(0xFF);
        (PortBench bench, Probe irq0, I8254 fresh) = Make(kvm: true);

        PortBench.Load(fresh, [saved], version: 2);
        bench.Advance(Ns(200));

        Assert.That(irq0.Edges, Is.EqualTo([(Start + Ns(100), true), (Start + Ns(199), false), (Start + Ns(200), true)]));
        bench.Out(Control, 0x40);
        Assert.That(bench.In(0x41), Is.EqualTo(18 - (200 % 18)));
    }

    [Test]
    public void HpetLegacyModeOfTheInKernelPitLeavesTheTimerOff()
    {
        Program(0, 2, 100);
        byte[] saved = PortBench.Save(_pit)[0];
        saved[3] = 3;
        saved.AsSpan(100, 8).Fill(0xFF);
        (PortBench bench, _, I8254 fresh) = Make(kvm: true);

        PortBench.Load(fresh, [saved], version: 2);

        Assert.That(fresh.IrqDisabled);
        Assert.That(bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void ExpiredOneShotStaysExpired()
    {
        Program(0, 4, 100);
        _bench.Advance(Ns(200));
        byte[] saved = PortBench.Save(_pit)[0];
        (PortBench bench, _, I8254 fresh) = Make(kvm: true);
        bench.Clock.Now = _bench.Clock.Now;

        PortBench.Load(fresh, [saved], version: 2);

        Assert.That(bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [TestCase(long.MinValue)]
    [TestCase(-1L)]
    [TestCase(long.MaxValue)]
    public void SenselessTimesDoNotHangTheMachine(long time)
    {
        Program(0, 2, 100);
        byte[] saved = PortBench.Save(_pit)[0];
        foreach (int at in new[] { 20, 28, 100 })
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(saved.AsSpan(at), time);
        }

        (PortBench bench, Probe irq0, I8254 fresh) = Make();
        PortBench.Load(fresh, [saved]);
        bench.Advance(Ns(300));

        Assert.That(ReadWord(0, bench), Is.InRange(1, 100));
        Assert.That(irq0.Edges, time == long.MaxValue ? Is.Empty : Is.Not.Empty);
    }

    [Test]
    public void AnyTrafficSavesAndLoadsTheSame()
    {
        Gen.Select(Gen.Int[0, 11], Gen.Byte, Gen.Long[0, 300_000]).Array[0, 60].Sample(steps =>
        {
            (PortBench bench, Probe irq0, I8254 pit) = Make();
            foreach ((int action, byte value, long time) in steps)
            {
                switch (action)
                {
                    case < 4:
                        bench.Out(0x40 + action, value);
                        break;
                    case < 8:
                        bench.Out(Control, value);
                        break;
                    case 8:
                        _ = bench.In(0x40 + (value & 3));
                        break;
                    case 9:
                        pit.SetGate(value % 3, (value & 0x80) != 0);
                        break;
                    case 10:
                        pit.IrqDisabled = (value & 1) != 0;
                        break;
                    default:
                        bench.Advance(time);
                        break;
                }

                if (!pit.IrqDisabled && irq0.Edges.Count > 0)
                {
                    Assert.That(irq0.Level, Is.EqualTo(pit.Inspect(0).Out));
                }
            }

            byte[][] saved = PortBench.Save(pit);
            (PortBench freshBench, Probe freshIrq0, I8254 fresh) = Make();
            freshBench.Clock.Now = bench.Clock.Now;
            PortBench.Load(fresh, saved);
            Assert.That(PortBench.Save(fresh), Is.EqualTo(saved));
            Assert.That(freshBench.Timers.NextDeadline, Is.EqualTo(bench.Timers.NextDeadline));
            for (int i = 0; i < 3; i++)
            {
                Assert.That(fresh.Inspect(i), Is.EqualTo(pit.Inspect(i)));
                Assert.That(ReadWord(i, freshBench), Is.EqualTo(ReadWord(i, bench)));
            }
        }, iter: 200);
    }

    private static long Ns(long ticks) => ((ticks * 1_000_000_000) + 1_193_181) / 1_193_182;

    private static (PortBench Bench, Probe Irq0, I8254 Pit) Make(bool kvm = false)
    {
        var bench = new PortBench();
        bench.Clock.Now = Start;
        var irq0 = new Probe(bench.Clock);
        var pit = new I8254(bench.Clock, bench.Timers, irq0, bench.Log) { QemuKvmMigration = kvm };
        bench.Map(pit.Ports, 0x40);
        pit.Realize();
        pit.Reset();
        return (bench, irq0, pit);
    }

    private void Program(int counter, int mode, int count, bool bcd = false)
    {
        _bench.Out(Control, (counter << 6) | 0x30 | (mode << 1) | (bcd ? 1 : 0));
        _bench.Out(0x40 + counter, count);
        _bench.Out(0x40 + counter, count >> 8);
    }

    private int ReadWord(int counter) => ReadWord(counter, _bench);

    private static int ReadWord(int counter, PortBench bench)
    {
        int low = bench.In(0x40 + counter);
        return low | (bench.In(0x40 + counter) << 8);
    }
}
