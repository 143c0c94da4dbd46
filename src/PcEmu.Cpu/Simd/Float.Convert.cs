using System.Numerics;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Simd;

// Conversions and rounding to integers, approximations.
internal static partial class Float<F>
{
    /// <summary>From a signed integer.</summary>
    public static ulong FromInteger(long value, ref FloatStatus status)
    {
        if (value == 0)
        {
            return 0;
        }

        ulong magnitude = value < 0 ? (ulong)-value : (ulong)value;
        int shift = BitOperations.LeadingZeroCount(magnitude) - 1;
        ulong significand = shift < 0 ? Jam(magnitude, 1) : magnitude << shift;
        return Round(value < 0, Bias + Top - shift, significand, ref status);
    }

    /// <summary>To a signed integer of <paramref name="bits"/> bits; what does not fit gives the least one and IE.</summary>
    /// <param name="a">The number.</param>
    /// <param name="bits">32 or 64.</param>
    /// <param name="rounding">0 nearest, 1 down, 2 up, 3 towards zero.</param>
    /// <param name="status">Takes IE and PE.</param>
    public static long ToInteger(ulong a, int bits, int rounding, ref FloatStatus status)
    {
        long indefinite = bits == 64 ? long.MinValue : int.MinValue;
        a = Flushed(a, status);
        if (IsZero(a))
        {
            return 0;
        }

        if (IsNaN(a) || IsInfinity(a) || Exponent(a) - Bias > 63)
        {
            status.Raised |= Mxcsr.Ie;
            return indefinite;
        }

        ulong significand = Unpack(a, out int exponent);
        int power = exponent - Bias;
        bool inexact = false;
        ulong magnitude;
        if (power >= F.Fraction)
        {
            magnitude = power >= Top ? significand << (power - Top) : significand >> (Top - power);
        }
        else
        {
            // Two places below the point: one half, and whether there is more.
            ulong doubled = Jam(significand, Math.Min(Top - power, 66) - 2);
            inexact = (doubled & 3) != 0;
            magnitude = RoundQuarter(doubled, rounding, IsNegative(a));
        }

        ulong limit = 1ul << (bits - 1);
        if (magnitude > limit || (magnitude == limit && !IsNegative(a)))
        {
            status.Raised |= Mxcsr.Ie;
            return indefinite;
        }

        if (inexact)
        {
            status.Raised |= Mxcsr.Pe;
        }

        return IsNegative(a) ? -(long)magnitude : (long)magnitude;
    }

    /// <summary>ROUNDxx: to an integer in the same format.</summary>
    /// <param name="a">The number.</param>
    /// <param name="rounding">0 nearest, 1 down, 2 up, 3 towards zero.</param>
    /// <param name="quiet">Whether PE is not told.</param>
    /// <param name="status">Takes IE and PE.</param>
    public static ulong RoundToInteger(ulong a, int rounding, bool quiet, ref FloatStatus status)
    {
        if (IsNaN(a))
        {
            return NaN(a, a, ref status);
        }

        a = Flushed(a, status);
        if (IsZero(a) || Exponent(a) - Bias >= F.Fraction)
        {
            return a;
        }

        ulong significand = Unpack(a, out int exponent);
        ulong doubled = Jam(significand, Math.Min(Top - (exponent - Bias), 66) - 2);
        if ((doubled & 3) != 0 && !quiet)
        {
            status.Raised |= Mxcsr.Pe;
        }

        var exact = new FloatStatus(Mxcsr.Initial);
        ulong magnitude = FromInteger((long)RoundQuarter(doubled, rounding, IsNegative(a)), ref exact);
        return (a & SignBit) | magnitude;
    }

    /// <summary>To another format.</summary>
    public static ulong To<G>(ulong a, ref FloatStatus status)
        where G : struct, IFloatFormat
    {
        ulong sign = IsNegative(a) ? Float<G>.SignBit : 0;
        if (IsNaN(a))
        {
            if (IsSignalling(a))
            {
                status.Raised |= Mxcsr.Ie;
            }

            ulong fraction = (a | QuietBit) & FractionMask;
            fraction = G.Fraction > F.Fraction ? fraction << (G.Fraction - F.Fraction) : fraction >> (F.Fraction - G.Fraction);
            return sign | Float<G>.Infinity | fraction;
        }

        a = Operand(a, ref status);
        if (IsZero(a))
        {
            return sign;
        }

        if (IsInfinity(a))
        {
            return sign | Float<G>.Infinity;
        }

        ulong significand = Unpack(a, out int exponent);
        return Float<G>.Round(sign != 0, exponent - Bias + Float<G>.Bias, significand, ref status);
    }

    // Rounds a number of quarters, the last of them sticky.
    private static ulong RoundQuarter(ulong quarters, int rounding, bool negative)
    {
        ulong whole = quarters >> 2;
        ulong rest = quarters & 3;
        bool up = rounding switch
        {
            0 => rest == 3 || (rest == 2 && (whole & 1) != 0),
            1 => negative && rest != 0,
            2 => !negative && rest != 0,
            _ => false,
        };
        return up ? whole + 1 : whole;
    }
}

/// <summary>RCPxS and RSQRTxS: relative error under 1.5 * 2^-12, no exceptions, denormals as zeros. Intel SDM volume 2, RCPPS and RSQRTPS.</summary>
/// <remarks>The host rounds the exact value; the low half of the fraction is cut so that all hosts agree with real tables in kind.</remarks>
internal static class Approximate
{
    private const uint Sign = 0x8000_0000;
    private const uint Infinity = 0x7F80_0000;
    private const uint Quiet = 0x0040_0000;
    private const uint Kept = 0xFFFF_FF00;

    public static uint Reciprocal(uint a)
    {
        uint magnitude = a & ~Sign;
        if (magnitude > Infinity)
        {
            return a | Quiet;
        }

        if (magnitude < 0x0080_0000)
        {
            return (a & Sign) | Infinity;
        }

        uint r = BitConverter.SingleToUInt32Bits(1f / BitConverter.UInt32BitsToSingle(a)) & Kept;
        return (r & ~Sign) < 0x0080_0000 ? r & Sign : r;
    }

    public static uint ReciprocalSquareRoot(uint a)
    {
        uint magnitude = a & ~Sign;
        if (magnitude > Infinity)
        {
            return a | Quiet;
        }

        if (magnitude < 0x0080_0000)
        {
            return (a & Sign) | Infinity;
        }

        return (a & Sign) != 0
            ? Sign | Infinity | Quiet
            : BitConverter.SingleToUInt32Bits((float)(1.0 / Math.Sqrt(BitConverter.UInt32BitsToSingle(a)))) & Kept;
    }
}
