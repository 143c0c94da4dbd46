using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

// Products, averages, signs and sums across lanes.

/// <summary>Average, rounded up.</summary>
internal readonly struct Pavgb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a | b) - ((a ^ b) >>> 1);
}

internal readonly struct Pavgw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => ((a | b).AsUInt16() - ((a ^ b).AsUInt16() >>> 1)).AsByte();
}

internal readonly struct Pmullw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt16() * b.AsInt16()).AsByte();
}

internal readonly struct Pmulld : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt32() * b.AsInt32()).AsByte();
}

internal readonly struct Pmulhw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        (Vector128<int> al, Vector128<int> ah) = Vector128.Widen(a.AsInt16());
        (Vector128<int> bl, Vector128<int> bh) = Vector128.Widen(b.AsInt16());
        return Vector128.Narrow((al * bl) >> 16, (ah * bh) >> 16).AsByte();
    }
}

internal readonly struct Pmulhuw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        (Vector128<uint> al, Vector128<uint> ah) = Vector128.Widen(a.AsUInt16());
        (Vector128<uint> bl, Vector128<uint> bh) = Vector128.Widen(b.AsUInt16());
        return Vector128.Narrow((al * bl) >>> 16, (ah * bh) >>> 16).AsByte();
    }
}

/// <summary>High halves of products, rounded.</summary>
internal readonly struct Pmulhrsw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        (Vector128<int> al, Vector128<int> ah) = Vector128.Widen(a.AsInt16());
        (Vector128<int> bl, Vector128<int> bh) = Vector128.Widen(b.AsInt16());
        Vector128<int> one = Vector128<int>.One;
        return Vector128.Narrow((((al * bl) >> 14) + one) >> 1, (((ah * bh) >> 14) + one) >> 1).AsByte();
    }
}

internal readonly struct Pmuludq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create((ulong)a.AsUInt32().GetElement(0) * b.AsUInt32().GetElement(0), (ulong)a.AsUInt32().GetElement(2) * b.AsUInt32().GetElement(2)).AsByte();
}

internal readonly struct Pmuldq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create((long)a.AsInt32().GetElement(0) * b.AsInt32().GetElement(0), (long)a.AsInt32().GetElement(2) * b.AsInt32().GetElement(2)).AsByte();
}

/// <summary>Sums of neighbouring products.</summary>
internal readonly struct Pmaddwd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        (Vector128<int> al, Vector128<int> ah) = Vector128.Widen(a.AsInt16());
        (Vector128<int> bl, Vector128<int> bh) = Vector128.Widen(b.AsInt16());
        return Horizontal.Add((al * bl).AsByte(), (ah * bh).AsByte());
    }
}

/// <summary>Sums of neighbouring products of unsigned and signed bytes, saturated.</summary>
internal readonly struct Pmaddubsw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        (Vector128<ushort> al, Vector128<ushort> ah) = Vector128.Widen(a);
        (Vector128<short> bl, Vector128<short> bh) = Vector128.Widen(b.AsSByte());
        Vector128<short> low = al.AsInt16() * bl;
        Vector128<short> high = ah.AsInt16() * bh;
        return Vector128.AddSaturate(Horizontal.EvenWords(low, high), Horizontal.OddWords(low, high)).AsByte();
    }
}

/// <summary>Sums of absolute differences of each half.</summary>
internal readonly struct Psadbw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<byte> difference = Vector128.Max(a, b) - Vector128.Min(a, b);
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(difference);
        return Vector128.Create((ulong)Vector128.Sum(low), Vector128.Sum(high)).AsByte();
    }
}

internal readonly struct Phaddw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Horizontal.EvenWords(a.AsInt16(), b.AsInt16()) + Horizontal.OddWords(a.AsInt16(), b.AsInt16())).AsByte();
}

internal readonly struct Phsubw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Horizontal.EvenWords(a.AsInt16(), b.AsInt16()) - Horizontal.OddWords(a.AsInt16(), b.AsInt16())).AsByte();
}

internal readonly struct Phaddd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Horizontal.EvenDwords(a.AsInt32(), b.AsInt32()) + Horizontal.OddDwords(a.AsInt32(), b.AsInt32())).AsByte();
}

internal readonly struct Phsubd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Horizontal.EvenDwords(a.AsInt32(), b.AsInt32()) - Horizontal.OddDwords(a.AsInt32(), b.AsInt32())).AsByte();
}

internal readonly struct Phaddsw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.AddSaturate(Horizontal.EvenWords(a.AsInt16(), b.AsInt16()), Horizontal.OddWords(a.AsInt16(), b.AsInt16())).AsByte();
}

internal readonly struct Phsubsw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.SubtractSaturate(Horizontal.EvenWords(a.AsInt16(), b.AsInt16()), Horizontal.OddWords(a.AsInt16(), b.AsInt16())).AsByte();
}

internal readonly struct Psignb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<sbyte> negative = Vector128.LessThan(b.AsSByte(), Vector128<sbyte>.Zero);
        Vector128<sbyte> signed = (a.AsSByte() ^ negative) - negative;
        return Vector128.AndNot(signed, Vector128.Equals(b.AsSByte(), Vector128<sbyte>.Zero)).AsByte();
    }
}

internal readonly struct Pabsb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<sbyte> negative = Vector128.LessThan(b.AsSByte(), Vector128<sbyte>.Zero);
        return ((b.AsSByte() ^ negative) - negative).AsByte();
    }
}

internal readonly struct Psignw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<short> negative = Vector128.LessThan(b.AsInt16(), Vector128<short>.Zero);
        Vector128<short> signed = (a.AsInt16() ^ negative) - negative;
        return Vector128.AndNot(signed, Vector128.Equals(b.AsInt16(), Vector128<short>.Zero)).AsByte();
    }
}

internal readonly struct Pabsw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<short> negative = Vector128.LessThan(b.AsInt16(), Vector128<short>.Zero);
        return ((b.AsInt16() ^ negative) - negative).AsByte();
    }
}

internal readonly struct Psignd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<int> negative = Vector128.LessThan(b.AsInt32(), Vector128<int>.Zero);
        Vector128<int> signed = (a.AsInt32() ^ negative) - negative;
        return Vector128.AndNot(signed, Vector128.Equals(b.AsInt32(), Vector128<int>.Zero)).AsByte();
    }
}

internal readonly struct Pabsd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<int> negative = Vector128.LessThan(b.AsInt32(), Vector128<int>.Zero);
        return ((b.AsInt32() ^ negative) - negative).AsByte();
    }
}

/// <summary>The least word and where it is first.</summary>
internal readonly struct Phminposuw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        ushort least = b.AsUInt16().GetElement(0);
        int at = 0;
        for (int i = 1; i < 8; i++)
        {
            if (b.AsUInt16().GetElement(i) < least)
            {
                least = b.AsUInt16().GetElement(i);
                at = i;
            }
        }

        return Vector128.CreateScalar(least | ((uint)at << 16)).AsByte();
    }
}

/// <summary>Neighbours of two registers, sorted by place.</summary>
internal static class Horizontal
{
    public static Vector128<short> EvenWords(Vector128<short> a, Vector128<short> b) =>
        Vector128.Narrow(a.AsInt32(), b.AsInt32());

    public static Vector128<short> OddWords(Vector128<short> a, Vector128<short> b) =>
        Vector128.Narrow(a.AsInt32() >> 16, b.AsInt32() >> 16);

    public static Vector128<int> EvenDwords(Vector128<int> a, Vector128<int> b) =>
        Vector128.Narrow(a.AsInt64(), b.AsInt64());

    public static Vector128<int> OddDwords(Vector128<int> a, Vector128<int> b) =>
        Vector128.Narrow(a.AsInt64() >> 32, b.AsInt64() >> 32);

    public static Vector128<byte> Add(Vector128<byte> a, Vector128<byte> b) =>
        (EvenDwords(a.AsInt32(), b.AsInt32()) + OddDwords(a.AsInt32(), b.AsInt32())).AsByte();
}
