using System.Runtime.CompilerServices;
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
            ulong mode = s->Tag;
            cpu.WritePort(port, S.Read(&s->Gpr[Gpr.Ax]), S.Bytes);

            // The write may have changed the memory map, or memory with code in it, under the rest of the block.
            return s->Tag == mode ? u + 1 : LeaveFor(s, u, u[1].Rip);
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

            if ((s->Eflags & Eflags.If) != 0)
            {
                return EventOrNext(s, u);
            }

            s->Eflags |= Eflags.If;
            if (OthersMayLook(s, u))
            {
                s->InterruptShadow = true;
                s->Rip = LinksOf(u)->NextRip;
                return Leave(s, u, ExitReason.Lookup);
            }

            return Flow<CrossPage>.Next(s, u);
        }
    }

    /// <summary>
    /// Whether the dispatcher takes over before the next instruction: then it has to know that interrupts are held off
    /// for that one. Otherwise the next block follows at once, and nobody can interrupt inside a block.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool OthersMayLook(CpuState* s, Uop* u) =>
        s->EventPending || (s->Eflags & Eflags.Tf) != 0 || s->Budget <= LinksOf(u)->Count;

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

            return LeaveFor(s, u, u[1].Rip);
        }
    }

    /// <summary>MOV SS and POP SS end their block; interrupts and traps are held off until the next instruction has run.</summary>
    internal readonly struct StackSegmentLoad<T> : IOp
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

            bool shadow = OthersMayLook(s, u);
            if (!shadow && s->Tag == mode)
            {
                return Flow<CrossPage>.Next(s, u);
            }

            s->InterruptShadow = s->TrapShadow = shadow;
            return LeaveFor(s, u, LinksOf(u)->NextRip);
        }
    }

    /// <summary>Leaves the chain after an instruction inside its block.</summary>
    private static Uop* LeaveFor(CpuState* s, Uop* u, ulong rip)
    {
        s->Rip = rip;
        return Leave(s, u, ExitReason.Lookup);
    }
}
