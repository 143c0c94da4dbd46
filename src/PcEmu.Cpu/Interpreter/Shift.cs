using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>A shift or rotate by a masked count that is not zero.</summary>
internal interface IShift
{
    /// <summary>Carries it out.</summary>
    /// <param name="a">The operand, zero-extended.</param>
    /// <param name="count">1 to 31 (63).</param>
    /// <param name="flags">The arithmetic flags before, replaced by those after.</param>
    static abstract ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize;
}

internal readonly struct Shl : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        uint carry = count <= bits ? (uint)(a >> (bits - count)) & 1 : 0;
        ulong r = S.Cut(a << count);
        uint sign = (uint)(r >> (bits - 1)) & 1;
        flags = carry | ((sign ^ carry) << 11) | Flags.ResultFlags(r, bits - 1);
        return r;
    }
}

internal readonly struct Shr : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        uint carry = (uint)(a >> (count - 1)) & 1;
        ulong r = a >> count;

        // OF: the operand's sign for a count of 1; real CPUs keep to "top two bits of the result differ".
        uint overflow = (uint)((r >> (bits - 1)) ^ (r >> (bits - 2))) & 1;
        flags = carry | (overflow << 11) | Flags.ResultFlags(r, bits - 1);
        return r;
    }
}

internal readonly struct Sar : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        long signed = S.Sign(a);
        uint carry = (uint)(signed >> (count - 1)) & 1;
        ulong r = S.Cut((ulong)(signed >> count));
        flags = carry | Flags.ResultFlags(r, bits - 1);
        return r;
    }
}

internal readonly struct Rol : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        int n = count & (bits - 1);
        ulong r = n == 0 ? a : S.Cut((a << n) | (a >> (bits - n)));
        uint carry = (uint)r & 1;
        uint overflow = ((uint)(r >> (bits - 1)) & 1) ^ carry;
        flags = (flags & ~(Eflags.Cf | Eflags.Of)) | carry | (overflow << 11);
        return r;
    }
}

internal readonly struct Ror : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        int n = count & (bits - 1);
        ulong r = n == 0 ? a : S.Cut((a >> n) | (a << (bits - n)));
        uint carry = (uint)(r >> (bits - 1)) & 1;
        uint overflow = ((uint)(r >> (bits - 2)) & 1) ^ carry;
        flags = (flags & ~(Eflags.Cf | Eflags.Of)) | carry | (overflow << 11);
        return r;
    }
}

internal readonly struct Rcl : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        int n = count % (bits + 1);
        uint carry = flags & 1;
        ulong r = a;
        if (n != 0)
        {
            // n - 1 bits of the operand come round behind the old carry.
            ulong low = n == 1 ? 0 : a >> (bits - n + 1);
            r = S.Cut((n == 64 ? 0 : a << n) | ((ulong)carry << (n - 1)) | low);
            carry = (uint)(a >> (bits - n)) & 1;
        }

        uint overflow = ((uint)(r >> (bits - 1)) & 1) ^ carry;
        flags = (flags & ~(Eflags.Cf | Eflags.Of)) | carry | (overflow << 11);
        return r;
    }
}

internal readonly struct Rcr : IShift
{
    public static ulong Do<S>(ulong a, int count, ref uint flags)
        where S : struct, ISize
    {
        int bits = 8 * S.Bytes;
        int n = count % (bits + 1);
        uint carry = flags & 1;
        ulong r = a;
        if (n != 0)
        {
            ulong high = n == 1 ? 0 : a << (bits - n + 1);
            r = S.Cut((n == 64 ? 0 : a >> n) | ((ulong)carry << (bits - n)) | high);
            carry = (uint)(a >> (n - 1)) & 1;
        }

        uint overflow = (uint)((r >> (bits - 1)) ^ (r >> (bits - 2))) & 1;
        flags = (flags & ~(Eflags.Cf | Eflags.Of)) | carry | (overflow << 11);
        return r;
    }
}

/// <summary>Where a shift's count comes from.</summary>
internal unsafe interface ICount
{
    static abstract int Read(CpuState* s, Uop* u);
}

internal readonly unsafe struct CountImmediate : ICount
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(CpuState* s, Uop* u) => u->Imm;
}

internal readonly unsafe struct CountCl : ICount
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(CpuState* s, Uop* u) => (byte)s->Gpr[Gpr.Cx];
}

internal static unsafe partial class Ops
{
    /// <summary>A count of zero: only the upper half of a 32-bit register is cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Uop* Unshifted<S, D>(CpuState* s, Uop* u, ulong a, in Place place)
        where S : struct, ISize
        where D : struct, IOperand
    {
        if (S.Bytes == 4 && !D.IsMemory)
        {
            D.End<S>(s, u, a, place);
        }

        return u + 1;
    }

    /// <summary>SHL, SHR, SAR, ROL, ROR, RCL, RCR. A masked count of zero changes nothing, but memory is still written to.</summary>
    internal readonly struct ShiftBy<TOp, S, D, C, F> : IOp
        where TOp : struct, IShift
        where S : struct, ISize
        where D : struct, IOperand
        where C : struct, ICount
        where F : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            int count = C.Read(s, u) & (S.Bytes == 8 ? 63 : 31);
            if (count == 0)
            {
                return Unshifted<S, D>(s, u, a, place);
            }

            bool rotate = typeof(TOp) == typeof(Rol) || typeof(TOp) == typeof(Ror);
            bool throughCarry = typeof(TOp) == typeof(Rcl) || typeof(TOp) == typeof(Rcr);
            uint flags = throughCarry || (rotate && F.Live) ? Flags.Arithmetic(s) : 0;
            ulong r = TOp.Do<S>(a, count, ref flags);
            if (!D.End<S>(s, u, r, place))
            {
                return Fault(s, u);
            }

            if (F.Live || throughCarry)
            {
                Flags.Set(s, flags);
            }

            return u + 1;
        }
    }

    /// <summary>SHLD and SHRD.</summary>
    internal readonly struct DoubleShift<TLeft, S, D, C> : IOp
        where TLeft : struct, IFlagUse
        where S : struct, ISize
        where D : struct, IOperand
        where C : struct, ICount
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!D.Begin<S>(s, u, out ulong a, out Place place))
            {
                return Fault(s, u);
            }

            int bits = 8 * S.Bytes;
            int count = C.Read(s, u) & (S.Bytes == 8 ? 63 : 31);
            if (count == 0)
            {
                return Unshifted<S, D>(s, u, a, place);
            }

            ulong b = S.Read((byte*)s + u->Src);
            ulong r;
            uint carry;
            if (S.Bytes == 2 && count > 16)
            {
                // Undefined by the manual: the P6 shifts operand, source and operand again.
                ulong wide = (a << 32) | (b << 16) | a;
                if (TLeft.Live)
                {
                    r = (ushort)(wide >> (32 - count));
                    carry = (uint)(wide >> (48 - count)) & 1;
                }
                else
                {
                    r = (ushort)(wide >> count);
                    carry = (uint)(wide >> (count - 1)) & 1;
                }
            }
            else if (TLeft.Live)
            {
                r = S.Cut(count == bits ? b : (a << count) | (b >> (bits - count)));
                carry = (uint)(a >> (bits - count)) & 1;
            }
            else
            {
                r = S.Cut(count == bits ? b : (a >> count) | (b << (bits - count)));
                carry = (uint)(a >> (count - 1)) & 1;
            }

            if (!D.End<S>(s, u, r, place))
            {
                return Fault(s, u);
            }

            // OF: the sign changed.
            uint overflow = (uint)((a ^ r) >> (bits - 1)) & 1;
            Flags.Set(s, carry | (overflow << 11) | Flags.ResultFlags(r, bits - 1));
            return u + 1;
        }
    }
}
