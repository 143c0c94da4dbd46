using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

// The x87 part of the table: opcodes D8 to DF, which Iced names as the manual does (9B before them is an instruction of its own).
internal sealed unsafe partial class Emitter
{
    private const uint Sse3 = 1;

    /// <summary>An x87 instruction; anything else is #UD.</summary>
    private Entry Escape(Uop* u, in Instruction i)
    {
        if (!IsEscape(i))
        {
            return Undefined(u, Vector.InvalidOpcode);
        }

        u->Imm = FpuOpcode(i);
        if (i.OpCount > 0)
        {
            // The register that is not ST(0) by name: the second operand, or the only one.
            int last = i.OpCount - 1;
            u->Src = (byte)(i.GetOpKind(last) == OpKind.Register && i.GetOpRegister(last).IsST() ? i.GetOpRegister(last) - Register.ST0 : 0);
        }

        return i.OpCount > 0 && i.Op0Kind == OpKind.Memory ? EscapeMemory(u, i) : EscapeRegister(u, i);
    }

    private Entry EscapeMemory(Uop* u, in Instruction i) =>
        Memory(u, i) == AddressKind.Flat ? EscapeMemory<Flat>(u, i) : EscapeMemory<Segmented>(u, i);

    private Entry EscapeMemory<A>(Uop* u, in Instruction i)
        where A : struct, IAddress
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Fadd or Mnemonic.Fiadd: return Arithmetic<X87.Add, A>(i);
            case Mnemonic.Fmul or Mnemonic.Fimul: return Arithmetic<X87.Mul, A>(i);
            case Mnemonic.Fsub or Mnemonic.Fisub: return Arithmetic<X87.Sub, A>(i);
            case Mnemonic.Fsubr or Mnemonic.Fisubr: return Arithmetic<X87.SubReversed, A>(i);
            case Mnemonic.Fdiv or Mnemonic.Fidiv: return Arithmetic<X87.Div, A>(i);
            case Mnemonic.Fdivr or Mnemonic.Fidivr: return Arithmetic<X87.DivReversed, A>(i);
            case Mnemonic.Fcom or Mnemonic.Ficom: return CompareMemory<X87.Keep, A>(i);
            case Mnemonic.Fcomp or Mnemonic.Ficomp: return CompareMemory<X87.PopOne, A>(i);
        }

        switch (i.Code)
        {
            case Code.Fld_m32fp: return Entry.Of<X87.Load<X87.Single, A>>();
            case Code.Fld_m64fp: return Entry.Of<X87.Load<X87.Double, A>>();
            case Code.Fld_m80fp: return Entry.Of<X87.Load<X87.Extended, A>>();
            case Code.Fbld_m80bcd: return Entry.Of<X87.Load<X87.Decimal, A>>();
            case Code.Fild_m16int: return Entry.Of<X87.Load<X87.Integer<B2>, A>>();
            case Code.Fild_m32int: return Entry.Of<X87.Load<X87.Integer<B4>, A>>();
            case Code.Fild_m64int: return Entry.Of<X87.Load<X87.Integer<B8>, A>>();
            case Code.Fst_m32fp: return Entry.Of<X87.Store<X87.Single, X87.Keep, A>>();
            case Code.Fst_m64fp: return Entry.Of<X87.Store<X87.Double, X87.Keep, A>>();
            case Code.Fstp_m32fp: return Entry.Of<X87.Store<X87.Single, X87.PopOne, A>>();
            case Code.Fstp_m64fp: return Entry.Of<X87.Store<X87.Double, X87.PopOne, A>>();
            case Code.Fstp_m80fp: return Entry.Of<X87.Store<X87.Extended, X87.PopOne, A>>();
            case Code.Fbstp_m80bcd: return Entry.Of<X87.Store<X87.Decimal, X87.PopOne, A>>();
            case Code.Fist_m16int: return Entry.Of<X87.Store<X87.Integer<B2>, X87.Keep, A>>();
            case Code.Fist_m32int: return Entry.Of<X87.Store<X87.Integer<B4>, X87.Keep, A>>();
            case Code.Fistp_m16int: return Entry.Of<X87.Store<X87.Integer<B2>, X87.PopOne, A>>();
            case Code.Fistp_m32int: return Entry.Of<X87.Store<X87.Integer<B4>, X87.PopOne, A>>();
            case Code.Fistp_m64int: return Entry.Of<X87.Store<X87.Integer<B8>, X87.PopOne, A>>();
            case Code.Fisttp_m16int: return IfSse3(u, Entry.Of<X87.Store<X87.Chopped<B2>, X87.PopOne, A>>());
            case Code.Fisttp_m32int: return IfSse3(u, Entry.Of<X87.Store<X87.Chopped<B4>, X87.PopOne, A>>());
            case Code.Fisttp_m64int: return IfSse3(u, Entry.Of<X87.Store<X87.Chopped<B8>, X87.PopOne, A>>());
            case Code.Fldcw_m2byte: return Entry.Of<X87.LoadControl<A>>();
            case Code.Fnstcw_m2byte: return Entry.Of<X87.StoreControl<A>>();
            case Code.Fnstsw_m2byte: return Entry.Of<X87.StoreStatus<Mem<A>>>();
            case Code.Fldenv_m14byte: return Image<X87.LoadEnvironment<FlagsDead, A>>(u, 2);
            case Code.Fldenv_m28byte: return Image<X87.LoadEnvironment<FlagsDead, A>>(u, 4);
            case Code.Fnstenv_m14byte: return Image<X87.StoreEnvironment<FlagsDead, A>>(u, 2);
            case Code.Fnstenv_m28byte: return Image<X87.StoreEnvironment<FlagsDead, A>>(u, 4);
            case Code.Frstor_m94byte: return Image<X87.LoadEnvironment<FlagsLive, A>>(u, 2);
            case Code.Frstor_m108byte: return Image<X87.LoadEnvironment<FlagsLive, A>>(u, 4);
            case Code.Fnsave_m94byte: return Image<X87.StoreEnvironment<FlagsLive, A>>(u, 2);
            case Code.Fnsave_m108byte: return Image<X87.StoreEnvironment<FlagsLive, A>>(u, 4);
            default: return Undefined(u, Vector.InvalidOpcode);
        }
    }

    private Entry EscapeRegister(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            // Two operands.
            case Mnemonic.Fadd: return Arithmetic<X87.Add>(u, i);
            case Mnemonic.Fmul: return Arithmetic<X87.Mul>(u, i);
            case Mnemonic.Fsub: return Arithmetic<X87.Sub>(u, i);
            case Mnemonic.Fsubr: return Arithmetic<X87.SubReversed>(u, i);
            case Mnemonic.Fdiv: return Arithmetic<X87.Div>(u, i);
            case Mnemonic.Fdivr: return Arithmetic<X87.DivReversed>(u, i);
            case Mnemonic.Faddp: return ArithmeticPop<X87.Add>(u, i);
            case Mnemonic.Fmulp: return ArithmeticPop<X87.Mul>(u, i);
            case Mnemonic.Fsubp: return ArithmeticPop<X87.Sub>(u, i);
            case Mnemonic.Fsubrp: return ArithmeticPop<X87.SubReversed>(u, i);
            case Mnemonic.Fdivp: return ArithmeticPop<X87.Div>(u, i);
            case Mnemonic.Fdivrp: return ArithmeticPop<X87.DivReversed>(u, i);
            case Mnemonic.Fscale: return Fixed<X87.ToTop<X87.Scale>>(u, 1);
            case Mnemonic.Fprem: return Entry.Of<X87.Remainder<FlagsDead>>();
            case Mnemonic.Fprem1: return Entry.Of<X87.Remainder<FlagsLive>>();

            // Comparisons.
            case Mnemonic.Fcom: return Entry.Of<X87.Compare<FlagsLive, X87.Keep>>();
            case Mnemonic.Fcomp: return Entry.Of<X87.Compare<FlagsLive, X87.PopOne>>();
            case Mnemonic.Fcompp: return Fixed<X87.Compare<FlagsLive, X87.PopTwo>>(u, 1);
            case Mnemonic.Fucom: return Entry.Of<X87.Compare<FlagsDead, X87.Keep>>();
            case Mnemonic.Fucomp: return Entry.Of<X87.Compare<FlagsDead, X87.PopOne>>();
            case Mnemonic.Fucompp: return Fixed<X87.Compare<FlagsDead, X87.PopTwo>>(u, 1);
            case Mnemonic.Fcomi: return IfCmov(u, Entry.Of<X87.CompareFlags<FlagsLive, X87.Keep>>());
            case Mnemonic.Fcomip: return IfCmov(u, Entry.Of<X87.CompareFlags<FlagsLive, X87.PopOne>>());
            case Mnemonic.Fucomi: return IfCmov(u, Entry.Of<X87.CompareFlags<FlagsDead, X87.Keep>>());
            case Mnemonic.Fucomip: return IfCmov(u, Entry.Of<X87.CompareFlags<FlagsDead, X87.PopOne>>());
            case Mnemonic.Ftst: return Entry.Of<X87.Test>();
            case Mnemonic.Fxam: return Entry.Of<X87.Examine>();

            // Moves.
            case Mnemonic.Fld: return Entry.Of<X87.LoadRegister>();
            case Mnemonic.Fst: return Entry.Of<X87.StoreRegister<X87.Keep>>();
            case Mnemonic.Fstp: return Entry.Of<X87.StoreRegister<X87.PopOne>>();
            case Mnemonic.Fstpnce: return Entry.Of<X87.StoreRegister<X87.PopOne>>();
            case Mnemonic.Fxch: return Entry.Of<X87.Exchange>();
            case Mnemonic.Fcmovb: return MoveIf(u, 2);
            case Mnemonic.Fcmovnb: return MoveIf(u, 3);
            case Mnemonic.Fcmove: return MoveIf(u, 4);
            case Mnemonic.Fcmovne: return MoveIf(u, 5);
            case Mnemonic.Fcmovbe: return MoveIf(u, 6);
            case Mnemonic.Fcmovnbe: return MoveIf(u, 7);
            case Mnemonic.Fcmovu: return MoveIf(u, 10);
            case Mnemonic.Fcmovnu: return MoveIf(u, 11);
            case Mnemonic.Fld1: return Entry.Of<X87.LoadConstant<X87.One>>();
            case Mnemonic.Fldl2t: return Entry.Of<X87.LoadConstant<X87.Log2Of10>>();
            case Mnemonic.Fldl2e: return Entry.Of<X87.LoadConstant<X87.Log2OfE>>();
            case Mnemonic.Fldpi: return Entry.Of<X87.LoadConstant<X87.Pi>>();
            case Mnemonic.Fldlg2: return Entry.Of<X87.LoadConstant<X87.Log10Of2>>();
            case Mnemonic.Fldln2: return Entry.Of<X87.LoadConstant<X87.LogEOf2>>();
            case Mnemonic.Fldz: return Entry.Of<X87.LoadConstant<X87.Zero>>();

            // Functions of ST(0).
            case Mnemonic.Fchs: return Entry.Of<X87.Unary<X87.ChangeSign>>();
            case Mnemonic.Fabs: return Entry.Of<X87.Unary<X87.Magnitude>>();
            case Mnemonic.Fsqrt: return Entry.Of<X87.Unary<X87.SquareRoot>>();
            case Mnemonic.Frndint: return Entry.Of<X87.Unary<X87.RoundToIntegral>>();
            case Mnemonic.Fxtract: return Entry.Of<X87.Extract>();
            case Mnemonic.F2xm1: return Entry.Of<X87.Unary<X87.PowerMinusOne>>();
            case Mnemonic.Fyl2x: return Fixed<X87.ToRegister<X87.Logarithm, X87.PopOne>>(u, 1);
            case Mnemonic.Fyl2xp1: return Fixed<X87.ToRegister<X87.LogarithmOfOnePlus, X87.PopOne>>(u, 1);
            case Mnemonic.Fpatan: return Fixed<X87.ToRegister<X87.Arctangent, X87.PopOne>>(u, 1);
            case Mnemonic.Fptan: return Entry.Of<X87.Tangent>();
            case Mnemonic.Fsin: return Entry.Of<X87.Circular<FlagsLive>>();
            case Mnemonic.Fcos: return Entry.Of<X87.Circular<FlagsDead>>();
            case Mnemonic.Fsincos: return Entry.Of<X87.SineAndCosine>();

            // Control.
            case Mnemonic.Fnstsw: return Entry.Of<X87.StoreStatus<Reg>>();
            case Mnemonic.Fnop: return Entry.Of<X87.Nothing<FlagsLive>>();
            case Mnemonic.Fneni or Mnemonic.Fndisi or Mnemonic.Fnsetpm: return Entry.Of<X87.Nothing<FlagsDead>>();
            case Mnemonic.Fnclex: return Entry.Of<X87.ClearExceptions>();
            case Mnemonic.Fninit: return Entry.Of<X87.Init>();
            case Mnemonic.Fincstp: return Turn(u, 1);
            case Mnemonic.Fdecstp: return Turn(u, 7);
            case Mnemonic.Ffree: return Entry.Of<X87.Free<X87.Keep>>();
            case Mnemonic.Ffreep: return Entry.Of<X87.Free<X87.PopOne>>();
            default: return Undefined(u, Vector.InvalidOpcode);
        }
    }

    private static Entry Arithmetic<TOp, A>(in Instruction i)
        where TOp : struct, IFpuBinary
        where A : struct, IAddress => i.MemorySize switch
    {
        MemorySize.Float32 => Entry.Of<X87.WithMemory<TOp, X87.Single, A>>(),
        MemorySize.Float64 => Entry.Of<X87.WithMemory<TOp, X87.Double, A>>(),
        MemorySize.Int16 => Entry.Of<X87.WithMemory<TOp, X87.Integer<B2>, A>>(),
        _ => Entry.Of<X87.WithMemory<TOp, X87.Integer<B4>, A>>(),
    };

    private static Entry CompareMemory<TPop, A>(in Instruction i)
        where TPop : struct, IPop
        where A : struct, IAddress => i.MemorySize switch
    {
        MemorySize.Float32 => Entry.Of<X87.CompareMemory<X87.Single, TPop, A>>(),
        MemorySize.Float64 => Entry.Of<X87.CompareMemory<X87.Double, TPop, A>>(),
        MemorySize.Int16 => Entry.Of<X87.CompareMemory<X87.Integer<B2>, TPop, A>>(),
        _ => Entry.Of<X87.CompareMemory<X87.Integer<B4>, TPop, A>>(),
    };

    private static Entry Arithmetic<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFpuBinary
    {
        // D8 goes to ST(0), DC to ST(i), which is then the first operand.
        if (FpuOpcode(i) >> 8 == 0)
        {
            return Entry.Of<X87.ToTop<TOp>>();
        }

        return Fixed<X87.ToRegister<TOp, X87.Keep>>(u, i.Op0Register - Register.ST0);
    }

    private static Entry ArithmeticPop<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFpuBinary => Fixed<X87.ToRegister<TOp, X87.PopOne>>(u, i.Op0Register - Register.ST0);

    private static Entry Fixed<TOp>(Uop* u, int number)
        where TOp : struct, IOp
    {
        u->Src = (byte)number;
        return Entry.Of<TOp>();
    }

    private Entry MoveIf(Uop* u, int condition)
    {
        u->Dst = (byte)condition;
        return IfCmov(u, Entry.Of<X87.MoveIf>());
    }

    private static Entry Turn(Uop* u, int by)
    {
        u->Dst = (byte)by;
        return Entry.Of<X87.TurnStack>();
    }

    private static Entry Image<TOp>(Uop* u, int operandBytes)
        where TOp : struct, IOp
    {
        u->Dst = (byte)operandBytes;
        return Entry.Of<TOp>();
    }

    private Entry IfCmov(Uop* u, Entry entry) => model.Has(Features1Edx.Cmov) ? entry : Undefined(u, Vector.InvalidOpcode);

    private Entry IfSse3(Uop* u, Entry entry) => (model.FeaturesEcx & Sse3) != 0 ? entry : Undefined(u, Vector.InvalidOpcode);

    /// <summary>The opcode as the environment image has it: three bits of the first byte, then ModRM.</summary>
    private static int FpuOpcode(in Instruction i)
    {
        OpCodeInfo info = i.OpCode;
        uint opcode = info.OpCode;
        if (opcode > 0xFF)
        {
            int register = 0;
            for (int operand = 0; operand < i.OpCount; operand++)
            {
                if (info.GetOpKind(operand) == OpCodeOperandKind.sti_opcode)
                {
                    register = i.GetOpRegister(operand) - Register.ST0;
                }
            }

            return (int)(opcode & 0x7FF) + register;
        }

        return (int)((opcode & 7) << 8) | (info.GroupIndex << 3) | ModAndRm(i);
    }

    /// <summary>Bits 7-6 and 2-0 of a ModRM byte with memory operand, from what it addresses.</summary>
    /// <remarks>The decoder does not keep the byte. A SIB byte without need is taken for the shorter form.</remarks>
    private static int ModAndRm(in Instruction i)
    {
        Register address = i.MemoryBase;
        Register index = i.MemoryIndex;
        if (address == Register.None && index == Register.None)
        {
            return i.MemoryDisplSize == 2 ? 6 : 5;
        }

        int mod = i.MemoryDisplSize switch { 0 => 0, 1 => 0x40, _ => 0x80 };
        if (index.GetSize() >= 4 || address.GetSize() >= 4)
        {
            bool sib = index != Register.None || address.GetNumber() == Gpr.Sp;
            return (address == Register.None ? 0 : mod) | (sib ? Gpr.Sp : address.GetNumber());
        }

        return mod | ((address, index) switch
        {
            (Register.BX, Register.SI) => 0,
            (Register.BX, Register.DI) => 1,
            (Register.BP, Register.SI) => 2,
            (Register.BP, Register.DI) => 3,
            (Register.SI, _) => 4,
            (Register.DI, _) => 5,
            (Register.BP, _) => 6,
            _ => 7,
        });
    }
}
