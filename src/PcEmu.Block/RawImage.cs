using Microsoft.Win32.SafeHandles;
using PcEmu.Core;
using PcEmu.Core.Block;

namespace PcEmu.Block;

/// <summary>A raw image: a file whose bytes are the disk's bytes.</summary>
/// <remarks>A writer has the file alone; readers (read-only, snapshot) share it with each other.</remarks>
public sealed class RawImage : BlockBackend
{
    private readonly SafeFileHandle _file;

    private RawImage(string path, SafeFileHandle file, long length, bool readOnly, CacheMode cache)
        : base(length / IBlockMedium.SectorSize, readOnly, cache)
    {
        Path = path;
        _file = file;
    }

    /// <summary>The file's name as the user gave it.</summary>
    public string Path { get; }

    // First bytes of a qcow2 (and qcow) image: "QFI" FBh.
    private static ReadOnlySpan<byte> QcowMagic => [(byte)'Q', (byte)'F', (byte)'I', 0xFB];

    /// <summary>Opens a raw image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="readOnly">Whether it is only read; it can then be shared with other readers.</param>
    /// <param name="cache">What a flush means.</param>
    /// <param name="probe">Whether to refuse a file that looks like another format.</param>
    /// <param name="readErrors">What becomes of a failed read.</param>
    /// <param name="writeErrors">What becomes of a failed write.</param>
    /// <exception cref="ConfigurationException">
    /// The file is missing, not readable or writable, a directory, in use, empty, no whole number of sectors, or of another format.
    /// </exception>
    public static RawImage Open(
        string path,
        bool readOnly,
        CacheMode cache = CacheMode.WriteBack,
        bool probe = true,
        ErrorPolicy readErrors = ErrorPolicy.Report,
        ErrorPolicy writeErrors = ErrorPolicy.StopWhenFull)
    {
        SafeFileHandle file = OpenFile(path, readOnly);
        try
        {
            long length = RandomAccess.GetLength(file);
            if (probe && LooksLikeQcow(file))
            {
                throw new ConfigurationException($"Could not open '{path}': it is a qcow2 image, and only raw images are supported");
            }

            if (length == 0)
            {
                throw new ConfigurationException($"Could not open '{path}': the image is empty");
            }

            if (length % IBlockMedium.SectorSize != 0)
            {
                throw new ConfigurationException(
                    $"Could not open '{path}': its size of {length} bytes is not a multiple of {IBlockMedium.SectorSize}");
            }

            return new RawImage(path, file, length, readOnly, cache) { ReadErrors = readErrors, WriteErrors = writeErrors };
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is IOException or NotSupportedException)
            {
                throw new ConfigurationException($"Could not open '{path}': {e.Message}", e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    protected override BlockResult ReadCore(long offset, Span<byte> destination) => HostFile.Read(_file, offset, destination);

    /// <inheritdoc/>
    protected override BlockResult WriteCore(long offset, ReadOnlySpan<byte> source) => HostFile.Write(_file, offset, source);

    /// <inheritdoc/>
    protected override BlockResult FlushCore() => HostFile.Flush(_file);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    private static SafeFileHandle OpenFile(string path, bool readOnly)
    {
        if (path.Length == 0)
        {
            throw new ConfigurationException("Could not open '': the file name is empty");
        }

        if (Directory.Exists(path))
        {
            throw new ConfigurationException($"Could not open '{path}': Is a directory");
        }

        try
        {
            return System.IO.File.OpenHandle(
                path,
                FileMode.Open,
                readOnly ? FileAccess.Read : FileAccess.ReadWrite,
                readOnly ? FileShare.Read : FileShare.None,
                FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"Could not open '{path}': No such file or directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ConfigurationException($"Could not open '{path}': Permission denied", e);
        }
        catch (IOException e) when (HostFile.IsInUse(e))
        {
            throw new ConfigurationException($"Could not open '{path}': another process is using the image", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException($"Could not open '{path}': {e.Message}", e);
        }
    }

    private static bool LooksLikeQcow(SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[QcowMagic.Length];
        return RandomAccess.Read(file, head, 0) == head.Length && head.SequenceEqual(QcowMagic);
    }
}
