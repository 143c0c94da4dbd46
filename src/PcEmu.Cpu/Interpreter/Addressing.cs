using System.Runtime.CompilerServices;
using PcEmu.Cpu.Mmu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>How an operation makes a linear address from its memory operand.</summary>
internal unsafe interface IAddress
{
    /// <summary>Whether offsets and addresses are 64 bits wide.</summary>
    static abstract bool Is64 { get; }

    /// <summary>The operand's offset in its segment.</summary>
    static abstract ulong Offset(CpuState* s, Uop* u);

    /// <summary>The linear address of <paramref name="size"/> bytes at an offset in a segment; false when a fault was set up.</summary>
    static abstract bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear);
}

/// <summary>32-bit addressing where CS, DS, ES and SS are flat: nothing to add, nothing to check.</summary>
internal readonly unsafe struct Flat : IAddress
{
    public static bool Is64 => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) =>
        *(uint*)((byte*)s + u->Base) + (*(uint*)((byte*)s + u->Index) << u->Scale) + (uint)u->Disp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear)
    {
        linear = offset;
        return true;
    }
}

/// <summary>16- or 32-bit addressing through a segment's base and limit.</summary>
internal readonly unsafe struct Segmented : IAddress
{
    public static bool Is64 => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(CpuState* s, Uop* u) =>
        (*(uint*)((byte*)s + u->Base) + (*(uint*)((byte*)s + u->Index) << u->Scale) + (uint)u->Disp) & (uint.MaxValue >> u->AddressCut);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Linear(CpuState* s, int segment, ulong offset, int size, bool write, out ulong linear)
    {
        SegmentCache* cache = CpuState.Segment(s, segment);
        uint inside = (uint)offset - cache->Low;
        linear = (uint)(cache->Base + offset);
        if ((long)inside + (size - 1) > (write ? cache->WriteSpan : cache->ReadSpan))
        {
            return Violation(s, segment, inside, size, write);
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Violation(CpuState* s, int segment, uint inside, int size, bool write)
    {
        SegmentCache* cache = CpuState.Segment(s, segment);

        // A segment of the full 4 GiB has no limit to exceed: the offset wraps.
        if ((write ? cache->WriteSpan : cache->ReadSpan) == uint.MaxValue)
        {
            return true;
        }

        X86Cpu.Of(s).SetFault(segment == Seg.Ss ? Vector.Stack : Vector.GeneralProtection, 0);
        return false;
    }
}

/// <summary>Loads and stores through the software TLB.</summary>
internal static unsafe class Guest
{
    /// <summary>Loads from a linear address; false when a fault was set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Load<S>(CpuState* s, Uop* u, ulong linear, out ulong value)
        where S : struct, ISize
    {
        TlbEntry* entry = s->Tlb + ((linear >> 12) & (TlbEntry.Count - 1));
        if (((linear + (ulong)(S.Bytes - 1)) & ~0xFFFul) == entry->Read)
        {
            value = S.Read((byte*)(linear + (ulong)entry->Addend));
            return true;
        }

        return LoadMissed(s, u, linear, S.Bytes, out value);
    }

    /// <summary>Stores to a linear address; false when a fault was set up or code is in the way. Nothing is changed then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Store<S>(CpuState* s, Uop* u, ulong linear, ulong value)
        where S : struct, ISize
    {
        TlbEntry* entry = s->Tlb + ((linear >> 12) & (TlbEntry.Count - 1));
        if (((linear + (ulong)(S.Bytes - 1)) & ~0xFFFul) == entry->Write)
        {
            S.Write((byte*)(linear + (ulong)entry->Addend), value);
            return true;
        }

        return StoreMissed(s, u, linear, value, S.Bytes);
    }

    /// <summary>Where a read-modify-write goes straight to host memory, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Pointer<S>(CpuState* s, ulong linear)
        where S : struct, ISize
    {
        TlbEntry* entry = s->Tlb + ((linear >> 12) & (TlbEntry.Count - 1));
        return ((linear + (ulong)(S.Bytes - 1)) & ~0xFFFul) == entry->Write ? (byte*)(linear + (ulong)entry->Addend) : null;
    }

    /// <summary>The load of a read-modify-write that missed: write access is checked first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool LoadForUpdate(CpuState* s, Uop* u, ulong linear, int size, out ulong value)
    {
        s->Current = u;
        X86Cpu cpu = X86Cpu.Of(s);
        bool user = s->Cpl == 3;
        value = 0;
        return (cpu.ProbeWrite(linear, size, user) && cpu.LoadSlow(linear, size, user, out value)) || cpu.AccessFailed(u, linear, size);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool StoreMissed(CpuState* s, Uop* u, ulong linear, ulong value, int size)
    {
        s->Current = u;
        X86Cpu cpu = X86Cpu.Of(s);
        return cpu.StoreSlow(linear, value, size, s->Cpl == 3) || cpu.AccessFailed(u, linear, size);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool LoadMissed(CpuState* s, Uop* u, ulong linear, int size, out ulong value)
    {
        s->Current = u;
        X86Cpu cpu = X86Cpu.Of(s);
        return cpu.LoadSlow(linear, size, s->Cpl == 3, out value) || cpu.AccessFailed(u, linear, size);
    }
}

/// <summary>A place an operand comes from or goes to.</summary>
internal unsafe interface IOperand
{
    static abstract bool IsMemory { get; }

    /// <summary>Reads the operand as a source; false when a fault was set up.</summary>
    static abstract bool Read<S>(CpuState* s, Uop* u, out ulong value)
        where S : struct, ISize;

    /// <summary>Writes the operand as a destination that is not read; false when a fault was set up.</summary>
    static abstract bool Write<S>(CpuState* s, Uop* u, ulong value)
        where S : struct, ISize;

    /// <summary>Reads the operand as a destination that will be written.</summary>
    static abstract bool Begin<S>(CpuState* s, Uop* u, out ulong value, out Place place)
        where S : struct, ISize;

    /// <summary>Writes the destination that <see cref="Begin"/> read.</summary>
    static abstract bool End<S>(CpuState* s, Uop* u, ulong value, in Place place)
        where S : struct, ISize;
}

/// <summary>Where a read-modify-write goes.</summary>
internal unsafe ref struct Place
{
    /// <summary>Host address, or null.</summary>
    public byte* Host;

    /// <summary>Linear address.</summary>
    public ulong Linear;
}

/// <summary>The register that <see cref="Uop.Src"/> names as a source and <see cref="Uop.Dst"/> as a destination.</summary>
internal readonly unsafe struct Reg : IOperand
{
    public static bool IsMemory => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read<S>(CpuState* s, Uop* u, out ulong value)
        where S : struct, ISize
    {
        value = S.Read((byte*)s + u->Src);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Write<S>(CpuState* s, Uop* u, ulong value)
        where S : struct, ISize
    {
        S.WriteRegister((byte*)s + u->Dst, value);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Begin<S>(CpuState* s, Uop* u, out ulong value, out Place place)
        where S : struct, ISize
    {
        value = S.Read((byte*)s + u->Dst);
        place = default;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool End<S>(CpuState* s, Uop* u, ulong value, in Place place)
        where S : struct, ISize
    {
        S.WriteRegister((byte*)s + u->Dst, value);
        return true;
    }
}

/// <summary>The immediate.</summary>
internal readonly unsafe struct Imm : IOperand
{
    public static bool IsMemory => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read<S>(CpuState* s, Uop* u, out ulong value)
        where S : struct, ISize
    {
        value = S.Cut((ulong)(long)u->Imm);
        return true;
    }

    public static bool Write<S>(CpuState* s, Uop* u, ulong value)
        where S : struct, ISize => throw new System.Diagnostics.UnreachableException();

    public static bool Begin<S>(CpuState* s, Uop* u, out ulong value, out Place place)
        where S : struct, ISize => throw new System.Diagnostics.UnreachableException();

    public static bool End<S>(CpuState* s, Uop* u, ulong value, in Place place)
        where S : struct, ISize => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The memory operand.</summary>
internal readonly unsafe struct Mem<A> : IOperand
    where A : struct, IAddress
{
    public static bool IsMemory => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read<S>(CpuState* s, Uop* u, out ulong value)
        where S : struct, ISize
    {
        if (!A.Linear(s, u->Seg, A.Offset(s, u), S.Bytes, write: false, out ulong linear))
        {
            value = 0;
            return false;
        }

        return Guest.Load<S>(s, u, linear, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Write<S>(CpuState* s, Uop* u, ulong value)
        where S : struct, ISize =>
        A.Linear(s, u->Seg, A.Offset(s, u), S.Bytes, write: true, out ulong linear) && Guest.Store<S>(s, u, linear, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Begin<S>(CpuState* s, Uop* u, out ulong value, out Place place)
        where S : struct, ISize
    {
        place = default;
        if (!A.Linear(s, u->Seg, A.Offset(s, u), S.Bytes, write: true, out place.Linear))
        {
            value = 0;
            return false;
        }

        place.Host = Guest.Pointer<S>(s, place.Linear);
        if (place.Host != null)
        {
            value = S.Read(place.Host);
            return true;
        }

        return Guest.LoadForUpdate(s, u, place.Linear, S.Bytes, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool End<S>(CpuState* s, Uop* u, ulong value, in Place place)
        where S : struct, ISize
    {
        if (place.Host != null)
        {
            S.Write(place.Host, value);
            return true;
        }

        return Guest.StoreMissed(s, u, place.Linear, value, S.Bytes);
    }
}
