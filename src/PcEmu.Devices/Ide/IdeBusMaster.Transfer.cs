using System.Buffers.Binary;
using PcEmu.Core.Block;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Ide;

/// <summary>The transfer itself: descriptor table, and the way between medium and memory.</summary>
internal sealed partial class IdeBusMaster
{
    private const int DescriptorSize = 8;
    private const int TableSize = 4096; // the table may not cross 64 KiB; QEMU stops after a page
    private const uint EndOfTable = 0x80000000;
    private const int BounceSectors = 256;
    private const int DirectSectors = 16; // from here on a copy costs more than one more call to the medium

    [NotSaved("scratch of one transfer, and transfers are done at once")]
    private readonly Run[] _runs = new Run[(TableSize / DescriptorSize) + 1];

    [NotSaved("scratch of one transfer")]
    private readonly byte[] _bounce = new byte[BounceSectors * IBlockMedium.SectorSize];

    /// <summary>Carries out the waiting command. The drive's command, not RWCON, gives the direction.</summary>
    private void Transfer()
    {
        IdeDrive drive = Drive;
        IBlockMedium medium = drive.Disk!.Medium;
        bool toMemory = drive.WaitingDma == DmaDirection.Read;
        long wanted = (long)drive.DmaSectors * IBlockMedium.SectorSize;
        long described = ReadTable();
        if (described < wanted)
        {
            // Too short a table: QEMU moves nothing, and neither the interrupt nor the active bit is left.
            Abandon();
            drive.StarveDma();
            return;
        }

        if (drive.DmaAddress < 0 || drive.DmaAddress > medium.SectorCount - drive.DmaSectors)
        {
            Abandon();
            drive.FailDma();
            return;
        }

        var cursor = new Cursor { Sector = drive.DmaAddress };
        while (drive.DmaSectors > 0)
        {
            BlockResult result = Step(drive, medium, toMemory, ref cursor, out int sectors);
            RetryState retry = RetryState.Dma | (toMemory ? RetryState.Read : RetryState.None);
            if (result != BlockResult.Ok && !drive.Handle(result, retry))
            {
                return;
            }

            cursor.Sector += sectors;
            drive.DmaProgressed(cursor.Sector, sectors);
        }

        // Active stays while descriptors are left over (table 5 of the programming interface).
        if (described == wanted)
        {
            _status &= unchecked((byte)~Bmidea);
        }

        Forget();
        drive.EndDma();
    }

    // Moves as many sectors as one call to the medium can: straight to or from RAM where it is in one piece.
    private BlockResult Step(IdeDrive drive, IBlockMedium medium, bool toMemory, ref Cursor cursor, out int sectors)
    {
        long address = cursor.Sector;
        int left = (int)drive.DmaSectors;
        Run run = _runs[cursor.Index];
        uint here = run.Length - cursor.Offset;
        sectors = (int)Math.Min((uint)left, here / IBlockMedium.SectorSize);
        if (sectors >= Math.Min(left, DirectSectors)
            && FindRam(run.Address + cursor.Offset, sectors * IBlockMedium.SectorSize, toMemory) is { } ram)
        {
            ulong offset = ram.BlockOffset + (run.Address + cursor.Offset - ram.Start);
            Span<byte> bytes = ram.Block!.Span(offset, sectors * IBlockMedium.SectorSize);
            cursor.Advance(bytes.Length, run.Length);
            if (!toMemory)
            {
                return medium.Write(address, bytes);
            }

            BlockResult result = medium.Read(address, bytes);
            ram.Block.Written(offset, (uint)bytes.Length);
            return result;
        }

        sectors = Math.Min(left, BounceSectors);
        Span<byte> bounce = _bounce.AsSpan(0, sectors * IBlockMedium.SectorSize);
        if (toMemory)
        {
            BlockResult result = medium.Read(address, bounce);
            if (result == BlockResult.Ok)
            {
                Copy(bounce, toMemory, ref cursor);
            }

            return result;
        }

        Copy(bounce, toMemory, ref cursor);
        return medium.Write(address, bounce);
    }

    private void Copy(Span<byte> bytes, bool toMemory, ref Cursor cursor)
    {
        while (bytes.Length > 0)
        {
            Run run = _runs[cursor.Index];
            int count = (int)Math.Min((uint)bytes.Length, run.Length - cursor.Offset);
            if (toMemory)
            {
                _memory.Write(run.Address + cursor.Offset, bytes[..count]);
            }
            else
            {
                _memory.Read(run.Address + cursor.Offset, bytes[..count]);
            }

            cursor.Advance(count, run.Length);
            bytes = bytes[count..];
        }
    }

    private FlatRange? FindRam(ulong address, int length, bool toWrite)
    {
        FlatRange? range = _memory.Find(address);
        return range?.Block is not null && (range.IsWritable || !toWrite) && range.Last - address >= (uint)(length - 1) ? range : null;
    }

    /// <summary>Reads the descriptors up to the end of the table and joins neighbours.</summary>
    /// <returns>The bytes they describe.</returns>
    private long ReadTable()
    {
        int count = 0;
        long total = 0;
        if (_curPrdLen != 0)
        {
            // A state saved inside a descriptor goes on there.
            _runs[count++] = new Run(_curPrdAddr, _curPrdLen);
            total = _curPrdLen;
        }

        Span<byte> descriptor = stackalloc byte[DescriptorSize];
        while (_curPrdLast == 0 && _curAddr - _addr < TableSize)
        {
            _memory.Read(_curAddr, descriptor);
            _curAddr += DescriptorSize;
            uint address = BinaryPrimitives.ReadUInt32LittleEndian(descriptor) & ~1u;
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[4..]);
            _curPrdLast = word & EndOfTable;
            uint length = word & 0xFFFE;
            length = length != 0 ? length : 0x10000;
            total += length;
            if (count > 0 && _runs[count - 1].Address + _runs[count - 1].Length == address)
            {
                _runs[count - 1] = _runs[count - 1] with { Length = _runs[count - 1].Length + length };
            }
            else
            {
                _runs[count++] = new Run(address, length);
            }
        }

        _curPrdLen = 0;
        return total;
    }

    /// <summary>Neighbouring bytes of memory.</summary>
    private readonly record struct Run(ulong Address, uint Length);

    /// <summary>How far the transfer has come on the disk and in the runs.</summary>
    private struct Cursor
    {
        public long Sector;
        public int Index;
        public uint Offset;

        public void Advance(int bytes, uint runLength)
        {
            Offset += (uint)bytes;
            if (Offset == runLength)
            {
                Index++;
                Offset = 0;
            }
        }
    }
}
