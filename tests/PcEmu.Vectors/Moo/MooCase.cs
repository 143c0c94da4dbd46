namespace PcEmu.Vectors.Moo;

/// <summary>One case of a MOO file of the 80286.</summary>
public sealed class MooCase
{
    /// <summary>Opcode as the file is named: "F7.6".</summary>
    public required string Form { get; init; }

    /// <summary>Number in the file.</summary>
    public required int Number { get; init; }

    /// <summary>Disassembly as recorded.</summary>
    public required string Name { get; init; }

    /// <summary>The instruction and the HLT behind it.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>Registers before.</summary>
    public required MooRegisters Before { get; init; }

    /// <summary>Registers that have changed.</summary>
    public required MooRegisters After { get; init; }

    /// <summary>Memory before.</summary>
    public required (uint Address, byte Value)[] MemoryBefore { get; init; }

    /// <summary>Memory that was written.</summary>
    public required (uint Address, byte Value)[] MemoryAfter { get; init; }

    /// <summary>Exception or interrupt: vector, and address of the FLAGS word on the stack.</summary>
    public required (byte Vector, uint FlagsAddress)? Exception { get; init; }
}

/// <summary>Registers of an 80286 in the order of the files: AX BX CX DX CS SS DS ES SP BP SI DI IP FLAGS.</summary>
/// <param name="Mask">Which are given.</param>
/// <param name="Values">All fourteen.</param>
public sealed record MooRegisters(ushort Mask, ushort[] Values)
{
    /// <summary>Names in order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags"];

    /// <summary>Number of CX.</summary>
    public const int Cx = 2;

    /// <summary>Number of SS.</summary>
    public const int Ss = 5;

    /// <summary>Number of SP.</summary>
    public const int Sp = 8;

    /// <summary>Number of SI.</summary>
    public const int Si = 10;

    /// <summary>Number of DI.</summary>
    public const int Di = 11;

    /// <summary>Number of IP.</summary>
    public const int Ip = 12;

    /// <summary>Number of FLAGS.</summary>
    public const int Flags = 13;

    /// <summary>Whether a register is given.</summary>
    public bool Has(int index) => (Mask >> index & 1) != 0;
}
