using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>What a BMI instruction makes of two operands, and the flags that go with it.</summary>
internal interface IBmi
{
    /// <summary>Whether it sets flags at all.</summary>
    static abstract bool SetsFlags { get; }

    static abstract ulong Do<S>(ulong source, ulong control, out uint flags)
        where S : struct, ISize;
}

/// <summary>The bodies of POPCNT, LZCNT, TZCNT, BMI1, BMI2, ADX, MOVBE and CRC32. Intel SDM volume 2.</summary>
internal static unsafe partial class Bmi
{
    private static uint ZeroSign<S>(ulong r)
        where S : struct, ISize => (r == 0 ? Eflags.Zf : 0) | (S.Sign(r) < 0 ? Eflags.Sf : 0);

    /// <summary>Whether VEX-encoded instructions may run: not in real and virtual-8086 mode.</summary>
    private static bool VexReady(CpuState* s)
    {
        if ((s->Cr0 & Cr0.Pe) != 0 && (s->Eflags & Eflags.Vm) == 0)
        {
            return true;
        }

        X86Cpu.Of(s).SetFault(Registers.Vector.InvalidOpcode, 0);
        return false;
    }

    /// <summary>A register is made from the source alone: POPCNT, LZCNT, TZCNT.</summary>
    internal readonly struct Count<TOp, S, T> : IOp
        where TOp : struct, IBmi
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong source))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, TOp.Do<S>(source, 0, out uint flags));
            Flags.Set(s, flags);
            return u + 1;
        }
    }

    /// <summary>A VEX instruction: source, and a register that <see cref="Uop.Imm"/> names by offset.</summary>
    internal readonly struct Vex<TOp, S, T> : IOp
        where TOp : struct, IBmi
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!VexReady(s) || !T.Read<S>(s, u, out ulong source))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, TOp.Do<S>(source, S.Read((byte*)s + u->Imm), out uint flags));
            if (TOp.SetsFlags)
            {
                Flags.Set(s, flags);
            }

            return u + 1;
        }
    }

    /// <summary>RORX: <see cref="Uop.Imm"/> is the count.</summary>
    internal readonly struct Rorx<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!VexReady(s) || !T.Read<S>(s, u, out ulong source))
            {
                return Ops.Fault(s, u);
            }

            ulong r = S.Bytes == 8 ? BitOperations.RotateRight(source, u->Imm) : BitOperations.RotateRight((uint)source, u->Imm);
            S.WriteRegister((byte*)s + u->Dst, r);
            return u + 1;
        }
    }

    /// <summary>MULX: the product of DX and the source goes to two registers, the low half's offset being <see cref="Uop.Imm"/>; the high half wins if they are the same.</summary>
    internal readonly struct Mulx<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!VexReady(s) || !T.Read<S>(s, u, out ulong source))
            {
                return Ops.Fault(s, u);
            }

            ulong other = S.Read(&s->Gpr[Gpr.Dx]);
            ulong high;
            ulong low;
            if (S.Bytes == 8)
            {
                high = Math.BigMul(source, other, out low);
            }
            else
            {
                low = source * other;
                high = low >> 32;
            }

            S.WriteRegister((byte*)s + u->Imm, S.Cut(low));
            S.WriteRegister((byte*)s + u->Dst, high);
            return u + 1;
        }
    }

    /// <summary>ADCX (through CF) and ADOX (through OF).</summary>
    internal readonly struct AddCarry<TCarry, S, T> : IOp
        where TCarry : struct, IFlagUse
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong source))
            {
                return Ops.Fault(s, u);
            }

            uint flag = TCarry.Live ? Eflags.Cf : Eflags.Of;
            uint flags = Flags.Arithmetic(s);
            UInt128 sum = (UInt128)S.Read((byte*)s + u->Dst) + source + ((flags & flag) != 0 ? 1u : 0);
            S.WriteRegister((byte*)s + u->Dst, S.Cut((ulong)sum));
            Flags.Set(s, sum >> (8 * S.Bytes) != 0 ? flags | flag : flags & ~flag);
            return u + 1;
        }
    }

    /// <summary>MOVBE from memory.</summary>
    internal readonly struct LoadSwapped<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong value))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, Swap<S>(value));
            return u + 1;
        }
    }

    /// <summary>MOVBE to memory.</summary>
    internal readonly struct StoreSwapped<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            D.Write<S>(s, u, Swap<S>(S.Read((byte*)s + u->Src))) ? u + 1 : Ops.Fault(s, u);
    }

    /// <summary>CRC32: the polynomial 11EDC6F41h, bits reflected.</summary>
    internal readonly struct Crc32<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong value))
            {
                return Ops.Fault(s, u);
            }

            uint crc = *(uint*)((byte*)s + u->Dst);
            crc = S.Bytes switch
            {
                1 => BitOperations.Crc32C(crc, (byte)value),
                2 => BitOperations.Crc32C(crc, (ushort)value),
                4 => BitOperations.Crc32C(crc, (uint)value),
                _ => BitOperations.Crc32C(crc, value),
            };
            *(ulong*)((byte*)s + u->Dst) = crc;
            return u + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Swap<S>(ulong value)
        where S : struct, ISize => BinaryPrimitives.ReverseEndianness(value) >> (64 - (8 * S.Bytes));
}
