using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Time;
using PcEmu.Devices.Serial;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Serial;

[TestFixture]
public sealed class IsaSerialTests
{
    private readonly MemoryRegion _io = MemoryRegion.Container("io", 0x10000);
    private int _irq = -1;

    [TestCase(0u, 0x3F8u, 4)]
    [TestCase(1u, 0x2F8u, 3)]
    [TestCase(2u, 0x3E8u, 4)]
    [TestCase(3u, 0x2E8u, 3)]
    public void IndexChoosesBaseAndInterrupt(uint index, uint iobase, int irq)
    {
        IsaSerial serial = Make();
        serial.Index = index;
        serial.Realize();
        Assert.That(serial.Uart.Registers.Address, Is.EqualTo(iobase));
        Assert.That(_irq, Is.EqualTo(irq));
        Assert.That(serial.StateSections.Single().Name, Is.EqualTo("serial"));
    }

    [Test]
    public void GivenBaseAndInterruptWin()
    {
        IsaSerial serial = Make();
        serial.IoBase = 0x1000;
        serial.Irq = 10;
        serial.Realize();
        Assert.That(serial.Uart.Registers.Address, Is.EqualTo(0x1000));
        Assert.That(_irq, Is.EqualTo(10));
    }

    [TestCase(4u, 0x3F8u, 4u)]
    [TestCase(0u, 0xFFF9u, 4u)]
    [TestCase(0u, 0x3F8u, 16u)]
    public void ValueOutsideIsAnErrorOfOneLine(uint index, uint iobase, uint irq)
    {
        IsaSerial serial = Make();
        (serial.Index, serial.IoBase, serial.Irq) = (index, iobase, irq);
        Assert.That(serial.Realize, Throws.TypeOf<ConfigurationException>().With.Message.Contains("isa-serial"));
    }

    private IsaSerial Make() => new(
        new TimerQueue(new ManualClock()),
        number =>
        {
            _irq = number;
            return IrqLine.None;
        },
        _io,
        CharPort.CreateNull("serial0"),
        EventLog.Null);
}
