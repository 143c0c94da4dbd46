using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Interpreter;

/// <summary>An operand width. All values travel as ulong, zero-extended.</summary>
internal unsafe interface ISize
{
    static abstract int Bytes { get; }

    static abstract int Log2 { get; }

    /// <summary>Reads a register or memory.</summary>
    static abstract ulong Read(void* at);

    /// <summary>Writes memory.</summary>
    static abstract void Write(void* at, ulong value);

    /// <summary>Writes a register; 32 bits clear the upper half, as in long mode (elsewhere it is not visible).</summary>
    static abstract void WriteRegister(void* at, ulong value);

    /// <summary>Sign-extends.</summary>
    static abstract long Sign(ulong value);

    /// <summary>Cuts to the width.</summary>
    static abstract ulong Cut(ulong value);
}

internal readonly unsafe struct B1 : ISize
{
    public static int Bytes => 1;

    public static int Log2 => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(void* at) => *(byte*)at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(void* at, ulong value) => *(byte*)at = (byte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRegister(void* at, ulong value) => *(byte*)at = (byte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sign(ulong value) => (sbyte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Cut(ulong value) => (byte)value;
}

internal readonly unsafe struct B2 : ISize
{
    public static int Bytes => 2;

    public static int Log2 => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(void* at) => Unsafe.ReadUnaligned<ushort>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(void* at, ulong value) => Unsafe.WriteUnaligned(at, (ushort)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRegister(void* at, ulong value) => *(ushort*)at = (ushort)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sign(ulong value) => (short)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Cut(ulong value) => (ushort)value;
}

internal readonly unsafe struct B4 : ISize
{
    public static int Bytes => 4;

    public static int Log2 => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(void* at) => Unsafe.ReadUnaligned<uint>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(void* at, ulong value) => Unsafe.WriteUnaligned(at, (uint)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRegister(void* at, ulong value) => *(ulong*)at = (uint)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sign(ulong value) => (int)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Cut(ulong value) => (uint)value;
}

internal readonly unsafe struct B8 : ISize
{
    public static int Bytes => 8;

    public static int Log2 => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(void* at) => Unsafe.ReadUnaligned<ulong>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(void* at, ulong value) => Unsafe.WriteUnaligned(at, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRegister(void* at, ulong value) => *(ulong*)at = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sign(ulong value) => (long)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Cut(ulong value) => value;
}
