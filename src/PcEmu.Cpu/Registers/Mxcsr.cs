namespace PcEmu.Cpu.Registers;

/// <summary>Bits of MXCSR. Intel SDM volume 1, 10.2.3.</summary>
public static class Mxcsr
{
    /// <summary>Invalid operation.</summary>
    public const uint Ie = 1;

    /// <summary>Denormal operand.</summary>
    public const uint De = 1 << 1;

    /// <summary>Division by zero.</summary>
    public const uint Ze = 1 << 2;

    /// <summary>Overflow.</summary>
    public const uint Oe = 1 << 3;

    /// <summary>Underflow.</summary>
    public const uint Ue = 1 << 4;

    /// <summary>Precision: the result is rounded.</summary>
    public const uint Pe = 1 << 5;

    /// <summary>All six exceptions.</summary>
    public const uint Exceptions = 0x3F;

    /// <summary>Exceptions that are found before anything is computed.</summary>
    public const uint Before = Ie | De | Ze;

    /// <summary>Denormals are zeros.</summary>
    public const uint Daz = 1 << 6;

    /// <summary>Distance from an exception to its mask.</summary>
    public const int MaskShift = 7;

    /// <summary>Distance of the rounding control field.</summary>
    public const int RoundingShift = 13;

    /// <summary>Rounding control: 0 nearest, 1 down, 2 up, 3 towards zero.</summary>
    public const uint Rounding = 3 << RoundingShift;

    /// <summary>Flush to zero.</summary>
    public const uint Ftz = 1 << 15;

    /// <summary>Value after reset: all exceptions masked.</summary>
    public const uint Initial = 0x1F80;

    /// <summary>Bits that can be set; FXSAVE shows them as MXCSR_MASK.</summary>
    public const uint Writable = 0xFFFF;
}
