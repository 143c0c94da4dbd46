using System.Numerics;

namespace PcEmu.Block;

/// <summary>A set of sectors: one bit a sector, in pages that exist only where something was written.</summary>
internal sealed class SectorMap(long sectorCount)
{
    private const int WordShift = 6;
    private const int PageShift = 15; // sectors a page: 16 MiB of disk in 4 KiB of map
    private const int PageMask = (1 << PageShift) - 1;

    private readonly ulong[]?[] _pages = new ulong[(sectorCount + PageMask) >> PageShift][];

    /// <summary>Puts sectors into the set.</summary>
    public void Add(long sector, int count)
    {
        for (long end = sector + count; sector < end;)
        {
            ulong[] page = _pages[sector >> PageShift] ??= new ulong[(PageMask + 1) >> WordShift];
            int bit = (int)(sector & 63);
            int bits = (int)Math.Min(64 - bit, end - sector);
            page[(sector & PageMask) >> WordShift] |= (ulong.MaxValue >> (64 - bits)) << bit;
            sector += bits;
        }
    }

    /// <summary>How many sectors from a sector on, at most <paramref name="count"/>, are all in the set or all out of it.</summary>
    public int Run(long sector, int count, out bool isIn)
    {
        isIn = (Word(sector) >> (int)(sector & 63) & 1) != 0;
        int run = 0;
        while (run < count)
        {
            int bit = (int)((sector + run) & 63);
            ulong word = Word(sector + run);
            ulong different = (isIn ? ~word : word) >> bit;
            int same = Math.Min(BitOperations.TrailingZeroCount(different), 64 - bit);
            run += same;
            if (same < 64 - bit)
            {
                break;
            }
        }

        return Math.Min(run, count);
    }

    private ulong Word(long sector) => _pages[sector >> PageShift] is { } page ? page[(sector & PageMask) >> WordShift] : 0;
}
