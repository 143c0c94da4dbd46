using System.Runtime.CompilerServices;

namespace PcEmu.Memory;

/// <summary>Who wants to know that a page of RAM was written.</summary>
[Flags]
public enum DirtyClient : byte
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>The display redraws what changed.</summary>
    Display = 1,

    /// <summary>Migration sends again what changed.</summary>
    Migration = 2,

    /// <summary>Every client that keeps dirty bits.</summary>
    All = Display | Migration,
}

/// <summary>Told by a RAM block what the holder of cached knowledge about it must forget.</summary>
public interface IRamObserver
{
    /// <summary>Bytes in pages marked by <see cref="RamBlock.MarkCode"/> are about to be or have been written by somebody other than the observer.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">First byte written.</param>
    /// <param name="length">Number of bytes.</param>
    void CodeWritten(RamBlock block, ulong offset, ulong length);

    /// <summary>Dirty bits were cleared: the next write to these pages must be noticed again, so cached write access ends.</summary>
    /// <param name="block">The block.</param>
    void WriteTrackingRestarted(RamBlock block);
}

/// <summary>A named block of guest memory ("pc.ram", "vga.vram"): bytes, and one flag byte a page.</summary>
/// <remarks>
/// Names and sizes are those that a migration stream uses. A page's flag byte holds a dirty bit for each client and the
/// mark that decoded code lies there. All dirty bits are set at first, so that every page counts as changed once.
/// </remarks>
public sealed unsafe class RamBlock : IDisposable
{
    /// <summary>Size of a guest page in bytes.</summary>
    public const int PageSize = 4096;

    /// <summary>Number of address bits inside a page.</summary>
    public const int PageShift = 12;

    /// <summary>Flag bit: decoded code lies in the page.</summary>
    public const byte HasCode = 0x80;

    private readonly nuint _flagBytes;
    private byte* _host;
    private byte* _flags;

    /// <summary>Makes a block of zeros.</summary>
    /// <param name="name">Name in streams and listings.</param>
    /// <param name="size">Bytes; a multiple of 4096.</param>
    /// <exception cref="InsufficientMemoryException">The host refuses the address space.</exception>
    public RamBlock(string name, ulong size)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size % PageSize, 0ul, nameof(size));
        Name = name;
        Size = size;
        _flagBytes = (nuint)((size >> PageShift) + (PageSize - 1)) & ~(nuint)(PageSize - 1);
        _host = HostMemory.Allocate((nuint)size);
        _flags = HostMemory.Allocate(_flagBytes);
    }

    /// <summary>Frees the block's address space if the owner forgot to.</summary>
    ~RamBlock() => Free();

    /// <summary>Name in streams and listings.</summary>
    public string Name { get; }

    /// <summary>Size in bytes; 0 once the block is disposed, so that every range is refused.</summary>
    public ulong Size { get; private set; }

    /// <summary>First byte in host memory; stays where it is until the block is disposed.</summary>
    public byte* Host => _host;

    /// <summary>The flag bytes, one a page: a set dirty bit means clean (so that fresh memory is all dirty), plus <see cref="HasCode"/>.</summary>
    public byte* PageFlags => _flags;

    /// <summary>Who must be told of writes from outside; set once by the board.</summary>
    public IRamObserver? Observer { get; set; }

    /// <summary>The bytes of a part of the block. Writing through it bypasses dirty bits: see <see cref="Written"/>.</summary>
    public Span<byte> Span(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)length, Size - offset, nameof(length));
        return new Span<byte>(_host + offset, length);
    }

    /// <summary>The whole block, for blocks under 2 GiB.</summary>
    public Span<byte> AsSpan() => Span(0, checked((int)Size));

    /// <summary>Marks bytes as written by somebody other than the CPU: dirty for all, and code in them is forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Written(ulong offset, ulong length)
    {
        if (IsEmpty(offset, length))
        {
            return;
        }

        ulong last = (offset + length - 1) >> PageShift;
        for (ulong page = offset >> PageShift; page <= last; page++)
        {
            byte flags = _flags[page];
            if (flags != 0)
            {
                PageWritten(page, flags, offset, length);
            }
        }
    }

    /// <summary>Marks one page dirty for all clients, as the CPU does at the first write through its TLB.</summary>
    public void MarkDirty(ulong page) => Flags(page) &= HasCode;

    /// <summary>Whether a CPU may write the page without telling: dirty for all clients and no code in it.</summary>
    public bool IsFreelyWritable(ulong page) => Flags(page) == 0;

    /// <summary>Marks that decoded code lies in a page, or no longer does.</summary>
    public void MarkCode(ulong page, bool hasCode)
    {
        if (hasCode)
        {
            Flags(page) |= HasCode;
        }
        else
        {
            Flags(page) &= unchecked((byte)~HasCode);
        }
    }

    /// <summary>Whether any page of a range is dirty for a client.</summary>
    public bool IsDirty(DirtyClient client, ulong offset, ulong length)
    {
        if (IsEmpty(offset, length))
        {
            return false;
        }

        ulong last = (offset + length - 1) >> PageShift;
        for (ulong page = offset >> PageShift; page <= last; page++)
        {
            if ((_flags[page] & (byte)client) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Clears a client's dirty bits in a range and has later writes noticed again.</summary>
    /// <returns>Whether any page was dirty.</returns>
    public bool ClearDirty(DirtyClient client, ulong offset, ulong length)
    {
        if (IsEmpty(offset, length))
        {
            return false;
        }

        bool any = false;
        ulong last = (offset + length - 1) >> PageShift;
        for (ulong page = offset >> PageShift; page <= last; page++)
        {
            any |= (_flags[page] & (byte)client) == 0;
            _flags[page] |= (byte)client;
        }

        if (any)
        {
            Observer?.WriteTrackingRestarted(this);
        }

        return any;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    // Whether a range has no bytes; one that leaves the block is refused, as the flags would be somebody else's memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsEmpty(ulong offset, ulong length)
    {
        if (offset < Size && length - 1 < Size - offset)
        {
            return false;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
        return true;
    }

    private ref byte Flags(ulong page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page, Size >> PageShift);
        return ref _flags[page];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PageWritten(ulong page, byte flags, ulong offset, ulong length)
    {
        _flags[page] = (byte)(flags & HasCode);
        if ((flags & HasCode) != 0)
        {
            ulong start = Math.Max(offset, page << PageShift);
            ulong end = Math.Min(offset + length, (page + 1) << PageShift);
            Observer?.CodeWritten(this, start, end - start);
        }
    }

    private void Free()
    {
        if (_host != null)
        {
            HostMemory.Free(_host, (nuint)Size);
            HostMemory.Free(_flags, _flagBytes);
            _host = _flags = null;
            Size = 0;
        }
    }
}
