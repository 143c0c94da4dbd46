using System.Buffers.Binary;
using PcEmu.Core.Block;
using static PcEmu.Devices.Ide.AtaRegisters;

namespace PcEmu.Devices.Ide;

/// <summary>Direction of a DMA command.</summary>
internal enum DmaDirection : byte
{
    /// <summary>No DMA command waits.</summary>
    None,

    /// <summary>From the disk to memory.</summary>
    Read,

    /// <summary>From memory to the disk.</summary>
    Write,
}

/// <summary>What is tried again when the machine goes on after a failed request; the bits are the wire's.</summary>
[Flags]
internal enum RetryState : byte
{
    None = 0,
    Dma = 0x08,
    Pio = 0x10,
    Read = 0x20,
    Flush = 0x40,
}

/// <summary>Data transfers: ATA/ATAPI-6, 9.5 to 9.7 (PIO data-in, PIO data-out, DMA).</summary>
public sealed partial class IdeDrive
{
    internal DmaDirection WaitingDma => _dma;

    internal long DmaAddress => Address;

    internal uint DmaSectors => _nsector;

    private bool IsReadable => (_status & Drq) != 0 && End is not (TransferEnd.SectorWrite or TransferEnd.AtapiCommand);

    private bool IsWritable => (_status & Drq) != 0 && End == TransferEnd.SectorWrite;

    /// <summary>Reads the data register. Without DRQ, or with less left than asked for: 0, and nothing moves on.</summary>
    internal uint ReadData(int size)
    {
        if (!IsReadable || _left < size)
        {
            return 0;
        }

        ReadOnlySpan<byte> from = _buffer.AsSpan(_at);
        uint value = size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(from) : BinaryPrimitives.ReadUInt16LittleEndian(from);
        Advance(size);
        return value;
    }

    /// <summary>Writes the data register; ignored while the drive does not want data.</summary>
    internal void WriteData(uint value, int size)
    {
        if (!IsWritable || _left < size)
        {
            return;
        }

        Span<byte> to = _buffer.AsSpan(_at);
        if (size == 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)value);
        }

        Advance(size);
    }

    /// <summary>Reads the data register again and again; the same as <see cref="ReadData"/> for each, by whole blocks.</summary>
    internal void ReadDataRun(int size, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count = Math.Min(destination.Length, _left) & -size;
            if (count == 0 || !IsReadable)
            {
                destination.Clear();
                return;
            }

            _buffer.AsSpan(_at, count).CopyTo(destination);
            destination = destination[count..];
            Advance(count);
        }
    }

    /// <summary>Writes the data register again and again.</summary>
    internal void WriteDataRun(int size, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            int count = Math.Min(source.Length, _left) & -size;
            if (count == 0 || !IsWritable)
            {
                return;
            }

            source[..count].CopyTo(_buffer.AsSpan(_at));
            source = source[count..];
            Advance(count);
        }
    }

    /// <summary>Tries again what failed when the machine was stopped.</summary>
    internal void Retry(RetryState what)
    {
        if (!IsPresent)
        {
            return;
        }

        if ((what & RetryState.Pio) != 0)
        {
            if ((what & RetryState.Read) != 0)
            {
                ReadBlock();
            }
            else
            {
                WriteBlock();
            }
        }
        else if ((what & RetryState.Flush) != 0)
        {
            Flush();
        }
    }

    /// <summary>Puts a DMA command back to where it began, so that it can be tried again.</summary>
    internal void RestartDma(DmaDirection direction, long address, uint sectors)
    {
        Address = address;
        _nsector = Math.Min(sectors, MaximumCount);
        BeginDma(direction);
    }

    /// <summary>The bus master has moved sectors, up to but without <paramref name="next"/>.</summary>
    internal void DmaProgressed(long next, int sectors)
    {
        Address = next;
        _nsector -= (uint)sectors;
    }

    /// <summary>The DMA command is through.</summary>
    internal void EndDma()
    {
        Idle();
        Complete(true);
    }

    /// <summary>The descriptors end before the data: the drive goes idle without an interrupt, as QEMU's does.</summary>
    internal void StarveDma()
    {
        Idle();
        _status = Drdy | Dsc;
    }

    /// <summary>The DMA command ends with an error.</summary>
    internal void FailDma() => Fail();

    /// <summary>Decides about a failed request.</summary>
    /// <returns>Whether to go on as if it had succeeded. Else the guest has been told, or the machine stops to try again.</returns>
    internal bool Handle(BlockResult result, RetryState retry)
    {
        BlockErrorAction action = result is BlockResult.OutOfRange or BlockResult.ReadOnly
            ? BlockErrorAction.Report
            : _disk!.Medium.OnError(result, (retry & RetryState.Read) != 0);
        switch (action)
        {
            case BlockErrorAction.Ignore:
                return true;
            case BlockErrorAction.Stop:
                _channel.StopForRetry(this, retry);
                return false;
            default:
                if ((retry & RetryState.Dma) != 0)
                {
                    _channel.BusMaster.Abandon();
                }

                Fail();
                return false;
        }
    }

    private void BeginRead(int blockSectors, bool extended)
    {
        TakeCount(extended);
        _blockSectors = blockSectors;
        ReadBlock();
    }

    private void BeginWrite(int blockSectors, bool extended)
    {
        TakeCount(extended);
        _blockSectors = blockSectors;
        _status = Drdy | Dsc;

        // 9.6: the first block is asked for without an interrupt.
        StartTransfer(NextBlock * IBlockMedium.SectorSize, TransferEnd.SectorWrite);
    }

    private int NextBlock => (int)Math.Min(_nsector, (uint)_blockSectors);

    private void ReadBlock()
    {
        _status = Drdy | Dsc;
        _error = 0;
        int sectors = NextBlock;
        if (sectors == 0)
        {
            StopTransfer();
            return;
        }

        long address = Address;
        Span<byte> block = _buffer.AsSpan(0, sectors * IBlockMedium.SectorSize);
        BlockResult result = _disk!.Medium.Read(address, block);
        if (result != BlockResult.Ok)
        {
            block.Clear();
            if (!Handle(result, RetryState.Pio | RetryState.Read))
            {
                return;
            }
        }

        Address = address + sectors;
        _nsector -= (uint)sectors;
        StartTransfer(block.Length, TransferEnd.SectorRead);
        _channel.Interrupt();
    }

    private void WriteBlock()
    {
        _status = Drdy | Dsc;
        int sectors = NextBlock;
        long address = Address;
        BlockResult result = _disk!.Medium.Write(address, _buffer.AsSpan(0, sectors * IBlockMedium.SectorSize));
        if (result != BlockResult.Ok && !Handle(result, RetryState.Pio))
        {
            return;
        }

        Address = address + sectors;
        _nsector -= (uint)sectors;
        if (_nsector == 0)
        {
            StopTransfer();
        }
        else
        {
            StartTransfer(NextBlock * IBlockMedium.SectorSize, TransferEnd.SectorWrite);
        }

        _channel.Interrupt();
    }

    private void BeginDma(DmaDirection direction)
    {
        Idle();
        _status = Drdy | Dsc | Drq;
        _dma = direction;
        _channel.BusMaster.Begin(this);
    }

    /// <summary>Lets the guest read what has been put at the buffer's start, with an interrupt.</summary>
    private void Offer(int bytes)
    {
        _status = Drdy | Dsc;
        StartTransfer(bytes, TransferEnd.Stop);
        _channel.Interrupt();
    }

    private void StartTransfer(int bytes, TransferEnd end)
    {
        _at = 0;
        _left = bytes;
        End = end;
        _status |= Drq;
    }

    private void StopTransfer()
    {
        Idle();
        End = TransferEnd.Stop;
        _status &= unchecked((byte)~Drq);
    }

    private void Idle()
    {
        _at = _left = 0;
        End = TransferEnd.Idle;
        _dma = DmaDirection.None;
    }

    private void Advance(int bytes)
    {
        _at += bytes;
        _left -= bytes;
        if (_left > 0)
        {
            return;
        }

        _status &= unchecked((byte)~Drq);
        if (!IsPresent || End >= TransferEnd.Stop)
        {
            StopTransfer();
        }
        else if (End == TransferEnd.SectorRead)
        {
            ReadBlock();
        }
        else
        {
            WriteBlock();
        }
    }
}
