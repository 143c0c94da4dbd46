using System.Net;
using System.Text;
using PcEmu.Core.Char;
using PcEmu.Core.Time;

namespace PcEmu.Char.Tests;

/// <summary>The machine's thread, played by the test: it pumps when it is woken, and until what is expected has come.</summary>
internal sealed class TestMachine : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // only a failing test waits that long

    private readonly SemaphoreSlim _woken = new(0);

    public TestMachine() => Backends = new CharBackends(() => _woken.Release(), Clock, Messages)
    {
        Quit = () => Quits++,
        SyncDisks = () => Syncs++,
        Listening = address => Address = address,
    };

    public ManualClock Clock { get; } = new();

    public StringWriter Messages { get; } = new();

    public CharBackends Backends { get; }

    public EndPoint? Address { get; private set; }

    public int Quits { get; private set; }

    public int Syncs { get; private set; }

    public Peer Open(string text)
    {
        CharPort port = Backends.Open("-serial", text, "serial0")!;
        return new Peer(port);
    }

    public void PumpUntil(Func<bool> done)
    {
        Backends.Pump();
        while (!done())
        {
            Assert.That(_woken.Wait(Patience), Is.True, "nothing comes any more");
            Backends.Pump();
        }
    }

    /// <summary>Writes so many bytes, waiting where the host holds them back.</summary>
    public void Write(CharPort port, int count)
    {
        int left = count;
        PumpUntil(() =>
        {
            while (left > 0 && port.Write(1))
            {
                left--;
            }

            return left == 0;
        });
    }

    public void Dispose()
    {
        Backends.Dispose();
        _woken.Dispose();
    }
}

/// <summary>A device on a port: takes all, remembers all.</summary>
internal sealed class Peer : ICharReceiver
{
    private readonly List<byte> _bytes = [];

    public Peer(CharPort port)
    {
        Port = port;
        port.Attach(this);
    }

    public CharPort Port { get; }

    public int Allowed { get; set; } = int.MaxValue;

    public List<CharEvent> Events { get; } = [];

    public string Text => Encoding.Latin1.GetString([.. _bytes]);

    public int Count => _bytes.Count;

    public int CanReceive => Allowed;

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        Allowed -= Allowed == int.MaxValue ? 0 : bytes.Length;
        _bytes.AddRange(bytes);
    }

    public void OnEvent(CharEvent what) => Events.Add(what);

    public void Print(string text) => Assert.That(Port.Write(Encoding.Latin1.GetBytes(text)), Is.EqualTo(text.Length));
}
