using System.Text;
using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Devices.Debug;

namespace PcEmu.Devices.Tests.Debug;

[TestFixture]
public sealed class DebugPortTests
{
    [Test]
    public void ConsoleTakesBytesAndReadsItsMark()
    {
        List<byte> seen = [];
        (DebugConsole console, PortBus bus) = Console(seen.Add);
        Assert.That(console.IoBase, Is.EqualTo(0xE9));
        foreach (byte b in "Hi\n"u8)
        {
            bus.Out(0xE9, b);
        }

        Assert.That(Encoding.ASCII.GetString([.. seen]), Is.EqualTo("Hi\n"));
        Assert.That(bus.In(0xE9), Is.EqualTo(0xE9));
    }

    [Test]
    public void ConsoleOfSeaBiosIsAnotherInstance()
    {
        List<byte> seen = [];
        (DebugConsole console, PortBus bus) = Console(seen.Add, ("iobase", "0x402"), ("readback", "0xe8"));
        bus.Out(0x402, 'x');
        Assert.That((console.IoBase, seen.Count, bus.In(0x402)), Is.EqualTo((0x402, 1, 0xE8)));
    }

    [TestCase(0x00, 1, 1)]
    [TestCase(0x10, 1, 33)]
    [TestCase(0x1234, 2, 0x2469)]
    public void ExitStatusIsTheValueShiftedWithBit0Set(int value, int size, int status)
    {
        List<int> seen = [];
        (DebugExit _, PortBus bus) = Exit(seen.Add);
        bus.Out(0x501, (ulong)value, size);
        Assert.That(string.Join(' ', seen), Is.EqualTo($"{status}"));
        Assert.That(bus.In(0x502), Is.Zero);
    }

    [Test]
    public void ExitHasAsManyPortsAsAsked()
    {
        List<int> seen = [];
        (DebugExit exit, PortBus bus) = Exit(seen.Add, ("iobase", "0xf4"), ("iosize", "4"));
        bus.Out(0xF7, 0);
        bus.Out(0xF8, 0);
        bus.Out(0xF4, 1, 4);
        Assert.That((exit.IoBase, string.Join(' ', seen)), Is.EqualTo((0xF4, "1 3")));
    }

    [Test]
    public void ExitBeyondTheLastPortIsRefused() =>
        Assert.That(() => Exit(_ => { }, ("iobase", "0xffff")), Throws.TypeOf<ConfigurationException>().With.Message.Contains("iobase=0xffff"));

    [Test]
    public void RandomWritesAllArrive() => Gen.Byte.Array.Sample(bytes =>
    {
        List<byte> seen = [];
        (DebugConsole console, PortBus bus) = Console(seen.Add);
        foreach (byte b in bytes)
        {
            bus.Out(0xE9, b);
        }

        return seen.SequenceEqual(bytes) && !console.StateSections.Any();
    });

    private static (DebugConsole Console, PortBus Bus) Console(Action<byte> sink, params (string Name, string Value)[] own)
    {
        var console = new DebugConsole(sink);
        var bus = new PortBus();
        new PropertyBag().Apply(console, own.Select(o => KeyValuePair.Create(o.Name, o.Value)));
        console.Realize();
        bus.Map(console.Ports, console.IoBase);
        return (console, bus);
    }

    private static (DebugExit Exit, PortBus Bus) Exit(Action<int> end, params (string Name, string Value)[] own)
    {
        var exit = new DebugExit(end);
        var bus = new PortBus();
        new PropertyBag().Apply(exit, own.Select(o => KeyValuePair.Create(o.Name, o.Value)));
        exit.Realize();
        bus.Map(exit.Ports, exit.IoBase);
        return (exit, bus);
    }
}
