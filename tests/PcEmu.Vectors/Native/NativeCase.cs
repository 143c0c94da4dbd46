namespace PcEmu.Vectors.Native;

/// <summary>Some bytes of memory.</summary>
/// <param name="Address">Linear address.</param>
/// <param name="Bytes">What is there.</param>
public readonly record struct MemoryRun(uint Address, ReadOnlyMemory<byte> Bytes);

/// <summary>Some bytes of memory that are not compared.</summary>
/// <param name="Address">Linear address.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct IgnoredRun(uint Address, int Length);

/// <summary>x87 state of a case.</summary>
/// <param name="Control">Control word.</param>
/// <param name="Status">Status word.</param>
/// <param name="Tags">Abridged tag word: bit i, physical register i is not empty.</param>
/// <param name="Changed">Which of <paramref name="Stack"/> count (all, in an initial state).</param>
/// <param name="Stack">ST(0) to ST(7), ten bytes each.</param>
public sealed record X87Part(ushort Control, ushort Status, byte Tags, byte Changed, ReadOnlyMemory<byte>[] Stack);

/// <summary>SSE state of a case.</summary>
/// <param name="Mxcsr">MXCSR.</param>
/// <param name="Mask">Which registers are given; in an initial state the others are zero, in a final one unchanged.</param>
/// <param name="Registers">XMM0 to XMM15, sixteen bytes each; empty when not given.</param>
public sealed record XmmPart(uint Mxcsr, ushort Mask, ReadOnlyMemory<byte>[] Registers);

/// <summary>One case of an X86VEC1 file: an instruction, the state before it, and the state that a real CPU left.</summary>
public sealed class NativeCase
{
    /// <summary>Value of <see cref="Vector"/> when the instruction completed.</summary>
    public const byte NoVector = 0xFF;

    /// <summary>Number of the case in its file.</summary>
    public required int Number { get; init; }

    /// <summary>Name of the form.</summary>
    public required string Form { get; init; }

    /// <summary>Class of the form.</summary>
    public required VectorClass Class { get; init; }

    /// <summary>16, 32 or 64.</summary>
    public required int Mode { get; init; }

    /// <summary>Whether the result is compared with a tolerance.</summary>
    public required bool IsApproximate { get; init; }

    /// <summary>The instruction.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Where it stands.</summary>
    public required uint Ip { get; init; }

    /// <summary>General registers before.</summary>
    public required ulong[] Gpr { get; init; }

    /// <summary>EFLAGS before.</summary>
    public required uint Eflags { get; init; }

    /// <summary>x87 state before, or null for FNINIT's with zeros.</summary>
    public X87Part? X87 { get; init; }

    /// <summary>SSE state before, or null for all zero and MXCSR 1F80h.</summary>
    public XmmPart? Xmm { get; init; }

    /// <summary>Memory before; the rest of the data area is zero.</summary>
    public required MemoryRun[] Memory { get; init; }

    /// <summary>EFLAGS bits that are undefined afterwards.</summary>
    public required uint UndefinedEflags { get; init; }

    /// <summary>General registers that are undefined afterwards, one bit each.</summary>
    public required ushort UndefinedGpr { get; init; }

    /// <summary>FSW bits that are undefined afterwards.</summary>
    public required ushort UndefinedFsw { get; init; }

    /// <summary>Memory that is not compared.</summary>
    public required IgnoredRun[] Ignored { get; init; }

    /// <summary>Vector of the exception, or <see cref="NoVector"/>.</summary>
    public required byte Vector { get; init; }

    /// <summary>Its error code.</summary>
    public required uint Error { get; init; }

    /// <summary>Instruction pointer afterwards.</summary>
    public required ulong FinalIp { get; init; }

    /// <summary>General registers afterwards.</summary>
    public required ulong[] FinalGpr { get; init; }

    /// <summary>CF, PF, AF, ZF, SF, DF and OF afterwards.</summary>
    public required uint FinalEflags { get; init; }

    /// <summary>x87 state afterwards, or null for unchanged.</summary>
    public X87Part? FinalX87 { get; init; }

    /// <summary>SSE state afterwards, or null for unchanged.</summary>
    public XmmPart? FinalXmm { get; init; }

    /// <summary>Memory that has changed.</summary>
    public required MemoryRun[] FinalMemory { get; init; }
}
