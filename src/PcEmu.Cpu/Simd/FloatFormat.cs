using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Simd;

/// <summary>A binary floating-point format of IEEE 754; values travel as bits in a ulong.</summary>
internal interface IFloatFormat
{
    /// <summary>Bits of the fraction.</summary>
    static abstract int Fraction { get; }

    /// <summary>The exponent field's largest value: infinities and NaNs.</summary>
    static abstract int MaxExponent { get; }

    /// <summary>Bytes of a value.</summary>
    static abstract int Bytes { get; }

    static abstract ulong HostAdd(ulong a, ulong b);

    static abstract ulong HostSubtract(ulong a, ulong b);

    static abstract ulong HostMultiply(ulong a, ulong b);

    static abstract ulong HostDivide(ulong a, ulong b);

    static abstract ulong HostSquareRoot(ulong a);
}

/// <summary>Binary32.</summary>
internal readonly struct Binary32 : IFloatFormat
{
    public static int Fraction => 23;

    public static int MaxExponent => 0xFF;

    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostAdd(ulong a, ulong b) => Bits(Value(a) + Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostSubtract(ulong a, ulong b) => Bits(Value(a) - Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostMultiply(ulong a, ulong b) => Bits(Value(a) * Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostDivide(ulong a, ulong b) => Bits(Value(a) / Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostSquareRoot(ulong a) => Bits(MathF.Sqrt(Value(a)));

    private static float Value(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}

/// <summary>Binary64.</summary>
internal readonly struct Binary64 : IFloatFormat
{
    public static int Fraction => 52;

    public static int MaxExponent => 0x7FF;

    public static int Bytes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostAdd(ulong a, ulong b) => Bits(Value(a) + Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostSubtract(ulong a, ulong b) => Bits(Value(a) - Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostMultiply(ulong a, ulong b) => Bits(Value(a) * Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostDivide(ulong a, ulong b) => Bits(Value(a) / Value(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HostSquareRoot(ulong a) => Bits(Math.Sqrt(Value(a)));

    private static double Value(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}

/// <summary>Control bits that an operation obeys and exceptions that it finds.</summary>
/// <param name="mxcsr">MXCSR.</param>
internal struct FloatStatus(uint mxcsr)
{
    /// <summary>MXCSR: rounding, DAZ, FTZ and masks.</summary>
    public readonly uint Control = mxcsr;

    /// <summary>Exceptions found.</summary>
    public uint Raised;

    public readonly int Rounding => (int)(Control >> Mxcsr.RoundingShift) & 3;

    public readonly bool DenormalsAreZeros => (Control & Mxcsr.Daz) != 0;

    /// <summary>Whether UE is masked.</summary>
    public readonly bool UnderflowMasked => (Control & (Mxcsr.Ue << Mxcsr.MaskShift)) != 0;

    /// <summary>FTZ counts only while underflow is masked.</summary>
    public readonly bool FlushToZero => (Control & Mxcsr.Ftz) != 0 && UnderflowMasked;

    /// <summary>
    /// Whether the host's arithmetic gives the same and tells nothing new: rounding to nearest, with PE masked and set already.
    /// What is left to check is that no operand and no result is special.
    /// </summary>
    public readonly bool HostWillDo =>
        (Control & (Mxcsr.Rounding | Mxcsr.Pe | (Mxcsr.Pe << Mxcsr.MaskShift))) == (Mxcsr.Pe | (Mxcsr.Pe << Mxcsr.MaskShift));
}
