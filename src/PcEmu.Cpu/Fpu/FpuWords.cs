namespace PcEmu.Cpu.Fpu;

/// <summary>Bits of the x87 status word. Intel SDM volume 1, figure 8-4.</summary>
public static class Fsw
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

    /// <summary>Inexact result ("precision").</summary>
    public const uint Pe = 1 << 5;

    /// <summary>The invalid operation was one of the register stack.</summary>
    public const uint Sf = 1 << 6;

    /// <summary>Error summary: an unmasked exception waits.</summary>
    public const uint Es = 1 << 7;

    /// <summary>Condition code 0.</summary>
    public const uint C0 = 1 << 8;

    /// <summary>Condition code 1: the result was rounded up in magnitude; with <see cref="Sf"/>, the stack overflowed.</summary>
    public const uint C1 = 1 << 9;

    /// <summary>Condition code 2.</summary>
    public const uint C2 = 1 << 10;

    /// <summary>Top of the stack, bits 11-13.</summary>
    public const int TopShift = 11;

    /// <summary>Top of the stack field.</summary>
    public const uint Top = 7 << TopShift;

    /// <summary>Condition code 3.</summary>
    public const uint C3 = 1 << 14;

    /// <summary>Busy; repeats <see cref="Es"/>.</summary>
    public const uint Busy = 1 << 15;

    /// <summary>The six exceptions, which the control word's low bits mask.</summary>
    public const uint Exceptions = 0x3F;

    /// <summary>All condition codes.</summary>
    public const uint Codes = C0 | C1 | C2 | C3;

    /// <summary>Exceptions that are found before anything is computed: unmasked, they leave the operands as they are.</summary>
    public const uint Before = Ie | De | Ze;
}

/// <summary>Bits of the x87 control word. Intel SDM volume 1, figure 8-6.</summary>
public static class Fcw
{
    /// <summary>After FNINIT: all exceptions masked, 64 bits, to nearest.</summary>
    public const uint Initial = 0x37F;

    /// <summary>After RESET.</summary>
    public const uint Reset = 0x40;

    /// <summary>Bit 6, which reads as one.</summary>
    public const uint AlwaysOne = 0x40;

    /// <summary>Bits that can be written.</summary>
    public const uint Writable = 0x1F3F;

    /// <summary>Precision control, bits 8-9.</summary>
    public const uint Precision = 3 << 8;

    /// <summary>24 bits.</summary>
    public const uint Single = 0;

    /// <summary>53 bits.</summary>
    public const uint Double = 2 << 8;

    /// <summary>64 bits.</summary>
    public const uint Extended = 3 << 8;

    /// <summary>Rounding control, bits 10-11.</summary>
    public const uint Rounding = 3 << 10;

    /// <summary>To nearest, ties to even.</summary>
    public const uint Nearest = 0;

    /// <summary>Towards minus infinity.</summary>
    public const uint Down = 1 << 10;

    /// <summary>Towards plus infinity.</summary>
    public const uint Up = 2 << 10;

    /// <summary>Towards zero.</summary>
    public const uint Chop = 3 << 10;
}
