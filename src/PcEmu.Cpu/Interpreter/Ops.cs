using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>An operation that is carried out by a method of the CPU: for what is rare.</summary>
internal unsafe interface ISlow
{
    /// <summary>Carries it out; false when a fault was set up. All checks come before anything is committed.</summary>
    static abstract bool Do(X86Cpu cpu, CpuState* s, Uop* u);
}

/// <summary>The bodies of all operations.</summary>
internal static unsafe partial class Ops
{
    /// <summary>Leaves the chain because the instruction set up a fault, or has to be run again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Uop* Fault(CpuState* s, Uop* u)
    {
        s->Budget -= u->Count;
        s->Rip = u->Rip;
        return s->ExitUop;
    }

    /// <summary>Sets up an exception with error code and leaves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Uop* Raise(CpuState* s, Uop* u, int vector, uint error = 0)
    {
        X86Cpu.Of(s).SetFault(vector, error);
        return Fault(s, u);
    }

    /// <summary>Leaves the chain after an instruction that ended its block; RIP is set already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Uop* Leave(CpuState* s, Uop* u, ExitReason reason)
    {
        s->Budget -= u->Count + 1;
        s->Exit = reason;
        return s->ExitUop;
    }

    /// <summary>The links behind an operation that ends a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Links* LinksOf(Uop* u) => (Links*)(u + 1);

    /// <summary>Stays where it is: the shell sees the chain's end.</summary>
    internal readonly struct ExitChain : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u) => u;
    }

    /// <summary>NOP and the hints that do nothing here.</summary>
    internal readonly struct Nop : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u) => u + 1;
    }

    /// <summary>A rare operation inside a block.</summary>
    internal readonly struct Slow<T> : IOp
        where T : struct, ISlow
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            s->Current = u;
            return T.Do(X86Cpu.Of(s), s, u) ? u + 1 : Fault(s, u);
        }
    }

    /// <summary>A rare operation that may have changed how code is read: it ends its block. RIP is set before, so that it may be changed.</summary>
    internal readonly struct SlowEnd<T> : IOp
        where T : struct, ISlow
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            s->Current = u;
            s->Rip = LinksOf(u)->NextRip;
            return T.Do(X86Cpu.Of(s), s, u) ? Leave(s, u, ExitReason.Lookup) : Fault(s, u);
        }
    }

    /// <summary>The end of a block that was cut for its length, its page or a change of mode ahead.</summary>
    internal readonly struct Continue<L> : IOp
        where L : struct, ILink
    {
        public static Uop* Run(CpuState* s, Uop* u) => Flow<L>.Next(s, u);
    }
}
