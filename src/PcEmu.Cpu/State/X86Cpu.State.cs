using PcEmu.Core.State;
using PcEmu.Cpu.Registers;
using PcEmu.Cpu.State;

namespace PcEmu.Cpu;

// The sections cpu_common and cpu.
public sealed unsafe partial class X86Cpu
{
    // hflags, QEMU's word of derived mode bits: only the first of these and SMM say what the registers do not.
    private const uint HflagCpl = 3;
    private const uint HflagSoftMmu = 1 << 2;
    private const int HflagInhibitIrq = 3;
    private const int HflagCs32 = 4;
    private const int HflagSs32 = 5;
    private const int HflagAddSegment = 6;
    private const int HflagPe = 7;
    private const int HflagMp = 9; // MP, EM, TS as in CR0
    private const int HflagLma = 14;
    private const int HflagCs64 = 15;
    private const uint HflagSmm = 1u << 19;
    private const int HflagOsFxsr = 22;
    private const int Hflag2NmiBlocked = 2;
    private const uint Cr4OsFxsr = 1 << 9;

    private const uint RequestNmi = 0x200;
    private const uint MpStateRunnable = 0;
    private const uint MpStateHalted = 3;
    private const int A20Closed = unchecked((int)0xFFEF_FFFF);

    private readonly HeldCpuState _held = new();

    /// <summary>The section <c>cpu</c>.</summary>
    public static readonly StateDescription<X86Cpu> MigrationState = DescribeCpu();

    /// <summary>The section <c>cpu_common</c>.</summary>
    public static readonly StateDescription<X86Cpu> CommonState = DescribeCommon();

    /// <summary>The sections of a migration stream, in order.</summary>
    public IEnumerable<StateSection> StateSections => [StateSection.Of(CommonState, this), StateSection.Of(MigrationState, this)];

    /// <summary>Whether the A20 gate lets address bit 20 through.</summary>
    public bool IsA20Open => _a20Mask == ulong.MaxValue;

    /// <summary>The time stamp counter as the guest reads it.</summary>
    public ulong TimeStampCounter
    {
        get => ReadTsc();
        set => _tscOffset = (long)value - _wiring.Now();
    }

    /// <summary>The last step of loading, when all devices stand: what KVM has left half done is finished.</summary>
    /// <param name="fromKvm">Whether KVM ran the guest: else those fields have no meaning.</param>
    /// <param name="timeStampCounter">The counter at the save where it was not KVM.</param>
    /// <exception cref="StateException">The CPU was left in a state that cannot be continued.</exception>
    public void FinishLoad(bool fromKvm, ulong timeStampCounter)
    {
        if ((_held.Hflags & HflagSmm) != 0)
        {
            throw new StateException("cpu: the CPU is in system management mode, which PcEmu does not have yet");
        }

        ulong unknown = _s->Efer & ~(Model.EferBits | Efer.Lma | SyscallEnable);
        if (unknown != 0)
        {
            throw new StateException($"cpu: EFER 0x{_s->Efer:x}: this CPU model does not have bits 0x{unknown:x}");
        }

        TimeStampCounter = fromKvm ? _held.Tsc : timeStampCounter;
        if (!fromKvm)
        {
            return;
        }

        _held.Tsc = 0;
        switch (_held.MpState)
        {
            case MpStateRunnable:
                break;
            case MpStateHalted:
                _halted = true;
                break;
            default:
                throw new StateException($"cpu: mp_state {_held.MpState}: a CPU that waits for INIT or SIPI needs a machine with more of them");
        }

        _nmiPending |= _held.NmiPending != 0;
        if (_held.NmiInjected != 0)
        {
            _nmiPending = true;
            _nmiBlocked = false;
        }

        // Accepted from the interrupt controller and not delivered: nobody would ask for it again.
        if (_held.InterruptInjected is >= 0 and <= 0xFF and int vector)
        {
            _halted = false;
            DeliverInterrupt(vector, _held.SoftInterrupt != 0 ? InterruptKind.Software : InterruptKind.Hardware);
        }

        _held.InterruptInjected = _held.ExceptionInjected = -1;
        _held.NmiPending = _held.NmiInjected = _held.SoftInterrupt = 0;
        _held.MpState = MpStateRunnable;
        UpdateEventPending();
    }

    private static StateDescription<X86Cpu> DescribeCommon() => new("cpu_common", version: 1, minimumVersion: 1)
    {
        Field.Computed<X86Cpu>("halted", 4, static c => c._halted ? 1u : 0, static (c, v) => c._halted = v != 0),
        Field.Computed<X86Cpu>(
            "interrupt_request",
            4,
            static c => (c._interruptLine ? 2u : 0) | (c._nmiPending ? RequestNmi : 0),
            static (c, v) => c._nmiPending = (v & RequestNmi) != 0),
        new Subsection<X86Cpu>(
            new("cpu_common/exception_index", version: 1, minimumVersion: 1)
            {
                Field.Int32("exception_index", static (ref X86Cpu c) => ref c._held.ExceptionIndex),
            },
            static _ => false),
    };

    private static StateDescription<X86Cpu> DescribeCpu()
    {
        var cpu = new StateDescription<X86Cpu>("cpu", version: 12, minimumVersion: 5)
        {
            PreSave = static (ref X86Cpu c, int _) => c.ToWire(),
            PostLoad = static (ref X86Cpu c, int version) => c.FromWire(version),
        };
        AddRegisters(cpu);
        AddFpu(cpu);
        AddSegments(cpu);
        AddControl(cpu);
        AddVirtualization(cpu);
        AddMtrrs(cpu);
        AddKvm(cpu);
        AddSubsections(cpu);
        return cpu;
    }

    private static void AddRegisters(StateDescription<X86Cpu> cpu)
    {
        for (int i = 0; i < 16; i++)
        {
            int register = i;
            cpu.Add(Field.UInt64($"regs[{i}]", (ref X86Cpu c) => ref c._s->Gpr[register]));
        }

        cpu.Add(Field.UInt64("eip", static (ref X86Cpu c) => ref c._s->Rip));
        cpu.Add(Field.Computed<X86Cpu>("eflags", 8, static c => Flags.Read(c._s), static (c, v) => c.SetEflags((uint)v)));
        cpu.Add(Field.UInt32("hflags", static (ref X86Cpu c) => ref c._held.Hflags));
    }

    private static void AddFpu(StateDescription<X86Cpu> cpu)
    {
        cpu.Add(Field.UInt16("fpuc", static (ref X86Cpu c) => ref c._s->FpuControl));
        cpu.Add(Field.UInt16("fpus", static (ref X86Cpu c) => ref c._s->FpuStatus));
        cpu.Add(Field.Computed<X86Cpu>("fptag", 2, static c => c._s->FpuTags, static (c, v) => c._s->FpuTags = (byte)v));
        cpu.Add(Field.UInt16("fpregs_format", static (ref X86Cpu c) => ref c._held.FpRegisterFormat));
        for (int i = 0; i < 8; i++)
        {
            int number = i;
            cpu.Add(Field.Struct($"fpregs[{i}]", (ref X86Cpu c) => ref c._s->FpuRegisters[number], FpuRegisterState.Description));
        }
    }

    private static void AddSegments(StateDescription<X86Cpu> cpu)
    {
        for (int i = 0; i < 8; i++)
        {
            int segment = i;
            string name = i switch { Seg.Ldtr => "ldt", Seg.Tr => "tr", _ => $"segs[{i}]" };
            cpu.Add(Field.Struct(name, (ref X86Cpu c) => ref *CpuState.Segment(c._s, segment), SegmentState.Description));
        }

        AddTable("gdt", 0, static (ref X86Cpu c) => ref c._s->GdtBase, static (ref X86Cpu c) => ref c._s->GdtLimit);
        AddTable("idt", 1, static (ref X86Cpu c) => ref c._s->IdtBase, static (ref X86Cpu c) => ref c._s->IdtLimit);

        void AddTable(string name, int table, FieldRef<X86Cpu, ulong> at, FieldRef<X86Cpu, uint> limit)
        {
            cpu.Add(Field.UInt32($"{name}.selector", (ref X86Cpu c) => ref c._held.Tables[table].Selector));
            cpu.Add(Field.UInt64($"{name}.base", at));
            cpu.Add(Field.UInt32($"{name}.limit", limit));
            cpu.Add(Field.UInt32($"{name}.flags", (ref X86Cpu c) => ref c._held.Tables[table].Attributes));
        }
    }

    private static void AddControl(StateDescription<X86Cpu> cpu)
    {
        cpu.Add(Field.Computed<X86Cpu>("sysenter_cs", 4, static c => (uint)c._sysenterCs, static (c, v) => c._sysenterCs = v));
        cpu.Add(Field.Computed<X86Cpu>(
            "sysenter_esp32", 4, static c => (uint)c._sysenterEsp, static (c, v) => c._sysenterEsp = v, when: static (ref X86Cpu _, int v) => v < 7));
        cpu.Add(Field.Computed<X86Cpu>(
            "sysenter_eip32", 4, static c => (uint)c._sysenterEip, static (c, v) => c._sysenterEip = v, when: static (ref X86Cpu _, int v) => v < 7));
        cpu.Add(Field.UInt64("sysenter_esp", static (ref X86Cpu c) => ref c._sysenterEsp, since: 7));
        cpu.Add(Field.UInt64("sysenter_eip", static (ref X86Cpu c) => ref c._sysenterEip, since: 7));
        cpu.Add(Field.UInt64("cr[0]", static (ref X86Cpu c) => ref c._s->Cr0));
        cpu.Add(Field.UInt64("cr[2]", static (ref X86Cpu c) => ref c._s->Cr2));
        cpu.Add(Field.UInt64("cr[3]", static (ref X86Cpu c) => ref c._s->Cr3));
        cpu.Add(Field.UInt64("cr[4]", static (ref X86Cpu c) => ref c._s->Cr4));
        for (int i = 0; i < 8; i++)
        {
            int register = i;
            cpu.Add(Field.UInt64($"dr[{i}]", (ref X86Cpu c) => ref c._s->Dr[register]));
        }

        cpu.Add(Field.Int32("a20_mask", static (ref X86Cpu c) => ref c._held.A20Mask));
        cpu.Add(Field.UInt32("mxcsr", static (ref X86Cpu c) => ref c._s->Mxcsr));
        for (int i = 0; i < 16; i++)
        {
            int low = 2 * i;
            cpu.Add(Field.UInt64($"xmm_regs[{i}].low", (ref X86Cpu c) => ref ((ulong*)&c._s->Xmm)[low]));
            cpu.Add(Field.UInt64($"xmm_regs[{i}].high", (ref X86Cpu c) => ref ((ulong*)&c._s->Xmm)[low + 1]));
        }

        cpu.Add(Field.UInt64("efer", static (ref X86Cpu c) => ref c._s->Efer));
        cpu.Add(Field.UInt64("star", static (ref X86Cpu c) => ref c._s->Star));
        cpu.Add(Field.UInt64("lstar", static (ref X86Cpu c) => ref c._s->LStar));
        cpu.Add(Field.UInt64("cstar", static (ref X86Cpu c) => ref c._s->CStar));
        cpu.Add(Field.UInt64("fmask", static (ref X86Cpu c) => ref c._s->SyscallMask));
        cpu.Add(Field.UInt64("kernelgsbase", static (ref X86Cpu c) => ref c._s->KernelGsBase));
        cpu.Add(Field.UInt32("smbase", static (ref X86Cpu c) => ref c._held.SmBase, since: 4));
        cpu.Add(Field.UInt64("pat", static (ref X86Cpu c) => ref c._pat, since: 5));
        cpu.Add(Field.UInt32("hflags2", static (ref X86Cpu c) => ref c._held.Hflags2, since: 5));
        cpu.Add(Field.UInt32("halted", static (ref X86Cpu c) => ref c._held.Halted5, when: static (ref X86Cpu _, int v) => v == 5));
    }

    private static void AddVirtualization(StateDescription<X86Cpu> cpu)
    {
        cpu.Add(Field.UInt64("vm_hsave", static (ref X86Cpu c) => ref c._held.VmHsave, since: 5));
        cpu.Add(Field.UInt64("vm_vmcb", static (ref X86Cpu c) => ref c._held.VmVmcb, since: 5));
        cpu.Add(Field.UInt64("tsc_offset", static (ref X86Cpu c) => ref c._held.SvmTscOffset, since: 5));
        cpu.Add(Field.UInt64("intercept", static (ref X86Cpu c) => ref c._held.Intercept, since: 5));
        cpu.Add(Field.Numbers("intercept_registers", static (X86Cpu c) => c._held.InterceptRegisters, since: 5));
        cpu.Add(Field.UInt32("intercept_exceptions", static (ref X86Cpu c) => ref c._held.InterceptExceptions, since: 5));
        cpu.Add(Field.UInt8("v_tpr", static (ref X86Cpu c) => ref c._held.VTpr, since: 5));
    }

    private static void AddMtrrs(StateDescription<X86Cpu> cpu)
    {
        cpu.Add(Field.Numbers("mtrr_fixed", static (X86Cpu c) => c._mtrrFixed, since: 8));
        cpu.Add(Field.UInt64("mtrr_deftype", static (ref X86Cpu c) => ref c._mtrrDefault, since: 8));
        cpu.Add(Field.Numbers("mtrr_var", static (X86Cpu c) => c._mtrrVariable, since: 8));
    }

    private static void AddKvm(StateDescription<X86Cpu> cpu)
    {
        cpu.Add(Field.Int32("interrupt_injected", static (ref X86Cpu c) => ref c._held.InterruptInjected, since: 9));
        cpu.Add(Field.UInt32("mp_state", static (ref X86Cpu c) => ref c._held.MpState, since: 9));
        cpu.Add(Field.UInt64("tsc", static (ref X86Cpu c) => ref c._held.Tsc, since: 9));
        cpu.Add(Field.Int32("exception_injected", static (ref X86Cpu c) => ref c._held.ExceptionInjected, since: 11));
        cpu.Add(Field.UInt8("soft_interrupt", static (ref X86Cpu c) => ref c._held.SoftInterrupt, since: 11));
        cpu.Add(Field.UInt8("nmi_injected", static (ref X86Cpu c) => ref c._held.NmiInjected, since: 11));
        cpu.Add(Field.UInt8("nmi_pending", static (ref X86Cpu c) => ref c._held.NmiPending, since: 11));
        cpu.Add(Field.UInt8("has_error_code", static (ref X86Cpu c) => ref c._held.HasErrorCode, since: 11));
        cpu.Add(Field.UInt32("sipi_vector", static (ref X86Cpu c) => ref c._held.SipiVector, since: 11));
        cpu.Add(Field.UInt64("mcg_cap", static (ref X86Cpu c) => ref c._held.McgCap, since: 10));
        cpu.Add(Field.UInt64("mcg_status", static (ref X86Cpu c) => ref c._held.McgStatus, since: 10));
        cpu.Add(Field.UInt64("mcg_ctl", static (ref X86Cpu c) => ref c._held.McgCtl, since: 10));
        cpu.Add(Field.Numbers("mce_banks", static (X86Cpu c) => c._held.MceBanks, since: 10));
        cpu.Add(Field.Computed<X86Cpu>("tsc_aux", 8, static c => c._s->TscAux, static (c, value) => c._s->TscAux = (uint)value, since: 11));
        cpu.Add(Field.UInt64("system_time_msr", static (ref X86Cpu c) => ref c._held.SystemTimeMsr, since: 11));
        cpu.Add(Field.UInt64("wall_clock_msr", static (ref X86Cpu c) => ref c._held.WallClockMsr, since: 11));
        cpu.Add(Field.UInt64("xcr0", static (ref X86Cpu c) => ref c._s->Xcr0, since: 12));
        cpu.Add(Field.UInt64("xstate_bv", static (ref X86Cpu c) => ref c._held.XstateBv, since: 12));
        cpu.Add(Field.Numbers("ymmh_regs", static (X86Cpu c) => c._held.YmmHigh, since: 12));
    }

    private static void AddSubsections(StateDescription<X86Cpu> cpu)
    {
        AddMsr("async_pf_msr", "async_pf_en_msr", static (ref X86Cpu c) => ref c._held.AsyncPfEnable);
        AddMsr("async_pv_eoi_msr", "pv_eoi_en_msr", static (ref X86Cpu c) => ref c._held.PvEoiEnable);
        AddMsr("steal_time_msr", "steal_time_msr", static (ref X86Cpu c) => ref c._held.StealTime);
        cpu.Add(new Subsection<X86Cpu>(
            new("cpu/fpop_ip_dp", version: 1, minimumVersion: 1)
            {
                Field.UInt16("fpop", static (ref X86Cpu c) => ref c._s->FpuOpcode),
                Field.UInt64("fpip", static (ref X86Cpu c) => ref c._s->FpuIp),
                Field.UInt64("fpdp", static (ref X86Cpu c) => ref c._s->FpuDp),
            },
            static c => c._s->FpuOpcode != 0 || c._s->FpuIp != 0 || c._s->FpuDp != 0));
        AddMsr("msr_tsc_adjust", "tsc_adjust", static (ref X86Cpu c) => ref c._held.TscAdjust);
        AddMsr("msr_tscdeadline", "tsc_deadline", static (ref X86Cpu c) => ref c._held.TscDeadline);
        AddMsr("msr_ia32_misc_enable", "misc_enable", static (ref X86Cpu c) => ref c._miscEnable, unless: 1);
        AddMsr("msr_ia32_feature_control", "feature_control", static (ref X86Cpu c) => ref c._held.FeatureControl);
        AddMsr("poll_control_msr", "poll_control_msr", static (ref X86Cpu c) => ref c._held.PollControl, unless: 1);
        cpu.Add(new Subsection<X86Cpu>(
            new("cpu/msr_architectural_pmu", version: 1, minimumVersion: 1)
            {
                Field.Numbers("pmu", static (X86Cpu c) => c._held.Pmu),
            },
            static c => c._held.Pmu.AsSpan().ContainsAnyExcept(0ul)));
        AddMsr("msr_smi_count", "smi_count", static (ref X86Cpu c) => ref c._held.SmiCount);
        AddMsr("spec_ctrl", "spec_ctrl", static (ref X86Cpu c) => ref c._held.SpecCtrl);
        AddMsr("msr_tsx_ctrl", "tsx_ctrl", static (ref X86Cpu c) => ref c._held.TsxCtrl);
        AddMsr("virt_ssbd", "virt_ssbd", static (ref X86Cpu c) => ref c._held.VirtSsbd);

        void AddMsr(string name, string field, FieldRef<X86Cpu, ulong> at, ulong unless = 0) => cpu.Add(new Subsection<X86Cpu>(
            new($"cpu/{name}", version: 1, minimumVersion: 1) { Field.UInt64(field, at) },
            c => at(ref c) != unless));
    }

    private void SetEflags(uint value)
    {
        Flags.Set(_s, value);
        _s->Eflags = value & ~(Eflags.Arithmetic | Eflags.AlwaysOne);
    }

    private void ToWire()
    {
        uint cs = CpuState.Segment(_s, Seg.Cs)->Attributes;
        uint ss = CpuState.Segment(_s, Seg.Ss)->Attributes;
        bool is64Bit = (_s->Efer & Efer.Lma) != 0 && (cs & Descriptor.Long) != 0;
        bool hasBases = !is64Bit && (!UsesDescriptors || (cs & Descriptor.Big) == 0
            || (CpuState.Segment(_s, Seg.Ds)->Base | CpuState.Segment(_s, Seg.Es)->Base | CpuState.Segment(_s, Seg.Ss)->Base) != 0);
        _held.Hflags = _s->Cpl | HflagSoftMmu
            | Bit(_s->InterruptShadow, HflagInhibitIrq)
            | Bit(is64Bit || (cs & Descriptor.Big) != 0, HflagCs32)
            | Bit(is64Bit || (ss & Descriptor.Big) != 0, HflagSs32)
            | Bit(hasBases, HflagAddSegment)
            | Bit(IsProtected, HflagPe)
            | (((uint)_s->Cr0 & (uint)(Cr0.Mp | Cr0.Em | Cr0.Ts)) << (HflagMp - 1))
            | Bit((_s->Efer & Efer.Lma) != 0, HflagLma)
            | Bit(is64Bit, HflagCs64)
            | (_s->Eflags & (Eflags.Tf | Eflags.Iopl | Eflags.Vm | Eflags.Rf))
            | Bit((_s->Cr4 & Cr4OsFxsr) != 0, HflagOsFxsr);
        _held.Hflags2 = (_held.Hflags2 & ~(1u << Hflag2NmiBlocked)) | Bit(_nmiBlocked, Hflag2NmiBlocked);
        _held.A20Mask = IsA20Open ? -1 : A20Closed;

        static uint Bit(bool set, int bit) => set ? 1u << bit : 0;
    }

    private void FromWire(int version)
    {
        if (_held.FpRegisterFormat != 0)
        {
            throw new StateException("x87 registers in the 64-bit form of old programs cannot be read");
        }

        if (version == 5)
        {
            _halted = _held.Halted5 != 0;
        }

        _s->Cpl = (byte)(_held.Hflags & HflagCpl);
        _s->InterruptShadow = (_held.Hflags & (1u << HflagInhibitIrq)) != 0;
        _nmiBlocked = (_held.Hflags2 & (1u << Hflag2NmiBlocked)) != 0;
        _a20Mask = _held.A20Mask == -1 ? ulong.MaxValue : ~(1ul << 20);
        StateChanged();
    }

    // SCE is held: a 32-bit guest may have it on and never use it.
    private const ulong SyscallEnable = 1;
}
