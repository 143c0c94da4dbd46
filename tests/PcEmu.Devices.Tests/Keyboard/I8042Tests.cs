using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Keyboard;
using PcEmu.Devices.Keyboard.Ps2;

namespace PcEmu.Devices.Tests.Keyboard;

[TestFixture]
public sealed class I8042Tests
{
    [Test]
    public void SelfTestAndPortTestsPass()
    {
        var rig = new KeyboardRig();
        Assert.That(rig.Status, Is.EqualTo(0x18));
        rig.Command(0xAA);
        Assert.That((rig.Status, rig.Drain()), Is.EqualTo((0x1D, "55")));
        rig.Command(0xAB);
        Assert.That(rig.Drain(), Is.EqualTo("00"));
        rig.Command(0xA9);
        Assert.That(rig.Drain(), Is.EqualTo("00"));
        rig.Command(0xC0);
        Assert.That(rig.Drain(), Is.EqualTo("80"));
    }

    [Test]
    public void CommandByteIsWrittenAndRead()
    {
        var rig = new KeyboardRig();
        rig.Command(0x20);
        Assert.That(rig.Drain(), Is.EqualTo("03"));
        rig.Command(0x60, 0x47);
        rig.Command(0xAD);
        rig.Command(0xA7);
        rig.Command(0x20);
        Assert.That(rig.Drain(), Is.EqualTo("77"));
        rig.Command(0xAE);
        rig.Command(0xA8);
        rig.Command(0x20);
        Assert.That(rig.Drain(), Is.EqualTo("47"));
    }

    [Test]
    public void EachByteIsAnEdgeOnIrq1()
    {
        var rig = new KeyboardRig();
        rig.Keyboard.PutKey(Key.Up, true);
        Assert.That((rig.Irq1.Level, rig.Irq1.Edges), Is.EqualTo((true, 1)));
        Assert.That(rig.Bus.In(0x60), Is.EqualTo(0xE0));
        Assert.That((rig.Irq1.Level, rig.Irq1.Edges), Is.EqualTo((true, 2)));
        Assert.That(rig.Bus.In(0x60), Is.EqualTo(0x75));
        Assert.That(rig.Irq1.Level, Is.False);
        Assert.That(rig.Bus.In(0x60), Is.EqualTo(0x75), "the empty buffer shows its last byte");
    }

    [Test]
    public void InterruptsNeedTheirEnableBits()
    {
        var rig = new KeyboardRig();
        rig.Mouses(0xF4);
        rig.Command(0x60, 0x00);
        rig.Keyboard.PutKey(Key.A, true);
        Assert.That((rig.Irq1.Level, rig.Status & 0x21), Is.EqualTo((false, 0x01)));
        rig.Command(0x60, 0x01);
        Assert.That(rig.Irq1.Level, Is.True);
        rig.Drain();
        rig.Mouse.Move(1, 0, 0, MouseButtons.None);
        Assert.That((rig.Irq12.Level, rig.Status & 0x21), Is.EqualTo((false, 0x21)));
        rig.Command(0x60, 0x03);
        Assert.That(rig.Irq12.Level, Is.True);
    }

    [Test]
    public void OutputBufferKeepsItsSourceUntilRead()
    {
        var rig = new KeyboardRig();
        rig.Mouses(0xF4);
        rig.Mouse.Move(1, 0, 0, MouseButtons.None);
        rig.Keyboard.PutKey(Key.A, true);
        Assert.That(rig.Drain(), Is.EqualTo("*08 1c *01 *00"));
    }

    [Test]
    public void DisabledKeyboardIsHeldButAnswersComeThrough()
    {
        var rig = new KeyboardRig();
        rig.Command(0xAD);
        rig.Keyboard.PutKey(Key.A, true);
        Assert.That(rig.Status & 1, Is.Zero);
        rig.Command(0xAA);
        Assert.That(rig.Drain(), Is.EqualTo("55"));
        rig.Command(0xAE);
        Assert.That(rig.Drain(), Is.EqualTo("1c"));
    }

    [Test]
    public void DisabledMouseIsHeld()
    {
        var rig = new KeyboardRig();
        rig.Mouses(0xF4);
        rig.Command(0xA7);
        rig.Mouse.Move(1, 0, 0, MouseButtons.None);
        Assert.That(rig.Status & 1, Is.Zero);
        rig.Command(0xA8);
        Assert.That(rig.Drain(), Is.EqualTo("*08 *01 *00"));
    }

    [Test]
    public void DataForADeviceEnablesIt()
    {
        var rig = new KeyboardRig();
        rig.Command(0xAD);
        rig.Command(0xA7);
        Assert.That(rig.Keyboards(0xEE), Is.EqualTo("ee"));
        Assert.That(rig.Mouses(0xF2), Is.EqualTo("*fa *00"));
        rig.Command(0x20);
        Assert.That(rig.Drain(), Is.EqualTo("03"));
    }

    [Test]
    public void LoopbackCommandsFillTheBufferFromEitherSide()
    {
        var rig = new KeyboardRig();
        rig.Command(0x60, 0x43);
        rig.Command(0xD2, 0x1C);
        Assert.That(rig.Drain(), Is.EqualTo("1c"), "the controller's own byte is not translated");
        rig.Command(0xD3, 0x5A);
        Assert.That((rig.Irq12.Level, rig.Drain()), Is.EqualTo((true, "*5a")));
    }

    [Test]
    public void OutputPortDrivesA20AndReset()
    {
        var rig = new KeyboardRig();
        rig.Command(0xD0);
        Assert.That(rig.Drain(), Is.EqualTo("cf"));
        rig.Command(0xD1, 0xDD);
        Assert.That(rig.A20.Level, Is.False);
        rig.Command(0xD1, 0xDF);
        Assert.That((rig.A20.Level, rig.Resets), Is.EqualTo((true, 0)));
        rig.Command(0xDD);
        Assert.That(rig.A20.Level, Is.False);
        rig.Command(0xDF);
        Assert.That(rig.A20.Level, Is.True);
        rig.Command(0xD1, 0xDE);
        Assert.That(rig.Resets, Is.EqualTo(1));
    }

    [Test]
    public void OutputPortShowsTheFullBuffer()
    {
        var rig = new KeyboardRig();
        rig.Keyboard.PutKey(Key.A, true);
        rig.Command(0xD0);
        Assert.That(rig.Drain(), Is.EqualTo("df 1c"));
    }

    [Test]
    public void PulsesWithBit0ClearReset([Range(0xF0, 0xFF)] int command)
    {
        var rig = new KeyboardRig();
        rig.Command(command);
        Assert.That(rig.Resets, Is.EqualTo((command & 1) == 0 ? 1 : 0));
    }

    [Test]
    public void UnknownCommandIsReported()
    {
        var rig = new KeyboardRig();
        rig.Command(0x42);
        Assert.That((rig.Lines.Count, rig.Status), Is.EqualTo((1, 0x18)));
    }

    [Test]
    public void SectionsHaveTheirLengths()
    {
        byte[][] saved = PortBus.Save(new KeyboardRig().Devices);
        Assert.That((saved[0].Length, saved[1].Length, saved[2].Length), Is.EqualTo((284, 291, 4)));
        var rig = new KeyboardRig();
        rig.Keyboards(0xED, 0x02);
        rig.Command(0xDD);
        saved = PortBus.Save(rig.Devices);
        Assert.That((saved[0].Length, saved[1].Length, saved[2].Length), Is.EqualTo((309, 291, 4 + 19 + 1)));
    }

    [Test]
    public void LoadedControllerRaisesItsLines()
    {
        var rig = new KeyboardRig();
        rig.Keyboard.PutKey(Key.Up, true);
        var copy = new KeyboardRig();
        PortBus.Load(PortBus.Save(rig.Devices), copy.Devices);
        Assert.That((copy.Irq1.Level, copy.Drain()), Is.EqualTo((true, "e0 75")));
    }

    [Test]
    public void AnswerUnderADisabledKeyboardSurvivesALoad()
    {
        var rig = new KeyboardRig();
        rig.Command(0xAD);
        rig.Command(0xAA);
        var copy = new KeyboardRig();
        PortBus.Load(PortBus.Save(rig.Devices), copy.Devices);
        Assert.That(copy.Drain(), Is.EqualTo("55"));
    }

    [Test]
    public void QueueOfSixteenBytesWrapsAsSomeProgramsHaveIt()
    {
        byte[] body = PortBus.Save(new KeyboardRig().Keyboard)[0];
        body[7] = 14;  // rptr
        body[11] = 2;  // wptr
        body[15] = 4;  // count
        (body[16 + 14], body[16 + 15], body[16], body[16 + 1]) = (1, 2, 3, 4);
        var rig = new KeyboardRig();
        PortBus.Load([body], rig.Keyboard);
        rig.Command(0x00);
        Assert.That(rig.Drain(), Is.EqualTo("01 02 03 04"));
    }

    [Test]
    public void QueueThatCannotBeIsRefused() => Gen.Byte.Array[12].Where(q => q.Any(b => b != 0)).Sample(pointers =>
    {
        byte[] body = PortBus.Save(new KeyboardRig().Keyboard)[0];
        pointers.CopyTo(body, 4);
        var rig = new KeyboardRig();
        try
        {
            PortBus.Load([body], rig.Keyboard);
        }
        catch (StateException)
        {
            return true;
        }

        rig.Command(0x00);
        rig.Drain();
        return rig.Keyboard.Count == 0;
    });

    [Test]
    public void RandomTrafficSurvivesSavingAndLoading() =>
        Gen.Select(Gen.Int[0, 4], Gen.Byte, Gen.Int[-300, 300], Gen.Int[-300, 300]).Array[1, 80].Sample(steps =>
        {
            var rig = new KeyboardRig();
            foreach ((int what, byte value, int x, int y) in steps)
            {
                switch (what)
                {
                    case 0:
                        rig.Bus.Out(0x64, value);
                        break;
                    case 1:
                        rig.Bus.Out(0x60, value);
                        break;
                    case 2:
                        rig.Bus.In(0x60);
                        break;
                    case 3:
                        rig.Keyboard.PutKey((Key)(value % (KeyTable.All.Count() + 1)), x > 0);
                        break;
                    default:
                        rig.Mouse.Move(x, y, x >> 5, (MouseButtons)value);
                        break;
                }
            }

            byte[][] saved = PortBus.Save(rig.Devices);
            var copy = new KeyboardRig();
            PortBus.Load(saved, copy.Devices);
            byte[][] again = PortBus.Save(copy.Devices);
            for (int i = 0; i < 3; i++)
            {
                Assert.That(again[i], Is.EqualTo(saved[i]));
            }

            Assert.That((copy.Irq1.Level, copy.Irq12.Level), Is.EqualTo((rig.Irq1.Level, rig.Irq12.Level)));
            rig.Drain();
            copy.Drain();
        });
}
