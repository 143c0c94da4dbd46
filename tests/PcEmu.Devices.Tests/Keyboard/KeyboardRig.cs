using PcEmu.Core.Diagnostics;
using PcEmu.Devices.Keyboard.I8042;
using PcEmu.Devices.Keyboard.Ps2;

namespace PcEmu.Devices.Tests.Keyboard;

internal sealed class KeyboardRig
{
    public readonly PortBus Bus = new();
    public readonly WatchedLine Irq1 = new();
    public readonly WatchedLine Irq12 = new();
    public readonly WatchedLine A20 = new();
    public readonly EventLog Log = new();
    public readonly List<string> Lines = [];
    public readonly Ps2Keyboard Keyboard;
    public readonly Ps2Mouse Mouse;
    public readonly I8042 Controller;

    public KeyboardRig()
    {
        Log.Enable(LogItems.GuestErrors);
        Log.Observer = Lines.Add;
        Keyboard = new Ps2Keyboard(Log);
        Mouse = new Ps2Mouse(Log);
        Controller = new I8042(Keyboard, Mouse, Irq1, Irq12, A20, () => Resets++, Log);
        Keyboard.Reset();
        Mouse.Reset();
        Controller.Reset();
        Bus.Map(Controller.DataPort, 0x60);
        Bus.Map(Controller.CommandPort, 0x64);
    }

    public int Resets { get; private set; }

    public byte Status => Bus.In(0x64);

    public Core.Device[] Devices => [Keyboard, Mouse, Controller];

    public void Command(int command, int? data = null)
    {
        Bus.Out(0x64, command);
        if (data is { } value)
        {
            Bus.Out(0x60, value);
        }
    }

    /// <summary>Sends bytes to the keyboard and reads what is there then.</summary>
    public string Keyboards(params int[] bytes)
    {
        foreach (int b in bytes)
        {
            Bus.Out(0x60, b);
        }

        return Drain();
    }

    /// <summary>Sends bytes to the mouse, each behind D4h, and reads what is there then.</summary>
    public string Mouses(params int[] bytes)
    {
        foreach (int b in bytes)
        {
            Command(0xD4, b);
        }

        return Drain();
    }

    /// <summary>Reads while the output buffer is full; a star marks bytes of the mouse.</summary>
    public string Drain()
    {
        List<string> read = [];
        while ((Status & 1) != 0)
        {
            string mark = (Status & 0x20) != 0 ? "*" : "";
            read.Add($"{mark}{Bus.In(0x60):x2}");
        }

        return string.Join(' ', read);
    }
}
