using PcEmu.Core;
using PcEmu.Core.Block;
using PcEmu.Core.Properties;
using PcEmu.Core.State;

namespace PcEmu.Devices.Ide;

/// <summary>An ATA hard disk as a user configures it (<c>-device ide-hd</c>): medium, geometry and what it says about itself.</summary>
/// <remarks>
/// It becomes visible to the guest when it is put on a channel with <see cref="Piix3Ide.Attach"/>; registers and
/// commands are the drive's place on the channel, <see cref="IdeDrive"/>.
/// </remarks>
/// <param name="medium">The sectors.</param>
/// <param name="hardwareVersion">Firmware revision of a drive whose <c>ver</c> nobody sets: the machine type's hardware version.</param>
public sealed class AtaDisk(IBlockMedium medium, string hardwareVersion) : Device
{
    private const uint MaximumCylinders = 65535;
    private const uint MaximumHeads = 16;
    private const uint MaximumSectors = 255;

    /// <inheritdoc/>
    public override string Driver => "ide-hd";

    /// <summary>Serial number, up to 20 characters; null for QM and the number of the drive's place.</summary>
    [DeviceProperty("serial", "Serial number, up to 20 characters")]
    public string? Serial { get; set; }

    /// <summary>Firmware revision, up to 8 characters.</summary>
    [DeviceProperty("ver", "Firmware revision, up to 8 characters")]
    public string Version { get; set; } = hardwareVersion;

    /// <summary>Model, up to 40 characters.</summary>
    [DeviceProperty("model", "Model, up to 40 characters")]
    public string Model { get; set; } = "QEMU HARDDISK";

    /// <summary>World wide name; 0 for none.</summary>
    [DeviceProperty("wwn", "World wide name, 64 bits; 0 for none")]
    public ulong Wwn { get; set; }

    /// <summary>Cylinders; 0 with heads and sectors also 0 has the geometry guessed.</summary>
    [DeviceProperty("cyls", "Cylinders", Minimum = 0, Maximum = MaximumCylinders)]
    public uint Cylinders { get; set; }

    /// <summary>Heads.</summary>
    [DeviceProperty("heads", "Heads", Minimum = 0, Maximum = MaximumHeads)]
    public uint Heads { get; set; }

    /// <summary>Sectors per track.</summary>
    [DeviceProperty("secs", "Sectors per track", Minimum = 0, Maximum = MaximumSectors)]
    public uint SectorsPerTrack { get; set; }

    /// <summary>What the board tells the BIOS about translation.</summary>
    [DeviceProperty("bios-chs-trans", "BIOS translation of cylinders, heads and sectors")]
    public BiosTranslation Translation { get; set; }

    /// <summary>Bytes of a logical sector: IDE knows 512 only.</summary>
    [DeviceProperty("logical_block_size", "Bytes of a logical sector", Minimum = 512, Maximum = 32768, PowerOfTwo = true)]
    public uint LogicalBlockSize { get; set; } = IBlockMedium.SectorSize;

    /// <summary>Bytes of a physical sector, for guests that align their requests.</summary>
    [DeviceProperty("physical_block_size", "Bytes of a physical sector", Minimum = 512, Maximum = 32768, PowerOfTwo = true)]
    public uint PhysicalBlockSize { get; set; } = IBlockMedium.SectorSize;

    /// <summary>Place in the firmware's boot order; -1 for none.</summary>
    [DeviceProperty("bootindex", "Place in the boot order; -1 for none", Minimum = -1, Maximum = int.MaxValue)]
    public int BootIndex { get; set; } = -1;

    /// <summary>The sectors.</summary>
    public IBlockMedium Medium { get; } = medium;

    /// <summary>Geometry and translation: logical power-on values for the guest and the BIOS; known once the device is realized.</summary>
    [NotSaved("configuration: each side of a migration has its own disk")]
    public DiskGeometry Geometry { get; private set; }

    /// <inheritdoc/>
    public override void Realize()
    {
        if (Medium.IsReadOnly)
        {
            // ATA has no way to say that a disk is write-protected.
            throw new ConfigurationException($"{Driver}: Can't use a read-only drive");
        }

        if (LogicalBlockSize != IBlockMedium.SectorSize)
        {
            throw new ConfigurationException($"{Driver}: logical_block_size must be 512 for IDE");
        }

        if (Cylinders == 0 && Heads == 0 && SectorsPerTrack == 0)
        {
            DiskGeometry guess = DiskGeometry.Guess(Medium);
            Geometry = Translation == BiosTranslation.Auto ? guess : guess with { Translation = Translation };
            return;
        }

        CheckGeometry("cyls", Cylinders, MaximumCylinders);
        CheckGeometry("heads", Heads, MaximumHeads);
        CheckGeometry("secs", SectorsPerTrack, MaximumSectors);
        var given = new DiskGeometry((int)Cylinders, (int)Heads, (int)SectorsPerTrack, Translation);
        Geometry = given with { Translation = given.ResolveTranslation() };
    }

    private void CheckGeometry(string name, uint value, uint maximum)
    {
        if (value == 0)
        {
            throw new ConfigurationException($"{Driver}: {name} must be between 1 and {maximum}");
        }
    }
}
