using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// FMUL.
public readonly partial struct Float80
{
    /// <summary>a * b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FpuResult Multiply(Float80 a, Float80 b, uint control) =>
        a.IsNormal && b.IsNormal
            ? MultiplyMagnitudes((uint)(a.SignExponent ^ b.SignExponent) & SignBit, a.Exponent, a.Mantissa, b.Exponent, b.Mantissa, control, 0)
            : MultiplyRare(a, b, control, 0);

    /// <summary>a * b for any operands.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static FpuResult MultiplyRare(Float80 a, Float80 b, uint control, uint status)
    {
        if (TakesNaN(a, b, out FpuResult result))
        {
            return result;
        }

        if ((a.IsInfinity && b.IsZero) || (a.IsZero && b.IsInfinity))
        {
            return Invalid();
        }

        uint sign = a.Sign ^ b.Sign;
        status |= DenormalStatus(a) | DenormalStatus(b);
        if (Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        if (a.IsInfinity || b.IsInfinity)
        {
            return Infinity(sign, status);
        }

        if (a.IsZero || b.IsZero)
        {
            return ZeroOf(sign, status);
        }

        ulong am = Normalize(a, out int ae);
        ulong bm = Normalize(b, out int be);
        return MultiplyMagnitudes(sign, ae, am, be, bm, control, status);
    }

    private static FpuResult MultiplyMagnitudes(uint sign, int ae, ulong am, int be, ulong bm, uint control, uint status)
    {
        ulong high = Math.BigMul(am, bm, out ulong low);
        int exponent = ae + be - (Bias - 1);
        if ((long)high >= 0)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }

        return Round(sign, exponent, high, low, control, status);
    }
}
