using System.Numerics;
using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// Single and double precision in memory.
public readonly partial struct Float80
{
    private const int SingleBias = 127;
    private const int DoubleBias = 1023;

    /// <summary>A single-precision number, exact; a signalling NaN stays one.</summary>
    /// <param name="bits">Its bits.</param>
    /// <param name="denormal">Whether it is denormal.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 FromSingle(uint bits, out bool denormal)
    {
        uint exponent = (bits >> 23) & 0xFF;
        uint sign = (bits >> 16) & SignBit;
        ulong fraction = (ulong)bits << 41 >> 1;
        denormal = false;
        return exponent - 1 < 0xFE
            ? new Float80(Integer | fraction, sign | (exponent + Bias - SingleBias))
            : FromRare(sign, exponent != 0, fraction, 1 + Bias - SingleBias, out denormal);
    }

    /// <summary>A double-precision number, exact; a signalling NaN stays one.</summary>
    /// <param name="bits">Its bits.</param>
    /// <param name="denormal">Whether it is denormal.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 FromDouble(ulong bits, out bool denormal)
    {
        uint exponent = (uint)(bits >> 52) & 0x7FF;
        uint sign = (uint)(bits >> 48) & SignBit;
        ulong fraction = bits << 12 >> 1;
        denormal = false;
        return exponent - 1 < 0x7FE
            ? new Float80(Integer | fraction, sign | (exponent + Bias - DoubleBias))
            : FromRare(sign, exponent != 0, fraction, 1 + Bias - DoubleBias, out denormal);
    }

    /// <summary>Rounds to single precision.</summary>
    /// <param name="a">The number.</param>
    /// <param name="control">The control word.</param>
    /// <param name="status">Exceptions; an unmasked overflow or underflow means that nothing is to be stored.</param>
    public static uint ToSingle(Float80 a, uint control, out uint status)
    {
        ulong bits = ToNarrow(a, 40, 0xFF, control, out status);
        return (uint)(bits >> 63 << 31) | ((uint)(bits >> 40) & 0x007F_FFFF) | (uint)((bits & 0xFF) << 23);
    }

    /// <summary>Rounds to double precision.</summary>
    /// <param name="a">The number.</param>
    /// <param name="control">The control word.</param>
    /// <param name="status">Exceptions; an unmasked overflow or underflow means that nothing is to be stored.</param>
    public static ulong ToDouble(Float80 a, uint control, out uint status)
    {
        ulong bits = ToNarrow(a, 11, 0x7FF, control, out status);
        return (bits & Integer) | (bits << 1 >> 12) | ((bits & 0x7FF) << 52);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 FromRare(uint sign, bool special, ulong fraction, int lowest, out bool denormal)
    {
        denormal = false;
        if (special)
        {
            return new Float80(Integer | fraction, sign | MaximumExponent);
        }

        if (fraction == 0)
        {
            return new Float80(0, sign);
        }

        denormal = true;
        int shift = BitOperations.LeadingZeroCount(fraction);
        return new Float80(fraction << shift, sign | (uint)(lowest - shift));
    }

    /// <summary>Rounds to a narrow format: sign in bit 63, fraction below it, biased exponent in the low bits, which the fraction leaves free.</summary>
    private static ulong ToNarrow(Float80 a, int drop, int maximum, uint control, out uint status)
    {
        int exponent = a.Exponent - Bias + (maximum >> 1);
        ulong sign = (ulong)a.Sign << 48;
        if ((long)a.Mantissa < 0 && (uint)(exponent - 1) < (uint)maximum - 2)
        {
            ulong rounded = Cut(a.Sign, a.Mantissa, 0, drop, control, out bool carried, out status);
            return sign | (rounded & ~Integer) | (uint)(exponent + (carried ? 1 : 0));
        }

        return ToNarrowRare(a, exponent, sign, drop, maximum, control, out status);
    }

    private static ulong ToNarrowRare(Float80 a, int exponent, ulong sign, int drop, int maximum, uint control, out uint status)
    {
        status = 0;
        if (TakesNaN(a, out FpuResult nan))
        {
            status = nan.Status;
            ulong kept = nan.Mantissa & ~Integer & (ulong.MaxValue << drop);
            return ((ulong)(nan.SignExponent & SignBit) << 48) | kept | (uint)maximum;
        }

        if (a.IsInfinity)
        {
            return sign | (uint)maximum;
        }

        if (a.IsZero)
        {
            return sign;
        }

        ulong mantissa = Normalize(a, out int real);
        exponent += real - a.Exponent;
        ulong rounded = Cut(a.Sign, mantissa, 0, drop, control, out bool carried, out status);
        int roundedExponent = exponent + (carried ? 1 : 0);
        if (roundedExponent >= maximum)
        {
            return NarrowOverflow(a.Sign, sign, drop, maximum, control, ref status);
        }

        if (roundedExponent > 0)
        {
            return sign | (rounded & ~Integer) | (uint)roundedExponent;
        }

        if ((control & Fsw.Ue) == 0)
        {
            status = Fsw.Ue;
            return sign;
        }

        ulong low = 0;
        ShiftRight(ref mantissa, ref low, 1 - exponent);
        rounded = Cut(a.Sign, mantissa, low, drop, control, out _, out status);
        if (status != 0)
        {
            status |= Fsw.Ue;
        }

        return sign | (rounded & ~Integer) | (rounded >> 63);
    }

    private static ulong NarrowOverflow(uint signBit, ulong sign, int drop, int maximum, uint control, ref uint status)
    {
        if ((control & Fsw.Oe) == 0)
        {
            status = Fsw.Oe;
            return sign;
        }

        uint rounding = control & Fcw.Rounding;
        if (rounding == Fcw.Nearest || (rounding == Fcw.Up && signBit == 0) || (rounding == Fcw.Down && signBit != 0))
        {
            status = Fsw.Oe | Fsw.Pe | Fsw.C1;
            return sign | (uint)maximum;
        }

        status = Fsw.Oe | Fsw.Pe;
        return sign | (ulong.MaxValue << drop & ~Integer) | (uint)(maximum - 1);
    }
}
