using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Simd;

namespace PcEmu.Cpu.Decode;

// Vector operations.
internal static partial class Families
{
    internal readonly struct Xmm<TOp> : IVectorFamily
        where TOp : struct, IPacked
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.Packed<TOp, T>>();
    }

    internal readonly struct XmmImmediate<TOp> : IVectorFamily
        where TOp : struct, IPackedImmediate
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.PackedImmediate<TOp, T>>();
    }

    internal readonly struct XmmBlend<TOp> : IVectorFamily
        where TOp : struct, IPacked
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.Blend<TOp, T>>();
    }

    internal readonly struct MmxPacked<TOp> : IVectorFamily
        where TOp : struct, IPacked
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Mmx.Packed<TOp, T>>();
    }

    internal readonly struct MmxImmediate<TOp> : IVectorFamily
        where TOp : struct, IPackedImmediate
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Mmx.PackedImmediate<TOp, T>>();
    }

    internal readonly struct Ptest : IVectorFamily
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.Ptest<T>>();
    }

    internal readonly struct Sha256Rounds : IVectorFamily
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.Sha256Rounds<T>>();
    }

    internal readonly struct CompareStrings<TExplicit, TMask> : IVectorFamily
        where TExplicit : struct, IFlagUse
        where TMask : struct, IFlagUse
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.CompareStrings<TExplicit, TMask, T>>();
    }

    internal readonly struct FloatLanes<TOp, F, TPacked> : IVectorFamily
        where TOp : struct, IFloatOp
        where F : struct, IFloatFormat
        where TPacked : struct, IFlagUse
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.FloatLanes<TOp, F, TPacked, T>>();
    }

    internal readonly struct FloatHorizontal<TOp, F> : IVectorFamily
        where TOp : struct, IFloatOp
        where F : struct, IFloatFormat
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.FloatHorizontal<TOp, F, T>>();
    }

    internal readonly struct FloatAddSubtract<F> : IVectorFamily
        where F : struct, IFloatFormat
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.FloatAddSubtract<F, T>>();
    }

    internal readonly struct FloatDotProduct<F> : IVectorFamily
        where F : struct, IFloatFormat
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.FloatDotProduct<F, T>>();
    }

    internal readonly struct FloatCompare<F, TSignalling> : IVectorFamily
        where F : struct, IFloatFormat
        where TSignalling : struct, IFlagUse
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.FloatCompare<F, TSignalling, T>>();
    }

    internal readonly struct Convert<TOp> : IVectorFamily
        where TOp : struct, IConversion
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.Convert<TOp, T>>();
    }

    internal readonly struct ConvertFromMmx<TOp, TEnter> : IVectorFamily
        where TOp : struct, IConversion
        where TEnter : struct, IFlagUse
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.ConvertFromMmx<TOp, TEnter, T>>();
    }

    internal readonly struct ConvertToMmx<TOp> : IVectorFamily
        where TOp : struct, IConversion
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.ConvertToMmx<TOp, T>>();
    }

    internal readonly struct ConvertToGeneral<F, S, TTruncate> : IVectorFamily
        where F : struct, IFloatFormat
        where S : struct, ISize
        where TTruncate : struct, IFlagUse
    {
        public static Entry Get<T>()
            where T : struct, IVectorSource => Entry.Of<Sse.ConvertToGeneral<F, S, TTruncate, T>>();
    }

    internal readonly struct XmmStore<N> : IMemoryFamily
        where N : struct, IVectorWidth
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Sse.Store<A, N>>();
    }

    internal readonly struct XmmStorePart<TOp, S> : IMemoryFamily
        where TOp : struct, IExtract
        where S : struct, ISize
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Sse.StorePart<TOp, A, S>>();
    }

    internal readonly struct MmxStore<S> : IMemoryFamily
        where S : struct, ISize
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Mmx.Store<A, S>>();
    }

    internal readonly struct MaskMove<TMmx> : IMemoryFamily
        where TMmx : struct, IFlagUse
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Sse.MaskMove<A, TMmx>>();
    }

    internal readonly struct LoadMxcsr : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.LoadMxcsr<A>>>();
    }

    internal readonly struct StoreMxcsr : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.StoreMxcsr<A>>>();
    }

    internal readonly struct Fxsave : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.Fxsave<A>>>();
    }

    internal readonly struct Fxrstor : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.Fxrstor<A>>>();
    }

    internal readonly struct Xsave : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.Xsave<A>>>();
    }

    internal readonly struct Xrstor : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.Xrstor<A>>>();
    }

    internal readonly struct Clflush : IMemoryFamily
    {
        public static Entry Get<A>()
            where A : struct, IAddress => Entry.Of<Ops.Slow<SseState.Clflush<A>>>();
    }
}
