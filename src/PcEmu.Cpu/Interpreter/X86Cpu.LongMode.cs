using System.Globalization;
using System.Text;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// What long mode adds to the privileged registers, and the fast ways into the kernel and back.
// Intel SDM volume 2, SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS; AMD APM volume 2, 6.1 "Fast System Call and Return".
public sealed unsafe partial class X86Cpu
{
    private const uint MsrStar = 0xC000_0081;
    private const uint MsrLStar = 0xC000_0082;
    private const uint MsrCStar = 0xC000_0083;
    private const uint MsrSyscallMask = 0xC000_0084;
    private const uint MsrFsBase = 0xC000_0100;
    private const uint MsrGsBase = 0xC000_0101;
    private const uint MsrKernelGsBase = 0xC000_0102;
    private const uint MsrTscAux = 0xC000_0103;

    private const uint FlatCode = Descriptor.Present | Descriptor.NotSystem | Descriptor.Code | Descriptor.Writable | Descriptor.Accessed | Descriptor.Granularity;
    private const uint FlatData = Descriptor.RealMode | Descriptor.Big | Descriptor.Granularity;
    private const uint UserLevel = 3u << Descriptor.DplShift;
    private const ushort NotRpl = 0xFFFC;

    /// <summary>SYSCALL. RIP is that of the next instruction.</summary>
    internal bool Syscall()
    {
        // Intel has it for 64-bit code only.
        if ((_s->Efer & Efer.Sce) == 0 || !IsProtected || (Model.IsIntel && !Is64Bit))
        {
            return Fail(Vector.InvalidOpcode, 0);
        }

        ushort selector = (ushort)((_s->Star >> 32) & NotRpl);
        uint clear = Eflags.Rf | Eflags.Vm;
        if (IsLongMode)
        {
            _s->Gpr[Gpr.Cx] = _s->Rip;
            _s->Gpr[Gpr.R11] = Flags.Read(_s) & ~Eflags.Rf;
            _s->Rip = Is64Bit ? _s->LStar : _s->CStar;
            Flags.Write(_s, 0, clear | (uint)_s->SyscallMask);
            EnterFlat(selector, FlatCode | Descriptor.Long, (ushort)(selector + 8), level: 0);
        }
        else
        {
            _s->Gpr[Gpr.Cx] = (uint)_s->Rip;
            _s->Rip = (uint)_s->Star;
            Flags.Write(_s, 0, clear | Eflags.If);
            EnterFlat(selector, FlatCode | Descriptor.Big, (ushort)(selector + 8), level: 0);
        }

        return true;
    }

    /// <summary>SYSRET: to 64-bit code with <paramref name="bytes"/> 8, else to 32-bit code.</summary>
    internal bool Sysret(int bytes)
    {
        if ((_s->Efer & Efer.Sce) == 0 || !IsProtected || (Model.IsIntel && !Is64Bit))
        {
            return Fail(Vector.InvalidOpcode, 0);
        }

        // Intel checks the address here, with the rights of the kernel; AMD lets the user's first fetch fail.
        ulong target = bytes == 8 ? _s->Gpr[Gpr.Cx] : (uint)_s->Gpr[Gpr.Cx];
        if (_s->Cpl != 0 || (Model.IsIntel && !Canonical.Is(target)))
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        ushort selector = (ushort)(((_s->Star >> 48) & NotRpl) | 3);
        if (IsLongMode)
        {
            const uint Loaded = Eflags.Arithmetic | Eflags.Tf | Eflags.If | Eflags.Df | Eflags.Iopl | Eflags.Nt | Eflags.Ac | Eflags.Vif | Eflags.Vip | Eflags.Id;
            Flags.Write(_s, (uint)_s->Gpr[Gpr.R11], Loaded | Eflags.Rf | Eflags.Vm);
            _s->Eflags &= ~(Eflags.Rf | Eflags.Vm);
        }
        else
        {
            _s->Eflags |= Eflags.If;
        }

        _s->Rip = target;
        if (bytes == 8)
        {
            EnterFlat((ushort)(selector + 16), FlatCode | Descriptor.Long, (ushort)(selector + 8), level: 3);
        }
        else
        {
            EnterFlat(selector, FlatCode | Descriptor.Big, (ushort)(selector + 8), level: 3);
        }

        return true;
    }

    /// <summary>SYSENTER.</summary>
    internal bool Sysenter()
    {
        // AMD has no SYSENTER in long mode.
        if (!Model.Has(Models.Features1Edx.Sep) || (IsLongMode && !Model.IsIntel))
        {
            return Fail(Vector.InvalidOpcode, 0);
        }

        ushort selector = (ushort)(_sysenterCs & NotRpl);
        if (!IsProtected || selector == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        _s->Eflags &= ~(Eflags.Vm | Eflags.If | Eflags.Rf);
        _s->Gpr[Gpr.Sp] = IsLongMode ? _sysenterEsp : (uint)_sysenterEsp;
        _s->Rip = IsLongMode ? _sysenterEip : (uint)_sysenterEip;
        EnterFlat(selector, FlatCode | (IsLongMode ? Descriptor.Long : Descriptor.Big), (ushort)(selector + 8), level: 0);
        return true;
    }

    /// <summary>SYSEXIT: to 64-bit code with <paramref name="bytes"/> 8, else to 32-bit code.</summary>
    internal bool Sysexit(int bytes)
    {
        if (!Model.Has(Models.Features1Edx.Sep) || (IsLongMode && !Model.IsIntel))
        {
            return Fail(Vector.InvalidOpcode, 0);
        }

        ushort selector = (ushort)(_sysenterCs & NotRpl);
        ulong rip = _s->Gpr[Gpr.Dx];
        ulong rsp = _s->Gpr[Gpr.Cx];
        bool is64 = bytes == 8;
        if (!IsProtected || selector == 0 || _s->Cpl != 0 || (is64 && !(Canonical.Is(rip) && Canonical.Is(rsp))))
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        selector = (ushort)((selector + (is64 ? 32 : 16)) | 3);
        _s->Rip = is64 ? rip : (uint)rip;
        _s->Gpr[Gpr.Sp] = is64 ? rsp : (uint)rsp;
        EnterFlat(selector, FlatCode | (is64 ? Descriptor.Long : Descriptor.Big), (ushort)(selector + 8), level: 3);
        return true;
    }

    /// <summary>SWAPGS, which the decoder finds in 64-bit code only.</summary>
    internal bool Swapgs()
    {
        if (!RequireSupervisor())
        {
            return false;
        }

        SegmentCache* gs = CpuState.Segment(_s, Seg.Gs);
        (gs->Base, _s->KernelGsBase) = (_s->KernelGsBase, gs->Base);
        return true;
    }

    /// <summary>Loads CS and SS with segments of the full 4 GiB, without looking at the tables.</summary>
    private void EnterFlat(ushort code, uint codeAttributes, ushort stack, int level)
    {
        uint rights = level == 3 ? UserLevel : 0;
        SetSegment(Seg.Cs, code, 0, uint.MaxValue, codeAttributes | rights);
        SetSegment(Seg.Ss, stack, 0, uint.MaxValue, FlatData | rights);
        SetCpl(level);
    }

    private bool RequireCanonical(ulong value) => !Model.HasLongMode || Canonical.Is(value) || Fail(Vector.GeneralProtection, 0);

    private static bool Set(ref ulong register, ulong value)
    {
        register = value;
        return true;
    }

    private bool IsLongModeMsr(uint index) => index switch
    {
        MsrStar => Model.HasSyscall,
        MsrLStar or MsrCStar or MsrSyscallMask or MsrFsBase or MsrGsBase or MsrKernelGsBase => Model.HasLongMode,
        MsrTscAux => Model.HasRdtscp,
        _ => false,
    };

    private bool ReadLongModeMsr(uint index, out ulong value)
    {
        value = index switch
        {
            MsrStar => _s->Star,
            MsrLStar => _s->LStar,
            MsrCStar => _s->CStar,
            MsrSyscallMask => _s->SyscallMask,
            MsrFsBase => CpuState.Segment(_s, Seg.Fs)->Base,
            MsrGsBase => CpuState.Segment(_s, Seg.Gs)->Base,
            MsrKernelGsBase => _s->KernelGsBase,
            _ => _s->TscAux,
        };
        return IsLongModeMsr(index);
    }

    private bool WriteLongModeMsr(uint index, ulong value)
    {
        switch (index)
        {
            case MsrStar:
                return Set(ref _s->Star, value);
            case MsrLStar:
                return RequireCanonical(value) && Set(ref _s->LStar, value);
            case MsrCStar:
                return RequireCanonical(value) && Set(ref _s->CStar, value);
            case MsrSyscallMask:
                return value <= uint.MaxValue ? Set(ref _s->SyscallMask, value) : Fail(Vector.GeneralProtection, 0);
            case MsrFsBase:
                return RequireCanonical(value) && Set(ref CpuState.Segment(_s, Seg.Fs)->Base, value);
            case MsrGsBase:
                return RequireCanonical(value) && Set(ref CpuState.Segment(_s, Seg.Gs)->Base, value);
            case MsrKernelGsBase:
                return RequireCanonical(value) && Set(ref _s->KernelGsBase, value);
            default:
                if (value > uint.MaxValue)
                {
                    return Fail(Vector.GeneralProtection, 0);
                }

                _s->TscAux = (uint)value;
                return true;
        }
    }

    // QEMU shows 64-bit registers while 64-bit code runs, and 32-bit ones in compatibility mode; the tables are wide in both.
    private string DumpLongRegisters()
    {
        var text = new StringBuilder();
        CultureInfo plain = CultureInfo.InvariantCulture;
        CpuState* s = _s;
        uint flags = Flags.Read(s);
        string state = string.Create(
            plain, $"[{FlagLetters(flags)}] CPL={s->Cpl} II={(s->InterruptShadow ? 1 : 0)} A20={(_a20Mask == ulong.MaxValue ? 1 : 0)} SMM=0 HLT={(_halted ? 1 : 0)}\n");
        if (Is64Bit)
        {
            text.Append(plain, $"RAX={s->Gpr[Gpr.Ax]:x16} RBX={s->Gpr[Gpr.Bx]:x16} RCX={s->Gpr[Gpr.Cx]:x16} RDX={s->Gpr[Gpr.Dx]:x16}\n");
            text.Append(plain, $"RSI={s->Gpr[Gpr.Si]:x16} RDI={s->Gpr[Gpr.Di]:x16} RBP={s->Gpr[Gpr.Bp]:x16} RSP={s->Gpr[Gpr.Sp]:x16}\n");
            text.Append(plain, $"R8 ={s->Gpr[8]:x16} R9 ={s->Gpr[9]:x16} R10={s->Gpr[10]:x16} R11={s->Gpr[Gpr.R11]:x16}\n");
            text.Append(plain, $"R12={s->Gpr[12]:x16} R13={s->Gpr[13]:x16} R14={s->Gpr[14]:x16} R15={s->Gpr[15]:x16}\n");
            text.Append(plain, $"RIP={s->Rip:x16} RFL={flags:x8} {state}");
        }
        else
        {
            text.Append(plain, $"EAX={(uint)s->Gpr[Gpr.Ax]:x8} EBX={(uint)s->Gpr[Gpr.Bx]:x8} ECX={(uint)s->Gpr[Gpr.Cx]:x8} EDX={(uint)s->Gpr[Gpr.Dx]:x8}\n");
            text.Append(plain, $"ESI={(uint)s->Gpr[Gpr.Si]:x8} EDI={(uint)s->Gpr[Gpr.Di]:x8} EBP={(uint)s->Gpr[Gpr.Bp]:x8} ESP={(uint)s->Gpr[Gpr.Sp]:x8}\n");
            text.Append(plain, $"EIP={(uint)s->Rip:x8} EFL={flags:x8} {state}");
        }

        ReadOnlySpan<string> names = ["ES ", "CS ", "SS ", "DS ", "FS ", "GS ", "LDT", "TR "];
        for (int i = 0; i < names.Length; i++)
        {
            SegmentCache* segment = CpuState.Segment(s, i);
            text.Append(plain, $"{names[i]}={segment->Selector:x4} ");
            text.Append(segment->Base.ToString(Is64Bit ? "x16" : "x8", plain));
            text.Append(plain, $" {segment->Limit:x8} {segment->Attributes:x8}\n");
        }

        text.Append(plain, $"GDT=     {s->GdtBase:x16} {s->GdtLimit:x8}\n");
        text.Append(plain, $"IDT=     {s->IdtBase:x16} {s->IdtLimit:x8}\n");
        text.Append(plain, $"CR0={(uint)s->Cr0:x8} CR2={s->Cr2:x16} CR3={s->Cr3:x16} CR4={(uint)s->Cr4:x8}\n");
        text.Append(plain, $"DR0={s->Dr[0]:x16} DR1={s->Dr[1]:x16} DR2={s->Dr[2]:x16} DR3={s->Dr[3]:x16} \n");
        text.Append(plain, $"DR6={s->Dr[6]:x16} DR7={s->Dr[7]:x16}\n");
        text.Append(plain, $"EFER={s->Efer:x16}");
        return text.ToString();
    }
}
