using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Keyboard.I8042;

namespace PcEmu.Devices.Keyboard.Ps2;

/// <summary>IBM enhanced keyboard with 101 or 102 keys and scan code sets 1, 2 and 3.</summary>
/// <remarks>
/// Source: IBM Personal System/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)". Repetition of a held
/// key comes from the host, which calls <see cref="PutKey"/> again; the rate that the guest sets has no effect. In set 3 every
/// key makes and breaks, as QEMU's keyboard does. The controller's translation is applied as bytes enter the queue, because
/// the stream holds translated bytes.
/// </remarks>
public sealed class Ps2Keyboard(EventLog log) : Ps2Device
{
    // Commands.
    private const byte SetLeds = 0xED;
    private const byte Echo = 0xEE;
    private const byte ScanCodeSet = 0xF0;
    private const byte GetId = 0xF2;
    private const byte SetRate = 0xF3;
    private const byte Enable = 0xF4;
    private const byte DisableAndDefaults = 0xF5;
    private const byte Defaults = 0xF6;
    private const byte FirstAllKeys = 0xF7; // F7h to FAh: set 3, what all keys do
    private const byte LastAllKeys = 0xFA;
    private const byte FirstOneKey = 0xFB; // FBh to FDh: set 3, what the keys that follow do
    private const byte LastOneKey = 0xFD;
    private const byte ResendLast = 0xFE;
    private const byte ResetCommand = 0xFF;

    // The identity AB 83: an MF2 keyboard.
    private const byte IdHigh = 0xAB;
    private const byte IdLow = 0x83;

    private const byte E0 = 0xE0;
    private const byte E1 = 0xE1;
    private const byte Break = ScanCodeTranslation.BreakPrefix;

    private int _scanEnabled = 1;
    private int _translate;
    private int _scanCodeSet = 2;
    private int _leds;
    private ScanCodeTranslation _translation;

    [NotSaved("which keys the user holds is not the guest's state")]
    private Modifiers _held;

    [Flags]
    private enum Modifiers
    {
        None = 0,
        Ctrl = 1,
        CtrlR = 2,
        Shift = 4,
        ShiftR = 8,
        Alt = 16,
        AltR = 32,
    }

    /// <summary>The section; version 2 is from before scan code sets could be chosen.</summary>
    public static readonly StateDescription<Ps2Keyboard> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "ps2-kbd";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>The lamps: bit 0 scroll lock, bit 1 num lock, bit 2 caps lock.</summary>
    public int Leds => _leds;

    /// <summary>Called when the guest has switched lamps.</summary>
    [field: NotSaved("wiring: the host's lamps")]
    public event Action<int>? LedsChanged;

    /// <summary>Whether the guest wants keys.</summary>
    public bool ScanEnabled => _scanEnabled != 0;

    internal bool Translate
    {
        set => _translate = value ? 1 : 0;
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        _queue.Clear();
        _queue.Command = Ps2Queue.NoCommand;
        _translate = 0;
        _translation = default;
        SetDefaults();
        Changed();
    }

    /// <summary>The user pressed, held or released a key. A key that does not fit into the keyboard's buffer is lost.</summary>
    public void PutKey(Key key, bool down)
    {
        Modifiers modifier = ModifierOf(key);
        _held = down ? _held | modifier : _held & ~modifier;
        if (_scanEnabled == 0 || key == Key.None)
        {
            return;
        }

        Span<byte> codes = stackalloc byte[8];
        int count = _scanCodeSet == 3 ? Set3(codes, key, down) : Set2(codes, key, down);
        if (_scanCodeSet == 1)
        {
            count = ToSet1(codes[..count]);
        }

        if (count == 0)
        {
            return;
        }

        if (!_queue.HasRoom(count))
        {
            log.Trace("ps2_kbd_overrun", $"key {(int)key}");
            return;
        }

        foreach (byte code in codes[..count])
        {
            Send(code);
        }

        Changed();
    }

    internal override void Write(byte value)
    {
        int command = _queue.Command;
        _queue.Command = Ps2Queue.NoCommand;
        switch (command)
        {
            case SetLeds:
                SetLamps(value);
                Reply(Ack);
                break;
            case ScanCodeSet:
                ChooseSet(value);
                break;
            case SetRate or (>= FirstOneKey and <= LastOneKey):
                Reply(Ack);
                break;
            default:
                Execute(value);
                break;
        }

        Changed();
    }

    private static Modifiers ModifierOf(Key key) => key switch
    {
        Key.Ctrl => Modifiers.Ctrl,
        Key.CtrlR => Modifiers.CtrlR,
        Key.Shift => Modifiers.Shift,
        Key.ShiftR => Modifiers.ShiftR,
        Key.Alt => Modifiers.Alt,
        Key.AltR => Modifiers.AltR,
        _ => Modifiers.None,
    };

    private static StateDescription<Ps2Keyboard> Describe()
    {
        var state = new StateDescription<Ps2Keyboard>("ps2kbd", version: 3, minimumVersion: 2)
        {
            PostLoad = static (ref Ps2Keyboard k, int version) => k.Loaded(version),
        };
        state.Add(Field.Struct("common", static (ref Ps2Keyboard k) => ref k._queue, Ps2Queue.State));
        state.Add(Field.Int32("scan_enabled", static (ref Ps2Keyboard k) => ref k._scanEnabled));
        state.Add(Field.Int32("translate", static (ref Ps2Keyboard k) => ref k._translate));
        state.Add(Field.Int32("scancode_set", static (ref Ps2Keyboard k) => ref k._scanCodeSet, since: 3));
        state.Add(new Subsection<Ps2Keyboard>(
            new("ps2kbd/ledstate", version: 3, minimumVersion: 2)
            {
                Field.Int32("ledstate", static (ref Ps2Keyboard k) => ref k._leds),
            },
            static k => k._leds != 0));
        state.Add(new Subsection<Ps2Keyboard>(
            new("ps2kbd/need_high_bit", version: 1, minimumVersion: 1)
            {
                Field.Bool("need_high_bit", static (ref Ps2Keyboard k) => ref k._translation.BreakPending),
            },
            static k => k._translation.BreakPending));

        // Read, but not written: programs older than QEMU 7.0 refuse it, and without it only a second command that comes
        // before the first one's answer is read would see its own answer earlier.
        state.Add(new Subsection<Ps2Keyboard>(
            new("ps2kbd/command_reply_queue", version: 1, minimumVersion: 1)
            {
                Field.Int32("cqueue_count", static (ref Ps2Keyboard k) => ref k._queue.Replies),
            },
            static _ => false));
        return state;
    }

    // Set 2, from which set 1 and the translation are made.
    private int Set2(Span<byte> codes, Key key, bool down)
    {
        bool ctrl = (_held & (Modifiers.Ctrl | Modifiers.CtrlR)) != 0;
        bool shift = (_held & (Modifiers.Shift | Modifiers.ShiftR)) != 0;
        bool alt = (_held & (Modifiers.Alt | Modifiers.AltR)) != 0;
        switch (key)
        {
            // Pause sends its break at once and repeats nothing; with Ctrl it is the Break key.
            case Key.Pause when !down:
                return 0;
            case Key.Pause when ctrl:
                return Put(codes, [E0, 0x7E, E0, Break, 0x7E]);
            case Key.Pause:
                return Put(codes, [E1, 0x14, 0x77, E1, Break, 0x14, Break, 0x77]);

            // Print with Alt is SysRq; alone it brings a Shift of its own along, for software that knows only 84 keys.
            case Key.Print when alt:
                return Plain(codes, KeyTable.Of(Key.SysRq).Set2, down);
            case Key.Print when !ctrl && !shift:
                return down
                    ? Put(codes, [E0, 0x12, E0, 0x7C])
                    : Put(codes, [E0, Break, 0x7C, E0, Break, 0x12]);
            default:
                return Plain(codes, KeyTable.Of(key).Set2, down);
        }
    }

    private static int Set3(Span<byte> codes, Key key, bool down)
    {
        byte code = KeyTable.Of(key).Set3;
        return code == 0 ? 0 : Plain(codes, code, down);
    }

    private static int Plain(Span<byte> codes, ushort code, bool down)
    {
        int count = 0;
        if (code > 0xFF)
        {
            codes[count++] = (byte)(code >> 8);
        }

        if (!down)
        {
            codes[count++] = Break;
        }

        codes[count++] = (byte)code;
        return count;
    }

    private static int Put(Span<byte> codes, ReadOnlySpan<byte> sequence)
    {
        sequence.CopyTo(codes);
        return sequence.Length;
    }

    private static int ToSet1(Span<byte> codes)
    {
        var translation = default(ScanCodeTranslation);
        int count = 0;
        foreach (byte code in codes)
        {
            if (translation.Translate(code) is { } translated)
            {
                codes[count++] = translated;
            }
        }

        return count;
    }

    private void Send(byte code)
    {
        if (_translate == 0)
        {
            _queue.Add(code);
        }
        else if (_translation.Translate(code) is { } translated)
        {
            _queue.Add(translated);
        }
    }

    private void Reply(byte value)
    {
        if (_translate == 0)
        {
            _queue.AddReply(value);
        }
        else if (_translation.Translate(value) is { } translated)
        {
            _queue.AddReply(translated);
        }
    }

    private void Execute(byte command)
    {
        switch (command)
        {
            case SetLeds or ScanCodeSet or SetRate or (>= FirstOneKey and <= LastOneKey):
                _queue.Command = command;
                Reply(Ack);
                break;
            case Echo:
                Reply(Echo);
                break;
            case GetId:
                Reply(Ack);
                Reply(IdHigh);
                Reply(IdLow);
                break;
            case Enable:
                _scanEnabled = 1;
                Reply(Ack);
                break;
            case DisableAndDefaults:
                _queue.Clear();
                SetDefaults();
                _scanEnabled = 0;
                Reply(Ack);
                break;
            case Defaults:
                _queue.Clear();
                SetDefaults();
                Reply(Ack);
                break;
            case >= FirstAllKeys and <= LastAllKeys:
                Reply(Ack);
                break;
            case ResendLast:
                _queue.AddReply(_queue.Last);
                break;
            case ResetCommand:
                _queue.Clear();
                SetDefaults();
                Reply(Ack);
                Reply(TestPassed);
                break;
            case 0x00:
                // QEMU acknowledges it: some guests send zeros to wake the line.
                Reply(Ack);
                break;
            default:
                log.GuestError($"ps2kbd: unknown command 0x{command:x}");
                Reply(Resend);
                break;
        }
    }

    private void ChooseSet(byte set)
    {
        switch (set)
        {
            case 0:
                Reply(Ack);
                Reply((byte)_scanCodeSet);
                break;
            case <= 3:
                _scanCodeSet = set;
                Reply(Ack);
                break;
            default:
                Reply(Resend);
                break;
        }
    }

    private void SetDefaults()
    {
        _scanEnabled = 1;
        _scanCodeSet = 2;
        SetLamps(0);
    }

    private void SetLamps(int leds)
    {
        _leds = leds;
        LedsChanged?.Invoke(leds);
    }

    private void Loaded(int version)
    {
        if (version < 3)
        {
            _scanCodeSet = 2;
        }

        if (_queue.Replies < 0 || _queue.Replies > _queue.Count)
        {
            throw new StateException($"ps2kbd: {_queue.Replies} answers among {_queue.Count} bytes");
        }

        LedsChanged?.Invoke(_leds);
    }
}
