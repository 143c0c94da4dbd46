using System.Diagnostics;
using System.Numerics;
using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

// Operands: registers as offsets into the state, memory operands into an operation's fields.
internal sealed unsafe partial class Emitter
{
    /// <summary>Byte offset of a general register in <see cref="CpuState"/>.</summary>
    private static byte Offset(Register register) => register switch
    {
        Register.None => CpuState.ZeroOffset,
        >= Register.AL and <= Register.BL => (byte)((register - Register.AL) * 8),
        >= Register.AH and <= Register.BH => (byte)(((register - Register.AH) * 8) + 1),
        >= Register.SPL and <= Register.R15L => (byte)((register - Register.SPL + 4) * 8),
        >= Register.AX and <= Register.R15W => (byte)((register - Register.AX) * 8),
        >= Register.EAX and <= Register.R15D => (byte)((register - Register.EAX) * 8),
        >= Register.RAX and <= Register.R15 => (byte)((register - Register.RAX) * 8),
        _ => throw new UnreachableException(register.ToString()),
    };

    private static int SegmentNumber(Register register) => register switch
    {
        Register.ES => Seg.Es,
        Register.CS => Seg.Cs,
        Register.SS => Seg.Ss,
        Register.DS => Seg.Ds,
        Register.FS => Seg.Fs,
        Register.GS => Seg.Gs,
        _ => throw new UnreachableException(register.ToString()),
    };

    private static OperandKind KindOf(in Instruction instruction, int operand) => instruction.GetOpKind(operand) switch
    {
        OpKind.Register => OperandKind.Register,
        OpKind.Memory => OperandKind.Memory,
        _ => OperandKind.Immediate,
    };

    /// <summary>Bytes of an operand: of the register, or of memory.</summary>
    private static int SizeOf(in Instruction instruction, int operand) =>
        instruction.GetOpKind(operand) == OpKind.Register
            ? instruction.GetOpRegister(operand).GetSize()
            : instruction.MemorySize.GetSize();

    /// <summary>Bits of the offsets that a memory operand is made of.</summary>
    private static int AddressBytes(in Instruction instruction)
    {
        if (instruction.MemoryBase != Register.None)
        {
            return instruction.MemoryBase.GetSize();
        }

        if (instruction.MemoryIndex != Register.None)
        {
            return instruction.MemoryIndex.GetSize();
        }

        return instruction.MemoryDisplSize is 2 or 8 ? instruction.MemoryDisplSize : 4;
    }

    private bool IsLong => (_mode & CodeMode.Long) != 0;

    /// <summary>The segment of the memory operand; in 64-bit mode only FS and GS can be asked for by a prefix.</summary>
    private Register SegmentOf(in Instruction instruction)
    {
        if (!IsLong || instruction.SegmentPrefix is Register.FS or Register.GS)
        {
            return instruction.MemorySegment;
        }

        return instruction.MemoryBase is Register.RSP or Register.RBP or Register.ESP or Register.EBP ? Register.SS : Register.DS;
    }

    /// <summary>Fills in the memory operand.</summary>
    private AddressKind Memory(Uop* u, in Instruction instruction)
    {
        if (instruction.IsIPRelativeMemoryOperand)
        {
            return Relative(u, instruction);
        }

        u->Base = Offset(instruction.MemoryBase);
        u->Index = Offset(instruction.MemoryIndex);
        u->Scale = (byte)BitOperations.Log2((uint)instruction.MemoryIndexScale);
        u->Disp = (int)instruction.MemoryDisplacement32;
        return Segment(u, SegmentOf(instruction), AddressBytes(instruction));
    }

    /// <summary>Fills in an operand whose address is relative to the next instruction.</summary>
    private AddressKind Relative(Uop* u, in Instruction instruction)
    {
        if (instruction.MemoryBase == Register.EIP)
        {
            // Cut to 32 bits it is a constant.
            u->Disp = (int)(uint)instruction.IPRelativeMemoryAddress;
            return Segment(u, SegmentOf(instruction), 4);
        }

        u->Index = (byte)instruction.Length;
        u->Disp = (int)(instruction.IPRelativeMemoryAddress - instruction.NextIP);
        AddressKind kind = Segment(u, SegmentOf(instruction), 8);
        if (kind == AddressKind.Long)
        {
            return AddressKind.LongRelative;
        }

        u->Base = LongAny.RelativeBase;
        return kind;
    }

    /// <summary>Fills in segment and address size.</summary>
    private AddressKind Segment(Uop* u, Register segment, int addressBytes)
    {
        int number = SegmentNumber(segment);
        u->Seg = (byte)number;
        if (IsLong)
        {
            u->AddressCut = (byte)(addressBytes == 4 ? 32 : 0);
            return addressBytes == 8 && number < Seg.Fs ? AddressKind.Long : AddressKind.LongAny;
        }

        u->AddressCut = (byte)(addressBytes == 2 ? 16 : 0);
        bool flat = (_mode & CodeMode.Flat) != 0 && addressBytes == 4 && number < Seg.Fs;
        return flat ? AddressKind.Flat : AddressKind.Segmented;
    }

    /// <summary>Width and kind of the stack.</summary>
    private AddressKind Stack(Uop* u)
    {
        u->Seg = Seg.Ss;
        u->AddressCut = StackCut;
        return IsLong ? AddressKind.Long : (_mode & (CodeMode.Flat | CodeMode.Stack32)) == (CodeMode.Flat | CodeMode.Stack32) ? AddressKind.Flat : AddressKind.Segmented;
    }

    private byte StackCut => (byte)((_mode & CodeMode.Stack32) != 0 ? 0 : 16);

    private AddressKind CodeKind => IsLong ? AddressKind.Long : (_mode & CodeMode.Flat) != 0 ? AddressKind.Flat : AddressKind.Segmented;

    /// <summary>What has to be checked of a direct branch's target: nothing if it is canonical.</summary>
    private AddressKind BranchKind(ulong target) => IsLong && Canonical.Is(target) ? AddressKind.Flat : CodeKind;

    /// <summary>Fills in a register or memory operand that is read, modified or written: the register goes to Dst.</summary>
    private (OperandKind Kind, AddressKind Address) Target(Uop* u, in Instruction instruction, int operand = 0)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register)
        {
            u->Dst = Offset(instruction.GetOpRegister(operand));
            return (OperandKind.Register, AddressKind.Flat);
        }

        return (OperandKind.Memory, Memory(u, instruction));
    }

    /// <summary>Fills in a register, memory or immediate operand that is read: the register goes to Src.</summary>
    private (OperandKind Kind, AddressKind Address) Source(Uop* u, in Instruction instruction, int operand)
    {
        switch (KindOf(instruction, operand))
        {
            case OperandKind.Register:
                u->Src = Offset(instruction.GetOpRegister(operand));
                return (OperandKind.Register, AddressKind.Flat);
            case OperandKind.Memory:
                return (OperandKind.Memory, Memory(u, instruction));
            default:
                u->Imm = (int)(long)instruction.GetImmediate(operand);
                return (OperandKind.Immediate, AddressKind.Flat);
        }
    }
}
