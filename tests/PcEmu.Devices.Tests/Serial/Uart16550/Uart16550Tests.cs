using PcEmu.Core.Char;
using PcEmu.Core.Time;
using static PcEmu.Devices.Tests.Serial.UartBench;

namespace PcEmu.Devices.Tests.Serial;

[TestFixture]
public sealed class Uart16550Tests
{
    private const int Dlab = 0x80;
    private const long CharacterAt9600 = 8 * Nanoseconds.PerSecond / 9600 * 10 / 8; // 10 bits

    private UartBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new UartBench();

    [TestCase(Rbr, 0x00)]
    [TestCase(Ier, 0x00)]
    [TestCase(Iir, 0x01)]
    [TestCase(Lcr, 0x00)]
    [TestCase(Mcr, 0x08)]
    [TestCase(Lsr, 0x60)]
    [TestCase(Msr, 0xB0)]
    [TestCase(Scr, 0x00)]
    public void RegisterAfterReset(ulong register, int expected)
    {
        for (ulong r = 0; r < 8; r++)
        {
            _bench.Out(r, 0x7F);
        }

        _bench.Uart.Reset();
        Assert.That(_bench.In(register), Is.EqualTo(expected));
    }

    [TestCase(Ier, 0xFF, 0x0F)]
    [TestCase(Lcr, 0x7F, 0x7F)]
    [TestCase(Mcr, 0xFF, 0x1F)]
    [TestCase(Lsr, 0x00, 0x60)]
    [TestCase(Msr, 0x0F, 0xB0)]
    [TestCase(Scr, 0xA5, 0xA5)]
    public void WrittenRegisterReadsBack(ulong register, int written, int read)
    {
        _bench.Out(register, written);
        Assert.That(_bench.In(register), Is.EqualTo(read));
    }

    [Test]
    public void DivisorLatchHidesDataAndInterruptEnable()
    {
        _bench.Out(Ier, 0x05);
        _bench.Out(Lcr, Dlab);
        Assert.That(_bench.In(Dll) | (_bench.In(Dlm) << 8), Is.EqualTo(12), "9600 baud after reset");
        _bench.Out(Dll, 0x34);
        _bench.Out(Dlm, 0x12);
        Assert.That(_bench.In(Dll), Is.EqualTo(0x34));
        Assert.That(_bench.In(Dlm), Is.EqualTo(0x12));
        _bench.Out(Lcr, 0x03);
        Assert.That(_bench.In(Ier), Is.EqualTo(0x05));
    }

    [Test]
    public void TransmitterIsEmptyAgainAtOnceWhenTheHostTakesTheByte()
    {
        _bench.Out(Thr, 'A');
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        _bench.Out(Thr, 'B');
        Assert.That(_bench.Sent(), Is.EqualTo("AB"u8.ToArray()));
    }

    [Test]
    public void StalledHostKeepsOneByteInShiftAndOneInHoldingRegister()
    {
        _bench.Stall();
        _bench.Out(Thr, 'A');
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x20), "THRE without TEMT");
        _bench.Out(Thr, 'B');
        Assert.That(_bench.In(Lsr), Is.Zero);
        _bench.Unstall();
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(_bench.Sent(), Is.EqualTo("AB"u8.ToArray()));
    }

    [Test]
    public void StalledHostFillsTheTransmitFifoAndThenLosesTheOldest()
    {
        _bench.Out(Fcr, 0x01);
        _bench.Stall();
        for (int i = 0; i < 18; i++)
        {
            _bench.Out(Thr, i);
        }

        _bench.Unstall();
        Assert.That(_bench.Sent(), Is.EqualTo(new byte[] { 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 }));
    }

    [Test]
    public void TransmitterInterruptIsResetByReadingIir()
    {
        _bench.Out(Ier, 0x02);
        Assert.That(_bench.Interrupt, Is.True);
        Assert.That(_bench.In(Iir), Is.EqualTo(0x02));
        Assert.That(_bench.Interrupt, Is.False);
        Assert.That(_bench.In(Iir), Is.EqualTo(0x01));
    }

    [Test]
    public void EveryByteSentGivesAnEdge()
    {
        _bench.Out(Ier, 0x02);
        int before = _bench.RisingEdges;
        _bench.Out(Thr, 'A');
        _bench.Out(Thr, 'B');
        Assert.That(_bench.RisingEdges - before, Is.EqualTo(2));
    }

    [Test]
    public void EnablingTheTransmitterInterruptAgainRaisesItAgain()
    {
        _bench.Out(Ier, 0x02);
        _bench.In(Iir);
        _bench.Out(Ier, 0x00);
        _bench.Out(Ier, 0x02);
        Assert.That(_bench.In(Iir), Is.EqualTo(0x02));
    }

    [Test]
    public void InterruptSourcesComeInTheOrderOfTheirPriority()
    {
        _bench.Out(Ier, 0x0F);
        _bench.Uart.SetModemInputs(cts: false, dsr: true, ri: false, dcd: true);
        _bench.Send((byte)'x');
        _bench.Port.Post(CharEvent.Break);
        _bench.Port.Pump();
        Assert.That(_bench.In(Iir), Is.EqualTo(0x06), "line status");
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x73), "DR, OE, BI, THRE, TEMT");
        Assert.That(_bench.In(Iir), Is.EqualTo(0x04), "received data");
        Assert.That(_bench.In(Rbr), Is.Zero, "the break");
        Assert.That(_bench.In(Iir), Is.EqualTo(0x02), "transmitter empty");
        Assert.That(_bench.In(Iir), Is.EqualTo(0x00), "modem status");
        Assert.That(_bench.In(Msr), Is.EqualTo(0xA1));
        Assert.That(_bench.In(Iir), Is.EqualTo(0x01));
        Assert.That(_bench.Interrupt, Is.False);
    }

    [Test]
    public void WithoutFifoOneByteIsTakenUntilItIsRead()
    {
        _bench.Send((byte)'a', (byte)'b');
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x61));
        Assert.That(_bench.In(Rbr), Is.EqualTo((byte)'a'));
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        _bench.Port.Pump();
        Assert.That(_bench.In(Rbr), Is.EqualTo((byte)'b'));
    }

    [TestCase(0x01, 1)]
    [TestCase(0x41, 4)]
    [TestCase(0x81, 8)]
    [TestCase(0xC1, 14)]
    public void ReceiveFifoInterruptsAtItsTriggerLevel(int fcr, int level)
    {
        _bench.Out(Fcr, fcr);
        _bench.Out(Ier, 0x01);
        Assert.That(_bench.In(Iir), Is.EqualTo(0xC1));
        for (int i = 0; i < level; i++)
        {
            Assert.That(_bench.Interrupt, Is.False, $"with {i} bytes");
            _bench.Send((byte)i);
        }

        Assert.That(_bench.In(Iir), Is.EqualTo(0xC4));
        Assert.That(_bench.In(Rbr), Is.Zero);
        Assert.That(_bench.Interrupt, Is.False);
    }

    [Test]
    public void BytesBelowTheTriggerLevelTimeOutAfterFourCharacters()
    {
        _bench.Out(Lcr, 0x03);
        _bench.Out(Fcr, 0xC1);
        _bench.Out(Ier, 0x01);
        _bench.Send(1, 2);
        _bench.Clock.Advance((4 * CharacterAt9600) - 1_000, _bench.Timers);
        Assert.That(_bench.Interrupt, Is.False);
        _bench.Clock.Advance(2_000, _bench.Timers);
        Assert.That(_bench.In(Iir), Is.EqualTo(0xCC));
        Assert.That(_bench.In(Rbr), Is.EqualTo(1));
        Assert.That(_bench.In(Iir), Is.EqualTo(0xC1), "a read resets it");
        _bench.Clock.Advance((4 * CharacterAt9600) + 1_000, _bench.Timers);
        Assert.That(_bench.In(Iir), Is.EqualTo(0xCC), "the rest times out again");
        Assert.That(_bench.In(Rbr), Is.EqualTo(2));
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [TestCase(1, 0x03, 347_222)]     // 115200 8N1: 4 x 10 bits
    [TestCase(1, 0x1F, 416_666)]     // 115200 8E2: 12 bits
    [TestCase(1, 0x00, 243_055)]     // 115200 5N1: 7 bits
    [TestCase(1, 0x04, 260_416)]     // 115200 5N1.5: 7.5 bits
    [TestCase(96, 0x03, 33_333_333)] // 1200 8N1
    public void TimeoutFollowsTheLineSpeedAndFormat(int divisor, int lcr, long nanoseconds)
    {
        _bench.Out(Lcr, Dlab | lcr);
        _bench.Out(Dll, divisor);
        _bench.Out(Dlm, 0);
        _bench.Out(Lcr, lcr);
        _bench.Out(Fcr, 0xC1);
        _bench.Send(1);
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(nanoseconds).Within(3));
    }

    [Test]
    public void SwitchingTheFifosClearsThem()
    {
        _bench.Out(Fcr, 0xC1);
        _bench.Send(1, 2, 3);
        _bench.Out(Fcr, 0x00);
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(_bench.In(Iir) & 0xC0, Is.Zero);
        _bench.Out(Fcr, 0xC1);
        Assert.That(_bench.In(Rbr), Is.Zero);
    }

    [Test]
    public void FcrClearsTheReceiveFifoOnDemand()
    {
        _bench.Out(Fcr, 0xC1);
        _bench.Send(1, 2, 3);
        _bench.Out(Fcr, 0xC3);
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(_bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void LoopbackReceivesWhatIsSentAndSendsNothing()
    {
        _bench.Out(Mcr, 0x10);
        _bench.Out(Thr, 0x5A);
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x61));
        Assert.That(_bench.In(Rbr), Is.EqualTo(0x5A));
        _bench.Out(Mcr, 0x00);
        _bench.Out(Thr, 1);
        Assert.That(_bench.Sent(), Is.EqualTo(new byte[] { 1 }));
    }

    [TestCase(0x10, 0x00)]
    [TestCase(0x11, 0x20)]
    [TestCase(0x12, 0x10)]
    [TestCase(0x14, 0x40)]
    [TestCase(0x18, 0x80)]
    [TestCase(0x1A, 0x90)] // what Linux tests for
    [TestCase(0x1F, 0xF0)]
    public void LoopbackConnectsTheModemOutputsToTheInputs(int mcr, int msr)
    {
        _bench.Out(Mcr, mcr);
        Assert.That(_bench.In(Msr), Is.EqualTo(msr));
    }

    [Test]
    public void LoopbackKeepsTheFarEndsBytesForLater()
    {
        _bench.Out(Mcr, 0x10);
        _bench.Send((byte)'k');
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
        int wakes = _bench.Wakes;
        _bench.Out(Mcr, 0x00);
        Assert.That(_bench.Wakes, Is.GreaterThan(wakes), "the machine is asked to look again");
        _bench.Port.Pump();
        Assert.That(_bench.In(Rbr), Is.EqualTo((byte)'k'));
    }

    [Test]
    public void LoopbackOverrunKeepsTheFifoAndSetsOe()
    {
        _bench.Out(Fcr, 0xC1);
        _bench.Out(Mcr, 0x10);
        for (int i = 0; i < 17; i++)
        {
            _bench.Out(Thr, i);
        }

        Assert.That(_bench.In(Lsr), Is.EqualTo(0x63));
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x61), "reading LSR resets OE");
        for (int i = 0; i < 16; i++)
        {
            Assert.That(_bench.In(Rbr), Is.EqualTo(i));
        }

        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
    }

    [Test]
    public void BreakIsAZeroByteWithBi()
    {
        _bench.Out(Fcr, 0x01);
        _bench.Out(Ier, 0x04);
        _bench.Port.Post(CharEvent.Break);
        _bench.Port.Pump();
        Assert.That(_bench.In(Iir), Is.EqualTo(0xC6));
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x71));
        Assert.That(_bench.Interrupt, Is.False);
        Assert.That(_bench.In(Rbr), Is.Zero);
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
    }

    [TestCase(false, true, false, true, 0xA1)]
    [TestCase(true, false, false, true, 0x92)]
    [TestCase(true, true, false, false, 0x38)]
    [TestCase(true, true, true, true, 0xF0)] // the leading edge of RI leaves no mark
    public void ModemInputChangesSetDeltaBits(bool cts, bool dsr, bool ri, bool dcd, int msr)
    {
        _bench.Uart.SetModemInputs(cts, dsr, ri, dcd);
        Assert.That(_bench.In(Msr), Is.EqualTo(msr));
        Assert.That(_bench.In(Msr), Is.EqualTo(msr & 0xF0), "reading resets them");
    }

    [Test]
    public void TrailingEdgeOfRingInterrupts()
    {
        _bench.Out(Ier, 0x08);
        _bench.Uart.SetModemInputs(true, true, ri: true, true);
        Assert.That(_bench.Interrupt, Is.False);
        _bench.Uart.SetModemInputs(true, true, ri: false, true);
        Assert.That(_bench.In(Iir), Is.Zero);
        Assert.That(_bench.In(Msr), Is.EqualTo(0xB4));
        Assert.That(_bench.Interrupt, Is.False);
    }

    [TestCase(0x00)]
    [TestCase(0x01)]
    [TestCase(0xC1)]
    public void PasteOfTenThousandBytesLosesNothing(int fcr)
    {
        byte[] paste = new byte[10_000];
        new Random(1).NextBytes(paste);
        _bench.Out(Fcr, fcr);
        _bench.Out(Ier, 0x01);
        _bench.Send(paste);
        List<byte> got = [];
        while (got.Count < paste.Length)
        {
            _bench.Clock.Advance(Nanoseconds.PerMillisecond * 10, _bench.Timers);
            Assert.That(_bench.Interrupt, Is.True, $"after {got.Count} bytes");
            byte lsr;
            while (((lsr = _bench.In(Lsr)) & 1) != 0)
            {
                Assert.That(lsr & 0x02, Is.Zero, "no overrun");
                got.Add(_bench.In(Rbr));
            }

            _bench.Port.Pump();
        }

        Assert.That(got, Is.EqualTo(paste));
        Assert.That(_bench.In(Lsr), Is.EqualTo(0x60));
    }

    [Test]
    public void SendingAllocatesNothing()
    {
        _bench.Out(Fcr, 0x01);
        for (int i = 0; i < 1000; i++)
        {
            SendOne(i);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            SendOne(i);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void SendOne(int value)
        {
            _bench.In(Lsr);
            _bench.Out(Thr, value);
        }
    }
}
