namespace PcEmu.Core.Block;

/// <summary>How a request to a medium ended. A value, not an exception: the device reports it to the guest.</summary>
public enum BlockResult : byte
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>A sector lies past the end, or before the start.</summary>
    OutOfRange,

    /// <summary>A write to a medium that cannot be written.</summary>
    ReadOnly,

    /// <summary>The host has no room for the data (ENOSPC).</summary>
    NoSpace,

    /// <summary>The host failed to read, write or flush.</summary>
    IoError,
}

/// <summary>What a device does about a failed request (<c>-drive rerror=,werror=</c>).</summary>
public enum BlockErrorAction : byte
{
    /// <summary>The guest sees the error.</summary>
    Report,

    /// <summary>The guest sees success.</summary>
    Ignore,

    /// <summary>The machine stops; the request is tried again when it goes on.</summary>
    Stop,
}

/// <summary>Sectors of 512 bytes that a disk device reads and writes: the device's view of a disk image.</summary>
/// <remarks>Requests are done when the call returns. Belongs to the machine's thread. No member throws for what the host does.</remarks>
public interface IBlockMedium
{
    /// <summary>Bytes of a sector.</summary>
    const int SectorSize = 512;

    /// <summary>Number of sectors; more than 0.</summary>
    long SectorCount { get; }

    /// <summary>Whether writes are refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>Whether a write may be done before the host has it on its disk; when off, every write is flushed.</summary>
    bool WriteCache { get; set; }

    /// <summary>Reads whole sectors.</summary>
    /// <param name="sector">First sector.</param>
    /// <param name="destination">Receives them; a multiple of 512 bytes long. Its content is undefined after a failure.</param>
    BlockResult Read(long sector, Span<byte> destination);

    /// <summary>Writes whole sectors.</summary>
    /// <param name="sector">First sector.</param>
    /// <param name="source">Their content; a multiple of 512 bytes long.</param>
    BlockResult Write(long sector, ReadOnlySpan<byte> source);

    /// <summary>Brings everything written so far to the host's disk.</summary>
    BlockResult Flush();

    /// <summary>What the user wants done about a failed request.</summary>
    /// <param name="error">How it ended.</param>
    /// <param name="isRead">Whether it was a read.</param>
    BlockErrorAction OnError(BlockResult error, bool isRead);
}
