using PcEmu.Devices.Keyboard;

namespace PcEmu.Devices.Tests.Keyboard;

[TestFixture]
public sealed class Ps2KeyboardTests
{
    private static KeyboardRig Rig(bool translate = false, int set = 2)
    {
        var rig = new KeyboardRig();
        if (set != 2)
        {
            rig.Keyboards(0xF0, set);
        }

        if (translate)
        {
            rig.Command(0x60, 0x43);
        }

        return rig;
    }

    private static string Press(KeyboardRig rig, Key key)
    {
        rig.Keyboard.PutKey(key, true);
        string make = rig.Drain();
        rig.Keyboard.PutKey(key, false);
        return $"{make} / {rig.Drain()}";
    }

    [TestCase(Key.A, "1c / f0 1c")]
    [TestCase(Key.F7, "83 / f0 83")]
    [TestCase(Key.CtrlR, "e0 14 / e0 f0 14")]
    [TestCase(Key.Print, "e0 12 e0 7c / e0 f0 7c e0 f0 12")]
    [TestCase(Key.Pause, "e1 14 77 e1 f0 14 f0 77 / ")]
    public void Set2MakesAndBreaks(Key key, string codes) => Assert.That(Press(Rig(), key), Is.EqualTo(codes));

    [TestCase(Key.A, "1e / 9e")]
    [TestCase(Key.F7, "41 / c1")]
    [TestCase(Key.CtrlR, "e0 1d / e0 9d")]
    [TestCase(Key.Print, "e0 2a e0 37 / e0 b7 e0 aa")]
    [TestCase(Key.Pause, "e1 1d 45 e1 9d c5 / ")]
    [TestCase(Key.Yen, "7d / fd")]
    [TestCase(Key.Less, "56 / d6")]
    public void TranslatedSet2AndSet1AreTheSame(Key key, string codes)
    {
        Assert.That(Press(Rig(translate: true), key), Is.EqualTo(codes));
        Assert.That(Press(Rig(set: 1), key), Is.EqualTo(codes));
    }

    [TestCase(Key.A, "1c / f0 1c")]
    [TestCase(Key.Up, "63 / f0 63")]
    [TestCase(Key.Pause, "62 / f0 62")]
    [TestCase(Key.Ctrl, "11 / f0 11")]
    [TestCase(Key.Power, " / ")]
    public void Set3HasOneCodeAKey(Key key, string codes) => Assert.That(Press(Rig(set: 3), key), Is.EqualTo(codes));

    [TestCase(Key.Ctrl, Key.Pause, "e0 7e e0 f0 7e / ")]
    [TestCase(Key.AltR, Key.Print, "84 / f0 84")]
    [TestCase(Key.Shift, Key.Print, "e0 7c / e0 f0 7c")]
    public void PrintAndPauseDependOnModifiers(Key modifier, Key key, string codes)
    {
        KeyboardRig rig = Rig();
        rig.Keyboard.PutKey(modifier, true);
        rig.Drain();
        Assert.That(Press(rig, key), Is.EqualTo(codes));
    }

    [Test]
    public void CodesOfAllKeysDiffer([Values(1, 2, 3)] int set)
    {
        // SysRq is the Print key as 84-key keyboards have it.
        string[] makes = [.. KeyTable.All.Where(k => k.Key != Key.SysRq).Select(k => Press(Rig(set: set), k.Key)).Where(c => c != " / ")];
        Assert.That(makes, Has.Length.GreaterThan(100).And.Unique);
    }

    [Test]
    public void NamesAndNumbersFindTheirKeys()
    {
        Assert.That(KeyTable.All.Select(k => (int)k.Key), Is.EqualTo(Enumerable.Range(1, KeyTable.All.Count())));
        foreach (KeyCodes row in KeyTable.All)
        {
            Assert.That(KeyTable.TryParse(row.Name, out Key key), Is.True);
            Assert.That((key, KeyTable.Of(key)), Is.EqualTo((row.Key, row)));
        }

        Assert.That(KeyTable.TryParse("0x9c", out Key enter), Is.True);
        Assert.That(enter, Is.EqualTo(Key.KpEnter));
        Assert.That(KeyTable.TryParse("0x1C", out enter), Is.True);
        Assert.That(enter, Is.EqualTo(Key.Ret));
        Assert.That(KeyTable.TryParse("kp_multiply", out _), Is.True);
        Assert.That(KeyTable.TryParse("nokey", out _), Is.False);
    }

    [Test]
    public void ResetAnswersAndForgetsKeys()
    {
        KeyboardRig rig = Rig(set: 3);
        rig.Keyboard.PutKey(Key.A, true);
        Assert.That(rig.Keyboards(0xFF), Is.EqualTo("fa aa"));
        Assert.That(rig.Keyboards(0xF0, 0x00), Is.EqualTo("fa fa 02"));
    }

    [Test]
    public void IdentityIsTranslatedLikeEverything()
    {
        Assert.That(Rig().Keyboards(0xF2), Is.EqualTo("fa ab 83"));
        Assert.That(Rig(translate: true).Keyboards(0xF2), Is.EqualTo("fa ab 41"));
        Assert.That(Rig(translate: true).Keyboards(0xF0, 0x00), Is.EqualTo("fa fa 41"));
    }

    [Test]
    public void LampsFollowTheGuest()
    {
        KeyboardRig rig = Rig();
        List<int> seen = [];
        rig.Keyboard.LedsChanged += seen.Add;
        Assert.That(rig.Keyboards(0xED, 0x07), Is.EqualTo("fa fa"));
        Assert.That(rig.Keyboards(0xF6), Is.EqualTo("fa"));
        Assert.That(string.Join(' ', seen), Is.EqualTo("7 0"));
    }

    [Test]
    public void DisabledScanningSendsNothing()
    {
        KeyboardRig rig = Rig();
        Assert.That(rig.Keyboards(0xF5), Is.EqualTo("fa"));
        Assert.That(Press(rig, Key.A), Is.EqualTo(" / "));
        Assert.That(rig.Keyboards(0xF4), Is.EqualTo("fa"));
        Assert.That(Press(rig, Key.A), Is.EqualTo("1c / f0 1c"));
    }

    [Test]
    public void AnswersOvertakeKeysInTheirOrder()
    {
        KeyboardRig rig = Rig();
        rig.Keyboard.PutKey(Key.A, true);
        Assert.That(rig.Keyboards(0xEE, 0xF2), Is.EqualTo("ee fa ab 83 1c"));
    }

    [Test]
    public void BufferTakesSixteenBytesAndWholeKeysOnly()
    {
        KeyboardRig rig = Rig();
        for (int i = 0; i < 15; i++)
        {
            rig.Keyboard.PutKey(Key.B, true);
        }

        rig.Keyboard.PutKey(Key.Up, true);
        rig.Keyboard.PutKey(Key.C, true);
        Assert.That(rig.Keyboards(0xEE), Is.EqualTo("ee " + string.Concat(Enumerable.Repeat("32 ", 15)) + "21"));
    }

    [TestCase(0xF3, 0x20, "fa fa")]
    [TestCase(0xFC, 0x1C, "fa fa")]
    [TestCase(0xF0, 0x07, "fa fe")]
    public void CommandsWithAnArgument(int command, int argument, string answer) =>
        Assert.That(Rig().Keyboards(command, argument), Is.EqualTo(answer));

    [TestCase(0xF8, "fa")]
    [TestCase(0x05, "fe")]
    [TestCase(0xE1, "fe")]
    public void CommandsWithout(int command, string answer) => Assert.That(Rig().Keyboards(command), Is.EqualTo(answer));

    [Test]
    public void ResendGivesTheLastByteAgain()
    {
        KeyboardRig rig = Rig();
        Press(rig, Key.A);
        Assert.That(rig.Keyboards(0xFE), Is.EqualTo("1c"));
    }

    [Test]
    public void OldSectionIsInSet2()
    {
        KeyboardRig rig = Rig(set: 3);
        byte[] body = PortBus.Save(rig.Keyboard)[0][..280];
        PortBus.Load(rig.Keyboard.StateSections.Single(), body, 2);
        Assert.That(Press(rig, Key.Up), Is.EqualTo("e0 75 / e0 f0 75"));
    }

    [Test]
    public void SubsectionsOfNewerProgramsAreTaken()
    {
        KeyboardRig rig = Rig();
        rig.Keyboard.PutKey(Key.A, true);
        var writer = new Core.State.StateWriter();
        writer.Bytes(PortBus.Save(rig.Keyboard)[0]);
        writer.BeginSubsection("ps2kbd/need_high_bit", 1);
        writer.UInt8(1);
        writer.BeginSubsection("ps2kbd/command_reply_queue", 1);
        writer.UInt32(1);
        KeyboardRig copy = Rig(translate: true);
        PortBus.Load([writer.Written.ToArray()], copy.Keyboard);
        Assert.That(copy.Keyboard.ReplyCount, Is.EqualTo(1));
    }
}
