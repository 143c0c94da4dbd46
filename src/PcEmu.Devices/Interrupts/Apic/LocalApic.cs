using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Interrupts;

/// <summary>A processor's local APIC: takes interrupts from the APIC bus and its own sources, and gives the highest to the processor.</summary>
/// <remarks>
/// Source: Intel SDM volume 3, 325384, chapter "Advanced Programmable Interrupt Controller (APIC)"; 82489DX data sheet,
/// 290446, for what older guests expect. Shown as QEMU's: version 11h, six LVT entries, no EOI suppression, no x2APIC. The registers
/// are 32 bits wide, 16 bytes apart. Priorities and delivery are in LocalApic.Delivery.cs, the timer in LocalApic.Timer.cs.
/// </remarks>
public sealed partial class LocalApic : Device
{
    // Registers: bits 11-4 of the offset.
    private const int ApicId = 0x02;
    private const int Version = 0x03;
    private const int Tpr = 0x08;
    private const int Apr = 0x09;
    private const int Ppr = 0x0A;
    private const int Eoi = 0x0B;
    private const int Ldr = 0x0D;
    private const int Dfr = 0x0E;
    private const int Svr = 0x0F;
    private const int Isr = 0x10;
    private const int Tmr = 0x18;
    private const int Irr = 0x20;
    private const int Esr = 0x28;
    private const int IcrLow = 0x30;
    private const int IcrHigh = 0x31;
    private const int Lvt = 0x32;
    private const int InitialCount = 0x38;
    private const int CurrentCount = 0x39;
    private const int DivideConfiguration = 0x3E;

    // LVT entries, from register 32h on.
    private const int LvtTimer = 0;
    private const int LvtLint0 = 3;
    private const int LvtLint1 = 4;
    private const int LvtError = 5;
    private const int LvtCount = 6;

    private const uint VersionValue = 0x11 | ((LvtCount - 1) << 16);
    private const uint SvrEnable = 0x100;
    private const uint SvrMask = 0x1FF;
    private const uint DfrReserved = 0x0FFF_FFFF;
    private const byte FlatModel = 0xF;
    private const byte ClusterModel = 0x0;

    // LVT bits; delivery status and remote IRR are read-only.
    private const uint LvtLevel = 1 << 15;
    private const uint LvtMasked = 1 << 16;
    private const uint LvtReadOnly = (1 << 12) | (1 << 14);
    private const uint LvtExtInt = (uint)ApicDelivery.ExtInt << DeliveryShift;
    private const int DeliveryShift = 8;

    // ESR bits.
    private const uint EsrSendIllegalVector = 1 << 5;
    private const uint EsrReceiveIllegalVector = 1 << 6;
    private const uint EsrIllegalRegister = 1 << 7;

    // IA32_APIC_BASE, MSR 1Bh.
    private const uint BaseBootstrap = 0x100;
    private const uint BaseEnable = 0x800;
    private const uint BaseAddress = 0xFFFF_F000;

    private readonly bool _bootstrap;
    private readonly IClock _clock;
    private readonly ApicBus _bus;
    private readonly LocalApicWiring _wiring;
    private readonly EventLog _log;
    private readonly GuestTimer _timer;
    private readonly int _index;

    private readonly uint[] _isr = new uint[VectorSet.Words];
    private readonly uint[] _tmr = new uint[VectorSet.Words];
    private readonly uint[] _irr = new uint[VectorSet.Words];
    private readonly uint[] _lvt = new uint[LvtCount];
    private readonly uint[] _icr = new uint[2];
    private uint _base;
    private byte _id;
    private byte _arbitrationId;
    private byte _tpr;
    private uint _svr;
    private byte _logicalId;
    private byte _model;
    private uint _esr;
    private uint _divideConfiguration;
    private int _countShift;
    private uint _initialCount;
    private long _loadTime;
    private long _nextTime;

    [NotSaved("the wire has one error word, the register as read; errors that no write to ESR has latched yet are lost")]
    private uint _errors;

    [NotSaved("the processor's section has it, as MSR 6E0h")]
    private ulong _tscDeadline;

    [NotSaved("the 8259s drive the wire again after a load")]
    private bool _lint0;

    [NotSaved("derived: the level of the INTR pin")]
    private bool _intr;

    /// <summary>The section <c>apic</c>; the processor's number is its instance.</summary>
    public static readonly StateDescription<LocalApic> State = Describe();

    /// <summary>Puts a local APIC on the bus, where it is number 0, 1, 2...</summary>
    /// <param name="bootstrap">Whether its processor runs after reset; the others wait for INIT and start-up.</param>
    /// <param name="timers">Guest time, of which a tick of the timer is 1 ns times the divider: the bus runs at 1 GHz.</param>
    /// <param name="bus">The bus.</param>
    /// <param name="wiring">Its processor.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public LocalApic(bool bootstrap, TimerQueue timers, ApicBus bus, LocalApicWiring wiring, EventLog log)
    {
        _bootstrap = bootstrap;
        _clock = timers.Clock;
        _bus = bus;
        _wiring = wiring;
        _log = log;
        _timer = timers.Create(OnTimer);
        _index = bus.Attach(this);
        _base = ApicBus.DefaultBase | BaseEnable | (bootstrap ? BaseBootstrap : 0);
        _id = (byte)_index;
        PowerOn();
    }

    /// <inheritdoc/>
    public override string Driver => "apic";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>The id that RESET gives: the processor's number unless the board says otherwise.</summary>
    [NotSaved("configuration")]
    public byte InitialId { get; set; }

    /// <summary>Whether the processor waits for a start-up message.</summary>
    [NotSaved("the processor's section tells by its halt state; who loads it sets this")]
    public bool WaitsForStartUp { get; set; }

    /// <summary>Whether the APIC is on (IA32_APIC_BASE bit 11). Off, the 8259s drive INTR and CPUID does not show an APIC.</summary>
    public bool IsEnabled => (_base & BaseEnable) != 0;

    /// <summary>IA32_APIC_BASE, MSR 1Bh: base address, enable and bootstrap bits. Once off, the APIC stays off until reset, as QEMU has it.</summary>
    public ulong BaseRegister
    {
        get => _base;
        set
        {
            _base = ((uint)value & BaseAddress) | (_base & (BaseBootstrap | BaseEnable));
            if ((value & BaseEnable) == 0)
            {
                _base &= ~BaseEnable;
                _svr &= ~SvrEnable;
            }

            _bus.Place(_base & BaseAddress);
            Update();
        }
    }

    /// <summary>The task priority register; CR8 is its bits 7-4.</summary>
    public byte TaskPriority
    {
        get => _tpr;
        set
        {
            _tpr = value;
            Update();
        }
    }

    /// <summary>The id that messages find it by.</summary>
    internal byte PhysicalId => _id;

    /// <inheritdoc/>
    public override void Reset()
    {
        _base = ApicBus.DefaultBase | BaseEnable | (_bootstrap ? BaseBootstrap : 0);
        _id = InitialId != 0 ? InitialId : (byte)_index;
        _arbitrationId = 0;
        PowerOn();
        _bus.Place(ApicBus.DefaultBase);
    }

    /// <summary>Reads a register; the bus calls it for the processor at work.</summary>
    /// <param name="offset">Offset in the page.</param>
    /// <param name="size">Bytes; QEMU's APIC answers narrow reads with 0.</param>
    internal uint Read(uint offset, int size)
    {
        if (size < 4)
        {
            return 0;
        }

        int register = (int)(offset >> 4) & 0xFF;
        uint value = register switch
        {
            ApicId => (uint)_id << 24,
            Version => VersionValue,
            Tpr => _tpr,
            Apr or Eoi => 0,
            Ppr => ProcessorPriority,
            Ldr => (uint)_logicalId << 24,
            Dfr => ((uint)_model << 28) | DfrReserved,
            Svr => _svr,
            >= Isr and < Tmr => _isr[register & 7],
            >= Tmr and < Irr => _tmr[register & 7],
            >= Irr and < Esr => _irr[register & 7],
            Esr => _esr,
            IcrLow or IcrHigh => _icr[register - IcrLow],
            >= Lvt and < InitialCount => _lvt[register - Lvt],
            InitialCount => _initialCount,
            CurrentCount => CountNow,
            DivideConfiguration => _divideConfiguration,
            _ => IllegalRegister(register),
        };
        _log.Trace("apic_mem_readl", $"0x{offset:x} = 0x{value:x8}");
        return value;
    }

    /// <summary>Writes a register; narrow writes are ignored.</summary>
    internal void Write(uint offset, uint value, int size)
    {
        if (size < 4)
        {
            return;
        }

        _log.Trace("apic_mem_writel", $"0x{offset:x} = 0x{value:x8}");
        int register = (int)(offset >> 4) & 0xFF;
        switch (register)
        {
            case ApicId:
                _id = (byte)(value >> 24);
                break;
            case Tpr:
                TaskPriority = (byte)value;
                break;
            case Eoi:
                EndOfInterrupt();
                break;
            case Ldr:
                _logicalId = (byte)(value >> 24);
                break;
            case Dfr:
                _model = (byte)(value >> 28);
                break;
            case Svr:
                _svr = value & SvrMask;
                Update();
                break;
            case Esr:
                // A write latches what has gone wrong since the last one, for the read that follows.
                _esr = _errors;
                _errors = 0;
                break;
            case IcrLow:
                _icr[0] = value & ~IcrDeliveryStatus;
                Send();
                break;
            case IcrHigh:
                _icr[1] = value;
                break;
            case >= Lvt and < InitialCount:
                WriteLvt(register - Lvt, value & ~LvtReadOnly);
                break;
            case InitialCount:
                LoadCount(value);
                break;
            case DivideConfiguration:
                WriteDivider(value);
                break;
            case Version or Apr or Ppr or CurrentCount or (>= Isr and < Esr):
                _log.GuestError($"apic: register 0x{register << 4:x3} is read-only");
                break;
            default:
                IllegalRegister(register);
                break;
        }
    }

    internal void SynchronizeArbitration() => _arbitrationId = _id;

    private static StateDescription<LocalApic> Describe()
    {
        var state = new StateDescription<LocalApic>("apic", version: 3, minimumVersion: 3)
        {
            PostLoad = static (ref LocalApic d, int _) => d.Loaded(),
        };
        state.Add(Field.UInt32("apicbase", static (ref LocalApic d) => ref d._base));
        state.Add(Field.UInt8("id", static (ref LocalApic d) => ref d._id));
        state.Add(Field.UInt8("arb_id", static (ref LocalApic d) => ref d._arbitrationId));
        state.Add(Field.UInt8("tpr", static (ref LocalApic d) => ref d._tpr));
        state.Add(Field.UInt32("spurious_vec", static (ref LocalApic d) => ref d._svr));
        state.Add(Field.UInt8("log_dest", static (ref LocalApic d) => ref d._logicalId));
        state.Add(Field.UInt8("dest_mode", static (ref LocalApic d) => ref d._model));
        state.Add(Field.Numbers("isr", static (LocalApic d) => d._isr));
        state.Add(Field.Numbers("tmr", static (LocalApic d) => d._tmr));
        state.Add(Field.Numbers("irr", static (LocalApic d) => d._irr));
        state.Add(Field.Numbers("lvt", static (LocalApic d) => d._lvt));
        state.Add(Field.UInt32("esr", static (ref LocalApic d) => ref d._esr));
        state.Add(Field.Numbers("icr", static (LocalApic d) => d._icr));
        state.Add(Field.UInt32("divide_conf", static (ref LocalApic d) => ref d._divideConfiguration));
        state.Add(Field.Int32("count_shift", static (ref LocalApic d) => ref d._countShift));
        state.Add(Field.UInt32("initial_count", static (ref LocalApic d) => ref d._initialCount));
        state.Add(Field.Int64("initial_count_load_time", static (ref LocalApic d) => ref d._loadTime));
        state.Add(Field.Int64("next_time", static (ref LocalApic d) => ref d._nextTime));
        state.Add(Field.Timer("timer", static (LocalApic d) => d._timer));
        return state;
    }

    private void Loaded()
    {
        if (_countShift is < 0 or > 7)
        {
            throw new StateException($"apic: count_shift {_countShift} is not the logarithm of a divider");
        }

        if (_model > FlatModel)
        {
            throw new StateException($"apic: dest_mode {_model} is not a model");
        }

        _errors = 0;
        _bus.Place(_base & BaseAddress);
        TimerLoaded();
        Update();
    }

    private void PowerOn()
    {
        InitRegisters();

        // As a BIOS would: until somebody programs the APIC, the 8259s reach the bootstrap processor through LINT0.
        if (_bootstrap)
        {
            _lvt[LvtLint0] = LvtExtInt;
        }

        Update();
    }

    // What INIT resets; id, base and the level of the wires stay.
    private void InitRegisters()
    {
        _tpr = 0;
        _svr = 0xFF;
        _logicalId = 0;
        _model = FlatModel;
        Array.Clear(_isr);
        Array.Clear(_tmr);
        Array.Clear(_irr);
        Array.Clear(_icr);
        Array.Fill(_lvt, LvtMasked);
        _esr = 0;
        _errors = 0;
        _divideConfiguration = 0;

        // QEMU's divider after reset is 1 although the register says 2.
        _countShift = 0;
        _initialCount = 0;
        _loadTime = 0;
        _nextTime = 0;
        _tscDeadline = 0;
        _timer.Cancel();
        WaitsForStartUp = !_bootstrap;
    }

    private uint IllegalRegister(int register)
    {
        _log.GuestError($"apic: there is no register 0x{register << 4:x3}");
        Error(EsrIllegalRegister);
        return 0;
    }
}
