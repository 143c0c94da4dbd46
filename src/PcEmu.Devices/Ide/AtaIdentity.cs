using System.Buffers.Binary;
using System.Numerics;
using PcEmu.Core.Block;

namespace PcEmu.Devices.Ide;

/// <summary>The 256 words that IDENTIFY DEVICE returns, with the values that QEMU's disks have.</summary>
/// <remarks>Source: ATA/ATAPI-6, T13/1410D, 8.15 "IDENTIFY DEVICE". Words are little-endian, strings have their bytes swapped in each word.</remarks>
internal static class AtaIdentity
{
    /// <summary>Bytes of the data.</summary>
    public const int Size = 512;

    /// <summary>Most sectors between two interrupts of READ MULTIPLE and WRITE MULTIPLE.</summary>
    public const int MaximumMultiple = 16;

    private const int Capabilities = 49;
    private const int CurrentCylinders = 54;
    private const int MultipleSetting = 59;
    private const int SingleWordDma = 62;
    private const int MultiWordDma = 63;
    private const int UltraDma = 88;
    private const int FeaturesEnabled = 85;

    private const int AllSingleWordModes = 0x07;
    private const int AllMultiWordModes = 0x07;
    private const int UltraModes0To5 = 0x3F;
    private const int NopSmart = 0x4001;
    private const int WriteCacheBit = 0x0020;
    private const long MaximumLba28 = (1 << 28) - 1;

    /// <summary>Fills the data in.</summary>
    /// <param name="words">Receives 512 bytes.</param>
    /// <param name="disk">The realized disk.</param>
    /// <param name="serial">Serial number if the disk has none of its own.</param>
    public static void Fill(Span<byte> words, AtaDisk disk, string serial)
    {
        words.Clear();
        DiskGeometry geometry = disk.Geometry;
        long total = disk.Medium.SectorCount;
        Put(words, 0, 0x0040); // fixed device
        Put(words, 1, geometry.Cylinders);
        Put(words, 3, geometry.Heads);
        Put(words, 4, IBlockMedium.SectorSize * geometry.Sectors); // bytes a track, bytes a sector: ATA-1
        Put(words, 5, IBlockMedium.SectorSize);
        Put(words, 6, geometry.Sectors);
        PutText(words.Slice(10 * 2, 20), disk.Serial ?? serial);
        Put(words, 20, 3); // dual-ported buffer with read cache, of 512 sectors, 4 bytes ECC: ATA-1
        Put(words, 21, 512);
        Put(words, 22, 4);
        PutText(words.Slice(23 * 2, 8), disk.Version);
        PutText(words.Slice(27 * 2, 40), disk.Model);
        Put(words, 47, 0x8000 | MaximumMultiple);
        Put(words, 48, 1); // 32-bit PIO
        Put(words, Capabilities, 0x0B00); // IORDY, LBA, DMA
        Put(words, 51, 0x0200); // PIO and DMA timing modes: ATA-1
        Put(words, 52, 0x0200);
        Put(words, 53, 0x0007); // words 54-58, 64-70 and 88 are valid
        SetTranslation(words, geometry.Cylinders, geometry.Heads, geometry.Sectors);
        PutDouble(words, 60, Math.Min(total, MaximumLba28));
        Put(words, SingleWordDma, AllSingleWordModes);
        Put(words, MultiWordDma, AllMultiWordModes);
        Put(words, 64, 0x0003); // PIO modes 3 and 4
        for (int cycleTime = 65; cycleTime <= 68; cycleTime++)
        {
            Put(words, cycleTime, 120); // ns
        }

        Put(words, 80, 0x00F0); // ATA-4 to ATA/ATAPI-7
        Put(words, 81, 0x0016); // ATA/ATAPI-5 T13/1321D
        int worldWideName = disk.Wwn != 0 ? 0x0100 : 0;
        Put(words, 82, NopSmart | WriteCacheBit);
        Put(words, 83, 0x7400); // FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses
        Put(words, 84, 0x4000 | worldWideName);
        SetWriteCache(words, disk.Medium.WriteCache);
        Put(words, 86, 0x3400);
        Put(words, 87, 0x4000 | worldWideName);
        Put(words, UltraDma, UltraModes0To5 | 0x2000); // mode 5 selected
        Put(words, 93, 0x6001); // 80-conductor cable, hardware reset passed
        PutDouble(words, 100, total);
        PutDouble(words, 102, total >> 32);
        Put(words, 106, 0x6000 | BitOperations.Log2(disk.PhysicalBlockSize / disk.LogicalBlockSize));
        for (int i = 0; i < 4; i++)
        {
            Put(words, 108 + i, (int)(disk.Wwn >> (48 - (16 * i))));
        }
    }

    /// <summary>Shows the geometry that INITIALIZE DEVICE PARAMETERS set.</summary>
    public static void SetTranslation(Span<byte> words, int cylinders, int heads, int sectors)
    {
        Put(words, CurrentCylinders, cylinders);
        Put(words, CurrentCylinders + 1, heads);
        Put(words, CurrentCylinders + 2, sectors);
        PutDouble(words, CurrentCylinders + 3, (long)cylinders * heads * sectors);
    }

    /// <summary>Shows the block size that SET MULTIPLE MODE set; 0 is off.</summary>
    public static void SetMultiple(Span<byte> words, int sectors) => Put(words, MultipleSetting, sectors == 0 ? 0 : 0x0100 | sectors);

    /// <summary>Shows whether the write cache is on.</summary>
    public static void SetWriteCache(Span<byte> words, bool on) => Put(words, FeaturesEnabled, NopSmart | (on ? WriteCacheBit : 0));

    /// <summary>Whether the data says that the write cache is on.</summary>
    public static bool HasWriteCache(ReadOnlySpan<byte> words) =>
        (BinaryPrimitives.ReadUInt16LittleEndian(words[(FeaturesEnabled * 2)..]) & WriteCacheBit) != 0;

    /// <summary>Shows the transfer mode that SET FEATURES 03h set.</summary>
    /// <param name="words">The data.</param>
    /// <param name="mode">Kind in bits 7-3 and number in bits 2-0, as in the sector count register.</param>
    /// <returns>Whether there is such a mode.</returns>
    public static bool TrySetTransferMode(Span<byte> words, int mode)
    {
        int selected = 0x100 << (mode & 7);
        int kind = mode >> 3;
        if (kind is not (0 or 1 or 2 or 4 or 8))
        {
            return false;
        }

        Put(words, SingleWordDma, AllSingleWordModes | (kind == 2 ? selected : 0));
        Put(words, MultiWordDma, AllMultiWordModes | (kind == 4 ? selected : 0));
        Put(words, UltraDma, UltraModes0To5 | (kind == 8 ? selected : 0));
        return true;
    }

    private static void Put(Span<byte> words, int word, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(words[(word * 2)..], (ushort)value);

    private static void PutDouble(Span<byte> words, int word, long value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(words[(word * 2)..], (uint)value);

    private static void PutText(Span<byte> field, string text)
    {
        for (int i = 0; i < field.Length; i++)
        {
            field[i ^ 1] = i < text.Length ? (byte)text[i] : (byte)' ';
        }
    }
}
