using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Parallel;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Parallel;

[TestFixture]
public sealed class ParallelPortTests
{
    private const ulong Data = 0, Status = 1, Control = 2;
    private const int Idle = 0x0C, Strobe = 0x0D, IdleWithInterrupt = 0x1C, StrobeWithInterrupt = 0x1D;

    private Bench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Bench();

    [TestCase(Data, 0xFF)]
    [TestCase(Status, 0xD9)]
    [TestCase(Control, 0xCC)]
    [TestCase(3u, 0xFF)]
    [TestCase(7u, 0xFF)]
    public void RegisterAfterReset(ulong register, int expected) => Assert.That(_bench.In(register), Is.EqualTo(expected));

    [Test]
    public void DataReadsBackUnlessTheLinesAreInputs()
    {
        _bench.Out(Data, 0x55);
        Assert.That(_bench.In(Data), Is.EqualTo(0x55));
        _bench.Out(Control, 0x2C);
        Assert.That(_bench.In(Data), Is.EqualTo(0xFF));
    }

    [Test]
    public void StrobePrintsTheByteOnce()
    {
        _bench.Print('H');
        _bench.Print('i');
        Assert.That(_bench.Printed(), Is.EqualTo("Hi"u8.ToArray()));
    }

    [Test]
    public void StrobeWithoutSelectPrintsNothing()
    {
        _bench.Out(Data, 'x');
        _bench.Out(Control, 0x05);
        _bench.Out(Control, 0x04);
        _bench.Print('y');
        Assert.That(_bench.Printed(), Is.EqualTo("y"u8.ToArray()));
    }

    [Test]
    public void StatusGoesFromBusyOverAckToIdle()
    {
        _bench.Print('a');
        Assert.That(_bench.In(Status) & 0xC0, Is.EqualTo(0x40), "busy");
        Assert.That(_bench.In(Status) & 0xC0, Is.EqualTo(0x00), "busy, acknowledging");
        Assert.That(_bench.In(Status) & 0xC0, Is.EqualTo(0xC0), "idle");
    }

    [Test]
    public void InterruptComesWhenTheStrobeEndsAndGoesWithAStatusRead()
    {
        _bench.Out(Data, 'a');
        _bench.Out(Control, StrobeWithInterrupt);
        Assert.That(_bench.Interrupt, Is.False);
        _bench.Out(Control, IdleWithInterrupt);
        Assert.That(_bench.Interrupt, Is.True);
        _bench.In(Status);
        Assert.That(_bench.Interrupt, Is.False);
    }

    [Test]
    public void InitMakesThePrinterIdle()
    {
        _bench.Print('a');
        _bench.Out(Control, 0x08);
        Assert.That(_bench.In(Status), Is.EqualTo(0xD8));
    }

    [Test]
    public void StalledHostKeepsThePrinterBusy()
    {
        while (_bench.Output.Write(0))
        {
        }

        _bench.Print('z');
        for (int i = 0; i < 4; i++)
        {
            Assert.That(_bench.In(Status) & 0xC0, Is.EqualTo(0x40));
        }

        _bench.Printed();
        _bench.Port.SignalWriteReady();
        _bench.Port.Pump();
        Assert.That(_bench.Printed(), Is.EqualTo("z"u8.ToArray()));
        _bench.In(Status);
        _bench.In(Status);
        Assert.That(_bench.In(Status) & 0xC0, Is.EqualTo(0xC0));
    }

    [Test]
    public void SectionIsTwelveBytes()
    {
        _bench.Out(Data, 0x5A);
        Assert.That(_bench.Save(), Is.EqualTo(new byte[] { 0x5A, 0xFF, 0xD9, 0xCC, 0, 0, 0, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void AnyTrafficIsSurvivedAndAnyStateTravels()
    {
        Gen.Select(Gen.Int[0, 15], Gen.Byte).Array[1, 40].Sample(
            steps =>
            {
                var source = new Bench();
                foreach ((int what, byte value) in steps)
                {
                    if (what < 8)
                    {
                        source.Out((ulong)what, value);
                    }
                    else
                    {
                        source.In((ulong)(what - 8));
                    }
                }

                byte[] stream = source.Save();
                var target = new Bench();
                target.Load(stream);
                Assert.That(target.Save(), Is.EqualTo(stream));
                Assert.That(target.Interrupt, Is.EqualTo(source.Interrupt));
            },
            iter: 2000);
    }

    [TestCase(0u, 0x378u)]
    [TestCase(1u, 0x278u)]
    [TestCase(2u, 0x3BCu)]
    public void IndexChoosesTheBase(uint index, uint iobase)
    {
        int irq = -1;
        var io = MemoryRegion.Container("io", 0x10000);
        var device = new IsaParallel(
            n =>
            {
                irq = n;
                return IrqLine.None;
            },
            io,
            CharPort.CreateNull("parallel0"),
            EventLog.Null)
        { Index = index };
        device.Realize();
        Assert.That(device.Parallel.Registers.Address, Is.EqualTo(iobase));
        Assert.That(irq, Is.EqualTo(7));
    }

    private sealed class Bench
    {
        private readonly byte[] _taken = new byte[1 << 16];
        private readonly ParallelPort _parallel;

        public Bench()
        {
            Port = new CharPort("parallel0", Output, static () => { });
            _parallel = new ParallelPort(new IrqLine(level => Interrupt = level), Port, EventLog.Null);
        }

        public CharOutput Output { get; } = new(CharWhenFull.HoldBack);

        public CharPort Port { get; }

        public bool Interrupt { get; private set; }

        public byte In(ulong register) => (byte)_parallel.Registers.Handlers!.Read(register, 1);

        public void Out(ulong register, int value) => _parallel.Registers.Handlers!.Write(register, (byte)value, 1);

        public void Print(char value)
        {
            Out(Data, value);
            Out(Control, Strobe);
            Out(Control, Idle);
        }

        public byte[] Printed() => _taken[..Output.Take(_taken)];

        public byte[] Save()
        {
            var writer = new StateWriter();
            StateSection.Of(ParallelPort.State, _parallel).Save(writer);
            return writer.Written.ToArray();
        }

        public void Load(byte[] bytes)
        {
            var reader = new StateReader(bytes);
            StateSection.Of(ParallelPort.State, _parallel).Load(ref reader, 1);
            Assert.That(reader.Remaining, Is.Zero);
        }
    }
}
