namespace PcEmu.Vectors;

/// <summary>The classes of instructions that vector files know; numbers as in the files.</summary>
public enum VectorClass
{
    /// <summary>Integer instructions.</summary>
    Integer,

    /// <summary>Jumps, calls, returns.</summary>
    Control,

    /// <summary>String instructions.</summary>
    String,

    /// <summary>x87.</summary>
    X87,

    /// <summary>MMX.</summary>
    Mmx,

    /// <summary>SSE and SSE2, floating point.</summary>
    SseFloat,

    /// <summary>SSE and SSE2, integers and data movement.</summary>
    SseInteger,

    /// <summary>SSE3 to SSE4.2.</summary>
    Sse3,

    /// <summary>AES, PCLMULQDQ, SHA.</summary>
    Crypto,

    /// <summary>BMI, ADX, LZCNT, MOVBE.</summary>
    Bmi,

    /// <summary>Instructions that have to fault.</summary>
    Fault,

    /// <summary>Decimal adjustments.</summary>
    Bcd,

    /// <summary>What faults in protected mode only.</summary>
    ProtectedOnly,

    /// <summary>Not of such a file: recorded on an 80286.</summary>
    I286,
}
