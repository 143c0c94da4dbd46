using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>What becomes of a register and a source: without memory, flags or exceptions.</summary>
internal interface IPacked
{
    static abstract Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b);
}

/// <summary>What becomes of a register and a source under an immediate.</summary>
internal interface IPackedImmediate
{
    static abstract Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate);
}

/// <summary>A number taken out of a source.</summary>
internal interface IExtract
{
    static abstract ulong Do(Vector128<byte> source, int immediate);
}

/// <summary>The bodies of instructions on XMM registers. <see cref="Uop.Dst"/> and <see cref="Uop.Src"/> are 16 times the register's number.</summary>
/// <remarks>Intel SDM volume 2; exceptions by volume 2, table 2-18 and after, and volume 3, 13.1.</remarks>
internal static unsafe partial class Sse
{
    /// <summary>An XMM register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte>* At(CpuState* s, int offset) => (Vector128<byte>*)((byte*)&s->Xmm + offset);

    /// <summary>Whether SSE instructions may run; if not, #UD or #NM is set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Ready(CpuState* s) =>
        ((s->Cr0 & (Cr0.Em | Cr0.Ts)) | (~s->Cr4 & Cr4.Osfxsr)) == 0 || NotReady(s);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool NotReady(CpuState* s)
    {
        bool there = (s->Cr0 & Cr0.Em) == 0 && (s->Cr4 & Cr4.Osfxsr) != 0;
        X86Cpu.Of(s).SetFault(there ? Vector.DeviceNotAvailable : Vector.InvalidOpcode, 0);
        return false;
    }

    /// <summary>A register is made from itself and a source.</summary>
    internal readonly struct Packed<TOp, T> : IOp
        where TOp : struct, IPacked
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            *d = TOp.Do(*d, b);
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
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            *d = TOp.Do(*d, b, u->Imm);
            return u + 1;
        }
    }

    /// <summary>As <see cref="Packed{TOp, T}"/>, with XMM0 as the mask.</summary>
    internal readonly struct Blend<TOp, T> : IOp
        where TOp : struct, IPacked
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            *d = Vector128.ConditionalSelect(TOp.Do(*At(s, 0), default), b, *d);
            return u + 1;
        }
    }

    /// <summary>A general register is made from an XMM register.</summary>
    internal readonly struct ToGeneral<TOp, S> : IOp
        where TOp : struct, IExtract
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, S.Cut(TOp.Do(*At(s, u->Src), u->Imm)));
            return u + 1;
        }
    }

    /// <summary>A register goes to memory.</summary>
    internal readonly struct Store<A, N> : IOp
        where A : struct, IAddress
        where N : struct, IVectorWidth
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            Ready(s) && VectorMemory<A, N>.Write(s, u, *At(s, u->Src)) ? u + 1 : Ops.Fault(s, u);
    }

    /// <summary>A part of a register goes to memory.</summary>
    internal readonly struct StorePart<TOp, A, S> : IOp
        where TOp : struct, IExtract
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            Ready(s) && VectorMemory<A, Part<S>>.Write(s, u, Vector128.CreateScalar(TOp.Do(*At(s, u->Src), u->Imm)).AsByte())
                ? u + 1
                : Ops.Fault(s, u);
    }

    /// <summary>PTEST.</summary>
    internal readonly struct Ptest<T> : IOp
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte> a = *At(s, u->Dst);
            Flags.Set(s, ((a & b) == default ? Eflags.Zf : 0) | (Vector128.AndNot(b, a) == default ? Eflags.Cf : 0));
            return u + 1;
        }
    }

    /// <summary>MASKMOVDQU, and MASKMOVQ with 8 bytes of MMX registers: <see cref="Uop.Dst"/> is the data, <see cref="Uop.Src"/> the mask, the base DI.</summary>
    internal readonly struct MaskMove<A, TMmx> : IOp
        where A : struct, IAddress
        where TMmx : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!(TMmx.Live ? Mmx.Ready(s, u) : Ready(s)))
            {
                return Ops.Fault(s, u);
            }

            int count = TMmx.Live ? 8 : 16;
            byte* data = TMmx.Live ? (byte*)Mmx.At(s, u->Dst) : (byte*)At(s, u->Dst);
            byte* mask = TMmx.Live ? (byte*)Mmx.At(s, u->Src) : (byte*)At(s, u->Src);
            if (!A.Linear(s, u->Seg, A.Offset(s, u), count, write: true, out ulong linear))
            {
                return Ops.Fault(s, u);
            }

            X86Cpu cpu = X86Cpu.Of(s);
            s->Current = u;
            bool any = false;
            for (int i = 0; i < count; i++)
            {
                if ((mask[i] & 0x80) == 0)
                {
                    continue;
                }

                // Pages of which no byte is written are not touched.
                if (!any && !Probe(cpu, linear, mask, i, count))
                {
                    return Ops.Fault(s, u);
                }

                any = true;
                if (!Guest.Store<B1>(s, u, cpu.Wrap(linear + (uint)i), data[i]))
                {
                    return Ops.Fault(s, u);
                }
            }

            if (TMmx.Live)
            {
                Mmx.Enter(s);
            }

            return u + 1;
        }

        private static bool Probe(X86Cpu cpu, ulong linear, byte* mask, int first, int count)
        {
            int last = count - 1;
            while ((mask[last] & 0x80) == 0)
            {
                last--;
            }

            return cpu.ProbeStore(cpu.Wrap(linear + (uint)first), last - first + 1);
        }
    }
}
