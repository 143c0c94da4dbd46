using System.Runtime.CompilerServices;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// Control instructions: they change or show the unit's words, and leave the instruction and operand pointers alone.
internal static unsafe partial class X87
{
    /// <summary>FLDCW.</summary>
    internal readonly struct LoadControl<A> : IOp
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if ((!Ready(s) && !Proceed(s, u)) || !Mem<A>.Read<B2>(s, u, out ulong value))
            {
                return Ops.Fault(s, u);
            }

            s->FpuControl = ControlWord((uint)value);
            Summarize(s);
            return u + 1;
        }
    }

    /// <summary>FNSTCW.</summary>
    internal readonly struct StoreControl<A> : IOp
        where A : struct, IAddress
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Enabled(s))
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            return Mem<A>.Write<B2>(s, u, s->FpuControl) ? u + 1 : Ops.Fault(s, u);
        }
    }

    /// <summary>FNSTSW to AX or memory.</summary>
    internal readonly struct StoreStatus<T> : IOp
        where T : struct, IOperand
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Enabled(s))
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            return T.Write<B2>(s, u, s->FpuStatus) ? u + 1 : Ops.Fault(s, u);
        }
    }

    /// <summary>FWAIT.</summary>
    internal readonly struct Wait : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            const ulong Both = Cr0.Mp | Cr0.Ts;
            if ((s->Cr0 & Both) == Both)
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            if ((s->FpuStatus & Fsw.Es) == 0)
            {
                return u + 1;
            }

            s->Current = u;
            return X86Cpu.Of(s).NumericError() ? u + 1 : Ops.Fault(s, u);
        }
    }

    /// <summary>FNOP, and what older units had here (FNENI, FNDISI, FNSETPM).</summary>
    internal readonly struct Nothing<TWaits> : IOp
        where TWaits : struct, IFlagUse
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (TWaits.Live ? !Ready(s) && !Proceed(s, u) : !Enabled(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            return u + 1;
        }
    }

    /// <summary>FNCLEX.</summary>
    internal readonly struct ClearExceptions : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Enabled(s))
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            s->FpuStatus &= (ushort)(Fsw.Top | Fsw.Codes);
            X86Cpu.Of(s).ReleaseIgnne();
            return u + 1;
        }
    }

    /// <summary>FNINIT.</summary>
    internal readonly struct Init : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Enabled(s))
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            Initialize(s);
            return u + 1;
        }
    }

    /// <summary>FINCSTP (<see cref="Uop.Dst"/> 1) and FDECSTP (7).</summary>
    internal readonly struct TurnStack : IOp
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            Settle(s, 0);
            Turn(s, u->Dst);
            return u + 1;
        }
    }

    /// <summary>FFREE, and FFREEP, which pops.</summary>
    internal readonly struct Free<TPop> : IOp
        where TPop : struct, IPop
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            Note(s, u);
            s->FpuTags &= (byte)~(1 << ((Top(s) + u->Src) & 7));
            if (TPop.Count != 0)
            {
                Pop(s);
            }

            return u + 1;
        }
    }

    /// <summary>FNSTENV, FNSAVE; <see cref="Uop.Dst"/> is the operand size.</summary>
    internal readonly struct StoreEnvironment<TRegisters, A> : IOp
        where TRegisters : struct, IFlagUse
        where A : struct, IAddress
    {
        [SkipLocalsInit]
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Enabled(s))
            {
                return Ops.Raise(s, u, Vector.DeviceNotAvailable);
            }

            s->Current = u;
            byte* image = stackalloc byte[FpuImage.Longest];
            int size = FpuImage.Write(s, image, u->Dst == 4, TRegisters.Live);
            if (!A.Linear(s, u->Seg, A.Offset(s, u), size, write: true, out ulong linear)
                || !X86Cpu.Of(s).StoreBytes(linear, image, size))
            {
                return Ops.Fault(s, u);
            }

            if (TRegisters.Live)
            {
                Initialize(s);
            }
            else
            {
                s->FpuControl |= (ushort)Fsw.Exceptions;
                Summarize(s);
            }

            return u + 1;
        }
    }

    /// <summary>FLDENV, FRSTOR; <see cref="Uop.Dst"/> is the operand size.</summary>
    internal readonly struct LoadEnvironment<TRegisters, A> : IOp
        where TRegisters : struct, IFlagUse
        where A : struct, IAddress
    {
        [SkipLocalsInit]
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) && !Proceed(s, u))
            {
                return Ops.Fault(s, u);
            }

            s->Current = u;
            byte* image = stackalloc byte[FpuImage.Longest];
            int size = FpuImage.Size(u->Dst == 4, TRegisters.Live);
            if (!A.Linear(s, u->Seg, A.Offset(s, u), size, write: false, out ulong linear)
                || !X86Cpu.Of(s).LoadBytes(linear, image, size))
            {
                return Ops.Fault(s, u);
            }

            FpuImage.Read(s, image, u->Dst == 4, TRegisters.Live);
            return u + 1;
        }
    }

    /// <summary>The control word that a loaded one becomes.</summary>
    internal static ushort ControlWord(uint value) => (ushort)((value & Fcw.Writable) | Fcw.AlwaysOne);
}
