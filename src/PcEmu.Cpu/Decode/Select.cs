using System.Diagnostics;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

/// <summary>Where an operand is.</summary>
internal enum OperandKind
{
    Register,
    Immediate,
    Memory,
}

/// <summary>How memory operands of an operation are addressed.</summary>
internal enum AddressKind
{
    Flat,
    Segmented,
}

/// <summary>An entry point, wrapped because function pointers cannot be generic arguments or tuple items.</summary>
internal readonly unsafe struct Entry(delegate*<CpuState*, Uop*, Uop*> run)
{
    public readonly delegate*<CpuState*, Uop*, Uop*> Run = run;

    public static Entry Of<TOp>()
        where TOp : struct, IOp => new(Shell.Of<TOp>());
}

/// <summary>Operations with a size, a destination and a source.</summary>
internal interface IFamily
{
    static abstract Entry Get<S, D, T>()
        where S : struct, ISize
        where D : struct, IOperand
        where T : struct, IOperand;
}

/// <summary>Operations with a size and one operand.</summary>
internal interface IUnaryFamily
{
    static abstract Entry Get<S, D>()
        where S : struct, ISize
        where D : struct, IOperand;
}

/// <summary>Operations with an address kind and a size.</summary>
internal interface IAddressFamily
{
    static abstract Entry Get<A, S>()
        where A : struct, IAddress
        where S : struct, ISize;
}

/// <summary>Picks the instance of an operation for sizes and operand kinds known at decode time.</summary>
internal static class Select
{
    public static Entry Binary<F>(int bytes, OperandKind destination, OperandKind source, AddressKind address)
        where F : struct, IFamily => bytes switch
        {
            1 => Destination<F, B1>(destination, source, address),
            2 => Destination<F, B2>(destination, source, address),
            4 => Destination<F, B4>(destination, source, address),
            _ => throw new UnreachableException(),
        };

    public static Entry Unary<F>(int bytes, OperandKind operand, AddressKind address)
        where F : struct, IUnaryFamily => bytes switch
        {
            1 => Operand<F, B1>(operand, address),
            2 => Operand<F, B2>(operand, address),
            4 => Operand<F, B4>(operand, address),
            _ => throw new UnreachableException(),
        };

    public static Entry Address<F>(int bytes, AddressKind address)
        where F : struct, IAddressFamily => (bytes, address) switch
        {
            (1, AddressKind.Flat) => F.Get<Flat, B1>(),
            (2, AddressKind.Flat) => F.Get<Flat, B2>(),
            (4, AddressKind.Flat) => F.Get<Flat, B4>(),
            (1, AddressKind.Segmented) => F.Get<Segmented, B1>(),
            (2, AddressKind.Segmented) => F.Get<Segmented, B2>(),
            (4, AddressKind.Segmented) => F.Get<Segmented, B4>(),
            _ => throw new UnreachableException(),
        };

    private static Entry Destination<F, S>(OperandKind destination, OperandKind source, AddressKind address)
        where F : struct, IFamily
        where S : struct, ISize => (destination, source, address) switch
        {
            (OperandKind.Register, OperandKind.Register, _) => F.Get<S, Reg, Reg>(),
            (OperandKind.Register, OperandKind.Immediate, _) => F.Get<S, Reg, Imm>(),
            (OperandKind.Register, OperandKind.Memory, AddressKind.Flat) => F.Get<S, Reg, Mem<Flat>>(),
            (OperandKind.Register, OperandKind.Memory, AddressKind.Segmented) => F.Get<S, Reg, Mem<Segmented>>(),
            (OperandKind.Memory, OperandKind.Register, AddressKind.Flat) => F.Get<S, Mem<Flat>, Reg>(),
            (OperandKind.Memory, OperandKind.Register, AddressKind.Segmented) => F.Get<S, Mem<Segmented>, Reg>(),
            (OperandKind.Memory, OperandKind.Immediate, AddressKind.Flat) => F.Get<S, Mem<Flat>, Imm>(),
            (OperandKind.Memory, OperandKind.Immediate, AddressKind.Segmented) => F.Get<S, Mem<Segmented>, Imm>(),
            _ => throw new UnreachableException(),
        };

    private static Entry Operand<F, S>(OperandKind operand, AddressKind address)
        where F : struct, IUnaryFamily
        where S : struct, ISize => (operand, address) switch
        {
            (OperandKind.Register, _) => F.Get<S, Reg>(),
            (OperandKind.Memory, AddressKind.Flat) => F.Get<S, Mem<Flat>>(),
            (OperandKind.Memory, AddressKind.Segmented) => F.Get<S, Mem<Segmented>>(),
            _ => throw new UnreachableException(),
        };
}
