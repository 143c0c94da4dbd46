using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// FDIV, FSQRT.
public readonly partial struct Float80
{
    /// <summary>a / b.</summary>
    public static FpuResult Divide(Float80 a, Float80 b, uint control) =>
        a.IsNormal && b.IsNormal
            ? DivideMagnitudes((uint)(a.SignExponent ^ b.SignExponent) & SignBit, a.Exponent, a.Mantissa, b.Exponent, b.Mantissa, control, 0)
            : DivideRare(a, b, control, 0);

    /// <summary>a / b for any operands.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static FpuResult DivideRare(Float80 a, Float80 b, uint control, uint status)
    {
        if (TakesNaN(a, b, out FpuResult result))
        {
            return result;
        }

        if ((a.IsInfinity && b.IsInfinity) || (a.IsZero && b.IsZero))
        {
            return Invalid();
        }

        uint sign = a.Sign ^ b.Sign;
        // A division by zero is found before a denormal dividend.
        if (b.IsZero && !a.IsInfinity)
        {
            return Infinity(sign, Fsw.Ze);
        }

        status |= DenormalStatus(a) | DenormalStatus(b);
        if (Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        if (a.IsInfinity)
        {
            return Infinity(sign, status);
        }

        if (a.IsZero || b.IsInfinity)
        {
            return ZeroOf(sign, status);
        }

        ulong am = Normalize(a, out int ae);
        ulong bm = Normalize(b, out int be);
        return DivideMagnitudes(sign, ae, am, be, bm, control, status);
    }

    /// <summary>The square root.</summary>
    public static FpuResult SquareRoot(Float80 a, uint control)
    {
        if (TakesNaN(a, out FpuResult result))
        {
            return result;
        }

        if (a.IsZero)
        {
            return Exact(a);
        }

        if (a.Sign != 0)
        {
            return Invalid();
        }

        uint status = DenormalStatus(a);
        if (a.IsInfinity || Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        ulong mantissa = Normalize(a, out int exponent);
        int power = exponent - Bias;

        // The radicand has 127 or 128 bits so that the root has 64.
        UInt128 radicand = (UInt128)mantissa << ((power & 1) != 0 ? 64 : 63);
        ulong root = Root(radicand, out UInt128 rest);
        ulong low = rest == 0 ? 0 : rest > root ? Integer | 1 : 1;
        return Round(0, (power >> 1) + Bias, root, low, control, status);
    }

    /// <summary>floor(sqrt(radicand)) for a radicand of 127 or 128 bits, and what is left.</summary>
    internal static ulong Root(UInt128 radicand, out UInt128 rest)
    {
        // 50 bits from the machine's square root, all of them from one Newton step, the last by trial.
        ulong top = (ulong)(radicand >> 64);
        double guess = Math.Sqrt((double)top) * 4294967296.0;
        ulong root = guess >= 18446744073709551615.0 ? ulong.MaxValue : (ulong)guess;
        Int128 error = (Int128)(radicand - ((UInt128)root * root));
        long step = (long)(error >> 32) / (long)(root >> 31);
        ulong next = root + (ulong)step;
        if (step > 0 && next < root)
        {
            next = ulong.MaxValue;
        }

        root = next;
        UInt128 square = (UInt128)root * root;
        while (square > radicand)
        {
            square -= ((UInt128)root << 1) - 1;
            root--;
        }

        rest = radicand - square;
        while (rest > (UInt128)root << 1)
        {
            rest -= ((UInt128)root << 1) + 1;
            root++;
        }

        return root;
    }

    /// <summary>(high:low) / divisor for high less than divisor and bit 63 of the divisor set.</summary>
    internal static ulong DivideWide(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        // Two digits of 32 bits, each guessed from the divisor's upper half and corrected.
        ulong upper = divisor >> 32;
        ulong lower = (uint)divisor;
        ulong first = Digit(high, (uint)(low >> 32), out ulong rest);
        ulong second = Digit(rest, (uint)low, out remainder);
        return (first << 32) + second;

        ulong Digit(ulong value, uint next, out ulong left)
        {
            ulong digit = value / upper;
            ulong partial = value - (digit * upper);
            while (digit > uint.MaxValue || digit * lower > ((partial << 32) | next))
            {
                digit--;
                partial += upper;
                if (partial > uint.MaxValue)
                {
                    break;
                }
            }

            left = ((value << 32) | next) - (digit * divisor);
            return digit;
        }
    }

    private static FpuResult DivideMagnitudes(uint sign, int ae, ulong am, int be, ulong bm, uint control, uint status)
    {
        int exponent = ae - be + Bias;
        ulong quotient;
        ulong rest;
        if (am >= bm)
        {
            quotient = DivideWide(am >> 1, am << 63, bm, out rest);
        }
        else
        {
            exponent--;
            quotient = DivideWide(am, 0, bm, out rest);
        }

        // Which side of one half the rest is on is all that rounding asks.
        ulong low = 0;
        if (rest != 0)
        {
            ulong other = bm - rest;
            low = rest > other ? Integer | 1 : rest == other ? Integer : 1;
        }

        return Round(sign, exponent, quotient, low, control, status);
    }
}
