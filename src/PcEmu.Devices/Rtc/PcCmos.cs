using System.Buffers.Binary;
using PcEmu.Core;

namespace PcEmu.Devices.Rtc;

/// <summary>A floppy drive as the set-up memory names it.</summary>
public enum CmosFloppyType : byte
{
    /// <summary>No drive.</summary>
    None = 0,

    /// <summary>5.25 inch, 1.2 MB.</summary>
    Drive120 = 2,

    /// <summary>3.5 inch, 1.44 MB.</summary>
    Drive144 = 4,

    /// <summary>3.5 inch, 2.88 MB.</summary>
    Drive288 = 5,
}

/// <summary>How the BIOS turns a disk's own geometry into the one that INT 13h shows.</summary>
public enum CmosTranslation : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>By the number of sectors, up to 255 heads of 63 sectors.</summary>
    Lba = 1,

    /// <summary>By halving cylinders and doubling heads.</summary>
    Large = 2,

    /// <summary>As <see cref="Large"/>, from at most 15 heads.</summary>
    Rechs = 3,
}

/// <summary>A disk's own geometry, and the translation that the user asked for.</summary>
/// <param name="Cylinders">1 to 16383.</param>
/// <param name="Heads">1 to 16.</param>
/// <param name="Sectors">1 to 63 a track.</param>
/// <param name="Translation">Null leaves it to the size: none up to 1024 cylinders, else LBA.</param>
public readonly record struct CmosDisk(int Cylinders, int Heads, int Sectors, CmosTranslation? Translation = null);

/// <summary>What the board tells the firmware through the set-up memory of the real-time clock.</summary>
/// <remarks>
/// Source: IBM PC/AT Technical Reference, "Real-Time Clock/CMOS RAM" (10h to 18h, 30h, 31h); the rest is the convention
/// of the Bochs BIOS, which SeaBIOS and QEMU keep. Pure: it writes into <see cref="Mc146818.Mc146818.Memory"/> and leaves the
/// clock's own registers alone.
/// </remarks>
public static class PcCmos
{
    private const int FloppyTypes = 0x10;
    private const int DiskTypes = 0x12;
    private const int Equipment = 0x14;
    private const int BaseMemory = 0x15;
    private const int ExtendedMemory = 0x17;
    private const int DiskTypeC = 0x19;
    private const int DiskTypeD = 0x1A;
    private const int DiskGeometryC = 0x1B;
    private const int DiskGeometryD = 0x24;
    private const int ExtendedMemoryPost = 0x30;
    private const int MemoryAbove16M = 0x34;
    private const int BootOrderThird = 0x38;
    private const int Translations = 0x39;
    private const int BootOrder = 0x3D;
    private const int MemoryAbove4G = 0x5B;
    private const int Processors = 0x5F;

    private const int GeometryLength = 9;
    private const byte HasFloppy = 0x01;
    private const byte HasTwoFloppies = 0x40;
    private const byte HasFpu = 0x02;
    private const byte HasPs2Mouse = 0x04;
    private const byte UserType = 47; // the geometry stands in the bytes from 1Bh or 24h on
    private const byte NoSignatureCheck = 0x01;

    /// <summary>Writes the memory sizes.</summary>
    /// <param name="cmos">The memory; 128 bytes.</param>
    /// <param name="below4G">Bytes of RAM from address 0.</param>
    /// <param name="above4G">Bytes of RAM from address 4 GiB.</param>
    public static void SetMemory(Span<byte> cmos, ulong below4G, ulong above4G)
    {
        Word(cmos, BaseMemory, Math.Min(below4G >> 10, 640));
        ulong extended = Math.Min(below4G > 1 << 20 ? (below4G >> 10) - 1024 : 0, ushort.MaxValue);
        Word(cmos, ExtendedMemory, extended);
        Word(cmos, ExtendedMemoryPost, extended);
        Word(cmos, MemoryAbove16M, Math.Min(below4G > 16 << 20 ? (below4G - (16 << 20)) >> 16 : 0, ushort.MaxValue));
        ulong high = above4G >> 16;
        cmos[MemoryAbove4G] = (byte)high;
        cmos[MemoryAbove4G + 1] = (byte)(high >> 8);
        cmos[MemoryAbove4G + 2] = (byte)(high >> 16);
    }

    /// <summary>Writes the number of processors that the firmware waits for.</summary>
    public static void SetProcessors(Span<byte> cmos, int count) => cmos[Processors] = (byte)(count - 1);

    /// <summary>Writes the order in which the firmware looks for a boot sector.</summary>
    /// <param name="cmos">The memory; 128 bytes.</param>
    /// <param name="order">
    /// Up to three of <c>a</c>, <c>b</c> (floppy), <c>c</c> (disk), <c>d</c> (CD-ROM), <c>n</c> to <c>p</c> (network).
    /// </param>
    /// <param name="checkFloppySignature">False boots floppies without the bytes 55 AA (<c>-no-fd-bootchk</c>).</param>
    /// <exception cref="ConfigurationException">The order has an unknown letter, or more than three.</exception>
    public static void SetBootOrder(Span<byte> cmos, string order, bool checkFloppySignature = true)
    {
        if (order.Length > 3)
        {
            throw new ConfigurationException($"-boot order={order}: Too many boot devices for PC");
        }

        Span<byte> devices = stackalloc byte[3];
        for (int i = 0; i < order.Length; i++)
        {
            devices[i] = order[i] switch
            {
                'a' or 'b' => 1,
                'c' => 2,
                'd' => 3,
                >= 'n' and <= 'p' => 4,
                char other => throw new ConfigurationException($"-boot order={order}: Invalid boot device for PC: '{other}'"),
            };
        }

        cmos[BootOrder] = (byte)(devices[0] | (devices[1] << 4));
        cmos[BootOrderThird] = (byte)((devices[2] << 4) | (checkFloppySignature ? 0 : NoSignatureCheck));
    }

    /// <summary>Writes the floppy drives and the equipment byte, which counts them.</summary>
    public static void SetFloppies(Span<byte> cmos, CmosFloppyType a, CmosFloppyType b)
    {
        cmos[FloppyTypes] = (byte)(((int)a << 4) | (int)b);
        int drives = (a != CmosFloppyType.None ? 1 : 0) + (b != CmosFloppyType.None ? 1 : 0);
        cmos[Equipment] = (byte)(HasFpu | HasPs2Mouse
            | (drives > 0 ? HasFloppy : 0)
            | (drives > 1 ? HasTwoFloppies : 0));
    }

    /// <summary>Writes the hard disks.</summary>
    /// <param name="cmos">The memory; 128 bytes.</param>
    /// <param name="disks">Primary master and slave, secondary master and slave; null where there is none, or a CD-ROM.</param>
    public static void SetDisks(Span<byte> cmos, params ReadOnlySpan<CmosDisk?> disks)
    {
        cmos[DiskTypes] = 0;
        cmos[Translations] = 0;
        cmos[DiskTypeC..(DiskGeometryD + GeometryLength)].Clear();
        for (int i = 0; i < disks.Length; i++)
        {
            if (disks[i] is not { } disk)
            {
                continue;
            }

            CmosTranslation automatic = disk.Cylinders <= 1024 && disk.Heads <= 16 && disk.Sectors <= 63
                ? CmosTranslation.None
                : CmosTranslation.Lba;
            cmos[Translations] |= (byte)((int)(disk.Translation ?? automatic) << (2 * i));
            if (i == 0)
            {
                cmos[DiskTypes] |= 0xF0;
                cmos[DiskTypeC] = UserType;
                Geometry(cmos[DiskGeometryC..], disk);
            }
            else if (i == 1)
            {
                cmos[DiskTypes] |= 0x0F;
                cmos[DiskTypeD] = UserType;
                Geometry(cmos[DiskGeometryD..], disk);
            }
        }
    }

    // Cylinders, heads, write precompensation (none), control byte (no retries, more than 8 heads), landing zone, sectors.
    private static void Geometry(Span<byte> at, CmosDisk disk)
    {
        Word(at, 0, (ulong)disk.Cylinders);
        at[2] = (byte)disk.Heads;
        Word(at, 3, ushort.MaxValue);
        at[5] = (byte)(0xC0 | (disk.Heads > 8 ? 0x08 : 0));
        Word(at, 6, (ulong)disk.Cylinders);
        at[8] = (byte)disk.Sectors;
    }

    private static void Word(Span<byte> cmos, int at, ulong value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(cmos[at..], (ushort)value);
}
