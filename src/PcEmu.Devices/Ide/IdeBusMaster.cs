using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Ide;

/// <summary>The bus master of one IDE channel: moves sectors between the selected drive and the memory that a table describes.</summary>
/// <remarks>
/// Source: Programming Interface for Bus Master IDE Controller, revision 1.0 (Intel, 1994), and 82371FB/82371SB
/// (290550-002), 2.6 "IDE Bus Master Registers". A transfer is done when the write that starts it returns.
/// </remarks>
internal sealed partial class IdeBusMaster
{
    // Registers.
    public const int Bmic = 0; // BMICX: command
    public const int Bmis = 2; // BMISX: status
    public const int Bmidtp = 4; // BMIDTPX: address of the table, 32 bits

    private const byte Ssbm = 0x01; // BMIC: start/stop bus master
    private const byte Rwcon = 0x08; // BMIC: 1 writes to memory
    private const byte Bmidea = 0x01; // BMIS: active
    private const byte Error = 0x02; // BMIS: master or target abort
    private const byte Ideints = 0x04; // BMIS: the drive has interrupted
    private const byte DmaCapable = 0x60; // BMIS: scratch bits in which the BIOS notes drives that can do DMA
    private const byte StatusBits = Bmidea | Error | Ideints | DmaCapable;

    // Bits of the old status byte on the wire that hold the channel's error state.
    private const byte Borrowed = (byte)(RetryState.Dma | RetryState.Pio | RetryState.Read | RetryState.Flush);

    private const byte NoUnit = 0xFF;

    private readonly IdeChannel _channel;
    private readonly AddressSpace _memory;

    private byte _cmd;
    private byte _status;
    private byte _statusCompat;
    private uint _addr;
    private long _sectorNum;
    private uint _nsector;
    private byte _unit = NoUnit;
    private uint _curAddr;
    private uint _curPrdLast;
    private uint _curPrdAddr;
    private uint _curPrdLen;

    [NotSaved("only while a state is loaded: the optional part was there")]
    private bool _currentLoaded;

    [NotSaved("only while a state is loaded: the optional part was there")]
    private bool _statusLoaded;

    public IdeBusMaster(IdeChannel channel, AddressSpace memory)
    {
        _channel = channel;
        _memory = memory;
        channel.BusMaster = this;
    }

    /// <summary>One of the two <c>bmdma</c> records of the section <c>ide</c>.</summary>
    public static readonly StateDescription<IdeBusMaster> State = Describe();

    private IdeDrive Drive => _channel.DriveRecords[_unit & 1];

    /// <summary>Reads registers, offset 0 to 7. Command and status are byte registers; wider reads find nobody, as in QEMU.</summary>
    public uint Read(int offset, int size)
    {
        if (offset >= Bmidtp)
        {
            return _addr >> (8 * (offset - Bmidtp));
        }

        return (offset, size) switch
        {
            (Bmic, 1) => _cmd,
            (Bmis, 1) => _status,
            _ => uint.MaxValue,
        };
    }

    /// <summary>Writes registers, offset 0 to 7.</summary>
    public void Write(int offset, uint value, int size)
    {
        if (offset >= Bmidtp)
        {
            int shift = 8 * (offset - Bmidtp);
            uint mask = (size == 4 ? uint.MaxValue : (1u << (8 * size)) - 1) << shift;
            _addr = ((_addr & ~mask) | ((value << shift) & mask)) & ~3u;
        }
        else if (size == 1 && offset == Bmic)
        {
            WriteCommand((byte)value);
        }
        else if (size == 1 && offset == Bmis)
        {
            // Active is read-only, error and interrupt are cleared by writing 1, the rest is scratch.
            byte written = (byte)value;
            _status = (byte)((written & DmaCapable) | (_status & Bmidea) | (_status & ~written & (Error | Ideints)));
        }
    }

    /// <summary>Hardware reset.</summary>
    public void Reset()
    {
        _cmd = _status = 0;
        _addr = 0;
        _curAddr = 0;
        _sectorNum = 0;
        _nsector = 0;
        Forget();
    }

    /// <summary>The transfer that waited, if any, is gone.</summary>
    public void Forget()
    {
        _unit = NoUnit;
        _curPrdLast = _curPrdAddr = _curPrdLen = 0;
    }

    /// <summary>The drive's INTRQ has gone up.</summary>
    public void Interrupted() => _status |= Ideints;

    /// <summary>A drive has got a DMA command. It runs now if the bus master is started already, else when it is.</summary>
    public void Begin(IdeDrive drive)
    {
        Forget();
        _unit = (byte)drive.Unit;
        _sectorNum = drive.DmaAddress;
        _nsector = drive.DmaSectors;
        if ((_status & Bmidea) != 0)
        {
            Transfer();
        }
    }

    /// <summary>The DMA command has failed: the bus master goes idle.</summary>
    public void Abandon()
    {
        _status &= unchecked((byte)~Bmidea);
        Forget();
    }

    /// <summary>Remembers which request will be tried again; a DMA command is known since <see cref="Begin"/>.</summary>
    public void NoteRetry(IdeDrive drive, RetryState retry)
    {
        _unit = (byte)drive.Unit;
        if ((retry & RetryState.Dma) == 0)
        {
            _sectorNum = drive.DmaAddress;
            _nsector = drive.DmaSectors;
        }
    }

    /// <summary>The machine goes on: after a stop for an error, or after a load.</summary>
    public void Resume()
    {
        RetryState retry = _channel.ErrorStatus;
        _channel.ErrorStatus = RetryState.None;
        if (_unit == NoUnit)
        {
            return;
        }

        if ((retry & RetryState.Dma) != 0)
        {
            if (Drive.IsPresent)
            {
                _curAddr = _addr;
                Drive.RestartDma((retry & RetryState.Read) != 0 ? DmaDirection.Read : DmaDirection.Write, _sectorNum, _nsector);
            }
        }
        else if (retry != RetryState.None)
        {
            Drive.Retry(retry);
        }
        else if ((_status & Bmidea) != 0 && Drive.WaitingDma != DmaDirection.None)
        {
            Transfer();
        }
    }

    /// <summary>After everything is loaded: tells status and error state apart, and finds a command that waits.</summary>
    public void Loaded()
    {
        if (!_statusLoaded)
        {
            _status = (byte)(_statusCompat & ~Borrowed);
            _channel.ErrorStatus |= (RetryState)(_statusCompat & Borrowed);
        }

        _status &= StatusBits;
        if (!_currentLoaded)
        {
            _curAddr = _addr;
            _curPrdLast = _curPrdAddr = _curPrdLen = 0;
        }

        _statusLoaded = _currentLoaded = false;
        foreach (IdeDrive drive in _channel.DriveRecords)
        {
            drive.FindWaitingDma(toMemory: (_cmd & Rwcon) != 0);
        }
    }

    private void WriteCommand(byte value)
    {
        bool was = (_cmd & Ssbm) != 0;
        bool now = (value & Ssbm) != 0;
        _cmd = (byte)(value & (Ssbm | Rwcon));
        if (was && !now)
        {
            _status &= unchecked((byte)~Bmidea);
        }
        else if (now && !was)
        {
            _curAddr = _addr;
            _curPrdLen = _curPrdLast = 0;
            if ((_status & Bmidea) == 0)
            {
                _status |= Bmidea;
                if (_unit != NoUnit && Drive.WaitingDma != DmaDirection.None)
                {
                    Transfer();
                }
            }
        }
    }

    private static StateDescription<IdeBusMaster> Describe()
    {
        var current = new StateDescription<IdeBusMaster>("ide bmdma_current", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref IdeBusMaster b, int _) => b.CheckLoadedCurrent(),
        };
        current.Add(Field.UInt32("cur_addr", static (ref IdeBusMaster b) => ref b._curAddr));
        current.Add(Field.UInt32("cur_prd_last", static (ref IdeBusMaster b) => ref b._curPrdLast));
        current.Add(Field.UInt32("cur_prd_addr", static (ref IdeBusMaster b) => ref b._curPrdAddr));
        current.Add(Field.UInt32("cur_prd_len", static (ref IdeBusMaster b) => ref b._curPrdLen));

        var status = new StateDescription<IdeBusMaster>("ide bmdma/status", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref IdeBusMaster b, int _) => b._statusLoaded = true,
        };
        status.Add(Field.UInt8("status", static (ref IdeBusMaster b) => ref b._status));

        var state = new StateDescription<IdeBusMaster>("ide bmdma", version: 3, minimumVersion: 0)
        {
            PreSave = static (ref IdeBusMaster b, int _) =>
                b._statusCompat = (byte)((b._status & ~Borrowed) | ((int)b._channel.ErrorStatus & Borrowed)),
        };
        state.Add(Field.UInt8("cmd", static (ref IdeBusMaster b) => ref b._cmd));
        state.Add(Field.UInt8("status_compat", static (ref IdeBusMaster b) => ref b._statusCompat));
        state.Add(Field.UInt32("addr", static (ref IdeBusMaster b) => ref b._addr));
        state.Add(Field.Int64("sector_num", static (ref IdeBusMaster b) => ref b._sectorNum));
        state.Add(Field.UInt32("nsector", static (ref IdeBusMaster b) => ref b._nsector));
        state.Add(Field.UInt8("unit", static (ref IdeBusMaster b) => ref b._unit));
        state.Add(new Subsection<IdeBusMaster>(current, static b => b._curPrdLen != 0));
        state.Add(new Subsection<IdeBusMaster>(status, static b => (b._status & Borrowed) != 0));
        return state;
    }

    private void CheckLoadedCurrent()
    {
        _currentLoaded = true;
        if (_curPrdLen > 0x10000)
        {
            throw new StateException($"ide bmdma_current: a descriptor of {_curPrdLen} bytes");
        }
    }
}
