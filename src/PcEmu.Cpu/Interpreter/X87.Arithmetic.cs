using System.Runtime.CompilerServices;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>An operation on two numbers.</summary>
internal interface IFpuBinary
{
    static abstract FpuResult Do(Float80 destination, Float80 source, uint control);

    /// <summary>The same when the source was denormal in memory.</summary>
    static abstract FpuResult DoDenormal(Float80 destination, Float80 source, uint control);
}

/// <summary>An operation on the number at the top, in its place.</summary>
internal interface IFpuUnary
{
    static abstract FpuResult Do(Float80 a, uint control);
}

/// <summary>Whether an instruction pops.</summary>
internal interface IPop
{
    static abstract int Count { get; }
}

internal static unsafe partial class X87
{
    internal readonly struct Keep : IPop
    {
        public static int Count => 0;
    }

    internal readonly struct PopOne : IPop
    {
        public static int Count => 1;
    }

    internal readonly struct PopTwo : IPop
    {
        public static int Count => 2;
    }

    internal readonly struct Add : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Add(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.AddRare(destination, source, control, Fsw.De);
    }

    internal readonly struct Sub : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Subtract(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.SubtractRare(destination, source, control, Fsw.De);
    }

    internal readonly struct SubReversed : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Subtract(source, destination, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.SubtractRare(source, destination, control, Fsw.De);
    }

    internal readonly struct Mul : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Multiply(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.MultiplyRare(destination, source, control, Fsw.De);
    }

    internal readonly struct Div : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Divide(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.DivideRare(destination, source, control, Fsw.De);
    }

    internal readonly struct DivReversed : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Divide(source, destination, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Float80.DivideRare(source, destination, control, Fsw.De);
    }

    /// <summary>ST(0) with ST(i), to ST(0).</summary>
    internal readonly struct ToTop<TOp> : IOp
        where TOp : struct, IFpuBinary
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Combine<TOp>(s, 0, u->Src);
            return u + 1;
        }
    }

    /// <summary>ST(i) with ST(0), to ST(i).</summary>
    internal readonly struct ToRegister<TOp, TPop> : IOp
        where TOp : struct, IFpuBinary
        where TPop : struct, IPop
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (Combine<TOp>(s, u->Src, 0) && TPop.Count != 0)
            {
                Pop(s);
            }

            return u + 1;
        }
    }

    /// <summary>ST(0) with a number in memory, to ST(0).</summary>
    internal readonly struct WithMemory<TOp, TLoad, A> : IOp
        where TOp : struct, IFpuBinary
        where TLoad : struct, IFpuLoad
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
            if (IsEmpty(s, 0))
            {
                if (Underflow(s))
                {
                    Put(St(s, 0), Float80.Indefinite);
                    MarkValid(s, 0);
                }

                return u + 1;
            }

            Float80* top = St(s, 0);
            FpuResult result = denormal ? TOp.DoDenormal(Get(top), value, s->FpuControl) : TOp.Do(Get(top), value, s->FpuControl);
            if (Settle(s, result.Status))
            {
                Put(top, result.Value);
            }

            return u + 1;
        }
    }

    /// <summary>ST(0) replaced by a function of it.</summary>
    internal readonly struct Unary<TOp> : IOp
        where TOp : struct, IFpuUnary
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Float80* top = St(s, 0);
            if (IsEmpty(s, 0))
            {
                if (Underflow(s))
                {
                    Put(top, Float80.Indefinite);
                    MarkValid(s, 0);
                }

                return u + 1;
            }

            FpuResult result = TOp.Do(Get(top), s->FpuControl);
            if (Settle(s, result.Status))
            {
                Put(top, result.Value);
            }

            return u + 1;
        }
    }

    internal readonly struct ChangeSign : IFpuUnary
    {
        public static FpuResult Do(Float80 a, uint control) => Float80.Exact(a.Negated);
    }

    internal readonly struct Magnitude : IFpuUnary
    {
        public static FpuResult Do(Float80 a, uint control) => Float80.Exact(a.Absolute);
    }

    internal readonly struct SquareRoot : IFpuUnary
    {
        public static FpuResult Do(Float80 a, uint control) => Float80.SquareRoot(a, control);
    }

    internal readonly struct RoundToIntegral : IFpuUnary
    {
        public static FpuResult Do(Float80 a, uint control) => Float80.RoundToIntegral(a, control);
    }

    internal readonly struct Scale : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Scale(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Do(destination, source, control);
    }

    /// <summary>FPREM, FPREM1.</summary>
    internal readonly struct Remainder<TNearest> : IOp
        where TNearest : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (IsEmpty(s, 0) || IsEmpty(s, 1))
            {
                if (Settle(s, Fsw.Ie | Fsw.Sf, Fsw.C1 | Fsw.C2))
                {
                    Put(St(s, 0), Float80.Indefinite);
                    MarkValid(s, 0);
                }

                return u + 1;
            }

            FpuResult result = Float80.Remainder(Get(St(s, 0)), Get(St(s, 1)), TNearest.Live, s->FpuControl);

            // Without a quotient C0 and C3 stay.
            bool divided = !result.Value.IsNaN && !Float80.Stops(result.Status, s->FpuControl);
            if (Settle(s, result.Status, divided ? Fsw.Codes : Fsw.C1 | Fsw.C2))
            {
                Put(St(s, 0), result.Value);
            }

            return u + 1;
        }
    }

    /// <summary>FXTRACT: ST(0) becomes the exponent, the significand is pushed.</summary>
    internal readonly struct Extract : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (MayReplaceAndPush(s, Fsw.C1))
            {
                FpuResult result = Float80.Extract(Get(St(s, 0)), s->FpuControl, out Float80 significand);
                if (Settle(s, result.Status))
                {
                    Put(St(s, 0), result.Value);
                    Push(s, significand);
                }
            }

            return u + 1;
        }
    }

    /// <summary>ST(destination) with ST(source). False: an unmasked exception forbids a pop too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Combine<TOp>(CpuState* s, int destination, int source)
        where TOp : struct, IFpuBinary
    {
        Float80* to = St(s, destination);
        if (IsEmpty(s, destination) || IsEmpty(s, source))
        {
            if (!Underflow(s))
            {
                return false;
            }

            Put(to, Float80.Indefinite);
            MarkValid(s, destination);
            return true;
        }

        FpuResult result = TOp.Do(Get(to), Get(St(s, source)), s->FpuControl);
        if (!Settle(s, result.Status))
        {
            return false;
        }

        Put(to, result.Value);
        return true;
    }

    /// <summary>
    /// Whether an instruction that replaces ST(0) and pushes a second result finds its operand and room; if not, the answer to
    /// the stack fault has been given.
    /// </summary>
    private static bool MayReplaceAndPush(CpuState* s, uint codes)
    {
        bool empty = IsEmpty(s, 0);
        if (!empty && IsEmpty(s, -1))
        {
            return true;
        }

        if (Settle(s, Fsw.Ie | Fsw.Sf | (empty ? 0 : Fsw.C1), codes))
        {
            Put(St(s, 0), Float80.Indefinite);
            MarkValid(s, 0);
            Push(s, Float80.Indefinite);
        }

        return false;
    }
}
