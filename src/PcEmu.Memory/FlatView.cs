namespace PcEmu.Memory;

/// <summary>One stretch of an address space that one region answers.</summary>
/// <remarks>A class, so that a TLB or a port table can keep hold of it and compare by reference.</remarks>
public sealed class FlatRange
{
    internal FlatRange(ulong start, ulong last, MemoryRegion region, ulong offset, bool readOnly)
    {
        Start = start;
        Last = last;
        Region = region;
        Offset = offset;
        Block = region.Block;
        BlockOffset = region.BlockOffset + offset;
        IsWritable = region.Kind == RegionKind.Ram && !readOnly;
        Handlers = region.Handlers;
    }

    /// <summary>First address.</summary>
    public ulong Start { get; }

    /// <summary>Last address.</summary>
    public ulong Last { get; }

    /// <summary>Who answers.</summary>
    public MemoryRegion Region { get; }

    /// <summary>Offset of <see cref="Start"/> in <see cref="Region"/>.</summary>
    public ulong Offset { get; }

    /// <summary>The bytes of RAM and ROM, else null.</summary>
    public RamBlock? Block { get; }

    /// <summary>Offset of <see cref="Start"/> in <see cref="Block"/>.</summary>
    public ulong BlockOffset { get; }

    /// <summary>Whether a write changes the bytes of <see cref="Block"/>.</summary>
    public bool IsWritable { get; }

    /// <summary>Handlers of device registers, else null.</summary>
    public IoHandlers? Handlers { get; }

    internal bool Continues(FlatRange next) =>
        ReferenceEquals(Region, next.Region) && IsWritable == next.IsWritable && Last + 1 == next.Start && Offset + (Last - Start) + 1 == next.Offset;

    internal FlatRange Joined(FlatRange next) => new(Start, next.Last, Region, Offset, !IsWritable);
}

/// <summary>The tree of an address space laid flat: who answers where, in order of address. Immutable.</summary>
internal static class FlatView
{
    public static FlatRange[] Build(MemoryRegion root)
    {
        List<FlatRange> ranges = [];
        Render(ranges, root, 0, 0, root.Size, readOnly: false);
        for (int i = ranges.Count - 2; i >= 0; i--)
        {
            if (ranges[i].Continues(ranges[i + 1]))
            {
                ranges[i] = ranges[i].Joined(ranges[i + 1]);
                ranges.RemoveAt(i + 1);
            }
        }

        return [.. ranges];
    }

    // Draws a region whose offset 0 is at address 'origin' (wrapping), clipped to [low, high); what is drawn first stays on top.
    private static void Render(List<FlatRange> ranges, MemoryRegion region, Int128 origin, Int128 low, UInt128 highUnsigned, bool readOnly)
    {
        if (!region.Enabled)
        {
            return;
        }

        Int128 high = Int128.Min((Int128)highUnsigned, origin + (Int128)region.Size);
        low = Int128.Max(low, origin);
        if (low >= high)
        {
            return;
        }

        readOnly |= region.ReadOnly;
        foreach (MemoryRegion child in region.Children)
        {
            Render(ranges, child, origin + child.Address, low, (UInt128)high, readOnly);
        }

        if (region.Kind == RegionKind.Alias)
        {
            Render(ranges, region.Target!, origin - region.AliasOffset, low, (UInt128)high, readOnly);
        }
        else if (region.Kind != RegionKind.Container)
        {
            Fill(ranges, region, origin, low, high, readOnly);
        }
    }

    // Puts the region into the gaps that are left in [low, high).
    private static void Fill(List<FlatRange> ranges, MemoryRegion region, Int128 origin, Int128 low, Int128 high, bool readOnly)
    {
        int i = 0;
        while (low < high)
        {
            while (i < ranges.Count && ranges[i].Last < low)
            {
                i++;
            }

            Int128 end = i < ranges.Count ? Int128.Min(high, ranges[i].Start) : high;
            if (low < end)
            {
                ranges.Insert(i, new FlatRange((ulong)low, (ulong)(end - 1), region, (ulong)(low - origin), readOnly));
                i++;
            }

            low = i < ranges.Count ? Int128.Max(end, (Int128)ranges[i].Last + 1) : end;
        }
    }
}
