namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>Extension registers of the CL-GD5446 and their bits.</summary>
/// <remarks>Source: Cirrus Logic CL-GD5446 Technical Reference Manual, chapters 4 ("Extension Registers") and 9 (BitBLT).</remarks>
internal static class CirrusRegisters
{
    public const int Sr6Unlock = 0x06;
    public const int Sr7ExtendedMode = 0x07;
    public const int SrFDramControl = 0x0F;
    public const int Sr10CursorX = 0x10;
    public const int Sr11CursorY = 0x11;
    public const int Sr12CursorAttribute = 0x12;
    public const int Sr13CursorPattern = 0x13;
    public const int Sr15MemorySize = 0x15;
    public const int Sr17Configuration = 0x17;
    public const int Sr1FMemoryClock = 0x1F;
    public const int SrLast = 0x1F;

    public const byte Unlocked = 0x12;
    public const byte Locked = 0x0F;
    public const byte UnlockMask = 0x17;

    // SR7
    public const byte ExtendedMode = 0x01;
    public const byte PixelDepth = 0x0E;

    // SR12
    public const byte CursorShown = 0x01;
    public const byte CursorColours = 0x02;
    public const byte CursorLarge = 0x04;

    // SR17: bits 5-3 say how the chip is attached and cannot be written.
    public const byte ConfigurationFixed = 0x38;
    public const byte MmioMask = 0x44;
    public const byte MmioAtB8000 = 0x04;
    public const byte MmioAtEndOfFrameBuffer = 0x44;

    public const int Gr5Mode = 0x05;
    public const int Gr9Offset0 = 0x09;
    public const int GrAOffset1 = 0x0A;
    public const int GrBModes = 0x0B;
    public const int Gr10Background1 = 0x10;
    public const int Gr11Foreground1 = 0x11;
    public const int Gr12Background2 = 0x12;
    public const int Gr13Foreground2 = 0x13;
    public const int Gr14Background3 = 0x14;
    public const int Gr15Foreground3 = 0x15;
    public const int Gr18MemoryTiming = 0x18;
    public const int Gr20Width = 0x20;
    public const int Gr22Height = 0x22;
    public const int Gr24DestinationPitch = 0x24;
    public const int Gr26SourcePitch = 0x26;
    public const int Gr28Destination = 0x28;
    public const int Gr2ADestinationHigh = 0x2A;
    public const int Gr2CSource = 0x2C;
    public const int Gr2ESourceHigh = 0x2E;
    public const int Gr2FWriteMask = 0x2F;
    public const int Gr30Mode = 0x30;
    public const int Gr31Status = 0x31;
    public const int Gr32Rop = 0x32;
    public const int Gr33ModeExtensions = 0x33;
    public const int Gr34TransparentColour = 0x34;
    public const int Gr39TransparentMaskHigh = 0x39;

    // GR5: write modes 4 and 5 expand a byte into eight pixels.
    public const byte ExtendedWriteMode = 0x07;

    // GRB
    public const byte DualBank = 0x01;
    public const byte By8Addressing = 0x02;
    public const byte ExtendedWriteModes = 0x04;
    public const byte By16Addressing = 0x14;
    public const byte Bank16K = 0x20;

    public const int Cr19InterlaceEnd = 0x19;
    public const int Cr1DOverlay = 0x1D;
    public const int Cr22Latches = 0x22;
    public const int Cr24AttributeToggle = 0x24;
    public const int Cr25PartStatus = 0x25;
    public const int Cr26AttributeIndex = 0x26;
    public const int Cr27PartId = 0x27;
}
