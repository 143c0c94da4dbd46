namespace PcEmu.Cpu.Fpu;

// FPREM, FPREM1, FSCALE, FXTRACT.
public readonly partial struct Float80
{
    // How far one FPREM reduces the exponent when the operands are too far apart for a whole step.
    private const int PartialStep = 63;

    /// <summary>The remainder of a / b, exact; C0, C3 and C1 are quotient bits 2, 1 and 0, C2 says that it is only partly reduced.</summary>
    /// <param name="a">Dividend.</param>
    /// <param name="b">Divisor.</param>
    /// <param name="nearest">Whether the quotient is rounded to nearest (FPREM1), not cut (FPREM).</param>
    /// <param name="control">The control word.</param>
    public static FpuResult Remainder(Float80 a, Float80 b, bool nearest, uint control)
    {
        if (TakesNaN(a, b, out FpuResult result))
        {
            return result;
        }

        if (a.IsInfinity || b.IsZero)
        {
            return Invalid();
        }

        uint status = DenormalStatus(a) | DenormalStatus(b);
        if (Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        if (a.IsZero)
        {
            return new FpuResult(a, status);
        }

        ulong am = Normalize(a, out int ae);
        if (b.IsInfinity)
        {
            return RoundExtended(a.Sign, ae, am, 0, control, status);
        }

        ulong bm = Normalize(b, out int be);
        int distance = ae - be;
        if (distance < -1 || (distance < 0 && !nearest))
        {
            return RoundExtended(a.Sign, ae, am, 0, control, status);
        }

        if (distance >= 64)
        {
            ulong left = am >= bm ? am - bm : am;
            DivideWide(left >> (64 - PartialStep), left << PartialStep, bm, out left);
            return Reduced(a.Sign, ae - PartialStep, left, control, status | Fsw.C2);
        }

        uint sign = a.Sign;
        ulong quotient = 0;
        ulong rest;
        if (distance < 0)
        {
            // Between a quarter of b and b: the nearest multiple is 0 or b itself.
            if (am <= bm)
            {
                return RoundExtended(sign, ae, am, 0, control, status);
            }

            // 2 * bm - am, at the exponent of a.
            return Reduced(sign ^ SignBit, ae, bm - (am - bm), control, status | QuotientBits(1));
        }

        rest = am;
        if (am >= bm)
        {
            rest -= bm;
            quotient = distance < 64 ? 1ul << distance : 0;
        }

        if (distance > 0)
        {
            quotient += DivideWide(rest >> (64 - distance), rest << distance, bm, out rest);
        }

        if (nearest)
        {
            ulong other = bm - rest;
            if (rest > other || (rest == other && (quotient & 1) != 0))
            {
                quotient++;
                rest = other;
                sign ^= SignBit;
            }
        }

        return Reduced(sign, be, rest, control, status | QuotientBits(quotient));
    }

    /// <summary>a * 2^trunc(b).</summary>
    public static FpuResult Scale(Float80 a, Float80 b, uint control)
    {
        if (TakesNaN(a, b, out FpuResult result))
        {
            return result;
        }

        if (b.IsInfinity)
        {
            bool up = b.Sign == 0;
            if (up ? a.IsZero : a.IsInfinity)
            {
                return Invalid();
            }
        }

        uint status = DenormalStatus(a) | DenormalStatus(b);
        if (Stops(status, control) || a.IsInfinity || a.IsZero)
        {
            return new FpuResult(a, status);
        }

        if (b.IsInfinity)
        {
            return b.Sign == 0 ? Infinity(a.Sign, status) : ZeroOf(a.Sign, status);
        }

        // More than any exponent can take is as good as infinitely much.
        int steps = 0;
        if (b.Exponent >= Bias)
        {
            int bits = b.Exponent - Bias;
            steps = bits > 16 ? 1 << 17 : (int)(b.Mantissa >> (63 - bits));
            steps = b.Sign != 0 ? -steps : steps;
        }

        ulong mantissa = Normalize(a, out int exponent);
        return RoundExtended(a.Sign, exponent + steps, mantissa, 0, control, status);
    }

    /// <summary>Takes a number apart: its exponent as a number, and its significand between 1 and 2.</summary>
    public static FpuResult Extract(Float80 a, uint control, out Float80 significand)
    {
        significand = a;
        if (TakesNaN(a, out FpuResult result))
        {
            significand = result.Value;
            return result;
        }

        if (a.IsInfinity)
        {
            return Infinity(0);
        }

        if (a.IsZero)
        {
            return Infinity(SignBit, Fsw.Ze);
        }

        uint status = DenormalStatus(a);
        if (Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        ulong mantissa = Normalize(a, out int exponent);
        significand = new Float80(mantissa, a.Sign | Bias);
        return new FpuResult(FromInteger(exponent - Bias), status);
    }

    private static FpuResult Reduced(uint sign, int exponent, ulong rest, uint control, uint status)
    {
        if (rest == 0)
        {
            return ZeroOf(sign, status);
        }

        int shift = System.Numerics.BitOperations.LeadingZeroCount(rest);
        return RoundExtended(sign, exponent - shift, rest << shift, 0, control, status);
    }

    private static uint QuotientBits(ulong quotient) =>
        ((quotient & 1) != 0 ? Fsw.C1 : 0) | ((quotient & 2) != 0 ? Fsw.C3 : 0) | ((quotient & 4) != 0 ? Fsw.C0 : 0);
}
