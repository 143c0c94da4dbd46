using PcEmu.Core;

namespace PcEmu.Block;

/// <summary>A drive in its place.</summary>
/// <param name="Options">What the user asked for.</param>
/// <param name="Id">Its name: the user's, or QEMU's for the place ("ide0-hd1", "floppy0", "none2").</param>
/// <param name="Bus">Bus of its interface; 0 where there is but one.</param>
/// <param name="Unit">Place on the bus.</param>
public sealed record PlacedDrive(DriveOptions Options, string Id, int Bus, int Unit);

/// <summary>The drives of one machine, each in a place of its own.</summary>
public sealed class DriveTable
{
    private const int IdeUnitsPerBus = 2;

    private readonly List<PlacedDrive> _drives = [];

    /// <summary>All drives, in the order in which they were given.</summary>
    public IReadOnlyList<PlacedDrive> All => _drives;

    /// <summary>The drive in a place, or null.</summary>
    public PlacedDrive? Find(DriveInterface attach, int bus, int unit) =>
        _drives.Find(d => d.Options.Interface == attach && d.Bus == bus && d.Unit == unit);

    /// <summary>The drive with a name, or null.</summary>
    public PlacedDrive? Find(string id) => _drives.Find(d => d.Id == id);

    /// <summary>Gives a drive its place: the one it asks for, else the first free one.</summary>
    /// <exception cref="ConfigurationException">The place or the name is taken, does not exist, or cannot take such a drive.</exception>
    public PlacedDrive Add(DriveOptions drive)
    {
        if (drive is { Interface: DriveInterface.Ide, Media: DriveMedia.Cdrom })
        {
            throw Error(drive, "CD-ROM drives on IDE are not supported yet");
        }

        int perBus = drive.Interface == DriveInterface.Ide ? IdeUnitsPerBus : int.MaxValue;
        int bus = drive.Bus ?? 0;
        int unit;
        if (drive.Index is int index)
        {
            (bus, unit) = (index / perBus, index % perBus);
        }
        else if (drive.Unit is int given)
        {
            unit = given;
        }
        else
        {
            for (unit = 0; Find(drive.Interface, bus, unit) is not null;)
            {
                if (++unit == perBus)
                {
                    (bus, unit) = (bus + 1, 0);
                }
            }
        }

        if (unit >= perBus)
        {
            throw Error(drive, $"unit {unit} too big (max is {perBus - 1})");
        }

        if (Find(drive.Interface, bus, unit) is not null)
        {
            int place = perBus == int.MaxValue ? unit : (bus * perBus) + unit;
            throw Error(drive, $"drive with bus={bus}, unit={unit} (index={place}) exists");
        }

        string id = drive.Id ?? drive.Interface switch
        {
            DriveInterface.Ide => $"ide{bus}-{(drive.Media == DriveMedia.Cdrom ? "cd" : "hd")}{unit}",
            DriveInterface.Floppy => $"floppy{unit}",
            _ => $"none{unit}",
        };
        if (Find(id) is not null)
        {
            throw Error(drive, $"Duplicate ID '{id}' for drive");
        }

        var placed = new PlacedDrive(drive, id, bus, unit);
        _drives.Add(placed);
        return placed;
    }

    private static ConfigurationException Error(DriveOptions drive, string what) => new($"{drive.Option} {drive.Text}: {what}");
}
