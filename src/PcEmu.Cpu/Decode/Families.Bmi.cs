using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

// Bit manipulation.
internal static partial class Families
{
    internal readonly struct BmiCount<TOp> : IUnaryFamily
        where TOp : struct, IBmi
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.Count<TOp, S, D>>();
    }

    internal readonly struct BmiVex<TOp> : IUnaryFamily
        where TOp : struct, IBmi
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.Vex<TOp, S, D>>();
    }

    internal readonly struct Rorx : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.Rorx<S, D>>();
    }

    internal readonly struct Mulx : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.Mulx<S, D>>();
    }

    internal readonly struct AddCarry<TCarry> : IUnaryFamily
        where TCarry : struct, IFlagUse
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.AddCarry<TCarry, S, D>>();
    }

    internal readonly struct LoadSwapped : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.LoadSwapped<S, D>>();
    }

    internal readonly struct StoreSwapped : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.StoreSwapped<S, D>>();
    }

    internal readonly struct Crc32 : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Bmi.Crc32<S, D>>();
    }
}
