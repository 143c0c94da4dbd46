using System.Runtime.InteropServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>One decoded operation: 32 bytes, contiguous in its block.</summary>
/// <remarks>Operation n+1 follows n. An operation that ends a block is followed by its <see cref="Links"/>.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public unsafe struct Uop
{
    /// <summary>What carries it out and returns the next operation.</summary>
    public delegate*<CpuState*, Uop*, Uop*> Run;

    /// <summary>Byte offset in <see cref="CpuState"/> of the destination register.</summary>
    public byte Dst;

    /// <summary>Byte offset of the source register.</summary>
    public byte Src;

    /// <summary>Byte offset of the base register, or of zero.</summary>
    public byte Base;

    /// <summary>Byte offset of the index register, or of zero.</summary>
    public byte Index;

    /// <summary>log2 of the index's scale.</summary>
    public byte Scale;

    /// <summary>Segment register of the memory operand.</summary>
    public byte Seg;

    /// <summary>Width of offsets: an address is cut to 32 (64 in long mode) bits less this many. 16 for 16-bit addressing.</summary>
    public byte AddressCut;

    /// <summary>Instructions of the block before this one.</summary>
    public byte Count;

    /// <summary>Displacement of the memory operand.</summary>
    public int Disp;

    /// <summary>Immediate, sign-extended, or a small number that the operation knows the meaning of.</summary>
    public int Imm;

    /// <summary>Address of this instruction, for faults.</summary>
    public ulong Rip;
}

/// <summary>Where a block goes on: 64 bytes after the operation that ends it.</summary>
/// <remarks>
/// A link within the page holds for the life of both blocks . A link to another page
/// holds while its tag equals <see cref="CpuState.Tag"/>: mapping, mode and code are as they were when it was made.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public unsafe struct Links
{
    /// <summary>Block of the taken branch, or null.</summary>
    public Uop* Taken;

    /// <summary>The tag under which <see cref="Taken"/> holds.</summary>
    public ulong TakenTag;

    /// <summary>RIP of the taken branch.</summary>
    public ulong TakenRip;

    /// <summary>Block that follows, or null.</summary>
    public Uop* Next;

    /// <summary>The tag under which <see cref="Next"/> holds.</summary>
    public ulong NextTag;

    /// <summary>RIP that follows this instruction.</summary>
    public ulong NextRip;

    /// <summary>Instructions of the whole block.</summary>
    public int Count;

    /// <summary>Extra immediate (the far pointer's selector, ENTER's level).</summary>
    public int Extra;
}

/// <summary>One entry of the indirect-jump cache.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public unsafe struct JumpCacheEntry
{
    /// <summary>log2 of the number of entries.</summary>
    public const int Bits = 12;

    /// <summary>RIP.</summary>
    public ulong Rip;

    /// <summary><see cref="CpuState.Tag"/> when it was filled.</summary>
    public ulong Tag;

    /// <summary>Base of CS.</summary>
    public ulong CsBase;

    /// <summary>First operation of the block.</summary>
    public Uop* Code;

    /// <summary>Index for a RIP: neighbours in a page do not collide, pages are spread.</summary>
    public static int IndexOf(ulong rip) => (int)((rip ^ (rip >> 12)) & ((1 << Bits) - 1));
}

/// <summary>The body of an operation, as a type, so that shells and sizes are chosen by the compiler.</summary>
internal unsafe interface IOp
{
    /// <summary>Carries out the operation. All checks come before anything is committed.</summary>
    /// <returns>The next operation; <see cref="CpuState.ExitUop"/> leaves the chain with <see cref="CpuState.Exit"/> set.</returns>
    static abstract Uop* Run(CpuState* s, Uop* u);
}

/// <summary>How operations follow each other: the loop shell calls each body and comes back.</summary>
internal static unsafe class Shell
{
    /// <summary>The entry point of an operation's body.</summary>
    public static delegate*<CpuState*, Uop*, Uop*> Of<TOp>()
        where TOp : struct, IOp => &Loop<TOp>.Run;

    /// <summary>Runs a chain of operations until it ends.</summary>
    public static void Run(CpuState* s, Uop* u)
    {
        // The exit operation returns itself, so that the test is made once for four operations.
        Uop* exit = s->ExitUop;
        do
        {
            u = u->Run(s, u);
            u = u->Run(s, u);
            u = u->Run(s, u);
            u = u->Run(s, u);
        }
        while (u != exit);
    }

    private static class Loop<TOp>
        where TOp : struct, IOp
    {
        public static Uop* Run(CpuState* s, Uop* u) => TOp.Run(s, u);
    }
}
