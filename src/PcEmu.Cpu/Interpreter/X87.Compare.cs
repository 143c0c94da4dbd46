using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

internal static unsafe partial class X87
{
    private const uint Unordered = Fsw.C3 | Fsw.C2 | Fsw.C0;

    /// <summary>FCOM and FUCOM with ST(i), with pops.</summary>
    internal readonly struct Compare<TOrdered, TPop> : IOp
        where TOrdered : struct, IFlagUse
        where TPop : struct, IPop
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            uint status = IsEmpty(s, 0) || IsEmpty(s, u->Src)
                ? Unordered | Fsw.Ie | Fsw.Sf
                : Float80.Compare(Get(St(s, 0)), Get(St(s, u->Src)), TOrdered.Live);
            Conclude<TPop>(s, status);
            return u + 1;
        }
    }

    /// <summary>FCOM and FICOM with memory.</summary>
    internal readonly struct CompareMemory<TLoad, TPop, A> : IOp
        where TLoad : struct, IFpuLoad
        where TPop : struct, IPop
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            ulong offset = A.Offset(s, u);
            if (!TLoad.Load<A>(s, u, offset, out Float80 value, out bool denormal))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u, offset);
            uint status = IsEmpty(s, 0)
                ? Unordered | Fsw.Ie | Fsw.Sf
                : Float80.Compare(Get(St(s, 0)), value, ordered: true, denormal ? Fsw.De : 0);
            Conclude<TPop>(s, status);
            return u + 1;
        }
    }

    /// <summary>FTST.</summary>
    internal readonly struct Test : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            uint status = IsEmpty(s, 0)
                ? Unordered | Fsw.Ie | Fsw.Sf
                : Float80.Compare(Get(St(s, 0)), Float80.Zero, ordered: true);
            Conclude<Keep>(s, status);
            return u + 1;
        }
    }

    /// <summary>FCOMI, FUCOMI: the outcome goes to EFLAGS.</summary>
    internal readonly struct CompareFlags<TOrdered, TPop> : IOp
        where TOrdered : struct, IFlagUse
        where TPop : struct, IPop
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            uint status = IsEmpty(s, 0) || IsEmpty(s, u->Src)
                ? Unordered | Fsw.Ie | Fsw.Sf
                : Float80.Compare(Get(St(s, 0)), Get(St(s, u->Src)), TOrdered.Live);

            // C3, C2 and C0 lie as ZF, PF and CF do, eight bits higher. They are set even by an unmasked exception.
            Flags.Set(s, (status & Unordered) >> 8);
            if (Settle(s, status & ~Unordered, (status & Fsw.Sf) != 0 ? Fsw.C1 : 0) && TPop.Count != 0)
            {
                Pop(s);
            }

            return u + 1;
        }
    }

    /// <summary>FXAM: an empty register has a sign too.</summary>
    internal readonly struct Examine : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Float80 value = Get(St(s, 0));
            uint codes = IsEmpty(s, 0) ? Fsw.C3 | Fsw.C0 | (value.Sign != 0 ? Fsw.C1 : 0) : value.Examine();
            Settle(s, codes, Fsw.Codes);
            return u + 1;
        }
    }

    private static void Conclude<TPop>(CpuState* s, uint status)
        where TPop : struct, IPop
    {
        if (Settle(s, status, Fsw.Codes))
        {
            for (int i = 0; i < TPop.Count; i++)
            {
                Pop(s);
            }
        }
    }
}
