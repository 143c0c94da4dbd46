using PcEmu.Machines.Boards;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;

namespace PcEmu.Machines.Tests.Boards;

/// <summary>How interrupt lines get from devices to the processor on QEMU's pc.</summary>
[TestFixture]
public sealed class InterruptRoutingTests
{
    private const ulong LocalApic = 0xFEE0_0000;
    private const ulong IoApic = 0xFEC0_0000;
    private const ulong Hpet = 0xFED0_0000;
    private const int PitPin = 2;

    private Machine _machine = null!;

    private PcBoard Board => _machine.Board;

    [SetUp]
    public void SetUp() => _machine = Build(null);

    [TearDown]
    public void TearDown() => _machine.Dispose();

    [Test]
    public void PitReachesLine0OfThePicAndInput2OfTheIoApic()
    {
        EnableApic();
        Route(PitPin, 0x42);
        Route(0, 0x40);

        RaisePit();

        Assert.That(Board.Ports.Read(0x20, 1) & 1, Is.EqualTo(1), "IRR of the master");
        Assert.That(Board.LocalApic!.AcknowledgeInterrupt(), Is.EqualTo(0x42));
    }

    [Test]
    public void KeyboardReachesTheSameInputOnBoth()
    {
        EnableApic();
        Route(1, 0x41);

        Board.Ports.Write(0x64, 0x60, 1);
        Board.Ports.Write(0x60, 0x01, 1); // interrupt enable
        Board.Ports.Write(0x64, 0xD2, 1);
        Board.Ports.Write(0x60, 0x1C, 1); // a byte as if from the keyboard

        Assert.That(Board.Ports.Read(0x20, 1) & 2, Is.EqualTo(2), "IRR of the master");
        Assert.That(Board.LocalApic!.AcknowledgeInterrupt(), Is.EqualTo(0x41));
    }

    [Test]
    public void PicReachesTheProcessorThroughLint0()
    {
        InitializePic();
        RaisePit();

        Assert.That(Board.LocalApic!.AcknowledgeInterrupt(), Is.EqualTo(0x08));

        Board.Ports.Write(0x20, 0x20, 1);
        Board.Memory.Write(LocalApic + 0x350, 0x1_0700, 4); // LINT0 masked
        Board.Memory.Write(LocalApic + 0x0F0, 0x1EF, 4);
        RaisePit();

        Assert.That(Board.LocalApic.AcknowledgeInterrupt(), Is.EqualTo(0xEF), "spurious: nothing gets through");
    }

    [Test]
    public void HpetLegacyModeTakesThePitsPlace()
    {
        EnableApic();
        Route(PitPin, 0x42);
        Board.Memory.Write(Hpet + 0x10, 2, 4);

        RaisePit();

        Assert.That(Board.LocalApic!.AcknowledgeInterrupt(), Is.EqualTo(0xFF));

        Board.Memory.Write(Hpet + 0x10, 0, 4);
        RaisePit();

        Assert.That(Board.LocalApic.AcknowledgeInterrupt(), Is.EqualTo(0x42));
    }

    [Test]
    public void ProcessorWithoutApicTakesThePicDirectly()
    {
        using Machine machine = Build("486");

        Assert.That(machine.Board.LocalApic, Is.Null);
        Assert.That(machine.Board.Memory.Read(LocalApic + 0x30, 4), Is.EqualTo(uint.MaxValue), "nobody there");
    }

    [Test]
    public void ResetPutsTheVirtualWireBack()
    {
        EnableApic();
        Board.Memory.Write(LocalApic + 0x350, 0x1_0000, 4);
        Route(5, 0x55);

        Board.Reset();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Board.Memory.Read(LocalApic + 0x350, 4), Is.EqualTo(0x700u));
            Assert.That(Board.Memory.Read(LocalApic + 0x0F0, 4), Is.EqualTo(0xFFu));
            Assert.That(Board.IoApic.Redirection(5), Is.EqualTo(0x1_0000));
        }
    }

    private static Machine Build(string? cpu)
    {
        var options = new MachineOptions { Cpu = cpu, RamSize = 16 << 20, InstructionCounting = new InstructionCounting(0, false, false) };
        var host = new MachineHost
        {
            LoadFirmware = static name => [.. Enumerable.Repeat((byte)0xF4, name.StartsWith("bios", StringComparison.Ordinal) ? 256 << 10 : 64 << 10)],
            Messages = TextWriter.Null,
        };
        return new Machine(StartUpSequence.Run(MachineRegistry.Pc, options), options, host);
    }

    private void EnableApic() => Board.Memory.Write(LocalApic + 0x0F0, 0x1FF, 4);

    private void Route(int pin, uint entry)
    {
        Board.Memory.Write(IoApic, 0x10ul + (2ul * (ulong)pin), 4);
        Board.Memory.Write(IoApic + 0x10, entry, 4);
    }

    private void InitializePic()
    {
        foreach ((int port, int value) in ((int, int)[])[(0x20, 0x11), (0x21, 0x08), (0x21, 0x04), (0x21, 0x01)])
        {
            Board.Ports.Write((ulong)port, (ulong)value, 1);
        }
    }

    /// <summary>OUT of counter 0 goes low (mode 0), then high (mode 2).</summary>
    private void RaisePit()
    {
        Board.Ports.Write(0x43, 0x30, 1);
        Board.Ports.Write(0x43, 0x34, 1);
    }
}
