using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>The blitter's registers in memory: which graphics controller register each byte of the block is.</summary>
/// <remarks>Source: CL-GD5446 Technical Reference Manual, "Memory-Mapped I/O".</remarks>
internal static class CirrusMmio
{
    /// <summary>Size of the block.</summary>
    public const uint Size = 0x100;

    /// <summary>Stands for a byte without a register.</summary>
    public const int None = -1;

    private const int Status = 0x40;

    // Offsets 00h to 23h.
    private static ReadOnlySpan<sbyte> Registers =>
    [
        0x00, Gr10Background1, Gr12Background2, Gr14Background3,
        0x01, Gr11Foreground1, Gr13Foreground2, Gr15Foreground3,
        Gr20Width, Gr20Width + 1, Gr22Height, Gr22Height + 1,
        Gr24DestinationPitch, Gr24DestinationPitch + 1, Gr26SourcePitch, Gr26SourcePitch + 1,
        Gr28Destination, Gr28Destination + 1, Gr2ADestinationHigh, None,
        Gr2CSource, Gr2CSource + 1, Gr2ESourceHigh, Gr2FWriteMask,
        Gr30Mode, None, Gr32Rop, Gr33ModeExtensions,
        Gr34TransparentColour, Gr34TransparentColour + 1, None, None,
        Gr39TransparentMaskHigh - 1, Gr39TransparentMaskHigh, None, None,
    ];

    /// <summary>The graphics controller register at an offset, or <see cref="None"/>.</summary>
    public static int RegisterAt(uint offset) =>
        offset < (uint)Registers.Length ? Registers[(int)offset] : offset == Status ? Gr31Status : None;
}
