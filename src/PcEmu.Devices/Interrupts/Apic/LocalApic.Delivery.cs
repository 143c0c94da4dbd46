namespace PcEmu.Devices.Interrupts;

// Priorities, acceptance, acknowledge and EOI; the local sources; the interrupt command register.
public sealed partial class LocalApic
{
    // ICR's low word.
    private const uint IcrLogical = 1 << 11;
    private const uint IcrDeliveryStatus = 1 << 12;
    private const uint IcrAssert = 1 << 14;
    private const uint IcrLevel = 1 << 15;
    private const int IcrShorthandShift = 18;

    // ICR's destination shorthands.
    private const uint NoShorthand = 0;
    private const uint ShorthandSelf = 1;
    private const uint ShorthandAll = 2;

    private const int FirstLegalVector = 16;
    private const int ClassMask = 0xF0;

    private bool IsSoftwareEnabled => (_svr & SvrEnable) != 0;

    // The class of the task or of the interrupt in service, whichever is higher.
    private byte ProcessorPriority
    {
        get
        {
            int inService = Math.Max(VectorSet.Highest(_isr), 0);
            return _tpr >> 4 >= inService >> 4 ? _tpr : (byte)(inService & ClassMask);
        }
    }

    // The request that the processor would take now, or 0.
    private int Deliverable
    {
        get
        {
            if (!IsEnabled || !IsSoftwareEnabled)
            {
                return 0;
            }

            int vector = VectorSet.Highest(_irr);
            if (vector <= 0)
            {
                return 0;
            }

            int priority = ProcessorPriority & ClassMask;
            return priority == 0 || (vector & ClassMask) > priority ? vector : 0;
        }
    }

    private bool PicGoesThrough =>
        !IsEnabled || (_lvt[LvtLint0] & (LvtMasked | LvtExtInt)) == LvtExtInt;

    /// <summary>The processor's acknowledge cycle: takes the highest request into service.</summary>
    /// <returns>Its vector; the 8259s' where they ask through ExtINT; the spurious vector when nobody asks any more.</returns>
    public int AcknowledgeInterrupt()
    {
        int vector = Deliverable;
        if (vector != 0)
        {
            VectorSet.Exclude(_irr, vector);
            VectorSet.Include(_isr, vector);
            Update();
        }
        else if (!IsEnabled || (_lint0 && PicGoesThrough))
        {
            vector = _wiring.AcknowledgePic();
        }
        else
        {
            vector = (int)(_svr & 0xFF);
        }

        _log.Trace("apic_get_interrupt", $"cpu {_index} vector 0x{vector:x2}");
        return vector;
    }

    /// <summary>LINT0, on a PC the output of the 8259s.</summary>
    public void SetLint0(bool level)
    {
        bool rises = level && !_lint0;
        bool falls = !level && _lint0;
        _lint0 = level;
        uint entry = _lvt[LvtLint0];
        if (!IsEnabled || DeliveryOf(entry) == ApicDelivery.ExtInt)
        {
            Update();
        }
        else if (rises)
        {
            DeliverLocal(LvtLint0);
        }
        else if (falls && DeliveryOf(entry) == ApicDelivery.Fixed && (entry & LvtLevel) != 0)
        {
            // A level that goes away before it is taken was nothing.
            VectorSet.Exclude(_irr, (byte)entry);
            Update();
        }
    }

    /// <summary>A rising edge on LINT1, on a PC the NMI of the board.</summary>
    public void PulseLint1()
    {
        if (IsEnabled)
        {
            DeliverLocal(LvtLint1);
        }
        else
        {
            RaiseNmi();
        }
    }

    /// <summary>Whether a logical destination means this APIC.</summary>
    internal bool HasLogicalId(byte destination) => _model switch
    {
        FlatModel => (destination & _logicalId) != 0,
        ClusterModel => (destination & ClassMask) == (_logicalId & ClassMask) && (destination & _logicalId & 0xF) != 0,
        _ => false,
    };

    /// <summary>Takes a vector from the bus or a local source; vectors 0 to 15 are refused.</summary>
    internal void Accept(byte vector, bool level)
    {
        if (vector < FirstLegalVector)
        {
            Error(EsrReceiveIllegalVector);
        }
        else
        {
            Request(vector, level);
        }
    }

    /// <summary>Sets a request. Like QEMU's, an APIC that software has disabled keeps requests until it is enabled.</summary>
    internal void Request(byte vector, bool level)
    {
        VectorSet.Include(_irr, vector);
        if (level)
        {
            VectorSet.Include(_tmr, vector);
        }
        else
        {
            VectorSet.Exclude(_tmr, vector);
        }

        Update();
    }

    internal void RaiseNmi() => _wiring.Nmi();

    internal void RaiseSmi()
    {
        if (_wiring.Smi is { } smi)
        {
            smi();
        }
        else
        {
            _log.Unimplemented($"apic: SMI for processor {_index}, which has no system management mode");
        }
    }

    internal void Init()
    {
        InitRegisters();
        Update();
        _wiring.Init();
    }

    internal void StartUp(byte vector)
    {
        if (WaitsForStartUp)
        {
            WaitsForStartUp = false;
            _wiring.StartUp?.Invoke(vector);
        }
    }

    private static ApicDelivery DeliveryOf(uint word) => (ApicDelivery)(word >> DeliveryShift & 7);

    /// <summary>Drives INTR from requests, priorities and LINT0.</summary>
    private void Update()
    {
        bool level = Deliverable != 0 || (_lint0 && PicGoesThrough);
        if (level != _intr)
        {
            _intr = level;
            _wiring.Intr.Set(level);
        }
    }

    private void EndOfInterrupt()
    {
        int vector = VectorSet.Highest(_isr);
        if (vector == VectorSet.None)
        {
            return;
        }

        VectorSet.Exclude(_isr, vector);
        if (VectorSet.Has(_tmr, vector))
        {
            _bus.EndOfInterrupt((byte)vector);
        }

        Update();
    }

    private void WriteLvt(int entry, uint value)
    {
        uint old = _lvt[entry];
        _lvt[entry] = value;
        if (entry == LvtTimer)
        {
            TimerModeChanged(old);
        }
        else if (entry == LvtLint0)
        {
            // A level that has waited for the mask gets through now; ExtINT follows the wire anyway.
            bool opens = (old & LvtMasked) != 0 && (value & LvtMasked) == 0;
            if (_lint0 && opens && (value & LvtLevel) != 0 && DeliveryOf(value) == ApicDelivery.Fixed)
            {
                DeliverLocal(LvtLint0);
            }

            Update();
        }
    }

    // Something happened at a local source: its LVT entry says what becomes of it.
    private void DeliverLocal(int entry)
    {
        uint word = _lvt[entry];
        if ((word & LvtMasked) != 0)
        {
            return;
        }

        switch (DeliveryOf(word))
        {
            case ApicDelivery.Fixed:
                Accept((byte)word, entry is LvtLint0 or LvtLint1 && (word & LvtLevel) != 0);
                break;
            case ApicDelivery.Smi:
                RaiseSmi();
                break;
            case ApicDelivery.Nmi:
                RaiseNmi();
                break;
            case ApicDelivery.Init:
                Init();
                break;
            case ApicDelivery.ExtInt:
                Update();
                break;
            default:
                _log.GuestError($"apic: LVT entry {entry} has the reserved delivery mode {(byte)DeliveryOf(word)}");
                break;
        }
    }

    // Errors collect until a write to ESR; each new one asks through the LVT's error entry. QEMU only collects.
    private void Error(uint bit)
    {
        bool isNew = (_errors & bit) == 0;
        _errors |= bit;
        uint entry = _lvt[LvtError];
        if (isNew && (entry & LvtMasked) == 0 && (byte)entry >= FirstLegalVector)
        {
            Request((byte)entry, level: false);
        }
    }

    private void Send()
    {
        uint command = _icr[0];
        ApicDelivery mode = DeliveryOf(command);
        byte vector = (byte)command;
        bool level = (command & IcrLevel) != 0;
        if (mode == ApicDelivery.Init && level && (command & IcrAssert) == 0)
        {
            _bus.SynchronizeArbitration();
            return;
        }

        if (mode is ApicDelivery.Fixed or ApicDelivery.LowestPriority && vector < FirstLegalVector)
        {
            _log.GuestError($"apic: an interprocessor interrupt with vector 0x{vector:x2}");
            Error(EsrSendIllegalVector);
            return;
        }

        uint targets = (command >> IcrShorthandShift & 3) switch
        {
            NoShorthand => _bus.Destinations((byte)(_icr[1] >> 24), (command & IcrLogical) != 0),
            ShorthandSelf => 1u << _index,
            ShorthandAll => _bus.Everybody,
            _ => _bus.Others(_index),
        };
        _bus.DeliverTo(targets, mode, vector, level);
    }
}
