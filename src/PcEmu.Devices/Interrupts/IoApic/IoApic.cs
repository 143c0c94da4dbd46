using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Interrupts;

/// <summary>Intel 82093AA I/O APIC: 24 inputs, each with an entry that says where and how its interrupt goes on the APIC bus.</summary>
/// <remarks>
/// Source: Intel 82093AA data sheet, 290566-001, section 3 "Register description". As in QEMU, the polarity bit has no effect
/// (a line's level is "asserted" whatever the voltage), version is 11h, and an entry in mode ExtINT asks the 8259s for the vector itself.
/// </remarks>
public sealed class IoApic : Device
{
    /// <summary>Number of inputs.</summary>
    public const int PinCount = 24;

    // The memory-mapped registers.
    private const uint Ioregsel = 0x00;
    private const uint Iowin = 0x10;

    // What IOREGSEL selects.
    private const byte IoApicId = 0x00;
    private const byte IoApicVersion = 0x01;
    private const byte IoApicArbitration = 0x02;
    private const byte RedirectionTable = 0x10;

    private const uint VersionValue = 0x11 | ((PinCount - 1) << 16);
    private const int IdShift = 24;
    private const byte IdMask = 0x0F;

    // Redirection entry.
    private const int DeliveryShift = 8;
    private const ulong Logical = 1 << 11;
    private const ulong DeliveryStatus = 1 << 12;
    private const ulong RemoteIrr = 1 << 14;
    private const ulong Level = 1 << 15;
    private const ulong Masked = 1 << 16;
    private const int DestinationShift = 56;
    private const ulong LowHalf = 0xFFFF_FFFF;
    private const ulong ReadOnly = DeliveryStatus | RemoteIrr;

    private readonly ApicBus _bus;
    private readonly Func<int> _acknowledgePic;
    private readonly EventLog _log;
    private readonly IIrqLine[] _pins = new IIrqLine[PinCount];
    private readonly ulong[] _redirection = new ulong[PinCount];
    private byte _id;
    private byte _select;
    private uint _irr;

    [NotSaved("the level of the wires, for edges; those that drive them say it again after a load")]
    private uint _levels;

    /// <summary>The section <c>ioapic</c>. Version 1 has no requests.</summary>
    public static readonly StateDescription<IoApic> State = Describe();

    /// <summary>Puts the chip on the APIC bus.</summary>
    /// <param name="bus">Where its messages go and EOIs come from.</param>
    /// <param name="acknowledgePic">The 8259s' acknowledge cycle, for entries in mode ExtINT.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public IoApic(ApicBus bus, Func<int> acknowledgePic, EventLog log)
    {
        _bus = bus;
        _acknowledgePic = acknowledgePic;
        _log = log;
        for (int i = 0; i < PinCount; i++)
        {
            _pins[i] = new Input(this, i);
        }

        Registers = MemoryRegion.Io("ioapic", 0x1000, new IoHandlers(Read, Write) { ValidMaximum = 8 });
        Array.Fill(_redirection, Masked);
        bus.Attach(this);
    }

    /// <inheritdoc/>
    public override string Driver => "ioapic";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>IOREGSEL and IOWIN in a page: FEC00000h on a PC.</summary>
    public MemoryRegion Registers { get; }

    /// <summary>An input.</summary>
    /// <param name="number">0 to 23.</param>
    public IIrqLine Pin(int number) => _pins[number];

    /// <summary>A redirection entry as its register pair shows it.</summary>
    /// <param name="pin">0 to 23.</param>
    public ulong Redirection(int pin) => _redirection[pin];

    /// <inheritdoc/>
    public override void Reset()
    {
        _id = 0;
        _select = 0;
        _irr = 0;
        Array.Fill(_redirection, Masked);
    }

    /// <summary>The EOI of a level-triggered interrupt: its line, when still asserted, asks again.</summary>
    internal void EndOfInterrupt(byte vector)
    {
        for (int pin = 0; pin < PinCount; pin++)
        {
            if ((_redirection[pin] & RemoteIrr) != 0 && (byte)_redirection[pin] == vector)
            {
                _redirection[pin] &= ~RemoteIrr;
                Service(pin);
            }
        }
    }

    private static StateDescription<IoApic> Describe()
    {
        var state = new StateDescription<IoApic>("ioapic", version: 3, minimumVersion: 1)
        {
            PostLoad = static (ref IoApic d, int version) => d.Loaded(version),
        };
        state.Add(Field.UInt8("id", static (ref IoApic d) => ref d._id));
        state.Add(Field.UInt8("ioregsel", static (ref IoApic d) => ref d._select));
        state.Add(Field.Unused<IoApic>(8, since: 2));
        state.Add(Field.UInt32("irr", static (ref IoApic d) => ref d._irr, since: 2));
        state.Add(Field.Numbers("redirection", static (IoApic d) => d._redirection));
        return state;
    }

    private void Loaded(int version)
    {
        if (version < 2)
        {
            _irr = 0;
        }

        for (int pin = 0; pin < PinCount; pin++)
        {
            uint bit = 1u << pin;
            if ((_redirection[pin] & Level) != 0)
            {
                _levels = (_levels & ~bit) | (_irr & bit);
            }

            Service(pin);
        }
    }

    private void SetPin(int pin, bool level)
    {
        _log.Trace("ioapic_set_irq", $"vector {pin} level {(level ? 1 : 0)}");
        uint bit = 1u << pin;
        bool rises = level && (_levels & bit) == 0;
        _levels = level ? _levels | bit : _levels & ~bit;
        ulong entry = _redirection[pin];
        if ((entry & Level) != 0)
        {
            _irr = level ? _irr | bit : _irr & ~bit;
            Service(pin);
        }
        else if (rises && (entry & Masked) == 0)
        {
            // Data sheet, "Interrupt Mask": an edge at a masked input is lost.
            _irr |= bit;
            Service(pin);
        }
    }

    /// <summary>Sends an input's request, unless it is masked or a level whose EOI is still to come.</summary>
    private void Service(int pin)
    {
        uint bit = 1u << pin;
        ulong entry = _redirection[pin];
        if ((_irr & bit) == 0 || (entry & Masked) != 0)
        {
            return;
        }

        bool level = (entry & Level) != 0;
        if (!level)
        {
            _irr &= ~bit;
        }
        else if ((entry & RemoteIrr) != 0)
        {
            return;
        }
        else
        {
            _redirection[pin] = entry | RemoteIrr;
        }

        var mode = (ApicDelivery)(entry >> DeliveryShift & 7);
        byte vector = mode == ApicDelivery.ExtInt ? (byte)_acknowledgePic() : (byte)entry;
        _bus.Deliver((byte)(entry >> DestinationShift), (entry & Logical) != 0, mode, vector, level);
    }

    private ulong Read(ulong offset, int size)
    {
        uint value = (uint)(offset & 0xFF) switch
        {
            Ioregsel => _select,
            Iowin when size == 4 => ReadSelected(),
            _ => 0,
        };
        _log.Trace("ioapic_mem_read", $"offset 0x{offset:x2} select 0x{_select:x2} = 0x{value:x8}");
        return value;
    }

    private void Write(ulong offset, ulong value, int size)
    {
        _log.Trace("ioapic_mem_write", $"offset 0x{offset:x2} select 0x{_select:x2} = 0x{value:x8}");
        switch ((uint)(offset & 0xFF))
        {
            case Ioregsel:
                _select = (byte)value;
                break;
            case Iowin when size == 4:
                WriteSelected((uint)value);
                break;
            default:
                _log.GuestError($"ioapic: write of {size} bytes at offset 0x{offset:x2}");
                break;
        }
    }

    private uint ReadSelected()
    {
        switch (_select)
        {
            case IoApicId:
            case IoApicArbitration:
                return (uint)_id << IdShift;
            case IoApicVersion:
                return VersionValue;
        }

        int pin = (_select - RedirectionTable) >> 1;
        if (pin is < 0 or >= PinCount)
        {
            _log.GuestError($"ioapic: there is no register 0x{_select:x2}");
            return 0;
        }

        return (uint)((_select & 1) != 0 ? _redirection[pin] >> 32 : _redirection[pin]);
    }

    private void WriteSelected(uint value)
    {
        switch (_select)
        {
            case IoApicId:
                _id = (byte)(value >> IdShift & IdMask);
                return;
            case IoApicVersion:
            case IoApicArbitration:
                return;
        }

        int pin = (_select - RedirectionTable) >> 1;
        if (pin is < 0 or >= PinCount)
        {
            _log.GuestError($"ioapic: there is no register 0x{_select:x2}");
            return;
        }

        ulong old = _redirection[pin];
        ulong entry = (_select & 1) != 0
            ? (old & LowHalf) | (ulong)value << 32
            : (old & ~LowHalf) | (value & ~ReadOnly) | (old & ReadOnly);
        uint bit = 1u << pin;
        if ((entry & Level) == 0)
        {
            // No EOI will come for an edge. Guests switch an entry to edge and back to be rid of a stuck remote IRR.
            entry &= ~RemoteIrr;
        }

        if (((old ^ entry) & Level) != 0)
        {
            // A level counts as it stands; an edge is one that is still to come.
            _irr = (entry & Level) != 0 ? (_irr & ~bit) | (_levels & bit) : _irr & ~bit;
        }

        _redirection[pin] = entry;
        Service(pin);
    }

    private sealed class Input(IoApic chip, int pin) : IIrqLine
    {
        public void Set(bool level) => chip.SetPin(pin, level);
    }
}
