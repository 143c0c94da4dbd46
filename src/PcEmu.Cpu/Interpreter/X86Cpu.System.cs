using System.Globalization;
using System.Text;
using PcEmu.Core.Time;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Privileged registers, ports, CPUID, time stamp counter.
public sealed unsafe partial class X86Cpu
{
    private const uint MsrTsc = 0x10;
    private const uint MsrApicBase = 0x1B;
    private const uint MsrBiosSignature = 0x8B;
    private const uint MsrMtrrCap = 0xFE;
    private const uint MsrSysenterCs = 0x174;
    private const uint MsrSysenterEsp = 0x175;
    private const uint MsrSysenterEip = 0x176;
    private const uint MsrMcgCap = 0x179;
    private const uint MsrMcgStatus = 0x17A;
    private const uint MsrMiscEnable = 0x1A0;
    private const uint MsrMtrrVariableFirst = 0x200;
    private const uint MsrMtrrVariableLast = 0x20F;
    private const uint MsrMtrrFix64K = 0x250;
    private const uint MsrMtrrFix16K8 = 0x258;
    private const uint MsrMtrrFix16KA = 0x259;
    private const uint MsrMtrrFix4KFirst = 0x268;
    private const uint MsrMtrrFix4KLast = 0x26F;
    private const uint MsrPat = 0x277;
    private const uint MsrMtrrDefType = 0x2FF;
    private const uint MsrEfer = 0xC000_0080;

    private const ulong ResetPat = 0x0007_0406_0007_0406;
    private const ulong ApicBaseEnable = 1 << 11;

    private readonly ulong[] _mtrrVariable = new ulong[16];
    private readonly ulong[] _mtrrFixed = new ulong[11];
    private ulong _mtrrDefault;
    private ulong _pat;
    private ulong _miscEnable;
    private ulong _sysenterCs;
    private ulong _sysenterEsp;
    private ulong _sysenterEip;
    private long _tscOffset;

    /// <summary>Frequency of the time stamp counter in Hz: constant, one tick a guest nanosecond.</summary>
    public const long TscFrequency = Nanoseconds.PerSecond;

    /// <summary>EFLAGS bits that this model has.</summary>
    internal uint ModelFlags =>
        Model.HasCpuid ? uint.MaxValue : ~(Eflags.Id | Eflags.Vif | Eflags.Vip);

    /// <summary>The time stamp counter.</summary>
    internal ulong ReadTsc() => (ulong)(_wiring.Now() + _tscOffset);

    /// <summary>Whether the current level may use a port: by IOPL, else by the TSS's bitmap. Sets up #GP(0) if not.</summary>
    internal bool MayUsePort(int port, int bytes)
    {
        if (!IsProtected || (!IsVirtual8086 && _s->Cpl <= Iopl))
        {
            return true;
        }

        SegmentCache* tss = CpuState.Segment(_s, Seg.Tr);
        if (!tss->IsPresent || (Descriptor.Type(tss->Attributes) & 8) == 0 || tss->Limit < 103)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadSystem(tss->Base + 102, 2, out ulong map))
        {
            return false;
        }

        ulong at = map + (uint)(port >> 3);
        if (at + 1 > tss->Limit)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadSystem(tss->Base + at, 2, out ulong bits))
        {
            return false;
        }

        uint mask = (1u << bytes) - 1;
        return ((bits >> (port & 7)) & mask) == 0 || Fail(Vector.GeneralProtection, 0);
    }

    internal ulong ReadPort(int port, int bytes) => _ports.Read((ulong)port, bytes);

    internal void WritePort(int port, ulong value, int bytes) => _ports.Write((ulong)port, value, bytes);

    /// <summary>Checks that a store would be allowed, for instructions that cannot be taken back.</summary>
    internal bool ProbeStore(ulong linear, int size) => ProbeWrite(linear, size, _s->Cpl == 3);

    /// <summary>Stores what cannot be had a second time, whatever code it drops; the caller looks at the tag.</summary>
    internal bool StoreForGood(ulong linear, ulong value, int size)
    {
        bool allowed = _s->CodeWritesAllowed;
        _s->CodeWritesAllowed = true;
        bool ok = StoreSlow(linear, value, size, _s->Cpl == 3);
        _s->CodeWritesAllowed = allowed;
        return ok;
    }

    /// <summary>CLI and STI: by IOPL. Sets up #GP(0) if not allowed.</summary>
    internal bool MayChangeInterruptFlag() =>
        !IsProtected || (IsVirtual8086 ? Iopl == 3 : _s->Cpl <= Iopl) || Fail(Vector.GeneralProtection, 0);

    /// <summary>Privileged instructions. Sets up #GP(0) unless CPL is 0.</summary>
    internal bool RequireSupervisor() => _s->Cpl == 0 || Fail(Vector.GeneralProtection, 0);

    /// <summary>What PUSHF pushes.</summary>
    internal bool FlagsToPush(out uint flags)
    {
        flags = Flags.Read(_s) & ~(Eflags.Vm | Eflags.Rf);
        return !IsVirtual8086 || Iopl == 3 || Fail(Vector.GeneralProtection, 0);
    }

    /// <summary>What POPF does to EFLAGS.</summary>
    internal bool PopFlags(uint value, int bytes)
    {
        if (IsVirtual8086 && Iopl != 3)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        uint mask = Eflags.Arithmetic | Eflags.Tf | Eflags.Df | Eflags.Nt;
        if (bytes >= 4)
        {
            mask |= Eflags.Ac | Eflags.Id;
        }

        if (!IsProtected || _s->Cpl == 0)
        {
            mask |= Eflags.Iopl | Eflags.If;
        }
        else if (IsVirtual8086 || _s->Cpl <= Iopl)
        {
            mask |= Eflags.If;
        }

        Flags.Write(_s, value, mask & ModelFlags);
        if (bytes >= 4)
        {
            _s->Eflags &= ~Eflags.Rf;
        }

        return true;
    }

    /// <summary>MOV to CR0, LMSW and CLTS.</summary>
    internal bool WriteCr0(ulong value)
    {
        bool pe = (value & Cr0.Pe) != 0;
        if (((value & Cr0.Pg) != 0 && !pe) || ((value & Cr0.Nw) != 0 && (value & Cr0.Cd) == 0))
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        ulong old = _s->Cr0;
        _s->Cr0 = (uint)value | Cr0.Et;
        ulong changed = old ^ _s->Cr0;
        if ((changed & (Cr0.Pe | Cr0.Pg | Cr0.Wp)) != 0)
        {
            FlushTlb(keepGlobal: false);
        }

        if ((changed & Cr0.Pe) != 0)
        {
            // Hidden parts stay as they are; only their meaning changes.
            for (int i = 0; i < 6; i++)
            {
                CpuState.Segment(_s, i)->Update(UsesDescriptors);
            }

            SetCpl(_s->Cpl);
        }

        return true;
    }

    /// <summary>MOV to CR3.</summary>
    internal void WriteCr3(ulong value)
    {
        _s->Cr3 = (uint)value;
        FlushTlb(keepGlobal: (_s->Cr4 & Cr4.Pge) != 0);
    }

    /// <summary>MOV to CR4.</summary>
    internal bool WriteCr4(ulong value)
    {
        if ((value & ~Model.Cr4Bits) != 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        ulong changed = _s->Cr4 ^ value;
        _s->Cr4 = value;
        if ((changed & (Cr4.Pse | Cr4.Pae | Cr4.Pge | Cr4.Smep | Cr4.Smap)) != 0)
        {
            FlushTlb(keepGlobal: false);
        }

        return true;
    }

    /// <summary>MOV from a debug register.</summary>
    internal bool ReadDebugRegister(int number, out ulong value)
    {
        value = 0;
        if (number is 4 or 5)
        {
            if ((_s->Cr4 & Cr4.De) != 0)
            {
                return Fail(Vector.InvalidOpcode, 0);
            }

            number += 2;
        }

        value = _s->Dr[number];
        return true;
    }

    /// <summary>MOV to a debug register.</summary>
    internal bool WriteDebugRegister(int number, ulong value)
    {
        if (number is 4 or 5)
        {
            if ((_s->Cr4 & Cr4.De) != 0)
            {
                return Fail(Vector.InvalidOpcode, 0);
            }

            number += 2;
        }

        _s->Dr[number] = number switch
        {
            6 => ((uint)value & 0xE00F) | 0xFFFF_0FF0,
            7 => ((uint)value & 0xFFFF_2FFF) | 0x400,
            _ => (uint)value,
        };
        if (number == 7 && (value & 0xFF) != 0)
        {
            _log.Unimplemented($"hardware breakpoints (DR7 0x{value:x})");
        }

        return true;
    }

    /// <summary>RDMSR; an unknown register is #GP(0).</summary>
    internal bool ReadMsr(uint index, out ulong value)
    {
        value = 0;
        switch (index)
        {
            case MsrTsc when Model.HasTsc:
                value = ReadTsc();
                return true;
            case MsrApicBase when Model.HasMsr:
                value = _wiring.ReadApicBase?.Invoke() ?? 0;
                return true;
            case MsrBiosSignature:
            case MsrMcgCap:
            case MsrMcgStatus:
                return true;
            case MsrMiscEnable:
                value = _miscEnable;
                return true;
            case MsrSysenterCs:
                value = _sysenterCs;
                return true;
            case MsrSysenterEsp:
                value = _sysenterEsp;
                return true;
            case MsrSysenterEip:
                value = _sysenterEip;
                return true;
            case MsrPat when Model.HasPat:
                value = _pat;
                return true;
            case MsrEfer when Model.EferBits != 0:
                value = _s->Efer;
                return true;
        }

        if (Model.HasMtrr)
        {
            if (index == MsrMtrrCap)
            {
                // Eight variable ranges, fixed ranges, write combining.
                value = 8 | (1 << 8) | (1 << 10);
                return true;
            }

            if (MtrrSlot(index) is { Length: > 0 } slot)
            {
                value = slot[0];
                return true;
            }
        }

        _log.Unimplemented($"RDMSR 0x{index:x}");
        return Fail(Vector.GeneralProtection, 0);
    }

    /// <summary>WRMSR; an unknown register is #GP(0).</summary>
    internal bool WriteMsr(uint index, ulong value)
    {
        switch (index)
        {
            case MsrTsc when Model.HasTsc:
                _tscOffset = (long)value - _wiring.Now();
                return true;
            case MsrApicBase when Model.HasMsr:
                _wiring.WriteApicBase?.Invoke(value);
                return true;
            case MsrBiosSignature:
            case MsrMcgStatus:
                return true;
            case MsrMiscEnable:
                _miscEnable = value;
                return true;
            case MsrSysenterCs:
                _sysenterCs = value & 0xFFFF;
                return true;
            case MsrSysenterEsp:
                _sysenterEsp = value;
                return true;
            case MsrSysenterEip:
                _sysenterEip = value;
                return true;
            case MsrPat when Model.HasPat:
                _pat = value;
                return true;
            case MsrEfer when Model.EferBits != 0:
                if ((value & ~(Model.EferBits | Efer.Lma)) != 0)
                {
                    return Fail(Vector.GeneralProtection, 0);
                }

                _s->Efer = (value & Model.EferBits) | (_s->Efer & Efer.Lma);
                FlushTlb(keepGlobal: false);
                return true;
        }

        if (Model.HasMtrr && MtrrSlot(index) is { Length: > 0 } slot)
        {
            slot[0] = value;
            return true;
        }

        _log.Unimplemented($"WRMSR 0x{index:x} value 0x{value:x}");
        return Fail(Vector.GeneralProtection, 0);
    }

    /// <summary>CPUID.</summary>
    internal void Cpuid()
    {
        uint leaf = CpuState.R32(_s, Gpr.Ax);
        (uint a, uint b, uint c, uint d) = Model.Cpuid(leaf, CpuState.R32(_s, Gpr.Cx));
        if (leaf is 1 or 0x8000_0001 && ((_wiring.ReadApicBase?.Invoke() ?? 0) & ApicBaseEnable) == 0)
        {
            // An APIC that is switched off does not show.
            d &= ~(uint)Features1Edx.Apic;
        }

        _s->Gpr[Gpr.Ax] = a;
        _s->Gpr[Gpr.Bx] = b;
        _s->Gpr[Gpr.Cx] = c;
        _s->Gpr[Gpr.Dx] = d;
    }

    /// <summary>The registers as text, in the layout that QEMU's <c>-d cpu</c> has.</summary>
    public string DumpRegisters()
    {
        var text = new StringBuilder();
        CultureInfo plain = CultureInfo.InvariantCulture;
        CpuState* s = _s;
        uint flags = Flags.Read(s);
        text.Append(plain, $"EAX={R(Gpr.Ax):x8} EBX={R(Gpr.Bx):x8} ECX={R(Gpr.Cx):x8} EDX={R(Gpr.Dx):x8}\n");
        text.Append(plain, $"ESI={R(Gpr.Si):x8} EDI={R(Gpr.Di):x8} EBP={R(Gpr.Bp):x8} ESP={R(Gpr.Sp):x8}\n");
        text.Append(plain, $"EIP={(uint)s->Rip:x8} EFL={flags:x8} [{FlagLetters(flags)}] CPL={s->Cpl} II={(s->InterruptShadow ? 1 : 0)} A20={(_a20Mask == ulong.MaxValue ? 1 : 0)} SMM=0 HLT={(_halted ? 1 : 0)}\n");
        ReadOnlySpan<string> names = ["ES ", "CS ", "SS ", "DS ", "FS ", "GS ", "LDT", "TR "];
        for (int i = 0; i < names.Length; i++)
        {
            SegmentCache* segment = CpuState.Segment(s, i);
            text.Append(plain, $"{names[i]}={segment->Selector:x4} {(uint)segment->Base:x8} {segment->Limit:x8} {segment->Attributes:x8}\n");
        }

        text.Append(plain, $"GDT=     {(uint)s->GdtBase:x8} {s->GdtLimit:x8}\n");
        text.Append(plain, $"IDT=     {(uint)s->IdtBase:x8} {s->IdtLimit:x8}\n");
        text.Append(plain, $"CR0={(uint)s->Cr0:x8} CR2={(uint)s->Cr2:x8} CR3={(uint)s->Cr3:x8} CR4={(uint)s->Cr4:x8}\n");
        text.Append(plain, $"DR0={(uint)s->Dr[0]:x8} DR1={(uint)s->Dr[1]:x8} DR2={(uint)s->Dr[2]:x8} DR3={(uint)s->Dr[3]:x8} DR6={(uint)s->Dr[6]:x8} DR7={(uint)s->Dr[7]:x8}\n");
        text.Append(plain, $"EFER={s->Efer:x16}");
        return text.ToString();

        uint R(int register) => CpuState.R32(_s, register);
    }

    private static string FlagLetters(uint flags)
    {
        Span<char> letters = stackalloc char[7];
        letters[0] = (flags & Eflags.Df) != 0 ? 'D' : '-';
        letters[1] = (flags & Eflags.Of) != 0 ? 'O' : '-';
        letters[2] = (flags & Eflags.Sf) != 0 ? 'S' : '-';
        letters[3] = (flags & Eflags.Zf) != 0 ? 'Z' : '-';
        letters[4] = (flags & Eflags.Af) != 0 ? 'A' : '-';
        letters[5] = (flags & Eflags.Pf) != 0 ? 'P' : '-';
        letters[6] = (flags & Eflags.Cf) != 0 ? 'C' : '-';
        return new string(letters);
    }

    private Span<ulong> MtrrSlot(uint index) => index switch
    {
        >= MsrMtrrVariableFirst and <= MsrMtrrVariableLast => _mtrrVariable.AsSpan((int)(index - MsrMtrrVariableFirst), 1),
        MsrMtrrFix64K => _mtrrFixed.AsSpan(0, 1),
        MsrMtrrFix16K8 => _mtrrFixed.AsSpan(1, 1),
        MsrMtrrFix16KA => _mtrrFixed.AsSpan(2, 1),
        >= MsrMtrrFix4KFirst and <= MsrMtrrFix4KLast => _mtrrFixed.AsSpan(3 + (int)(index - MsrMtrrFix4KFirst), 1),
        MsrMtrrDefType => System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref _mtrrDefault, 1),
        _ => [],
    };

    private void ResetModelSpecificRegisters()
    {
        Array.Clear(_mtrrVariable);
        Array.Clear(_mtrrFixed);
        _mtrrDefault = 0;
        _pat = ResetPat;
        _miscEnable = 1;
        _sysenterCs = _sysenterEsp = _sysenterEip = 0;
        _tscOffset = -_wiring.Now();
    }
}
