using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// Decimal adjustments. Intel SDM volume 2, AAA to DAS; flags the manual leaves undefined are as P6 and later show them.
internal static unsafe partial class Ops
{
    /// <summary>DAA and DAS: <see cref="Uop.Imm"/> 0, 1.</summary>
    internal readonly struct DecimalAdjust : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            bool subtract = u->Imm != 0;
            uint before = Flags.Arithmetic(s);
            byte old = (byte)s->Gpr[Gpr.Ax];
            uint carry = 0;
            uint flags = 0;
            int al = old;
            if ((old & 15) > 9 || (before & Eflags.Af) != 0)
            {
                carry = (before & Eflags.Cf) | (subtract ? (old < 6 ? 1u : 0) : (old > 0xF9 ? 1u : 0));
                al += subtract ? -6 : 6;
                flags |= Eflags.Af;
            }

            if (old > 0x99 || (before & Eflags.Cf) != 0)
            {
                al += subtract ? -0x60 : 0x60;
                carry = 1;
            }

            *(byte*)&s->Gpr[Gpr.Ax] = (byte)al;
            Flags.Set(s, flags | carry | Flags.ResultFlags((byte)al, 7));
            return u + 1;
        }
    }

    /// <summary>AAA and AAS: <see cref="Uop.Imm"/> 0, 1.</summary>
    internal readonly struct AsciiAdjust : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ref ushort ax = ref CpuState.R16(s, Gpr.Ax);
            uint flags = 0;
            if ((ax & 15) > 9 || (Flags.Arithmetic(s) & Eflags.Af) != 0)
            {
                ax = (ushort)(u->Imm == 0 ? ax + 0x106 : ax - 0x106);
                flags = Eflags.Af | Eflags.Cf;
            }

            ax &= 0xFF0F;
            Flags.Set(s, flags | Flags.ResultFlags((byte)ax, 7));
            return u + 1;
        }
    }

    /// <summary>AAM.</summary>
    internal readonly struct AsciiAdjustMultiply : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            byte divisor = (byte)u->Imm;
            if (divisor == 0)
            {
                return DivideError(s, u);
            }

            byte al = (byte)s->Gpr[Gpr.Ax];
            CpuState.R16(s, Gpr.Ax) = (ushort)(((al / divisor) << 8) | (al % divisor));
            Flags.Set(s, Flags.ResultFlags((byte)(al % divisor), 7));
            return u + 1;
        }
    }

    /// <summary>AAD.</summary>
    internal readonly struct AsciiAdjustDivide : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ushort ax = CpuState.R16(s, Gpr.Ax);
            byte al = (byte)(ax + ((ax >> 8) * (byte)u->Imm));
            CpuState.R16(s, Gpr.Ax) = al;
            Flags.Set(s, Flags.ResultFlags(al, 7));
            return u + 1;
        }
    }
}
