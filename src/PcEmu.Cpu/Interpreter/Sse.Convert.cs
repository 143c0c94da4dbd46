using System.Runtime.Intrinsics;
using PcEmu.Cpu.Registers;
using PcEmu.Cpu.Simd;

namespace PcEmu.Cpu.Interpreter;

/// <summary>A conversion of whole registers.</summary>
internal interface IConversion
{
    /// <summary>Makes the new value of a register from the old one and the source.</summary>
    static abstract Vector128<byte> Do(Vector128<byte> old, Vector128<byte> source, ref FloatStatus status);
}

/// <summary>Integers to floating point.</summary>
/// <typeparam name="F">Format.</typeparam>
/// <typeparam name="S">Width of the integers.</typeparam>
/// <typeparam name="L">How many, and what the other lanes become.</typeparam>
internal readonly unsafe struct IntegersToFloat<F, S, L> : IConversion
    where F : struct, IFloatFormat
    where S : struct, ISize
    where L : struct, ILaneCount
{
    public static Vector128<byte> Do(Vector128<byte> old, Vector128<byte> source, ref FloatStatus status)
    {
        Vector128<byte> result = old;
        for (int i = 0; i < L.Count; i++)
        {
            ulong value = Float<F>.FromInteger(S.Sign(S.Read((byte*)&source + (i * S.Bytes))), ref status);
            Write(&result, i, value);
        }

        return result;
    }

    private static void Write(void* at, int lane, ulong value)
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
}

/// <summary>Floating point to 32-bit integers; the lanes above are zero.</summary>
internal readonly unsafe struct FloatToIntegers<F, L, TTruncate> : IConversion
    where F : struct, IFloatFormat
    where L : struct, ILaneCount
    where TTruncate : struct, IFlagUse
{
    public static Vector128<byte> Do(Vector128<byte> old, Vector128<byte> source, ref FloatStatus status)
    {
        Vector128<byte> result = default;
        for (int i = 0; i < L.Count; i++)
        {
            ulong value = F.Bytes == 4 ? ((uint*)&source)[i] : ((ulong*)&source)[i];
            ((int*)&result)[i] = (int)Float<F>.ToInteger(value, 32, TTruncate.Live ? 3 : status.Rounding, ref status);
        }

        return result;
    }
}

/// <summary>CVTPS2PD, CVTSS2SD.</summary>
internal readonly unsafe struct SinglesToDoubles<L> : IConversion
    where L : struct, ILaneCount
{
    public static Vector128<byte> Do(Vector128<byte> old, Vector128<byte> source, ref FloatStatus status)
    {
        Vector128<byte> result = old;
        for (int i = 0; i < L.Count; i++)
        {
            ((ulong*)&result)[i] = Float<Binary32>.To<Binary64>(((uint*)&source)[i], ref status);
        }

        return result;
    }
}

/// <summary>CVTPD2PS (the upper half becomes zero), CVTSD2SS.</summary>
internal readonly unsafe struct DoublesToSingles<L> : IConversion
    where L : struct, ILaneCount
{
    public static Vector128<byte> Do(Vector128<byte> old, Vector128<byte> source, ref FloatStatus status)
    {
        Vector128<byte> result = L.Count == 1 ? old : default;
        for (int i = 0; i < L.Count; i++)
        {
            ((uint*)&result)[i] = (uint)Float<Binary64>.To<Binary32>(((ulong*)&source)[i], ref status);
        }

        return result;
    }
}

/// <summary>How many lanes a conversion has.</summary>
internal interface ILaneCount
{
    static abstract int Count { get; }
}

internal readonly struct One : ILaneCount
{
    public static int Count => 1;
}

internal readonly struct Two : ILaneCount
{
    public static int Count => 2;
}

internal readonly struct Four : ILaneCount
{
    public static int Count => 4;
}

internal static unsafe partial class Sse
{
    /// <summary>A conversion between XMM registers, from memory or from a general register.</summary>
    internal readonly struct Convert<TOp, T> : IOp
        where TOp : struct, IConversion
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            var status = new FloatStatus(s->Mxcsr);
            Vector128<byte> result = TOp.Do(*d, source, ref status);
            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>CVTPI2PS and CVTPI2PD: from an MMX register or memory. The x87 registers become MMX registers only if one is read (silicon; the SDM says so of CVTPI2PD alone).</summary>
    internal readonly struct ConvertFromMmx<TOp, TEnter, T> : IOp
        where TOp : struct, IConversion
        where TEnter : struct, IFlagUse
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || (TEnter.Live && !Mmx.Ready(s, u)) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte>* d = At(s, u->Dst);
            var status = new FloatStatus(s->Mxcsr);
            Vector128<byte> result = TOp.Do(*d, source, ref status);
            if (TEnter.Live)
            {
                Mmx.Enter(s);
            }

            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            *d = result;
            return u + 1;
        }
    }

    /// <summary>CVTPS2PI and its kind: to an MMX register.</summary>
    internal readonly struct ConvertToMmx<TOp, T> : IOp
        where TOp : struct, IConversion
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !Mmx.Ready(s, u) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            var status = new FloatStatus(s->Mxcsr);
            Vector128<byte> result = TOp.Do(default, source, ref status);
            Mmx.Enter(s);
            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            Mmx.Write(s, u->Dst, result.AsUInt64().ToScalar());
            return u + 1;
        }
    }

    /// <summary>CVTSS2SI and its kind: to a general register.</summary>
    internal readonly struct ConvertToGeneral<F, S, TTruncate, T> : IOp
        where F : struct, IFloatFormat
        where S : struct, ISize
        where TTruncate : struct, IFlagUse
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            var status = new FloatStatus(s->Mxcsr);
            long value = Float<F>.ToInteger(Lane<F>(&source, 0), 8 * S.Bytes, TTruncate.Live ? 3 : status.Rounding, ref status);
            if (!Settle(s, status.Raised))
            {
                return Ops.Fault(s, u);
            }

            S.WriteRegister((byte*)s + u->Dst, S.Cut((ulong)value));
            return u + 1;
        }
    }
}
