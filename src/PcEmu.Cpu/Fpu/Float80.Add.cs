using System.Numerics;
using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// FADD, FSUB.
public readonly partial struct Float80
{
    /// <summary>a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FpuResult Add(Float80 a, Float80 b, uint control) =>
        a.IsNormal && b.IsNormal ? AddNormal(a, b, control) : AddRare(a, b, control, 0);

    /// <summary>a - b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FpuResult Subtract(Float80 a, Float80 b, uint control) =>
        a.IsNormal && b.IsNormal ? AddNormal(a, b.Negated, control) : SubtractRare(a, b, control, 0);

    /// <summary>a + b for any operands.</summary>
    /// <param name="a">First operand.</param>
    /// <param name="b">Second operand.</param>
    /// <param name="control">The control word.</param>
    /// <param name="status"><see cref="Fsw.De"/> when an operand was denormal in the format it was loaded from.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static FpuResult AddRare(Float80 a, Float80 b, uint control, uint status)
    {
        if (TakesNaN(a, b, out FpuResult result))
        {
            return result;
        }

        if (a.IsInfinity && b.IsInfinity && a.Sign != b.Sign)
        {
            return Invalid();
        }

        status |= DenormalStatus(a) | DenormalStatus(b);
        if (Stops(status, control))
        {
            return new FpuResult(a, status);
        }

        if (a.IsInfinity)
        {
            return new FpuResult(a, status);
        }

        if (b.IsInfinity)
        {
            return new FpuResult(b, status);
        }

        if (a.IsZero && b.IsZero)
        {
            uint sign = a.Sign == b.Sign ? a.Sign : (control & Fcw.Rounding) == Fcw.Down ? SignBit : 0;
            return ZeroOf(sign, status);
        }

        if (a.IsZero || b.IsZero)
        {
            Float80 other = a.IsZero ? b : a;
            ulong mantissa = Normalize(other, out int exponent);
            return Round(other.Sign, exponent, mantissa, 0, control, status);
        }

        ulong am = Normalize(a, out int ae);
        ulong bm = Normalize(b, out int be);
        return AddMagnitudes(a.Sign, ae, am, b.Sign, be, bm, control, status);
    }

    /// <summary>a - b for any operands: a NaN keeps its sign.</summary>
    internal static FpuResult SubtractRare(Float80 a, Float80 b, uint control, uint status) =>
        AddRare(a, b.IsNaN ? b : b.Negated, control, status);

    private static FpuResult AddNormal(Float80 a, Float80 b, uint control) =>
        AddMagnitudes(a.Sign, a.Exponent, a.Mantissa, b.Sign, b.Exponent, b.Mantissa, control, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FpuResult AddMagnitudes(uint sign, int ae, ulong am, uint bSign, int be, ulong bm, uint control, uint status)
    {
        bool subtract = sign != bSign;
        int distance = ae - be;
        if (distance < 0 || (distance == 0 && am < bm))
        {
            distance = -distance;
            (am, bm) = (bm, am);
            ae = be;
            sign = bSign;
        }

        ulong low;
        if (distance < 64)
        {
            // A shift by 64 is one by 0 for the machine: two steps.
            low = bm << 1 << (63 - distance);
            bm >>= distance;
        }
        else
        {
            low = ShiftRight(bm, distance - 64);
            bm = 0;
        }

        if (!subtract)
        {
            ulong high = am + bm;
            if (high < am)
            {
                low = (high << 63) | (low >> 1) | (low & 1);
                high = (high >> 1) | Integer;
                ae++;
            }

            return Round(sign, ae, high, low, control, status);
        }
        else
        {
            ulong high = am - bm - (low != 0 ? 1ul : 0);
            low = 0 - low;
            if ((long)high >= 0)
            {
                if (high == 0)
                {
                    if (low == 0)
                    {
                        return ZeroOf((control & Fcw.Rounding) == Fcw.Down ? SignBit : 0, status);
                    }

                    high = low;
                    low = 0;
                    ae -= 64;
                }

                int shift = BitOperations.LeadingZeroCount(high);
                if (shift != 0)
                {
                    high = (high << shift) | (low >> (64 - shift));
                    low <<= shift;
                    ae -= shift;
                }
            }

            return Round(sign, ae, high, low, control, status);
        }
    }
}
