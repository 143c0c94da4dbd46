using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>A constant that can be pushed.</summary>
internal interface IFpuConstant
{
    /// <summary>The constant, rounded as the control word says.</summary>
    static abstract Float80 Value(uint control);
}

internal static unsafe partial class X87
{
    /// <summary>FLD, FILD and FBLD from memory.</summary>
    internal readonly struct Load<TLoad, A> : IOp
        where TLoad : struct, IFpuLoad
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            ulong offset = A.Offset(s, u);
            if (!TLoad.Load<A>(s, u, offset, out Float80 value, out bool denormal))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u, offset);
            uint status = 0;
            if (!IsEmpty(s, -1))
            {
                status = Fsw.Ie | Fsw.Sf | Fsw.C1;
                value = Float80.Indefinite;
            }
            else if (denormal)
            {
                status = Fsw.De;
            }
            else if (typeof(TLoad) != typeof(Extended) && value.IsSignalling)
            {
                status = Fsw.Ie;
                value = new Float80(value.Mantissa | Float80.Quiet, value.SignExponent);
            }

            // A denormal is pushed even if its exception is unmasked.
            if (Settle(s, status) || status == Fsw.De)
            {
                Push(s, value);
            }

            return u + 1;
        }
    }

    /// <summary>FLD ST(i).</summary>
    internal readonly struct LoadRegister : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            bool empty = IsEmpty(s, u->Src);
            if (empty || !IsEmpty(s, -1))
            {
                if (empty ? Underflow(s) : Overflow(s))
                {
                    Push(s, Float80.Indefinite);
                }
            }
            else
            {
                Settle(s, 0);
                Push(s, Get(St(s, u->Src)));
            }

            return u + 1;
        }
    }

    /// <summary>FLD1 and its kin.</summary>
    internal readonly struct LoadConstant<T> : IOp
        where T : struct, IFpuConstant
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (IsEmpty(s, -1))
            {
                Settle(s, 0);
                Push(s, T.Value(s->FpuControl));
            }
            else if (Overflow(s))
            {
                Push(s, Float80.Indefinite);
            }

            return u + 1;
        }
    }

    /// <summary>FST, FSTP, FIST, FISTP, FISTTP and FBSTP to memory.</summary>
    internal readonly struct Store<TStore, TPop, A> : IOp
        where TStore : struct, IFpuStore
        where TPop : struct, IPop
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            ulong low;
            uint upper;
            uint status;
            if (IsEmpty(s, 0))
            {
                low = TStore.Convert(Float80.Indefinite, s->FpuControl, out upper, out _);
                status = Fsw.Ie | Fsw.Sf;
            }
            else
            {
                low = TStore.Convert(Get(St(s, 0)), s->FpuControl, out upper, out status);
            }

            ulong offset = A.Offset(s, u);
            if ((status & ~(uint)s->FpuControl & TStore.Forbids) != 0)
            {
                Note(s, u, offset);
                Settle(s, status);
                return u + 1;
            }

            if (!StoreOperand<A, TStore>(s, u, offset, low, upper))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u, offset);
            Settle(s, status);
            if (TPop.Count != 0)
            {
                Pop(s);
            }

            return u + 1;
        }
    }

    /// <summary>FST ST(i), FSTP ST(i).</summary>
    internal readonly struct StoreRegister<TPop> : IOp
        where TPop : struct, IPop
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Float80 value = Get(St(s, 0));
            if (IsEmpty(s, 0))
            {
                if (!Underflow(s))
                {
                    return u + 1;
                }

                value = Float80.Indefinite;
            }
            else
            {
                Settle(s, 0);
            }

            Put(St(s, u->Src), value);
            MarkValid(s, u->Src);
            if (TPop.Count != 0)
            {
                Pop(s);
            }

            return u + 1;
        }
    }

    /// <summary>FXCH.</summary>
    internal readonly struct Exchange : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Float80* top = St(s, 0);
            Float80* other = St(s, u->Src);
            Float80 a = Get(top);
            Float80 b = Get(other);
            if (IsEmpty(s, 0) || IsEmpty(s, u->Src))
            {
                if (!Underflow(s))
                {
                    return u + 1;
                }

                a = IsEmpty(s, 0) ? Float80.Indefinite : a;
                b = IsEmpty(s, u->Src) ? Float80.Indefinite : b;
                MarkValid(s, 0);
                MarkValid(s, u->Src);
            }
            else
            {
                Settle(s, 0);
            }

            Put(top, b);
            Put(other, a);
            return u + 1;
        }
    }

    /// <summary>FCMOVcc; <see cref="Uop.Dst"/> is the condition.</summary>
    internal readonly struct MoveIf : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            if (IsEmpty(s, 0) || IsEmpty(s, u->Src))
            {
                if (Underflow(s))
                {
                    Put(St(s, 0), Float80.Indefinite);
                    MarkValid(s, 0);
                }

                return u + 1;
            }

            if (Flags.Condition(s, u->Dst))
            {
                Put(St(s, 0), Get(St(s, u->Src)));
            }

            return u + 1;
        }
    }

    internal readonly struct One : IFpuConstant
    {
        public static Float80 Value(uint control) => Float80.One;
    }

    internal readonly struct Zero : IFpuConstant
    {
        public static Float80 Value(uint control) => Float80.Zero;
    }

    // The constants are kept to 128 bits (the second number: what follows the first) and rounded like any result.
    internal readonly struct Log2Of10 : IFpuConstant
    {
        public static Float80 Value(uint control) => Constant(Float80.Bias + 1, 0xD49A_784B_CD1B_8AFE, 0x492B_F6FF_4DAF_DB4C, control);
    }

    internal readonly struct Log2OfE : IFpuConstant
    {
        public static Float80 Value(uint control) => Constant(Float80.Bias, 0xB8AA_3B29_5C17_F0BB, 0xBE87_FED0_691D_3E88, control);
    }

    internal readonly struct Pi : IFpuConstant
    {
        public static Float80 Value(uint control) => Constant(Float80.Bias + 1, 0xC90F_DAA2_2168_C234, 0xC4C6_628B_80DC_1CD1, control);
    }

    internal readonly struct Log10Of2 : IFpuConstant
    {
        public static Float80 Value(uint control) => Constant(Float80.Bias - 2, 0x9A20_9A84_FBCF_F798, 0x8F89_59AC_0B7C_9178, control);
    }

    internal readonly struct LogEOf2 : IFpuConstant
    {
        public static Float80 Value(uint control) => Constant(Float80.Bias - 1, 0xB172_17F7_D1CF_79AB, 0xC9E3_B398_03F2_F6AF, control);
    }

    private static Float80 Constant(int exponent, ulong high, ulong low, uint control) =>
        Float80.RoundExtended(0, exponent, high, low, control, 0).Value;
}
