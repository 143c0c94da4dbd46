using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

// The table: one entry for each mnemonic.
internal sealed unsafe partial class Emitter
{
    private Entry One(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            // Arithmetic and logic.
            case Mnemonic.Add: return Alu<Add>(u, i);
            case Mnemonic.Or: return Alu<Or>(u, i);
            case Mnemonic.Adc: return Alu<Adc>(u, i);
            case Mnemonic.Sbb: return Alu<Sbb>(u, i);
            case Mnemonic.And: return Alu<And>(u, i);
            case Mnemonic.Sub: return Alu<Sub>(u, i);
            case Mnemonic.Xor: return Alu<Xor>(u, i);
            case Mnemonic.Cmp: return Alu<Cmp>(u, i);
            case Mnemonic.Test: return Alu<Test>(u, i);
            case Mnemonic.Inc: return IncDec<Add>(u, i);
            case Mnemonic.Dec: return IncDec<Sub>(u, i);
            case Mnemonic.Neg: return Update<Families.Neg>(u, i);
            case Mnemonic.Not: return Update<Families.Complement>(u, i);
            case Mnemonic.Mul: return Read<Families.Mul>(u, i, 0);
            case Mnemonic.Imul: return Imul(u, i);
            case Mnemonic.Div: return Read<Families.Div>(u, i, 0);
            case Mnemonic.Idiv: return Read<Families.Idiv>(u, i, 0);

            // Shifts and bits.
            case Mnemonic.Shl or Mnemonic.Sal: return Shift<Shl>(u, i);
            case Mnemonic.Shr: return Shift<Shr>(u, i);
            case Mnemonic.Sar: return Shift<Sar>(u, i);
            case Mnemonic.Rol: return Shift<Rol>(u, i);
            case Mnemonic.Ror: return Shift<Ror>(u, i);
            case Mnemonic.Rcl: return Shift<Rcl>(u, i);
            case Mnemonic.Rcr: return Shift<Rcr>(u, i);
            case Mnemonic.Shld: return DoubleShift<FlagsLive>(u, i);
            case Mnemonic.Shrd: return DoubleShift<FlagsDead>(u, i);
            case Mnemonic.Bt: return Bit<BitTest>(u, i);
            case Mnemonic.Bts: return Bit<BitSet>(u, i);
            case Mnemonic.Btr: return Bit<BitReset>(u, i);
            case Mnemonic.Btc: return Bit<BitComplement>(u, i);

            // TZCNT and LZCNT are REP BSF and REP BSR to a CPU that does not have them.
            case Mnemonic.Bsf or Mnemonic.Tzcnt: return ReadInto<Families.BitScan<FlagsLive>>(u, i);
            case Mnemonic.Bsr or Mnemonic.Lzcnt: return ReadInto<Families.BitScan<FlagsDead>>(u, i);
            case Mnemonic.Bswap: return Bswap(u, i);

            // Moves.
            case Mnemonic.Mov: return Mov(u, i);
            case Mnemonic.Movzx: return Extend<Families.MovZx<B2>, Families.MovZx<B4>>(u, i);
            case Mnemonic.Movsx: return Extend<Families.MovSx<B2>, Families.MovSx<B4>>(u, i);
            case Mnemonic.Lea: return Lea(u, i);
            case Mnemonic.Xchg: return Exchange<Families.Xchg>(u, i);
            case Mnemonic.Xadd: return Exchange<Families.Xadd>(u, i);
            case Mnemonic.Cmpxchg: return Exchange<Families.CmpXchg>(u, i);
            case Mnemonic.Cmpxchg8b: return Memory(u, i) == AddressKind.Flat ? Entry.Of<Ops.CmpXchg8b<Flat>>() : Entry.Of<Ops.CmpXchg8b<Segmented>>();
            case Mnemonic.Cbw: return Entry.Of<Ops.ExtendAccumulator<B1, B2>>();
            case Mnemonic.Cwde: return Entry.Of<Ops.ExtendAccumulator<B2, B4>>();
            case Mnemonic.Cwd: return Entry.Of<Ops.ExtendToData<B2>>();
            case Mnemonic.Cdq: return Entry.Of<Ops.ExtendToData<B4>>();
            case Mnemonic.Xlatb: return Xlat(u, i);
            case Mnemonic.Lahf: return Entry.Of<Ops.Lahf>();
            case Mnemonic.Sahf: return Entry.Of<Ops.Sahf>();
            case Mnemonic.Salc: return Entry.Of<Ops.Salc>();
            case Mnemonic.Clc: return WithImmediate<Ops.ChangeCarry>(u, 0);
            case Mnemonic.Stc: return WithImmediate<Ops.ChangeCarry>(u, 1);
            case Mnemonic.Cmc: return WithImmediate<Ops.ChangeCarry>(u, 2);
            case Mnemonic.Cld: return WithImmediate<Ops.ChangeDirection>(u, 0);
            case Mnemonic.Std: return WithImmediate<Ops.ChangeDirection>(u, (int)Eflags.Df);
            case Mnemonic.Cli: return Entry.Of<Ops.Cli>();
            case Mnemonic.Sti: return Entry.Of<Ops.Sti>();
            case Mnemonic.Daa: return WithImmediate<Ops.DecimalAdjust>(u, 0);
            case Mnemonic.Das: return WithImmediate<Ops.DecimalAdjust>(u, 1);
            case Mnemonic.Aaa: return WithImmediate<Ops.AsciiAdjust>(u, 0);
            case Mnemonic.Aas: return WithImmediate<Ops.AsciiAdjust>(u, 1);
            case Mnemonic.Aam: return WithImmediate<Ops.AsciiAdjustMultiply>(u, i.Immediate8);
            case Mnemonic.Aad: return WithImmediate<Ops.AsciiAdjustDivide>(u, i.Immediate8);

            // The stack.
            case Mnemonic.Push: return Push(u, i);
            case Mnemonic.Pop: return Pop(u, i);
            case Mnemonic.Pusha: return Stack<Families.PushAll>(u, 2);
            case Mnemonic.Pushad: return Stack<Families.PushAll>(u, 4);
            case Mnemonic.Popa: return Stack<Families.PopAll>(u, 2);
            case Mnemonic.Popad: return Stack<Families.PopAll>(u, 4);
            case Mnemonic.Pushf: return Stack<Families.PushFlags>(u, 2);
            case Mnemonic.Pushfd: return Stack<Families.PushFlags>(u, 4);
            case Mnemonic.Popf: return Stack<Families.PopFlags>(u, 2);
            case Mnemonic.Popfd: return Stack<Families.PopFlags>(u, 4);
            case Mnemonic.Leave: return Stack<Families.LeaveFrame>(u, i.Code == Code.Leavew ? 2 : 4);
            case Mnemonic.Enter:
                u->Imm = i.Immediate16;
                u->Disp = i.Immediate8_2nd;
                return Stack<Families.Enter>(u, i.Code == Code.Enterw_imm16_imm8 ? 2 : 4);

            // Flow.
            case Mnemonic.Jmp: return Jump(u, i);
            case Mnemonic.Call: return Call(u, i);
            case Mnemonic.Ret:
                u->Imm = i.OpCount > 0 ? i.Immediate16 : 0;
                return Stack<Families.Ret>(u, i.Code is Code.Retnw or Code.Retnw_imm16 ? 2 : 4);
            case Mnemonic.Retf:
                u->Imm = i.OpCount > 0 ? i.Immediate16 : 0;
                return WithSize<Ops.SlowEnd<SlowOps.RetFar>>(u, i.Code is Code.Retfw or Code.Retfw_imm16 ? 2 : 4);
            case Mnemonic.Iret: return WithSize<Ops.SlowEnd<SlowOps.Iret>>(u, 2);
            case Mnemonic.Iretd: return WithSize<Ops.SlowEnd<SlowOps.Iret>>(u, 4);
            case Mnemonic.Loopne or Mnemonic.Loope or Mnemonic.Loop or Mnemonic.Jcxz or Mnemonic.Jecxz: return Loop(u, i);
            case Mnemonic.Int:
                u->Src = 1;
                return WithImmediate<Ops.SlowEnd<SlowOps.Int>>(u, i.Immediate8);
            case Mnemonic.Int3: return WithImmediate<Ops.SlowEnd<SlowOps.Int>>(u, Vector.Breakpoint);
            case Mnemonic.Int1: return WithImmediate<Ops.IceBreakpoint>(u, 0);
            case Mnemonic.Into: return Entry.Of<Ops.SlowEnd<SlowOps.Into>>();
            case Mnemonic.Bound: return WithMemory<Families.Bound>(u, i, SizeOf(i, 0));

            // Strings.
            case Mnemonic.Movsb: return String<Families.Movs>(u, i, 1);
            case Mnemonic.Movsw: return String<Families.Movs>(u, i, 2);
            case Mnemonic.Movsd when i.Op0Kind != OpKind.Register && i.Op1Kind != OpKind.Register: return String<Families.Movs>(u, i, 4);
            case Mnemonic.Stosb: return String<Families.Stos>(u, i, 1);
            case Mnemonic.Stosw: return String<Families.Stos>(u, i, 2);
            case Mnemonic.Stosd: return String<Families.Stos>(u, i, 4);
            case Mnemonic.Lodsb: return String<Families.Lods>(u, i, 1);
            case Mnemonic.Lodsw: return String<Families.Lods>(u, i, 2);
            case Mnemonic.Lodsd: return String<Families.Lods>(u, i, 4);
            case Mnemonic.Scasb: return String<Families.Scas>(u, i, 1);
            case Mnemonic.Scasw: return String<Families.Scas>(u, i, 2);
            case Mnemonic.Scasd: return String<Families.Scas>(u, i, 4);
            case Mnemonic.Cmpsb: return String<Families.Cmps>(u, i, 1);
            case Mnemonic.Cmpsw: return String<Families.Cmps>(u, i, 2);
            case Mnemonic.Cmpsd when i.OpCount == 2: return String<Families.Cmps>(u, i, 4);
            case Mnemonic.Insb: return String<Families.Ins>(u, i, 1);
            case Mnemonic.Insw: return String<Families.Ins>(u, i, 2);
            case Mnemonic.Insd: return String<Families.Ins>(u, i, 4);
            case Mnemonic.Outsb: return String<Families.Outs>(u, i, 1);
            case Mnemonic.Outsw: return String<Families.Outs>(u, i, 2);
            case Mnemonic.Outsd: return String<Families.Outs>(u, i, 4);

            // Ports.
            case Mnemonic.In: return Port(u, i, 1, i.Op0Register.GetSize(), input: true);
            case Mnemonic.Out: return Port(u, i, 0, i.Op1Register.GetSize(), input: false);

            // Segments and system.
            case Mnemonic.Lds: return LoadPointer(u, i, Seg.Ds);
            case Mnemonic.Les: return LoadPointer(u, i, Seg.Es);
            case Mnemonic.Lss: return LoadPointer(u, i, Seg.Ss);
            case Mnemonic.Lfs: return LoadPointer(u, i, Seg.Fs);
            case Mnemonic.Lgs: return LoadPointer(u, i, Seg.Gs);
            case Mnemonic.Lgdt or Mnemonic.Lidt: return Table(u, i, load: true);
            case Mnemonic.Sgdt or Mnemonic.Sidt: return Table(u, i, load: false);
            case Mnemonic.Sldt: return Store<Families.StoreSystemSelector>(u, i, Seg.Ldtr);
            case Mnemonic.Str: return Store<Families.StoreSystemSelector>(u, i, Seg.Tr);
            case Mnemonic.Smsw: return Store<Families.StoreWord>(u, i, -1);
            case Mnemonic.Lldt: return Read<Families.Lldt>(u, i, 0, 2);
            case Mnemonic.Ltr: return Read<Families.Ltr>(u, i, 0, 2);
            case Mnemonic.Lmsw: return Read<Families.Lmsw>(u, i, 0, 2);
            case Mnemonic.Lar: return Inspect(u, i, 0);
            case Mnemonic.Lsl: return Inspect(u, i, 1);
            case Mnemonic.Verr: return Verify(u, i, 0);
            case Mnemonic.Verw: return Verify(u, i, 1);
            case Mnemonic.Arpl: return Exchange<Families.Arpl>(u, i, 2);
            case Mnemonic.Clts: return Entry.Of<Ops.SlowEnd<SlowOps.Clts>>();
            case Mnemonic.Hlt: return Entry.Of<Ops.Hlt>();
            case Mnemonic.Invd or Mnemonic.Wbinvd: return Entry.Of<Ops.Slow<SlowOps.CacheControl>>();
            case Mnemonic.Invlpg:
                return Memory(u, i) == AddressKind.Flat
                    ? Entry.Of<Ops.SlowEnd<SlowOps.Invlpg<Flat>>>()
                    : Entry.Of<Ops.SlowEnd<SlowOps.Invlpg<Segmented>>>();
            case Mnemonic.Rdtsc: return Entry.Of<Ops.Slow<SlowOps.Rdtsc>>();
            case Mnemonic.Rdpmc: return Entry.Of<Ops.Slow<SlowOps.Rdpmc>>();
            case Mnemonic.Rdmsr: return Entry.Of<Ops.Slow<SlowOps.Rdmsr>>();
            case Mnemonic.Wrmsr: return Entry.Of<Ops.SlowEnd<SlowOps.Wrmsr>>();
            case Mnemonic.Cpuid: return Entry.Of<Ops.Slow<SlowOps.CpuidOp>>();
            case Mnemonic.Wait: return Entry.Of<X87.Wait>();
            case Mnemonic.Nop or Mnemonic.Pause or Mnemonic.Reservednop or Mnemonic.Endbr32 or Mnemonic.Endbr64: return Entry.Of<Ops.Nop>();
            case Mnemonic.Prefetch or Mnemonic.Prefetchw or Mnemonic.Prefetchnta or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1 or Mnemonic.Prefetcht2:
                return Entry.Of<Ops.Nop>();
        }

        if (i.IsJccShortOrNear)
        {
            return Branch(u, i);
        }

        if (i.Code is >= Code.Seto_rm8 and <= Code.Setg_rm8)
        {
            u->Imm = ConditionNumber(i.ConditionCode);
            (OperandKind kind, AddressKind address) = Target(u, i);
            return Select.Unary<Families.SetCc>(1, kind, address);
        }

        if (i.Mnemonic is >= Mnemonic.Cmova and <= Mnemonic.Cmovs && i.ConditionCode != ConditionCode.None)
        {
            u->Imm = ConditionNumber(i.ConditionCode);
            return ReadInto<Families.Cmov>(u, i);
        }

        return Escape(u, i);
    }

    // Opcodes D8 to DF, after any prefixes.
    private static bool IsEscape(in Instruction i) => i.OpCode.Table == OpCodeTableKind.Normal && i.OpCode.OpCode is >= 0xD8 and <= 0xDF
        || i.OpCode.OpCode is >= 0xD800 and <= 0xDFFF;

    private static Entry WithImmediate<TOp>(Uop* u, int immediate)
        where TOp : struct, IOp
    {
        u->Imm = immediate;
        return Entry.Of<TOp>();
    }

    private static Entry WithSize<TOp>(Uop* u, int bytes)
        where TOp : struct, IOp
    {
        u->Src = (byte)bytes;
        return Entry.Of<TOp>();
    }

    private Entry Alu<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IBinary
    {
        int bytes = SizeOf(i, 0);
        (OperandKind destination, AddressKind address) = Target(u, i);
        (OperandKind source, AddressKind sourceAddress) = Source(u, i, 1);
        if (source == OperandKind.Memory)
        {
            address = sourceAddress;
        }

        return _live
            ? Select.Binary<Families.Alu<TOp, FlagsLive>>(bytes, destination, source, address)
            : Select.Binary<Families.Alu<TOp, FlagsDead>>(bytes, destination, source, address);
    }

    private Entry IncDec<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IBinary
    {
        (OperandKind kind, AddressKind address) = Target(u, i);
        return _live
            ? Select.Unary<Families.IncDec<TOp, FlagsLive>>(SizeOf(i, 0), kind, address)
            : Select.Unary<Families.IncDec<TOp, FlagsDead>>(SizeOf(i, 0), kind, address);
    }

    /// <summary>One operand, read and written.</summary>
    private Entry Update<F>(Uop* u, in Instruction i)
        where F : struct, IUnaryFamily
    {
        (OperandKind kind, AddressKind address) = Target(u, i);
        return Select.Unary<F>(SizeOf(i, 0), kind, address);
    }

    /// <summary>One operand, read.</summary>
    private Entry Read<F>(Uop* u, in Instruction i, int operand, int bytes = 0)
        where F : struct, IUnaryFamily
    {
        (OperandKind kind, AddressKind address) = Source(u, i, operand);
        return Select.Unary<F>(bytes == 0 ? SizeOf(i, operand) : bytes, kind, address);
    }

    /// <summary>A register is made from a second operand of the same size.</summary>
    private Entry ReadInto<F>(Uop* u, in Instruction i)
        where F : struct, IUnaryFamily
    {
        u->Dst = Offset(i.Op0Register);
        return Read<F>(u, i, 1, i.Op0Register.GetSize());
    }

    /// <summary>Operand 0 is read and written, operand 1 is a register.</summary>
    private Entry Exchange<F>(Uop* u, in Instruction i, int bytes = 0)
        where F : struct, IUnaryFamily
    {
        // XCHG may come with the register first.
        int register = i.Op1Kind == OpKind.Register ? 1 : 0;
        u->Src = Offset(i.GetOpRegister(register));
        (OperandKind kind, AddressKind address) = Target(u, i, 1 - register);
        return Select.Unary<F>(bytes == 0 ? i.GetOpRegister(register).GetSize() : bytes, kind, address);
    }

    private Entry Imul(Uop* u, in Instruction i)
    {
        switch (i.OpCount)
        {
            case 1:
                return Read<Families.ImulWide>(u, i, 0);
            case 2:
                return ReadInto<Families.Imul2>(u, i);
            default:
                u->Imm = (int)(long)i.GetImmediate(2);
                return ReadInto<Families.Imul3>(u, i);
        }
    }

    private Entry Shift<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IShift
    {
        (OperandKind kind, AddressKind address) = Target(u, i);
        int bytes = SizeOf(i, 0);
        if (i.Op1Kind == OpKind.Register)
        {
            return Select.Unary<Families.Shift<TOp, CountCl, FlagsLive>>(bytes, kind, address);
        }

        u->Imm = i.Immediate8;
        return _live
            ? Select.Unary<Families.Shift<TOp, CountImmediate, FlagsLive>>(bytes, kind, address)
            : Select.Unary<Families.Shift<TOp, CountImmediate, FlagsDead>>(bytes, kind, address);
    }

    private Entry DoubleShift<TLeft>(Uop* u, in Instruction i)
        where TLeft : struct, IFlagUse
    {
        (OperandKind kind, AddressKind address) = Target(u, i);
        u->Src = Offset(i.Op1Register);
        int bytes = i.Op1Register.GetSize();
        if (i.Op2Kind == OpKind.Register)
        {
            return Select.Unary<Families.DoubleShift<TLeft, CountCl>>(bytes, kind, address);
        }

        u->Imm = i.Immediate8;
        return Select.Unary<Families.DoubleShift<TLeft, CountImmediate>>(bytes, kind, address);
    }

    private Entry Bit<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IBitChange
    {
        int bytes = SizeOf(i, 0);
        (OperandKind kind, AddressKind address) = Target(u, i);
        (OperandKind source, _) = Source(u, i, 1);
        return kind == OperandKind.Memory && source == OperandKind.Register
            ? Select.Address<Families.BitString<TOp>>(bytes, address)
            : Select.Binary<Families.Bit<TOp>>(bytes, kind, source, address);
    }

    private static Entry Bswap(Uop* u, in Instruction i)
    {
        u->Dst = Offset(i.Op0Register);
        return i.Op0Register.GetSize() == 2 ? Entry.Of<Ops.Bswap<B2>>() : Entry.Of<Ops.Bswap<B4>>();
    }

    private Entry Mov(Uop* u, in Instruction i)
    {
        if (i.Op0Kind == OpKind.Register)
        {
            Register register = i.Op0Register;
            if (register.IsSegmentRegister())
            {
                u->Imm = SegmentNumber(register);
                (OperandKind kind, AddressKind address) = Source(u, i, 1);
                u->Imm = SegmentNumber(register);
                return register == Register.SS
                    ? Select.Unary<Families.MovToStackSegment>(2, kind, address)
                    : Select.Unary<Families.MovToSegment>(2, kind, address);
            }

            if (register.IsCR() || register.IsDR())
            {
                return MoveControl(u, register, i.Op1Register, to: true);
            }

            if (register.IsTR())
            {
                return Undefined(u, Vector.InvalidOpcode);
            }
        }

        if (i.Op1Kind == OpKind.Register)
        {
            Register register = i.Op1Register;
            if (register.IsSegmentRegister())
            {
                return Store<Families.StoreWord>(u, i, SegmentNumber(register));
            }

            if (register.IsCR() || register.IsDR())
            {
                return MoveControl(u, register, i.Op0Register, to: false);
            }

            if (register.IsTR())
            {
                return Undefined(u, Vector.InvalidOpcode);
            }
        }

        int bytes = SizeOf(i, 0);
        (OperandKind destination, AddressKind addressKind) = Target(u, i);
        (OperandKind source, AddressKind sourceAddress) = Source(u, i, 1);
        return Select.Binary<Families.Mov>(bytes, destination, source, source == OperandKind.Memory ? sourceAddress : addressKind);
    }

    private static Entry MoveControl(Uop* u, Register special, Register general, bool to)
    {
        if (to)
        {
            u->Src = Offset(general);
        }
        else
        {
            u->Dst = Offset(general);
        }

        if (special.IsDR())
        {
            u->Imm = special - Register.DR0;
            return u->Imm > 7 ? Undefined(u, Vector.InvalidOpcode)
                : to ? Entry.Of<Ops.SlowEnd<SlowOps.MovToDebug>>() : Entry.Of<Ops.Slow<SlowOps.MovFromDebug>>();
        }

        u->Imm = special - Register.CR0;
        return u->Imm is not (0 or 2 or 3 or 4) ? Undefined(u, Vector.InvalidOpcode)
            : to ? Entry.Of<Ops.SlowEnd<SlowOps.MovToControl>>() : Entry.Of<Ops.Slow<SlowOps.MovFromControl>>();
    }

    private Entry Extend<To16, To32>(Uop* u, in Instruction i)
        where To16 : struct, IUnaryFamily
        where To32 : struct, IUnaryFamily
    {
        u->Dst = Offset(i.Op0Register);
        int bytes = SizeOf(i, 1);
        return i.Op0Register.GetSize() == 2 ? Read<To16>(u, i, 1, bytes) : Read<To32>(u, i, 1, bytes);
    }

    private Entry Lea(Uop* u, in Instruction i)
    {
        u->Dst = Offset(i.Op0Register);
        Memory(u, i);

        // No memory is touched, so segments do not count.
        AddressKind address = u->AddressCut == 0 ? AddressKind.Flat : AddressKind.Segmented;
        return Select.Address<Families.Lea>(i.Op0Register.GetSize(), address);
    }

    private Entry Xlat(Uop* u, in Instruction i) =>
        Segment(u, i.MemorySegment, i.MemoryBase.GetSize()) == AddressKind.Flat ? Entry.Of<Ops.Xlat<Flat>>() : Entry.Of<Ops.Xlat<Segmented>>();

    private Entry Stack<F>(Uop* u, int bytes)
        where F : struct, IAddressFamily => Select.Address<F>(bytes, Stack(u));

    private Entry Push(Uop* u, in Instruction i)
    {
        switch (i.Op0Kind)
        {
            case OpKind.Register when i.Op0Register.IsSegmentRegister():
                u->Imm = SegmentNumber(i.Op0Register);
                return Stack<Families.PushSegment>(u, i.Code is Code.Pushw_ES or Code.Pushw_CS or Code.Pushw_SS or Code.Pushw_DS or Code.Pushw_FS or Code.Pushw_GS ? 2 : 4);
            case OpKind.Register:
                u->Src = Offset(i.Op0Register);
                return Stack<Families.PushRegister>(u, i.Op0Register.GetSize());
            case OpKind.Memory:
                return StackMemory<Families.PushMemory>(u, i);
            default:
                u->Imm = (int)(long)i.GetImmediate(0);
                return Stack<Families.PushImmediate>(u, i.Code is Code.Push_imm16 or Code.Pushw_imm8 ? 2 : 4);
        }
    }

    private Entry Pop(Uop* u, in Instruction i)
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            return StackMemory<Families.PopMemory>(u, i);
        }

        if (i.Op0Register.IsSegmentRegister())
        {
            u->Imm = SegmentNumber(i.Op0Register);
            int bytes = i.Code is Code.Popw_ES or Code.Popw_SS or Code.Popw_DS or Code.Popw_FS or Code.Popw_GS ? 2 : 4;
            return i.Op0Register == Register.SS ? Stack<Families.PopStackSegment>(u, bytes) : Stack<Families.PopSegment>(u, bytes);
        }

        u->Dst = Offset(i.Op0Register);
        return Stack<Families.PopRegister>(u, i.Op0Register.GetSize());
    }

    /// <summary>An operation on the stack and a memory operand: flat only if both are.</summary>
    private Entry StackMemory<F>(Uop* u, in Instruction i)
        where F : struct, IAddressFamily
    {
        AddressKind stack = Stack(u);
        AddressKind operand = Memory(u, i);
        u->Imm = StackCut;
        return Select.Address<F>(
            i.MemorySize.GetSize(), stack == AddressKind.Flat && operand == AddressKind.Flat ? AddressKind.Flat : AddressKind.Segmented);
    }

    private Entry Branch(Uop* u, in Instruction i)
    {
        u->Imm = ConditionNumber(i.ConditionCode);
        return (CodeKind, StaysInPage(i)) switch
        {
            (AddressKind.Flat, true) => Entry.Of<Ops.Jcc<Flat, InPage>>(),
            (AddressKind.Flat, false) => Entry.Of<Ops.Jcc<Flat, CrossPage>>(),
            (_, true) => Entry.Of<Ops.Jcc<Segmented, InPage>>(),
            (_, false) => Entry.Of<Ops.Jcc<Segmented, CrossPage>>(),
        };
    }

    private Entry Loop(Uop* u, in Instruction i)
    {
        u->Imm = i.Mnemonic switch { Mnemonic.Loopne => 0, Mnemonic.Loope => 1, Mnemonic.Loop => 2, _ => 3 };
        int bytes = i.Code switch
        {
            Code.Loopne_rel8_16_CX or Code.Loope_rel8_16_CX or Code.Loop_rel8_16_CX or Code.Jcxz_rel8_16
                or Code.Loopne_rel8_32_CX or Code.Loope_rel8_32_CX or Code.Loop_rel8_32_CX or Code.Jcxz_rel8_32 => 2,
            _ => 4,
        };
        return StaysInPage(i)
            ? Select.Address<Families.LoopFamily<InPage>>(bytes, CodeKind)
            : Select.Address<Families.LoopFamily<CrossPage>>(bytes, CodeKind);
    }

    private Entry Jump(Uop* u, in Instruction i)
    {
        if (i.IsJmpShortOrNear)
        {
            return (CodeKind, IsSamePage(i.NearBranchTarget)) switch
            {
                (AddressKind.Flat, true) => Entry.Of<Ops.Jmp<Flat, InPage>>(),
                (AddressKind.Flat, false) => Entry.Of<Ops.Jmp<Flat, CrossPage>>(),
                (_, true) => Entry.Of<Ops.Jmp<Segmented, InPage>>(),
                (_, false) => Entry.Of<Ops.Jmp<Segmented, CrossPage>>(),
            };
        }

        if (i.IsJmpNearIndirect)
        {
            (OperandKind kind, AddressKind address) = Source(u, i, 0);
            return CodeKind == AddressKind.Flat
                ? Select.Unary<Families.JmpIndirect<Flat>>(SizeOf(i, 0), kind, address)
                : Select.Unary<Families.JmpIndirect<Segmented>>(SizeOf(i, 0), kind, address);
        }

        if (i.IsJmpFarIndirect)
        {
            return WithMemory<Families.JumpFar>(u, i, i.MemorySize.GetSize() - 2);
        }

        u->Imm = (int)(i.Op0Kind == OpKind.FarBranch16 ? i.FarBranch16 : i.FarBranch32);
        return WithSize<Ops.SlowEnd<SlowOps.JumpFar>>(u, i.Op0Kind == OpKind.FarBranch16 ? 2 : 4);
    }

    private Entry Call(Uop* u, in Instruction i)
    {
        if (i.IsCallNear)
        {
            int bytes = i.Op0Kind == OpKind.NearBranch16 ? 2 : 4;
            AddressKind stack = Stack(u);
            return IsSamePage(i.NearBranchTarget) ? Select.Address<Families.Call<InPage>>(bytes, stack) : Select.Address<Families.Call<CrossPage>>(bytes, stack);
        }

        if (i.IsCallNearIndirect)
        {
            AddressKind stack = Stack(u);
            (OperandKind kind, AddressKind address) = Source(u, i, 0);
            if (kind == OperandKind.Memory)
            {
                u->Imm = StackCut;
            }

            return stack == AddressKind.Flat
                ? Select.Unary<Families.CallIndirect<Flat>>(SizeOf(i, 0), kind, address)
                : Select.Unary<Families.CallIndirect<Segmented>>(SizeOf(i, 0), kind, address);
        }

        if (i.IsCallFarIndirect)
        {
            return WithMemory<Families.CallFar>(u, i, i.MemorySize.GetSize() - 2);
        }

        u->Imm = (int)(i.Op0Kind == OpKind.FarBranch16 ? i.FarBranch16 : i.FarBranch32);
        return WithSize<Ops.SlowEnd<SlowOps.CallFar>>(u, i.Op0Kind == OpKind.FarBranch16 ? 2 : 4);
    }

    /// <summary>A register, if there is one, and a memory operand.</summary>
    private Entry WithMemory<F>(Uop* u, in Instruction i, int bytes)
        where F : struct, IAddressFamily
    {
        if (i.Op0Kind == OpKind.Register)
        {
            u->Dst = Offset(i.Op0Register);
        }

        return Select.Address<F>(bytes, Memory(u, i));
    }

    private Entry String<F>(Uop* u, in Instruction i, int bytes)
        where F : struct, IAddressFamily
    {
        u->Imm = i.HasRepnePrefix ? 2 : i.HasRepePrefix ? 1 : 0;
        int addressBytes = 4;
        Register segment = Register.ES;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            switch (i.GetOpKind(operand))
            {
                case OpKind.MemorySegSI:
                    addressBytes = 2;
                    segment = i.MemorySegment;
                    break;
                case OpKind.MemorySegESI:
                    segment = i.MemorySegment;
                    break;
                case OpKind.MemoryESDI:
                    addressBytes = 2;
                    break;
            }
        }

        return Select.Address<F>(bytes, Segment(u, segment, addressBytes));
    }

    private static Entry Port(Uop* u, in Instruction i, int operand, int bytes, bool input)
    {
        if (i.GetOpKind(operand) == OpKind.Immediate8)
        {
            u->Src = 1;
            u->Imm = i.Immediate8;
        }

        return (bytes, input) switch
        {
            (1, true) => Entry.Of<Ops.In<B1>>(),
            (2, true) => Entry.Of<Ops.In<B2>>(),
            (_, true) => Entry.Of<Ops.In<B4>>(),
            (1, false) => Entry.Of<Ops.Out<B1>>(),
            (2, false) => Entry.Of<Ops.Out<B2>>(),
            (_, false) => Entry.Of<Ops.Out<B4>>(),
        };
    }

    private Entry LoadPointer(Uop* u, in Instruction i, int segment)
    {
        u->Imm = segment;
        return WithMemory<Families.LoadPointer>(u, i, i.Op0Register.GetSize());
    }

    private Entry Table(Uop* u, in Instruction i, bool load)
    {
        u->Imm = i.Mnemonic is Mnemonic.Lgdt or Mnemonic.Sgdt ? 0 : 1;
        u->Src = (byte)(i.Code is Code.Lgdt_m1632_16 or Code.Lidt_m1632_16 or Code.Sgdt_m1632_16 or Code.Sidt_m1632_16 ? 2 : 4);
        bool flat = Memory(u, i) == AddressKind.Flat;
        return (load, flat) switch
        {
            (true, true) => Entry.Of<Ops.Slow<SlowOps.LoadTable<Flat>>>(),
            (true, false) => Entry.Of<Ops.Slow<SlowOps.LoadTable<Segmented>>>(),
            (false, true) => Entry.Of<Ops.Slow<SlowOps.StoreTable<Flat>>>(),
            (false, false) => Entry.Of<Ops.Slow<SlowOps.StoreTable<Segmented>>>(),
        };
    }

    /// <summary>A selector or the machine status word goes to a register of any size or to a word of memory.</summary>
    private Entry Store<F>(Uop* u, in Instruction i, int what)
        where F : struct, IUnaryFamily
    {
        (OperandKind kind, AddressKind address) = Target(u, i);
        u->Imm = what;
        return Select.Unary<F>(kind == OperandKind.Register ? i.Op0Register.GetSize() : 2, kind, address);
    }

    private Entry Inspect(Uop* u, in Instruction i, int what)
    {
        u->Dst = Offset(i.Op0Register);
        Entry entry = Read<Families.LoadAccessRights>(u, i, 1, i.Op0Register.GetSize());
        u->Imm = what;
        return entry;
    }

    private Entry Verify(Uop* u, in Instruction i, int what)
    {
        Entry entry = Read<Families.Verify>(u, i, 0, 2);
        u->Imm = what;
        return entry;
    }
}
