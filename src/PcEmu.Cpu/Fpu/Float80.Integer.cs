using System.Numerics;

namespace PcEmu.Cpu.Fpu;

// FILD, FIST, FISTTP, FRNDINT, FBLD, FBSTP.
public readonly partial struct Float80
{
    private const ulong DecimalLimit = 1_000_000_000_000_000_000;

    /// <summary>An integer, exact.</summary>
    public static Float80 FromInteger(long value)
    {
        if (value == 0)
        {
            return Zero;
        }

        uint sign = value < 0 ? SignBit : 0;
        return FromMagnitude(sign, value < 0 ? 0 - (ulong)value : (ulong)value);
    }

    /// <summary>Rounds to an integer of a width.</summary>
    /// <param name="a">The number.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <param name="control">The control word; rounding counts.</param>
    /// <param name="status">Invalid operation when the integer does not fit; inexact and C1 otherwise.</param>
    /// <returns>The integer; the most negative one ("integer indefinite") when invalid.</returns>
    public static long ToInteger(Float80 a, int bits, uint control, out uint status)
    {
        long indefinite = long.MinValue >> (64 - bits);
        if (!ToMagnitude(a, control, out ulong magnitude, out status))
        {
            return indefinite;
        }

        ulong limit = 1ul << (bits - 1);
        if (magnitude > (a.Sign != 0 ? limit : limit - 1))
        {
            status = Fsw.Ie;
            return indefinite;
        }

        return a.Sign != 0 ? (long)(0 - magnitude) : (long)magnitude;
    }

    /// <summary>Rounds to an integral value (FRNDINT).</summary>
    public static FpuResult RoundToIntegral(Float80 a, uint control)
    {
        if (TakesNaN(a, out FpuResult result))
        {
            return result;
        }

        uint status = DenormalStatus(a);
        if (Stops(status, control) || a.IsZero || a.Exponent >= Bias + 63)
        {
            return new FpuResult(a, status);
        }

        ToMagnitude(a, control, out ulong magnitude, out uint effect);
        return magnitude == 0
            ? ZeroOf(a.Sign, status | effect)
            : new FpuResult(FromMagnitude(a.Sign, magnitude), status | effect);
    }

    /// <summary>Eighteen packed decimal digits and a sign byte, exact.</summary>
    /// <param name="low">Digits 0 to 15.</param>
    /// <param name="high">Digits 16 and 17, and the sign in bit 15.</param>
    public static Float80 FromDecimal(ulong low, uint high)
    {
        ulong value = 0;
        for (int shift = 4; shift >= 0; shift -= 4)
        {
            value = (value * 10) + ((high >> shift) & 15);
        }

        for (int shift = 60; shift >= 0; shift -= 4)
        {
            value = (value * 10) + ((low >> shift) & 15);
        }

        uint sign = high & SignBit;
        return value == 0 ? new Float80(0, sign) : FromMagnitude(sign, value);
    }

    /// <summary>Rounds to eighteen packed decimal digits.</summary>
    /// <param name="a">The number.</param>
    /// <param name="control">The control word.</param>
    /// <param name="high">Digits 16 and 17 and the sign byte.</param>
    /// <param name="status">Invalid operation when it does not fit.</param>
    /// <returns>Digits 0 to 15; "packed decimal indefinite" when invalid.</returns>
    public static ulong ToDecimal(Float80 a, uint control, out uint high, out uint status)
    {
        if (!ToMagnitude(a, control, out ulong value, out status) || value >= DecimalLimit)
        {
            status = Fsw.Ie;
            high = 0xFFFF;
            return 0xC000_0000_0000_0000;
        }

        ulong low = 0;
        for (int shift = 0; shift < 64; shift += 4)
        {
            (value, ulong digit) = Math.DivRem(value, 10);
            low |= digit << shift;
        }

        high = (uint)(value % 10) | ((uint)(value / 10) << 4) | a.Sign;
        return low;
    }

    private static Float80 FromMagnitude(uint sign, ulong magnitude)
    {
        int shift = BitOperations.LeadingZeroCount(magnitude);
        return new Float80(magnitude << shift, sign | (uint)(Bias + 63 - shift));
    }

    /// <summary>Rounds a magnitude to an integer; false (and invalid operation) for what is none or has more than 64 bits.</summary>
    private static bool ToMagnitude(Float80 a, uint control, out ulong magnitude, out uint status)
    {
        magnitude = 0;
        status = 0;
        int exponent = a.Exponent;
        if (exponent > Bias + 63 || a.IsUnsupported)
        {
            status = Fsw.Ie;
            return false;
        }

        ulong high = a.Mantissa;
        ulong low = 0;
        ShiftRight(ref high, ref low, Bias + 63 - Math.Max(exponent, 1));
        if (low != 0)
        {
            status = Fsw.Pe;
            if (RoundsUp(a.Sign, (high & 1) != 0, low, control))
            {
                status |= Fsw.C1;
                high++;
            }
        }

        magnitude = high;
        return true;
    }
}
