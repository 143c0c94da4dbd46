using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// The stack. In operations on it, Uop.AddressCut is 16 when SS.B is clear.
internal static unsafe partial class Ops
{
    /// <summary>SP, ESP or RSP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong StackPointer<A>(CpuState* s, Uop* u)
        where A : struct, IAddress =>
        A.Is64 ? s->Gpr[Gpr.Sp] : typeof(A) == typeof(Flat) ? CpuState.R32(s, Gpr.Sp) : CpuState.R32(s, Gpr.Sp) & (uint.MaxValue >> u->AddressCut);

    /// <summary>Cuts a stack offset to the stack's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong CutStack<A>(Uop* u, ulong offset)
        where A : struct, IAddress =>
        A.Is64 ? offset : typeof(A) == typeof(Flat) ? (uint)offset : (uint)offset & (uint.MaxValue >> u->AddressCut);

    /// <summary>Sets the stack pointer; with a 16-bit stack the upper half of ESP stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetStackPointer<A>(CpuState* s, Uop* u, ulong value)
        where A : struct, IAddress
    {
        if (A.Is64)
        {
            s->Gpr[Gpr.Sp] = value;
        }
        else if (typeof(A) == typeof(Flat) || u->AddressCut == 0)
        {
            s->Gpr[Gpr.Sp] = (uint)value;
        }
        else
        {
            CpuState.R16(s, Gpr.Sp) = (ushort)value;
        }
    }

    /// <summary>Pushes a value; false when a fault was set up, and then nothing has changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PushValue<A, S>(CpuState* s, Uop* u, ulong value)
        where A : struct, IAddress
        where S : struct, ISize => PushValue<A, S>(s, u, u, value);

    /// <summary>Pushes with the stack's width taken from another operation than the one at work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PushValue<A, S>(CpuState* s, Uop* u, Uop* stack, ulong value)
        where A : struct, IAddress
        where S : struct, ISize
    {
        ulong sp = CutStack<A>(stack, StackPointer<A>(s, stack) - (uint)S.Bytes);
        if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: true, out ulong linear) || !Guest.Store<S>(s, u, linear, value))
        {
            return false;
        }

        SetStackPointer<A>(s, stack, sp);
        return true;
    }

    /// <summary>
    /// Whether a push would go to a canonical address; if not, #SS(0) is set up. For operations whose <see cref="Uop.Seg"/>
    /// is that of a memory operand, so that a failed access would not be known for one to the stack.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool StackIsCanonical<A, S>(CpuState* s)
        where A : struct, IAddress
        where S : struct, ISize
    {
        if (A.Is64 && !Canonical.Is(s->Gpr[Gpr.Sp] - (uint)S.Bytes))
        {
            X86Cpu.Of(s).SetFault(Vector.Stack, 0);
            return false;
        }

        return true;
    }

    /// <summary>PUSH of a register or an immediate.</summary>
    internal readonly struct Push<A, S, T> : IOp
        where A : struct, IAddress
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            T.Read<S>(s, u, out ulong value) && PushValue<A, S>(s, u, value) ? u + 1 : Fault(s, u);
    }

    /// <summary>PUSH of memory. <see cref="Uop.Imm"/> is the stack's cut, <see cref="Uop.AddressCut"/> the operand's.</summary>
    internal readonly struct PushMemory<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            Uop stack = *u;
            stack.AddressCut = (byte)u->Imm;
            return Mem<A>.Read<S>(s, u, out ulong value) && StackIsCanonical<A, S>(s) && PushValue<A, S>(s, u, &stack, value) ? u + 1 : Fault(s, u);
        }
    }

    /// <summary>PUSH of a segment register; a 32-bit push writes only the selector's 16 bits, as real CPUs do.</summary>
    internal readonly struct PushSegment<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = CutStack<A>(u, StackPointer<A>(s, u) - (uint)S.Bytes);
            ulong selector = CpuState.Segment(s, u->Imm)->Selector;
            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: true, out ulong linear)
                || !(S.Bytes == 8 ? Guest.Store<B8>(s, u, linear, selector) : Guest.Store<B2>(s, u, linear, selector)))
            {
                return Fault(s, u);
            }

            SetStackPointer<A>(s, u, sp);
            return u + 1;
        }
    }

    /// <summary>POP into a register.</summary>
    internal readonly struct PopRegister<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = StackPointer<A>(s, u);
            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: false, out ulong linear) || !Guest.Load<S>(s, u, linear, out ulong value))
            {
                return Fault(s, u);
            }

            // The pointer first: POP SP leaves the popped value in it.
            SetStackPointer<A>(s, u, sp + (uint)S.Bytes);
            S.WriteRegister((byte*)s + u->Dst, value);
            return u + 1;
        }
    }

    /// <summary>POP into memory. An address made with ESP uses its value after the pop. <see cref="Uop.Imm"/> is the stack's cut.</summary>
    internal readonly struct PopMemory<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            Uop stack = *u;
            stack.AddressCut = (byte)u->Imm;
            ulong sp = StackPointer<A>(s, &stack);
            if (A.Is64 && !Canonical.Is(sp))
            {
                return Raise(s, u, Vector.Stack);
            }

            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: false, out ulong linear) || !Guest.Load<S>(s, u, linear, out ulong value))
            {
                return Fault(s, u);
            }

            ulong before = s->Gpr[Gpr.Sp];
            SetStackPointer<A>(s, &stack, sp + (uint)S.Bytes);
            if (!A.Linear(s, u->Seg, A.Offset(s, u), S.Bytes, write: true, out linear) || !Guest.Store<S>(s, u, linear, value))
            {
                s->Gpr[Gpr.Sp] = before;
                return Fault(s, u);
            }

            return u + 1;
        }
    }

    /// <summary>LEAVE.</summary>
    internal readonly struct LeaveFrame<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong frame = CutStack<A>(u, s->Gpr[Gpr.Bp]);
            if (!A.Linear(s, Seg.Ss, frame, S.Bytes, write: false, out ulong linear) || !Guest.Load<S>(s, u, linear, out ulong value))
            {
                return Fault(s, u);
            }

            SetStackPointer<A>(s, u, frame + (uint)S.Bytes);
            S.WriteRegister(&s->Gpr[Gpr.Bp], value);
            return u + 1;
        }
    }

    /// <summary>ENTER; <see cref="Uop.Imm"/> is the frame's size, <see cref="Uop.Disp"/> the nesting level.</summary>
    internal readonly struct Enter<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            int level = u->Disp & 31;
            ulong sp = StackPointer<A>(s, u);
            ulong frame = CutStack<A>(u, sp - (uint)S.Bytes);
            ulong bp = CutStack<A>(u, s->Gpr[Gpr.Bp]);
            if (!StoreStack(s, u, frame, S.Read(&s->Gpr[Gpr.Bp])))
            {
                return Fault(s, u);
            }

            ulong at = frame;
            for (int i = 1; i < level; i++)
            {
                bp = CutStack<A>(u, bp - (uint)S.Bytes);
                at = CutStack<A>(u, at - (uint)S.Bytes);
                if (!A.Linear(s, Seg.Ss, bp, S.Bytes, write: false, out ulong linear)
                    || !Guest.Load<S>(s, u, linear, out ulong link)
                    || !StoreStack(s, u, at, link))
                {
                    return Fault(s, u);
                }
            }

            if (level > 0)
            {
                at = CutStack<A>(u, at - (uint)S.Bytes);
                if (!StoreStack(s, u, at, frame))
                {
                    return Fault(s, u);
                }
            }

            // The new top of the stack must be writable, although nothing is written there.
            at = CutStack<A>(u, at - (ushort)u->Imm);
            if (!A.Linear(s, Seg.Ss, at, S.Bytes, write: true, out ulong top)
                || (Guest.Pointer<S>(s, top) == null && !Guest.LoadForUpdate(s, u, top, S.Bytes, out _)))
            {
                return Fault(s, u);
            }

            S.WriteRegister(&s->Gpr[Gpr.Bp], frame);
            SetStackPointer<A>(s, u, at);
            return u + 1;
        }

        private static bool StoreStack(CpuState* s, Uop* u, ulong offset, ulong value) =>
            A.Linear(s, Seg.Ss, offset, S.Bytes, write: true, out ulong linear) && Guest.Store<S>(s, u, linear, value);
    }

    /// <summary>PUSHA.</summary>
    internal readonly struct PushAll<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = StackPointer<A>(s, u);
            for (int i = 0; i < 8; i++)
            {
                ulong at = CutStack<A>(u, sp - (uint)(S.Bytes * (i + 1)));
                if (!A.Linear(s, Seg.Ss, at, S.Bytes, write: true, out ulong linear)
                    || !Guest.Store<S>(s, u, linear, S.Read(&s->Gpr[i])))
                {
                    return Fault(s, u);
                }
            }

            SetStackPointer<A>(s, u, CutStack<A>(u, sp - (8u * (uint)S.Bytes)));
            return u + 1;
        }
    }

    /// <summary>POPA: the saved stack pointer is skipped.</summary>
    internal readonly struct PopAll<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = StackPointer<A>(s, u);
            ulong* values = stackalloc ulong[8];
            for (int i = 0; i < 8; i++)
            {
                ulong at = CutStack<A>(u, sp + (uint)(S.Bytes * i));
                if (!A.Linear(s, Seg.Ss, at, S.Bytes, write: false, out ulong linear) || !Guest.Load<S>(s, u, linear, out values[i]))
                {
                    return Fault(s, u);
                }
            }

            for (int i = 0; i < 8; i++)
            {
                if (7 - i != Gpr.Sp)
                {
                    S.WriteRegister(&s->Gpr[7 - i], values[i]);
                }
            }

            SetStackPointer<A>(s, u, CutStack<A>(u, sp + (8u * (uint)S.Bytes)));
            return u + 1;
        }
    }

    /// <summary>PUSHF. In virtual-8086 mode only with IOPL 3 (or VME).</summary>
    internal readonly struct PushFlags<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!X86Cpu.Of(s).FlagsToPush(out uint flags))
            {
                return Fault(s, u);
            }

            return PushValue<A, S>(s, u, flags) ? u + 1 : Fault(s, u);
        }
    }

    /// <summary>POPF. Ends the chain when an interrupt could come in or single-stepping begins.</summary>
    internal readonly struct PopFlags<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = StackPointer<A>(s, u);
            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: false, out ulong linear)
                || !Guest.Load<S>(s, u, linear, out ulong value)
                || !X86Cpu.Of(s).PopFlags((uint)value, S.Bytes))
            {
                return Fault(s, u);
            }

            SetStackPointer<A>(s, u, CutStack<A>(u, sp + (uint)S.Bytes));
            return EventOrNext(s, u);
        }
    }

    /// <summary>After an instruction that may have let interrupts in: the block goes on only if nothing waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Uop* EventOrNext(CpuState* s, Uop* u)
    {
        if (s->EventPending || (s->Eflags & Eflags.Tf) != 0)
        {
            s->Rip = LinksOf(u)->NextRip;
            return Leave(s, u, ExitReason.Lookup);
        }

        return Flow<CrossPage>.Next(s, u);
    }
}
