using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>Whether a branch stays in its page.</summary>
internal interface ILink
{
    /// <summary>Links need no tag.</summary>
    static abstract bool SamePage { get; }
}

internal readonly struct InPage : ILink
{
    static bool ILink.SamePage => true;
}

internal readonly struct CrossPage : ILink
{
    static bool ILink.SamePage => false;
}

/// <summary>Ways from block to block.</summary>
internal static unsafe class Flow<L>
    where L : struct, ILink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Uop* Taken(CpuState* s, Uop* u)
    {
        Links* links = Ops.LinksOf(u);
        if ((s->Budget -= links->Count) <= 0)
        {
            return FlowSlow.OutOfBudget(s, links->TakenRip);
        }

        if (L.SamePage ? links->Taken != null : links->TakenTag == s->Tag)
        {
            return links->Taken;
        }

        return FlowSlow.LinkTaken(s, links, L.SamePage);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Uop* Next(CpuState* s, Uop* u)
    {
        Links* links = Ops.LinksOf(u);
        if ((s->Budget -= links->Count) <= 0)
        {
            return FlowSlow.OutOfBudget(s, links->NextRip);
        }

        if (L.SamePage ? links->Next != null : links->NextTag == s->Tag)
        {
            return links->Next;
        }

        return FlowSlow.LinkNext(s, links, L.SamePage);
    }
}

/// <summary>The rarer ways from block to block.</summary>
internal static unsafe class FlowSlow
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Uop* OutOfBudget(CpuState* s, ulong rip)
    {
        s->Rip = rip;
        s->Exit = ExitReason.Budget;
        return s->ExitUop;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Uop* LinkTaken(CpuState* s, Links* links, bool samePage)
    {
        s->Rip = links->TakenRip;
        Uop* code = X86Cpu.Of(s).Lookup(links->TakenRip, out bool linkable);
        if (linkable || !samePage)
        {
            links->Taken = code == s->ExitUop ? null : code;
            links->TakenTag = code == s->ExitUop ? 0 : s->Tag;
        }

        return code;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Uop* LinkNext(CpuState* s, Links* links, bool samePage)
    {
        s->Rip = links->NextRip;
        Uop* code = X86Cpu.Of(s).Lookup(links->NextRip, out bool linkable);
        if (linkable || !samePage)
        {
            links->Next = code == s->ExitUop ? null : code;
            links->NextTag = code == s->ExitUop ? 0 : s->Tag;
        }

        return code;
    }

    /// <summary>Goes to an address that was computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Uop* Indirect(CpuState* s, Uop* u, ulong rip)
    {
        if ((s->Budget -= Ops.LinksOf(u)->Count) <= 0)
        {
            return OutOfBudget(s, rip);
        }

        JumpCacheEntry* entry = s->JumpCache + JumpCacheEntry.IndexOf(rip);
        if (entry->Rip == rip && entry->Tag == s->Tag && entry->CsBase == CpuState.Segment(s, Seg.Cs)->Base)
        {
            return entry->Code;
        }

        return Missed(s, rip);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Uop* Missed(CpuState* s, ulong rip)
    {
        s->Rip = rip;
        return X86Cpu.Of(s).Lookup(rip, out _);
    }
}

internal static unsafe partial class Ops
{
    /// <summary>Whether a near branch may go to <paramref name="rip"/>; if not, #GP(0) is set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TargetInLimit<A>(CpuState* s, ulong rip)
        where A : struct, IAddress
    {
        if (typeof(A) == typeof(Segmented) && rip > CpuState.Segment(s, Seg.Cs)->Limit)
        {
            X86Cpu.Of(s).SetFault(Vector.GeneralProtection, 0);
            return false;
        }

        return true;
    }

    /// <summary>JMP near, direct.</summary>
    internal readonly struct Jmp<A, L> : IOp
        where A : struct, IAddress
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            TargetInLimit<A>(s, LinksOf(u)->TakenRip) ? Flow<L>.Taken(s, u) : Fault(s, u);
    }

    /// <summary>Jcc; <see cref="Uop.Imm"/> is the condition.</summary>
    internal readonly struct Jcc<A, L> : IOp
        where A : struct, IAddress
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Flags.Condition(s, u->Imm))
            {
                return Flow<L>.Next(s, u);
            }

            return TargetInLimit<A>(s, LinksOf(u)->TakenRip) ? Flow<L>.Taken(s, u) : Fault(s, u);
        }
    }

    /// <summary>CMP, SUB, TEST or AND with the Jcc that follows it: the condition comes from the operands.</summary>
    internal readonly struct CompareAndBranch<TOp, TCond, S, D, T, L> : IOp
        where TOp : struct, IBinary
        where TCond : struct, ICondition
        where S : struct, ISize
        where D : struct, IOperand
        where T : struct, IOperand
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong b))
            {
                return Fault(s, u);
            }

            ulong a;
            if (D.IsMemory)
            {
                if (!D.Read<S>(s, u, out a))
                {
                    return Fault(s, u);
                }
            }
            else
            {
                a = S.Read((byte*)s + u->Dst);
            }

            ulong r = S.Cut(TOp.Do(a, b, 0));
            SetLazy<S>(s, TOp.Kind(0), r, b);
            bool taken = TOp.Kind(0) == FlagsKind.Sub ? TCond.AfterCompare<S>(a, b) : TCond.AfterTest<S>(r);
            return taken ? Flow<L>.Taken(s, u) : Flow<L>.Next(s, u);
        }
    }

    /// <summary>LOOP, LOOPE, LOOPNE and JCXZ; <see cref="Uop.Imm"/>: 0 LOOPNE, 1 LOOPE, 2 LOOP, 3 JCXZ.</summary>
    internal readonly struct Loop<A, S, L> : IOp
        where A : struct, IAddress
        where S : struct, ISize
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong count = S.Read(&s->Gpr[Gpr.Cx]);
            bool taken;
            if (u->Imm == 3)
            {
                taken = count == 0;
            }
            else
            {
                count = S.Cut(count - 1);
                taken = count != 0 && (u->Imm == 2 || Flags.Condition(s, 4) == (u->Imm == 1));
            }

            if (taken && !TargetInLimit<A>(s, LinksOf(u)->TakenRip))
            {
                return Fault(s, u);
            }

            if (u->Imm != 3)
            {
                S.WriteRegister(&s->Gpr[Gpr.Cx], count);
            }

            return taken ? Flow<L>.Taken(s, u) : Flow<L>.Next(s, u);
        }
    }

    /// <summary>CALL near, direct.</summary>
    internal readonly struct Call<A, S, L> : IOp
        where A : struct, IAddress
        where S : struct, ISize
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            TargetInLimit<A>(s, LinksOf(u)->TakenRip) && PushValue<A, S>(s, u, LinksOf(u)->NextRip)
                ? Flow<L>.Taken(s, u)
                : Fault(s, u);
    }

    /// <summary>JMP near, indirect.</summary>
    internal readonly struct JmpIndirect<A, S, T> : IOp
        where A : struct, IAddress
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            T.Read<S>(s, u, out ulong target) && TargetInLimit<A>(s, target) ? FlowSlow.Indirect(s, u, target) : Fault(s, u);
    }

    /// <summary>CALL near, indirect.</summary>
    internal readonly struct CallIndirect<A, S, T> : IOp
        where A : struct, IAddress
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            Uop stack = default;
            Uop* width = u;
            if (T.IsMemory && typeof(A) == typeof(Segmented))
            {
                // AddressCut is the operand's; the stack's is in the immediate.
                stack.AddressCut = (byte)u->Imm;
                width = &stack;
            }

            return T.Read<S>(s, u, out ulong target)
                && TargetInLimit<A>(s, target)
                && PushValue<A, S>(s, u, width, LinksOf(u)->NextRip)
                ? FlowSlow.Indirect(s, u, target)
                : Fault(s, u);
        }
    }

    /// <summary>RET near; <see cref="Uop.Imm"/> bytes of arguments are dropped.</summary>
    internal readonly struct Ret<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong sp = StackPointer<A>(s, u);
            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: false, out ulong linear)
                || !Guest.Load<S>(s, u, linear, out ulong target)
                || !TargetInLimit<A>(s, target))
            {
                return Fault(s, u);
            }

            SetStackPointer<A>(s, u, sp + (uint)S.Bytes + (uint)u->Imm);
            return FlowSlow.Indirect(s, u, target);
        }
    }
}

/// <summary>A condition evaluated on the operands of the compare before it.</summary>
internal interface ICondition
{
    /// <summary>After a subtraction of <paramref name="b"/> from <paramref name="a"/>.</summary>
    static abstract bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize;

    /// <summary>After a logic operation with result <paramref name="r"/>: CF and OF are clear.</summary>
    static abstract bool AfterTest<S>(ulong r)
        where S : struct, ISize;
}

internal readonly struct CondB : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => a < b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => false;
}

internal readonly struct CondE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => a == b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => r == 0;
}

internal readonly struct CondBe : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => a <= b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => r == 0;
}

internal readonly struct CondS : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => S.Sign(S.Cut(a - b)) < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => S.Sign(r) < 0;
}

internal readonly struct CondL : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => S.Sign(a) < S.Sign(b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => S.Sign(r) < 0;
}

internal readonly struct CondLe : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => S.Sign(a) <= S.Sign(b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => S.Sign(r) <= 0;
}

/// <summary>The opposite of a condition.</summary>
internal readonly struct Not<C> : ICondition
    where C : struct, ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterCompare<S>(ulong a, ulong b)
        where S : struct, ISize => !C.AfterCompare<S>(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AfterTest<S>(ulong r)
        where S : struct, ISize => !C.AfterTest<S>(r);
}
