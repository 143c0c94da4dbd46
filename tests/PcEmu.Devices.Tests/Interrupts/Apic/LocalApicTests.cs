using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Interrupts;
using PcEmu.TestSupport;
using static PcEmu.Devices.Tests.Interrupts.ApicRegister;

namespace PcEmu.Devices.Tests.Interrupts;

[TestFixture]
public sealed class LocalApicTests
{
    private const uint Masked = 0x1_0000;
    private const uint LevelTriggered = 0x8000;

    private ApicBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new ApicBench().Enable();

    [TestCase(Id, 0x0000_0000u)]
    [TestCase(ApicRegister.Version, 0x0005_0011u)]
    [TestCase(Tpr, 0u)]
    [TestCase(Ldr, 0u)]
    [TestCase(Dfr, 0xFFFF_FFFFu)]
    [TestCase(Svr, 0xFFu)]
    [TestCase(LvtTimer, Masked)]
    [TestCase(LvtThermal, Masked)]
    [TestCase(LvtPerf, Masked)]
    [TestCase(LvtLint0, 0x700u, Description = "virtual wire: the 8259s get through")]
    [TestCase(LvtLint1, Masked)]
    [TestCase(LvtError, Masked)]
    [TestCase(Esr, 0u)]
    [TestCase(InitialCount, 0u)]
    public void ValueAfterReset(int register, uint value) => Assert.That(new ApicBench()[register], Is.EqualTo(value));

    [Test]
    public void OnlyTheBootstrapProcessorHasTheVirtualWire()
    {
        var bench = new ApicBench(2) { Current = 1 };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench[LvtLint0], Is.EqualTo(Masked));
            Assert.That(bench.Cpus[0].Apic.BaseRegister, Is.EqualTo(0xFEE0_0900));
            Assert.That(bench.Cpus[1].Apic.BaseRegister, Is.EqualTo(0xFEE0_0800));
            Assert.That(bench.Cpus[1].Apic.WaitsForStartUp);
        }
    }

    // Task priority, vectors in service, request; the processor priority and whether INTR rises.
    [TestCase(0x00, 0, 0x10, 0x00, true)]
    [TestCase(0x0F, 0, 0x10, 0x0F, true)]
    [TestCase(0x10, 0, 0x1F, 0x10, false)]
    [TestCase(0x1F, 0, 0x20, 0x1F, true)]
    [TestCase(0xFF, 0, 0xFF, 0xFF, false)]
    [TestCase(0x00, 0x45, 0x4F, 0x40, false)]
    [TestCase(0x00, 0x45, 0x50, 0x40, true)]
    [TestCase(0x43, 0x45, 0x50, 0x43, true)]
    [TestCase(0x3F, 0x45, 0x4E, 0x40, false)]
    [TestCase(0x52, 0x45, 0x5E, 0x52, false)]
    public void RequestMustBeOfAHigherClassThanTaskAndService(int tpr, int inService, int request, int ppr, bool intr)
    {
        if (inService != 0)
        {
            Ask(inService);
            _bench.Apic.AcknowledgeInterrupt();
        }

        _bench[Tpr] = (uint)tpr;
        Ask(request);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench[Ppr], Is.EqualTo(ppr));
            Assert.That(_bench.Cpus[0].Intr.Level, Is.EqualTo(intr));
            Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(intr ? request : 0xFF), "the spurious vector when nothing gets through");
        }
    }

    [Test]
    public void AcknowledgeMovesTheHighestRequestIntoServiceAndEoiEndsTheHighestInService()
    {
        Ask(0x31);
        Ask(0x62);

        Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x62));
        Assert.That(_bench.Vectors(0, Isr), Is.EqualTo("62"));
        Assert.That(_bench.Requests(0), Is.EqualTo("31"));
        Assert.That(_bench.Cpus[0].Intr.Level, Is.False);

        _bench[Eoi] = 0;

        Assert.That(_bench.Vectors(0, Isr), Is.Empty);
        Assert.That(_bench.Cpus[0].Intr.Level);
    }

    [Test]
    public void LoweringTheTaskPriorityLetsARequestThrough()
    {
        _bench[Tpr] = 0x80;
        Ask(0x55);
        Assert.That(_bench.Cpus[0].Intr.Level, Is.False);

        _bench.Apic.TaskPriority = 0x40;

        Assert.That(_bench.Cpus[0].Intr.Level);
    }

    [Test]
    public void DisabledBySoftwareItKeepsRequestsToItself()
    {
        _bench[Svr] = 0xFF;
        Ask(0x55);
        Assert.That(_bench.Cpus[0].Intr.Level, Is.False);

        _bench[Svr] = 0x1FF;

        Assert.That(_bench.Cpus[0].Intr.Level);
    }

    [Test]
    public void PicGetsThroughLint0InExtIntModeAndGivesItsOwnVector()
    {
        _bench.Apic.SetLint0(true);

        Assert.That(_bench.Cpus[0].Intr.Level);
        Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x08));
        Assert.That(_bench.Vectors(0, Isr), Is.Empty, "ExtINT needs no EOI");

        _bench.Apic.SetLint0(false);
        Assert.That(_bench.Cpus[0].Intr.Level, Is.False);
    }

    [Test]
    public void MaskOnLint0HoldsThePicBackUntilItIsTakenAway()
    {
        _bench[LvtLint0] = 0x700 | Masked;
        _bench.Apic.SetLint0(true);
        Assert.That(_bench.Cpus[0].Intr.Level, Is.False);

        _bench[LvtLint0] = 0x700;

        Assert.That(_bench.Cpus[0].Intr.Level);
    }

    [Test]
    public void ExtIntPassesWhenTheTaskPriorityHoldsARequestBack()
    {
        Ask(0x55);
        _bench[Tpr] = 0xF0;
        _bench.Apic.SetLint0(true);

        Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x08));
        Assert.That(_bench.Requests(0), Is.EqualTo("55"));
    }

    [TestCase(0x041u, false, "41", TestName = "EdgeAtLint0StaysARequestWhenTheLineFalls")]
    [TestCase(0x041u | LevelTriggered, true, "", TestName = "LevelAtLint0GoesWithTheLine")]
    public void Lint0Fixed(uint entry, bool isLevel, string left)
    {
        _bench[LvtLint0] = entry;
        _bench.Apic.SetLint0(true);
        Assert.That(_bench.Requests(0), Is.EqualTo("41"));
        Assert.That(_bench.Vectors(0, Tmr), Is.EqualTo(isLevel ? "41" : ""));

        _bench.Apic.SetLint0(false);

        Assert.That(_bench.Requests(0), Is.EqualTo(left));
    }

    [TestCase(0x400u, "nmi")]
    [TestCase(0x200u, "smi")]
    [TestCase(0x500u, "init")]
    [TestCase(0x400u | Masked, null)]
    public void Lint1DeliversInTheModeOfItsEntry(uint entry, string? expected)
    {
        _bench[LvtLint1] = entry;

        _bench.Apic.PulseLint1();

        Assert.That(_bench.Cpus[0].Happened, Is.EqualTo(expected ?? ""));
    }

    [Test]
    public void EsrShowsWhatTheLastWriteLatched()
    {
        _bench[LvtError] = 0xFE;
        _ = _bench[0x00];
        Assert.That(_bench[Esr], Is.Zero, "nothing latched yet");

        _bench[Esr] = 0;
        Assert.That(_bench[Esr], Is.EqualTo(0x80u), "illegal register address");
        Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0xFE));

        _bench[Esr] = 0;
        Assert.That(_bench[Esr], Is.Zero);
    }

    [TestCase(0x0Fu, 0x20u, TestName = "SendingAVectorBelow16IsAnError")]
    public void SendError(uint command, uint esr)
    {
        _bench[IcrHigh] = 0;
        _bench[IcrLow] = command;
        _bench[Esr] = 0;

        Assert.That(_bench[Esr], Is.EqualTo(esr));
        Assert.That(_bench.Requests(0), Is.Empty);
    }

    [Test]
    public void ReceivingAVectorBelow16IsAnError()
    {
        _bench.Bus.Deliver(0, false, ApicDelivery.Fixed, 0x0E, false);
        _bench[Esr] = 0;

        Assert.That(_bench[Esr], Is.EqualTo(0x40u));
        Assert.That(_bench.Requests(0), Is.Empty);
    }

    [Test]
    public void NarrowAccessesFindNothing()
    {
        _bench.Write(ApicBus.DefaultBase + Tpr, 0x55, 1);

        Assert.That(_bench[Tpr], Is.Zero);
        Assert.That(_bench.Read(ApicBus.DefaultBase + ApicRegister.Version, 2), Is.Zero);
    }

    [Test]
    public void TheBaseRegisterMovesThePageAndKeepsTheMessageWindow()
    {
        _bench.Apic.BaseRegister = 0xD000_0800;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Apic.BaseRegister, Is.EqualTo(0xD000_0900), "the bootstrap bit is read-only");
            Assert.That(_bench.Read(0xD000_0000 + ApicRegister.Version), Is.EqualTo(0x0005_0011u));
            Assert.That(_bench[ApicRegister.Version], Is.Zero);
        }

        _bench.Write(ApicBus.DefaultBase, 0x77);
        Assert.That(_bench.Requests(0), Is.Empty, "the helper reads at the old place");
        Assert.That(_bench.Read(0xD000_0000 + Irr + 0x30), Is.EqualTo(1u << 0x17));
    }

    [Test]
    public void SwitchedOffItLetsThePicThroughAndStaysOffUntilReset()
    {
        _bench[LvtLint0] = Masked;
        _bench.Apic.BaseRegister = 0xFEE0_0000;
        _bench.Apic.BaseRegister = 0xFEE0_0800;
        _bench.Apic.SetLint0(true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Apic.IsEnabled, Is.False);
            Assert.That(_bench.Cpus[0].Intr.Level);
            Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x08));
        }

        _bench.Apic.Reset();
        Assert.That(_bench.Apic.IsEnabled);
    }

    [Test]
    public void InitKeepsIdAndBase()
    {
        _bench[Id] = 0x0700_0000;
        _bench[LvtTimer] = 0x30;
        Ask(0x55, id: 7);

        _bench.Bus.Deliver(7, false, ApicDelivery.Init, 0, false);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Cpus[0].Happened, Is.EqualTo("init"));
            Assert.That(_bench[Id], Is.EqualTo(0x0700_0000u));
            Assert.That(_bench[LvtTimer], Is.EqualTo(Masked));
            Assert.That(_bench.Requests(0), Is.Empty);
            Assert.That(_bench.Cpus[0].Intr.Level, Is.False);
        }
    }

    [Test]
    public void EveryMutableFieldIsSaved() => Assert.That(StateCompleteness.Unsaved(_bench.Apic), Is.Empty);

    [Test]
    public void SectionHas181BytesInTheOrderOfTheWire()
    {
        _bench[Tpr] = 0x21;
        _bench[IcrHigh] = 0x0A00_0000;

        byte[] bytes = ApicBench.Save(_bench.Apic);

        Assert.That(bytes, Has.Length.EqualTo(181));
        Assert.That(Convert.ToHexString(bytes.AsSpan(0, 13)), Is.EqualTo("FEE00900" + "00" + "00" + "21" + "000001FF" + "01" + "0F"));
        Assert.That(Convert.ToHexString(bytes.AsSpan(133 + 8, 8)), Is.EqualTo("0A00000000000000"), "ICR high, divider");
        Assert.That(Convert.ToHexString(bytes.AsSpan(173)), Is.EqualTo("FFFFFFFFFFFFFFFF"), "the timer is off");
    }

    [Test]
    public void LoadedRequestsDriveIntrAgain()
    {
        Ask(0x55);
        var other = new ApicBench();

        ApicBench.Load(other.Apic, ApicBench.Save(_bench.Apic));

        Assert.That(other.Cpus[0].Intr.Level);
        Assert.That(other.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x55));
    }

    [TestCase(12, 0x10, TestName = "HostileStreamDestinationModelIsRefused")]
    [TestCase(148 + 4, 9, TestName = "HostileStreamCountShiftIsRefused")]
    public void HostileStream(int offset, int value)
    {
        byte[] bytes = ApicBench.Save(_bench.Apic);
        bytes[offset] = (byte)value;

        Assert.That(() => ApicBench.Load(new ApicBench().Apic, bytes), Throws.TypeOf<StateException>());
    }

    [Test]
    public void AnyTrafficAndTimeIsSurvivedAndTheStateIsWhole() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 0x3F], Gen.UInt, Gen.Int[0, 3]).Array[1, 60].Sample(
            steps =>
            {
                ApicBench bench = new ApicBench(4).Enable();
                foreach ((int kind, int register, uint value, int cpu) in steps)
                {
                    bench.Current = cpu;
                    Step(bench, kind, register, value, cpu);
                }

                foreach (ApicBench.Cpu cpu in bench.Cpus)
                {
                    byte[] saved = ApicBench.Save(cpu.Apic);
                    var other = new ApicBench();
                    other.Clock.Now = bench.Clock.Now;
                    ApicBench.Load(other.Apic, saved);
                    Assert.That(ApicBench.Save(other.Apic), Is.EqualTo(saved));
                }
            },
            iter: 300);

    private static void Step(ApicBench bench, int kind, int register, uint value, int cpu)
    {
        switch (kind)
        {
            case <= 3:
                bench[register << 4] = value;
                break;
            case 4:
                _ = bench[register << 4];
                break;
            case 5:
                bench.Advance(value & 0xFFFF);
                break;
            case 6:
                bench.Cpus[cpu].Apic.SetLint0((value & 1) != 0);
                break;
            case 7:
                bench.Cpus[cpu].Apic.AcknowledgeInterrupt();
                break;
            case 8:
                bench.Bus.Message(ApicBus.DefaultBase | (value >> 12 & 0xF_FFFC), value);
                break;
            default:
                bench.IoApic.Pin(register % IoApic.PinCount).Set((value & 1) != 0);
                break;
        }
    }

    private void Ask(int vector, byte id = 0) => _bench.Bus.Deliver(id, false, ApicDelivery.Fixed, (byte)vector, false);
}
