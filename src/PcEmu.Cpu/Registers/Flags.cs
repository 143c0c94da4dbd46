using System.Numerics;
using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Registers;

/// <summary>Bits of EFLAGS.</summary>
public static class Eflags
{
    /// <summary>Carry.</summary>
    public const uint Cf = 1;

    /// <summary>Parity of the low byte.</summary>
    public const uint Pf = 1 << 2;

    /// <summary>Auxiliary carry, out of bit 3.</summary>
    public const uint Af = 1 << 4;

    /// <summary>Zero.</summary>
    public const uint Zf = 1 << 6;

    /// <summary>Sign.</summary>
    public const uint Sf = 1 << 7;

    /// <summary>Trap after every instruction.</summary>
    public const uint Tf = 1 << 8;

    /// <summary>Maskable interrupts are let in.</summary>
    public const uint If = 1 << 9;

    /// <summary>String instructions go down.</summary>
    public const uint Df = 1 << 10;

    /// <summary>Signed overflow.</summary>
    public const uint Of = 1 << 11;

    /// <summary>I/O privilege level, bits 12-13.</summary>
    public const int IoplShift = 12;

    /// <summary>I/O privilege level field.</summary>
    public const uint Iopl = 3 << IoplShift;

    /// <summary>Nested task.</summary>
    public const uint Nt = 1 << 14;

    /// <summary>Resume: no debug fault at the next instruction.</summary>
    public const uint Rf = 1 << 16;

    /// <summary>Virtual-8086 mode.</summary>
    public const uint Vm = 1 << 17;

    /// <summary>Alignment check.</summary>
    public const uint Ac = 1 << 18;

    /// <summary>Virtual interrupt flag.</summary>
    public const uint Vif = 1 << 19;

    /// <summary>Virtual interrupt pending.</summary>
    public const uint Vip = 1 << 20;

    /// <summary>CPUID is there.</summary>
    public const uint Id = 1 << 21;

    /// <summary>The six flags that arithmetic sets.</summary>
    public const uint Arithmetic = Cf | Pf | Af | Zf | Sf | Of;

    /// <summary>Bit 1, which always reads as one.</summary>
    public const uint AlwaysOne = 2;
}

/// <summary>How lazy flags follow from <see cref="CpuState.CcDst"/> (result r) and <see cref="CpuState.CcSrc"/> (operand b).</summary>
public enum FlagsKind : uint
{
    /// <summary><see cref="CpuState.CcSrc"/> holds the flags themselves.</summary>
    Explicit,

    /// <summary>r = a + b.</summary>
    Add,

    /// <summary>r = a + b + 1.</summary>
    AddWithCarry,

    /// <summary>r = a - b.</summary>
    Sub,

    /// <summary>r = a - b - 1.</summary>
    SubWithBorrow,

    /// <summary>AND, OR, XOR, TEST: CF, OF and AF clear.</summary>
    Logic,

    /// <summary>r = a + 1; b is the carry from before.</summary>
    Inc,

    /// <summary>r = a - 1; b is the carry from before.</summary>
    Dec,
}

/// <summary>Lazy arithmetic flags.</summary>
public static unsafe class Flags
{
    /// <summary>Reads all six arithmetic flags.</summary>
    public static uint Arithmetic(CpuState* s)
    {
        ulong r = s->CcDst;
        ulong b = s->CcSrc;
        int size = (int)(s->CcOp & 3);
        int top = (8 << size) - 1;
        ulong mask = ulong.MaxValue >> (63 - top);
        ulong a;
        uint flags;
        switch ((FlagsKind)(s->CcOp >> 2))
        {
            case FlagsKind.Explicit:
                return (uint)b;
            case FlagsKind.Add:
                a = (r - b) & mask;
                flags = (r < b ? Eflags.Cf : 0) | Overflow((a ^ r) & (b ^ r), top) | AuxCarry(a ^ b ^ r);
                break;
            case FlagsKind.AddWithCarry:
                a = (r - b - 1) & mask;
                flags = (r <= b ? Eflags.Cf : 0) | Overflow((a ^ r) & (b ^ r), top) | AuxCarry(a ^ b ^ r);
                break;
            case FlagsKind.Sub:
                a = (r + b) & mask;
                flags = (a < b ? Eflags.Cf : 0) | Overflow((a ^ b) & (a ^ r), top) | AuxCarry(a ^ b ^ r);
                break;
            case FlagsKind.SubWithBorrow:
                a = (r + b + 1) & mask;
                flags = (a <= b ? Eflags.Cf : 0) | Overflow((a ^ b) & (a ^ r), top) | AuxCarry(a ^ b ^ r);
                break;
            case FlagsKind.Logic:
                flags = 0;
                break;
            case FlagsKind.Inc:
                flags = (uint)b | (r == 1ul << top ? Eflags.Of : 0) | ((r & 15) == 0 ? Eflags.Af : 0);
                break;
            default:
                flags = (uint)b | (r == (1ul << top) - 1 ? Eflags.Of : 0) | ((r & 15) == 15 ? Eflags.Af : 0);
                break;
        }

        return flags | ResultFlags(r, top);
    }

    /// <summary>SF, ZF and PF of a zero-extended result whose sign bit is bit <paramref name="top"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ResultFlags(ulong r, int top) =>
        ((uint)(r >> top) << 7) | (r == 0 ? Eflags.Zf : 0) | Parity(r);

    /// <summary>PF: set when the low byte has an even number of ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Parity(ulong r) => (~(uint)BitOperations.PopCount((uint)(byte)r) & 1) << 2;

    /// <summary>The carry flag alone, 0 or 1.</summary>
    public static uint Carry(CpuState* s)
    {
        ulong r = s->CcDst;
        ulong b = s->CcSrc;
        switch ((FlagsKind)(s->CcOp >> 2))
        {
            case FlagsKind.Explicit:
            case FlagsKind.Inc:
            case FlagsKind.Dec:
                return (uint)b & 1;
            case FlagsKind.Add:
                return r < b ? 1u : 0;
            case FlagsKind.AddWithCarry:
                return r <= b ? 1u : 0;
            case FlagsKind.Logic:
                return 0;
            case FlagsKind.Sub:
                return ((r + b) & Mask(s)) < b ? 1u : 0;
            default:
                return ((r + b + 1) & Mask(s)) <= b ? 1u : 0;
        }
    }

    /// <summary>Evaluates a condition code (the low four bits of Jcc's opcode).</summary>
    public static bool Condition(CpuState* s, int cc)
    {
        FlagsKind kind = (FlagsKind)(s->CcOp >> 2);
        bool value;
        if (kind == FlagsKind.Sub)
        {
            int shift = 64 - (8 << (int)(s->CcOp & 3));
            ulong b = s->CcSrc << shift;
            ulong r = s->CcDst << shift;
            ulong a = r + b;
            switch (cc >> 1)
            {
                case 1:
                    value = a < b;
                    break;
                case 2:
                    value = r == 0;
                    break;
                case 3:
                    value = a <= b;
                    break;
                case 4:
                    value = (long)r < 0;
                    break;
                case 6:
                    value = (long)a < (long)b;
                    break;
                case 7:
                    value = (long)a <= (long)b;
                    break;
                default:
                    return FromFlags(Arithmetic(s), cc);
            }

            return value ^ ((cc & 1) != 0);
        }

        if (cc >> 1 == 2 && kind != FlagsKind.Explicit)
        {
            return (s->CcDst == 0) ^ ((cc & 1) != 0);
        }

        return FromFlags(Arithmetic(s), cc);
    }

    /// <summary>Evaluates a condition code on given flags.</summary>
    public static bool FromFlags(uint flags, int cc)
    {
        bool lessThan = (((flags >> 7) ^ (flags >> 11)) & 1) != 0;
        bool value = (cc >> 1) switch
        {
            0 => (flags & Eflags.Of) != 0,
            1 => (flags & Eflags.Cf) != 0,
            2 => (flags & Eflags.Zf) != 0,
            3 => (flags & (Eflags.Cf | Eflags.Zf)) != 0,
            4 => (flags & Eflags.Sf) != 0,
            5 => (flags & Eflags.Pf) != 0,
            6 => lessThan,
            _ => lessThan || (flags & Eflags.Zf) != 0,
        };
        return value ^ ((cc & 1) != 0);
    }

    /// <summary>Sets all six arithmetic flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(CpuState* s, uint flags)
    {
        s->CcOp = 0;
        s->CcSrc = flags & Eflags.Arithmetic;
    }

    /// <summary>EFLAGS as the guest reads it.</summary>
    public static uint Read(CpuState* s) => s->Eflags | Arithmetic(s) | Eflags.AlwaysOne;

    /// <summary>Sets the bits of <paramref name="mask"/> in EFLAGS.</summary>
    public static void Write(CpuState* s, uint value, uint mask)
    {
        uint flags = (Read(s) & ~mask) | (value & mask);
        Set(s, flags);
        s->Eflags = flags & ~(Eflags.Arithmetic | Eflags.AlwaysOne);
    }

    private static ulong Mask(CpuState* s) => ulong.MaxValue >> (64 - (8 << (int)(s->CcOp & 3)));

    private static uint Overflow(ulong bits, int top) => ((uint)(bits >> top) & 1) << 11;

    private static uint AuxCarry(ulong bits) => (uint)bits & Eflags.Af;
}
