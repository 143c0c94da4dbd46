namespace PcEmu.Cpu.Fpu;

// FSIN, FCOS, FSINCOS, FPTAN, FPATAN.
public readonly partial struct Float80
{
    // Pi to 66 bits, all that the hardware reduces by: times 2^-64. Intel SDM volume 1, 8.3.8 "Approximation of Pi".
    private static UInt128 ReducingPi => new(3, 0x243F_6A88_85A3_08D3);

    private static Wide WidePi => new(new UInt128(0xC90F_DAA2_2168_C234, 0xC4C6_628B_80DC_1CD1), 1);

    /// <summary>Sine and cosine.</summary>
    /// <param name="a">The angle; from 2^63 on C2 is set and nothing is computed.</param>
    /// <param name="control">The control word.</param>
    /// <param name="cosine">The cosine.</param>
    public static FpuResult SineAndCosine(Float80 a, uint control, out FpuResult cosine)
    {
        if (!MayReduce(a, control, One, out FpuResult result, out cosine))
        {
            return result;
        }

        uint status = DenormalStatus(a);
        (Wide sine, Wide cos) = Circular(a);
        cosine = cos.Round(control, status);
        return sine.Round(control, status);
    }

    /// <summary>Tangent; C2 as in <see cref="SineAndCosine"/>.</summary>
    public static FpuResult Tangent(Float80 a, uint control)
    {
        if (!MayReduce(a, control, One, out FpuResult result, out _))
        {
            return result;
        }

        if (a.Exponent < Bias - 64)
        {
            // The angle itself and a trace more.
            return Wide.From(a).Round(control, DenormalStatus(a));
        }

        (Wide sine, Wide cosine) = Circular(a);
        return (sine / cosine).Round(control, DenormalStatus(a));
    }

    /// <summary>The angle of the point (x, y).</summary>
    public static FpuResult Arctangent(Float80 y, Float80 x, uint control)
    {
        if (TakesNaN(y, x, out FpuResult result))
        {
            return result;
        }

        uint status = DenormalStatus(y) | DenormalStatus(x);
        if (Stops(status, control))
        {
            return new FpuResult(y, status);
        }

        Wide angle;
        if (y.IsZero || (x.IsInfinity && !y.IsInfinity))
        {
            if (x.Sign == 0)
            {
                return ZeroOf(y.Sign, status);
            }

            angle = WidePi;
        }
        else if (y.IsInfinity)
        {
            // An eighth, a quarter or three eighths of the circle.
            angle = x.IsInfinity
                ? x.Sign == 0 ? Halved(WidePi, 2) : Wide.From(3) * Halved(WidePi, 2)
                : Halved(WidePi, 1);
        }
        else if (x.IsZero)
        {
            angle = Halved(WidePi, 1);
        }
        else
        {
            angle = Angle(Wide.From(y.Absolute), Wide.From(x.Absolute));
            if (x.Sign != 0)
            {
                angle = WidePi - angle;
            }
        }

        return (y.Sign != 0 ? angle.Negated : angle).Round(control, status);
    }

    /// <summary>Deals with angles of which nothing is computed.</summary>
    private static bool MayReduce(Float80 a, uint control, Float80 cosineOfZero, out FpuResult result, out FpuResult cosine)
    {
        cosine = default;
        if (TakesNaN(a, out result))
        {
            cosine = result;
            return false;
        }

        if (a.IsInfinity)
        {
            result = cosine = Invalid();
            return false;
        }

        if (a.Exponent >= Bias + 63)
        {
            result = cosine = new FpuResult(a, Fsw.C2);
            return false;
        }

        if (a.IsZero)
        {
            result = Exact(a);
            cosine = Exact(cosineOfZero);
            return false;
        }

        uint status = DenormalStatus(a);
        if (Stops(status, control))
        {
            result = cosine = new FpuResult(a, status);
            return false;
        }

        return true;
    }

    private static Wide Halved(Wide value, int times) => new(value.Mantissa, value.Exponent - times, value.Negative);

    private static (Wide Sine, Wide Cosine) Circular(Float80 a)
    {
        bool negative = a.Sign != 0;
        Wide rest = Wide.From(a.Absolute);
        uint quadrant = 0;
        if (rest.Exponent >= -1)
        {
            // In units of 2^-65 both the angle and half of pi are integers.
            UInt128 half = ReducingPi;
            UInt128 angle = (UInt128)a.Mantissa << (rest.Exponent + 2);
            UInt128 turns = angle / half;
            UInt128 left = angle - (turns * half);
            quadrant = (uint)turns & 3;
            bool over = left > half >> 1;
            if (over)
            {
                left = half - left;
                quadrant++;
            }

            rest = Wide.Fixed(left, 127 - 65, over);
        }

        UInt128 fraction = rest.ToFraction();
        UInt128 square = Wide.MultiplyHigh(fraction, fraction);
        Wide sine = rest * OneLess(Wide.MultiplyHigh(Wide.Alternating(SineCoefficients, square), square));
        Wide cosine = OneLess(Wide.MultiplyHigh(Wide.Alternating(CosineCoefficients, square), square));
        (sine, cosine) = (quadrant & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, sine.Negated),
            2 => (sine.Negated, cosine.Negated),
            _ => (cosine.Negated, sine),
        };
        return (negative ? sine.Negated : sine, cosine);
    }

    /// <summary>1 less a small fraction, which is never quite zero.</summary>
    private static Wide OneLess(UInt128 fraction) => new(fraction == 0 ? UInt128.MaxValue : 0 - fraction, -1);

    /// <summary>atan(y / x) for positive numbers.</summary>
    private static Wide Angle(Wide y, Wide x)
    {
        bool steep = y.Exponent > x.Exponent || (y.Exponent == x.Exponent && y.Mantissa > x.Mantissa);
        if (steep)
        {
            (x, y) = (y, x);
        }

        // The nearest angle of the table is taken off; what is left has a tangent below 1/60.
        int step = 0;
        int distance = x.Exponent - y.Exponent;
        if (distance < 7)
        {
            ulong yTop = (ulong)(y.Mantissa >> 96) >> distance;
            ulong xTop = (ulong)(x.Mantissa >> 96);
            step = (int)(((yTop << 6) / xTop) + 1) >> 1;
        }

        Wide tangent;
        if (step == 0)
        {
            tangent = y / x;
        }
        else
        {
            Wide part = Wide.From(step, -5);
            tangent = (y - (part * x)) / (x + (part * y));
        }

        UInt128 fraction = tangent.ToFraction();
        UInt128 square = Wide.MultiplyHigh(fraction, fraction);
        Wide angle = tangent * OneLess(Wide.MultiplyHigh(Wide.Alternating(OddReciprocals, square), square));
        angle += Wide.Fixed(Entry(Arctangents, step), -1);
        return steep ? Halved(WidePi, 1) - angle : angle;
    }
}
