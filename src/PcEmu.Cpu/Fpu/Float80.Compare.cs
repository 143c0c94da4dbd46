using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// FCOM, FUCOM, FTST and their kin; FXAM.
public readonly partial struct Float80
{
    /// <summary>Compares a with b.</summary>
    /// <param name="a">First operand.</param>
    /// <param name="b">Second operand.</param>
    /// <param name="ordered">Whether a quiet NaN is an invalid operation (FCOM), not only a signalling one (FUCOM).</param>
    /// <param name="status"><see cref="Fsw.De"/> when an operand was denormal in the format it was loaded from.</param>
    /// <returns>C3, C2 and C0 as FCOM sets them, and exceptions.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Compare(Float80 a, Float80 b, bool ordered, uint status = 0) =>
        a.IsNormal && b.IsNormal ? CompareFinite(a, b) | status : CompareRare(a, b, ordered, status);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint CompareRare(Float80 a, Float80 b, bool ordered, uint status)
    {
        const uint Unordered = Fsw.C3 | Fsw.C2 | Fsw.C0;
        if (a.IsUnsupported || b.IsUnsupported)
        {
            return Unordered | Fsw.Ie;
        }

        if (a.IsNaN || b.IsNaN)
        {
            return ordered || a.IsSignalling || b.IsSignalling ? Unordered | Fsw.Ie : Unordered;
        }

        return CompareFinite(a, b) | status | DenormalStatus(a) | DenormalStatus(b);
    }

    private static uint CompareFinite(Float80 a, Float80 b)
    {
        if (a.Mantissa == b.Mantissa && (a.SignExponent == b.SignExponent || a.Mantissa == 0))
        {
            return Fsw.C3;
        }

        if (a.Sign != b.Sign)
        {
            return a.Sign != 0 ? Fsw.C0 : 0;
        }

        // A pseudo-denormal has the exponent of the smallest normal number.
        int ae = Math.Max(a.Exponent, 1);
        int be = Math.Max(b.Exponent, 1);
        if (ae == be && a.Mantissa == b.Mantissa)
        {
            return Fsw.C3;
        }

        bool less = ae < be || (ae == be && a.Mantissa < b.Mantissa);
        return less ^ (a.Sign != 0) ? Fsw.C0 : 0;
    }

    /// <summary>What FXAM says of a register that is not empty: C3, C2, C0 for the class, C1 for the sign.</summary>
    public uint Examine()
    {
        uint sign = SignExponent >> 15 != 0 ? Fsw.C1 : 0;
        return sign | (this switch
        {
            { IsUnsupported: true } => 0u,
            { IsNaN: true } => Fsw.C0,
            { IsInfinity: true } => Fsw.C2 | Fsw.C0,
            { IsZero: true } => Fsw.C3,
            { IsDenormal: true } => Fsw.C3 | Fsw.C2,
            _ => Fsw.C2,
        });
    }
}
