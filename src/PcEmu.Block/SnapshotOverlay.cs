using Microsoft.Win32.SafeHandles;
using PcEmu.Core;
using PcEmu.Core.Block;

namespace PcEmu.Block;

/// <summary><c>snapshot=on</c>: writes go to a temporary file, and the image below stays as it is.</summary>
/// <remarks>
/// The temporary file is sparse: a sector has the same offset in it as in the image. A map says which sectors are there.
/// The file is gone when the overlay is disposed, or when the process ends.
/// </remarks>
public sealed class SnapshotOverlay : BlockBackend
{
    private readonly BlockBackend _below;
    private readonly SafeFileHandle _file;
    private readonly SectorMap _map;

    private SnapshotOverlay(BlockBackend below, SafeFileHandle file)
        : base(below.SectorCount, isReadOnly: false, CacheMode.Unsafe)
    {
        // Nobody will ever look for the overlay after a crash, so flushes are left out as with cache=unsafe; the guest
        // still sees the write cache that the user asked for.
        _below = below;
        _file = file;
        _map = new SectorMap(below.SectorCount);
        WriteCache = below.WriteCache;
    }

    /// <summary>Lays an overlay over an image and takes the image over.</summary>
    /// <exception cref="ConfigurationException">The temporary file cannot be made; the image is closed.</exception>
    public static SnapshotOverlay Over(BlockBackend below)
    {
        string path = Path.Combine(Path.GetTempPath(), $"pcemu-snapshot-{Guid.NewGuid():N}");
        try
        {
            SafeFileHandle file = System.IO.File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
            if (!OperatingSystem.IsWindows())
            {
                // An open file needs no name; without one it cannot be left behind.
                System.IO.File.Delete(path);
            }

            return new SnapshotOverlay(below, file) { ReadErrors = below.ReadErrors, WriteErrors = below.WriteErrors };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            below.Dispose();
            throw new ConfigurationException($"Could not create the temporary file '{path}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected override BlockResult ReadCore(long offset, Span<byte> destination)
    {
        long sector = offset / IBlockMedium.SectorSize;
        while (destination.Length > 0)
        {
            int run = _map.Run(sector, destination.Length / IBlockMedium.SectorSize, out bool isHere);
            Span<byte> part = destination[..(run * IBlockMedium.SectorSize)];
            BlockResult result = isHere
                ? HostFile.Read(_file, sector * IBlockMedium.SectorSize, part)
                : _below.Read(sector, part);
            if (result != BlockResult.Ok)
            {
                return result;
            }

            destination = destination[part.Length..];
            sector += run;
        }

        return BlockResult.Ok;
    }

    /// <inheritdoc/>
    protected override BlockResult WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        BlockResult result = HostFile.Write(_file, offset, source);
        if (result == BlockResult.Ok)
        {
            _map.Add(offset / IBlockMedium.SectorSize, source.Length / IBlockMedium.SectorSize);
        }

        return result;
    }

    /// <inheritdoc/>
    protected override BlockResult FlushCore() => BlockResult.Ok;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        _below.Dispose();
    }
}
