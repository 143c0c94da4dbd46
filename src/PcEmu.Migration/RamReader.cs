using System.Text;
using PcEmu.Memory;

namespace PcEmu.Migration;

/// <summary>Section <c>ram</c>, version 4: which pages lie where, in any number of passes.</summary>
/// <param name="window">The stream.</param>
/// <param name="blocks">The machine's blocks; null takes whatever blocks the stream lists and drops their pages.</param>
internal sealed class RamReader(StreamWindow window, IReadOnlyList<RamBlock>? blocks)
{
    // Far more than any machine has.
    private const int MostBlocks = 256;

    private readonly List<Entry> _entries = [];
    private Entry? _current;

    /// <summary>Pages that came with all their bytes.</summary>
    public long Pages { get; private set; }

    /// <summary>Pages that came as one byte.</summary>
    public long FillPages { get; private set; }

    /// <summary>The blocks that the stream lists.</summary>
    public IEnumerable<(string Name, ulong Size)> Listed => _entries.Select(static e => (e.Name, e.Size));

    /// <summary>Whether a list of blocks has come.</summary>
    public bool HasList => _entries.Count > 0;

    /// <summary>Makes a block that only the stream has.</summary>
    public Func<string, ulong, RamBlock?> Hold { get; init; } = static (_, _) => null;

    /// <summary>Raised with a name and both sizes where a block's size does not fit; makes the error.</summary>
    public Func<string, ulong, ulong, MigrationException>? SizeDiffers { get; init; }

    /// <summary>Reads the records of a start, part or end up to their end mark.</summary>
    public void Read()
    {
        while (true)
        {
            ulong word = window.UInt64();
            var flags = (RamFlags)word & RamFlags.Mask;
            ulong address = word & ~(ulong)RamFlags.Mask;
            switch (flags & ~RamFlags.Continued)
            {
                case RamFlags.End:
                    return;
                case RamFlags.BlockList:
                    ReadList(address);
                    break;
                case RamFlags.Page:
                    {
                        Entry block = BlockOf(flags, address);
                        ReadOnlySpan<byte> page = window.Take(RamBlock.PageSize);
                        Pages++;
                        if (block.Block is { } ram)
                        {
                            page.CopyTo(ram.Span(address, RamBlock.PageSize));
                            ram.Written(address, RamBlock.PageSize);
                        }

                        break;
                    }

                case RamFlags.Fill:
                    {
                        Entry block = BlockOf(flags, address);
                        byte value = window.UInt8();
                        FillPages++;
                        if (block.Block is { } ram)
                        {
                            Fill(ram, address, value);
                        }

                        break;
                    }

                case RamFlags.Xbzrle:
                    throw new MigrationException("RAM: a page as difference to an earlier one (XBZRLE) cannot be read");
                default:
                    throw new MigrationException($"RAM: flags 0x{(uint)flags:X} have no meaning");
            }
        }
    }

    // Memory that was never touched stays so.
    private static void Fill(RamBlock ram, ulong address, byte value)
    {
        Span<byte> page = ram.Span(address, RamBlock.PageSize);
        if (page.ContainsAnyExcept(value))
        {
            page.Fill(value);
            ram.Written(address, RamBlock.PageSize);
        }
    }

    private void ReadList(ulong total)
    {
        if (_entries.Count > 0)
        {
            throw new MigrationException("RAM: a second list of blocks");
        }

        ulong left = total;
        while (left > 0)
        {
            string name = window.Name();
            ulong size = window.UInt64();
            if (size == 0 || size > left || size % RamBlock.PageSize != 0)
            {
                throw new MigrationException($"RAM block '{name}': 0x{size:X} bytes is no size of a block");
            }

            if (_entries.Exists(e => e.Name == name))
            {
                throw new MigrationException($"RAM block '{name}' is listed twice");
            }

            if (_entries.Count == MostBlocks)
            {
                throw new MigrationException($"RAM: more than {MostBlocks} blocks");
            }

            _entries.Add(new Entry(name, size, Find(name, size)));
            left -= size;
        }

        if (blocks?.FirstOrDefault(b => !_entries.Exists(e => e.Name == b.Name)) is { } missing)
        {
            throw new MigrationException($"RAM block '{missing.Name}' of this machine is not in the stream");
        }
    }

    private RamBlock? Find(string name, ulong size)
    {
        if (blocks is null)
        {
            return null;
        }

        RamBlock block = blocks.FirstOrDefault(b => b.Name == name) ?? Hold(name, size)
            ?? throw new MigrationException($"RAM block '{name}' of the stream is not in this machine");
        return block.Size == size
            ? block
            : throw SizeDiffers?.Invoke(name, size, block.Size)
                ?? new MigrationException($"RAM block '{name}' has 0x{size:X} bytes in the stream and 0x{block.Size:X} here");
    }

    private Entry BlockOf(RamFlags flags, ulong address)
    {
        if ((flags & RamFlags.Continued) == 0)
        {
            ReadOnlySpan<byte> name = window.NameBytes();
            if (_current is null || !name.SequenceEqual(_current.Wire))
            {
                _current = Named(name);
            }
        }
        else if (_current is null)
        {
            throw new MigrationException("RAM: a page of the block before, and there is none");
        }

        return address < _current.Size
            ? _current
            : throw new MigrationException($"RAM block '{_current.Name}': page 0x{address:X} is outside its 0x{_current.Size:X} bytes");
    }

    private Entry Named(ReadOnlySpan<byte> name)
    {
        foreach (Entry entry in _entries)
        {
            if (name.SequenceEqual(entry.Wire))
            {
                return entry;
            }
        }

        throw new MigrationException($"RAM block '{Encoding.Latin1.GetString(name)}' is not in the stream's list");
    }

    private sealed class Entry(string name, ulong size, RamBlock? block)
    {
        public string Name { get; } = name;

        public ulong Size { get; } = size;

        public RamBlock? Block { get; } = block;

        public byte[] Wire { get; } = Encoding.Latin1.GetBytes(name);
    }
}
