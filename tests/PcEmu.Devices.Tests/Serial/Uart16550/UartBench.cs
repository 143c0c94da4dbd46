using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Serial;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Serial;

/// <summary>A UART with its wires in the test's hands.</summary>
internal sealed class UartBench
{
    public const ulong Rbr = 0, Thr = 0, Dll = 0, Ier = 1, Dlm = 1, Iir = 2, Fcr = 2, Lcr = 3, Mcr = 4, Lsr = 5, Msr = 6, Scr = 7;

    private readonly IoHandlers _registers;
    private readonly byte[] _taken = new byte[1 << 16];

    public UartBench()
    {
        Timers = new TimerQueue(Clock);
        Port = new CharPort("serial0", Output, () => Wakes++);
        var wire = new IrqLine(level =>
        {
            RisingEdges += level && !Interrupt ? 1 : 0;
            Interrupt = level;
        });
        Uart = new Uart16550(Timers, wire, Port, EventLog.Null);
        _registers = Uart.Registers.Handlers!;
    }

    public ManualClock Clock { get; } = new();

    public TimerQueue Timers { get; }

    public CharOutput Output { get; } = new(CharWhenFull.HoldBack);

    public CharPort Port { get; }

    public Uart16550 Uart { get; }

    public bool Interrupt { get; private set; }

    public int RisingEdges { get; private set; }

    public int Wakes { get; set; }

    public byte In(ulong register) => (byte)_registers.Read(register, 1);

    public void Out(ulong register, int value) => _registers.Write(register, (byte)value, 1);

    /// <summary>Bytes from the far end, and the machine's look at them.</summary>
    public void Send(params byte[] bytes)
    {
        Assert.That(Port.TryPush(bytes), Is.EqualTo(bytes.Length));
        Port.Pump();
    }

    /// <summary>What the chip has sent; asked for only when there is something.</summary>
    public byte[] Sent() => _taken[..Output.Take(_taken)];

    /// <summary>Fills the host's queue, so that the next byte is held back.</summary>
    public void Stall()
    {
        while (Output.Write(0))
        {
        }
    }

    /// <summary>The host takes all.</summary>
    public byte[] Unstall()
    {
        byte[] sent = Sent();
        Port.SignalWriteReady();
        Port.Pump();
        return sent;
    }

    public byte[] Save()
    {
        var writer = new StateWriter();
        StateSection.Of(Uart16550.State, Uart).Save(writer);
        return writer.Written.ToArray();
    }

    public void Load(byte[] bytes, int version = 3)
    {
        var reader = new StateReader(bytes);
        StateSection.Of(Uart16550.State, Uart).Load(ref reader, version);
        Assert.That(reader.Remaining, Is.Zero);
    }
}
