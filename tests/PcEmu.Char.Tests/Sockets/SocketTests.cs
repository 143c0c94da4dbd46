using System.Net;
using System.Net.Sockets;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Char;

namespace PcEmu.Char.Tests.Sockets;

[TestFixture]
public sealed class SocketTests
{
    private TestMachine _machine = null!;

    [SetUp]
    public void SetUp() => _machine = new TestMachine();

    [TearDown]
    public void TearDown() => _machine.Dispose();

    [Test]
    public void ServerServesOneClientAfterAnother()
    {
        Peer peer = _machine.Open("tcp:127.0.0.1:0,server,nowait");
        for (int round = 1; round <= 2; round++)
        {
            using Socket client = Connect();
            _machine.PumpUntil(() => peer.Events.Count(static e => e == CharEvent.Opened) == round);
            peer.Print("login: ");
            Assert.That(Read(client, 7), Is.EqualTo("login: "));
            client.Send("root\r"u8);
            _machine.PumpUntil(() => peer.Count == 5 * round);
            client.Shutdown(SocketShutdown.Both);
            _machine.PumpUntil(() => peer.Events.Count(static e => e == CharEvent.Closed) == round);
        }

        Assert.That(peer.Text, Is.EqualTo("root\rroot\r"));
    }

    [Test]
    public void WaitingServerOpensWithItsFirstClient()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var machine = new WaitingMachine(probe);
        Peer peer = machine.Open("tcp:127.0.0.1:0,server,nodelay");
        Assert.That(machine.Messages.ToString(), Does.Contain("waiting for connection on: tcp:127.0.0.1:"));
        Assert.That(probe.Connected, Is.True);
        peer.Print("x");
        Assert.That(Read(probe, 1), Is.EqualTo("x"));
    }

    [Test]
    public void ClientConnectsAndKeepsWhatCameUntilSomebodyListens()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        CharPort port = _machine.Backends.Open("-serial", $"tcp:localhost:{((IPEndPoint)listener.LocalEndPoint!).Port}", "serial0")!;
        using Socket accepted = listener.Accept();
        accepted.Send("early"u8);
        var peer = new Peer(port);
        _machine.PumpUntil(() => peer.Count == 5);
        Assert.That(peer.Events, Is.EqualTo(new[] { CharEvent.Opened }));
    }

    [Test]
    public void AllOutputArrivesBeforeClosing()
    {
        Peer peer = _machine.Open("tcp:127.0.0.1:0,server,nowait");
        using Socket client = Connect();
        _machine.PumpUntil(() => peer.Events.Contains(CharEvent.Opened));
        peer.Print(new string('z', 60_000));
        var reader = Task.Run(() => Read(client, 60_000));
        _machine.Dispose();
        Assert.That(reader.Result, Has.Length.EqualTo(60_000));
    }

    [Test]
    public void OutputWithoutClientIsLostAndDoesNotStall()
    {
        Peer peer = _machine.Open("tcp:127.0.0.1:0,server,nowait");
        _machine.Write(peer.Port, 300_000);
        Assert.That(peer.Events, Is.Empty);
    }

    [Test]
    public void ClientThatDoesNotReadHoldsTheGuestBack()
    {
        Peer peer = _machine.Open("tcp:127.0.0.1:0,server,nowait");
        Socket client = Connect();
        _machine.PumpUntil(() => peer.Events.Contains(CharEvent.Opened));
        long taken = 0;
        while (taken < 64 << 20 && peer.Port.CanWrite)
        {
            taken += peer.Port.Write(new byte[4096]);
        }

        Assert.That(peer.Port.Write(1), Is.False);
        client.Dispose();
        _machine.PumpUntil(() => peer.Port.CanWrite);
    }

    [Test]
    public void UnixSocketServesAndLeavesNoFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"pcemu-{Guid.NewGuid():N}");
        Peer peer = _machine.Open($"unix:{path},server,nowait");
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
            client.Send("hello"u8);
            _machine.PumpUntil(() => peer.Count == 5);
        }

        _machine.Dispose();
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void PortInUseIsAnErrorOfOneLine()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        string text = $"tcp:127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port},server,nowait";
        Assert.That(
            () => _machine.Open(text),
            Throws.TypeOf<ConfigurationException>().With.Message.StartWith($"-serial {text}: Failed to bind socket: "));
    }

    [Test]
    public void NobodyListeningIsAnErrorOfOneLine()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // taken, but not listening
        string text = $"tcp:127.0.0.1:{((IPEndPoint)bound.LocalEndPoint!).Port}";
        Assert.That(
            () => _machine.Open(text),
            Throws.TypeOf<ConfigurationException>().With.Message.StartWith($"-serial {text}: Failed to connect to '127.0.0.1:"));
    }

    [Test]
    public void TelnetCommandsAreNotTheGuests()
    {
        Peer peer = _machine.Open("telnet:127.0.0.1:0,server,nowait");
        using Socket client = Connect();
        Assert.That(Read(client, 12), Does.StartWith("\u00FF\u00FB\u0001\u00FF\u00FB\u0003"), "will echo, will suppress go-ahead");
        client.Send([(byte)'a', 255, 253, 1, (byte)'b', 255, 255, 255, 250, 24, 1, 255, 240, (byte)'c', 255, 243, (byte)'d']);
        _machine.PumpUntil(() => peer.Count == 5);
        Assert.That(peer.Text, Is.EqualTo("ab\u00FFcd"));
        Assert.That(peer.Events, Is.EqualTo(new[] { CharEvent.Opened, CharEvent.Break }));
        peer.Print("1\u00FF2");
        Assert.That(Read(client, 4), Is.EqualTo("1\u00FF\u00FF2"));
    }

    private static string Read(Socket socket, int count)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (text.Length < count)
        {
            int got = socket.Receive(buffer, Math.Min(buffer.Length, count - text.Length), SocketFlags.None);
            Assert.That(got, Is.GreaterThan(0), $"after '{text}'");
            text.Append(Encoding.Latin1.GetString(buffer, 0, got));
        }

        return text.ToString();
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_machine.Address!);
        return socket;
    }

    // Its client connects as soon as the server listens, before it accepts.
    private sealed class WaitingMachine(Socket client) : IDisposable
    {
        private CharBackends? _backends;

        public StringWriter Messages { get; } = new();

        public Peer Open(string text)
        {
            _backends = new CharBackends(static () => { }, new Core.Time.ManualClock(), Messages) { Listening = client.Connect };
            return new Peer(_backends.Open("-serial", text, "serial0")!);
        }

        public void Dispose() => _backends?.Dispose();
    }
}
