using System.Text;
using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Time;

namespace PcEmu.Char.Tests;

[TestFixture]
public sealed class CharMuxTests
{
    private readonly byte[] _taken = new byte[1 << 16];
    private readonly ManualClock _clock = new();
    private CharPort _host = null!;
    private CharMux _mux = null!;
    private Peer _monitor = null!;
    private Peer _serial = null!;
    private int _quits;
    private int _syncs;

    [SetUp]
    public void SetUp()
    {
        (_quits, _syncs, _clock.Now) = (0, 0, 0);
        Make(escape: 1);
    }

    [TestCase("abc", "abc")]
    [TestCase("a\u0001\u0001b", "a\u0001b")]
    [TestCase("\u0001\u0001\u0001\u0001", "\u0001\u0001")]
    [TestCase("a\u0001zb", "ab")]
    [TestCase("a\u0001hb", "ab")]
    [TestCase("a\u0001sb\u0001s", "ab")]
    [TestCase("\u0001", "")]
    public void KeysReachTheSerialLineWithoutEscapeSequences(string typed, string seen)
    {
        Type(typed);
        Assert.That(_serial.Text, Is.EqualTo(seen));
        SetUp();
        foreach (char c in typed)
        {
            Type(c.ToString());
        }

        Assert.That(_serial.Text, Is.EqualTo(seen), "byte by byte");
        Assert.That(_monitor.Text, Is.Empty);
    }

    [Test]
    public void LetterCSwitchesTheKeysToTheMonitorAndBack()
    {
        Type("1\u0001c2\u0001c3");
        Assert.That(_serial.Text, Is.EqualTo("13"));
        Assert.That(_monitor.Text, Is.EqualTo("2"));
        Assert.That(
            _monitor.Events,
            Is.EqualTo(new[] { CharEvent.FocusGained, CharEvent.FocusLost, CharEvent.FocusGained, CharEvent.FocusLost }));
    }

    [Test]
    public void LetterXQuits()
    {
        Type("\u0001x");
        Assert.That(_quits, Is.EqualTo(1));
        Assert.That(Shown(), Does.Contain("Terminated"));
    }

    [Test]
    public void LetterSSyncsTheDisks()
    {
        Type("\u0001s");
        Assert.That(_syncs, Is.EqualTo(1));
    }

    [Test]
    public void LetterBSendsABreakToTheOneWithTheKeys()
    {
        Type("a\u0001bc");
        Assert.That(_serial.Events, Does.Contain(CharEvent.Break));
        Assert.That(_monitor.Events, Does.Not.Contain(CharEvent.Break));
        Assert.That(_serial.Text, Is.EqualTo("ac"));
    }

    [TestCase("\u0001h")]
    [TestCase("\u0001?")]
    public void LetterHShowsEveryKey(string typed)
    {
        Type(typed);
        string shown = Shown();
        foreach (char letter in "hxstbc")
        {
            Assert.That(shown, Does.Contain($"C-a {letter} "));
        }

        Assert.That(shown, Does.Contain("C-a C-a"));
    }

    [Test]
    public void LetterTStampsLinesWithTheTimeSinceTheFirst()
    {
        Type("\u0001t");
        _clock.Now = 5 * Nanoseconds.PerSecond;
        _serial.Print("one\r\n");
        _clock.Now += 61_234 * Nanoseconds.PerMillisecond;
        _serial.Print("two\r\n");
        Type("\u0001t");
        _serial.Print("three");
        Assert.That(Shown(), Is.EqualTo("[00:00:00.000] one\r\n[00:01:01.234] two\r\nthree"));
    }

    [Test]
    public void BothWriteWhoeverHasTheKeys()
    {
        _monitor.Print("m");
        _serial.Print("s");
        Assert.That(Shown(), Is.EqualTo("ms"));
    }

    [Test]
    public void EscapeStillWorksWhenTheGuestReadsNothing()
    {
        _serial.Allowed = 0;
        Type(new string('x', 10_000));
        Type("\u0001x");
        Assert.That(_quits, Is.EqualTo(1));
        _serial.Allowed = int.MaxValue;
        Type("");
        Assert.That(_serial.Count, Is.EqualTo(10_000));
    }

    [Test]
    public void EscapeCharacterCanBeAnother()
    {
        Make(escape: 20);
        Type("\u0001\u0014\u0014\u0014h");
        Assert.That(_serial.Text, Is.EqualTo("\u0001\u0014"));
        Assert.That(Shown(), Does.Contain("C-t h"));
    }

    [Test]
    public void FarEndsEventsReachAll()
    {
        _host.Post(CharEvent.Closed);
        Type("");
        Assert.That(_serial.Events, Does.Contain(CharEvent.Closed));
        Assert.That(_monitor.Events, Does.Contain(CharEvent.Closed));
    }

    [Test]
    public void FifthFrontEndIsRefused()
    {
        _mux.AddFrontEnd("c");
        _mux.AddFrontEnd("d");
        Assert.That(() => _mux.AddFrontEnd("e"), Throws.TypeOf<ConfigurationException>());
    }

    private void Make(byte escape)
    {
        _host = new CharPort("stdio", new CharOutput(CharWhenFull.HoldBack), static () => { });
        _mux = new CharMux(_host, static () => { }, _clock)
        {
            EscapeCharacter = escape,
            Quit = () => _quits++,
            SyncDisks = () => _syncs++,
        };
        _monitor = new Peer(_mux.AddFrontEnd("monitor"));
        _serial = new Peer(_mux.AddFrontEnd("serial0"));
    }

    private void Type(string keys)
    {
        _host.TryPush(Encoding.Latin1.GetBytes(keys));
        _host.Pump();
        _mux.Pump();
    }

    private string Shown() => Encoding.ASCII.GetString(_taken, 0, _host.Output.Take(_taken));
}
