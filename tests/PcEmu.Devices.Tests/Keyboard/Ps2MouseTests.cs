using CsCheck;
using PcEmu.Devices.Keyboard.Ps2;

namespace PcEmu.Devices.Tests.Keyboard;

[TestFixture]
public sealed class Ps2MouseTests
{
    private static KeyboardRig Rig(params int[] setUp)
    {
        var rig = new KeyboardRig();
        rig.Mouses([.. setUp, 0xF4]);
        return rig;
    }

    private static string Move(KeyboardRig rig, int dx, int dy, int dz = 0, MouseButtons buttons = 0)
    {
        rig.Mouse.Move(dx, dy, dz, buttons);
        return rig.Drain();
    }

    [Test]
    public void ResetAnswersWithTestAndIdentity() =>
        Assert.That(new KeyboardRig().Mouses(0xFF), Is.EqualTo("*fa *aa *00"));

    [Test]
    public void PacketHasButtonsSignsAndCounts()
    {
        KeyboardRig rig = Rig();
        Assert.That(Move(rig, 5, 3, 0, MouseButtons.Left), Is.EqualTo("*29 *05 *fd"));
        Assert.That(Move(rig, -1, -2, 0, MouseButtons.Right | MouseButtons.Middle), Is.EqualTo("*1e *ff *02"));
        Assert.That(Move(rig, 0, 0), Is.EqualTo("*08 *00 *00"), "released");
        Assert.That(Move(rig, 0, 0), Is.Empty);
        Assert.That(Move(rig, 0, 0, 1), Is.Empty, "there is no wheel");
    }

    [Test]
    public void LargeMovementTakesSeveralPacketsAndNoneIsLost()
    {
        KeyboardRig rig = Rig();
        string[] bytes = Move(rig, 1000, 0).Split(' ');
        Assert.That(bytes, Has.Length.EqualTo(8 * 3));
        Assert.That(bytes.Where((_, i) => i % 3 == 1).Sum(b => Convert.ToInt32(b[1..], 16)), Is.EqualTo(1000));
    }

    [Test]
    public void ButtonsThatFoundTheBufferFullAreReportedLater()
    {
        KeyboardRig rig = Rig();
        rig.Mouse.Move(5 * 127, 0, 0, MouseButtons.None);
        rig.Mouse.Move(0, 0, 0, MouseButtons.Left);
        string[] bytes = rig.Drain().Split(' ');
        Assert.That(bytes[^3], Is.EqualTo("*09"));
    }

    [Test]
    public void DisabledMouseIsSilent()
    {
        KeyboardRig rig = Rig();
        rig.Mouses(0xF5);
        Assert.That(Move(rig, 1, 1), Is.Empty);
        Assert.That(rig.Mouses(0xF4), Is.EqualTo("*fa"));
        Assert.That(Move(rig, 1, 0), Is.EqualTo("*08 *01 *00"));
    }

    [Test]
    public void Knock200To100To80MakesAWheel()
    {
        KeyboardRig rig = Rig(0xF3, 200, 0xF3, 100, 0xF3, 80);
        Assert.That(rig.Mouses(0xF2), Is.EqualTo("*fa *03"));
        Assert.That(Move(rig, 0, 0, -1), Is.EqualTo("*08 *00 *00 *ff"));
    }

    [Test]
    public void Knock200To200To80MakesAnExplorer()
    {
        KeyboardRig rig = Rig(0xF3, 200, 0xF3, 200, 0xF3, 80);
        Assert.That(rig.Mouses(0xF2), Is.EqualTo("*fa *04"));
        Assert.That(Move(rig, 0, 0, 1, MouseButtons.Side), Is.EqualTo("*08 *00 *00 *11"));
        Assert.That(Move(rig, 0, 0, -9), Is.EqualTo("*08 *00 *00 *09 *08 *00 *00 *0e"));
    }

    [Test]
    public void WrongKnockStaysAPlainMouse() =>
        Assert.That(Rig(0xF3, 200, 0xF3, 100, 0xF3, 60, 0xF3, 80).Mouses(0xF2), Is.EqualTo("*fa *00"));

    [Test]
    public void StatusTellsModesResolutionAndRate()
    {
        KeyboardRig rig = Rig(0xE8, 3, 0xF3, 40, 0xE7, 0xF0);
        Assert.That(rig.Mouses(0xE9), Is.EqualTo("*fa *70 *03 *28"));
        Assert.That(rig.Mouses(0xEA, 0xE6, 0xE9), Is.EqualTo("*fa *fa *fa *20 *03 *28"));
        Assert.That(rig.Mouses(0xF6, 0xE9), Is.EqualTo("*fa *fa *00 *02 *64"));
    }

    [Test]
    public void RemoteModeReportsWhenAsked()
    {
        KeyboardRig rig = Rig(0xF0);
        Assert.That(Move(rig, 3, 0, 0, MouseButtons.Right), Is.Empty);
        Assert.That(rig.Mouses(0xEB), Is.EqualTo("*fa *0a *03 *00"));
    }

    [Test]
    public void WrapModeEchoesAllButItsEndAndReset()
    {
        KeyboardRig rig = Rig(0xEE);
        Assert.That(rig.Mouses(0xF2, 0x12), Is.EqualTo("*f2 *12"));
        Assert.That(rig.Mouses(0xEC, 0xF2), Is.EqualTo("*fa *fa *00"));
        Assert.That(rig.Mouses(0xEE, 0xFF, 0xF2), Is.EqualTo("*fa *aa *00 *fa *00"));
    }

    [Test]
    public void UnknownCommandIsReportedAndStaysUnanswered()
    {
        KeyboardRig rig = Rig();
        Assert.That((rig.Mouses(0xE1), rig.Lines.Count), Is.EqualTo(("", 1)));
    }

    [Test]
    public void MovementOutOfAllBoundsIsClipped()
    {
        KeyboardRig rig = Rig();
        Assert.That(Move(rig, int.MaxValue, int.MinValue, int.MaxValue).Split(' '), Has.Length.EqualTo((0x10000 + 126) / 127 * 3));
    }

    [Test]
    public void RandomStateNeitherThrowsNorHangs() => Gen.Byte.Array[19].Sample(fields =>
    {
        byte[] body = PortBus.Save(new KeyboardRig().Mouse)[0];
        fields.CopyTo(body, body.Length - fields.Length);
        var rig = new KeyboardRig();
        PortBus.Load([body], rig.Mouse);
        rig.Mouse.Move(1, 1, 1, MouseButtons.Left);
        rig.Mouses(0xEB, 0xE9);
        rig.Drain();
        return rig.Mouse.Count == 0;
    });
}
