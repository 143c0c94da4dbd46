using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Interrupts;
using PcEmu.Devices.Tests.Isa;

namespace PcEmu.Devices.Tests.Interrupts;

[TestFixture]
public sealed class I8259PairTests
{
    private const int Master = 0x20;
    private const int Slave = 0xA0;

    private PortBench _bench = null!;
    private Probe _intr = null!;
    private I8259Pair _pic = null!;

    [SetUp]
    public void SetUp()
    {
        (_bench, _intr, _pic) = Make();
        Initialize();
    }

    // Requests, what the mask hides, what is in service already, the lowest priority's line; who wins.
    [TestCase(0b0000_0001, 0, 0, 7, 0)]
    [TestCase(0b1000_0001, 0, 0, 7, 0)]
    [TestCase(0b1000_1010, 0, 0, 7, 1)]
    [TestCase(0b1000_1010, 0b0000_0010, 0, 7, 3)]
    [TestCase(0b1000_0000, 0b1000_0000, 0, 7, -1)]
    [TestCase(0b0001_0000, 0, 0b0000_1000, 7, -1)]
    [TestCase(0b0000_1000, 0, 0b0000_1000, 7, -1)]
    [TestCase(0b0000_0010, 0, 0b0000_1000, 7, 1)]
    [TestCase(0b0000_1001, 0, 0, 0, 3)]
    [TestCase(0b0000_0001, 0, 0, 0, 0)]
    [TestCase(0b1000_1000, 0, 0, 3, 7)]
    [TestCase(0b0000_1000, 0, 0b0000_0001, 3, -1)]
    [TestCase(0b0010_0000, 0, 0b0000_0001, 3, 5)]
    public void HighestUnmaskedRequestAboveTheLevelInServiceWins(int requests, int mask, int inService, int lowest, int winner)
    {
        // Lines come into service lowest priority first, so that each is let through.
        for (int i = 7; i >= 0; i--)
        {
            if ((inService >> i & 1) != 0)
            {
                Pulse(i);
                _pic.Acknowledge();
            }
        }

        _bench.Out(Master, 0xC0 | lowest);
        _bench.Out(Master + 1, mask);
        for (int i = 0; i < 8; i++)
        {
            if ((requests >> i & 1) != 0)
            {
                Pulse(i);
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_intr.Level, Is.EqualTo(winner >= 0));
            Assert.That(_pic.Acknowledge(), Is.EqualTo(0x08 + (winner >= 0 ? winner : 7)));
        }
    }

    [TestCase(0x20, 0b0001_0000, 0, TestName = "NonSpecificEoiEndsTheHighestLevel")]
    [TestCase(0x64, 0b0000_0010, 0, TestName = "SpecificEoiEndsTheNamedLevel")]
    [TestCase(0xA0, 0b0001_0000, 2, TestName = "RotateOnNonSpecificEoiMakesTheEndedLevelLowest")]
    [TestCase(0xE4, 0b0000_0010, 5, TestName = "RotateOnSpecificEoiMakesTheNamedLevelLowest")]
    [TestCase(0xC4, 0b0001_0010, 5, TestName = "SetPriorityEndsNothing")]
    [TestCase(0x40, 0b0001_0010, 0, TestName = "NoOperationDoesNothing")]
    public void Ocw2(int command, int isr, int priorityAdd)
    {
        Pulse(4);
        _pic.Acknowledge();
        Pulse(1);
        _pic.Acknowledge();

        _bench.Out(Master, command);

        byte[] state = PortBench.Save(_pic)[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ReadIsr(Master), Is.EqualTo(isr));
            Assert.That(state[4], Is.EqualTo(priorityAdd));
        }
    }

    [Test]
    public void NonSpecificEoiFollowsTheRotation()
    {
        Pulse(4);
        _pic.Acknowledge();
        Pulse(1);
        _pic.Acknowledge();
        _bench.Out(Master, 0xC2);

        _bench.Out(Master, 0x20);

        Assert.That(ReadIsr(Master), Is.EqualTo(0b0000_0010), "with line 3 on top, 4 stands above 1");
    }

    [Test]
    public void SlaveRequestGivesTheSlavesVectorAndTakesBothIntoService()
    {
        Pulse(12);

        Assert.That(_intr.Level);
        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x74));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ReadIsr(Slave), Is.EqualTo(0b0001_0000));
            Assert.That(ReadIsr(Master), Is.EqualTo(0b0000_0100));
            Assert.That(_intr.Level, Is.False);
        }
    }

    [Test]
    public void SlaveCannotInterruptItselfUnlessTheMasterIsSpecialFullyNested([Values] bool special)
    {
        Initialize(icw4: special ? 0x11 : 0x01);
        Pulse(12);
        _pic.Acknowledge();

        Pulse(9);

        Assert.That(_intr.Level, Is.EqualTo(special));
    }

    [Test]
    public void RequestThatIsGoneGivesIrq7WithoutGoingIntoService()
    {
        Pulse(3);
        _bench.Out(Master + 1, 0x08);

        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x0F));
        Assert.That(ReadIsr(Master), Is.Zero);
    }

    [Test]
    public void SlaveRequestThatIsGoneGivesIrq15AndStaysInServiceOnTheMaster()
    {
        Pulse(11);
        _bench.Out(Slave + 1, 0x08);

        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x77));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ReadIsr(Slave), Is.Zero);
            Assert.That(ReadIsr(Master), Is.EqualTo(0b0000_0100));
        }
    }

    [Test]
    public void SpecialMaskModeLetsLowerLevelsThroughAMaskedOneInService()
    {
        Pulse(1);
        _pic.Acknowledge();
        Pulse(5);
        _bench.Out(Master + 1, 0x02);
        Assert.That(_intr.Level, Is.False);

        _bench.Out(Master, 0x68);
        Assert.That(_intr.Level);

        _bench.Out(Master, 0x48);
        Assert.That(_intr.Level, Is.False);
    }

    [Test]
    public void AutomaticEoiLeavesNothingInServiceAndRotatesWhenTold()
    {
        Initialize(icw4: 0x03);
        Pulse(3);
        _pic.Acknowledge();
        Assert.That(ReadIsr(Master), Is.Zero);

        _bench.Out(Master, 0x80);
        Pulse(3);
        _pic.Acknowledge();
        Pulse(3);
        Pulse(4);
        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x0C));

        _bench.Out(Master, 0x00);
        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x0B));
        Assert.That(PortBench.Save(_pic)[0][4], Is.EqualTo(5), "no rotation any more");
    }

    [Test]
    public void PollReadAcknowledgesWithoutIntaAndWorksOnce()
    {
        Pulse(6);
        _bench.Out(Master, 0x0C);

        Assert.That(_bench.In(Master), Is.EqualTo(0x86));
        Assert.That(ReadIsr(Master), Is.EqualTo(0x40));
        _bench.Out(Master, 0x0C);
        Assert.That(_bench.In(Master), Is.Zero, "nobody above line 6 asks");
        Assert.That(_bench.In(Master + 1), Is.Zero, "the mask again");
    }

    [Test]
    public void EdgeLineAsksOnceForEachRise()
    {
        _pic.Line(5).Set(true);
        _pic.Acknowledge();
        _bench.Out(Master, 0x20);
        Assert.That(_intr.Level, Is.False);

        _pic.Line(5).Set(true);
        Assert.That(_intr.Level, Is.False, "it did not rise");
        _pic.Line(5).Set(false);
        _pic.Line(5).Set(true);
        Assert.That(_intr.Level);
    }

    [Test]
    public void EdgeRequestOutlivesItsLine()
    {
        Pulse(5);

        Assert.That(ReadIrr(Master), Is.EqualTo(0x20));
    }

    [TestCase(5)]
    [TestCase(11)]
    public void LevelLineAsksAsLongAsItIsHigh(int irq)
    {
        _bench.Out(0x4D0 + (irq >> 3), 1 << (irq & 7));
        _pic.Line(irq).Set(true);
        int vector = _pic.Acknowledge();
        _bench.Out(Slave, 0x20);
        _bench.Out(Master, 0x20);
        Assert.That(_pic.Acknowledge(), Is.EqualTo(vector), "still high");

        _bench.Out(Slave, 0x20);
        _bench.Out(Master, 0x20);
        _pic.Line(irq).Set(false);
        Assert.That(ReadIrr(irq < 8 ? Master : Slave), Is.Zero);
    }

    [Test]
    public void ElcrHoldsOnlyTheLinesThatCanBeLevelTriggered()
    {
        _bench.Out(0x4D0, 0xFF);
        _bench.Out(0x4D1, 0xFF);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.In(0x4D0), Is.EqualTo(0xF8));
            Assert.That(_bench.In(0x4D1), Is.EqualTo(0xDE));
        }

        Initialize();
        Assert.That(_bench.In(0x4D0), Is.EqualTo(0xF8), "ICW1 leaves it");
        _pic.Reset();
        Assert.That(_bench.In(0x4D0), Is.Zero);
    }

    [Test]
    public void Icw1ClearsMaskServiceAndEdgesButNotLevelRequests()
    {
        _bench.Out(0x4D0, 0x20);
        Pulse(1);
        _pic.Acknowledge();
        Pulse(3);
        _pic.Line(5).Set(true);
        _bench.Out(Master + 1, 0xFF);

        _bench.Out(Master, 0x11);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.In(Master), Is.EqualTo(0x20), "IRR is selected");
            Assert.That(_bench.In(Master + 1), Is.Zero);
            Assert.That(ReadIsr(Master), Is.Zero);
        }
    }

    [TestCase(0x12, new[] { 0x40 }, TestName = "SingleWithoutIcw4TakesIcw2Only")]
    [TestCase(0x13, new[] { 0x40, 0x01 }, TestName = "SingleWithIcw4TakesTwo")]
    [TestCase(0x10, new[] { 0x40, 0x04 }, TestName = "CascadeWithoutIcw4TakesTwo")]
    [TestCase(0x11, new[] { 0x40, 0x04, 0x01 }, TestName = "CascadeWithIcw4TakesThree")]
    public void InitializationSequence(int icw1, int[] words)
    {
        _bench.Out(Master, icw1);
        foreach (int word in words)
        {
            _bench.Out(Master + 1, word);
        }

        _bench.Out(Master + 1, 0xA5);
        Assert.That(_bench.In(Master + 1), Is.EqualTo(0xA5), "the next word is the mask");
        Pulse(1);
        Assert.That(_pic.Acknowledge(), Is.EqualTo(0x41));
    }

    [Test]
    public void LtimIsReportedAndIgnored()
    {
        _bench.Out(Master, 0x19);

        Assert.That(_bench.Messages, Has.Exactly(1).Contains("LTIM"));
    }

    [Test]
    public void SectionIsSixteenBytesInTheWiresOrder()
    {
        _bench.Out(0x4D0, 0x20);
        Pulse(1);
        _pic.Acknowledge();
        _pic.Line(4).Set(true);
        _bench.Out(Master + 1, 0x5A);
        _bench.Out(Master, 0xC2);
        _bench.Out(Master, 0x6B);

        byte[] master = PortBench.Save(_pic)[0];

        Assert.That(master, Is.EqualTo(new byte[] { 0x10, 0x10, 0x5A, 0x02, 3, 0x08, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0x20 }));
    }

    [Test]
    public void LoadedMasterDrivesIntr()
    {
        Pulse(4);
        byte[][] saved = PortBench.Save(_pic);
        (_, Probe intr, I8259Pair fresh) = Make();

        PortBench.Load(fresh, saved);

        Assert.That(intr.Level);
        Assert.That(fresh.Acknowledge(), Is.EqualTo(0x0C));
    }

    [Test]
    public void EmptySectionOfAnUnknownInKernelChipLoads()
    {
        PortBench.Load(_pic, [new byte[16], new byte[16]]);

        Assert.That(_intr.Level, Is.False);
    }

    [TestCase(4, 8)]
    [TestCase(9, 4)]
    public void ImpossibleRegisterIsRefused(int at, byte value)
    {
        byte[][] saved = PortBench.Save(_pic);
        saved[0][at] = value;

        Assert.Throws<StateException>(() => PortBench.Load(_pic, saved));
    }

    [Test]
    public void AnyTrafficSavesAndLoadsTheSame()
    {
        int[] ports = [0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1];
        Gen.Select(Gen.Int[0, 9], Gen.Byte, Gen.Int[0, 15], Gen.Bool).Array[0, 60].Sample(steps =>
        {
            (PortBench bench, Probe intr, I8259Pair pic) = Make();
            foreach ((int action, byte value, int irq, bool level) in steps)
            {
                if (action < ports.Length)
                {
                    bench.Out(ports[action], value);
                }
                else if (action == 6)
                {
                    _ = bench.In(ports[irq % ports.Length]);
                }
                else if (action == 7)
                {
                    int vector = pic.Acknowledge();
                    Assert.That(vector, Is.InRange(0, 255));
                }
                else
                {
                    pic.Line(irq).Set(level);
                }

                Assert.That(intr.Level, Is.EqualTo(pic.Output));
            }

            byte[][] saved = PortBench.Save(pic);
            (_, Probe freshIntr, I8259Pair fresh) = Make();
            PortBench.Load(fresh, saved);
            Assert.That(PortBench.Save(fresh), Is.EqualTo(saved));
            Assert.That(freshIntr.Level, Is.EqualTo(intr.Level));
        }, iter: 300);
    }

    private static (PortBench Bench, Probe Intr, I8259Pair Pic) Make()
    {
        var bench = new PortBench();
        var intr = new Probe();
        var pic = new I8259Pair(intr, bench.Log);
        bench.Map(pic.MasterPorts, Master);
        bench.Map(pic.SlavePorts, Slave);
        bench.Map(pic.Elcr, 0x4D0);
        pic.Realize();
        pic.Reset();
        return (bench, intr, pic);
    }

    private void Initialize(int icw4 = 0x01)
    {
        int[] master = [0x08, 0x04, icw4, 0x00];
        int[] slave = [0x70, 0x02, 0x01, 0x00];
        _bench.Out(Master, 0x11);
        _bench.Out(Slave, 0x11);
        for (int i = 0; i < master.Length; i++)
        {
            _bench.Out(Master + 1, master[i]);
            _bench.Out(Slave + 1, slave[i]);
        }
    }

    private void Pulse(int irq)
    {
        _pic.Line(irq).Set(true);
        _pic.Line(irq).Set(false);
    }

    private int ReadIsr(int chip)
    {
        _bench.Out(chip, 0x0B);
        return _bench.In(chip);
    }

    private int ReadIrr(int chip)
    {
        _bench.Out(chip, 0x0A);
        return _bench.In(chip);
    }
}
