using PcEmu.Core;
using PcEmu.Core.Block;

namespace PcEmu.Block;

/// <summary>A disk image: the back end that a disk device reads and writes.</summary>
/// <remarks>
/// Checks every request before it reaches the image, and flushes after each write while <see cref="WriteCache"/> is off.
/// What the host's file system fails at comes back as a <see cref="BlockResult"/>.
/// </remarks>
public abstract class BlockBackend : IBlockMedium, IDisposable
{
    /// <summary>Makes the back end.</summary>
    /// <param name="sectorCount">Number of sectors; more than 0.</param>
    /// <param name="isReadOnly">Whether writes are refused.</param>
    /// <param name="cache">What a flush means, and whether the write cache is on at first.</param>
    protected BlockBackend(long sectorCount, bool isReadOnly, CacheMode cache)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sectorCount);
        SectorCount = sectorCount;
        IsReadOnly = isReadOnly;
        Cache = cache;
        WriteCache = cache is not (CacheMode.WriteThrough or CacheMode.DirectSync);
    }

    /// <inheritdoc/>
    public long SectorCount { get; }

    /// <summary>Bytes of the image; a multiple of 512.</summary>
    public long Length => SectorCount * IBlockMedium.SectorSize;

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>What a flush means.</summary>
    public CacheMode Cache { get; }

    /// <inheritdoc/>
    public bool WriteCache { get; set; }

    /// <summary>What becomes of a failed read.</summary>
    public ErrorPolicy ReadErrors { get; init; } = ErrorPolicy.Report;

    /// <summary>What becomes of a failed write or flush.</summary>
    public ErrorPolicy WriteErrors { get; init; } = ErrorPolicy.StopWhenFull;

    /// <summary>Opens the image that a <c>-drive</c> option names.</summary>
    /// <param name="drive">The option; it has a file.</param>
    /// <exception cref="ConfigurationException">The image cannot be used; one line that names it.</exception>
    public static BlockBackend Open(DriveOptions drive)
    {
        string file = drive.File ?? throw new ConfigurationException($"{drive.Option} {drive.Text}: no file is given");
        RawImage raw = RawImage.Open(file, drive.ReadOnly || drive.Snapshot, drive.Cache, probe: drive.Format is null, drive.ReadErrors, drive.WriteErrors);
        return drive.Snapshot && !drive.ReadOnly ? SnapshotOverlay.Over(raw) : raw;
    }

    /// <inheritdoc/>
    public BlockResult Read(long sector, Span<byte> destination) =>
        InRange(sector, destination.Length) ? ReadCore(sector * IBlockMedium.SectorSize, destination) : BlockResult.OutOfRange;

    /// <inheritdoc/>
    public BlockResult Write(long sector, ReadOnlySpan<byte> source)
    {
        if (IsReadOnly)
        {
            return BlockResult.ReadOnly;
        }

        if (!InRange(sector, source.Length))
        {
            return BlockResult.OutOfRange;
        }

        BlockResult result = WriteCore(sector * IBlockMedium.SectorSize, source);
        return result == BlockResult.Ok && !WriteCache ? Flush() : result;
    }

    /// <inheritdoc/>
    public BlockResult Flush() => IsReadOnly || Cache == CacheMode.Unsafe ? BlockResult.Ok : FlushCore();

    /// <inheritdoc/>
    public BlockErrorAction OnError(BlockResult error, bool isRead) => (isRead ? ReadErrors : WriteErrors) switch
    {
        ErrorPolicy.Ignore => BlockErrorAction.Ignore,
        ErrorPolicy.Stop => BlockErrorAction.Stop,
        ErrorPolicy.StopWhenFull when error == BlockResult.NoSpace => BlockErrorAction.Stop,
        _ => BlockErrorAction.Report,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads bytes that lie inside the image.</summary>
    protected abstract BlockResult ReadCore(long offset, Span<byte> destination);

    /// <summary>Writes bytes that lie inside the image, which can be written.</summary>
    protected abstract BlockResult WriteCore(long offset, ReadOnlySpan<byte> source);

    /// <summary>Brings what was written to the host's disk.</summary>
    protected abstract BlockResult FlushCore();

    /// <summary>Closes the image.</summary>
    protected abstract void Dispose(bool disposing);

    private bool InRange(long sector, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes % IBlockMedium.SectorSize, 0, nameof(bytes));
        int count = bytes / IBlockMedium.SectorSize;
        return sector >= 0 && count <= SectorCount && sector <= SectorCount - count;
    }
}

/// <summary>What a write and a flush mean on the host (<c>cache=</c>).</summary>
public enum CacheMode
{
    /// <summary>Writes are done when the host has taken them; the guest's flush brings them to the disk.</summary>
    WriteBack,

    /// <summary>Every write is flushed to the host's disk before it is done.</summary>
    WriteThrough,

    /// <summary>As <see cref="WriteBack"/>. QEMU goes past the host's page cache; .NET cannot, and the guest sees no difference.</summary>
    None,

    /// <summary>As <see cref="WriteThrough"/>, past the host's page cache in QEMU.</summary>
    DirectSync,

    /// <summary>Flushes do nothing: fast, and the image is lost if the host goes down.</summary>
    Unsafe,
}

/// <summary>What becomes of a failed request (<c>rerror=</c>, <c>werror=</c>).</summary>
public enum ErrorPolicy
{
    /// <summary>The guest sees the error.</summary>
    Report,

    /// <summary>The guest sees success.</summary>
    Ignore,

    /// <summary>The machine stops.</summary>
    Stop,

    /// <summary>The machine stops if the host's disk is full, else the guest sees the error; only for writes.</summary>
    StopWhenFull,
}
