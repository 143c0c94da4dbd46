namespace PcEmu.Devices.Pci;

/// <summary>What a PCI function says about itself in its configuration header.</summary>
/// <param name="VendorId">Vendor ID, offset 00h.</param>
/// <param name="DeviceId">Device ID, offset 02h.</param>
/// <param name="Class">Base class in the high byte and sub-class in the low byte, offset 0Ah (0300h is a VGA adapter).</param>
/// <param name="Revision">Revision ID, offset 08h.</param>
/// <param name="ProgIf">Programming interface, offset 09h.</param>
public readonly record struct PciIdentity(ushort VendorId, ushort DeviceId, ushort Class, byte Revision = 0, byte ProgIf = 0)
{
    /// <summary>Subsystem vendor ID, offset 2Ch; QEMU's own unless the device has one.</summary>
    public ushort SubsystemVendorId { get; init; } = 0x1AF4;

    /// <summary>Subsystem ID, offset 2Eh; QEMU's own unless the device has one.</summary>
    public ushort SubsystemId { get; init; } = 0x1100;
}

/// <summary>Offsets and bits of the configuration header, type 0 (PCI Local Bus Specification 2.1, chapter 6).</summary>
public static class PciHeader
{
    /// <summary>Vendor ID, 16 bits.</summary>
    public const int VendorId = 0x00;

    /// <summary>Device ID, 16 bits.</summary>
    public const int DeviceId = 0x02;

    /// <summary>Command, 16 bits.</summary>
    public const int Command = 0x04;

    /// <summary>Status, 16 bits.</summary>
    public const int Status = 0x06;

    /// <summary>Revision ID.</summary>
    public const int RevisionId = 0x08;

    /// <summary>Programming interface.</summary>
    public const int ProgIf = 0x09;

    /// <summary>Sub-class and base class, 16 bits.</summary>
    public const int Class = 0x0A;

    /// <summary>Cache line size.</summary>
    public const int CacheLineSize = 0x0C;

    /// <summary>Latency timer.</summary>
    public const int LatencyTimer = 0x0D;

    /// <summary>Header type; bit 7 says that the slot has several functions.</summary>
    public const int HeaderType = 0x0E;

    /// <summary>First of six base address registers, 32 bits each.</summary>
    public const int Bar0 = 0x10;

    /// <summary>Subsystem vendor ID, 16 bits.</summary>
    public const int SubsystemVendorId = 0x2C;

    /// <summary>Subsystem ID, 16 bits.</summary>
    public const int SubsystemId = 0x2E;

    /// <summary>Expansion ROM base address, 32 bits.</summary>
    public const int ExpansionRom = 0x30;

    /// <summary>Offset of the first capability.</summary>
    public const int CapabilityList = 0x34;

    /// <summary>Interrupt line: a scratch byte in which firmware notes the IRQ.</summary>
    public const int InterruptLine = 0x3C;

    /// <summary>Interrupt pin: 0 none, 1 INTA to 4 INTD.</summary>
    public const int InterruptPin = 0x3D;

    /// <summary>End of the header: what follows is the device's own.</summary>
    public const int Size = 0x40;

    /// <summary>Command: answer I/O cycles.</summary>
    public const ushort CommandIo = 0x0001;

    /// <summary>Command: answer memory cycles.</summary>
    public const ushort CommandMemory = 0x0002;

    /// <summary>Command: may be bus master.</summary>
    public const ushort CommandMaster = 0x0004;

    /// <summary>Command: may assert SERR#.</summary>
    public const ushort CommandSerr = 0x0100;

    /// <summary>Command: INTx is held off (PCI 2.3).</summary>
    public const ushort CommandIntxDisable = 0x0400;

    /// <summary>Status: INTx is asserted inside (PCI 2.3).</summary>
    public const ushort StatusInterrupt = 0x0008;

    /// <summary>Status: there is a list of capabilities.</summary>
    public const ushort StatusCapabilityList = 0x0010;

    /// <summary>Status: takes fast back-to-back cycles.</summary>
    public const ushort StatusFastBackToBack = 0x0080;

    /// <summary>Status: DEVSEL# timing medium.</summary>
    public const ushort StatusDevselMedium = 0x0200;

    /// <summary>Status: all error bits; a 1 written clears them.</summary>
    public const ushort StatusErrors = 0xF900;
}
