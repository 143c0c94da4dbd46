using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PcEmu.Cpu.Fpu;

/// <summary>A double extended-precision number as the x87 keeps it: sign, 15 bits of exponent, 64 bits of significand.</summary>
/// <remarks>
/// The integer bit is explicit, so there are encodings that mean nothing ("unsupported": exponent not 0, integer bit 0)
/// and pseudo-denormals (exponent 0, integer bit 1), which count as exponent 1. Intel SDM volume 1, 4.2.2 and 8.2.2.
/// All operations are exact integer arithmetic; they take the control word and answer with a <see cref="FpuResult"/>.
/// </remarks>
/// <param name="mantissa">Significand with its integer bit in bit 63.</param>
/// <param name="signExponent">Sign in bit 15, biased exponent below.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly partial struct Float80(ulong mantissa, uint signExponent) : IEquatable<Float80>
{
    /// <summary>Integer bit.</summary>
    internal const ulong Integer = 1ul << 63;

    /// <summary>The bit that tells a quiet NaN from a signalling one.</summary>
    internal const ulong Quiet = 1ul << 62;

    internal const int Bias = 16383;
    internal const int MaximumExponent = 0x7FFF;
    internal const uint SignBit = 0x8000;

    /// <summary>What unmasked overflow and underflow take off or add to the exponent: 3 * 2^13.</summary>
    internal const int WrappedExponent = 24576;

    /// <summary>Significand with its integer bit in bit 63.</summary>
    public readonly ulong Mantissa = mantissa;

    /// <summary>Sign in bit 15, biased exponent below.</summary>
    public readonly ushort SignExponent = (ushort)signExponent;

    /// <summary>The quiet NaN that stands for an invalid operation ("real indefinite").</summary>
    public static Float80 Indefinite => new(Integer | Quiet, 0xFFFF);

    /// <summary>Plus zero.</summary>
    public static Float80 Zero => default;

    /// <summary>Plus one.</summary>
    public static Float80 One => new(Integer, Bias);

    /// <summary>Biased exponent.</summary>
    public int Exponent
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SignExponent & MaximumExponent;
    }

    /// <summary>0 or 8000h.</summary>
    public uint Sign
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SignExponent & SignBit;
    }

    /// <summary>Plus or minus zero.</summary>
    public bool IsZero => Mantissa == 0 && Exponent == 0;

    /// <summary>Exponent 0 and not zero; pseudo-denormals too.</summary>
    public bool IsDenormal => Exponent == 0 && Mantissa != 0;

    /// <summary>Plus or minus infinity.</summary>
    public bool IsInfinity => Exponent == MaximumExponent && Mantissa == Integer;

    /// <summary>A quiet or signalling NaN.</summary>
    public bool IsNaN => Exponent == MaximumExponent && Mantissa > Integer;

    /// <summary>A signalling NaN.</summary>
    public bool IsSignalling => IsNaN && (Mantissa & Quiet) == 0;

    /// <summary>Pseudo-NaN, pseudo-infinity or unnormal: invalid as an operand.</summary>
    public bool IsUnsupported => Exponent != 0 && (long)Mantissa >= 0;

    /// <summary>A number with the integer bit set and an exponent neither lowest nor highest: what fast paths take.</summary>
    internal bool IsNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)Mantissa < 0 && (uint)(Exponent - 1) < MaximumExponent - 1;
    }

    /// <summary>The number with the other sign.</summary>
    public Float80 Negated => new(Mantissa, SignExponent ^ SignBit);

    /// <summary>The number without its sign.</summary>
    public Float80 Absolute => new(Mantissa, SignExponent & ~SignBit);

    /// <inheritdoc/>
    public bool Equals(Float80 other) => Mantissa == other.Mantissa && SignExponent == other.SignExponent;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Float80 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mantissa, SignExponent);

    /// <inheritdoc/>
    public override string ToString() => $"{SignExponent:x4}:{Mantissa:x16}";

    /// <summary>Same bits.</summary>
    public static bool operator ==(Float80 left, Float80 right) => left.Equals(right);

    /// <summary>Different bits.</summary>
    public static bool operator !=(Float80 left, Float80 right) => !left.Equals(right);

    internal static FpuResult Exact(Float80 value, uint status = 0) => new(value, status);

    internal static FpuResult Infinity(uint sign, uint status = 0) => new(Integer, sign | MaximumExponent, status);

    internal static FpuResult ZeroOf(uint sign, uint status = 0) => new(0, sign, status);

    /// <summary>The answer to an invalid operation.</summary>
    internal static FpuResult Invalid(uint status = 0) => new(Indefinite, status | Fsw.Ie);

    /// <summary>A finite number's significand with the integer bit set, and its exponent, which may be 0 or less. Not for zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Normalize(Float80 value, out int exponent)
    {
        exponent = value.Exponent;
        if (exponent != 0)
        {
            return value.Mantissa;
        }

        int shift = System.Numerics.BitOperations.LeadingZeroCount(value.Mantissa);
        exponent = 1 - shift;
        return value.Mantissa << shift;
    }

    /// <summary>One operand that is unsupported or a NaN, if it is: the answer is then complete.</summary>
    internal static bool TakesNaN(Float80 a, out FpuResult result)
    {
        if (a.IsUnsupported)
        {
            result = Invalid();
            return true;
        }

        if (a.IsNaN)
        {
            result = new FpuResult(a.Mantissa | Quiet, a.SignExponent, a.IsSignalling ? Fsw.Ie : 0);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Two operands of which one is unsupported or a NaN, if so.</summary>
    /// <remarks>Of two NaNs the one with the larger significand is the result, of equal ones the positive one. Intel SDM volume 1, table 4-7.</remarks>
    internal static bool TakesNaN(Float80 a, Float80 b, out FpuResult result)
    {
        if (a.IsUnsupported || b.IsUnsupported)
        {
            result = Invalid();
            return true;
        }

        bool aNaN = a.IsNaN;
        bool bNaN = b.IsNaN;
        if (!aNaN && !bNaN)
        {
            result = default;
            return false;
        }

        bool second = !aNaN
            || (bNaN && (b.Mantissa > a.Mantissa || (b.Mantissa == a.Mantissa && b.Sign < a.Sign)));
        Float80 chosen = second ? b : a;
        uint status = a.IsSignalling || b.IsSignalling ? Fsw.Ie : 0;
        result = new FpuResult(chosen.Mantissa | Quiet, chosen.SignExponent, status);
        return true;
    }

    /// <summary>The denormal operand exception of one operand.</summary>
    internal static uint DenormalStatus(Float80 a) => a.IsDenormal ? Fsw.De : 0;

    /// <summary>Whether the exceptions found so far forbid to go on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Stops(uint status, uint control) => (status & ~control & Fsw.Before) != 0;
}

/// <summary>What an operation gives: a value, and the exceptions and condition codes it sets in the status word.</summary>
/// <remarks>An unmasked exception of <see cref="Fsw.Before"/> means that the value is not to be used.</remarks>
/// <param name="mantissa">Significand.</param>
/// <param name="signExponent">Sign and exponent.</param>
/// <param name="status">Bits of the status word.</param>
public readonly struct FpuResult(ulong mantissa, uint signExponent, uint status)
{
    /// <summary>Significand.</summary>
    public ulong Mantissa { get; } = mantissa;

    /// <summary>Sign and exponent.</summary>
    public uint SignExponent { get; } = signExponent;

    /// <summary>Exceptions and <see cref="Fsw.C1"/>, in the status word's places.</summary>
    public uint Status { get; } = status;

    /// <summary>Makes a result from a value.</summary>
    public FpuResult(Float80 value, uint status)
        : this(value.Mantissa, value.SignExponent, status)
    {
    }

    /// <summary>The value.</summary>
    public Float80 Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Mantissa, SignExponent);
    }

    /// <summary>The same with more exceptions.</summary>
    internal FpuResult With(uint more) => new(Mantissa, SignExponent, Status | more);
}
