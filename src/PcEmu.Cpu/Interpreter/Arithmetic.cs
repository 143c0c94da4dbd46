using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>Whether an operation's flags are looked at before they are overwritten.</summary>
internal interface IFlagUse
{
    static abstract bool Live { get; }
}

internal readonly struct FlagsLive : IFlagUse
{
    public static bool Live => true;
}

internal readonly struct FlagsDead : IFlagUse
{
    public static bool Live => false;
}

/// <summary>A two-operand operation on integers.</summary>
internal unsafe interface IBinary
{
    /// <summary>Whether the result is stored (not for CMP and TEST).</summary>
    static abstract bool Stores { get; }

    /// <summary>The result, to be cut to the width.</summary>
    static abstract ulong Do(ulong a, ulong b, uint carry);

    /// <summary>Whether CF goes in.</summary>
    static abstract bool NeedsCarry { get; }

    /// <summary>How the flags follow.</summary>
    static abstract FlagsKind Kind(uint carry);
}

internal readonly struct Add : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Add;
}

internal readonly struct Adc : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a + b + carry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => (FlagsKind)((uint)FlagsKind.Add + carry);
}

internal readonly struct Sub : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Sub;
}

internal readonly struct Sbb : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a - b - carry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => (FlagsKind)((uint)FlagsKind.Sub + carry);
}

internal readonly struct Cmp : IBinary
{
    public static bool Stores => false;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Sub;
}

internal readonly struct And : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Logic;
}

internal readonly struct Test : IBinary
{
    public static bool Stores => false;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Logic;
}

internal readonly struct Or : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Logic;
}

internal readonly struct Xor : IBinary
{
    public static bool Stores => true;

    public static bool NeedsCarry => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Do(ulong a, ulong b, uint carry) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlagsKind Kind(uint carry) => FlagsKind.Logic;
}

internal static unsafe partial class Ops
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetLazy<S>(CpuState* s, FlagsKind kind, ulong result, ulong operand)
        where S : struct, ISize
    {
        s->CcOp = ((uint)kind << 2) | (uint)S.Log2;
        s->CcDst = result;
        s->CcSrc = operand;
    }

    /// <summary>ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST.</summary>
    internal readonly struct Binary<TOp, S, D, T, F> : IOp
        where TOp : struct, IBinary
        where S : struct, ISize
        where D : struct, IOperand
        where T : struct, IOperand
        where F : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong b))
            {
                return Fault(s, u);
            }

            uint carry = TOp.NeedsCarry ? Flags.Carry(s) : 0;
            ulong r;
            if (TOp.Stores)
            {
                if (!D.Begin<S>(s, u, out ulong a, out Place place))
                {
                    return Fault(s, u);
                }

                r = S.Cut(TOp.Do(a, b, carry));
                if (!D.End<S>(s, u, r, place))
                {
                    return Fault(s, u);
                }
            }
            else
            {
                ulong a;
                if (D.IsMemory)
                {
                    if (!D.Read<S>(s, u, out a))
                    {
                        return Fault(s, u);
                    }
                }
                else
                {
                    a = S.Read((byte*)s + u->Dst);
                }

                r = S.Cut(TOp.Do(a, b, carry));
            }

            if (F.Live)
            {
                SetLazy<S>(s, TOp.Kind(carry), r, b);
            }

            return u + 1;
        }
    }

    /// <summary>INC and DEC: CF stays.</summary>
    internal readonly struct IncDec<TOp, S, D, F> : IOp
        where TOp : struct, IBinary
        where S : struct, ISize
        where D : struct, IOperand
        where F : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            ulong r = S.Cut(TOp.Do(a, 1, 0));
            if (!D.End<S>(s, u, r, place))
            {
                return Fault(s, u);
            }

            if (F.Live)
            {
                uint carry = Flags.Carry(s);
                SetLazy<S>(s, TOp.Kind(0) == FlagsKind.Add ? FlagsKind.Inc : FlagsKind.Dec, r, carry);
            }

            return u + 1;
        }
    }

    /// <summary>NEG: flags as 0 - operand.</summary>
    internal readonly struct Neg<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            ulong r = S.Cut(0 - a);
            if (!D.End<S>(s, u, r, place))
            {
                return Fault(s, u);
            }

            SetLazy<S>(s, FlagsKind.Sub, r, a);
            return u + 1;
        }
    }

    /// <summary>NOT: no flags.</summary>
    internal readonly struct Not<S, D> : IOp
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u) =>
            D.Begin<S>(s, u, out ulong a, out Place place) && D.End<S>(s, u, S.Cut(~a), place) ? u + 1 : Fault(s, u);
    }

    /// <summary>MUL: AL, AX, EAX or RAX times the operand into the double width. CF and OF tell whether the upper half counts.</summary>
    internal readonly struct Mul<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong b))
            {
                return Fault(s, u);
            }

            ulong high;
            ulong low;
            if (S.Bytes == 8)
            {
                high = Math.BigMul(s->Gpr[Gpr.Ax], b, out low);
            }
            else
            {
                ulong product = S.Read(&s->Gpr[Gpr.Ax]) * b;
                low = S.Cut(product);
                high = product >> (8 * S.Bytes);
            }

            StoreProduct<S>(s, low, high);
            SetMultiplyFlags<S>(s, low, high != 0);
            return u + 1;
        }
    }

    /// <summary>IMUL with one operand.</summary>
    internal readonly struct ImulWide<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong b))
            {
                return Fault(s, u);
            }

            ulong high;
            ulong low;
            if (S.Bytes == 8)
            {
                high = (ulong)Math.BigMul((long)s->Gpr[Gpr.Ax], (long)b, out long signedLow);
                low = (ulong)signedLow;
            }
            else
            {
                long product = S.Sign(S.Read(&s->Gpr[Gpr.Ax])) * S.Sign(b);
                low = S.Cut((ulong)product);
                high = S.Cut((ulong)(product >> (8 * S.Bytes)));
            }

            StoreProduct<S>(s, low, high);
            SetMultiplyFlags<S>(s, low, high != S.Cut((ulong)(S.Sign(low) >> 63)));
            return u + 1;
        }
    }

    /// <summary>IMUL with two operands (register times register or memory).</summary>
    internal readonly struct Imul2<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong b))
            {
                return Fault(s, u);
            }

            Signed<S>(s, u, S.Read((byte*)s + u->Dst), b);
            return u + 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static void Signed<TSize>(CpuState* s, Uop* u, ulong a, ulong b)
            where TSize : struct, ISize
        {
            bool overflow;
            ulong low;
            if (TSize.Bytes == 8)
            {
                long high = Math.BigMul((long)a, (long)b, out long signedLow);
                low = (ulong)signedLow;
                overflow = high != signedLow >> 63;
            }
            else
            {
                long product = TSize.Sign(a) * TSize.Sign(b);
                low = TSize.Cut((ulong)product);
                overflow = product != TSize.Sign(low);
            }

            TSize.WriteRegister((byte*)s + u->Dst, low);
            SetMultiplyFlags<TSize>(s, low, overflow);
        }
    }

    /// <summary>IMUL with three operands (register or memory times immediate).</summary>
    internal readonly struct Imul3<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong a))
            {
                return Fault(s, u);
            }

            Imul2<S, T>.Signed<S>(s, u, a, S.Cut((ulong)(long)u->Imm));
            return u + 1;
        }
    }

    /// <summary>DIV.</summary>
    internal readonly struct Div<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong divisor))
            {
                return Fault(s, u);
            }

            if (divisor == 0)
            {
                return DivideError(s, u);
            }

            ulong quotient;
            ulong remainder;
            if (S.Bytes == 8)
            {
                ulong high = s->Gpr[Gpr.Dx];
                if (high >= divisor)
                {
                    return DivideError(s, u);
                }

                UInt128 dividend = new(high, s->Gpr[Gpr.Ax]);
                (UInt128 q, UInt128 rest) = high == 0
                    ? ((UInt128)(s->Gpr[Gpr.Ax] / divisor), (UInt128)(s->Gpr[Gpr.Ax] % divisor))
                    : UInt128.DivRem(dividend, divisor);
                quotient = (ulong)q;
                remainder = (ulong)rest;
            }
            else
            {
                ulong dividend = Dividend<S>(s);
                (quotient, remainder) = Math.DivRem(dividend, divisor);
                if (quotient != S.Cut(quotient))
                {
                    return DivideError(s, u);
                }
            }

            StoreProduct<S>(s, quotient, remainder);
            return u + 1;
        }
    }

    /// <summary>IDIV.</summary>
    internal readonly struct Idiv<S, T> : IOp
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong raw))
            {
                return Fault(s, u);
            }

            if (raw == 0)
            {
                return DivideError(s, u);
            }

            long divisor = S.Sign(raw);
            if (S.Bytes == 8)
            {
                Int128 dividend = new(s->Gpr[Gpr.Dx], s->Gpr[Gpr.Ax]);
                if (dividend == Int128.MinValue && divisor == -1)
                {
                    return DivideError(s, u);
                }

                (Int128 q, Int128 rest) = Int128.DivRem(dividend, divisor);
                if (q != (long)q)
                {
                    return DivideError(s, u);
                }

                StoreProduct<S>(s, (ulong)(long)q, (ulong)(long)rest);
            }
            else
            {
                ulong wide = Dividend<S>(s);
                long dividend = S.Bytes == 4 ? (long)wide : S.Bytes == 2 ? (int)wide : (short)wide;
                if (dividend == long.MinValue && divisor == -1)
                {
                    return DivideError(s, u);
                }

                (long q, long rest) = Math.DivRem(dividend, divisor);
                if (q != S.Sign(S.Cut((ulong)q)))
                {
                    return DivideError(s, u);
                }

                StoreProduct<S>(s, S.Cut((ulong)q), S.Cut((ulong)rest));
            }

            return u + 1;
        }
    }

    /// <summary>Puts a double-width result: low half in the accumulator, high half in AH or the data register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreProduct<S>(CpuState* s, ulong low, ulong high)
        where S : struct, ISize
    {
        if (S.Bytes == 1)
        {
            CpuState.R16(s, Gpr.Ax) = (ushort)(low | (high << 8));
        }
        else
        {
            S.WriteRegister(&s->Gpr[Gpr.Ax], low);
            S.WriteRegister(&s->Gpr[Gpr.Dx], high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Dividend<S>(CpuState* s)
        where S : struct, ISize => S.Bytes == 1
        ? CpuState.R16(s, Gpr.Ax)
        : (S.Read(&s->Gpr[Gpr.Dx]) << (8 * S.Bytes)) | S.Read(&s->Gpr[Gpr.Ax]);

    // SF, ZF, AF and PF are undefined after a multiplication; SF and PF follow the low half as real CPUs have it, ZF and AF are cleared.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetMultiplyFlags<S>(CpuState* s, ulong low, bool overflow)
        where S : struct, ISize =>
        Flags.Set(
            s,
            (overflow ? Eflags.Cf | Eflags.Of : 0) | ((uint)(low >> ((8 * S.Bytes) - 1)) << 7) | Flags.Parity(low));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Uop* DivideError(CpuState* s, Uop* u)
    {
        X86Cpu.Of(s).SetFault(Vector.DivideError, 0);
        return Fault(s, u);
    }
}
