using PcEmu.Core.Char;

namespace PcEmu.Core.Tests.Char;

[TestFixture]
public sealed class CharPortTests
{
    private const int InputCapacity = 1 << 16;

    private Receiver _receiver = null!;
    private int _wakes;
    private CharPort _port = null!;

    [SetUp]
    public void SetUp()
    {
        _receiver = new Receiver();
        _port = new CharPort("test", new CharOutput(CharWhenFull.HoldBack), () => Interlocked.Increment(ref _wakes));
    }

    [Test]
    public void NothingReachesTheReceiverOutsidePump()
    {
        _port.Attach(_receiver);
        _port.Push([1, 2]);
        _port.Post(CharEvent.Break);
        Assert.That(_receiver.Log, Is.Empty);
        Assert.That(_wakes, Is.GreaterThan(1));
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("1 2|Break"));
    }

    [Test]
    public void InputWaitsForTheFirstReceiver()
    {
        _port.Push([1]);
        _port.Pump();
        _port.Attach(_receiver);
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("1"));
    }

    [Test]
    public void NoMoreThanAllowedIsDelivered()
    {
        _port.Attach(_receiver);
        _receiver.Allowed = 2;
        _port.Push([1, 2, 3, 4, 5]);
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("1 2"));
        int before = _wakes;
        _receiver.Allowed = 100;
        _port.AcceptInput();
        Assert.That(_wakes, Is.EqualTo(before + 1));
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("1 2|3 4 5"));
        _port.AcceptInput();
        Assert.That(_wakes, Is.EqualTo(before + 1), "nothing waits, nobody is woken");
    }

    [Test]
    public void EventsKeepTheirPlaceBetweenTheBytes()
    {
        _port.Attach(_receiver);
        _port.Post(CharEvent.Opened);
        _port.Push([1, 2]);
        _port.Post(CharEvent.Break);
        _port.Push([3]);
        _port.Post(CharEvent.Closed);
        _receiver.Allowed = 1;
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("Opened|1"));
        _receiver.Allowed = 100;
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("Opened|1|2|Break|3|Closed"));
    }

    [Test]
    public void WriteReadyIsDeliveredByPump()
    {
        _port.Attach(_receiver);
        _port.SignalWriteReady();
        _port.Pump();
        _port.Pump();
        Assert.That(_receiver.Log, Is.EqualTo("ready"));
    }

    [Test]
    public void TryPushTakesWhatFits()
    {
        Assert.That(_port.TryPush(new byte[InputCapacity - 1]), Is.EqualTo(InputCapacity - 1));
        Assert.That(_port.InputRoom, Is.EqualTo(1));
        Assert.That(_port.TryPush([1, 2, 3]), Is.EqualTo(1));
        Assert.That(_port.TryPush([1]), Is.Zero);
    }

    [Test]
    public void PushOfMoreThanFitsWaitsAndLosesNothing()
    {
        byte[] sent = new byte[(3 * InputCapacity) + 17];
        new Random(2).NextBytes(sent);
        using var work = new SemaphoreSlim(0);
        var port = new CharPort("test", new CharOutput(CharWhenFull.HoldBack), () => work.Release());
        var receiver = new Receiver();
        port.Attach(receiver);
        var host = new Thread(() => port.Push(sent));
        host.Start();
        while (receiver.Bytes.Count < sent.Length)
        {
            Assert.That(work.Wait(TimeSpan.FromSeconds(30)), Is.True);
            port.Pump();
            receiver.Allowed = 1000;
            port.AcceptInput();
        }

        host.Join();
        Assert.That(receiver.Bytes, Is.EqualTo(sent));
    }

    [Test]
    public void ClosingInputFreesAWaitingPush()
    {
        bool? all = null;
        var host = new Thread(() => all = _port.Push(new byte[2 * InputCapacity]));
        host.Start();
        _port.CloseInput();
        host.Join();
        Assert.That(all, Is.False);
    }

    [Test]
    public void NullPortTakesEverything()
    {
        var port = CharPort.CreateNull("nothing");
        Assert.That(port.Write(new byte[200_000]), Is.EqualTo(200_000));
        Assert.That(port.CanWrite, Is.True);
    }

    private sealed class Receiver : ICharReceiver
    {
        private readonly List<string> _log = [];

        public string Log => string.Join('|', _log);

        public List<byte> Bytes { get; } = [];

        public int Allowed { get; set; } = 100;

        public int CanReceive => Allowed;

        public void Receive(ReadOnlySpan<byte> bytes)
        {
            Allowed -= bytes.Length;
            Bytes.AddRange(bytes);
            _log.Add(string.Join(' ', bytes.ToArray()));
        }

        public void OnEvent(CharEvent what) => _log.Add(what.ToString());

        public void OnWriteReady() => _log.Add("ready");
    }
}
