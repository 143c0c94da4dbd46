using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

internal static unsafe partial class X87
{
    /// <summary>F2XM1.</summary>
    internal readonly struct PowerMinusOne : IFpuUnary
    {
        public static FpuResult Do(Float80 a, uint control) => Float80.PowerMinusOne(a, control);
    }

    /// <summary>FYL2X: ST(1) is the factor.</summary>
    internal readonly struct Logarithm : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Logarithm(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Do(destination, source, control);
    }

    /// <summary>FYL2XP1.</summary>
    internal readonly struct LogarithmOfOnePlus : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.LogarithmOfOnePlus(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Do(destination, source, control);
    }

    /// <summary>FPATAN: ST(1) is y.</summary>
    internal readonly struct Arctangent : IFpuBinary
    {
        public static FpuResult Do(Float80 destination, Float80 source, uint control) => Float80.Arctangent(destination, source, control);

        public static FpuResult DoDenormal(Float80 destination, Float80 source, uint control) => Do(destination, source, control);
    }

    /// <summary>FSIN (live) and FCOS (dead).</summary>
    internal readonly struct Circular<TSine> : IOp
        where TSine : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (IsEmpty(s, 0))
            {
                if (Settle(s, Fsw.Ie | Fsw.Sf, Fsw.C1 | Fsw.C2))
                {
                    Put(St(s, 0), Float80.Indefinite);
                    MarkValid(s, 0);
                }

                return u + 1;
            }

            FpuResult sine = Float80.SineAndCosine(Get(St(s, 0)), s->FpuControl, out FpuResult cosine);
            FpuResult result = TSine.Live ? sine : cosine;
            if (Settle(s, result.Status, Fsw.C1 | Fsw.C2))
            {
                Put(St(s, 0), result.Value);
            }

            return u + 1;
        }
    }

    /// <summary>FSINCOS: ST(0) becomes the sine, the cosine is pushed.</summary>
    internal readonly struct SineAndCosine : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (MayReplaceAndPush(s, Fsw.C1 | Fsw.C2))
            {
                FpuResult sine = Float80.SineAndCosine(Get(St(s, 0)), s->FpuControl, out FpuResult cosine);
                Replace(s, sine.With(cosine.Status & ~Fsw.C1), cosine.Value);
            }

            return u + 1;
        }
    }

    /// <summary>FPTAN: ST(0) becomes the tangent, 1 is pushed.</summary>
    internal readonly struct Tangent : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (MayReplaceAndPush(s, Fsw.C1 | Fsw.C2))
            {
                FpuResult result = Float80.Tangent(Get(St(s, 0)), s->FpuControl);
                Replace(s, result, result.Value.IsNaN ? result.Value : Float80.One);
            }

            return u + 1;
        }
    }

    /// <summary>Puts a result in ST(0) and pushes a second one, unless the angle was too large.</summary>
    private static void Replace(CpuState* s, FpuResult result, Float80 second)
    {
        if (Settle(s, result.Status, Fsw.C1 | Fsw.C2) && (result.Status & Fsw.C2) == 0)
        {
            Put(St(s, 0), result.Value);
            Push(s, second);
        }
    }
}
