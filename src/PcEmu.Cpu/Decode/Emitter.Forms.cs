using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

// The forms that instructions of a kind share: which fields an operation needs, and which body.
internal sealed unsafe partial class Emitter
{
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
        return i.Op0Register.GetSize() switch
        {
            2 => Entry.Of<Ops.Bswap<B2>>(),
            4 => Entry.Of<Ops.Bswap<B4>>(),
            _ => Entry.Of<Ops.Bswap<B8>>(),
        };
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
        if (IsLong)
        {
            if (i.Op1Kind == OpKind.Immediate64)
            {
                u->Dst = Offset(i.Op0Register);
                u->Disp = (int)i.Immediate64;
                u->Imm = (int)(i.Immediate64 >> 32);
                return Entry.Of<Ops.MovImmediate64>();
            }

            if (i.MemoryDisplSize == 8 && !i.IsIPRelativeMemoryOperand && i.MemoryDisplacement64 != (ulong)(int)i.MemoryDisplacement64)
            {
                return MovAbsolute(u, i, bytes);
            }
        }

        (OperandKind destination, AddressKind addressKind) = Target(u, i);
        (OperandKind source, AddressKind sourceAddress) = Source(u, i, 1);
        return Select.Binary<Families.Mov>(bytes, destination, source, source == OperandKind.Memory ? sourceAddress : addressKind);
    }

    /// <summary>MOV between the accumulator and an absolute address that does not fit in 32 bits.</summary>
    private Entry MovAbsolute(Uop* u, in Instruction i, int bytes)
    {
        u->Disp = (int)i.MemoryDisplacement64;
        u->Imm = (int)(i.MemoryDisplacement64 >> 32);
        u->Seg = (byte)SegmentNumber(SegmentOf(i));
        return (bytes, i.Op0Kind == OpKind.Register) switch
        {
            (1, true) => Entry.Of<Ops.Mov<B1, Reg, Mem<LongAbsolute>>>(),
            (2, true) => Entry.Of<Ops.Mov<B2, Reg, Mem<LongAbsolute>>>(),
            (4, true) => Entry.Of<Ops.Mov<B4, Reg, Mem<LongAbsolute>>>(),
            (_, true) => Entry.Of<Ops.Mov<B8, Reg, Mem<LongAbsolute>>>(),
            (1, false) => Entry.Of<Ops.Mov<B1, Mem<LongAbsolute>, Reg>>(),
            (2, false) => Entry.Of<Ops.Mov<B2, Mem<LongAbsolute>, Reg>>(),
            (4, false) => Entry.Of<Ops.Mov<B4, Mem<LongAbsolute>, Reg>>(),
            (_, false) => Entry.Of<Ops.Mov<B8, Mem<LongAbsolute>, Reg>>(),
        };
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
        return u->Imm is not (0 or 2 or 3 or 4 or 8) ? Undefined(u, Vector.InvalidOpcode)
            : to ? Entry.Of<Ops.SlowEnd<SlowOps.MovToControl>>() : Entry.Of<Ops.Slow<SlowOps.MovFromControl>>();
    }

    private Entry Extend<To16, To32, To64>(Uop* u, in Instruction i)
        where To16 : struct, IUnaryFamily
        where To32 : struct, IUnaryFamily
        where To64 : struct, IUnaryFamily
    {
        u->Dst = Offset(i.Op0Register);
        int bytes = SizeOf(i, 1);
        return i.Op0Register.GetSize() switch
        {
            2 => Read<To16>(u, i, 1, bytes),
            4 => Read<To32>(u, i, 1, bytes),
            _ => Read<To64>(u, i, 1, bytes),
        };
    }

    private Entry Lea(Uop* u, in Instruction i)
    {
        u->Dst = Offset(i.Op0Register);
        AddressKind address = Memory(u, i);

        // No memory is touched, so segments do not count.
        if (!IsLong)
        {
            address = u->AddressCut == 0 ? AddressKind.Flat : AddressKind.Segmented;
        }

        return Select.Address<Families.Lea>(i.Op0Register.GetSize(), address);
    }

    private Entry Xlat(Uop* u, in Instruction i) =>
        Select.Address<Families.Xlat>(1, Segment(u, SegmentOf(i), i.MemoryBase.GetSize()));

    private Entry Stack<F>(Uop* u, int bytes)
        where F : struct, IAddressFamily => Select.Address<F>(bytes, Stack(u));

    /// <summary>Width of stack operations that have no smaller one but 16 bits.</summary>
    private int StackBytes(bool word) => word ? 2 : IsLong ? 8 : 4;

    private Entry Push(Uop* u, in Instruction i)
    {
        switch (i.Op0Kind)
        {
            case OpKind.Register when i.Op0Register.IsSegmentRegister():
                u->Imm = SegmentNumber(i.Op0Register);
                return Stack<Families.PushSegment>(
                    u, StackBytes(i.Code is Code.Pushw_ES or Code.Pushw_CS or Code.Pushw_SS or Code.Pushw_DS or Code.Pushw_FS or Code.Pushw_GS));
            case OpKind.Register:
                u->Src = Offset(i.Op0Register);
                return Stack<Families.PushRegister>(u, i.Op0Register.GetSize());
            case OpKind.Memory:
                return StackMemory<Families.PushMemory>(u, i);
            default:
                u->Imm = (int)(long)i.GetImmediate(0);
                return Stack<Families.PushImmediate>(u, StackBytes(i.Code is Code.Push_imm16 or Code.Pushw_imm8));
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
            int bytes = StackBytes(i.Code is Code.Popw_ES or Code.Popw_SS or Code.Popw_DS or Code.Popw_FS or Code.Popw_GS);
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

        // In 64-bit mode every kind of operand serves for the stack as well.
        AddressKind both = IsLong || (stack == AddressKind.Flat && operand == AddressKind.Flat) ? operand : AddressKind.Segmented;
        return Select.Address<F>(i.MemorySize.GetSize(), both);
    }

    private Entry Branch(Uop* u, in Instruction i)
    {
        u->Imm = ConditionNumber(i.ConditionCode);
        return (BranchKind(i.NearBranchTarget), StaysInPage(i)) switch
        {
            (AddressKind.Flat, true) => Entry.Of<Ops.Jcc<Flat, InPage>>(),
            (AddressKind.Flat, false) => Entry.Of<Ops.Jcc<Flat, CrossPage>>(),
            (AddressKind.Long, _) => Entry.Of<Ops.Jcc<Long, CrossPage>>(),
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
            Code.Loopne_rel8_64_RCX or Code.Loope_rel8_64_RCX or Code.Loop_rel8_64_RCX or Code.Jrcxz_rel8_64
                or Code.Loopne_rel8_16_RCX or Code.Loope_rel8_16_RCX or Code.Loop_rel8_16_RCX or Code.Jrcxz_rel8_16 => 8,
            _ => 4,
        };
        AddressKind kind = BranchKind(i.NearBranchTarget);
        return StaysInPage(i)
            ? Select.Address<Families.LoopFamily<InPage>>(bytes, kind)
            : Select.Address<Families.LoopFamily<CrossPage>>(bytes, kind);
    }

    private Entry Jump(Uop* u, in Instruction i)
    {
        if (i.IsJmpShortOrNear)
        {
            return (BranchKind(i.NearBranchTarget), IsSamePage(i.NearBranchTarget)) switch
            {
                (AddressKind.Flat, true) => Entry.Of<Ops.Jmp<Flat, InPage>>(),
                (AddressKind.Flat, false) => Entry.Of<Ops.Jmp<Flat, CrossPage>>(),
                (AddressKind.Long, _) => Entry.Of<Ops.Jmp<Long, CrossPage>>(),
                (_, true) => Entry.Of<Ops.Jmp<Segmented, InPage>>(),
                (_, false) => Entry.Of<Ops.Jmp<Segmented, CrossPage>>(),
            };
        }

        if (i.IsJmpNearIndirect)
        {
            (OperandKind kind, AddressKind address) = Source(u, i, 0);
            return CodeKind switch
            {
                AddressKind.Flat => Select.Unary<Families.JmpIndirect<Flat>>(SizeOf(i, 0), kind, address),
                AddressKind.Long => Select.Unary<Families.JmpIndirect<Long>>(SizeOf(i, 0), kind, address),
                _ => Select.Unary<Families.JmpIndirect<Segmented>>(SizeOf(i, 0), kind, address),
            };
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
            int bytes = StackBytes(i.Op0Kind == OpKind.NearBranch16);
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

            return stack switch
            {
                AddressKind.Flat => Select.Unary<Families.CallIndirect<Flat>>(SizeOf(i, 0), kind, address),
                AddressKind.Long => Select.Unary<Families.CallIndirect<Long>>(SizeOf(i, 0), kind, address),
                _ => Select.Unary<Families.CallIndirect<Segmented>>(SizeOf(i, 0), kind, address),
            };
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
        int addressBytes = IsLong ? 8 : 4;
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
                    addressBytes = 4;
                    segment = SegmentOf(i);
                    break;
                case OpKind.MemorySegRSI:
                    segment = SegmentOf(i);
                    break;
                case OpKind.MemoryESDI:
                    addressBytes = 2;
                    break;
                case OpKind.MemoryESEDI:
                    addressBytes = 4;
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
        AddressKind kind = Memory(u, i);
        int bytes = IsLong ? 8 : 4;
        return load ? Select.Address<Families.LoadTable>(bytes, kind) : Select.Address<Families.StoreTable>(bytes, kind);
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
