using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

internal static unsafe partial class Ops
{
    /// <summary>IN; the port is DX, or <see cref="Uop.Imm"/> when <see cref="Uop.Src"/> is not zero.</summary>
    internal readonly struct In<S> : IOp
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            X86Cpu cpu = X86Cpu.Of(s);
            int port = u->Src != 0 ? u->Imm : CpuState.R16(s, Gpr.Dx);
            if (!cpu.MayUsePort(port, S.Bytes))
            {
                return Fault(s, u);
            }

            s->Current = u;
            S.WriteRegister(&s->Gpr[Gpr.Ax], S.Cut(cpu.ReadPort(port, S.Bytes)));
            return u + 1;
        }
    }

    /// <summary>OUT.</summary>
    internal readonly struct Out<S> : IOp
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            X86Cpu cpu = X86Cpu.Of(s);
            int port = u->Src != 0 ? u->Imm : CpuState.R16(s, Gpr.Dx);
            if (!cpu.MayUsePort(port, S.Bytes))
            {
                return Fault(s, u);
            }

            s->Current = u;
            cpu.WritePort(port, S.Read(&s->Gpr[Gpr.Ax]), S.Bytes);
            return u + 1;
        }
    }

    /// <summary>CLI.</summary>
    internal readonly struct Cli : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!X86Cpu.Of(s).MayChangeInterruptFlag())
            {
                return Fault(s, u);
            }

            s->Eflags &= ~Eflags.If;
            return u + 1;
        }
    }

    /// <summary>STI: interrupts come in after the next instruction only.</summary>
    internal readonly struct Sti : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!X86Cpu.Of(s).MayChangeInterruptFlag())
            {
                return Fault(s, u);
            }

            if ((s->Eflags & Eflags.If) == 0)
            {
                s->Eflags |= Eflags.If;
                s->InterruptShadow = s->EventPending;
            }

            return EventOrNext(s, u);
        }
    }

    /// <summary>HLT.</summary>
    internal readonly struct Hlt : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (s->Cpl != 0)
            {
                return Raise(s, u, Vector.GeneralProtection);
            }

            s->Rip = LinksOf(u)->NextRip;
            return Leave(s, u, ExitReason.Halt);
        }
    }

    /// <summary>INT1: a debug trap; the gate's level is not checked.</summary>
    internal readonly struct IceBreakpoint : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            s->Rip = LinksOf(u)->NextRip;
            Leave(s, u, ExitReason.Fault);
            X86Cpu.Of(s).SetFault(Vector.Debug, 0);
            return s->ExitUop;
        }
    }

    /// <summary>An instruction that is not there: <see cref="Uop.Imm"/> is the vector, usually #UD.</summary>
    internal readonly struct Undefined : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u) => Raise(s, u, u->Imm);
    }

    /// <summary>MOV to a segment register, POP of one, and LDS to LGS end the block only when they change how code is read.</summary>
    internal readonly struct SegmentLoad<T> : IOp
        where T : struct, ISlow
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            s->Current = u;
            ulong mode = s->Tag;
            if (!T.Do(X86Cpu.Of(s), s, u))
            {
                return Fault(s, u);
            }

            if (s->Tag == mode)
            {
                return u + 1;
            }

            // Interrupts stay off for one more instruction, as they must after a load of SS.
            s->InterruptShadow = s->EventPending;
            s->Rip = u[1].Rip;
            return Leave(s, u, ExitReason.Lookup);
        }
    }
}
