using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Mmu;

namespace PcEmu.Cpu.Registers;

/// <summary>Why the interpreter left the chain of operations.</summary>
public enum ExitReason
{
    /// <summary>The instruction budget is used up, or somebody wants the dispatcher's attention. RIP is the next instruction.</summary>
    Budget,

    /// <summary>An exception is to be delivered: see <see cref="CpuState.FaultVector"/>. RIP is the instruction at fault.</summary>
    Fault,

    /// <summary>The next block has to be looked up. RIP is the next instruction.</summary>
    Lookup,

    /// <summary>HLT: nothing to do until an interrupt. RIP is the next instruction.</summary>
    Halt,

    /// <summary>The instruction at RIP writes to code: its page has been dropped, and it is to be run again on its own.</summary>
    CodeWrite,
}

/// <summary>The guest-visible state of one CPU and what the interpreter needs at hand, in unmanaged memory that never moves.</summary>
/// <remarks>
/// Operands name registers by byte offset from the start of this structure: EAX 0, ECX 8, AH 1, and <see cref="Zero"/>
/// for "no register", so that address arithmetic has no branches. Arithmetic flags are lazy: <see cref="CcOp"/> says how
/// <see cref="CcDst"/> and <see cref="CcSrc"/> make them (see <see cref="Flags"/>); all other EFLAGS bits are in <see cref="Eflags"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CpuState
{
    /// <summary>Offset of <see cref="Zero"/>.</summary>
    public const byte ZeroOffset = 16 * 8;

    /// <summary>RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8-R15. Outside long mode only the low halves count.</summary>
    public fixed ulong Gpr[16];

    /// <summary>Always zero.</summary>
    public ulong Zero;

    /// <summary>Instruction pointer, exact whenever the interpreter is outside a block.</summary>
    public ulong Rip;

    /// <summary>Result of the last flag-setting operation, zero-extended.</summary>
    public ulong CcDst;

    /// <summary>Second operand of it, or the flags themselves.</summary>
    public ulong CcSrc;

    /// <summary>How the flags follow: a <see cref="FlagsKind"/> in the high bits, log2 of the operand size in the low two.</summary>
    public uint CcOp;

    /// <summary>EFLAGS without CF, PF, AF, ZF, SF and OF.</summary>
    public uint Eflags;

    /// <summary>Instructions that may still run before the dispatcher looks up; at 0 or less the chain ends at the next block end.</summary>
    public long Budget;

    /// <summary>The TLB in use: the supervisor's or the user's.</summary>
    public TlbEntry* Tlb;

    /// <summary>Generation (high 48 bits) and mode (low 16): what a cross-page link or a jump cache entry must agree with.</summary>
    public ulong Tag;

    /// <summary>The indirect-jump cache.</summary>
    public JumpCacheEntry* JumpCache;

    /// <summary>The operation that ends the chain.</summary>
    public Uop* ExitUop;

    /// <summary>The operation that is in a slow path, for exact time inside a block.</summary>
    public Uop* Current;

    /// <summary>Handle of the <see cref="X86Cpu"/>.</summary>
    public nint Owner;

    /// <summary>ES, CS, SS, DS, FS, GS, LDTR, TR.</summary>
    public SegmentArray Segments;

    /// <summary>Why the chain ended.</summary>
    public ExitReason Exit;

    /// <summary>Vector of the exception that is to be delivered.</summary>
    public int FaultVector;

    /// <summary>Its error code.</summary>
    public uint FaultError;

    /// <summary>Whether the instruction set off nothing yet could not be finished: SMC retry is in force for one instruction.</summary>
    public bool CodeWritesAllowed;

    /// <summary>Interrupts are held off until one more instruction has run (after STI, MOV SS, POP SS).</summary>
    public bool InterruptShadow;

    /// <summary>No single-step trap follows the instruction that has just run (MOV SS, POP SS, a software interrupt).</summary>
    public bool TrapShadow;

    /// <summary>INTR, NMI or another asynchronous event waits for the dispatcher.</summary>
    public bool EventPending;

    /// <summary>Current privilege level, 0 to 3.</summary>
    public byte Cpl;

    /// <summary>Control registers 0, 2, 3, 4 and 8.</summary>
    public ulong Cr0;

    /// <summary>Linear address of the last page fault.</summary>
    public ulong Cr2;

    /// <summary>Page directory base.</summary>
    public ulong Cr3;

    /// <summary>Architectural extensions.</summary>
    public ulong Cr4;

    /// <summary>Extended feature enable register.</summary>
    public ulong Efer;

    /// <summary>Debug registers.</summary>
    public fixed ulong Dr[8];

    /// <summary>Linear address of the global descriptor table.</summary>
    public ulong GdtBase;

    /// <summary>Linear address of the interrupt descriptor table.</summary>
    public ulong IdtBase;

    /// <summary>Last byte of the global descriptor table.</summary>
    public uint GdtLimit;

    /// <summary>Last byte of the interrupt descriptor table.</summary>
    public uint IdtLimit;

    /// <summary>x87 control word.</summary>
    public ushort FpuControl;

    /// <summary>x87 status word.</summary>
    public ushort FpuStatus;

    /// <summary>x87 tag word in the abridged form: bit i set, physical register i is not empty.</summary>
    public byte FpuTags;

    /// <summary>x87 data registers R0 to R7 in their physical order: ST(i) is R[(TOP + i) &amp; 7].</summary>
    public FpuRegisterArray FpuRegisters;

    /// <summary>Offset of the last x87 instruction that was not a control instruction.</summary>
    public ulong FpuIp;

    /// <summary>Offset of its memory operand, if it had one.</summary>
    public ulong FpuDp;

    /// <summary>Code segment of <see cref="FpuIp"/>.</summary>
    public ushort FpuCs;

    /// <summary>Segment of <see cref="FpuDp"/>.</summary>
    public ushort FpuDs;

    /// <summary>Its opcode: the low three bits of the first byte, then the ModRM byte.</summary>
    public ushort FpuOpcode;

    /// <summary>A segment register with its hidden part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SegmentCache* Segment(CpuState* s, int index) => (SegmentCache*)&s->Segments + index;

    /// <summary>A general register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref uint R32(CpuState* s, int index) => ref *(uint*)&s->Gpr[index];

    /// <summary>The low word of a general register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref ushort R16(CpuState* s, int index) => ref *(ushort*)&s->Gpr[index];

    /// <summary>Storage for <see cref="FpuRegisters"/>.</summary>
    [InlineArray(8)]
    public struct FpuRegisterArray
    {
        private Float80 _first;
    }

    /// <summary>Storage for <see cref="Segments"/>.</summary>
    [InlineArray(8)]
    public struct SegmentArray
    {
        private SegmentCache _first;
    }
}

/// <summary>Numbers of the general registers.</summary>
public static class Gpr
{
    /// <summary>Accumulator.</summary>
    public const int Ax = 0;

    /// <summary>Counter.</summary>
    public const int Cx = 1;

    /// <summary>Data.</summary>
    public const int Dx = 2;

    /// <summary>Base.</summary>
    public const int Bx = 3;

    /// <summary>Stack pointer.</summary>
    public const int Sp = 4;

    /// <summary>Frame pointer.</summary>
    public const int Bp = 5;

    /// <summary>Source index.</summary>
    public const int Si = 6;

    /// <summary>Destination index.</summary>
    public const int Di = 7;
}
