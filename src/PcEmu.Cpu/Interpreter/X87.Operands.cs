using System.Runtime.CompilerServices;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>A memory format that the x87 loads from.</summary>
internal unsafe interface IFpuLoad
{
    /// <summary>Loads from an offset; false when a fault was set up.</summary>
    /// <param name="s">The state.</param>
    /// <param name="u">The operation.</param>
    /// <param name="offset">Offset in the operand's segment.</param>
    /// <param name="value">The number; a signalling NaN stays one.</param>
    /// <param name="denormal">Whether it is denormal in the format, of which the 80-bit number shows nothing.</param>
    static abstract bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
        where A : struct, IAddress;
}

/// <summary>A memory format that the x87 stores to.</summary>
internal unsafe interface IFpuStore
{
    /// <summary>Exceptions that, unmasked, forbid the store.</summary>
    static abstract uint Forbids { get; }

    static abstract int Bytes { get; }

    /// <summary>Converts; the upper two bytes of an 80-bit operand apart.</summary>
    static abstract ulong Convert(Float80 value, uint control, out uint upper, out uint status);
}

internal static unsafe partial class X87
{
    internal readonly struct Single : IFpuLoad, IFpuStore
    {
        public static uint Forbids => Fsw.Ie | Fsw.Oe | Fsw.Ue;

        public static int Bytes => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
            where A : struct, IAddress
        {
            if (!A.Linear(s, u->Seg, offset, 4, write: false, out ulong linear) || !Guest.Load<B4>(s, u, linear, out ulong bits))
            {
                Unsafe.SkipInit(out value);
                denormal = false;
                return false;
            }

            value = Float80.FromSingle((uint)bits, out denormal);
            return true;
        }

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status)
        {
            upper = 0;
            return Float80.ToSingle(value, control, out status);
        }
    }

    internal readonly struct Double : IFpuLoad, IFpuStore
    {
        public static uint Forbids => Fsw.Ie | Fsw.Oe | Fsw.Ue;

        public static int Bytes => 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
            where A : struct, IAddress
        {
            if (!A.Linear(s, u->Seg, offset, 8, write: false, out ulong linear) || !Guest.Load<B8>(s, u, linear, out ulong bits))
            {
                Unsafe.SkipInit(out value);
                denormal = false;
                return false;
            }

            value = Float80.FromDouble(bits, out denormal);
            return true;
        }

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status)
        {
            upper = 0;
            return Float80.ToDouble(value, control, out status);
        }
    }

    internal readonly struct Extended : IFpuLoad, IFpuStore
    {
        public static uint Forbids => Fsw.Ie;

        public static int Bytes => 10;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
            where A : struct, IAddress
        {
            denormal = false;
            bool loaded = Load10<A>(s, u, offset, out ulong low, out ulong high);
            value = new Float80(low, (uint)high);
            return loaded;
        }

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status)
        {
            upper = value.SignExponent;
            status = 0;
            return value.Mantissa;
        }
    }

    internal readonly struct Decimal : IFpuLoad, IFpuStore
    {
        public static uint Forbids => Fsw.Ie;

        public static int Bytes => 10;

        public static bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
            where A : struct, IAddress
        {
            denormal = false;
            bool loaded = Load10<A>(s, u, offset, out ulong low, out ulong high);
            value = Float80.FromDecimal(low, (uint)high);
            return loaded;
        }

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status) =>
            Float80.ToDecimal(value, control, out upper, out status);
    }

    /// <summary>A signed integer.</summary>
    internal readonly struct Integer<S> : IFpuLoad, IFpuStore
        where S : struct, ISize
    {
        public static uint Forbids => Fsw.Ie;

        public static int Bytes => S.Bytes;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Load<A>(CpuState* s, Uop* u, ulong offset, out Float80 value, out bool denormal)
            where A : struct, IAddress
        {
            denormal = false;
            if (!A.Linear(s, u->Seg, offset, S.Bytes, write: false, out ulong linear) || !Guest.Load<S>(s, u, linear, out ulong bits))
            {
                Unsafe.SkipInit(out value);
                return false;
            }

            value = Float80.FromInteger(S.Sign(bits));
            return true;
        }

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status)
        {
            upper = 0;
            return S.Cut((ulong)Float80.ToInteger(value, S.Bytes * 8, control, out status));
        }
    }

    /// <summary>A signed integer, always rounded towards zero (FISTTP).</summary>
    internal readonly struct Chopped<S> : IFpuStore
        where S : struct, ISize
    {
        public static uint Forbids => Fsw.Ie;

        public static int Bytes => S.Bytes;

        public static ulong Convert(Float80 value, uint control, out uint upper, out uint status) =>
            Integer<S>.Convert(value, control | Fcw.Chop, out upper, out status);
    }

    private static ulong Wrap<A>(ulong linear)
        where A : struct, IAddress => A.Is64 ? linear : (uint)linear;

    /// <summary>Loads ten bytes; false when a fault was set up.</summary>
    private static bool Load10<A>(CpuState* s, Uop* u, ulong offset, out ulong low, out ulong high)
        where A : struct, IAddress
    {
        low = high = 0;
        return A.Linear(s, u->Seg, offset, 10, write: false, out ulong linear)
            && Guest.Load<B8>(s, u, linear, out low)
            && Guest.Load<B2>(s, u, Wrap<A>(linear + 8), out high);
    }

    /// <summary>Stores an operand; false when a fault was set up, and nothing is changed then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool StoreOperand<A, T>(CpuState* s, Uop* u, ulong offset, ulong low, uint upper)
        where A : struct, IAddress
        where T : struct, IFpuStore
    {
        if (!A.Linear(s, u->Seg, offset, T.Bytes, write: true, out ulong linear))
        {
            return false;
        }

        switch (T.Bytes)
        {
            case 2:
                return Guest.Store<B2>(s, u, linear, low);
            case 4:
                return Guest.Store<B4>(s, u, linear, low);
            case 8:
                return Guest.Store<B8>(s, u, linear, low);
            default:
                return ((linear ^ Wrap<A>(linear + 9)) >> 12 == 0 || X86Cpu.Of(s).ProbeWrite(linear, 10, s->Cpl == 3))
                    && Guest.Store<B8>(s, u, linear, low)
                    && Guest.Store<B2>(s, u, Wrap<A>(linear + 8), upper);
        }
    }
}
