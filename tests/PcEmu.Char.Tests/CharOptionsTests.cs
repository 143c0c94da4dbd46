using PcEmu.Core;

namespace PcEmu.Char.Tests;

[TestFixture]
public sealed class CharOptionsTests
{
    [TestCase("null", CharKind.Null)]
    [TestCase("vc", CharKind.Null)]
    [TestCase("vc:80Cx24C", CharKind.Null)]
    [TestCase("stdio", CharKind.Stdio)]
    [TestCase("pty", CharKind.Pty)]
    [TestCase("file:out.txt", CharKind.File)]
    [TestCase("file,path=out.txt", CharKind.File)]
    [TestCase("pipe:fifo", CharKind.Pipe)]
    [TestCase("unix:sock,server,nowait", CharKind.Unix)]
    [TestCase("tcp::4444,server", CharKind.Tcp)]
    [TestCase("telnet:localhost:23", CharKind.Tcp)]
    public void WordChoosesTheKind(string text, CharKind kind) =>
        Assert.That(CharOptions.ParseDevice("-serial", text).Kind, Is.EqualTo(kind));

    [TestCase("tcp:127.0.0.1:4444", "127.0.0.1", 4444, false, false, false, false)]
    [TestCase("tcp::4444,server", "", 4444, true, true, false, false)]
    [TestCase("tcp::4444,server,nowait", "", 4444, true, false, false, false)]
    [TestCase("tcp::4444,server=on,wait=off,nodelay", "", 4444, true, false, true, false)]
    [TestCase("tcp:host:1,nodelay=on", "host", 1, false, false, true, false)]
    [TestCase("tcp:[::1]:65535,server", "::1", 65535, true, true, false, false)]
    [TestCase("telnet:a.b:0,server,nowait", "a.b", 0, true, false, false, true)]
    [TestCase("socket,host=h,port=7,server=on,telnet=on", "h", 7, true, true, false, true)]
    public void SocketOptions(string text, string host, int port, bool server, bool wait, bool noDelay, bool telnet)
    {
        CharOptions o = CharOptions.ParseDevice("-serial", text);
        Assert.That((o.Host, o.Port, o.Server, o.Wait, o.NoDelay, o.Telnet), Is.EqualTo((host, port, server, wait, noDelay, telnet)));
    }

    [TestCase("file:a,b", "a,b")]
    [TestCase("file,path=a,,b", "a,b")]
    [TestCase("unix:/tmp/x:y,server", "/tmp/x:y")]
    public void PathMayHoldPunctuation(string text, string path) =>
        Assert.That(CharOptions.ParseDevice("-serial", text).Path, Is.EqualTo(path));

    [TestCase("stdio", null)]
    [TestCase("stdio,signal=off", false)]
    [TestCase("stdio,signal=on", true)]
    public void SignalIsKnownWhenGiven(string text, bool? signal) =>
        Assert.That(CharOptions.ParseDevice("-serial", text).Signal, Is.EqualTo(signal));

    [Test]
    public void ChardevHasAnIdAndMayBeShared()
    {
        (string id, CharOptions options) = CharOptions.ParseChardev("file,id=log,path=x,append=on,mux=on");
        Assert.That(id, Is.EqualTo("log"));
        Assert.That((options.Kind, options.Path, options.Append, options.Mux), Is.EqualTo((CharKind.File, "x", true, true)));
    }

    [TestCase("bogus", "'bogus'")]
    [TestCase("stdio:x", "'stdio'")]
    [TestCase("stdio,speed=1", "'speed'")]
    [TestCase("file:", "'path'")]
    [TestCase("file,append=on", "'path'")]
    [TestCase("tcp:4444", "'4444'")]
    [TestCase("tcp:h:1,path=x", "'path'")]
    [TestCase("tcp:a=b", "address")]
    [TestCase("unix:", "'path'")]
    [TestCase("unix:sock,path=x", "address")]
    [TestCase("tcp:h:http", "'http'")]
    [TestCase("tcp:h:65536", "'65536'")]
    [TestCase("tcp:h:1,sever", "'sever'")]
    [TestCase("tcp:h:1,server,reconnect=1", "'reconnect'")]
    [TestCase("socket,host=h", "'port'")]
    public void MistakeIsOneLineThatNamesOptionAndValue(string text, string named) =>
        Assert.That(
            () => CharOptions.ParseDevice("-serial", text),
            Throws.TypeOf<ConfigurationException>()
                .With.Message.StartWith($"-serial {text}").And.Message.Contains(named).And.Message.Not.Contains("\n"));

    [Test]
    public void ChardevWithoutIdIsRefused() =>
        Assert.That(() => CharOptions.ParseChardev("null"), Throws.TypeOf<ConfigurationException>().With.Message.Contains("'id'"));
}
