using PcEmu.Block;
using PcEmu.Core;
using PcEmu.Core.Block;
using PcEmu.Core.Char;
using PcEmu.Core.Properties;
using PcEmu.Devices.Debug;
using PcEmu.Devices.Display.CirrusVga;
using PcEmu.Devices.Display.StdVga;
using PcEmu.Devices.Ide;
using PcEmu.Devices.Parallel;
using PcEmu.Devices.Rtc;
using PcEmu.Devices.Serial;

namespace PcEmu.Machines.Boards;

// What the user's options bring: ports, drives, devices.
public sealed partial class PcBoard
{
    private const int IdeUnits = 4;
    private const int MaximumSerials = 4;

    private readonly DriveTable _drives = new();
    private readonly List<BlockBackend> _media = [];
    private readonly AtaDisk?[] _disks = new AtaDisk?[IdeUnits];
    private readonly HashSet<string> _drivesInUse = new(StringComparer.Ordinal);
    private uint _nextSerial;
    private uint _nextParallel;

    /// <summary>Writes what the drives still hold to their images.</summary>
    public void FlushDrives()
    {
        foreach (BlockBackend medium in _media)
        {
            medium.Flush();
        }
    }

    private void AddPorts()
    {
        for (int i = 0; i < _options.Serials.Count; i++)
        {
            if (_services.Characters.Open("-serial", _options.Serials[i], $"serial{i}") is { } port)
            {
                AddSerial(port, (uint)i, null);
            }
        }

        for (int i = 0; i < _options.Parallels.Count; i++)
        {
            if (_services.Characters.Open("-parallel", _options.Parallels[i], $"parallel{i}") is { } port)
            {
                Add(new IsaParallel(IsaIrq, _ioPorts, port, _log) { Index = (uint)i });
            }
        }

        if (_options.DebugConsole is { } words && _services.Characters.Open("-debugcon", words, "debugcon") is { } console)
        {
            AddDebugConsole(console, null);
        }
    }

    private void AddSerial(CharPort port, uint index, IEnumerable<KeyValuePair<string, string>>? own)
    {
        if (index >= MaximumSerials)
        {
            throw new ConfigurationException($"isa-serial: there are at most {MaximumSerials} serial ports");
        }

        Add(new IsaSerial(_services.Timers, IsaIrq, _ioPorts, port, _log) { Index = index }, own);
        _nextSerial = Math.Max(_nextSerial, index + 1);
    }

    private void AddDebugConsole(CharPort port, IEnumerable<KeyValuePair<string, string>>? own)
    {
        var console = Add(new DebugConsole(value => port.Write(value)), own);
        _ioPorts.Add(console.Ports, console.IoBase);
    }

    private void AddDrives()
    {
        foreach (OptionString drive in _options.Drives)
        {
            DriveOptions parsed = DriveOptions.Parse(drive);
            _drives.Add(_options.Snapshot && parsed.Media == DriveMedia.Disk ? parsed with { Snapshot = true } : parsed);
        }

        foreach (PlacedDrive drive in _drives.All)
        {
            switch (drive.Options.Interface)
            {
                case DriveInterface.Ide when drive.Options.File is not null:
                    AddDisk(drive, drive.Bus, drive.Unit, null);
                    break;
                case DriveInterface.Floppy:
                    throw new ConfigurationException($"{drive.Options.Option} {drive.Options.Text}: PcEmu has no floppy controller yet");
            }
        }
    }

    private void AddDisk(PlacedDrive drive, int channel, int unit, IEnumerable<KeyValuePair<string, string>>? own)
    {
        if (!_drivesInUse.Add(drive.Id))
        {
            throw new ConfigurationException($"{drive.Options.Option} {drive.Options.Text}: Drive '{drive.Id}' is already in use");
        }

        BlockBackend medium = Own(BlockBackend.Open(drive.Options));
        _media.Add(medium);
        var disk = new AtaDisk(medium, _state.Type.HardwareVersion);
        if (drive.Options.Serial is { } serial)
        {
            disk.Serial = serial;
        }

        if (drive.Options.Geometry is { } geometry)
        {
            disk.Cylinders = (uint)geometry.Cylinders;
            disk.Heads = (uint)geometry.Heads;
            disk.SectorsPerTrack = (uint)geometry.Sectors;
            disk.Translation = geometry.Translation;
        }

        _properties.Apply(disk, own, "ide-drive");
        disk.Realize();
        _ide.Attach(channel, unit, disk);
        _disks[(channel * 2) + unit] = disk;
    }

    private CmosDisk? CmosDiskOf(int number)
    {
        if (_disks[number] is not { } disk)
        {
            return null;
        }

        DiskGeometry geometry = disk.Geometry;
        CmosTranslation? translation = geometry.Translation switch
        {
            BiosTranslation.None => CmosTranslation.None,
            BiosTranslation.Lba => CmosTranslation.Lba,
            BiosTranslation.Large => CmosTranslation.Large,
            BiosTranslation.Rechs => CmosTranslation.Rechs,
            _ => null,
        };
        return new CmosDisk(geometry.Cylinders, geometry.Heads, geometry.Sectors, translation);
    }

    /// <summary>The devices of <c>-device</c>, in order.</summary>
    private void AddUserDevices()
    {
        foreach (OptionString device in _options.Devices)
        {
            string driver = device.Get("driver", "");
            string? id = device.Find("id");
            List<KeyValuePair<string, string>> own =
                [.. device.Items.Where(static i => i.Key is not ("driver" or "id" or "bus" or "drive" or "unit" or "chardev" or "addr"))];
            if (device.Find("addr") is { } address)
            {
                own.Add(new("addr", address));
            }

            try
            {
                AddUserDevice(driver, device, own);
            }
            catch (ConfigurationException error)
            {
                throw new ConfigurationException($"-device {device.Text}: {error.Message}", error);
            }

            if (id is not null)
            {
                _devices[^1].Id = id;
            }
        }
    }

    private void AddUserDevice(string driver, OptionString device, List<KeyValuePair<string, string>> own)
    {
        switch (driver)
        {
            case "isa-serial":
                AddSerial(CharPort.CreateNull("serial"), _nextSerial, own);
                break;
            case "isa-parallel":
                Add(new IsaParallel(IsaIrq, _ioPorts, CharPort.CreateNull("parallel"), _log) { Index = _nextParallel++ }, own);
                break;
            case "isa-debugcon":
                AddDebugConsole(CharPort.CreateNull("debugcon"), own);
                break;
            case "isa-debug-exit":
                var exit = Add(new DebugExit(_services.Exit), own);
                _ioPorts.Add(exit.Ports, exit.IoBase);
                break;
            case "cirrus-vga":
                AddPci(new CirrusVga(_services.Clock, _host.LoadFirmware("vgabios-cirrus.bin"), _log), own: own);
                break;
            case "VGA":
                AddPci(new StdVga(_services.Clock, _host.LoadFirmware("vgabios-stdvga.bin"), _log), own: own);
                break;
            case "ide-hd":
            case "ide-drive":
                AddUserDisk(device, own);
                break;
            default:
                throw new ConfigurationException($"'{driver}' cannot be added to this machine");
        }
    }

    private void AddUserDisk(OptionString device, List<KeyValuePair<string, string>> own)
    {
        string id = device.Find("drive") ?? throw new ConfigurationException("No drive specified");
        PlacedDrive drive = _drives.Find(id) ?? throw new ConfigurationException($"Property 'ide-hd.drive' can't find value '{id}'");
        int channel = device.Find("bus") switch
        {
            "ide.0" => 0,
            "ide.1" => 1,
            null => _disks[0] is null || _disks[1] is null ? 0 : 1,
            string other => throw new ConfigurationException($"Bus '{other}' not found"),
        };
        int free = _disks[channel * 2] is null ? 0 : 1;
        AddDisk(drive, channel, (int)device.GetInteger("unit", free, 0, 1), own);
    }
}
