using System.Runtime.CompilerServices;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>The bodies of the x87 instructions, opcodes D8 to DF.</summary>
/// <remarks>
/// <see cref="Uop.Src"/> is the i of ST(i), <see cref="Uop.Imm"/> the opcode for the environment image. A waiting instruction
/// starts with <see cref="Ready"/>; exceptions of the number kind are taken over with <c>Settle</c>, which says whether
/// the result may be used. Intel SDM volume 1, chapter 8, and volume 2.
/// </remarks>
internal static unsafe partial class X87
{
    /// <summary>Whether an x87 instruction may begin: the unit is enabled and no exception waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Ready(CpuState* s) => (((uint)s->Cr0 & (uint)(Cr0.Em | Cr0.Ts)) | (s->FpuStatus & Fsw.Es)) == 0;

    /// <summary>Whether an instruction that does not wait for exceptions may begin.</summary>
    private static bool Enabled(CpuState* s) => (s->Cr0 & (Cr0.Em | Cr0.Ts)) == 0;

    /// <summary>What holds up an instruction that is not <see cref="Ready"/>: #NM, #MF or FERR#. True: it may begin after all.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Proceed(CpuState* s, Uop* u)
    {
        X86Cpu cpu = X86Cpu.Of(s);
        if (!Enabled(s))
        {
            cpu.SetFault(Vector.DeviceNotAvailable, 0);
            return false;
        }

        s->Current = u;
        return cpu.NumericError();
    }

    /// <summary>Remembers the instruction for the environment image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Note(CpuState* s, Uop* u)
    {
        s->FpuIp = u->Rip;
        s->FpuOpcode = (ushort)u->Imm;
        s->FpuCs = CpuState.Segment(s, Seg.Cs)->Selector;
    }

    /// <summary>Remembers the instruction and its memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Note(CpuState* s, Uop* u, ulong offset)
    {
        Note(s, u);
        s->FpuDp = offset;
        s->FpuDs = CpuState.Segment(s, u->Seg)->Selector;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Top(CpuState* s) => (s->FpuStatus >> Fsw.TopShift) & 7;

    /// <summary>ST(i).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float80* St(CpuState* s, int i) => (Float80*)&s->FpuRegisters + ((Top(s) + i) & 7);

    /// <summary>The number in a register, read as it was written: in two parts, so that the host need not wait for its own stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float80 Get(Float80* register) => new(register->Mantissa, register->SignExponent);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Float80* register, Float80 value)
    {
        *(ulong*)register = value.Mantissa;
        ((ushort*)register)[4] = value.SignExponent;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEmpty(CpuState* s, int i) => ((s->FpuTags >> ((Top(s) + i) & 7)) & 1) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MarkValid(CpuState* s, int i) => s->FpuTags |= (byte)(1 << ((Top(s) + i) & 7));

    /// <summary>Marks ST(0) empty and moves the top up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pop(CpuState* s)
    {
        s->FpuTags &= (byte)~(1 << Top(s));
        Turn(s, 1);
    }

    /// <summary>Moves the top down and puts a value there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Push(CpuState* s, Float80 value)
    {
        Turn(s, -1);
        Put(St(s, 0), value);
        MarkValid(s, 0);
    }

    /// <summary>Moves the top.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(CpuState* s, int by)
    {
        uint status = s->FpuStatus;
        s->FpuStatus = (ushort)((status & ~Fsw.Top) | ((status + ((uint)by << Fsw.TopShift)) & Fsw.Top));
    }

    /// <summary>Takes over exceptions and C1. False: one that was found before computing is unmasked; registers stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Settle(CpuState* s, uint status) => Settle(s, status, Fsw.C1);

    /// <summary>Takes over exceptions and condition codes.</summary>
    /// <param name="s">The state.</param>
    /// <param name="status">Exceptions and codes that are set.</param>
    /// <param name="codes">Codes that the instruction defines.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Settle(CpuState* s, uint status, uint codes)
    {
        uint unmasked = status & ~(uint)s->FpuControl & Fsw.Exceptions;
        status |= s->FpuStatus & ~codes;
        if (unmasked != 0)
        {
            status |= Fsw.Es | Fsw.Busy;
        }

        s->FpuStatus = (ushort)status;
        return (unmasked & Fsw.Before) == 0;
    }

    /// <summary>A register that should not be is empty. True: masked, the indefinite NaN takes its place.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Underflow(CpuState* s) => Settle(s, Fsw.Ie | Fsw.Sf);

    /// <summary>A register that should be empty is not.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Overflow(CpuState* s) => Settle(s, Fsw.Ie | Fsw.Sf | Fsw.C1);

    /// <summary>The error summary after the control or status word has been replaced.</summary>
    internal static void Summarize(CpuState* s)
    {
        if ((s->FpuStatus & ~s->FpuControl & Fsw.Exceptions) != 0)
        {
            s->FpuStatus |= (ushort)(Fsw.Es | Fsw.Busy);
        }
        else
        {
            s->FpuStatus &= (ushort)(~(Fsw.Es | Fsw.Busy) & 0xFFFF);
            X86Cpu.Of(s).ReleaseIgnne();
        }
    }

    /// <summary>FNINIT.</summary>
    internal static void Initialize(CpuState* s)
    {
        s->FpuControl = (ushort)Fcw.Initial;
        s->FpuStatus = 0;
        s->FpuTags = 0;
        s->FpuIp = s->FpuDp = 0;
        s->FpuCs = s->FpuDs = s->FpuOpcode = 0;
        X86Cpu.Of(s).ReleaseIgnne();
    }
}
