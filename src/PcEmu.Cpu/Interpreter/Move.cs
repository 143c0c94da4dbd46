using System.Buffers.Binary;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

internal static unsafe partial class Ops
{
    /// <summary>MOV.</summary>
    internal readonly struct Mov<S, D, T> : IOp
        where S : struct, ISize
        where D : struct, IOperand
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            T.Read<S>(s, u, out ulong value) && D.Write<S>(s, u, value) ? u + 1 : Fault(s, u);
    }

    /// <summary>MOV of a 64-bit immediate: <see cref="Uop.Disp"/> is the low, <see cref="Uop.Imm"/> the high half.</summary>
    internal readonly struct MovImmediate64 : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            *(ulong*)((byte*)s + u->Dst) = ((ulong)(uint)u->Imm << 32) | (uint)u->Disp;
            return u + 1;
        }
    }

    /// <summary>MOVZX from <typeparamref name="From"/> to <typeparamref name="To"/>.</summary>
    internal readonly struct MovZx<From, To, T> : IOp
        where From : struct, ISize
        where To : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<From>(s, u, out ulong value))
            {
                return Fault(s, u);
            }

            To.WriteRegister((byte*)s + u->Dst, value);
            return u + 1;
        }
    }

    /// <summary>MOVSX and MOVSXD.</summary>
    internal readonly struct MovSx<From, To, T> : IOp
        where From : struct, ISize
        where To : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<From>(s, u, out ulong value))
            {
                return Fault(s, u);
            }

            To.WriteRegister((byte*)s + u->Dst, To.Cut((ulong)From.Sign(value)));
            return u + 1;
        }
    }

    /// <summary>LEA.</summary>
    internal readonly struct Lea<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            S.WriteRegister((byte*)s + u->Dst, A.Offset(s, u));
            return u + 1;
        }
    }

    /// <summary>XCHG.</summary>
    internal readonly struct Xchg<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong b = S.Read((byte*)s + u->Src);
            if (!D.Begin<S>(s, u, out ulong a, out Place place) || !D.End<S>(s, u, b, place))
            {
                return Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Src, a);
            return u + 1;
        }
    }

    /// <summary>XADD.</summary>
    internal readonly struct Xadd<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong b = S.Read((byte*)s + u->Src);
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            ulong r = S.Cut(a + b);

            // The register first where both are registers: XADD AX, AX doubles.
            if (D.IsMemory)
            {
                if (!D.End<S>(s, u, r, place))
                {
                    return Fault(s, u);
                }

                S.WriteRegister((byte*)s + u->Src, a);
            }
            else
            {
                S.WriteRegister((byte*)s + u->Src, a);
                D.End<S>(s, u, r, place);
            }

            SetLazy<S>(s, FlagsKind.Add, r, b);
            return u + 1;
        }
    }

    /// <summary>CMPXCHG: memory is written in either case.</summary>
    internal readonly struct CmpXchg<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            ulong accumulator = S.Read(&s->Gpr[Gpr.Ax]);
            bool equal = accumulator == a;
            if (D.IsMemory || equal)
            {
                if (!D.End<S>(s, u, equal ? S.Read((byte*)s + u->Src) : a, place))
                {
                    return Fault(s, u);
                }
            }

            if (!equal)
            {
                S.WriteRegister(&s->Gpr[Gpr.Ax], a);
            }

            SetLazy<S>(s, FlagsKind.Sub, S.Cut(accumulator - a), a);
            return u + 1;
        }
    }

    /// <summary>CMPXCHG8B: only ZF changes.</summary>
    internal readonly struct CmpXchg8b<A> : IOp
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Mem<A>.Begin<B8>(s, u, out ulong value, out Place place))
            {
                return Fault(s, u);
            }

            ulong expected = ((ulong)CpuState.R32(s, Gpr.Dx) << 32) | CpuState.R32(s, Gpr.Ax);
            bool equal = value == expected;
            ulong next = equal ? ((ulong)CpuState.R32(s, Gpr.Cx) << 32) | CpuState.R32(s, Gpr.Bx) : value;
            if (!Mem<A>.End<B8>(s, u, next, place))
            {
                return Fault(s, u);
            }

            if (!equal)
            {
                s->Gpr[Gpr.Ax] = (uint)value;
                s->Gpr[Gpr.Dx] = (uint)(value >> 32);
            }

            Flags.Set(s, (Flags.Arithmetic(s) & ~Eflags.Zf) | (equal ? Eflags.Zf : 0));
            return u + 1;
        }
    }

    /// <summary>SETcc; <see cref="Uop.Imm"/> is the condition.</summary>
    internal readonly struct SetCc<D> : IOp
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            D.Write<B1>(s, u, Flags.Condition(s, u->Imm) ? 1u : 0) ? u + 1 : Fault(s, u);
    }

    /// <summary>CMOVcc: the source is read, and may fault, in either case.</summary>
    internal readonly struct CmovCc<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong value))
            {
                return Fault(s, u);
            }

            // In long mode a 32-bit CMOV clears the upper half even when it does not move.
            S.WriteRegister((byte*)s + u->Dst, Flags.Condition(s, u->Imm) ? value : S.Read((byte*)s + u->Dst));
            return u + 1;
        }
    }

    /// <summary>CBW, CWDE, CDQE.</summary>
    internal readonly struct ExtendAccumulator<From, To> : IOp
        where From : struct, ISize
        where To : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            To.WriteRegister(&s->Gpr[Gpr.Ax], To.Cut((ulong)From.Sign(From.Read(&s->Gpr[Gpr.Ax]))));
            return u + 1;
        }
    }

    /// <summary>CWD, CDQ, CQO.</summary>
    internal readonly struct ExtendToData<S> : IOp
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            S.WriteRegister(&s->Gpr[Gpr.Dx], S.Cut((ulong)(S.Sign(S.Read(&s->Gpr[Gpr.Ax])) >> 63)));
            return u + 1;
        }
    }

    /// <summary>BSWAP; undefined for 16 bits, where real CPUs give zero.</summary>
    internal readonly struct Bswap<S> : IOp
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            void* at = (byte*)s + u->Dst;
            S.WriteRegister(at, S.Bytes switch
            {
                2 => 0,
                4 => BinaryPrimitives.ReverseEndianness((uint)S.Read(at)),
                _ => BinaryPrimitives.ReverseEndianness(S.Read(at)),
            });
            return u + 1;
        }
    }

    /// <summary>XLAT: the decoder gives BX as base and AL as index.</summary>
    internal readonly struct Xlat<A> : IOp
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong offset = (s->Gpr[Gpr.Bx] + (byte)s->Gpr[Gpr.Ax]) & mask;
            if (!A.Linear(s, u->Seg, offset, 1, write: false, out ulong linear) || !Guest.Load<B1>(s, u, linear, out ulong value))
            {
                return Fault(s, u);
            }

            *(byte*)&s->Gpr[Gpr.Ax] = (byte)value;
            return u + 1;
        }
    }

    /// <summary>LAHF.</summary>
    internal readonly struct Lahf : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ((byte*)&s->Gpr[Gpr.Ax])[1] = (byte)(Flags.Arithmetic(s) | Eflags.AlwaysOne);
            return u + 1;
        }
    }

    /// <summary>SAHF.</summary>
    internal readonly struct Sahf : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            const uint Loaded = Eflags.Sf | Eflags.Zf | Eflags.Af | Eflags.Pf | Eflags.Cf;
            Flags.Set(s, (Flags.Arithmetic(s) & Eflags.Of) | (((byte*)&s->Gpr[Gpr.Ax])[1] & Loaded));
            return u + 1;
        }
    }

    /// <summary>SALC (undocumented): AL becomes FFh with carry, 0 without.</summary>
    internal readonly struct Salc : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            *(byte*)&s->Gpr[Gpr.Ax] = (byte)-(int)Flags.Carry(s);
            return u + 1;
        }
    }

    /// <summary>CLC, STC, CMC: <see cref="Uop.Imm"/> 0, 1, 2.</summary>
    internal readonly struct ChangeCarry : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            uint flags = Flags.Arithmetic(s);
            Flags.Set(s, u->Imm == 2 ? flags ^ Eflags.Cf : (flags & ~Eflags.Cf) | (uint)u->Imm);
            return u + 1;
        }
    }

    /// <summary>CLD and STD: <see cref="Uop.Imm"/> is the new flag.</summary>
    internal readonly struct ChangeDirection : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            s->Eflags = (s->Eflags & ~Eflags.Df) | (uint)u->Imm;
            return u + 1;
        }
    }
}
