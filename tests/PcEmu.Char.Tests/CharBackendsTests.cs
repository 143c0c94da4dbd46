using PcEmu.Core;
using PcEmu.Core.Char;

namespace PcEmu.Char.Tests;

[TestFixture]
public sealed class CharBackendsTests
{
    private TestMachine _machine = null!;
    private string _directory = null!;

    [SetUp]
    public void SetUp()
    {
        _machine = new TestMachine();
        _directory = Directory.CreateTempSubdirectory("pcemu-char").FullName;
    }

    [TearDown]
    public void TearDown()
    {
        _machine.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void NoneIsNoPort() => Assert.That(_machine.Backends.Open("-serial", "none", "serial0"), Is.Null);

    [Test]
    public void FileIsCompleteAfterClosing()
    {
        string path = Path.Combine(_directory, "out");
        File.WriteAllText(path, "old contents that are longer than nothing");
        Peer peer = _machine.Open($"file:{path}");
        byte[] expected = new byte[100_000];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = (byte)(i * 7);
            Assert.That(peer.Port.Write(expected[i]), Is.True);
        }

        _machine.Dispose();
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(expected));
    }

    [Test]
    public void FileIsAddedToOnDemand()
    {
        string path = Path.Combine(_directory, "out");
        File.WriteAllText(path, "old ");
        _machine.Open($"file,path={path},append=on").Print("new");
        _machine.Dispose();
        Assert.That(File.ReadAllText(path), Is.EqualTo("old new"));
    }

    [Test]
    public void FileThatCannotBeWrittenIsAnErrorOfOneLine()
    {
        string path = Path.Combine(_directory, "missing", "out");
        Assert.That(
            () => _machine.Open($"file:{path}"),
            Throws.TypeOf<ConfigurationException>().With.Message.StartWith($"-serial file:{path}: Could not open"));
    }

    [Test]
    public void MonStdioWordsGiveAMonitorAndTheSerialLineTheKeys()
    {
        string path = Path.Combine(_directory, "out");
        Peer serial = _machine.Open($"mon:file:{path}");
        Assert.That(_machine.Backends.MuxMonitors, Has.Count.EqualTo(1));
        var monitor = new Peer(_machine.Backends.MuxMonitors[0]);
        monitor.Print("(monitor)");
        serial.Print("(serial)");
        _machine.PumpUntil(() => serial.Events.Contains(CharEvent.FocusGained));
        Assert.That(monitor.Events.LastOrDefault(e => e is CharEvent.FocusGained or CharEvent.FocusLost), Is.EqualTo(CharEvent.FocusLost));
        _machine.Dispose();
        Assert.That(File.ReadAllText(path), Is.EqualTo("(monitor)(serial)"));
    }

    [Test]
    public void ChardevIsUsedOnceUnlessItIsShared()
    {
        _machine.Backends.Define("null,id=one");
        _machine.Backends.Define("null,id=many,mux=on");
        Assert.That(_machine.Backends.Open("-serial", "chardev:one", "serial0"), Is.Not.Null);
        Assert.That(() => _machine.Backends.Open("-serial", "chardev:one", "serial1"), Throws.TypeOf<ConfigurationException>());
        CharPort? a = _machine.Backends.Open("-serial", "chardev:many", "serial2");
        CharPort? b = _machine.Backends.Open("-monitor", "chardev:many", "monitor");
        Assert.That(a, Is.Not.SameAs(b));
    }

    [Test]
    public void UnknownOrDoubleChardevIsRefused()
    {
        _machine.Backends.Define("null,id=one");
        Assert.That(() => _machine.Backends.Define("null,id=one"), Throws.TypeOf<ConfigurationException>().With.Message.Contains("'one'"));
        Assert.That(
            () => _machine.Backends.Open("-serial", "chardev:two", "serial0"),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("'two'"));
    }
}
