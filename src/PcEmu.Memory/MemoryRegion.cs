namespace PcEmu.Memory;

/// <summary>Answers a read of a device's region.</summary>
/// <param name="offset">Offset in the region.</param>
/// <param name="size">1, 2, 4 or 8 bytes.</param>
/// <returns>The value, little-endian, in the low bytes.</returns>
public delegate ulong IoRead(ulong offset, int size);

/// <summary>Takes a write to a device's region.</summary>
/// <param name="offset">Offset in the region.</param>
/// <param name="value">The value in the low bytes; higher bytes are zero.</param>
/// <param name="size">1, 2, 4 or 8 bytes.</param>
public delegate void IoWrite(ulong offset, ulong value, int size);

/// <summary>Answers a run of reads of one register, as REP INS makes them: the same as so many single reads, but in one call.</summary>
/// <param name="offset">Offset in the region, the same for every read.</param>
/// <param name="size">Bytes of one read: 1, 2 or 4.</param>
/// <param name="destination">Receives the values one after another; a multiple of <paramref name="size"/> long.</param>
public delegate void IoReadRun(ulong offset, int size, Span<byte> destination);

/// <summary>Takes a run of writes to one register, as REP OUTS makes them: the same as so many single writes, but in one call.</summary>
/// <param name="offset">Offset in the region, the same for every write.</param>
/// <param name="size">Bytes of one write: 1, 2 or 4.</param>
/// <param name="source">The values one after another; a multiple of <paramref name="size"/> long.</param>
public delegate void IoWriteRun(ulong offset, int size, ReadOnlySpan<byte> source);

/// <summary>How a device's region answers accesses.</summary>
/// <param name="Read">Read handler.</param>
/// <param name="Write">Write handler.</param>
public sealed record IoHandlers(IoRead Read, IoWrite Write)
{
    /// <summary>Smallest access the bus lets through, in bytes; smaller ones find nobody.</summary>
    public int ValidMinimum { get; init; } = 1;

    /// <summary>Largest access the bus lets through, in bytes; larger ones find nobody.</summary>
    public int ValidMaximum { get; init; } = 4;

    /// <summary>Smallest access the handlers implement; a smaller valid one is widened on read, and the write is passed as it is.</summary>
    public int ImplementedMinimum { get; init; } = 1;

    /// <summary>Largest access the handlers implement; a larger valid one is split, lowest address first.</summary>
    public int ImplementedMaximum { get; init; } = 4;

    /// <summary>Takes runs of reads in one call; null has them made one by one. Sizes must be ones that <see cref="Read"/> takes.</summary>
    public IoReadRun? ReadRun { get; init; }

    /// <summary>Takes runs of writes in one call; null has them made one by one. Sizes must be ones that <see cref="Write"/> takes.</summary>
    public IoWriteRun? WriteRun { get; init; }

    /// <summary>Byte-wide registers: valid accesses of 1 byte; wider ones are split into bytes, as the ISA bus does.</summary>
    public static IoHandlers Bytes(Func<int, byte> read, Action<int, byte> write) =>
        new((offset, _) => read((int)offset), (offset, value, _) => write((int)offset, (byte)value)) { ImplementedMaximum = 1 };
}

/// <summary>What a region is.</summary>
public enum RegionKind
{
    /// <summary>Only a place for others.</summary>
    Container,

    /// <summary>Readable and writable bytes.</summary>
    Ram,

    /// <summary>Readable bytes; writes are ignored.</summary>
    Rom,

    /// <summary>Registers of a device.</summary>
    Io,

    /// <summary>A window onto a part of another region.</summary>
    Alias,
}

/// <summary>A range of addresses that can be placed in others: RAM, ROM, device registers, a container, a window.</summary>
/// <remarks>
/// Regions form a tree. Where children overlap, the higher priority covers the lower, and among equals the one added
/// last. A container or window lets what lies below show through where it has nothing. Changes take effect at once, or at
/// the end of a <see cref="AddressSpace.Transaction"/>.
/// </remarks>
public sealed class MemoryRegion
{
    private readonly List<MemoryRegion> _children = [];
    private readonly List<AddressSpace> _spaces = [];
    private readonly List<MemoryRegion> _aliases = [];
    private bool _enabled = true;
    private bool _readOnly;
    private ulong _aliasOffset;

    private MemoryRegion(string name, RegionKind kind, UInt128 size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, (UInt128)1 << 64);
        Name = name;
        Kind = kind;
        Size = size;
    }

    /// <summary>Name in listings (<c>info mtree</c>).</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public RegionKind Kind { get; }

    /// <summary>Bytes; up to 2^64.</summary>
    public UInt128 Size { get; private set; }

    /// <summary>Address in the parent.</summary>
    public ulong Address { get; private set; }

    /// <summary>Higher covers lower.</summary>
    public int Priority { get; private set; }

    /// <summary>Where it is placed, or null.</summary>
    public MemoryRegion? Parent { get; private set; }

    /// <summary>The bytes of RAM and ROM.</summary>
    public RamBlock? Block { get; private init; }

    /// <summary>Offset of this region's first byte in <see cref="Block"/>.</summary>
    public ulong BlockOffset { get; private init; }

    /// <summary>Handlers of a device's registers.</summary>
    public IoHandlers? Handlers { get; private init; }

    /// <summary>What a window shows.</summary>
    public MemoryRegion? Target { get; private init; }

    /// <summary>Children, topmost first.</summary>
    public IReadOnlyList<MemoryRegion> Children => _children;

    /// <summary>Whether the region answers at all.</summary>
    public bool Enabled
    {
        get => _enabled;
        set => Change(ref _enabled, value);
    }

    /// <summary>Whether writes to the RAM shown here are ignored (a shadow-RAM window that is write-protected).</summary>
    public bool ReadOnly
    {
        get => _readOnly;
        set => Change(ref _readOnly, value);
    }

    /// <summary>Offset in <see cref="Target"/> of the window's first byte.</summary>
    public ulong AliasOffset
    {
        get => _aliasOffset;
        set => Change(ref _aliasOffset, value);
    }

    /// <summary>Makes a place for others.</summary>
    public static MemoryRegion Container(string name, UInt128 size) => new(name, RegionKind.Container, size);

    /// <summary>Makes a region of RAM over a whole block or a part of it.</summary>
    public static MemoryRegion Ram(string name, RamBlock block, ulong offset = 0, ulong? size = null) =>
        new(name, RegionKind.Ram, size ?? (block.Size - offset)) { Block = block, BlockOffset = offset };

    /// <summary>Makes a region of ROM over a whole block or a part of it.</summary>
    public static MemoryRegion Rom(string name, RamBlock block, ulong offset = 0, ulong? size = null) =>
        new(name, RegionKind.Rom, size ?? (block.Size - offset)) { Block = block, BlockOffset = offset };

    /// <summary>Makes a region of device registers.</summary>
    public static MemoryRegion Io(string name, ulong size, IoHandlers handlers) =>
        new(name, RegionKind.Io, size) { Handlers = handlers };

    /// <summary>Makes a window onto <paramref name="target"/>.</summary>
    public static MemoryRegion Alias(string name, MemoryRegion target, ulong offset, UInt128 size)
    {
        var alias = new MemoryRegion(name, RegionKind.Alias, size) { Target = target, _aliasOffset = offset };
        target._aliases.Add(alias);
        return alias;
    }

    /// <summary>Places a child.</summary>
    /// <exception cref="InvalidOperationException">The child has a place already.</exception>
    public void Add(MemoryRegion child, ulong address, int priority = 0)
    {
        if (child.Parent is not null)
        {
            throw new InvalidOperationException($"region '{child.Name}' is placed already");
        }

        child.Parent = this;
        child.Address = address;
        child.Priority = priority;
        Insert(child);
        Changed();
    }

    /// <summary>Takes a child away; harmless when it is not here.</summary>
    public void Remove(MemoryRegion child)
    {
        if (_children.Remove(child))
        {
            child.Parent = null;
            Changed();
        }
    }

    /// <summary>Moves the region inside its parent.</summary>
    public void Move(ulong address)
    {
        if (Address != address)
        {
            Address = address;
            Parent?.Changed();
        }
    }

    /// <summary>Gives the region another size.</summary>
    public void Resize(UInt128 size)
    {
        if (Size != size)
        {
            Size = size;
            Changed();
        }
    }

    internal void Attach(AddressSpace space) => _spaces.Add(space);

    internal void Changed()
    {
        foreach (AddressSpace space in _spaces)
        {
            space.TopologyChanged();
        }

        foreach (MemoryRegion alias in _aliases)
        {
            alias.Changed();
        }

        Parent?.Changed();
    }

    private void Insert(MemoryRegion child)
    {
        // Topmost first: before the first one of lower or equal priority, so that the last added wins among equals.
        int at = _children.FindIndex(c => c.Priority <= child.Priority);
        _children.Insert(at < 0 ? _children.Count : at, child);
    }

    private void Change<T>(ref T storage, T value)
        where T : IEquatable<T>
    {
        if (!storage.Equals(value))
        {
            storage = value;
            Changed();
        }
    }
}
