using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

// Numbers taken out of registers, and masks.

/// <summary>The low half.</summary>
internal readonly struct Low : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt64().ToScalar();
}

/// <summary>The high half.</summary>
internal readonly struct High : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt64().GetElement(1);
}

internal readonly struct ExtractByte : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.GetElement(immediate & 15);
}

internal readonly struct ExtractWord : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt16().GetElement(immediate & 7);
}

internal readonly struct ExtractWordHalf : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt16().GetElement(immediate & 3);
}

internal readonly struct ExtractDword : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt32().GetElement(immediate & 3);
}

internal readonly struct ExtractQword : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt64().GetElement(immediate & 1);
}

/// <summary>PMOVMSKB.</summary>
internal readonly struct SignMaskBytes : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.ExtractMostSignificantBits();
}

/// <summary>MOVMSKPS.</summary>
internal readonly struct SignMaskDwords : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt32().ExtractMostSignificantBits();
}

/// <summary>MOVMSKPD.</summary>
internal readonly struct SignMaskQwords : IExtract
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(Vector128<byte> source, int immediate) => source.AsUInt64().ExtractMostSignificantBits();
}

/// <summary>Masks of lanes, from the bits of an immediate.</summary>
internal static class Masks
{
    public static Vector128<byte> Words(int bits)
    {
        Vector128<ushort> each = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.Equals(Vector128.Create((ushort)bits) & each, each).AsByte();
    }

    public static Vector128<byte> Dwords(int bits)
    {
        Vector128<uint> each = Vector128.Create(1u, 2, 4, 8);
        return Vector128.Equals(Vector128.Create((uint)bits) & each, each).AsByte();
    }

    public static Vector128<byte> Qwords(int bits)
    {
        Vector128<ulong> each = Vector128.Create(1ul, 2);
        return Vector128.Equals(Vector128.Create((ulong)bits) & each, each).AsByte();
    }

    public static Vector128<byte> Blend(Vector128<byte> a, Vector128<byte> b, Vector128<byte> mask) => Vector128.ConditionalSelect(mask, b, a);
}
