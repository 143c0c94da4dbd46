using System.Numerics;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;

namespace PcEmu.Devices.Interrupts;

/// <summary>Intel 8259A programmable interrupt controller: eight inputs, one output, a vector for the highest request.</summary>
/// <remarks>
/// Source: Intel 8259A data sheet, 231468-003, "Programming the 8259A" (ICW1-4, OCW1-3) and "Interrupt Sequence";
/// 82371SB (PIIX3) data sheet, 290550, section 2.5.3, for the edge/level register that replaces ICW1's LTIM.
/// Two are wired together in <see cref="I8259Pair"/>.
/// </remarks>
public sealed class I8259
{
    /// <summary>Answer of the priority resolver when nobody asks.</summary>
    public const int None = -1;

    // A0 = 0: ICW1 has bit 4 set, OCW3 bit 3, OCW2 neither.
    private const byte Icw1 = 0x10;
    private const byte Icw1Ic4 = 0x01;
    private const byte Icw1Sngl = 0x02;
    private const byte Icw1Ltim = 0x08;
    private const byte Ocw3 = 0x08;
    private const byte Ocw3Ris = 0x01;
    private const byte Ocw3Rr = 0x02;
    private const byte Ocw3Poll = 0x04;
    private const byte Ocw3Smm = 0x20;
    private const byte Ocw3Esmm = 0x40;

    // OCW2's commands, bits 7-5: R, SL, EOI.
    private const int Ocw2RotateInAutoEoiClear = 0;
    private const int Ocw2NonSpecificEoi = 1;
    private const int Ocw2SpecificEoi = 3;
    private const int Ocw2RotateInAutoEoiSet = 4;
    private const int Ocw2RotateOnNonSpecificEoi = 5;
    private const int Ocw2SetPriority = 6;
    private const int Ocw2RotateOnSpecificEoi = 7;

    // A0 = 1.
    private const byte Icw2VectorBase = 0xF8;
    private const byte Icw4Aeoi = 0x02;
    private const byte Icw4Sfnm = 0x10;

    // Which word the next write to A0 = 1 is.
    private const byte Ready = 0;
    private const byte ExpectsIcw2 = 1;
    private const byte ExpectsIcw3 = 2;
    private const byte ExpectsIcw4 = 3;

    private const byte PollInterrupt = 0x80;
    private const int CascadeInput = 2;

    private readonly IIrqLine _int;
    private readonly EventLog _log;
    private readonly bool _master;
    private readonly byte _elcrMask;

    private byte _lastIrr;
    private byte _irr;
    private byte _imr;
    private byte _isr;
    private byte _priorityAdd;
    private byte _irqBase;
    private byte _readRegSelect;
    private byte _poll;
    private byte _specialMask;
    private byte _initState;
    private byte _autoEoi;
    private byte _rotateOnAutoEoi;
    private byte _specialFullyNestedMode;
    private byte _init4;
    private byte _singleMode;
    private byte _elcr;

    /// <summary>The section <c>i8259</c>; the master is instance 0, the slave instance 1.</summary>
    public static readonly StateDescription<I8259> State = Describe();

    /// <summary>Wires a chip.</summary>
    /// <param name="output">The INT pin.</param>
    /// <param name="master">The SP/EN pin: true for a master.</param>
    /// <param name="elcrMask">Inputs whose ELCR bit can be set.</param>
    /// <param name="log">Where guest errors go.</param>
    internal I8259(IIrqLine output, bool master, byte elcrMask, EventLog log)
    {
        _int = output;
        _master = master;
        _elcrMask = elcrMask;
        _log = log;
    }

    private string Name => _master ? "master" : "slave";

    /// <summary>The input that wins now, or <see cref="None"/> when the INT pin is low.</summary>
    internal int Pending
    {
        get
        {
            int requests = _irr & ~_imr;
            if (requests == 0)
            {
                return None;
            }

            // Special mask mode lets a masked level in service step aside; a special fully nested master lets the slave
            // interrupt again while its own earlier request is in service.
            int inService = _isr;
            if (_specialMask != 0)
            {
                inService &= ~_imr;
            }

            if (_specialFullyNestedMode != 0 && _master)
            {
                inService &= ~(1 << CascadeInput);
            }

            int rank = Highest(requests);
            return rank < Highest(inService) ? AtRank(rank) : None;
        }
    }

    /// <summary>The edge/level register: a set bit makes the input level-triggered.</summary>
    internal byte Elcr
    {
        get => _elcr;
        set => _elcr = (byte)(value & _elcrMask);
    }

    /// <summary>What ICW2 and the input's number make of an acknowledged request.</summary>
    internal int Vector(int input) => _irqBase + input;

    /// <summary>Power-on and system reset: as ICW1, and all inputs edge-triggered.</summary>
    internal void Reset()
    {
        _elcr = 0;
        Initialize();
    }

    /// <summary>Drives an input pin.</summary>
    internal void SetInput(int input, bool level)
    {
        byte bit = (byte)(1 << input);
        if (level)
        {
            if ((_elcr & bit) != 0 || (_lastIrr & bit) == 0)
            {
                _irr |= bit;
            }

            _lastIrr |= bit;
        }
        else
        {
            // The data sheet drops an edge request whose line falls before INTA (and answers with IRQ7); QEMU keeps it,
            // and its guests count on no interrupt being lost.
            _irr &= (byte)~(bit & _elcr);
            _lastIrr &= (byte)~bit;
        }

        _log.Trace("pic_set_irq", $"{Name} irq {input} level {level}");
        Update();
    }

    /// <summary>The acknowledge cycle for <paramref name="input"/>: it goes into service.</summary>
    internal void Acknowledge(int input)
    {
        byte bit = (byte)(1 << input);
        if (_autoEoi == 0)
        {
            _isr |= bit;
        }
        else if (_rotateOnAutoEoi != 0)
        {
            _priorityAdd = (byte)((input + 1) & 7);
        }

        // A level request lasts as long as its line.
        _irr &= (byte)~(bit & ~_elcr);
        Update();
    }

    /// <summary>Reads A0 = 0 (IRR or ISR) or A0 = 1 (IMR); after a poll command, either gives the poll word.</summary>
    internal byte Read(int a0)
    {
        byte value;
        if (_poll != 0)
        {
            _poll = 0;
            value = ReadPollWord();
        }
        else
        {
            value = a0 != 0 ? _imr : _readRegSelect != 0 ? _isr : _irr;
        }

        _log.Trace("pic_ioport_read", $"{Name} addr {a0} val 0x{value:x2}");
        return value;
    }

    /// <summary>Writes A0 = 0 or 1.</summary>
    internal void Write(int a0, byte value)
    {
        _log.Trace("pic_ioport_write", $"{Name} addr {a0} val 0x{value:x2}");
        if (a0 != 0)
        {
            WriteDataPort(value);
        }
        else if ((value & Icw1) != 0)
        {
            WriteIcw1(value);
        }
        else if ((value & Ocw3) != 0)
        {
            WriteOcw3(value);
        }
        else
        {
            WriteOcw2(value);
        }
    }

    private static StateDescription<I8259> Describe()
    {
        var state = new StateDescription<I8259>("i8259", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref I8259 d, int _) => d.Loaded(),
        };
        state.Add(Field.UInt8("last_irr", static (ref I8259 d) => ref d._lastIrr));
        state.Add(Field.UInt8("irr", static (ref I8259 d) => ref d._irr));
        state.Add(Field.UInt8("imr", static (ref I8259 d) => ref d._imr));
        state.Add(Field.UInt8("isr", static (ref I8259 d) => ref d._isr));
        state.Add(Field.UInt8("priority_add", static (ref I8259 d) => ref d._priorityAdd));
        state.Add(Field.UInt8("irq_base", static (ref I8259 d) => ref d._irqBase));
        state.Add(Field.UInt8("read_reg_select", static (ref I8259 d) => ref d._readRegSelect));
        state.Add(Field.UInt8("poll", static (ref I8259 d) => ref d._poll));
        state.Add(Field.UInt8("special_mask", static (ref I8259 d) => ref d._specialMask));
        state.Add(Field.UInt8("init_state", static (ref I8259 d) => ref d._initState));
        state.Add(Field.UInt8("auto_eoi", static (ref I8259 d) => ref d._autoEoi));
        state.Add(Field.UInt8("rotate_on_auto_eoi", static (ref I8259 d) => ref d._rotateOnAutoEoi));
        state.Add(Field.UInt8("special_fully_nested_mode", static (ref I8259 d) => ref d._specialFullyNestedMode));
        state.Add(Field.UInt8("init4", static (ref I8259 d) => ref d._init4));
        state.Add(Field.UInt8("single_mode", static (ref I8259 d) => ref d._singleMode));
        state.Add(Field.UInt8("elcr", static (ref I8259 d) => ref d._elcr));
        return state;
    }

    // Refuses registers that no chip can have. INTR follows from the master alone: what the slave asked for is latched there.
    private void Loaded()
    {
        if (_priorityAdd > 7)
        {
            throw new StateException($"i8259: priority_add {_priorityAdd} is not an input's number");
        }

        if (_initState > ExpectsIcw4)
        {
            throw new StateException($"i8259: init_state {_initState} is not a step of the initialization");
        }

        if (_master)
        {
            Update();
        }
    }

    private void Update() => _int.Set(Pending != None);

    private byte ReadPollWord()
    {
        int input = Pending;
        if (input == None)
        {
            return 0;
        }

        // The read pulse stands for INTA.
        Acknowledge(input);
        return (byte)(PollInterrupt | input);
    }

    private void WriteIcw1(byte value)
    {
        Initialize();
        _initState = ExpectsIcw2;
        _init4 = (byte)(value & Icw1Ic4);
        _singleMode = (byte)(value & Icw1Sngl);
        if ((value & Icw1Ltim) != 0)
        {
            _log.GuestError($"i8259: {Name}: LTIM in ICW1 has no effect, ELCR decides");
        }
    }

    private void WriteDataPort(byte value)
    {
        switch (_initState)
        {
            case Ready:
                _imr = value;
                Update();
                break;
            case ExpectsIcw2:
                _irqBase = (byte)(value & Icw2VectorBase);
                _initState = _singleMode == 0 ? ExpectsIcw3 : AfterIcw3();
                break;
            case ExpectsIcw3:
                // The cascade is soldered to IR2.
                _initState = AfterIcw3();
                break;
            default:
                _specialFullyNestedMode = (byte)((value & Icw4Sfnm) != 0 ? 1 : 0);
                _autoEoi = (byte)((value & Icw4Aeoi) != 0 ? 1 : 0);
                _initState = Ready;
                Update();
                break;
        }

        byte AfterIcw3() => _init4 != 0 ? ExpectsIcw4 : Ready;
    }

    private void WriteOcw2(byte value)
    {
        int input = value & 7;
        int command = value >> 5;
        switch (command)
        {
            case Ocw2RotateInAutoEoiClear:
            case Ocw2RotateInAutoEoiSet:
                _rotateOnAutoEoi = (byte)(command == Ocw2RotateInAutoEoiSet ? 1 : 0);
                break;
            case Ocw2NonSpecificEoi:
            case Ocw2RotateOnNonSpecificEoi:
                // The data sheet leaves out levels that special mask mode has masked; QEMU does not.
                if (_isr != 0)
                {
                    EndOfInterrupt(AtRank(Highest(_isr)), rotate: command == Ocw2RotateOnNonSpecificEoi);
                }

                break;
            case Ocw2SpecificEoi:
            case Ocw2RotateOnSpecificEoi:
                EndOfInterrupt(input, rotate: command == Ocw2RotateOnSpecificEoi);
                break;
            case Ocw2SetPriority:
                _priorityAdd = (byte)((input + 1) & 7);
                Update();
                break;
        }
    }

    private void WriteOcw3(byte value)
    {
        if ((value & Ocw3Poll) != 0)
        {
            _poll = 1;
        }

        if ((value & Ocw3Rr) != 0)
        {
            _readRegSelect = (byte)(value & Ocw3Ris);
        }

        if ((value & Ocw3Esmm) != 0)
        {
            _specialMask = (byte)((value & Ocw3Smm) != 0 ? 1 : 0);
            Update();
        }
    }

    private void EndOfInterrupt(int input, bool rotate)
    {
        _isr &= (byte)~(1 << input);
        if (rotate)
        {
            _priorityAdd = (byte)((input + 1) & 7);
        }

        Update();
    }

    // ICW1 clears the edge sense, IMR, ISR, priorities and modes and selects IRR; a level input that is high keeps asking.
    private void Initialize()
    {
        _lastIrr = 0;
        _irr &= _elcr;
        _imr = 0;
        _isr = 0;
        _priorityAdd = 0;
        _irqBase = 0;
        _readRegSelect = 0;
        _poll = 0;
        _specialMask = 0;
        _initState = Ready;
        _autoEoi = 0;
        _rotateOnAutoEoi = 0;
        _specialFullyNestedMode = 0;
        _init4 = 0;
        _singleMode = 0;
        Update();
    }

    // Rank 0 is the highest priority, 8 means none: the set bit nearest above the rotation point.
    private int Highest(int inputs) => BitOperations.TrailingZeroCount(((inputs | (inputs << 8)) >> _priorityAdd & 0xFF) | 0x100);

    private int AtRank(int rank) => (rank + _priorityAdd) & 7;
}
