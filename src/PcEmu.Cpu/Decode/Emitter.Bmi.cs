using Iced.Intel;
using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

// POPCNT, LZCNT, TZCNT, BMI1, BMI2, ADX, MOVBE, CRC32.
internal sealed unsafe partial class Emitter
{
    private Entry BitManipulation(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Popcnt: return ReadInto<Families.BmiCount<Bmi.Popcnt>>(u, i);
            case Mnemonic.Lzcnt: return ReadInto<Families.BmiCount<Bmi.Lzcnt>>(u, i);
            case Mnemonic.Tzcnt: return ReadInto<Families.BmiCount<Bmi.Tzcnt>>(u, i);
            case Mnemonic.Andn: return Vex<Bmi.Andn>(u, i, source: 2, control: 1);
            case Mnemonic.Bextr: return Vex<Bmi.Bextr>(u, i, source: 1, control: 2);
            case Mnemonic.Bzhi: return Vex<Bmi.Bzhi>(u, i, source: 1, control: 2);
            case Mnemonic.Blsr: return Vex<Bmi.Blsr>(u, i, source: 1, control: 0);
            case Mnemonic.Blsmsk: return Vex<Bmi.Blsmsk>(u, i, source: 1, control: 0);
            case Mnemonic.Blsi: return Vex<Bmi.Blsi>(u, i, source: 1, control: 0);
            case Mnemonic.Sarx: return Vex<Bmi.Sarx>(u, i, source: 1, control: 2);
            case Mnemonic.Shlx: return Vex<Bmi.Shlx>(u, i, source: 1, control: 2);
            case Mnemonic.Shrx: return Vex<Bmi.Shrx>(u, i, source: 1, control: 2);
            case Mnemonic.Pdep: return Vex<Bmi.Pdep>(u, i, source: 2, control: 1);
            case Mnemonic.Pext: return Vex<Bmi.Pext>(u, i, source: 2, control: 1);
            case Mnemonic.Rorx:
                u->Imm = i.Immediate8;
                return ReadInto<Families.Rorx>(u, i);
            case Mnemonic.Mulx:
                u->Dst = Offset(i.Op0Register);
                u->Imm = Offset(i.Op1Register);
                return Read<Families.Mulx>(u, i, 2, i.Op0Register.GetSize());
            case Mnemonic.Adcx: return ReadInto<Families.AddCarry<FlagsLive>>(u, i);
            case Mnemonic.Adox: return ReadInto<Families.AddCarry<FlagsDead>>(u, i);
            case Mnemonic.Movbe when i.Op0Kind == OpKind.Register: return ReadInto<Families.LoadSwapped>(u, i);
            case Mnemonic.Movbe:
                (OperandKind kind, AddressKind address) = Target(u, i);
                u->Src = Offset(i.Op1Register);
                return Select.Unary<Families.StoreSwapped>(i.Op1Register.GetSize(), kind, address);
            case Mnemonic.Crc32:
                u->Dst = Offset(i.Op0Register);
                return Read<Families.Crc32>(u, i, 1);
        }

        return default;
    }

    /// <summary>A VEX instruction on general registers: operand 0 is made from a source and a register.</summary>
    private Entry Vex<TOp>(Uop* u, in Instruction i, int source, int control)
        where TOp : struct, IBmi
    {
        u->Dst = Offset(i.Op0Register);
        u->Imm = Offset(i.GetOpRegister(control));
        return Read<Families.BmiVex<TOp>>(u, i, source, i.Op0Register.GetSize());
    }
}
