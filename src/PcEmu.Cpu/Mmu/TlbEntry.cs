using System.Runtime.InteropServices;

namespace PcEmu.Cpu.Mmu;

/// <summary>One entry of the software TLB.</summary>
/// <remarks>
/// A tag is the linear page address when the access may go straight to host memory at address + <see cref="Addend"/>,
/// and <see cref="Invalid"/> otherwise: not mapped, not allowed, device registers, a page with decoded code or one whose
/// first write has to be noticed. The slow path sorts these out.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct TlbEntry
{
    /// <summary>A tag that no page address equals.</summary>
    public const ulong Invalid = 1;

    /// <summary>log2 of the number of entries of a TLB.</summary>
    public const int Bits = 9;

    /// <summary>Number of entries of a TLB.</summary>
    public const int Count = 1 << Bits;

    /// <summary>Tag for reads.</summary>
    public ulong Read;

    /// <summary>Tag for writes.</summary>
    public ulong Write;

    /// <summary>Host address less linear address.</summary>
    public long Addend;

    /// <summary>Linear page address of the translation whatever the tags say; bit 0: a global page; 1 alone: empty.</summary>
    public ulong Page;
}
