using PcEmu.Core.Block;
using static PcEmu.Devices.Ide.AtaRegisters;

namespace PcEmu.Devices.Ide;

/// <summary>Command execution: ATA/ATAPI-6, chapter 8.</summary>
public sealed partial class IdeDrive
{
    // SET FEATURES subcommands, table 43.
    private const byte EnableWriteCache = 0x02;
    private const byte SetTransferMode = 0x03;
    private const byte EnablePowerManagement = 0x05;
    private const byte EnableAcousticManagement = 0x42;
    private const byte DisableReadLookAhead = 0x55;
    private const byte KeepSettingsAtReset = 0x66;
    private const byte DisableWriteCache = 0x82;
    private const byte DisablePowerManagement = 0x85;
    private const byte EnableReadLookAhead = 0xAA;
    private const byte DisableAcousticManagement = 0xC2;
    private const byte RevertSettingsAtReset = 0xCC;

    private const byte ActiveOrIdle = 0xFF; // CHECK POWER MODE, 8.6

    /// <summary>Executes a command that the guest wrote. The channel has seen to it that the drive is not busy.</summary>
    internal void Execute(byte code)
    {
        if (_disk is null)
        {
            // An absent master beside a slave: the slave answers for it, by aborting.
            Fail();
            return;
        }

        _error = 0;
        switch ((AtaCommand)code)
        {
            case AtaCommand.ReadDma or AtaCommand.ReadDmaOnce or AtaCommand.ReadDmaExt:
                TakeCount(code == (byte)AtaCommand.ReadDmaExt);
                BeginDma(DmaDirection.Read);
                break;
            case AtaCommand.WriteDma or AtaCommand.WriteDmaOnce or AtaCommand.WriteDmaExt:
                TakeCount(code == (byte)AtaCommand.WriteDmaExt);
                BeginDma(DmaDirection.Write);
                break;
            case AtaCommand.ReadSectors or AtaCommand.ReadSectorsOnce or AtaCommand.ReadSectorsExt:
                BeginRead(1, code == (byte)AtaCommand.ReadSectorsExt);
                break;
            case AtaCommand.WriteSectors or AtaCommand.WriteSectorsOnce or AtaCommand.WriteSectorsExt or AtaCommand.WriteVerify:
                BeginWrite(1, code == (byte)AtaCommand.WriteSectorsExt);
                break;
            case AtaCommand.ReadMultiple or AtaCommand.ReadMultipleExt when _multSectors != 0:
                BeginRead(_multSectors, code == (byte)AtaCommand.ReadMultipleExt);
                break;
            case AtaCommand.WriteMultiple or AtaCommand.WriteMultipleExt when _multSectors != 0:
                BeginWrite(_multSectors, code == (byte)AtaCommand.WriteMultipleExt);
                break;
            case AtaCommand.ReadVerify or AtaCommand.ReadVerifyOnce or AtaCommand.ReadVerifyExt:
                TakeCount(code == (byte)AtaCommand.ReadVerifyExt);
                Complete(InRange(Address, _nsector));
                break;
            case AtaCommand.SetMultipleMode:
                Complete(TrySetMultipleMode());
                break;
            case AtaCommand.IdentifyDevice:
                Identify();
                break;
            case AtaCommand.SetFeatures:
                SetFeatures();
                break;
            case AtaCommand.InitializeDeviceParameters:
                Complete(TryInitializeParameters());
                break;
            case AtaCommand.FlushCache or AtaCommand.FlushCacheExt:
                Flush();
                break;
            case AtaCommand.ReadNativeMax or AtaCommand.ReadNativeMaxExt:
                ReadNativeMax(code == (byte)AtaCommand.ReadNativeMaxExt);
                Complete(true);
                break;
            case AtaCommand.CheckPowerMode or AtaCommand.CheckPowerMode2:
                _nsector = ActiveOrIdle;
                Complete(true);
                break;
            case AtaCommand.StandbyImmediate or AtaCommand.IdleImmediate or AtaCommand.Standby or AtaCommand.Idle or AtaCommand.Sleep
                or AtaCommand.StandbyImmediate2 or AtaCommand.IdleImmediate2 or AtaCommand.Standby2 or AtaCommand.Idle2 or AtaCommand.Sleep2:
                // Nothing spins down. QEMU's disks do not set DSC here.
                _status = Drdy;
                _channel.Interrupt();
                break;
            case AtaCommand.SecurityFreezeLock:
                // Not offered in IDENTIFY, but Windows 8 insists.
                _nsector = 0;
                Complete(true);
                break;
            case AtaCommand.Smart:
                Smart();
                break;
            case AtaCommand.Recalibrate or AtaCommand.Seek:
                Complete(true);
                break;
            case AtaCommand.Nop or AtaCommand.DeviceReset or AtaCommand.Packet or AtaCommand.IdentifyPacketDevice:
                // NOP always ends so (8.22); the others are for ATAPI drives only, and drivers try them to tell what is there.
                Fail();
                break;
            default:
                _channel.ReportUnknown(code);
                Fail();
                break;
        }
    }

    /// <summary>Tries a flush again, or does it for the first time.</summary>
    private void Flush()
    {
        BlockResult result = _disk!.Medium.Flush();
        if (result == BlockResult.Ok || Handle(result, RetryState.Flush))
        {
            Complete(true);
        }
    }

    private void Complete(bool ok)
    {
        if (ok)
        {
            _status = Drdy | Dsc;
            _channel.Interrupt();
        }
        else
        {
            Fail();
        }
    }

    /// <summary>Ends the command with an error. QEMU's guests see ABRT for everything, an address past the end too.</summary>
    private void Fail()
    {
        StopTransfer();
        _status = Drdy | Err;
        _error = Abrt;
        _channel.Interrupt();
    }

    private bool InRange(long sector, uint count) => sector >= 0 && sector <= _disk!.Medium.SectorCount - count;

    // A count of 0 is the largest one (8.27 and others).
    private void TakeCount(bool extended)
    {
        _lba48 = extended ? (byte)1 : (byte)0;
        uint count = _nsector & 0xFF;
        if (extended)
        {
            count |= (uint)_hobNsector << 8;
        }

        _nsector = count != 0 ? count : extended ? MaximumCount : MaximumBlock;
    }

    private void Identify()
    {
        PrepareIdentity();
        _identifyData.CopyTo(_buffer, 0);
        Offer(AtaIdentity.Size);
    }

    /// <summary>Makes the identity, once: later commands change single words of it, and a stream carries it.</summary>
    private void PrepareIdentity()
    {
        if (_identifySet == 0)
        {
            AtaIdentity.Fill(_identifyData, _disk!, _defaultSerial);
            _identifySet = 1;
            SetMultiple(_multSectors);
            SetTranslation(_heads, _sectorsPerTrack);
        }
    }

    private bool TrySetMultipleMode()
    {
        int sectors = (int)(_nsector & 0xFF);
        if (sectors > AtaIdentity.MaximumMultiple || (sectors & (sectors - 1)) != 0)
        {
            return false;
        }

        SetMultiple(sectors);
        return true;
    }

    // ATA-5, 8.16: heads - 1 in the device register, sectors per track in the count.
    private bool TryInitializeParameters()
    {
        int sectors = (int)(_nsector & 0xFF);
        if (sectors == 0)
        {
            return false;
        }

        SetTranslation((_select & HeadMask) + 1, sectors);
        return true;
    }

    private void ReadNativeMax(bool extended)
    {
        (int heads, int sectors) = (_heads, _sectorsPerTrack);
        DiskGeometry native = _disk!.Geometry;
        (_heads, _sectorsPerTrack) = (native.Heads, native.Sectors);
        _lba48 = extended ? (byte)1 : (byte)0;
        long addressable = (_select & Lba) == 0 ? (long)native.Cylinders * native.Heads * native.Sectors
            : extended ? long.MaxValue
            : 1 << 28;
        Address = Math.Min(_disk.Medium.SectorCount, addressable) - 1;
        (_heads, _sectorsPerTrack) = (heads, sectors);
    }

    private void SetFeatures()
    {
        switch (_feature)
        {
            case EnableWriteCache:
                SetWriteCache(true);
                Complete(true);
                break;
            case DisableWriteCache:
                SetWriteCache(false);
                Flush();
                break;
            case SetTransferMode:
                PrepareIdentity();
                Complete(AtaIdentity.TrySetTransferMode(_identifyData, (int)(_nsector & 0xFF)));
                break;
            case RevertSettingsAtReset:
            case KeepSettingsAtReset:
                _resetReverts = _feature == RevertSettingsAtReset;
                Complete(true);
                break;
            case EnableReadLookAhead or DisableReadLookAhead or EnablePowerManagement or DisablePowerManagement
                or EnableAcousticManagement or DisableAcousticManagement:
                Complete(true);
                break;
            case 0x67 or 0x69 or 0x96 or 0x9A:
                // Vendor specific or retired; QEMU's disks accept them without effect.
                Complete(true);
                break;
            default:
                Fail();
                break;
        }
    }

    private void SetWriteCache(bool on)
    {
        _disk!.Medium.WriteCache = on;
        if (_identifySet != 0)
        {
            AtaIdentity.SetWriteCache(_identifyData, on);
        }
    }
}
