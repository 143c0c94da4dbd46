using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

// One line for each family of operations: how Select's choice becomes a body.
internal static class Families
{
    internal readonly struct Alu<TOp, F> : IFamily
        where TOp : struct, IBinary
        where F : struct, IFlagUse
    {
        public static Entry Get<S, D, T>()
            where S : struct, ISize
            where D : struct, IOperand
            where T : struct, IOperand => Entry.Of<Ops.Binary<TOp, S, D, T, F>>();
    }

    internal readonly struct Fused<TOp, TCond, L> : IFamily
        where TOp : struct, IBinary
        where TCond : struct, ICondition
        where L : struct, ILink
    {
        public static Entry Get<S, D, T>()
            where S : struct, ISize
            where D : struct, IOperand
            where T : struct, IOperand => Entry.Of<Ops.CompareAndBranch<TOp, TCond, S, D, T, L>>();
    }

    internal readonly struct Mov : IFamily
    {
        public static Entry Get<S, D, T>()
            where S : struct, ISize
            where D : struct, IOperand
            where T : struct, IOperand => Entry.Of<Ops.Mov<S, D, T>>();
    }

    internal readonly struct Bit<TOp> : IFamily
        where TOp : struct, IBitChange
    {
        public static Entry Get<S, D, T>()
            where S : struct, ISize
            where D : struct, IOperand
            where T : struct, IOperand => Entry.Of<Ops.Bit<TOp, S, D, T>>();
    }

    internal readonly struct IncDec<TOp, F> : IUnaryFamily
        where TOp : struct, IBinary
        where F : struct, IFlagUse
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.IncDec<TOp, S, D, F>>();
    }

    internal readonly struct Shift<TOp, C, F> : IUnaryFamily
        where TOp : struct, IShift
        where C : struct, ICount
        where F : struct, IFlagUse
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.ShiftBy<TOp, S, D, C, F>>();
    }

    internal readonly struct DoubleShift<TLeft, C> : IUnaryFamily
        where TLeft : struct, IFlagUse
        where C : struct, ICount
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.DoubleShift<TLeft, S, D, C>>();
    }

    internal readonly struct Neg : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Neg<S, D>>();
    }

    internal readonly struct Complement : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Not<S, D>>();
    }

    internal readonly struct Mul : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Mul<S, D>>();
    }

    internal readonly struct ImulWide : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.ImulWide<S, D>>();
    }

    internal readonly struct Imul2 : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Imul2<S, D>>();
    }

    internal readonly struct Imul3 : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Imul3<S, D>>();
    }

    internal readonly struct Div : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Div<S, D>>();
    }

    internal readonly struct Idiv : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Idiv<S, D>>();
    }

    internal readonly struct Xchg : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Xchg<S, D>>();
    }

    internal readonly struct Xadd : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Xadd<S, D>>();
    }

    internal readonly struct CmpXchg : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.CmpXchg<S, D>>();
    }

    internal readonly struct Cmov : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.CmovCc<S, D>>();
    }

    internal readonly struct SetCc : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.SetCc<D>>();
    }

    internal readonly struct BitScan<TForward> : IUnaryFamily
        where TForward : struct, IFlagUse
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.BitScan<TForward, S, D>>();
    }

    /// <summary>MOVZX; the family's size is the source's.</summary>
    internal readonly struct MovZx<To> : IUnaryFamily
        where To : struct, ISize
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.MovZx<S, To, D>>();
    }

    /// <summary>MOVSX; the family's size is the source's.</summary>
    internal readonly struct MovSx<To> : IUnaryFamily
        where To : struct, ISize
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.MovSx<S, To, D>>();
    }

    internal readonly struct MovToSegment : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.SegmentLoad<SlowOps.MovToSegment<D>>>();
    }

    internal readonly struct MovToStackSegment : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.StackSegmentLoad<SlowOps.MovToSegment<D>>>();
    }

    internal readonly struct StoreWord : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.StoreWord<S, D>>>();
    }

    internal readonly struct StoreSystemSelector : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.StoreSystemSelector<S, D>>>();
    }

    internal readonly struct Lldt : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.Lldt<D>>>();
    }

    internal readonly struct Ltr : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.Ltr<D>>>();
    }

    internal readonly struct Lmsw : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.SlowEnd<SlowOps.Lmsw<D>>>();
    }

    internal readonly struct LoadAccessRights : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.LoadAccessRights<S, D>>>();
    }

    internal readonly struct Verify : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.Verify<D>>>();
    }

    internal readonly struct Arpl : IUnaryFamily
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.Slow<SlowOps.Arpl<D>>>();
    }

    internal readonly struct JmpIndirect<A> : IUnaryFamily
        where A : struct, IAddress
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.JmpIndirect<A, S, D>>();
    }

    internal readonly struct CallIndirect<A> : IUnaryFamily
        where A : struct, IAddress
    {
        public static Entry Get<S, D>()
            where S : struct, ISize
            where D : struct, IOperand => Entry.Of<Ops.CallIndirect<A, S, D>>();
    }

    internal readonly struct BitString<TOp> : IAddressFamily
        where TOp : struct, IBitChange
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.BitString<TOp, A, S>>();
    }

    internal readonly struct Lea : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Lea<A, S>>();
    }

    internal readonly struct PushRegister : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Push<A, S, Reg>>();
    }

    internal readonly struct PushImmediate : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Push<A, S, Imm>>();
    }

    internal readonly struct PushMemory : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PushMemory<A, S>>();
    }

    internal readonly struct PushSegment : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PushSegment<A, S>>();
    }

    internal readonly struct PopRegister : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PopRegister<A, S>>();
    }

    internal readonly struct PopMemory : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PopMemory<A, S>>();
    }

    internal readonly struct PopSegment : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.SegmentLoad<SlowOps.PopSegment<A, S>>>();
    }

    internal readonly struct PopStackSegment : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.StackSegmentLoad<SlowOps.PopSegment<A, S>>>();
    }

    internal readonly struct LeaveFrame : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.LeaveFrame<A, S>>();
    }

    internal readonly struct Enter : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Enter<A, S>>();
    }

    internal readonly struct PushAll : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PushAll<A, S>>();
    }

    internal readonly struct PopAll : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PopAll<A, S>>();
    }

    internal readonly struct PushFlags : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PushFlags<A, S>>();
    }

    internal readonly struct PopFlags : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.PopFlags<A, S>>();
    }

    internal readonly struct LoadPointer : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.SegmentLoad<SlowOps.LoadPointer<A, S>>>();
    }

    internal readonly struct JumpFar : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.SlowEnd<SlowOps.JumpFarIndirect<A, S>>>();
    }

    internal readonly struct CallFar : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.SlowEnd<SlowOps.CallFarIndirect<A, S>>>();
    }

    internal readonly struct Bound : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Slow<SlowOps.Bound<A, S>>>();
    }

    internal readonly struct Ret : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Ret<A, S>>();
    }

    internal readonly struct Call<L> : IAddressFamily
        where L : struct, ILink
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Call<A, S, L>>();
    }

    internal readonly struct LoopFamily<L> : IAddressFamily
        where L : struct, ILink
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Loop<A, S, L>>();
    }

    internal readonly struct Movs : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Movs<A, S>>();
    }

    internal readonly struct Stos : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Stos<A, S>>();
    }

    internal readonly struct Lods : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Lods<A, S>>();
    }

    internal readonly struct Scas : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Scas<A, S>>();
    }

    internal readonly struct Cmps : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Cmps<A, S>>();
    }

    internal readonly struct Ins : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Ins<A, S>>();
    }

    internal readonly struct Outs : IAddressFamily
    {
        public static Entry Get<A, S>()
            where A : struct, IAddress
            where S : struct, ISize => Entry.Of<Ops.Outs<A, S>>();
    }
}
