using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PcEmu.Cpu.Registers;
using PcEmu.Cpu.Simd;

namespace PcEmu.Cpu.Interpreter;

/// <summary>What becomes of one lane of floating-point numbers.</summary>
internal interface IFloatOp
{
    static abstract ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat;
}

internal readonly struct FloatAdd : IFloatOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Add(a, b, ref status);
}

internal readonly struct FloatSubtract : IFloatOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Subtract(a, b, ref status);
}

internal readonly struct FloatMultiply : IFloatOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Multiply(a, b, ref status);
}

internal readonly struct FloatDivide : IFloatOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Divide(a, b, ref status);
}

internal readonly struct FloatMinimum : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Minimum(a, b, ref status);
}

internal readonly struct FloatMaximum : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Maximum(a, b, ref status);
}

internal readonly struct FloatSquareRoot : IFloatOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.SquareRoot(b, ref status);
}

/// <summary>CMPPS and its kind; the predicate is the immediate.</summary>
internal readonly struct FloatPredicate : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Float<F>.Predicate(a, b, immediate & 7, ref status) ? ulong.MaxValue : 0;
}

/// <summary>ROUNDPS and its kind: immediate bits 0-1 are the rounding unless bit 2 says MXCSR's; bit 3 keeps PE quiet.</summary>
internal readonly struct FloatRound : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat =>
        Float<F>.RoundToInteger(b, (immediate & 4) != 0 ? status.Rounding : immediate & 3, (immediate & 8) != 0, ref status);
}

/// <summary>RCPPS and RCPSS.</summary>
internal readonly struct FloatReciprocal : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Approximate.Reciprocal((uint)b);
}

/// <summary>RSQRTPS and RSQRTSS.</summary>
internal readonly struct FloatReciprocalSquareRoot : IFloatOp
{
    public static ulong Do<F>(ulong a, ulong b, int immediate, ref FloatStatus status)
        where F : struct, IFloatFormat => Approximate.ReciprocalSquareRoot((uint)b);
}

// Floating-point instructions: all lanes are computed, then the exceptions of all are looked at, then the register is written.
internal static unsafe partial class Sse
{
    /// <summary>Takes over exceptions; false when one of them is unmasked and #XM (or #UD) was set up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Settle(CpuState* s, uint raised) => raised == 0 || SettleRaised(s, raised);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool SettleRaised(CpuState* s, uint raised)
    {
        uint unmasked = raised & ~(s->Mxcsr >> Mxcsr.MaskShift) & Mxcsr.Exceptions;

        // An unmasked exception found beforehand in any lane keeps all lanes from being computed.
        if ((unmasked & Mxcsr.Before) != 0)
        {
            raised &= Mxcsr.Before;
        }

        s->Mxcsr |= raised;
        if (unmasked == 0)
        {
            return true;
        }

        X86Cpu.Of(s).SetFault((s->Cr4 & Cr4.Osxmmexcpt) != 0 ? Vector.SimdFloatingPoint : Vector.InvalidOpcode, 0);
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Lane<F>(void* at, int lane)
        where F : struct, IFloatFormat => F.Bytes == 4 ? ((uint*)at)[lane] : ((ulong*)at)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetLane<F>(void* at, int lane, ulong value)
        where F : struct, IFloatFormat
    {
        if (F.Bytes == 4)
        {
            ((uint*)at)[lane] = (uint)value;
        }
        else
        {
            ((ulong*)at)[lane] = value;
        }
    }

    /// <summary>Lane by lane; scalar forms leave the upper lanes of the destination.</summary>
    internal readonly struct FloatLanes<TOp, F, TPacked, T> : IOp
        where TOp : struct, IFloatOp
        where F : struct, IFloatFormat
        where TPacked : struct, IFlagUse
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            Vector128<byte> result = *d;
            var status = new FloatStatus(s->Mxcsr);
            int lanes = TPacked.Live ? 16 / F.Bytes : 1;
            for (int i = 0; i < lanes; i++)
            {
                SetLane<F>(&result, i, TOp.Do<F>(Lane<F>(&result, i), Lane<F>(&source, i), u->Imm, ref status));
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>HADDPx and HSUBPx.</summary>
    internal readonly struct FloatHorizontal<TOp, F, T> : IOp
        where TOp : struct, IFloatOp
        where F : struct, IFloatFormat
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            Vector128<byte> a = *d;
            Vector128<byte> result = default;
            var status = new FloatStatus(s->Mxcsr);
            int half = 8 / F.Bytes;
            for (int i = 0; i < half; i++)
            {
                SetLane<F>(&result, i, TOp.Do<F>(Lane<F>(&a, 2 * i), Lane<F>(&a, (2 * i) + 1), 0, ref status));
                SetLane<F>(&result, half + i, TOp.Do<F>(Lane<F>(&b, 2 * i), Lane<F>(&b, (2 * i) + 1), 0, ref status));
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>ADDSUBPx: even lanes are subtracted, odd ones added.</summary>
    internal readonly struct FloatAddSubtract<F, T> : IOp
        where F : struct, IFloatFormat
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            Vector128<byte> result = *d;
            var status = new FloatStatus(s->Mxcsr);
            for (int i = 0; i < 16 / F.Bytes; i++)
            {
                ulong left = Lane<F>(&result, i);
                ulong right = Lane<F>(&b, i);
                SetLane<F>(&result, i, (i & 1) != 0 ? Float<F>.Add(left, right, ref status) : Float<F>.Subtract(left, right, ref status));
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>DPPS and DPPD: immediate bits 4-7 choose what is multiplied, bits 0-3 where the sum goes. Exceptions are taken after each step.</summary>
    internal readonly struct FloatDotProduct<F, T> : IOp
        where F : struct, IFloatFormat
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            Vector128<byte> a = *d;
            int lanes = 16 / F.Bytes;
            ulong* product = stackalloc ulong[4];
            var status = new FloatStatus(s->Mxcsr);
            for (int i = 0; i < lanes; i++)
            {
                product[i] = ((u->Imm >> (4 + i)) & 1) != 0 ? Float<F>.Multiply(Lane<F>(&a, i), Lane<F>(&b, i), ref status) : 0;
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            status.Raised = 0;
            ulong sum = Float<F>.Add(product[0], product[1], ref status);
            if (lanes == 4)
            {
                ulong upper = Float<F>.Add(product[2], product[3], ref status);
                if (!Settle(s, status.Raised))
                {
                    return Ops.Fault(s, u);
                }

                status.Raised = 0;
                sum = Float<F>.Add(sum, upper, ref status);
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte> result = default;
            for (int i = 0; i < lanes; i++)
            {
                SetLane<F>(&result, i, ((u->Imm >> i) & 1) != 0 ? sum : 0);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>COMISx (signalling) and UCOMISx.</summary>
    internal readonly struct FloatCompare<F, TSignalling, T> : IOp
        where F : struct, IFloatFormat
        where TSignalling : struct, IFlagUse
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            var status = new FloatStatus(s->Mxcsr);
            Order order = Float<F>.Compare(Lane<F>(At(s, u->Dst), 0), Lane<F>(&b, 0), TSignalling.Live, ref status);
            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            Flags.Set(s, order switch
            {
                Order.Unordered => Eflags.Zf | Eflags.Pf | Eflags.Cf,
                Order.Less => Eflags.Cf,
                Order.Equal => Eflags.Zf,
                _ => 0,
            });
            return u + 1;
        }
    }
}
