using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Protection;

/// <summary>A stack that a transfer pushes to or pops from before it becomes the CPU's: nothing is committed until all went well.</summary>
internal struct StackFrame
{
    /// <summary>The stack segment.</summary>
    public SegmentCache Segment;

    /// <summary>Offset of the top.</summary>
    public ulong Pointer;

    /// <summary>FFFFh or FFFFFFFFh, by SS.B; all ones in 64-bit mode, where neither base nor limit counts.</summary>
    public ulong Mask;

    /// <summary>Whether accesses have the user's rights.</summary>
    public bool User;

    /// <summary>Error code of #SS when the limit is exceeded.</summary>
    public uint Error;
}
