namespace PcEmu.Cpu.Decode;

/// <summary>What decides how bytes are decoded and which operations they become: a part of every block's key.</summary>
[Flags]
public enum CodeMode
{
    /// <summary>16-bit code.</summary>
    None = 0,

    /// <summary>CS.D: operands and addresses are 32 bits wide by default.</summary>
    Code32 = 1,

    /// <summary>SS.B: the stack pointer is ESP.</summary>
    Stack32 = 2,

    /// <summary>64-bit mode.</summary>
    Long = 4,

    /// <summary>CS, DS, ES and SS start at 0 and have no limit.</summary>
    Flat = 8,

    /// <summary>Blocks have one instruction.</summary>
    Single = 16,

    /// <summary>CPL is 3. Part of the tag only: the same block serves all levels.</summary>
    User = 32,

    /// <summary>The bits that decoding depends on.</summary>
    Decoding = Code32 | Stack32 | Long | Flat | Single,
}
