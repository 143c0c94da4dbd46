namespace PcEmu.Cpu.Fpu;

/// <summary>A number with 128 bits of significand, for the insides of transcendental functions: room enough that one rounding at the end remains.</summary>
/// <param name="mantissa">Significand, bit 127 set, or zero for the number zero: mantissa / 2^127 is in [1, 2).</param>
/// <param name="exponent">Power of two, not biased.</param>
/// <param name="negative">Sign.</param>
internal readonly struct Wide(UInt128 mantissa, int exponent, bool negative = false)
{
    public UInt128 Mantissa { get; } = mantissa;

    public int Exponent { get; } = exponent;

    public bool Negative { get; } = negative;

    public bool IsZero => Mantissa == 0;

    public static Wide One => new(UInt128.One << 127, 0);

    public Wide Negated => new(Mantissa, Exponent, !Negative);

    public Wide Absolute => new(Mantissa, Exponent);

    /// <summary>A finite number, exact.</summary>
    public static Wide From(Float80 value)
    {
        if (value.IsZero)
        {
            return default;
        }

        ulong mantissa = Float80.Normalize(value, out int exponent);
        return new Wide((UInt128)mantissa << 64, exponent - Float80.Bias, value.Sign != 0);
    }

    /// <summary>A whole number times a power of two, exact.</summary>
    public static Wide From(long value, int exponent = 0) => Fixed((UInt128)(ulong)Math.Abs(value), exponent + 127, value < 0);

    /// <summary>value * 2^(exponent - 127), normalized.</summary>
    public static Wide Fixed(UInt128 value, int exponent, bool negative = false)
    {
        if (value == 0)
        {
            return default;
        }

        int shift = (int)UInt128.LeadingZeroCount(value);
        return new Wide(value << shift, exponent - shift, negative);
    }

    /// <summary>The upper half of a product.</summary>
    public static UInt128 MultiplyHigh(UInt128 a, UInt128 b)
    {
        ulong a1 = (ulong)(a >> 64);
        ulong b1 = (ulong)(b >> 64);
        ulong middle1 = Math.BigMul(a1, (ulong)b, out ulong low1);
        ulong middle2 = Math.BigMul((ulong)a, b1, out ulong low2);
        ulong lowest = Math.BigMul((ulong)a, (ulong)b, out _);
        UInt128 carry = (UInt128)low1 + low2 + lowest;
        ulong high = Math.BigMul(a1, b1, out ulong low);
        return new UInt128(high, low) + middle1 + middle2 + (ulong)(carry >> 64);
    }

    public static Wide operator *(Wide a, Wide b)
    {
        if (a.IsZero || b.IsZero)
        {
            return default;
        }

        UInt128 product = MultiplyHigh(a.Mantissa, b.Mantissa);
        int exponent = a.Exponent + b.Exponent;
        return (long)(ulong)(product >> 64) < 0
            ? new Wide(product, exponent + 1, a.Negative != b.Negative)
            : new Wide(product << 1, exponent, a.Negative != b.Negative);
    }

    public static Wide operator +(Wide a, Wide b)
    {
        if (a.IsZero)
        {
            return b;
        }

        if (b.IsZero)
        {
            return a;
        }

        if (a.Exponent < b.Exponent || (a.Exponent == b.Exponent && a.Mantissa < b.Mantissa))
        {
            (a, b) = (b, a);
        }

        int distance = a.Exponent - b.Exponent;
        UInt128 small = distance < 128 ? b.Mantissa >> distance : 0;
        if (a.Negative != b.Negative)
        {
            return Fixed(a.Mantissa - small, a.Exponent, a.Negative);
        }

        UInt128 sum = a.Mantissa + small;
        return sum < a.Mantissa
            ? new Wide((sum >> 1) | (UInt128.One << 127), a.Exponent + 1, a.Negative)
            : new Wide(sum, a.Exponent, a.Negative);
    }

    public static Wide operator -(Wide a, Wide b) => a + b.Negated;

    public static Wide operator /(Wide a, Wide b)
    {
        if (a.IsZero)
        {
            return default;
        }

        bool negative = a.Negative != b.Negative;
        int exponent = a.Exponent - b.Exponent;
        return a.Mantissa < b.Mantissa
            ? Fixed(DivideFraction(a.Mantissa, b.Mantissa), exponent - 1, negative)
            : Fixed(DivideFraction(a.Mantissa >> 1, b.Mantissa), exponent, negative);
    }

    /// <summary>The number as a fraction of 128 bits, for numbers below 1 whatever the sign.</summary>
    public UInt128 ToFraction() => Exponent < -128 ? 0 : Mantissa >> (-1 - Exponent);

    /// <summary>Rounds as the control word says; an inexact result in any case.</summary>
    public FpuResult Round(uint control, uint status) =>
        IsZero
            ? Float80.ZeroOf(Negative ? Float80.SignBit : 0, status)
            : Float80.RoundExtended(
                Negative ? Float80.SignBit : 0, Exponent + Float80.Bias, (ulong)(Mantissa >> 64), (ulong)Mantissa | 1, control, status);

    /// <summary>c[0] - z * (c[1] - z * (c[2] - ...)), all fractions.</summary>
    public static UInt128 Alternating(ReadOnlySpan<ulong> coefficients, UInt128 z)
    {
        UInt128 sum = 0;
        for (int i = coefficients.Length - 2; i >= 0; i -= 2)
        {
            sum = new UInt128(coefficients[i], coefficients[i + 1]) - MultiplyHigh(sum, z);
        }

        return sum;
    }

    /// <summary>c[0] + z * (c[1] + z * (c[2] + ...)).</summary>
    public static UInt128 Rising(ReadOnlySpan<ulong> coefficients, UInt128 z)
    {
        UInt128 sum = 0;
        for (int i = coefficients.Length - 2; i >= 0; i -= 2)
        {
            sum = new UInt128(coefficients[i], coefficients[i + 1]) + MultiplyHigh(sum, z);
        }

        return sum;
    }

    /// <summary>floor(a * 2^128 / b) for a below b and bit 127 of b set.</summary>
    private static UInt128 DivideFraction(UInt128 a, UInt128 b)
    {
        ulong high = Digit(ref a, b);
        ulong low = Digit(ref a, b);
        return new UInt128(high, low);
    }

    /// <summary>floor(rest * 2^64 / b); the rest of that stays.</summary>
    private static ulong Digit(ref UInt128 rest, UInt128 b)
    {
        ulong r1 = (ulong)(rest >> 64);
        ulong r0 = (ulong)rest;
        ulong b1 = (ulong)(b >> 64);
        ulong b0 = (ulong)b;
        ulong digit;
        ulong left;
        bool exceeds = false;
        if (r1 >= b1)
        {
            digit = ulong.MaxValue;
            left = r0 + b1;
            exceeds = left < b1;
        }
        else
        {
            digit = Float80.DivideWide(r1, r0, b1, out left);
        }

        while (!exceeds && (UInt128)digit * b0 > new UInt128(left, 0))
        {
            digit--;
            left += b1;
            exceeds = left < b1;
        }

        rest = new UInt128(r0, 0) - (b * digit);
        return digit;
    }
}
