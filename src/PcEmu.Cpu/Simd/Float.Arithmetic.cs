using System.Numerics;
using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Simd;

// Addition, multiplication, division, square root.
internal static partial class Float<F>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref FloatStatus status)
    {
        if (status.HostWillDo && IsOrdinary(a) && IsOrdinary(b))
        {
            ulong r = F.HostAdd(a, b);
            if (IsOrdinaryResult(r) || r == 0)
            {
                return r;
            }
        }

        return AddExact(a, b, ref status);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref FloatStatus status)
    {
        if (status.HostWillDo && IsOrdinary(a) && IsOrdinary(b))
        {
            ulong r = F.HostSubtract(a, b);
            if (IsOrdinaryResult(r) || r == 0)
            {
                return r;
            }
        }

        return IsNaN(a) || IsNaN(b) ? NaN(a, b, ref status) : AddExact(a, b ^ SignBit, ref status);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong a, ulong b, ref FloatStatus status)
    {
        if (status.HostWillDo && IsOrdinary(a) && IsOrdinary(b))
        {
            ulong r = F.HostMultiply(a, b);
            if (IsOrdinaryResult(r))
            {
                return r;
            }
        }

        return MultiplyExact(a, b, ref status);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Divide(ulong a, ulong b, ref FloatStatus status)
    {
        if (status.HostWillDo && IsOrdinary(a) && IsOrdinary(b))
        {
            ulong r = F.HostDivide(a, b);
            if (IsOrdinaryResult(r))
            {
                return r;
            }
        }

        return DivideExact(a, b, ref status);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SquareRoot(ulong a, ref FloatStatus status) =>
        status.HostWillDo && IsOrdinary(a) && !IsNegative(a) ? F.HostSquareRoot(a) : SquareRootExact(a, ref status);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong AddExact(ulong a, ulong b, ref FloatStatus status)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return NaN(a, b, ref status);
        }

        a = Flushed(a, status);
        b = Flushed(b, status);
        if (IsInfinity(a) || IsInfinity(b))
        {
            if (IsInfinity(a) && IsInfinity(b) && a != b)
            {
                return Invalid(ref status);
            }

            Operand(a, ref status);
            Operand(b, ref status);
            return IsInfinity(a) ? a : b;
        }

        Operand(a, ref status);
        Operand(b, ref status);
        if (IsZero(a) || IsZero(b))
        {
            if (IsZero(a) && IsZero(b))
            {
                return a == b ? a : ZeroDifference(status);
            }

            // Exact, but a denormal result may still be flushed.
            ulong other = IsZero(a) ? b : a;
            ulong significand = Unpack(other, out int e);
            return Round(IsNegative(other), e, significand, ref status);
        }

        // One place is left free above for the carry.
        ulong sa = Unpack(a, out int ea) >> 1;
        ulong sb = Unpack(b, out int eb) >> 1;
        bool negative = IsNegative(a);
        if (ea < eb || (ea == eb && sa < sb))
        {
            (sa, sb) = (sb, sa);
            (ea, eb) = (eb, ea);
            negative = IsNegative(b);
        }

        sb = Jam(sb, ea - eb);
        ulong sum = IsNegative(a) == IsNegative(b) ? sa + sb : sa - sb;
        if (sum == 0)
        {
            return ZeroDifference(status);
        }

        int shift = BitOperations.LeadingZeroCount(sum) - 1;
        return Round(negative, ea + 1 - shift, sum << shift, ref status);
    }

    private static ulong ZeroDifference(in FloatStatus status) => status.Rounding == 1 ? SignBit : 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong MultiplyExact(ulong a, ulong b, ref FloatStatus status)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return NaN(a, b, ref status);
        }

        a = Flushed(a, status);
        b = Flushed(b, status);
        ulong sign = (a ^ b) & SignBit;
        if ((IsInfinity(a) && IsZero(b)) || (IsZero(a) && IsInfinity(b)))
        {
            return Invalid(ref status);
        }

        Operand(a, ref status);
        Operand(b, ref status);
        if (IsInfinity(a) || IsInfinity(b))
        {
            return sign | Infinity;
        }

        if (IsZero(a) || IsZero(b))
        {
            return sign;
        }

        ulong high = Math.BigMul(Unpack(a, out int ea) << 1, Unpack(b, out int eb), out ulong low);
        high |= low != 0 ? 1ul : 0;
        int exponent = ea + eb - Bias;
        if (high >> Top == 0)
        {
            high <<= 1;
        }
        else
        {
            exponent++;
        }

        return Round(sign != 0, exponent, high, ref status);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong DivideExact(ulong a, ulong b, ref FloatStatus status)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return NaN(a, b, ref status);
        }

        a = Flushed(a, status);
        b = Flushed(b, status);
        ulong sign = (a ^ b) & SignBit;
        if ((IsInfinity(a) && IsInfinity(b)) || (IsZero(a) && IsZero(b)))
        {
            return Invalid(ref status);
        }

        if (IsInfinity(a))
        {
            Operand(b, ref status);
            return sign | Infinity;
        }

        if (IsZero(b))
        {
            status.Raised |= Mxcsr.Ze;
            return sign | Infinity;
        }

        Operand(a, ref status);
        Operand(b, ref status);
        if (IsZero(a) || IsInfinity(b))
        {
            return sign;
        }

        ulong sa = Unpack(a, out int ea);
        ulong sb = Unpack(b, out int eb);
        int exponent = ea - eb + Bias;
        if (sa < sb)
        {
            sa <<= 1;
            exponent--;
        }

        (UInt128 quotient, UInt128 remainder) = UInt128.DivRem((UInt128)sa << Top, sb);
        return Round(sign != 0, exponent, (ulong)quotient | (remainder != 0 ? 1ul : 0), ref status);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong SquareRootExact(ulong a, ref FloatStatus status)
    {
        if (IsNaN(a))
        {
            return NaN(a, a, ref status);
        }

        a = Flushed(a, status);
        if (IsZero(a))
        {
            return a;
        }

        if (IsNegative(a))
        {
            return Invalid(ref status);
        }

        Operand(a, ref status);
        if (IsInfinity(a))
        {
            return a;
        }

        // The number is significand * 2^(e - Bias - Top); an even power of two comes out of the root.
        ulong significand = Unpack(a, out int e);
        int power = e - Bias;
        UInt128 square = (UInt128)significand << ((power & 1) != 0 ? Top + 1 : Top);
        ulong root = (ulong)Math.Sqrt((double)square);
        root = (ulong)((root + (square / root)) >> 1);
        while ((UInt128)root * root > square)
        {
            root--;
        }

        while ((UInt128)(root + 1) * (root + 1) <= square)
        {
            root++;
        }

        return Round(negative: false, (power >> 1) + Bias, root | ((UInt128)root * root != square ? 1ul : 0), ref status);
    }
}
