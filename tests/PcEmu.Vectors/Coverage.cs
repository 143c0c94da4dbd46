namespace PcEmu.Vectors;

/// <summary>What the CPU does not have yet. Work on the CPU shortens this table; nothing else excuses a case.</summary>
public static class Coverage
{
    private static readonly VectorClass[] MissingClasses =
    [
        VectorClass.Mmx, VectorClass.SseFloat, VectorClass.SseInteger, VectorClass.Sse3, VectorClass.Crypto, VectorClass.Bmi,
    ];

    private static readonly int[] MissingModes = [64];

    /// <summary>Why a case cannot be run yet, or null.</summary>
    /// <param name="mode">16, 32 or 64.</param>
    /// <param name="class">Its class.</param>
    public static string? Missing(int mode, VectorClass @class) =>
        MissingModes.Contains(mode) ? $"{mode}-bit" : MissingClasses.Contains(@class) ? Name(@class) : null;

    /// <summary>Short name of a class, as <c>--class</c> takes it.</summary>
    public static string Name(VectorClass @class) => @class switch
    {
        VectorClass.Integer => "integer",
        VectorClass.Control => "control",
        VectorClass.String => "string",
        VectorClass.X87 => "x87",
        VectorClass.Mmx => "mmx",
        VectorClass.SseFloat => "sse-fp",
        VectorClass.SseInteger => "sse-int",
        VectorClass.Sse3 => "sse3-4.2",
        VectorClass.Crypto => "crypto",
        VectorClass.Bmi => "bmi-etc",
        VectorClass.Fault => "fault",
        VectorClass.Bcd => "bcd",
        VectorClass.ProtectedOnly => "pm-only",
        _ => "286",
    };
}
