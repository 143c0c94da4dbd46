using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;

namespace PcEmu.Devices.Keyboard.Ps2;

/// <summary>Mouse buttons, as in a movement packet.</summary>
[Flags]
public enum MouseButtons
{
    /// <summary>None is held.</summary>
    None = 0,

    /// <summary>Left.</summary>
    Left = 1,

    /// <summary>Right.</summary>
    Right = 2,

    /// <summary>Middle, or the wheel pressed.</summary>
    Middle = 4,

    /// <summary>The fourth, "back".</summary>
    Side = 8,

    /// <summary>The fifth, "forward".</summary>
    Extra = 16,
}

/// <summary>PS/2 mouse, which turns into a Microsoft IntelliMouse or IntelliMouse Explorer when asked to.</summary>
/// <remarks>
/// Source: IBM Personal System/2 Hardware Interface Technical Reference, "Auxiliary Device"; Microsoft, "IntelliMouse and
/// Explorer Device Specification" for the sample-rate knocks 200-100-80 and 200-200-80. As on QEMU, movement is reported when
/// it happens, not at the sample rate, and 2:1 scaling and resolution are remembered but do not change the counts.
/// </remarks>
public sealed class Ps2Mouse(EventLog log) : Ps2Device
{
    // Commands.
    private const byte SetScaling11 = 0xE6;
    private const byte SetScaling21 = 0xE7;
    private const byte SetResolution = 0xE8;
    private const byte GetStatus = 0xE9;
    private const byte SetStreamMode = 0xEA;
    private const byte ReadData = 0xEB;
    private const byte ResetWrapMode = 0xEC;
    private const byte SetWrapMode = 0xEE;
    private const byte SetRemoteMode = 0xF0;
    private const byte GetId = 0xF2;
    private const byte SetSampleRate = 0xF3;
    private const byte Enable = 0xF4;
    private const byte Disable = 0xF5;
    private const byte SetDefaultsCommand = 0xF6;
    private const byte ResetCommand = 0xFF;

    // Status byte 1.
    private const byte Remote = 0x40;
    private const byte Enabled = 0x20;
    private const byte Scaling21 = 0x10;

    // Device identities.
    private const byte Standard = 0;
    private const byte IntelliMouse = 3;
    private const byte Explorer = 4;

    private const byte DefaultSampleRate = 100; // a second
    private const byte DefaultResolution = 2;   // 4 counts a millimetre
    private const int LargestMove = 127;

    private byte _status;
    private byte _resolution = DefaultResolution;
    private byte _sampleRate = DefaultSampleRate;
    private byte _wrap;
    private byte _type;
    private byte _detectState;
    private int _dx;
    private int _dy;
    private int _dz;
    private byte _buttons;

    [NotSaved("what the last packet said; after a load, the state of the buttons")]
    private byte _reportedButtons;

    /// <summary>The section.</summary>
    public static readonly StateDescription<Ps2Mouse> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "ps2-mouse";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Whether the guest wants movement.</summary>
    public bool IsEnabled => (_status & Enabled) != 0;

    private bool HasWheel => _type is IntelliMouse or Explorer;

    private bool IsStreaming => (_status & (Remote | Enabled)) == Enabled && _wrap == 0;

    /// <inheritdoc/>
    public override void Reset()
    {
        _queue.Clear();
        _queue.Command = Ps2Queue.NoCommand;
        SetDefaults();
        _type = Standard;
        _wrap = 0;
        _detectState = 0;
        _buttons = 0;
        _reportedButtons = 0;
        Changed();
    }

    /// <summary>The user moved the mouse, turned its wheel, or pressed or released buttons.</summary>
    /// <param name="dx">Counts to the right.</param>
    /// <param name="dy">Counts down the screen.</param>
    /// <param name="dz">Wheel steps towards the user.</param>
    /// <param name="buttons">The buttons that are held now.</param>
    public void Move(int dx, int dy, int dz, MouseButtons buttons)
    {
        if (!IsEnabled)
        {
            return;
        }

        // A guest that does not read must not make the sums wrap around.
        _dx = Add(_dx, dx);
        _dy = Add(_dy, -(long)dy);
        _dz = Add(_dz, dz);
        _buttons = (byte)((int)buttons & 0x1F);
        Stream();

        static int Add(int sum, long more) => (int)Math.Clamp(sum + more, -0x10000, 0x10000);
    }

    internal override byte Read()
    {
        byte value = base.Read();
        Stream();
        return value;
    }

    internal override void Write(byte value)
    {
        int command = _queue.Command;
        _queue.Command = Ps2Queue.NoCommand;
        switch (command)
        {
            case SetSampleRate:
                _sampleRate = value;
                Detect(value);
                _queue.AddReply(Ack);
                break;
            case SetResolution:
                _resolution = value;
                _queue.AddReply(Ack);
                break;
            default:
                if (_wrap != 0 && value is not (ResetWrapMode or ResetCommand))
                {
                    _queue.AddReply(value);
                }
                else
                {
                    Execute(value);
                }

                break;
        }

        Changed();
    }

    private static StateDescription<Ps2Mouse> Describe()
    {
        var state = new StateDescription<Ps2Mouse>("ps2mouse", version: 2, minimumVersion: 2)
        {
            PostLoad = static (ref Ps2Mouse m, int _) => m._reportedButtons = m._buttons,
        };
        state.Add(Field.Struct("common", static (ref Ps2Mouse m) => ref m._queue, Ps2Queue.State));
        state.Add(Field.UInt8("mouse_status", static (ref Ps2Mouse m) => ref m._status));
        state.Add(Field.UInt8("mouse_resolution", static (ref Ps2Mouse m) => ref m._resolution));
        state.Add(Field.UInt8("mouse_sample_rate", static (ref Ps2Mouse m) => ref m._sampleRate));
        state.Add(Field.UInt8("mouse_wrap", static (ref Ps2Mouse m) => ref m._wrap));
        state.Add(Field.UInt8("mouse_type", static (ref Ps2Mouse m) => ref m._type));
        state.Add(Field.UInt8("mouse_detect_state", static (ref Ps2Mouse m) => ref m._detectState));
        state.Add(Field.Int32("mouse_dx", static (ref Ps2Mouse m) => ref m._dx));
        state.Add(Field.Int32("mouse_dy", static (ref Ps2Mouse m) => ref m._dy));
        state.Add(Field.Int32("mouse_dz", static (ref Ps2Mouse m) => ref m._dz));
        state.Add(Field.UInt8("mouse_buttons", static (ref Ps2Mouse m) => ref m._buttons));
        return state;
    }

    // Packets while there is something to tell and the buffer has room for all of the next one.
    private void Stream()
    {
        if (!IsStreaming)
        {
            return;
        }

        if (!HasWheel)
        {
            _dz = 0;
        }

        bool sent = false;
        while ((_dx | _dy | _dz | (_buttons ^ _reportedButtons)) != 0 && _queue.HasRoom(HasWheel ? 4 : 3))
        {
            SendPacket(asReply: false);
            sent = true;
        }

        if (sent)
        {
            Changed();
        }
    }

    private void SendPacket(bool asReply)
    {
        int dx = Math.Clamp(_dx, -LargestMove, LargestMove);
        int dy = Math.Clamp(_dy, -LargestMove, LargestMove);
        Put((byte)(0x08 | (_buttons & 7) | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0)));
        Put((byte)dx);
        Put((byte)dy);
        int dz = 0;
        switch (_type)
        {
            case IntelliMouse:
                dz = Math.Clamp(_dz, -LargestMove, LargestMove);
                Put((byte)dz);
                break;
            case Explorer:
                dz = Math.Clamp(_dz, -7, 7);
                Put((byte)((dz & 0x0F) | ((_buttons & 0x18) << 1)));
                break;
        }

        _dx -= dx;
        _dy -= dy;
        _dz -= dz;
        _reportedButtons = _buttons;

        void Put(byte value)
        {
            if (asReply)
            {
                _queue.AddReply(value);
            }
            else
            {
                _queue.Add(value);
            }
        }
    }

    private void Execute(byte command)
    {
        switch (command)
        {
            case SetScaling11:
                _status &= unchecked((byte)~Scaling21);
                _queue.AddReply(Ack);
                break;
            case SetScaling21:
                _status |= Scaling21;
                _queue.AddReply(Ack);
                break;
            case SetResolution or SetSampleRate:
                _queue.Command = command;
                _queue.AddReply(Ack);
                break;
            case GetStatus:
                _queue.AddReply(Ack);
                _queue.AddReply(_status);
                _queue.AddReply(_resolution);
                _queue.AddReply(_sampleRate);
                break;
            case SetStreamMode:
                _status &= unchecked((byte)~Remote);
                _queue.AddReply(Ack);
                break;
            case ReadData:
                _queue.AddReply(Ack);
                SendPacket(asReply: true);
                break;
            case ResetWrapMode:
                _wrap = 0;
                _queue.AddReply(Ack);
                break;
            case SetWrapMode:
                _wrap = 1;
                _queue.AddReply(Ack);
                break;
            case SetRemoteMode:
                _status |= Remote;
                _queue.AddReply(Ack);
                break;
            case GetId:
                _queue.AddReply(Ack);
                _queue.AddReply(_type);
                break;
            case Enable:
                _status |= Enabled;
                _queue.AddReply(Ack);
                break;
            case Disable:
                _status &= unchecked((byte)~Enabled);
                _queue.AddReply(Ack);
                break;
            case SetDefaultsCommand:
                SetDefaults();
                _queue.AddReply(Ack);
                break;
            case ResetCommand:
                _queue.Clear();
                SetDefaults();
                _type = Standard;
                _wrap = 0;
                _queue.AddReply(Ack);
                _queue.AddReply(TestPassed);
                _queue.AddReply(_type);
                break;
            default:
                // QEMU's mouse stays silent, and the guest's driver gives up after its time.
                log.GuestError($"ps2mouse: unknown command 0x{command:x}");
                break;
        }
    }

    private void SetDefaults()
    {
        _sampleRate = DefaultSampleRate;
        _resolution = DefaultResolution;
        _status = 0;
        _dx = 0;
        _dy = 0;
        _dz = 0;
    }

    // State 1: a rate of 200 was set; 2: 100 after it; 3: 200 after it.
    private void Detect(byte rate)
    {
        (_detectState, _type) = (_detectState, rate) switch
        {
            (1, 100) => ((byte)2, _type),
            (1, 200) => ((byte)3, _type),
            (2, 80) => ((byte)0, IntelliMouse),
            (3, 80) => ((byte)0, Explorer),
            (1 or 2 or 3, _) => ((byte)0, _type),
            (_, 200) => ((byte)1, _type),
            _ => (_detectState, _type),
        };
    }
}
