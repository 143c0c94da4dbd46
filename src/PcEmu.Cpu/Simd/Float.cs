using System.Numerics;
using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Simd;

/// <summary>IEEE 754 arithmetic as SSE does it, exact in result and exceptions for every rounding, DAZ and FTZ.</summary>
/// <remarks>
/// Intel SDM volume 1, 4.9 and 11.5. Significands of finite numbers are worked on with their top bit at bit 62;
/// what is lost below is kept as a one in bit 0, so that rounding once at the end is exact.
/// </remarks>
internal static partial class Float<F>
    where F : struct, IFloatFormat
{
    /// <summary>The significand's top bit while it is worked on.</summary>
    private const int Top = 62;

    private static int Bias => F.MaxExponent >> 1;

    private static ulong FractionMask => (1ul << F.Fraction) - 1;

    private static ulong QuietBit => 1ul << (F.Fraction - 1);

    public static ulong SignBit => 1ul << ((8 * F.Bytes) - 1);

    public static ulong Infinity => (ulong)F.MaxExponent << F.Fraction;

    /// <summary>What an invalid operation gives.</summary>
    public static ulong DefaultNaN => SignBit | Infinity | QuietBit;

    private static ulong Largest => Infinity - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Exponent(ulong a) => (int)(a >> F.Fraction) & F.MaxExponent;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNaN(ulong a) => (a & ~SignBit) > Infinity;

    public static bool IsSignalling(ulong a) => IsNaN(a) && (a & QuietBit) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(ulong a) => (a & ~SignBit) == 0;

    public static bool IsInfinity(ulong a) => (a & ~SignBit) == Infinity;

    public static bool IsDenormal(ulong a) => Exponent(a) == 0 && !IsZero(a);

    /// <summary>Neither zero, denormal, infinite nor NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(ulong a) => (uint)(Exponent(a) - 1) < (uint)(F.MaxExponent - 1);

    /// <summary>An ordinary number that is not the least: no rounding has come near underflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinaryResult(ulong a) => (uint)(Exponent(a) - 2) < (uint)(F.MaxExponent - 2);

    private static bool IsNegative(ulong a) => (a & SignBit) != 0;

    /// <summary>The operand as DAZ makes it; a denormal that stays is DE.</summary>
    public static ulong Operand(ulong a, ref FloatStatus status)
    {
        if (IsDenormal(a))
        {
            if (status.DenormalsAreZeros)
            {
                return a & SignBit;
            }

            status.Raised |= Mxcsr.De;
        }

        return a;
    }

    /// <summary>The operand as DAZ makes it.</summary>
    public static ulong Flushed(ulong a, in FloatStatus status) => status.DenormalsAreZeros && IsDenormal(a) ? a & SignBit : a;

    /// <summary>The NaN that two operands make: the first of them that is one, quiet.</summary>
    private static ulong NaN(ulong a, ulong b, ref FloatStatus status)
    {
        if (IsSignalling(a) || IsSignalling(b))
        {
            status.Raised |= Mxcsr.Ie;
        }

        return (IsNaN(a) ? a : b) | QuietBit;
    }

    private static ulong Invalid(ref FloatStatus status)
    {
        status.Raised |= Mxcsr.Ie;
        return DefaultNaN;
    }

    /// <summary>A finite number that is not zero in two parts: significand with its top bit at <see cref="Top"/>, biased exponent.</summary>
    private static ulong Unpack(ulong a, out int exponent)
    {
        exponent = Exponent(a);
        ulong significand = a & FractionMask;
        if (exponent != 0)
        {
            return (significand | (1ul << F.Fraction)) << (Top - F.Fraction);
        }

        int shift = BitOperations.LeadingZeroCount(significand) - 1;
        exponent = 1 + (Top - F.Fraction) - shift;
        return significand << shift;
    }

    /// <summary>Shifts down; what falls off stays as a one in bit 0.</summary>
    private static ulong Jam(ulong value, int count) => count switch
    {
        0 => value,
        > 63 => value != 0 ? 1ul : 0,
        _ => (value >> count) | (value << (64 - count) != 0 ? 1ul : 0),
    };

    /// <summary>What is added below the last place that stays, so that cutting rounds.</summary>
    private static ulong Increment(int rounding, bool negative, ulong below) => rounding switch
    {
        0 => (below >> 1) + 1,
        1 => negative ? below : 0,
        2 => negative ? 0 : below,
        _ => 0,
    };

    /// <summary>Rounds and packs; the significand's top bit is at <see cref="Top"/>.</summary>
    private static ulong Round(bool negative, int exponent, ulong significand, ref FloatStatus status)
    {
        ulong sign = negative ? SignBit : 0;
        ulong below = (1ul << (Top - F.Fraction)) - 1;
        int rounding = status.Rounding;
        ulong increment = Increment(rounding, negative, below);
        bool tiny = false;
        if (exponent <= 0)
        {
            // Tininess is found after rounding, as if the exponent had no bounds.
            tiny = exponent < 0 || significand + increment < 1ul << (Top + 1);
            if (tiny && status.FlushToZero)
            {
                status.Raised |= Mxcsr.Ue | Mxcsr.Pe;
                return sign;
            }

            if (tiny && !status.UnderflowMasked)
            {
                // The exception comes before the result is denormalised, so PE tells of the full precision.
                status.Raised |= Mxcsr.Ue | ((significand & below) != 0 ? Mxcsr.Pe : 0);
                return sign;
            }

            significand = Jam(significand, 1 - exponent);
            exponent = 1;
        }

        ulong lost = significand & below;
        significand += increment;
        if (rounding == 0 && lost == (below >> 1) + 1)
        {
            // A tie goes to the even one.
            significand &= ~(below + 1);
        }

        if (lost != 0)
        {
            status.Raised |= Mxcsr.Pe | (tiny ? Mxcsr.Ue : 0);
        }

        // The leading one adds one to the exponent field, and so does a carry.
        ulong magnitude = ((ulong)(exponent - 1) << F.Fraction) + (significand >> (Top - F.Fraction));
        if (exponent >= F.MaxExponent || magnitude >= Infinity)
        {
            bool unmasked = (status.Control & (Mxcsr.Oe << Mxcsr.MaskShift)) == 0;
            status.Raised |= Mxcsr.Oe | (unmasked && lost == 0 ? 0 : Mxcsr.Pe);
            bool toInfinity = rounding == 0 || (rounding == 1 && negative) || (rounding == 2 && !negative);
            return sign | (toInfinity ? Infinity : Largest);
        }

        return sign | magnitude;
    }
}
