using System.Diagnostics;
using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

/// <summary>Vector operations with one source.</summary>
internal interface IVectorFamily
{
    static abstract Entry Get<T>()
        where T : struct, IVectorSource;
}

/// <summary>Operations with a memory operand and nothing else to choose.</summary>
internal interface IMemoryFamily
{
    static abstract Entry Get<A>()
        where A : struct, IAddress;
}

/// <summary>Picks the instance of a vector operation.</summary>
internal static class SelectVector
{
    /// <summary>A register of kind <typeparamref name="R"/> or memory of width <typeparamref name="N"/>.</summary>
    public static Entry Source<F, R, N>(OperandKind kind, AddressKind address)
        where F : struct, IVectorFamily
        where R : struct, IVectorSource
        where N : struct, IVectorWidth =>
        kind == OperandKind.Register ? F.Get<R>() : Memory<FromMemory<F, N>>(address);

    /// <summary>Memory.</summary>
    public static Entry Memory<F>(AddressKind address)
        where F : struct, IMemoryFamily => address switch
    {
        AddressKind.Flat => F.Get<Flat>(),
        AddressKind.Segmented => F.Get<Segmented>(),
        AddressKind.Long => F.Get<Long>(),
        AddressKind.LongRelative => F.Get<LongRelative>(),
        AddressKind.LongAny => F.Get<LongAny>(),
        _ => throw new UnreachableException(),
    };

    private readonly struct FromMemory<F, N> : IMemoryFamily
        where F : struct, IVectorFamily
        where N : struct, IVectorWidth
    {
        public static Entry Get<A>()
            where A : struct, IAddress => F.Get<VectorMemory<A, N>>();
    }
}
