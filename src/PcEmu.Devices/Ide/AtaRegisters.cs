namespace PcEmu.Devices.Ide;

/// <summary>Bits of the ATA registers (ATA/ATAPI-6, T13/1410D, chapter 7).</summary>
internal static class AtaRegisters
{
    // Command block, as offsets from 1F0h or 170h.
    public const int Data = 0;
    public const int ErrorFeatures = 1;
    public const int SectorCount = 2;
    public const int LbaLow = 3;
    public const int LbaMid = 4;
    public const int LbaHigh = 5;
    public const int DeviceHead = 6;
    public const int StatusCommand = 7;

    // Status.
    public const byte Err = 0x01;
    public const byte Drq = 0x08;
    public const byte Dsc = 0x10; // device seek complete
    public const byte Drdy = 0x40;
    public const byte Bsy = 0x80;

    // Error.
    public const byte Abrt = 0x04;
    public const byte DiagnosticPassed = 0x01;

    // Device.
    public const byte HeadMask = 0x0F;
    public const byte Dev = 0x10;
    public const byte Lba = 0x40;
    public const byte AlwaysOn = 0xA0; // obsolete bits that drives have read as 1 since ATA-1

    // Device control.
    public const byte NIen = 0x02;
    public const byte Srst = 0x04;
    public const byte Hob = 0x80;
}

/// <summary>ATA commands that a disk knows; every other code is aborted.</summary>
internal enum AtaCommand : byte
{
    Nop = 0x00,
    DeviceReset = 0x08,
    Recalibrate = 0x10,
    ReadSectors = 0x20,
    ReadSectorsOnce = 0x21,
    ReadSectorsExt = 0x24,
    ReadDmaExt = 0x25,
    ReadNativeMaxExt = 0x27,
    ReadMultipleExt = 0x29,
    WriteSectors = 0x30,
    WriteSectorsOnce = 0x31,
    WriteSectorsExt = 0x34,
    WriteDmaExt = 0x35,
    WriteMultipleExt = 0x39,
    WriteVerify = 0x3C,
    ReadVerify = 0x40,
    ReadVerifyOnce = 0x41,
    ReadVerifyExt = 0x42,
    Seek = 0x70,
    ExecuteDeviceDiagnostic = 0x90,
    InitializeDeviceParameters = 0x91,
    StandbyImmediate2 = 0x94, // 94h to 99h are the ATA-1 codes of E0h to E6h
    IdleImmediate2 = 0x95,
    Standby2 = 0x96,
    Idle2 = 0x97,
    CheckPowerMode2 = 0x98,
    Sleep2 = 0x99,
    Packet = 0xA0,
    IdentifyPacketDevice = 0xA1,
    Smart = 0xB0,
    ReadMultiple = 0xC4,
    WriteMultiple = 0xC5,
    SetMultipleMode = 0xC6,
    ReadDma = 0xC8,
    ReadDmaOnce = 0xC9,
    WriteDma = 0xCA,
    WriteDmaOnce = 0xCB,
    StandbyImmediate = 0xE0,
    IdleImmediate = 0xE1,
    Standby = 0xE2,
    Idle = 0xE3,
    CheckPowerMode = 0xE5,
    Sleep = 0xE6,
    FlushCache = 0xE7,
    FlushCacheExt = 0xEA,
    IdentifyDevice = 0xEC,
    SetFeatures = 0xEF,
    SecurityFreezeLock = 0xF5,
    ReadNativeMax = 0xF8,
}
