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

/// <summary>How memory operands of an operation are addressed: see the type of the same name.</summary>
internal enum AddressKind
{
    Flat,
    Segmented,
    Long,
    LongRelative,
    LongAny,
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
            8 => Destination<F, B8>(destination, source, address),
            _ => throw new UnreachableException(),
        };

    public static Entry Unary<F>(int bytes, OperandKind operand, AddressKind address)
        where F : struct, IUnaryFamily => bytes switch
        {
            1 => Operand<F, B1>(operand, address),
            2 => Operand<F, B2>(operand, address),
            4 => Operand<F, B4>(operand, address),
            8 => Operand<F, B8>(operand, address),
            _ => throw new UnreachableException(),
        };

    public static Entry Address<F>(int bytes, AddressKind address)
        where F : struct, IAddressFamily => address switch
        {
            AddressKind.Flat => Sized<F, Flat>(bytes),
            AddressKind.Segmented => Sized<F, Segmented>(bytes),
            AddressKind.Long => Sized<F, Long>(bytes),
            AddressKind.LongRelative => Sized<F, LongRelative>(bytes),
            AddressKind.LongAny => Sized<F, LongAny>(bytes),
            _ => throw new UnreachableException(),
        };

    private static Entry Sized<F, A>(int bytes)
        where F : struct, IAddressFamily
        where A : struct, IAddress => bytes switch
        {
            1 => F.Get<A, B1>(),
            2 => F.Get<A, B2>(),
            4 => F.Get<A, B4>(),
            8 => F.Get<A, B8>(),
            _ => throw new UnreachableException(),
        };

    private static Entry Destination<F, S>(OperandKind destination, OperandKind source, AddressKind address)
        where F : struct, IFamily
        where S : struct, ISize => (destination, source) switch
        {
            (OperandKind.Register, OperandKind.Register) => F.Get<S, Reg, Reg>(),
            (OperandKind.Register, OperandKind.Immediate) => F.Get<S, Reg, Imm>(),
            _ => address switch
            {
                AddressKind.Flat => InMemory<F, S, Flat>(destination, source),
                AddressKind.Segmented => InMemory<F, S, Segmented>(destination, source),
                AddressKind.Long => InMemory<F, S, Long>(destination, source),
                AddressKind.LongRelative => InMemory<F, S, LongRelative>(destination, source),
                AddressKind.LongAny => InMemory<F, S, LongAny>(destination, source),
                _ => throw new UnreachableException(),
            },
        };

    private static Entry InMemory<F, S, A>(OperandKind destination, OperandKind source)
        where F : struct, IFamily
        where S : struct, ISize
        where A : struct, IAddress => (destination, source) switch
        {
            (OperandKind.Register, OperandKind.Memory) => F.Get<S, Reg, Mem<A>>(),
            (OperandKind.Memory, OperandKind.Register) => F.Get<S, Mem<A>, Reg>(),
            (OperandKind.Memory, OperandKind.Immediate) => F.Get<S, Mem<A>, Imm>(),
            _ => throw new UnreachableException(),
        };

    private static Entry Operand<F, S>(OperandKind operand, AddressKind address)
        where F : struct, IUnaryFamily
        where S : struct, ISize => (operand, address) switch
        {
            (OperandKind.Register, _) => F.Get<S, Reg>(),
            (OperandKind.Memory, AddressKind.Flat) => F.Get<S, Mem<Flat>>(),
            (OperandKind.Memory, AddressKind.Segmented) => F.Get<S, Mem<Segmented>>(),
            (OperandKind.Memory, AddressKind.Long) => F.Get<S, Mem<Long>>(),
            (OperandKind.Memory, AddressKind.LongRelative) => F.Get<S, Mem<LongRelative>>(),
            (OperandKind.Memory, AddressKind.LongAny) => F.Get<S, Mem<LongAny>>(),
            _ => throw new UnreachableException(),
        };
}
