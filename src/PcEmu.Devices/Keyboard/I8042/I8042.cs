using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Keyboard.Ps2;
using PcEmu.Memory;

namespace PcEmu.Devices.Keyboard.I8042;

/// <summary>Intel 8042 as the PS/2's keyboard and auxiliary device controller: data port 60h, command and status port 64h.</summary>
/// <remarks>
/// Source: IBM Personal System/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller". There is
/// one output buffer: who fills it first (the keyboard, if both can) keeps it until it is read. The controller's own answers
/// pass through the queue of the device whose place they take, as in QEMU's streams.
/// </remarks>
public sealed class I8042 : Device
{
    // Status register, port 64h.
    private const byte OutputBufferFull = 0x01;
    private const byte SystemFlag = 0x04; // self-test passed
    private const byte CommandWritten = 0x08;
    private const byte Unlocked = 0x10;
    private const byte MouseBufferFull = 0x20;

    // Command byte.
    private const byte KeyboardInterrupt = 0x01;
    private const byte MouseInterrupt = 0x02;
    private const byte KeyboardDisabled = 0x10;
    private const byte MouseDisabled = 0x20;
    private const byte Translate = 0x40;

    // Output port.
    private const byte NotReset = 0x01;
    private const byte A20Gate = 0x02;
    private const byte OutputPortOnes = 0xCC; // lines that nobody drives low
    private const byte OutputPortKeyboard = 0x10;
    private const byte OutputPortMouse = 0x20;

    // Commands, port 64h.
    private const byte ReadCommandByte = 0x20;
    private const byte WriteCommandByte = 0x60;
    private const byte DisableMouse = 0xA7;
    private const byte EnableMouse = 0xA8;
    private const byte TestMousePort = 0xA9;
    private const byte SelfTest = 0xAA;
    private const byte TestKeyboardPort = 0xAB;
    private const byte DisableKeyboard = 0xAD;
    private const byte EnableKeyboard = 0xAE;
    private const byte ReadInputPort = 0xC0;
    private const byte ReadOutputPort = 0xD0;
    private const byte WriteOutputPort = 0xD1;
    private const byte WriteKeyboardBuffer = 0xD2;
    private const byte WriteMouseBuffer = 0xD3;
    private const byte WriteMouse = 0xD4;
    private const byte DisableA20 = 0xDD;
    private const byte EnableA20 = 0xDF;
    private const byte PulseOutputPort = 0xF0; // F0h to FFh: bits that are 0 pulse their line

    private const byte NoCommand = 0;
    private const byte SelfTestPassed = 0x55;
    private const byte PortTestPassed = 0x00;
    private const byte InputPortNotLocked = 0x80;

    private readonly Ps2Keyboard _keyboard;
    private readonly Ps2Mouse _mouse;
    private readonly IIrqLine _keyboardIrq;
    private readonly IIrqLine _mouseIrq;
    private readonly IIrqLine _a20;
    private readonly Action _reset;
    private readonly EventLog _log;

    private byte _command;
    private byte _status = CommandWritten | Unlocked;
    private byte _mode = KeyboardInterrupt | MouseInterrupt;
    private byte _outputPort = NotReset | A20Gate | OutputPortOnes;

    [NotSaved("true only while a section is loaded")]
    private bool _outputPortLoaded;

    /// <summary>Wires the controller.</summary>
    /// <param name="keyboard">The device on the first port.</param>
    /// <param name="mouse">The device on the second port.</param>
    /// <param name="keyboardIrq">IRQ 1.</param>
    /// <param name="mouseIrq">IRQ 12.</param>
    /// <param name="a20">Gate of address line 20; true lets the line through.</param>
    /// <param name="reset">Called when the guest pulls the reset line.</param>
    /// <param name="log">Where events go.</param>
    public I8042(
        Ps2Keyboard keyboard, Ps2Mouse mouse, IIrqLine keyboardIrq, IIrqLine mouseIrq, IIrqLine a20, Action reset, EventLog log)
    {
        _keyboard = keyboard;
        _mouse = mouse;
        _keyboardIrq = keyboardIrq;
        _mouseIrq = mouseIrq;
        _a20 = a20;
        _reset = reset;
        _log = log;
        keyboard.Attach(Update);
        mouse.Attach(Update);
        DataPort = MemoryRegion.Io("i8042-data", 1, IoHandlers.Bytes(_ => ReadData(), (_, value) => WriteData(value)));
        CommandPort = MemoryRegion.Io("i8042-cmd", 1, IoHandlers.Bytes(_ => _status, (_, value) => WriteCommand(value)));
    }

    /// <summary>The section. The devices' sections, <c>ps2kbd</c> and <c>ps2mouse</c>, come before it.</summary>
    public static readonly StateDescription<I8042> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "i8042";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Port 60h.</summary>
    public MemoryRegion DataPort { get; }

    /// <summary>Port 64h.</summary>
    public MemoryRegion CommandPort { get; }

    private byte DefaultOutputPort => (byte)(NotReset | A20Gate | OutputPortOnes | BufferBits);

    private int BufferBits =>
        ((_status & OutputBufferFull) != 0 ? OutputPortKeyboard : 0) | ((_status & MouseBufferFull) != 0 ? OutputPortMouse : 0);

    /// <summary>Resets the controller; the board resets the devices.</summary>
    public override void Reset()
    {
        _command = NoCommand;
        _mode = KeyboardInterrupt | MouseInterrupt;

        // Bit 3 says "a command came last" for good, as QEMU's guests see it.
        _status = CommandWritten | Unlocked;
        _outputPort = NotReset | A20Gate | OutputPortOnes;
        _keyboard.Translate = false;
        _a20.Set(true);
        Update();
    }

    private static StateDescription<I8042> Describe()
    {
        var state = new StateDescription<I8042>("pckbd", version: 3, minimumVersion: 3)
        {
            PostLoad = static (ref I8042 c, int _) => c.Loaded(),
        };
        state.Add(Field.UInt8("write_cmd", static (ref I8042 c) => ref c._command));
        state.Add(Field.UInt8("status", static (ref I8042 c) => ref c._status));
        state.Add(Field.UInt8("mode", static (ref I8042 c) => ref c._mode));
        state.Add(Field.Computed<I8042>("pending", 1, static c => c.Pending, static (_, _) => { }));
        state.Add(new Subsection<I8042>(
            new("pckbd_outport", version: 1, minimumVersion: 1)
            {
                PostLoad = static (ref I8042 c, int _) => c._outputPortLoaded = true,
            },
            static c => c._outputPort != c.DefaultOutputPort));
        state.Subsections[0].Description.Add(Field.UInt8("outport", static (ref I8042 c) => ref c._outputPort));
        return state;
    }

    // Bit 0: the keyboard has bytes, bit 1: the mouse has. The queues say it when the section is loaded.
    private ulong Pending => (_keyboard.Count > 0 ? 1u : 0) | (_mouse.Count > 0 ? 2u : 0);

    // A device that is disabled is held by its clock line, except for answers.
    private bool KeyboardReady => (_mode & KeyboardDisabled) == 0 ? _keyboard.Count > 0 : _keyboard.ReplyCount > 0;

    private bool MouseReady => (_mode & MouseDisabled) == 0 ? _mouse.Count > 0 : _mouse.ReplyCount > 0;

    private void Update()
    {
        // A device that was reset takes back what was in the buffer.
        if ((_status & OutputBufferFull) != 0 && ((_status & MouseBufferFull) != 0 ? _mouse.Count : _keyboard.Count) == 0)
        {
            EmptyBuffer();
        }

        if ((_status & OutputBufferFull) == 0)
        {
            if (KeyboardReady)
            {
                _status |= OutputBufferFull;
            }
            else if (MouseReady)
            {
                _status |= OutputBufferFull | MouseBufferFull;
            }
        }

        DriveOutputs();
    }

    private void EmptyBuffer()
    {
        _status &= unchecked((byte)~(OutputBufferFull | MouseBufferFull));
        DriveOutputs();
    }

    private void DriveOutputs()
    {
        _outputPort = (byte)((_outputPort & ~(OutputPortKeyboard | OutputPortMouse)) | BufferBits);
        bool full = (_status & OutputBufferFull) != 0;
        bool fromMouse = (_status & MouseBufferFull) != 0;
        _keyboardIrq.Set(full && !fromMouse && (_mode & (KeyboardInterrupt | KeyboardDisabled)) == KeyboardInterrupt);
        _mouseIrq.Set(full && fromMouse && (_mode & MouseInterrupt) != 0);
    }

    private byte ReadData()
    {
        if ((_status & OutputBufferFull) == 0)
        {
            // The buffer shows its last byte for ever: EMM386 reads it again.
            return _keyboard.LastByte;
        }

        // The request drops with the byte and rises with the next: each byte is an edge.
        bool fromMouse = (_status & MouseBufferFull) != 0;
        EmptyBuffer();
        byte value = fromMouse ? _mouse.Read() : _keyboard.Read();
        Update();
        return value;
    }

    private void WriteData(byte value)
    {
        byte command = _command;
        _command = NoCommand;
        switch (command)
        {
            case NoCommand:
                // Data for a device starts its clock again.
                _mode &= unchecked((byte)~KeyboardDisabled);
                _keyboard.Write(value);
                break;
            case WriteMouse:
                _mode &= unchecked((byte)~MouseDisabled);
                _mouse.Write(value);
                break;
            case WriteCommandByte:
                _mode = value;
                _keyboard.Translate = (value & Translate) != 0;
                break;
            case WriteKeyboardBuffer:
                _keyboard.AddControllerByte(value);
                break;
            case WriteMouseBuffer:
                _mouse.AddControllerByte(value);
                break;
            case WriteOutputPort:
                _outputPort = value;
                _a20.Set((value & A20Gate) != 0);
                if ((value & NotReset) == 0)
                {
                    _reset();
                }

                break;
        }

        Update();
    }

    private void WriteCommand(byte command)
    {
        switch (command)
        {
            case ReadCommandByte:
                Answer(_mode);
                break;
            case WriteCommandByte or WriteOutputPort or WriteKeyboardBuffer or WriteMouseBuffer or WriteMouse:
                _command = command;
                break;
            case DisableMouse:
                _mode |= MouseDisabled;
                break;
            case EnableMouse:
                _mode &= unchecked((byte)~MouseDisabled);
                break;
            case SelfTest:
                _status |= SystemFlag;
                Answer(SelfTestPassed);
                break;
            case TestMousePort or TestKeyboardPort:
                Answer(PortTestPassed);
                break;
            case DisableKeyboard:
                _mode |= KeyboardDisabled;
                break;
            case EnableKeyboard:
                _mode &= unchecked((byte)~KeyboardDisabled);
                break;
            case ReadInputPort:
                Answer(InputPortNotLocked);
                break;
            case ReadOutputPort:
                Answer(_outputPort);
                break;
            case DisableA20:
                SetA20(false);
                break;
            case EnableA20:
                SetA20(true);
                break;
            case >= PulseOutputPort:
                // Only the reset line does something when it is pulsed.
                if ((command & NotReset) == 0)
                {
                    _reset();
                }

                break;
            default:
                _log.GuestError($"i8042: unsupported command 0x{command:x}");
                break;
        }

        Update();
    }

    private void Answer(byte value) => _keyboard.AddControllerByte(value);

    private void SetA20(bool open)
    {
        _outputPort = (byte)(open ? _outputPort | A20Gate : _outputPort & ~A20Gate);
        _a20.Set(open);
    }

    // The gate itself is the processor's state; here is only what the port reads.
    private void Loaded()
    {
        if (!_outputPortLoaded)
        {
            _outputPort = DefaultOutputPort;
        }

        _outputPortLoaded = false;

        // Answers of a stopped device fill the buffer or wait behind what is in it. The stream does not tell them from keys
        // and movements; none of them may be held back.
        if ((_status & OutputBufferFull) != 0)
        {
            if ((_mode & KeyboardDisabled) != 0)
            {
                _keyboard.TreatAllAsReplies();
            }

            if ((_mode & MouseDisabled) != 0)
            {
                _mouse.TreatAllAsReplies();
            }
        }

        Update();
    }
}
