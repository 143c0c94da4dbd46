using PcEmu.Cpu.Decode;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Registers as a whole: reset, mode, segment caches.
public sealed unsafe partial class X86Cpu
{
    private const uint ResetCr0 = 0x6000_0010;

    /// <summary>Whether CR0.PE is set.</summary>
    internal bool IsProtected => (_s->Cr0 & Cr0.Pe) != 0;

    /// <summary>Whether the CPU is in virtual-8086 mode.</summary>
    internal bool IsVirtual8086 => (_s->Eflags & Eflags.Vm) != 0;

    /// <summary>Whether segment registers are loaded through descriptors.</summary>
    internal bool UsesDescriptors => IsProtected && !IsVirtual8086;

    /// <summary>Whether 64-bit code runs.</summary>
    internal bool Is64Bit => (_s->Tag & (ulong)CodeMode.Long) != 0;

    /// <summary>Whether long mode is active: 64-bit or compatibility mode.</summary>
    internal bool IsLongMode => (_s->Efer & Efer.Lma) != 0;

    /// <summary>I/O privilege level.</summary>
    internal int Iopl => (int)((_s->Eflags & Eflags.Iopl) >> Eflags.IoplShift);

    /// <summary>Puts the CPU into its state after RESET. Intel SDM volume 3, table 10-1.</summary>
    public void Reset()
    {
        for (int i = 0; i < 16; i++)
        {
            _s->Gpr[i] = 0;
        }

        _s->Gpr[Gpr.Dx] = Model.Signature;
        _s->Rip = 0xFFF0;
        _s->Eflags = 0;
        Flags.Set(_s, 0);
        _s->Cr0 = ResetCr0;
        _s->Cr2 = _s->Cr3 = _s->Cr4 = _s->Efer = 0;
        _s->Star = _s->LStar = _s->CStar = _s->SyscallMask = _s->KernelGsBase = 0;
        _s->TscAux = _s->TaskPriority = 0;
        _s->GdtBase = _s->IdtBase = 0;
        _s->GdtLimit = _s->IdtLimit = 0xFFFF;
        _s->Dr[6] = 0xFFFF_0FF0;
        _s->Dr[7] = 0x400;
        for (int i = 0; i < 4; i++)
        {
            _s->Dr[i] = 0;
        }

        ResetFpu();
        _s->Mxcsr = Mxcsr.Initial;
        _s->Xcr0 = 1;
        _s->Xmm = default;
        for (int i = 0; i < 8; i++)
        {
            SegmentCache* segment = CpuState.Segment(_s, i);
            *segment = default;
            segment->Limit = 0xFFFF;
            segment->Attributes = i switch
            {
                Seg.Ldtr => Descriptor.Present | (Descriptor.LocalTable << Descriptor.TypeShift),
                Seg.Tr => Descriptor.Present | (Descriptor.BusyTss32 << Descriptor.TypeShift),
                _ => Descriptor.RealMode,
            };
        }

        // The first instruction is 16 bytes below 4 GiB; the first far jump loads an ordinary base.
        SegmentCache* cs = CpuState.Segment(_s, Seg.Cs);
        cs->Selector = 0xF000;
        cs->Base = 0xFFFF_0000;
        _s->Cpl = 0;
        _s->InterruptShadow = false;
        _s->CodeWritesAllowed = false;
        _halted = _shutDown = false;
        _nmiPending = false;
        _nmiBlocked = false;
        _held.Reset();
        _initPending = false;
        ResetModelSpecificRegisters();
        StateChanged();
        if (_log.IsOn(Core.Diagnostics.LogItems.CpuReset))
        {
            _log.Write("CPU Reset");
            _log.Write(DumpRegisters());
        }
    }

    /// <summary>Recomputes everything that is derived from the registers, after they have been set from outside.</summary>
    public void StateChanged()
    {
        for (int i = 0; i < 8; i++)
        {
            CpuState.Segment(_s, i)->Update(UsesDescriptors);
        }

        SetCpl(_s->Cpl);
        UpdateEventPending();
        FlushTlb(keepGlobal: false);
    }

    internal void SetCpl(int cpl)
    {
        _s->Cpl = (byte)cpl;
        _s->Tlb = cpl == 3 ? _userTlb : _supervisorTlb;
        UpdateTag();
    }

    /// <summary>Recomputes the mode that blocks are keyed by.</summary>
    internal void UpdateTag()
    {
        SegmentCache* cs = CpuState.Segment(_s, Seg.Cs);
        CodeMode mode = _singleStep ? CodeMode.Single : 0;
        if ((_s->Efer & Efer.Lma) != 0 && (cs->Attributes & Descriptor.Long) != 0)
        {
            mode |= CodeMode.Long | CodeMode.Code32 | CodeMode.Stack32;
        }
        else
        {
            if ((cs->Attributes & Descriptor.Big) != 0)
            {
                mode |= CodeMode.Code32;
            }

            if ((CpuState.Segment(_s, Seg.Ss)->Attributes & Descriptor.Big) != 0)
            {
                mode |= CodeMode.Stack32;
            }

            if (cs->Base == 0 && cs->Limit == uint.MaxValue
                && CpuState.Segment(_s, Seg.Ds)->IsFlat
                && CpuState.Segment(_s, Seg.Es)->IsFlat
                && CpuState.Segment(_s, Seg.Ss)->IsFlat)
            {
                mode |= CodeMode.Flat;
            }
        }

        // The user's view of memory is another one than the supervisor's, so links made in one do not hold in the other.
        if (_s->Cpl == 3)
        {
            mode |= CodeMode.User;
        }

        _s->Tag = (_generation << 16) | (ulong)mode;
    }

    /// <summary>Loads a segment register's hidden part; for CS the CPL is the caller's business.</summary>
    private void SetSegment(int index, ushort selector, uint low, uint high)
    {
        SetSegment(index, selector, Descriptor.Base(low, high), Descriptor.Limit(low, high), high & Descriptor.AttributeMask);
    }

    private void SetSegment(int index, ushort selector, ulong segmentBase, uint limit, uint attributes)
    {
        SegmentCache* segment = CpuState.Segment(_s, index);
        if (index == Seg.Cs && (limit != segment->Limit || (segmentBase != segment->Base && (_s->Cr0 & Cr0.Pg) != 0)))
        {
            // Ways between blocks have been checked against the old limit or go through the old base.
            _generation++;
        }

        segment->Selector = selector;
        segment->Base = segmentBase;
        segment->Limit = limit;
        segment->Attributes = attributes;
        segment->Update(UsesDescriptors);
        if (index <= Seg.Ds)
        {
            UpdateTag();
        }
    }

    /// <summary>Loads a segment register in real or virtual-8086 mode: the limit of real mode stays what it was.</summary>
    private void SetRealModeSegment(int index, ushort selector)
    {
        SegmentCache* segment = CpuState.Segment(_s, index);
        if (IsVirtual8086)
        {
            SetSegment(index, selector, (ulong)selector << 4, 0xFFFF, Descriptor.RealMode | (3u << Descriptor.DplShift));
        }
        else
        {
            SetSegment(index, selector, (ulong)selector << 4, segment->Limit, Descriptor.RealMode | (segment->Attributes & (Descriptor.Big | Descriptor.Granularity)));
        }
    }
}
