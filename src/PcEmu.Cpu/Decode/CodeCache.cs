using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PcEmu.Cpu.Interpreter;
using PcEmu.Memory;

namespace PcEmu.Cpu.Decode;

/// <summary>A decoded block: this head, then its operations.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal unsafe struct Block
{
    /// <summary>Host address of the first byte of code.</summary>
    public byte* Host;

    /// <summary>RIP of it.</summary>
    public ulong Rip;

    /// <summary>The mode it was decoded in.</summary>
    public CodeMode Mode;

    /// <summary>Bytes of code.</summary>
    public int Length;

    /// <summary>Next in the hash chain.</summary>
    public Block* NextInHash;

    /// <summary>Next in the list of its page.</summary>
    public Block* NextInPage;

    /// <summary>Host address of the second page if an instruction lies across, else null.</summary>
    public byte* SecondPage;

    /// <summary>Whether it has been dropped.</summary>
    public bool Dropped;

    /// <summary>The first operation.</summary>
    public static Uop* Code(Block* block) => (Uop*)(block + 1);
}

/// <summary>All decoded code: blocks by host address, RIP and mode; blocks by page, so that a write can drop them.</summary>
/// <remarks>
/// Memory is handed out in order and taken back all at once. Dropped blocks stay readable until then, so that an
/// operation of theirs that is at work may finish.
/// </remarks>
internal sealed unsafe class CodeCache : IDisposable
{
    private const nuint ArenaSize = 48 << 20;
    private const nuint Reserve = 1 << 20;
    private const int HashBits = 15;

    private readonly byte* _arena;
    private readonly Block** _hash;
    private readonly Dictionary<ulong, CodePage> _pages = [];
    private readonly RamBlock _storage = new("code-cache", ArenaSize);
    private nuint _used;

    public CodeCache()
    {
        _arena = _storage.Host;
        _hash = (Block**)NativeMemory.AllocZeroed((nuint)(1 << HashBits) * (nuint)sizeof(Block*));
    }

    /// <summary>Whether there is so little room left that all must be forgotten soon.</summary>
    public bool IsNearlyFull => _used > ArenaSize - Reserve;

    /// <summary>Room for a block under construction; nothing is taken until <see cref="Add"/>.</summary>
    public Block* Room => (Block*)(_arena + _used);

    public Block* Find(byte* host, ulong rip, CodeMode mode)
    {
        for (Block* block = _hash[Hash(host, rip)]; block != null; block = block->NextInHash)
        {
            if (block->Host == host && block->Rip == rip && block->Mode == mode && !block->Dropped)
            {
                return block;
            }
        }

        return null;
    }

    /// <summary>Takes the block that was built in <see cref="Room"/>.</summary>
    /// <param name="block">The block, its head filled in.</param>
    /// <param name="end">Behind its last operation.</param>
    /// <param name="keep">Whether it can be found again; code outside RAM cannot.</param>
    public void Add(Block* block, void* end, bool keep)
    {
        _used += (nuint)((byte*)end - (byte*)block);
        _used = (_used + 63) & ~(nuint)63;
        if (keep)
        {
            Block** slot = &_hash[Hash(block->Host, block->Rip)];
            block->NextInHash = *slot;
            *slot = block;
        }
    }

    /// <summary>Enters a block in the list of the page that its first byte lies in.</summary>
    /// <returns>Whether the page had no code before.</returns>
    public bool AddToPage(Block* block, RamBlock ram, ulong page)
    {
        ref CodePage? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, Key(ram, page), out bool exists);
        entry ??= new CodePage(ram, page);
        block->NextInPage = entry.First;
        entry.First = block;
        entry.Cover((int)((ulong)block->Host & 0xFFF), block->SecondPage == null ? block->Length : 4096);
        return !exists;
    }

    /// <summary>Enters that a block of another page reaches into this one.</summary>
    public bool AddSecondPage(Block* block, RamBlock ram, ulong page)
    {
        ref CodePage? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, Key(ram, page), out bool exists);
        entry ??= new CodePage(ram, page);
        entry.Reaching.Add((nint)block);
        entry.Cover(0, 16);
        return !exists;
    }

    /// <summary>Whether bytes of a page belong to a block.</summary>
    public bool Overlaps(RamBlock ram, ulong page, int offset, int length)
    {
        if (!_pages.TryGetValue(Key(ram, page), out CodePage? entry))
        {
            return false;
        }

        if (!entry.MayCover(offset, length))
        {
            return false;
        }

        for (Block* block = entry.First; block != null; block = block->NextInPage)
        {
            int start = (int)((ulong)block->Host & 0xFFF);
            if (offset < start + block->Length && start < offset + length)
            {
                return true;
            }
        }

        return entry.Reaching.Count > 0 && offset < 16;
    }

    /// <summary>Drops all blocks of a page.</summary>
    public void DropPage(RamBlock ram, ulong page)
    {
        if (!_pages.Remove(Key(ram, page), out CodePage? entry))
        {
            return;
        }

        for (Block* block = entry.First; block != null; block = block->NextInPage)
        {
            Drop(block);
        }

        foreach (nint reaching in entry.Reaching)
        {
            Drop((Block*)reaching);
        }
    }

    /// <summary>Forgets everything.</summary>
    /// <param name="unprotect">Called for every page that had code.</param>
    public void Clear(Action<RamBlock, ulong> unprotect)
    {
        foreach (CodePage entry in _pages.Values)
        {
            unprotect(entry.Ram, entry.Page);
        }

        _pages.Clear();
        _used = 0;
        NativeMemory.Clear(_hash, (nuint)(1 << HashBits) * (nuint)sizeof(Block*));
    }

    public void Dispose()
    {
        _storage.Dispose();
        NativeMemory.Free(_hash);
    }

    // Host page numbers are unique for the life of the blocks.
    private static ulong Key(RamBlock ram, ulong page) => ((ulong)ram.Host >> 12) + page;

    private void Drop(Block* block)
    {
        if (block->Dropped)
        {
            return;
        }

        block->Dropped = true;
        for (Block** link = &_hash[Hash(block->Host, block->Rip)]; *link != null; link = &(*link)->NextInHash)
        {
            if (*link == block)
            {
                *link = block->NextInHash;
                break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Hash(byte* host, ulong rip) =>
        (int)(((ulong)host * 0x9E37_79B9_7F4A_7C15 ^ rip * 0xC2B2_AE3D_27D4_EB4F) >> (64 - HashBits));

    /// <summary>The blocks of one page.</summary>
    private sealed class CodePage(RamBlock ram, ulong page)
    {
        private ulong _chunks;

        public RamBlock Ram => ram;

        public ulong Page => page;

        public Block* First { get; set; }

        public List<nint> Reaching { get; } = [];

        public void Cover(int start, int length)
        {
            int last = Math.Min(4095, start + length - 1) >> 6;
            for (int i = start >> 6; i <= last; i++)
            {
                _chunks |= 1ul << i;
            }
        }

        public bool MayCover(int start, int length)
        {
            int first = start >> 6;
            int last = Math.Min(4095, start + length - 1) >> 6;
            return (_chunks & ((ulong.MaxValue << first) & (ulong.MaxValue >> (63 - last)))) != 0;
        }
    }
}
