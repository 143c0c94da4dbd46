using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>The bodies of instructions on MMX registers, which are the low halves of the x87 registers. Operands as in <see cref="Sse"/>.</summary>
/// <remarks>Intel SDM volume 1, 9.5 and volume 3, 12: every MMX instruction but EMMS makes all registers valid and TOP 0, and a write sets the register's upper bits.</remarks>
internal static unsafe class Mmx
{
    /// <summary>An MMX register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* At(CpuState* s, int offset) => (ulong*)((byte*)&s->FpuRegisters + offset);

    /// <summary>Whether MMX instructions may run; if not, #UD, #NM or #MF is set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Ready(CpuState* s, Uop* u) =>
        ((s->Cr0 & (Cr0.Em | Cr0.Ts)) | (s->FpuStatus & Fsw.Es)) == 0 || NotReady(s, u);

    /// <summary>The x87 registers become MMX registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s)
    {
        s->FpuTags = 0xFF;
        s->FpuStatus &= unchecked((ushort)~Fsw.Top);
    }

    /// <summary>Writes a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, ulong value)
    {
        ulong* register = At(s, offset);
        register[0] = value;
        *(ushort*)&register[1] = 0xFFFF;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool NotReady(CpuState* s, Uop* u)
    {
        X86Cpu cpu = X86Cpu.Of(s);
        if ((s->Cr0 & (Cr0.Em | Cr0.Ts)) != 0)
        {
            cpu.SetFault((s->Cr0 & Cr0.Em) != 0 ? Vector.InvalidOpcode : Vector.DeviceNotAvailable, 0);
            return false;
        }

        s->Current = u;
        return cpu.NumericError();
    }

    /// <summary>A register is made from itself and a source.</summary>
    internal readonly struct Packed<TOp, T> : IOp
        where TOp : struct, IPacked
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s, u) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte> r = TOp.Do(Vector128.CreateScalar(*At(s, u->Dst)).AsByte(), b);
            Enter(s);
            Write(s, u->Dst, r.AsUInt64().ToScalar());
            return u + 1;
        }
    }

    /// <summary>As <see cref="Packed{TOp, T}"/>, under an immediate.</summary>
    internal readonly struct PackedImmediate<TOp, T> : IOp
        where TOp : struct, IPackedImmediate
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s, u) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte> r = TOp.Do(Vector128.CreateScalar(*At(s, u->Dst)).AsByte(), b, u->Imm);
            Enter(s);
            Write(s, u->Dst, r.AsUInt64().ToScalar());
            return u + 1;
        }
    }

    /// <summary>A general register is made from an MMX register.</summary>
    internal readonly struct ToGeneral<TOp, S> : IOp
        where TOp : struct, IExtract
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s, u))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, S.Cut(TOp.Do(Vector128.CreateScalar(*At(s, u->Src)).AsByte(), u->Imm)));
            Enter(s);
            return u + 1;
        }
    }

    /// <summary>A register goes to memory.</summary>
    internal readonly struct Store<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s, u) || !VectorMemory<A, Part<S>>.Write(s, u, Vector128.CreateScalar(*At(s, u->Src)).AsByte()))
            {
                return Ops.Fault(s, u);
            }

            Enter(s);
            return u + 1;
        }
    }

    /// <summary>MOVQ2DQ: an MMX register goes to an XMM register.</summary>
    internal readonly struct ToXmm : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Sse.Ready(s) || !Ready(s, u))
            {
                return Ops.Fault(s, u);
            }

            *Sse.At(s, u->Dst) = Vector128.CreateScalar(*At(s, u->Src)).AsByte();
            Enter(s);
            return u + 1;
        }
    }

    /// <summary>MOVDQ2Q: the low half of an XMM register goes to an MMX register.</summary>
    internal readonly struct FromXmm : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Sse.Ready(s) || !Ready(s, u))
            {
                return Ops.Fault(s, u);
            }

            Enter(s);
            Write(s, u->Dst, Sse.At(s, u->Src)->AsUInt64().ToScalar());
            return u + 1;
        }
    }

    /// <summary>EMMS: all registers are empty, TOP is 0 as after any MMX instruction.</summary>
    internal readonly struct Emms : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s, u))
            {
                return Ops.Fault(s, u);
            }

            Enter(s);
            s->FpuTags = 0;
            return u + 1;
        }
    }
}
