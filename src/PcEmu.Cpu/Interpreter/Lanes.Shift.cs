using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

// Shifts, packing and unpacking.

internal readonly struct Psllw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 16 ? default : (a.AsUInt16() << (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Pslld : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 32 ? default : (a.AsUInt32() << (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Psllq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 64 ? default : (a.AsUInt64() << (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Psrlw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 16 ? default : (a.AsUInt16() >>> (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Psrld : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 32 ? default : (a.AsUInt32() >>> (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Psrlq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b.AsUInt64().ToScalar() >= 64 ? default : (a.AsUInt64() >>> (int)b.AsUInt64().ToScalar()).AsByte();
}

internal readonly struct Psraw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt16() >> (int)Math.Min(b.AsUInt64().ToScalar(), 15)).AsByte();
}

internal readonly struct Psrad : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt32() >> (int)Math.Min(b.AsUInt64().ToScalar(), 31)).AsByte();
}

internal readonly struct Pslldq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Bytes.Up(a, (int)b.AsUInt64().ToScalar());
}

internal readonly struct Psrldq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Bytes.Down(a, (int)b.AsUInt64().ToScalar());
}

/// <summary>A register as one number of 16 bytes.</summary>
internal static class Bytes
{
    public static Vector128<byte> Up(Vector128<byte> a, int count) =>
        count > 15 ? default : Unsafe.BitCast<UInt128, Vector128<byte>>(Unsafe.BitCast<Vector128<byte>, UInt128>(a) << (8 * count));

    public static Vector128<byte> Down(Vector128<byte> a, int count) =>
        count > 15 ? default : Unsafe.BitCast<UInt128, Vector128<byte>>(Unsafe.BitCast<Vector128<byte>, UInt128>(a) >>> (8 * count));
}

internal readonly struct Packsswb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.NarrowWithSaturation(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Packssdw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.NarrowWithSaturation(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Packuswb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.NarrowWithSaturation(Vector128.Max(a.AsInt16(), Vector128<short>.Zero).AsUInt16(), Vector128.Max(b.AsInt16(), Vector128<short>.Zero).AsUInt16());
}

internal readonly struct Packusdw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.NarrowWithSaturation(Vector128.Max(a.AsInt32(), Vector128<int>.Zero).AsUInt32(), Vector128.Max(b.AsInt32(), Vector128<int>.Zero).AsUInt32()).AsByte();
}

internal readonly struct Punpcklbw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 8)).AsByte();
}

internal readonly struct Punpcklwd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenLower(a.AsUInt16()) | (Vector128.WidenLower(b.AsUInt16()) << 16)).AsByte();
}

internal readonly struct Punpckldq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenLower(a.AsUInt32()) | (Vector128.WidenLower(b.AsUInt32()) << 32)).AsByte();
}

internal readonly struct Punpcklqdq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(a.GetLower(), b.GetLower());
}

internal readonly struct Punpckhbw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 8)).AsByte();
}

internal readonly struct Punpckhwd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenUpper(a.AsUInt16()) | (Vector128.WidenUpper(b.AsUInt16()) << 16)).AsByte();
}

internal readonly struct Punpckhdq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (Vector128.WidenUpper(a.AsUInt32()) | (Vector128.WidenUpper(b.AsUInt32()) << 32)).AsByte();
}

internal readonly struct Punpckhqdq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(a.GetUpper(), b.GetUpper());
}

/// <summary>An operation that narrows or joins two registers, on registers of 8 bytes.</summary>
internal readonly struct Half<TOp> : IPacked
    where TOp : struct, IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => TOp.Do(Vector128.Create(a.GetLower(), b.GetLower()), default);
}

/// <summary>The upper half of what an operation on low halves gives.</summary>
internal readonly struct UpperHalf<TOp> : IPacked
    where TOp : struct, IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => TOp.Do(a, b).GetUpper().ToVector128();
}
