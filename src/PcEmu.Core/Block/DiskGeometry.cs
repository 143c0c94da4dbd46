using System.Buffers.Binary;

namespace PcEmu.Core.Block;

/// <summary>How a BIOS maps its own cylinders, heads and sectors to the disk's (<c>trans=</c>).</summary>
public enum BiosTranslation : byte
{
    /// <summary>Chosen by the size of the disk.</summary>
    Auto,

    /// <summary>None: the disk's geometry is the BIOS's.</summary>
    None,

    /// <summary>By linear block address (up to 255 heads, 63 sectors).</summary>
    Lba,

    /// <summary>By bit shifting: fewer cylinders, more heads.</summary>
    Large,

    /// <summary>As <see cref="Large"/>, with 15 heads first.</summary>
    Rechs,
}

/// <summary>A disk's cylinders, heads and sectors per track, and the translation that a BIOS should use.</summary>
/// <param name="Cylinders">Number of cylinders.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Sectors">Sectors per track.</param>
/// <param name="Translation">What the board tells the BIOS (CMOS 39h).</param>
public readonly record struct DiskGeometry(int Cylinders, int Heads, int Sectors, BiosTranslation Translation)
{
    private const int MaximumCylinders = 16383;
    private const int StandardHeads = 16;
    private const int StandardSectors = 63;

    // Master boot record (IBM PC/AT): four entries of 16 bytes from 1BEh, signature 55h AAh at 1FEh.
    private const int PartitionTable = 0x1BE;
    private const int PartitionEntry = 16;
    private const int EndHead = 5;
    private const int EndSector = 6;
    private const int NumberOfSectors = 12;
    private const int BootSignature = 0x1FE;

    /// <summary>The geometry that QEMU gives a disk: what its partition table was made for, else 16 heads and 63 sectors.</summary>
    /// <param name="medium">The disk; its first sector is read.</param>
    public static DiskGeometry Guess(IBlockMedium medium)
    {
        Span<byte> mbr = stackalloc byte[IBlockMedium.SectorSize];
        DiskGeometry standard = Standard(medium.SectorCount);
        if (medium.Read(0, mbr) != BlockResult.Ok || !TryFromPartitions(mbr, medium.SectorCount, out DiskGeometry logical))
        {
            bool small = standard.Cylinders <= 1024;
            return standard with { Translation = small ? BiosTranslation.None : BiosTranslation.Lba };
        }

        if (logical.Heads <= StandardHeads)
        {
            // Partitioned without translation: keep it that way, so that the partition table stays true.
            return logical;
        }

        // More heads than a drive can have: a translation was at work, and the drive's own geometry may be the standard one.
        bool large = standard.Cylinders * standard.Heads <= 131072;
        return standard with { Translation = large ? BiosTranslation.Large : BiosTranslation.Lba };
    }

    /// <summary>The translation for a geometry that the user gave with <see cref="BiosTranslation.Auto"/>.</summary>
    public BiosTranslation ResolveTranslation() => Translation switch
    {
        BiosTranslation.Auto when Cylinders <= 1024 && Heads <= StandardHeads && Sectors <= StandardSectors => BiosTranslation.None,
        BiosTranslation.Auto => BiosTranslation.Lba,
        _ => Translation,
    };

    private static DiskGeometry Standard(long sectors)
    {
        long cylinders = Math.Clamp(sectors / (StandardHeads * StandardSectors), 2, MaximumCylinders);
        return new DiskGeometry((int)cylinders, StandardHeads, StandardSectors, BiosTranslation.None);
    }

    private static bool TryFromPartitions(ReadOnlySpan<byte> mbr, long total, out DiskGeometry geometry)
    {
        geometry = default;
        if (mbr[BootSignature] != 0x55 || mbr[BootSignature + 1] != 0xAA)
        {
            return false;
        }

        for (int i = 0; i < 4; i++)
        {
            ReadOnlySpan<byte> entry = mbr.Slice(PartitionTable + (i * PartitionEntry), PartitionEntry);
            int heads = entry[EndHead] + 1;
            int sectors = entry[EndSector] & 0x3F;
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry[NumberOfSectors..]) == 0 || heads == 1 || sectors == 0)
            {
                continue;
            }

            // Partitions end on a cylinder boundary, so the end's head and sector are the largest there are.
            long cylinders = total / (heads * sectors);
            if (cylinders is >= 1 and <= MaximumCylinders)
            {
                geometry = new DiskGeometry((int)cylinders, heads, sectors, BiosTranslation.None);
                return true;
            }
        }

        return false;
    }
}
