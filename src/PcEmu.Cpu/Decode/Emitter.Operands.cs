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
        >= Register.AX and <= Register.DI => (byte)((register - Register.AX) * 8),
        >= Register.EAX and <= Register.EDI => (byte)((register - Register.EAX) * 8),
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

        return instruction.MemoryDisplSize == 2 ? 2 : 4;
    }

    /// <summary>Fills in the memory operand.</summary>
    private AddressKind Memory(Uop* u, in Instruction instruction)
    {
        u->Base = Offset(instruction.MemoryBase);
        u->Index = Offset(instruction.MemoryIndex);
        u->Scale = (byte)BitOperations.Log2((uint)instruction.MemoryIndexScale);
        u->Disp = (int)instruction.MemoryDisplacement32;
        return Segment(u, instruction.MemorySegment, AddressBytes(instruction));
    }

    /// <summary>Fills in segment and address size.</summary>
    private AddressKind Segment(Uop* u, Register segment, int addressBytes)
    {
        int number = SegmentNumber(segment);
        u->Seg = (byte)number;
        u->AddressCut = (byte)(addressBytes == 2 ? 16 : 0);
        bool flat = (_mode & CodeMode.Flat) != 0 && addressBytes == 4 && number < Seg.Fs;
        return flat ? AddressKind.Flat : AddressKind.Segmented;
    }

    /// <summary>Width and kind of the stack.</summary>
    private AddressKind Stack(Uop* u)
    {
        u->AddressCut = StackCut;
        return (_mode & (CodeMode.Flat | CodeMode.Stack32)) == (CodeMode.Flat | CodeMode.Stack32) ? AddressKind.Flat : AddressKind.Segmented;
    }

    private byte StackCut => (byte)((_mode & CodeMode.Stack32) != 0 ? 0 : 16);

    private AddressKind CodeKind => (_mode & CodeMode.Flat) != 0 ? AddressKind.Flat : AddressKind.Segmented;

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
