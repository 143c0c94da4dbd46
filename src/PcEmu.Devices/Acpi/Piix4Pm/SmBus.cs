using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Acpi;

/// <summary>The SMBus host controller of the 82371AB.</summary>
/// <remarks>
/// Source: 82371AB data sheet, 290562-001, 7.3 "SMBus I/O space registers". A transaction is over before the write that
/// starts it returns, so HOST_BUSY is never seen. QEMU's streams carry none of these registers.
/// </remarks>
internal sealed class SmBus
{
    /// <summary>Number of ports.</summary>
    public const int PortCount = 0x40;

    // Offsets from the base address.
    private const int Smbhststs = 0; // host status
    private const int Smbhstcnt = 2; // host control
    private const int Smbhstcmd = 3; // command
    private const int Smbhstadd = 4; // address, and direction in bit 0
    private const int Smbhstdat0 = 5;
    private const int Smbhstdat1 = 6;
    private const int Smbblkdat = 7; // block data, auto-incrementing

    private const byte StatusInterrupt = 0x02;   // transaction complete
    private const byte StatusDeviceError = 0x04; // nobody acknowledged, or an unknown protocol
    private const byte ControlStart = 0x40;
    private const byte ControlReadable = 0x1F;
    private const int BlockSize = 32;

    // SMB_CMD_PROT, bits 4-2 of host control.
    private enum Protocol
    {
        Quick = 0,
        Byte = 1,
        ByteData = 2,
        WordData = 3,
        BlockData = 5,
    }

    private readonly I2cBus _bus;
    private readonly EventLog _log;
    [NotSaved("QEMU's section has no place for it: a transfer ends within the write that starts it")]
    private readonly byte[] _block = new byte[BlockSize];
    [NotSaved("QEMU's section has no place for it: a transfer ends within the write that starts it")]
    private readonly byte[] _transfer = new byte[BlockSize + 1];

    [NotSaved("not on the wire, as in QEMU; firmware and drivers set up each transaction anew")]
    private byte _status;

    [NotSaved("see _status")]
    private byte _control;

    [NotSaved("see _status")]
    private byte _command;

    [NotSaved("see _status")]
    private byte _address;

    [NotSaved("see _status")]
    private byte _data0;

    [NotSaved("see _status")]
    private byte _data1;

    [NotSaved("see _status")]
    private int _index;

    public SmBus(I2cBus bus, EventLog log)
    {
        _bus = bus;
        _log = log;
        Ports = MemoryRegion.Io("pm-smbus", PortCount, IoHandlers.Bytes(Read, Write));
    }

    /// <summary>The ports, for the base address in the function's configuration register 90h.</summary>
    public MemoryRegion Ports { get; }

    public void Reset() => _status = _control = _command = _address = _data0 = _data1 = 0;

    private byte Read(int offset)
    {
        switch (offset)
        {
            case Smbhststs:
                return _status;
            case Smbhstcnt:
                // Reading host control takes the block data back to its first byte.
                _index = 0;
                return (byte)(_control & ControlReadable);
            case Smbhstcmd:
                return _command;
            case Smbhstadd:
                return _address;
            case Smbhstdat0:
                return _data0;
            case Smbhstdat1:
                return _data1;
            case Smbblkdat:
                byte value = _block[_index];
                _index = (_index + 1) % BlockSize;
                return value;
            default:
                return 0;
        }
    }

    private void Write(int offset, byte value)
    {
        switch (offset)
        {
            case Smbhststs:
                _status &= (byte)~value;
                _index = 0;
                break;
            case Smbhstcnt:
                _control = value;
                if ((value & ControlStart) != 0)
                {
                    Transact();
                }

                break;
            case Smbhstcmd:
                _command = value;
                break;
            case Smbhstadd:
                _address = value;
                break;
            case Smbhstdat0:
                _data0 = value;
                break;
            case Smbhstdat1:
                _data1 = value;
                break;
            case Smbblkdat:
                _block[_index] = value;
                _index = (_index + 1) % BlockSize;
                break;
            default:
                break;
        }
    }

    private void Transact()
    {
        bool read = (_address & 1) != 0;
        if (_bus.At(_address >> 1) is { } device && Run(device, (Protocol)((_control >> 2) & 7), read))
        {
            _status |= StatusInterrupt;
        }
        else
        {
            _status |= StatusDeviceError;
        }
    }

    private bool Run(ISmBusDevice device, Protocol protocol, bool read)
    {
        Span<byte> transfer = _transfer;
        switch (protocol)
        {
            case Protocol.Quick:
                return true;
            case Protocol.Byte when read:
                _data0 = device.ReceiveByte();
                return true;
            case Protocol.Byte:
                device.SendByte(_command);
                return true;
            case Protocol.ByteData or Protocol.WordData:
                int length = protocol == Protocol.ByteData ? 1 : 2;
                if (read)
                {
                    device.ReadData(_command, transfer[..length]);
                    _data0 = transfer[0];
                    _data1 = length > 1 ? transfer[1] : _data1;
                }
                else
                {
                    transfer[0] = _data0;
                    transfer[1] = _data1;
                    device.WriteData(_command, transfer[..length]);
                }

                return true;
            case Protocol.BlockData when read:
                // More than 32 bytes is no valid count: QEMU's guests find an empty block.
                device.ReadData(_command, transfer);
                _data0 = transfer[0] > BlockSize ? (byte)0 : transfer[0];
                transfer.Slice(1, _data0).CopyTo(_block);
                return true;
            case Protocol.BlockData:
                int count = Math.Min((int)_data0, BlockSize);
                transfer[0] = (byte)count;
                _block.AsSpan(0, count).CopyTo(transfer[1..]);
                device.WriteData(_command, transfer[..(count + 1)]);
                return true;
            default:
                _log.GuestError($"piix4_pm: SMBus protocol {(int)protocol} is reserved");
                return false;
        }
    }
}
