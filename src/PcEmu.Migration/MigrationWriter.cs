using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Migration;

/// <summary>Writes a machine that does not run as a savevm stream, which <see cref="MigrationReader"/> and QEMU's tools can read.</summary>
public sealed class MigrationWriter
{
    private const uint BlockId = 1;
    private const uint RamId = 2;
    private const uint FirstDeviceId = 3;

    private readonly Stream _target;
    private readonly byte[] _word = new byte[8];

    private MigrationWriter(Stream target) => _target = target;

    /// <summary>Writes the whole stream.</summary>
    /// <param name="target">Where it goes; buffered by the caller.</param>
    /// <param name="machine">The machine.</param>
    public static void Save(Stream target, MigrationMachine machine)
    {
        var writer = new MigrationWriter(target);
        writer.UInt32(StreamFormat.Magic);
        writer.UInt32(StreamFormat.FileVersion);
        writer.Live(machine.Blocks);
        uint id = FirstDeviceId;
        foreach (MachineSection section in machine.Sections)
        {
            if (section.IsSaved?.Invoke() != false)
            {
                writer.Section(section, id++);
            }
        }

        target.WriteByte((byte)RecordType.End);
        target.Flush();
    }

    private void Live(IReadOnlyList<RamBlock> blocks)
    {
        Head(RecordType.SectionStart, BlockId, StreamFormat.BlockName, 0, StreamFormat.BlockVersion);
        UInt64(StreamFormat.BlockEnd);
        Head(RecordType.SectionStart, RamId, StreamFormat.RamName, 0, StreamFormat.RamVersion);
        ulong total = 0;
        foreach (RamBlock block in blocks)
        {
            total += block.Size;
        }

        UInt64(total | (ulong)RamFlags.BlockList);
        foreach (RamBlock block in blocks)
        {
            Name(block.Name);
            UInt64(block.Size);
        }

        foreach (RamBlock block in blocks)
        {
            Pages(block);
        }

        UInt64((ulong)RamFlags.End);
        Part(BlockId);
        UInt64(StreamFormat.BlockEnd);
        Part(RamId);
        UInt64((ulong)RamFlags.End);
    }

    private void Pages(RamBlock block)
    {
        RamFlags continued = 0;
        for (ulong address = 0; address < block.Size; address += RamBlock.PageSize)
        {
            ReadOnlySpan<byte> page = block.Span(address, RamBlock.PageSize);
            bool fill = !page.ContainsAnyExcept(page[0]);
            UInt64(address | (ulong)((fill ? RamFlags.Fill : RamFlags.Page) | continued));
            if (continued == 0)
            {
                Name(block.Name);
                continued = RamFlags.Continued;
            }

            _target.Write(fill ? page[..1] : page);
        }
    }

    private void Section(MachineSection section, uint id)
    {
        Head(RecordType.SectionFull, id, section.Section.Name, section.Instance, section.Section.Version);
        var body = new StateWriter();
        section.Section.Save(body);
        _target.Write(body.Written);
    }

    private void Head(RecordType type, uint id, string name, int instance, int version)
    {
        _target.WriteByte((byte)type);
        UInt32(id);
        Name(name);
        UInt32((uint)instance);
        UInt32((uint)version);
    }

    private void Part(uint id)
    {
        _target.WriteByte((byte)RecordType.SectionEnd);
        UInt32(id);
    }

    private void Name(string name)
    {
        var bytes = new StateWriter();
        bytes.Name(name);
        _target.Write(bytes.Written);
    }

    private void UInt32(uint value)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(_word, value);
        _target.Write(_word.AsSpan(0, 4));
    }

    private void UInt64(ulong value)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(_word, value);
        _target.Write(_word);
    }
}
