using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PcEmu.Cpu.Mmu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>Where a vector instruction's source comes from. What is narrower than 16 bytes arrives zero-extended.</summary>
internal unsafe interface IVectorSource
{
    /// <summary>Reads it; false when a fault was set up.</summary>
    static abstract bool Read(CpuState* s, Uop* u, out Vector128<byte> value);
}

/// <summary>The XMM register that <see cref="Uop.Src"/> names: 16 times its number.</summary>
internal readonly unsafe struct XmmRegister : IVectorSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(CpuState* s, Uop* u, out Vector128<byte> value)
    {
        value = *Sse.At(s, u->Src);
        return true;
    }
}

/// <summary>The MMX register that <see cref="Uop.Src"/> names: 16 times its number.</summary>
internal readonly unsafe struct MmxRegister : IVectorSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(CpuState* s, Uop* u, out Vector128<byte> value)
    {
        value = Vector128.CreateScalar(*Mmx.At(s, u->Src)).AsByte();
        return true;
    }
}

/// <summary>The general register that <see cref="Uop.Src"/> names.</summary>
internal readonly unsafe struct GeneralRegister<S> : IVectorSource
    where S : struct, ISize
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(CpuState* s, Uop* u, out Vector128<byte> value)
    {
        value = Vector128.CreateScalar(S.Read((byte*)s + u->Src)).AsByte();
        return true;
    }
}

/// <summary>The immediate, as a shift count.</summary>
internal readonly unsafe struct ImmediateCount : IVectorSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(CpuState* s, Uop* u, out Vector128<byte> value)
    {
        value = Vector128.CreateScalar((ulong)(byte)u->Imm).AsByte();
        return true;
    }
}

/// <summary>Width of a vector instruction's memory operand.</summary>
internal unsafe interface IVectorWidth
{
    static abstract int Bytes { get; }

    /// <summary>Whether an address that is not a multiple of 16 is #GP(0).</summary>
    static abstract bool IsAligned { get; }

    static abstract bool Load(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value);

    static abstract bool Store(CpuState* s, Uop* u, ulong linear, Vector128<byte> value);
}

/// <summary>1 to 8 bytes.</summary>
internal readonly unsafe struct Part<S> : IVectorWidth
    where S : struct, ISize
{
    public static int Bytes => S.Bytes;

    public static bool IsAligned => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Load(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value)
    {
        bool done = Guest.Load<S>(s, u, linear, out ulong part);
        value = Vector128.CreateScalar(part).AsByte();
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Store(CpuState* s, Uop* u, ulong linear, Vector128<byte> value) => Guest.Store<S>(s, u, linear, value.AsUInt64().ToScalar());
}

/// <summary>16 bytes at any address.</summary>
internal readonly unsafe struct Whole : IVectorWidth
{
    public static int Bytes => 16;

    public static bool IsAligned => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Load(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value) => VectorMemory.Load(s, u, linear, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Store(CpuState* s, Uop* u, ulong linear, Vector128<byte> value) => VectorMemory.Store(s, u, linear, value);
}

/// <summary>16 bytes at a multiple of 16.</summary>
internal readonly unsafe struct Aligned : IVectorWidth
{
    public static int Bytes => 16;

    public static bool IsAligned => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Load(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value) => VectorMemory.Load(s, u, linear, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Store(CpuState* s, Uop* u, ulong linear, Vector128<byte> value) => VectorMemory.Store(s, u, linear, value);
}

/// <summary>The memory operand.</summary>
internal readonly unsafe struct VectorMemory<A, N> : IVectorSource
    where A : struct, IAddress
    where N : struct, IVectorWidth
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(CpuState* s, Uop* u, out Vector128<byte> value)
    {
        if (!Linear(s, u, write: false, out ulong linear))
        {
            value = default;
            return false;
        }

        return N.Load(s, u, linear, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Write(CpuState* s, Uop* u, Vector128<byte> value) =>
        Linear(s, u, write: true, out ulong linear) && N.Store(s, u, linear, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Linear(CpuState* s, Uop* u, bool write, out ulong linear) =>
        A.Linear(s, u->Seg, A.Offset(s, u), N.Bytes, write, out linear)
        && (!N.IsAligned || (linear & 15) == 0 || VectorMemory.Misaligned(s));
}

/// <summary>16-byte loads and stores.</summary>
internal static unsafe class VectorMemory
{
    /// <summary>Loads 16 bytes; false when a fault was set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Load(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value)
    {
        TlbEntry* entry = s->Tlb + ((linear >> 12) & (TlbEntry.Count - 1));
        if (((linear + 15) & ~0xFFFul) == entry->Read)
        {
            value = Vector128.Load((byte*)(linear + (ulong)entry->Addend));
            return true;
        }

        return LoadMissed(s, u, linear, out value);
    }

    /// <summary>Stores 16 bytes; false when a fault was set up or code is in the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Store(CpuState* s, Uop* u, ulong linear, Vector128<byte> value)
    {
        TlbEntry* entry = s->Tlb + ((linear >> 12) & (TlbEntry.Count - 1));
        if (((linear + 15) & ~0xFFFul) == entry->Write)
        {
            value.Store((byte*)(linear + (ulong)entry->Addend));
            return true;
        }

        return StoreMissed(s, u, linear, value);
    }

    /// <summary>Sets up #GP(0).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Misaligned(CpuState* s)
    {
        X86Cpu.Of(s).SetFault(Vector.GeneralProtection, 0);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool LoadMissed(CpuState* s, Uop* u, ulong linear, out Vector128<byte> value)
    {
        s->Current = u;
        X86Cpu cpu = X86Cpu.Of(s);
        bool user = s->Cpl == 3;
        ulong high = 0;
        bool done = cpu.LoadSlow(linear, 8, user, out ulong low) && cpu.LoadSlow(cpu.Wrap(linear + 8), 8, user, out high);
        value = Vector128.Create(low, high).AsByte();
        return done;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool StoreMissed(CpuState* s, Uop* u, ulong linear, Vector128<byte> value)
    {
        // Both pages must take the write before either is changed. If code is in the way the whole store is made again.
        s->Current = u;
        X86Cpu cpu = X86Cpu.Of(s);
        bool user = s->Cpl == 3;
        return cpu.ProbeWrite(linear, 16, user)
            && cpu.StoreSlow(linear, value.AsUInt64().ToScalar(), 8, user)
            && cpu.StoreSlow(cpu.Wrap(linear + 8), value.AsUInt64().GetElement(1), 8, user);
    }
}
