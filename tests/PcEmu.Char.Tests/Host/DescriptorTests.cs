using System.Runtime.Versioning;
using System.Text;
using PcEmu.Char.Host;
using PcEmu.Core;
using PcEmu.Core.Char;

namespace PcEmu.Char.Tests.Host;

[TestFixture]
[Platform("Linux,MacOsX")]
[UnsupportedOSPlatform("windows")]
public sealed class DescriptorTests
{
    private TestMachine _machine = null!;

    [SetUp]
    public void SetUp() => _machine = new TestMachine();

    [TearDown]
    public void TearDown() => _machine.Dispose();

    [Test]
    public void PseudoTerminalIsAnnouncedAndCarriesBothWays()
    {
        Peer peer = _machine.Open("pty");
        int terminal = OpenAnnounced();
        _machine.PumpUntil(() => peer.Events.Contains(CharEvent.Opened));
        Write(terminal, "to the guest\r");
        _machine.PumpUntil(() => peer.Count == 13);
        Assert.That(peer.Text, Is.EqualTo("to the guest\r"));
        peer.Print("to the user\n");
        Assert.That(Read(terminal, 12), Is.EqualTo("to the user\n"), "raw: neither echo nor newline translation");
        Close(terminal);
        _machine.PumpUntil(() => peer.Events.Contains(CharEvent.Closed));
    }

    [Test]
    public void PseudoTerminalCanBeOpenedAgain()
    {
        Peer peer = _machine.Open("pty");
        for (int round = 1; round <= 2; round++)
        {
            int terminal = OpenAnnounced();
            _machine.PumpUntil(() => peer.Events.Count(static e => e == CharEvent.Opened) == round);
            Write(terminal, "x");
            _machine.PumpUntil(() => peer.Count == round);
            Close(terminal);
            _machine.PumpUntil(() => peer.Events.Count(static e => e == CharEvent.Closed) == round);
        }
    }

    [Test]
    public void OutputToAnUnopenedPseudoTerminalDoesNotStall()
    {
        Peer peer = _machine.Open("pty");
        _machine.Write(peer.Port, 300_000);
        Assert.That(peer.Events, Is.Empty);
    }

    [Test]
    public void PipeEndIsAnEventAndOutputGoesOn()
    {
        int[] toGuest = NewPipe(), fromGuest = NewPipe();
        using var woken = new SemaphoreSlim(0);
        var port = new CharPort("stdio", new CharOutput(CharWhenFull.HoldBack), () => woken.Release());
        var peer = new Peer(port);
        using (DescriptorBackend.Over(port, toGuest[0], fromGuest[1]))
        {
            Write(toGuest[1], "last words");
            Close(toGuest[1]);
            while (!peer.Events.Contains(CharEvent.Closed))
            {
                Assert.That(woken.Wait(TimeSpan.FromSeconds(30)), Is.True);
                port.Pump();
            }

            Assert.That(peer.Text, Is.EqualTo("last words"));
            peer.Print("answer");
        }

        Assert.That(Read(fromGuest[0], 6), Is.EqualTo("answer"), "written before closing");
        Close(fromGuest[0]);
    }

    [Test]
    public void PasteIsHeldBackAndLosesNothing()
    {
        int[] toGuest = NewPipe(), fromGuest = NewPipe();
        byte[] paste = new byte[300_000];
        new Random(3).NextBytes(paste);
        using var woken = new SemaphoreSlim(0);
        var port = new CharPort("stdio", new CharOutput(CharWhenFull.HoldBack), () => woken.Release());
        var peer = new Peer(port) { Allowed = 0 };
        using (DescriptorBackend.Over(port, toGuest[0], fromGuest[1]))
        {
            var user = new Thread(() =>
            {
                for (int at = 0; at < paste.Length; at += (int)Posix.Write(toGuest[1], paste[at..], paste.Length - at))
                {
                }
            });
            user.Start();
            while (peer.Count < paste.Length)
            {
                peer.Allowed = 16;
                port.Pump();
                if (peer.Allowed == 16)
                {
                    Assert.That(woken.Wait(TimeSpan.FromSeconds(30)), Is.True);
                }
            }

            user.Join();
        }

        Assert.That(peer.Text, Is.EqualTo(Encoding.Latin1.GetString(paste)));
        Close(toGuest[1]);
        Close(fromGuest[0]);
    }

    [Test]
    public void NamedPipeThatIsMissingIsAnErrorOfOneLine()
    {
        string path = Path.Combine(Path.GetTempPath(), "pcemu-no-such-pipe");
        Assert.That(
            () => _machine.Open($"pipe:{path}"),
            Throws.TypeOf<ConfigurationException>().With.Message.StartWith($"-serial pipe:{path}: Could not open"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void TerminalIsRawWhileInUseAndItselfAfterwards(bool signal)
    {
        Peer holder = _machine.Open("pty");
        int terminal = OpenAnnounced();
        byte[] before = Cooked(terminal);
        using (var raw = RawTerminal.TryCreate(terminal, signal))
        {
            Assert.That(raw, Is.Not.Null);
            byte[] now = Get(terminal);
            Assert.That(LocalMode(now) & (ICanon | Echo), Is.Zero);
            Assert.That((LocalMode(now) & ISig) != 0, Is.EqualTo(signal));
            Assert.That(OutputMode(now) & 1u, Is.EqualTo(1u), "OPOST");
        }

        Assert.That(Get(terminal), Is.EqualTo(before));
        Close(terminal);
        Assert.That(holder.Port.Label, Is.EqualTo("serial0"));
    }

    [Test]
    public void PipeIsNoTerminal()
    {
        int[] ends = NewPipe();
        Assert.That(RawTerminal.TryCreate(ends[0], signal: true), Is.Null);
        Close(ends[0]);
        Close(ends[1]);
    }

    // struct termios of Linux; macOS has 64-bit words and other values.
    private const uint ISig = 1, ICanon = 2, Echo = 8;

    private static uint OutputMode(byte[] termios) => BitConverter.ToUInt32(termios, 4);

    private static uint LocalMode(byte[] termios) => BitConverter.ToUInt32(termios, 12);

    private static byte[] Get(int terminal)
    {
        byte[] termios = new byte[256];
        Assert.That(Posix.GetTerminal(terminal, termios), Is.Zero);
        return termios;
    }

    private static byte[] Cooked(int terminal)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("knows Linux's struct termios only");
        }

        byte[] termios = Get(terminal);
        BitConverter.TryWriteBytes(termios.AsSpan(12), LocalMode(termios) | ISig | ICanon | Echo);
        Assert.That(Posix.SetTerminal(terminal, Posix.SetNow, termios), Is.Zero);
        return Get(terminal);
    }

    private static int[] NewPipe()
    {
        int[] ends = new int[2];
        Assert.That(Posix.Pipe(ends), Is.Zero);
        return ends;
    }

    private static void Close(int descriptor) => Assert.That(Posix.Close(descriptor), Is.Zero);

    private static void Write(int descriptor, string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Assert.That((int)Posix.Write(descriptor, bytes, bytes.Length), Is.EqualTo(bytes.Length));
    }

    private static string Read(int descriptor, int count)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[256];
        while (text.Length < count)
        {
            nint got = Posix.Read(descriptor, buffer, buffer.Length);
            Assert.That((int)got, Is.GreaterThan(0));
            text.Append(Encoding.Latin1.GetString(buffer, 0, (int)got));
        }

        return text.ToString();
    }

    private int OpenAnnounced()
    {
        string line = _machine.Messages.ToString();
        Assert.That(line, Does.Match(@"^char device redirected to /dev/\S+ \(label serial0\)\s*$"));
        int terminal = Posix.OpenDevice(line.Split(' ')[4]);
        Assert.That(terminal, Is.GreaterThanOrEqualTo(0));
        return terminal;
    }
}
