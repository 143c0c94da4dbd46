using CsCheck;
using PcEmu.Core.Char;
using PcEmu.Core.State;
using static PcEmu.Devices.Tests.Serial.UartBench;

namespace PcEmu.Devices.Tests.Serial;

[TestFixture]
public sealed class Uart16550StateTests
{
    // divider, rbr, ier, iir, lcr, mcr, lsr, msr, scr, fcr
    private static byte[] Registers(byte ier = 0, byte iir = 1, byte mcr = 8, byte lsr = 0x60, byte msr = 0xB0, byte fcr = 0) =>
        [0x00, 0x01, 0x41, ier, iir, 0x03, mcr, lsr, msr, 0x99, fcr];

    [Test]
    public void SectionOfAnIdlePortIsElevenBytes()
    {
        var bench = new UartBench();
        bench.Out(Scr, 0x99);
        Assert.That(bench.Save(), Is.EqualTo(new byte[] { 0, 12, 0, 0, 1, 0, 8, 0x60, 0xB0, 0x99, 0 }));
    }

    [Test]
    public void RegistersOfAnOldStreamAreTaken()
    {
        var bench = new UartBench();
        bench.Load(Registers(ier: 0x05, lsr: 0x61));
        Assert.That(bench.In(Rbr), Is.EqualTo(0x41));
        Assert.That(bench.In(Scr), Is.EqualTo(0x99));
        Assert.That(bench.In(Lsr), Is.EqualTo(0x60));
        bench.Out(Lcr, 0x80);
        Assert.That(bench.In(Dll) | (bench.In(Dlm) << 8), Is.EqualTo(1));
    }

    [Test]
    public void VersionTwoHasNoFifoControl()
    {
        var bench = new UartBench();
        bench.Out(Fcr, 0xC1);
        bench.Load(Registers()[..^1], version: 2);
        Assert.That(bench.In(Iir), Is.EqualTo(0x01));
    }

    [Test]
    public void VersionOneHasAByteForTheDivisor()
    {
        var bench = new UartBench();
        bench.Load(Registers()[1..^1], version: 1);
        bench.Out(Lcr, 0x80);
        Assert.That(bench.In(Dll), Is.EqualTo(1));
    }

    [Test]
    public void ByteInTransmissionOfAnOldStreamIsLostButTheDriverIsTold()
    {
        var bench = new UartBench();
        bench.Load(Registers(ier: 0x02, lsr: 0x00));
        Assert.That(bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(bench.Interrupt, Is.True);
        Assert.That(bench.In(Iir), Is.EqualTo(0x02));
    }

    [Test]
    public void FifoOfAnOldStreamIsEmptyAndDataReadyWithIt()
    {
        var bench = new UartBench();
        bench.Load(Registers(ier: 0x01, iir: 0xC4, lsr: 0x61, fcr: 0xC1));
        Assert.That(bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(bench.Interrupt, Is.False);
        Assert.That(bench.In(Iir), Is.EqualTo(0xC1));
    }

    [Test]
    public void FifosTimersAndHeldByteTravelInSubsections()
    {
        var source = new UartBench();
        source.Out(Fcr, 0xC1);
        source.Out(Ier, 0x01);
        source.Send(1, 2, 3);
        source.Stall();
        source.Out(Thr, 10);
        source.Out(Thr, 11);
        byte[] stream = source.Save();

        var target = new UartBench();
        target.Load(stream);
        Assert.That(target.Save(), Is.EqualTo(stream));
        target.Port.Pump();
        Assert.That(target.Sent(), Is.EqualTo(new byte[] { 10, 11 }));
        target.Clock.Advance(100_000_000, target.Timers);
        Assert.That(target.In(Iir), Is.EqualTo(0xCC));
        Assert.That(new[] { target.In(Rbr), target.In(Rbr), target.In(Rbr) }, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void ModemPollSubsectionIsReadPast()
    {
        var writer = new StateWriter();
        writer.Bytes(Registers());
        writer.BeginSubsection("serial/poll", 1);
        writer.UInt32(1);
        writer.UInt64(12345);
        var bench = new UartBench();
        bench.Load(writer.Written.ToArray());
        Assert.That(bench.Save(), Is.EqualTo(Registers()));
    }

    [Test]
    public void LoadForgetsWhatTheStreamDoesNotCarry()
    {
        var bench = new UartBench();
        bench.Out(Fcr, 0xC1);
        bench.Send(1, 2, 3);
        bench.Load(Registers(fcr: 0xC1));
        Assert.That(bench.In(Lsr), Is.EqualTo(0x60));
        Assert.That(bench.Timers.NextDeadline, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void FifoIndexOutsideIsRefused()
    {
        var writer = new StateWriter();
        writer.Bytes(Registers(fcr: 0x01));
        writer.BeginSubsection("serial/recv_fifo", 1);
        writer.Bytes(new byte[16]);
        writer.UInt32(16);
        writer.UInt32(1);
        byte[] stream = writer.Written.ToArray();
        Assert.That(() => new UartBench().Load(stream), Throws.TypeOf<StateException>());
    }

    [Test]
    public void HeldByteWithAnEmptyTransmitterIsRefused()
    {
        var writer = new StateWriter();
        writer.Bytes(Registers(lsr: 0x60));
        writer.BeginSubsection("serial/tsr", 1);
        writer.UInt32(1);
        writer.UInt8(1);
        writer.UInt8(2);
        byte[] stream = writer.Written.ToArray();
        Assert.That(() => new UartBench().Load(stream), Throws.TypeOf<StateException>());
    }

    [Test]
    public void AnyTrafficIsSurvivedAndAnyStateTravels()
    {
        Gen<(int, int)> step = Gen.Select(Gen.Int[0, 13], Gen.Int[0, 255]);
        step.Array[1, 60].Sample(
            steps =>
            {
                var source = new UartBench();
                foreach ((int what, int value) in steps)
                {
                    Apply(source, what, (byte)value);
                }

                byte[] stream = source.Save();
                var target = new UartBench();
                target.Load(stream);
                Assert.That(target.Save(), Is.EqualTo(stream));
                Assert.That(target.Interrupt, Is.EqualTo(source.Interrupt));
            },
            iter: 2000);
    }

    private static void Apply(UartBench bench, int what, byte value)
    {
        switch (what)
        {
            case < 8:
                bench.Out((ulong)what, value);
                break;
            case 8 or 9:
                bench.In((ulong)(value & 7));
                break;
            case 10:
                bench.Send([.. Enumerable.Repeat(value, 1 + (value & 15))]);
                break;
            case 11:
                bench.Clock.Advance(value * 1_000_000L, bench.Timers);
                break;
            case 12 when (value & 1) != 0:
                bench.Port.Post(CharEvent.Break);
                bench.Uart.SetModemInputs((value & 2) != 0, (value & 4) != 0, (value & 8) != 0, (value & 16) != 0);
                break;
            case 12:
                bench.Stall();
                break;
            default:
                bench.Output.Write(value); // makes sure that there is something to take
                bench.Unstall();
                break;
        }
    }
}
