using PcEmu.Devices.Display.Vga;

namespace PcEmu.Devices.Tests.Display.Vga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TextScreenTests
{
    private readonly VgaTestMachine _m = VgaTestMachine.Std().Mode3();

    [Test]
    public void Mode3Is80By25InCellsOf9By16()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_m.Text.IsActive, Is.True);
            Assert.That(_m.Text.IsLit, Is.True);
            Assert.That((_m.Text.Columns, _m.Text.Rows), Is.EqualTo((80, 25)));
            Assert.That((_m.Text.CharacterWidth, _m.Text.CharacterHeight), Is.EqualTo((9, 16)));
        });
    }

    [Test]
    public void CellsAreWhatTheCpuStores()
    {
        const string Words = "Hello, VGA";
        for (int i = 0; i < Words.Length; i++)
        {
            _m.Write(0xB8000 + (ulong)(2 * ((3 * 80) + 5 + i)), (uint)(0x1E00 | Words[i]), 2);
        }

        Assert.Multiple(() =>
        {
            Assert.That(_m.Text.Line(3).Trim(), Is.EqualTo(Words));
            Assert.That(_m.Text[3, 5], Is.EqualTo(new TextCell((byte)'H', 0x1E)));
        });
    }

    [Test]
    public void StartAddressScrollsTheScreenAndTheCursorWithIt()
    {
        _m.Write(0xB8000 + 160, 0x0741, 2);
        _m.Cr(Crtc.StartAddressLow, 80);
        _m.Cr(Crtc.CursorLocationLow, 80 + 83);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Text.Line(0)[0], Is.EqualTo('A'));
            Assert.That((_m.Text.CursorRow, _m.Text.CursorColumn), Is.EqualTo((1, 3)));
            Assert.That(_m.Text.CursorVisible, Is.True);
            Assert.That(_m.Text.CursorLines, Is.EqualTo((0x0D, 0x0E)));
        });
        _m.Cr(Crtc.CursorStart, 0x20);
        Assert.That(_m.Text.CursorVisible, Is.False);
    }

    [Test]
    public void CursorAboveTheScreenIsNotVisible()
    {
        _m.Cr(Crtc.StartAddressLow, 80);
        _m.Cr(Crtc.CursorLocationLow, 3);
        Assert.That(_m.Text.CursorVisible, Is.False);
    }

    [Test]
    public void GraphicsModeIsNotText()
    {
        _m.Planar();
        Assert.That(_m.Text.IsActive, Is.False);
    }
}
