using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// Rare operations that came with long mode, or beside it.
internal static unsafe partial class SlowOps
{
    /// <summary>SYSCALL.</summary>
    internal readonly struct Syscall : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.Syscall();
    }

    /// <summary>SYSRET; <see cref="Uop.Src"/> is the operand size.</summary>
    internal readonly struct Sysret : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.Sysret(u->Src);
    }

    /// <summary>SYSENTER.</summary>
    internal readonly struct Sysenter : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.Sysenter();
    }

    /// <summary>SYSEXIT; <see cref="Uop.Src"/> is the operand size.</summary>
    internal readonly struct Sysexit : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.Sysexit(u->Src);
    }

    /// <summary>SWAPGS.</summary>
    internal readonly struct Swapgs : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.Swapgs();
    }

    /// <summary>CLAC and STAC: <see cref="Uop.Imm"/> is the new EFLAGS.AC.</summary>
    internal readonly struct ChangeAccessControl : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if ((cpu.Model.Cr4Bits & Cr4.Smap) == 0 || s->Cpl != 0)
            {
                cpu.SetFault(Vector.InvalidOpcode, 0);
                return false;
            }

            s->Eflags = u->Imm != 0 ? s->Eflags | Eflags.Ac : s->Eflags & ~Eflags.Ac;
            return true;
        }
    }

    /// <summary>RDTSCP.</summary>
    internal readonly struct Rdtscp : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.Model.HasRdtscp)
            {
                cpu.SetFault(Vector.InvalidOpcode, 0);
                return false;
            }

            if (!Rdtsc.Do(cpu, s, u))
            {
                return false;
            }

            s->Gpr[Gpr.Cx] = s->TscAux;
            return true;
        }
    }

    /// <summary>CMPXCHG16B: the operand must be aligned; memory is written in either case; only ZF changes.</summary>
    internal readonly struct CmpXchg16b<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.Model.Has(Features1Ecx.Cx16))
            {
                cpu.SetFault(Vector.InvalidOpcode, 0);
                return false;
            }

            if (!A.Linear(s, u->Seg, A.Offset(s, u), 16, write: true, out ulong linear))
            {
                return false;
            }

            if ((linear & 15) != 0 && Canonical.Is(linear, 16))
            {
                cpu.SetFault(Vector.GeneralProtection, 0);
                return false;
            }

            // Aligned, it lies in one page: when one half can be written, so can the other.
            if (!Guest.LoadForUpdate(s, u, linear, 8, out ulong low) || !Guest.Load<B8>(s, u, linear + 8, out ulong high))
            {
                return false;
            }

            bool equal = low == s->Gpr[Gpr.Ax] && high == s->Gpr[Gpr.Dx];
            if (!Guest.Store<B8>(s, u, linear, equal ? s->Gpr[Gpr.Bx] : low)
                || !Guest.Store<B8>(s, u, linear + 8, equal ? s->Gpr[Gpr.Cx] : high))
            {
                return false;
            }

            if (!equal)
            {
                s->Gpr[Gpr.Ax] = low;
                s->Gpr[Gpr.Dx] = high;
            }

            SetZero(s, equal);
            return true;
        }
    }
}
