using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// Addressing in 64-bit mode: bases and limits of CS, DS, ES and SS do not count, those of FS and GS have a base only.
// Addresses that are not canonical are never in the TLB, so that the slow path finds them. Intel SDM volume 1, 3.3.7.

/// <summary>64-bit addressing without a segment base.</summary>
internal readonly unsafe struct Long : IAddress
{
    public static bool Is64 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) =>
        *(ulong*)((byte*)s + u->Base) + (*(ulong*)((byte*)s + u->Index) << u->Scale) + (ulong)(long)u->Disp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear)
    {
        linear = offset;
        return true;
    }
}

/// <summary>An address relative to the next instruction: <see cref="Uop.Index"/> is the length of this one.</summary>
internal readonly unsafe struct LongRelative : IAddress
{
    public static bool Is64 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) => u->Rip + u->Index + (ulong)(long)u->Disp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear)
    {
        linear = offset;
        return true;
    }
}

/// <summary>64-bit addressing of any kind: through FS or GS, with 32-bit offsets, relative to the next instruction.</summary>
internal readonly unsafe struct LongAny : IAddress
{
    /// <summary>In <see cref="Uop.Base"/>: the address is relative to the next instruction.</summary>
    public const byte RelativeBase = 0xFF;

    public static bool Is64 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) =>
        (u->Base == RelativeBase ? LongRelative.Offset(s, u) : Long.Offset(s, u)) & (ulong.MaxValue >> u->AddressCut);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear)
    {
        linear = segment >= Seg.Fs ? CpuState.Segment(s, segment)->Base + offset : offset;
        return true;
    }
}

/// <summary>The 64-bit absolute address of MOV's short form: low half in <see cref="Uop.Disp"/>, high half in <see cref="Uop.Imm"/>.</summary>
internal readonly unsafe struct LongAbsolute : IAddress
{
    public static bool Is64 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) => ((ulong)(uint)u->Imm << 32) | (uint)u->Disp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear) =>
        LongAny.Linear(s, segment, offset, size, write, out linear);
}

/// <summary>Canonical addresses: bits 63 to 47 are all equal.</summary>
internal static class Canonical
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ulong address) => (ulong)((long)(address << 16) >> 16) == address;

    /// <summary>Whether all of an access is canonical.</summary>
    public static bool Is(ulong address, int size) => Is(address) && Is(address + (uint)(size - 1));
}
