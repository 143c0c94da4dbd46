using System.Numerics;
using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>What BT, BTS, BTR and BTC do to the bit.</summary>
internal interface IBitChange
{
    static abstract bool Stores { get; }

    static abstract ulong Do(ulong value, ulong bit);
}

internal readonly struct BitTest : IBitChange
{
    public static bool Stores => false;

    public static ulong Do(ulong value, ulong bit) => value;
}

internal readonly struct BitSet : IBitChange
{
    public static bool Stores => true;

    public static ulong Do(ulong value, ulong bit) => value | bit;
}

internal readonly struct BitReset : IBitChange
{
    public static bool Stores => true;

    public static ulong Do(ulong value, ulong bit) => value & ~bit;
}

internal readonly struct BitComplement : IBitChange
{
    public static bool Stores => true;

    public static ulong Do(ulong value, ulong bit) => value ^ bit;
}

internal static unsafe partial class Ops
{
    /// <summary>BT, BTS, BTR, BTC on a register, or on memory with an immediate bit number.</summary>
    internal readonly struct Bit<TOp, S, D, T> : IOp
        where TOp : struct, IBitChange
        where S : struct, ISize
        where D : struct, IOperand
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            T.Read<S>(s, u, out ulong number);
            int bit = (int)number & ((8 * S.Bytes) - 1);
            ulong value;
            if (TOp.Stores)
            {
                if (!D.Begin<S>(s, u, out value, out Place place) || !D.End<S>(s, u, S.Cut(TOp.Do(value, 1ul << bit)), place))
                {
                    return Fault(s, u);
                }
            }
            else if (D.IsMemory)
            {
                if (!D.Read<S>(s, u, out value))
                {
                    return Fault(s, u);
                }
            }
            else
            {
                value = S.Read((byte*)s + u->Dst);
            }

            SetCarry(s, (uint)(value >> bit) & 1);
            return u + 1;
        }
    }

    /// <summary>BT, BTS, BTR, BTC on memory with the bit number in a register: a bit string, reaching both ways from the address.</summary>
    internal readonly struct BitString<TOp, A, S> : IOp
        where TOp : struct, IBitChange
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            long number = S.Sign(S.Read((byte*)s + u->Src));
            int bit = (int)number & ((8 * S.Bytes) - 1);
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong offset = (A.Offset(s, u) + (ulong)((number >> (3 + S.Log2)) * S.Bytes)) & mask;
            if (!A.Linear(s, u->Seg, offset, S.Bytes, TOp.Stores, out ulong linear))
            {
                return Fault(s, u);
            }

            ulong value;
            if (TOp.Stores)
            {
                if (!Guest.LoadForUpdate(s, u, linear, S.Bytes, out value)
                    || !Guest.Store<S>(s, u, linear, S.Cut(TOp.Do(value, 1ul << bit))))
                {
                    return Fault(s, u);
                }
            }
            else if (!Guest.Load<S>(s, u, linear, out value))
            {
                return Fault(s, u);
            }

            SetCarry(s, (uint)(value >> bit) & 1);
            return u + 1;
        }
    }

    /// <summary>BSF (forward) and BSR: with a zero source ZF is set and the destination stays as it was.</summary>
    internal readonly struct BitScan<TForward, S, T> : IOp
        where TForward : struct, IFlagUse
        where S : struct, ISize
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!T.Read<S>(s, u, out ulong value))
            {
                return Fault(s, u);
            }

            if (value != 0)
            {
                S.WriteRegister((byte*)s + u->Dst, (ulong)(TForward.Live ? BitOperations.TrailingZeroCount(value) : BitOperations.Log2(value)));
            }

            // All flags but ZF are undefined.
            Flags.Set(s, value == 0 ? Eflags.Zf | Eflags.Pf : 0);
            return u + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetCarry(CpuState* s, uint carry) => Flags.Set(s, (Flags.Arithmetic(s) & ~Eflags.Cf) | carry);
}
