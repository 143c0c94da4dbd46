namespace PcEmu.Cpu.Fpu;

// F2XM1, FYL2X, FYL2XP1.
public readonly partial struct Float80
{
    private static Wide WideLogEOf2 => new(new UInt128(0xB172_17F7_D1CF_79AB, 0xC9E3_B398_03F2_F6AF), -1);

    private static Wide TwoLog2OfE => new(new UInt128(0xB8AA_3B29_5C17_F0BB, 0xBE87_FED0_691D_3E89), 1);

    /// <summary>2^a - 1 for a from -1 to 1.</summary>
    public static FpuResult PowerMinusOne(Float80 a, uint control)
    {
        if (TakesNaN(a, out FpuResult result))
        {
            return result;
        }

        uint status = DenormalStatus(a);
        if (Stops(status, control) || a.IsZero)
        {
            return new FpuResult(a, status);
        }

        if (a.IsInfinity)
        {
            return a.Sign == 0 ? Exact(a) : Exact(One.Negated);
        }

        if (a.Exponent > Bias || (a.Exponent == Bias && a.Mantissa != Integer))
        {
            // Outside its domain the instruction leaves the operand, as inexact.
            return new FpuResult(a, status | Fsw.Pe);
        }

        Wide x = Wide.From(a);
        int step = x.Exponent < -6 ? 0 : (int)(((ulong)(x.Mantissa >> 64) >> (57 - x.Exponent)) + 1) >> 1;
        step = x.Negative ? -step : step;
        Wide power = (x - Wide.From(step, -5)) * WideLogEOf2;

        // e^t - 1 = t * (1 + t/2! + ...)
        UInt128 fraction = power.ToFraction();
        UInt128 series = power.Negative
            ? Wide.Alternating(ExponentialCoefficients, fraction)
            : Wide.Rising(ExponentialCoefficients, fraction);
        Wide less = power * Wide.Fixed(series, 0);
        if (step != 0)
        {
            Wide stepPower = new(Entry(Powers, step & 31), step >> 5);
            less = stepPower + (stepPower * less) - Wide.One;
        }

        return less.Round(control, status);
    }

    /// <summary>y * log2(x).</summary>
    public static FpuResult Logarithm(Float80 y, Float80 x, uint control)
    {
        if (TakesNaN(y, x, out FpuResult result))
        {
            return result;
        }

        if (x.IsZero)
        {
            if (y.IsZero)
            {
                return Invalid();
            }

            return y.IsInfinity
                ? Infinity(y.Sign ^ SignBit)
                : Infinity(y.Sign ^ SignBit, Fsw.Ze);
        }

        bool isOne = x.Equals(One);
        if (x.Sign != 0 || (x.IsInfinity && y.IsZero) || (isOne && y.IsInfinity))
        {
            return Invalid();
        }

        uint status = DenormalStatus(y) | DenormalStatus(x);
        if (Stops(status, control))
        {
            return new FpuResult(y, status);
        }

        uint sign = y.Sign ^ (x.Exponent < Bias ? SignBit : 0);
        if (x.IsInfinity || y.IsInfinity)
        {
            return Infinity(sign, status);
        }

        if (y.IsZero || isOne)
        {
            return ZeroOf(sign, status);
        }

        return (Wide.From(y) * Log2(Wide.From(x))).Round(control, status);
    }

    /// <summary>y * log2(x + 1), exact for small x.</summary>
    public static FpuResult LogarithmOfOnePlus(Float80 y, Float80 x, uint control)
    {
        if (TakesNaN(y, x, out FpuResult result))
        {
            return result;
        }

        if ((x.IsZero && y.IsInfinity) || (x.IsInfinity && (y.IsZero || x.Sign != 0)))
        {
            return Invalid();
        }

        uint status = DenormalStatus(y) | DenormalStatus(x);
        if (Stops(status, control))
        {
            return new FpuResult(y, status);
        }

        uint sign = x.Sign ^ y.Sign;
        if (x.IsInfinity || y.IsInfinity)
        {
            return Infinity(sign, status);
        }

        if (x.IsZero || y.IsZero)
        {
            return ZeroOf(sign, status);
        }

        if (x.Sign != 0 && x.Exponent >= Bias)
        {
            // Outside its domain the instruction gives the operand, as inexact.
            return new FpuResult(x, status | Fsw.Pe);
        }

        Wide argument = Wide.From(x);
        Wide sum = Wide.One + argument;
        Wide logarithm = argument.Exponent < -6 ? TwoLog2OfE * AreaTangent(argument / (sum + Wide.One)) : Log2(sum);
        return (Wide.From(y) * logarithm).Round(control, status);
    }

    /// <summary>log2 of a positive number, with the relative precision kept near 1.</summary>
    private static Wide Log2(Wide x)
    {
        // x = 2^exponent * m, m from 0.7 to 1.4, and m = c * (1 + s) / (1 - s) with c from the table.
        int exponent = x.Exponent;
        Wide m = new(x.Mantissa, 0);
        if ((ulong)(x.Mantissa >> 64) >= 0xB504_F333_F9DE_6485)
        {
            exponent++;
            m = new(x.Mantissa, -1);
        }

        int step = (int)(((ulong)(m.Mantissa >> 64) >> (57 - m.Exponent)) + 1) >> 1;
        Wide c = Wide.From(step, -5);
        Wide logarithm = TwoLog2OfE * AreaTangent((m - c) / (m + c));
        Wide table = Wide.Fixed(Entry(Logarithms, step - 22), -1, step < 32);
        return Wide.From(exponent) + (table + logarithm);
    }

    /// <summary>The inverse hyperbolic tangent of a small number.</summary>
    private static Wide AreaTangent(Wide s)
    {
        UInt128 fraction = s.ToFraction();
        UInt128 square = Wide.MultiplyHigh(fraction, fraction);
        UInt128 series = Wide.MultiplyHigh(Wide.Rising(OddReciprocals, square), square);
        return s * Wide.Fixed((UInt128.One << 127) + (series >> 1), 0);
    }
}
