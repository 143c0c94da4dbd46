using System.Buffers.Binary;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.FwCfg;

/// <summary>QEMU's firmware configuration interface: items that the board leaves for firmware to read, byte by byte.</summary>
/// <remarks>
/// Source: QEMU, <c>docs/specs/fw_cfg</c>. Port 510h selects an item when 16 bits are written; a byte read from 510h or 511h
/// is the item's next byte, and zeros follow its end. Byte writes have no effect: no item of a PC was ever written, and
/// programs since QEMU 2.4 ignore them altogether. There is no DMA interface, as on machine types before 2.5.
/// </remarks>
public sealed class FwCfg : Device
{
    private const ushort None = 0xFFFF;
    private const int EntryCount = FwCfgKeys.FirstFile + FwCfgKeys.FileSlots;
    private const ushort EntryMask = unchecked((ushort)~(FwCfgKeys.ArchitectureLocal | FwCfgKeys.WriteChannel));
    private const uint Revision = 1;

    // The directory: a 32-bit count, then for each file size (32), number (16), reserved (16), name. All big-endian.
    private const int DirectoryHead = 4;
    private const int FileEntry = 64;
    private const int FileNameAt = 8;
    private const int FileNameLength = FileEntry - FileNameAt;

    private readonly EventLog _log;
    [NotSaved("set up by the board, the same in every run")]
    private readonly byte[]?[] _items = new byte[]?[2 * EntryCount];
    [NotSaved("set up by the board, the same in every run")]
    private readonly byte[] _directory = new byte[DirectoryHead + (FwCfgKeys.FileSlots * FileEntry)];
    private readonly List<KeyValuePair<string, byte[]>> _files = [];

    private ushort _entry;
    private uint _offset;

    /// <summary>The section; the items themselves are the board's and are not saved.</summary>
    public static readonly StateDescription<FwCfg> State = new("fw_cfg", version: 2, minimumVersion: 1)
    {
        Field.UInt16("cur_entry", static (ref FwCfg f) => ref f._entry),
        Field.Computed<FwCfg>(
            "cur_offset", 2, static f => f._offset, static (f, value) => f._offset = (uint)value,
            when: static (ref FwCfg _, int version) => version == 1),
        Field.UInt32("cur_offset", static (ref FwCfg f) => ref f._offset, since: 2),
    };

    /// <summary>Makes the interface with its signature, its revision and an empty directory.</summary>
    public FwCfg(EventLog log)
    {
        _log = log;

        // 16-bit writes must arrive as such; a wider access than 16 bits finds nobody.
        Ports = MemoryRegion.Io("fwcfg", 2, new IoHandlers(ReadPort, WritePort) { ValidMaximum = 2 });
        AddBytes(FwCfgKeys.Signature, "QEMU"u8);
        AddUInt32(FwCfgKeys.Id, Revision);
        _items[FwCfgKeys.FileDirectory] = _directory;
    }

    /// <inheritdoc/>
    public override string Driver => "fw_cfg";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Ports 510h and 511h.</summary>
    public MemoryRegion Ports { get; }

    /// <summary>The names of all files, in the directory's order.</summary>
    public IEnumerable<string> Files => _files.Select(static f => f.Key);

    /// <summary>Adds an item, or replaces it.</summary>
    /// <param name="key">Its number; see <see cref="FwCfgKeys"/>.</param>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such number, or it belongs to files.</exception>
    public void AddBytes(ushort key, ReadOnlySpan<byte> data)
    {
        int entry = key & EntryMask;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(entry, FwCfgKeys.FirstFile, nameof(key));
        ArgumentOutOfRangeException.ThrowIfEqual(key, FwCfgKeys.FileDirectory);
        _items[Index(key)] = data.ToArray();
    }

    /// <summary>Adds an item of 16 bits, little-endian.</summary>
    public void AddUInt16(ushort key, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        AddBytes(key, bytes);
    }

    /// <summary>Adds an item of 32 bits, little-endian.</summary>
    public void AddUInt32(ushort key, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        AddBytes(key, bytes);
    }

    /// <summary>Adds an item of 64 bits, little-endian.</summary>
    public void AddUInt64(ushort key, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        AddBytes(key, bytes);
    }

    /// <summary>Adds a text with a final zero.</summary>
    public void AddString(ushort key, string text) => AddBytes(key, [.. Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>Adds a file, or replaces the file of that name. The directory is in order of names, and numbers follow it.</summary>
    /// <param name="name">Path such as <c>etc/e820</c>; at most 55 bytes.</param>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="ConfigurationException">The name is too long, or the directory is full.</exception>
    public void AddFile(string name, ReadOnlySpan<byte> data)
    {
        if (Encoding.UTF8.GetByteCount(name) >= FileNameLength)
        {
            throw new ConfigurationException($"fw_cfg: file name '{name}' is longer than {FileNameLength - 1} bytes");
        }

        int at = _files.FindIndex(f => string.CompareOrdinal(f.Key, name) >= 0);
        at = at < 0 ? _files.Count : at;
        if (at < _files.Count && _files[at].Key == name)
        {
            _files.RemoveAt(at);
        }
        else if (_files.Count == FwCfgKeys.FileSlots)
        {
            throw new ConfigurationException($"fw_cfg: no room for file '{name}' beside {FwCfgKeys.FileSlots} others");
        }

        _files.Insert(at, new(name, data.ToArray()));
        WriteDirectory();
    }

    /// <summary>Puts the reading position back to the signature.</summary>
    public override void Reset() => Select(FwCfgKeys.Signature);

    private static int Index(ushort key) => ((key & FwCfgKeys.ArchitectureLocal) != 0 ? EntryCount : 0) + (key & EntryMask);

    private void WriteDirectory()
    {
        Array.Clear(_directory);
        BinaryPrimitives.WriteInt32BigEndian(_directory, _files.Count);
        for (int i = 0; i < _files.Count; i++)
        {
            (string name, byte[] data) = _files[i];
            Span<byte> entry = _directory.AsSpan(DirectoryHead + (i * FileEntry), FileEntry);
            BinaryPrimitives.WriteInt32BigEndian(entry, data.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], (ushort)(FwCfgKeys.FirstFile + i));
            Encoding.UTF8.GetBytes(name, entry[FileNameAt..]);
            _items[FwCfgKeys.FirstFile + i] = data;
        }
    }

    private ulong ReadPort(ulong offset, int size) => size == 1 ? NextByte() : ushort.MaxValue;

    private void WritePort(ulong offset, ulong value, int size)
    {
        if (size == 2)
        {
            Select((ushort)value);
        }
        else
        {
            _log.GuestError($"fw_cfg: item 0x{_entry:x} cannot be written");
        }
    }

    private void Select(ushort key)
    {
        _offset = 0;
        _entry = (key & EntryMask) < EntryCount ? key : None;
    }

    private byte NextByte()
    {
        if ((_entry & EntryMask) >= EntryCount || _items[Index(_entry)] is not { } item || _offset >= (uint)item.Length)
        {
            return 0;
        }

        return item[_offset++];
    }
}
