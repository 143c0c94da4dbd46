using PcEmu.Core;
using PcEmu.Core.State;

namespace PcEmu.Devices.Keyboard.Ps2;

/// <summary>A device on one of the keyboard controller's two serial ports.</summary>
public abstract class Ps2Device : Device
{
    private protected const byte Ack = 0xFA;
    private protected const byte TestPassed = 0xAA;
    private protected const byte Resend = 0xFE;

    [NotSaved("made once; its contents are described")]
    private protected Ps2Queue _queue = new();

    [NotSaved("wiring: set once by the controller")]
    private Action _changed = static () => { };

    private protected Ps2Device()
    {
    }

    /// <summary>Bytes that wait to be read.</summary>
    public int Count => _queue.Count;

    /// <summary>Of these, answers to commands: they come first, and go out even while the controller stops the device.</summary>
    public int ReplyCount => _queue.Replies;

    internal byte LastByte => _queue.Last;

    /// <summary>Takes a command or its argument from the host.</summary>
    internal abstract void Write(byte value);

    internal virtual byte Read() => _queue.Take();

    /// <summary>Puts a byte of the controller's own in front, as it does by way of the device's output buffer.</summary>
    internal void AddControllerByte(byte value)
    {
        _queue.AddReply(value);
        Changed();
    }

    // After a load under a stopped device, what the guest has been promised must be an answer.
    internal void TreatAllAsReplies() => _queue.Replies = _queue.Count;

    internal void Attach(Action changed) => _changed = changed;

    private protected void Changed() => _changed();
}
