using PcEmu.Core.Block;
using PcEmu.Core.State;
using static PcEmu.Devices.Ide.AtaRegisters;

namespace PcEmu.Devices.Ide;

/// <summary>What answers at a drive's place on a channel.</summary>
public enum IdeDriveKind : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An ATA disk.</summary>
    Disk,
}

/// <summary>A drive's place on an IDE channel: task file, sector buffer and command execution.</summary>
/// <remarks>
/// Sources: ATA/ATAPI-6, T13/1410D, chapters 6 to 9; the answers in corner cases are those of QEMU's disks. The place
/// exists with and without a drive, because a stream has four of them. Commands are done when the register write that
/// starts them returns: BSY is never seen, which ATA allows, and a saved state has no request under way.
/// <para>
/// In this file: state and addresses. Commands are in IdeDrive.Commands.cs, data transfers in IdeDrive.Transfer.cs,
/// SMART in IdeDrive.Smart.cs.
/// </para>
/// </remarks>
public sealed partial class IdeDrive
{
    private const int MaximumBlock = 256; // sectors
    private const int BufferSize = (MaximumBlock * IBlockMedium.SectorSize) + 4; // as long as it is on the wire
    private const uint MaximumCount = 65536;

    private readonly IdeChannel _channel;
    private readonly string _defaultSerial;

    // Task file. A count of 0 stands for 256 or 65536 while a command runs, hence 32 bits.
    private byte _feature;
    private byte _error;
    private uint _nsector;
    private byte _sector;
    private byte _lcyl;
    private byte _hcyl;
    private byte _hobFeature;
    private byte _hobNsector;
    private byte _hobSector;
    private byte _hobLcyl;
    private byte _hobHcyl;
    private byte _select;
    private byte _status;

    // Disk.
    private readonly byte[] _identifyData = new byte[AtaIdentity.Size];
    private int _identifySet;
    private int _multSectors;
    private byte _lba48; // the last command had 48-bit addresses

    // Data transfer through the data register.
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _at; // next byte in the buffer
    private int _left; // bytes until the block is through
    private byte _transferEnd = (byte)TransferEnd.Idle;
    private int _blockSectors; // sectors between two interrupts
    private int _elementaryTransferSize; // ATAPI
    private int _packetTransferSize; // ATAPI

    // ATAPI, for the wire: there is no such drive, and the fields keep what a stream brought.
    private byte _senseKey;
    private byte _asc;
    private byte _cdromChanged;
    private bool _trayOpen;
    private bool _trayLocked;
    private bool _newMedia;
    private bool _ejectRequest;

    [NotSaved("wiring: set when the disk is attached")]
    private AtaDisk? _disk;

    [NotSaved("not on the wire: the destination's disk starts with its power-on geometry, as QEMU's does")]
    private int _heads;

    [NotSaved("not on the wire: as the heads")]
    private int _sectorsPerTrack;

    [NotSaved("not on the wire: SET FEATURES CCh is rarely used, and off at power-on")]
    private bool _resetReverts;

    [NotSaved("computed after a load from DRQ and the empty buffer")]
    private DmaDirection _dma;

    [NotSaved("only while a state is loaded: the optional part was there")]
    private bool _pioLoaded;

    internal IdeDrive(IdeChannel channel, int unit, int number)
    {
        _channel = channel;
        Unit = unit;
        _defaultSerial = $"QM{number:D5}";
    }

    /// <summary>What happens when the block in the buffer is through; the numbers are the wire's.</summary>
    private enum TransferEnd : byte
    {
        SectorRead,
        SectorWrite,
        Stop,
        AtapiReplyEnd,
        AtapiCommand,
        Idle,
    }

    /// <summary>One of the four <c>ide_drive</c> records of the section <c>ide</c>.</summary>
    internal static readonly StateDescription<IdeDrive> State = Describe();

    /// <summary>0 is the master, 1 the slave.</summary>
    public int Unit { get; }

    /// <summary>What is there. ATAPI drives will be a kind of their own.</summary>
    public IdeDriveKind Kind => _disk is null ? IdeDriveKind.None : IdeDriveKind.Disk;

    /// <summary>The disk, or null.</summary>
    public AtaDisk? Disk => _disk;

    internal bool IsPresent => _disk is not null;

    internal byte Status => _status;

    internal bool IsBusy => (_status & (Bsy | Drq)) != 0;

    private TransferEnd End
    {
        get => (TransferEnd)_transferEnd;
        set => _transferEnd = (byte)value;
    }

    /// <summary>The address in the task file as a sector number; -1 for CHS sector 0.</summary>
    private long Address
    {
        get
        {
            if ((_select & Lba) == 0)
            {
                int track = (((_hcyl << 8) | _lcyl) * _heads) + (_select & HeadMask);
                return ((long)track * _sectorsPerTrack) + _sector - 1;
            }

            long low = (uint)((_hcyl << 16) | (_lcyl << 8) | _sector);
            return _lba48 != 0
                ? ((long)_hobHcyl << 40) | ((long)_hobLcyl << 32) | ((long)_hobSector << 24) | low
                : ((long)(_select & HeadMask) << 24) | low;
        }

        set
        {
            if ((_select & Lba) == 0)
            {
                long track = value / _sectorsPerTrack;
                long cylinder = track / _heads;
                _sector = (byte)((value % _sectorsPerTrack) + 1);
                _select = (byte)((_select & ~HeadMask) | (int)(track % _heads));
                _lcyl = (byte)cylinder;
                _hcyl = (byte)(cylinder >> 8);
                return;
            }

            _sector = (byte)value;
            _lcyl = (byte)(value >> 8);
            _hcyl = (byte)(value >> 16);
            if (_lba48 != 0)
            {
                _hobSector = (byte)(value >> 24);
                _hobLcyl = (byte)(value >> 32);
                _hobHcyl = (byte)(value >> 40);
            }
            else
            {
                _select = (byte)((_select & ~HeadMask) | ((int)(value >> 24) & HeadMask));
            }
        }
    }

    internal void Attach(AtaDisk disk)
    {
        _disk = disk;
        Reset(hard: true);
    }

    /// <summary>Reads a register of the command block, 1 (error) to 6 (device).</summary>
    internal byte ReadRegister(int register, bool hob) => register switch
    {
        ErrorFeatures => hob ? _hobFeature : _error,
        SectorCount => hob ? _hobNsector : (byte)_nsector,
        LbaLow => hob ? _hobSector : _sector,
        LbaMid => hob ? _hobLcyl : _lcyl,
        LbaHigh => hob ? _hobHcyl : _hcyl,
        _ => _select,
    };

    /// <summary>Writes a register of the command block, 1 (features) to 6 (device); 48-bit registers are two deep.</summary>
    internal void WriteRegister(int register, byte value)
    {
        switch (register)
        {
            case ErrorFeatures:
                (_hobFeature, _feature) = (_feature, value);
                break;
            case SectorCount:
                (_hobNsector, _nsector) = ((byte)_nsector, value);
                break;
            case LbaLow:
                (_hobSector, _sector) = (_sector, value);
                break;
            case LbaMid:
                (_hobLcyl, _lcyl) = (_lcyl, value);
                break;
            case LbaHigh:
                (_hobHcyl, _hcyl) = (_hcyl, value);
                break;
            default:
                _select = (byte)(value | AlwaysOn);
                break;
        }
    }

    /// <summary>Reset: registers, transfer and multiple mode; the geometry too if it is a hardware reset or the guest asked for it.</summary>
    internal void Reset(bool hard)
    {
        if (hard || _resetReverts)
        {
            _resetReverts = false;
            SetTranslation(_disk?.Geometry.Heads ?? 0, _disk?.Geometry.Sectors ?? 0);
        }

        SetMultiple(AtaIdentity.MaximumMultiple);
        _feature = _hobFeature = _hobNsector = _hobSector = _hobLcyl = _hobHcyl = 0;
        _error = 0;
        _lba48 = 0;
        _senseKey = _asc = _cdromChanged = 0;
        _trayOpen = _trayLocked = _newMedia = _ejectRequest = false;
        _blockSectors = _elementaryTransferSize = _packetTransferSize = 0;
        _select = AlwaysOn;
        _status = Drdy | Dsc;
        SetSignature();
        Idle();
        if (hard)
        {
            ResetSmart();
        }
    }

    /// <summary>SRST is set: everything stops and the drive is busy.</summary>
    internal void BeginSoftReset()
    {
        Reset(hard: false);
        _status = Bsy | Dsc;
    }

    /// <summary>SRST is clear again, or EXECUTE DEVICE DIAGNOSTIC: the result is in the error register, the signature in the others.</summary>
    internal void Diagnose()
    {
        _select = AlwaysOn;
        SetSignature();
        _status = Drdy | Dsc;
        _error = DiagnosticPassed;
    }

    // ATA/ATAPI-6, 9.12 "Signature and persistence". Where there is no drive the wires float high.
    private void SetSignature()
    {
        _select &= unchecked((byte)~HeadMask);
        _nsector = 1;
        _sector = 1;
        _lcyl = _hcyl = IsPresent ? (byte)0 : (byte)0xFF;
    }

    private void SetTranslation(int heads, int sectors)
    {
        _heads = heads;
        _sectorsPerTrack = sectors;
        if (_identifySet != 0 && _disk is { } disk && sectors > 0)
        {
            long cylinders = heads == disk.Geometry.Heads && sectors == disk.Geometry.Sectors
                ? disk.Geometry.Cylinders
                : Math.Min(disk.Medium.SectorCount / (heads * sectors), ushort.MaxValue);
            AtaIdentity.SetTranslation(_identifyData, (int)cylinders, heads, sectors);
        }
    }

    private void SetMultiple(int sectors)
    {
        _multSectors = sectors;
        if (_identifySet != 0)
        {
            AtaIdentity.SetMultiple(_identifyData, sectors);
        }
    }

    /// <summary>After a load: a DMA command that still waits for the bus master has DRQ and nothing in the buffer.</summary>
    internal void FindWaitingDma(bool toMemory)
    {
        _dma = (_status & Drq) == 0 || _left != 0 || !IsPresent
            ? DmaDirection.None
            : toMemory ? DmaDirection.Read : DmaDirection.Write;
    }

    private static StateDescription<IdeDrive> Describe()
    {
        var pio = new StateDescription<IdeDrive>("ide_drive/pio_state", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref IdeDrive d, int _) => d.CheckLoadedTransfer(),
        };
        pio.Add(Field.Int32("req_nb_sectors", static (ref IdeDrive d) => ref d._blockSectors));
        pio.Add(Field.Bytes("io_buffer", static (IdeDrive d) => d._buffer));
        pio.Add(Field.Int32("cur_io_buffer_offset", static (ref IdeDrive d) => ref d._at));
        pio.Add(Field.Int32("cur_io_buffer_len", static (ref IdeDrive d) => ref d._left));
        pio.Add(Field.UInt8("end_transfer_fn_idx", static (ref IdeDrive d) => ref d._transferEnd));
        pio.Add(Field.Int32("elementary_transfer_size", static (ref IdeDrive d) => ref d._elementaryTransferSize));
        pio.Add(Field.Int32("packet_transfer_size", static (ref IdeDrive d) => ref d._packetTransferSize));

        var tray = new StateDescription<IdeDrive>("ide_drive/tray_state", version: 1, minimumVersion: 1)
        {
            Field.Bool("tray_open", static (ref IdeDrive d) => ref d._trayOpen),
            Field.Bool("tray_locked", static (ref IdeDrive d) => ref d._trayLocked),
        };
        var gesn = new StateDescription<IdeDrive>("ide_drive/atapi/gesn_state", version: 1, minimumVersion: 1)
        {
            Field.Bool("new_media", static (ref IdeDrive d) => ref d._newMedia),
            Field.Bool("eject_request", static (ref IdeDrive d) => ref d._ejectRequest),
        };

        var drive = new StateDescription<IdeDrive>("ide_drive", version: 3, minimumVersion: 0)
        {
            PostLoad = static (ref IdeDrive d, int _) => d.Loaded(),
        };
        drive.Add(Field.Int32("mult_sectors", static (ref IdeDrive d) => ref d._multSectors));
        drive.Add(Field.Int32("identify_set", static (ref IdeDrive d) => ref d._identifySet));
        drive.Add(Field.Bytes(
            "identify_data", static (IdeDrive d) => d._identifyData, when: static (ref IdeDrive d, int _) => d._identifySet != 0));
        drive.Add(Field.UInt8("feature", static (ref IdeDrive d) => ref d._feature));
        drive.Add(Field.UInt8("error", static (ref IdeDrive d) => ref d._error));
        drive.Add(Field.UInt32("nsector", static (ref IdeDrive d) => ref d._nsector));
        drive.Add(Field.UInt8("sector", static (ref IdeDrive d) => ref d._sector));
        drive.Add(Field.UInt8("lcyl", static (ref IdeDrive d) => ref d._lcyl));
        drive.Add(Field.UInt8("hcyl", static (ref IdeDrive d) => ref d._hcyl));
        drive.Add(Field.UInt8("hob_feature", static (ref IdeDrive d) => ref d._hobFeature));
        drive.Add(Field.UInt8("hob_sector", static (ref IdeDrive d) => ref d._hobSector));
        drive.Add(Field.UInt8("hob_nsector", static (ref IdeDrive d) => ref d._hobNsector));
        drive.Add(Field.UInt8("hob_lcyl", static (ref IdeDrive d) => ref d._hobLcyl));
        drive.Add(Field.UInt8("hob_hcyl", static (ref IdeDrive d) => ref d._hobHcyl));
        drive.Add(Field.UInt8("select", static (ref IdeDrive d) => ref d._select));
        drive.Add(Field.UInt8("status", static (ref IdeDrive d) => ref d._status));
        drive.Add(Field.UInt8("lba48", static (ref IdeDrive d) => ref d._lba48));
        drive.Add(Field.UInt8("sense_key", static (ref IdeDrive d) => ref d._senseKey));
        drive.Add(Field.UInt8("asc", static (ref IdeDrive d) => ref d._asc));
        drive.Add(Field.UInt8("cdrom_changed", static (ref IdeDrive d) => ref d._cdromChanged, since: 3));
        drive.Add(new Subsection<IdeDrive>(pio, static d => (d._status & Drq) != 0 || d._channel.RetriesPio));
        drive.Add(new Subsection<IdeDrive>(tray, static d => d._trayOpen || d._trayLocked));
        drive.Add(new Subsection<IdeDrive>(gesn, static d => d._newMedia || d._ejectRequest));
        return drive;
    }

    private void CheckLoadedTransfer()
    {
        _pioLoaded = true;
        if (_at < 0 || _left < 0 || _at > BufferSize - _left)
        {
            throw new StateException($"ide_drive/pio_state: {_left} bytes at {_at} are not in the buffer of {BufferSize}");
        }

        if (End is > TransferEnd.Idle or TransferEnd.AtapiCommand or TransferEnd.AtapiReplyEnd)
        {
            throw new StateException($"ide_drive/pio_state: end_transfer_fn_idx {_transferEnd} is not one of a disk");
        }

        if (_blockSectors is < 0 or > MaximumBlock || (_blockSectors == 0 && End <= TransferEnd.SectorWrite))
        {
            throw new StateException($"ide_drive/pio_state: blocks of {_blockSectors} sectors");
        }
    }

    private void Loaded()
    {
        if (_multSectors is < 0 or > AtaIdentity.MaximumMultiple)
        {
            throw new StateException($"ide_drive: mult_sectors is {_multSectors}, at most {AtaIdentity.MaximumMultiple} are possible");
        }

        if (_nsector > MaximumCount)
        {
            throw new StateException($"ide_drive: nsector is {_nsector}, at most {MaximumCount} are possible");
        }

        if (!_pioLoaded)
        {
            _blockSectors = 0;
            Idle();
        }

        _pioLoaded = false;
        if (_identifySet != 0 && _disk is { } disk)
        {
            disk.Medium.WriteCache = AtaIdentity.HasWriteCache(_identifyData);
        }
    }
}
