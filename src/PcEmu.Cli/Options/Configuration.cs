using PcEmu.Cli.Files;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Migration.Transports;

namespace PcEmu.Cli.Options;

/// <summary>A configuration as it grows, option by option; an option is checked when it comes, so that the first wrong one is named.</summary>
/// <remarks>Options that are groups of keys (<see cref="OptionGroups"/>) are kept as well, so that they can be written to a file.</remarks>
internal sealed class Configuration(CommandLineContext context)
{
    private const int MaximumSerialPorts = 4;
    private const int MaximumParallelPorts = 3;

    private readonly List<OptionGroup> _groups = [];
    private readonly List<KeyValuePair<string, string>> _machineProperties = [];
    private readonly List<OptionString> _drives = [];
    private readonly List<OptionString> _devices = [];
    private readonly List<GlobalProperty> _globals = [];
    private readonly List<string> _serials = [];
    private readonly List<string> _parallels = [];
    private readonly List<string> _firmwareDirectories = [];
    private readonly List<string> _tracePatterns = [];
    private MachineOptions _options = new();
    private VgaKind? _vga;

    /// <summary>Names that other rooms have.</summary>
    public CommandLineContext Context => context;

    /// <summary>What to print instead of running a machine, or null.</summary>
    public string? Answer { get; set; }

    /// <summary>File that <c>-writeconfig</c> names, or null.</summary>
    public string? WriteFileTo { get; set; }

    /// <summary>File of user defaults that <c>-config</c> names, or null.</summary>
    public string? DefaultsFile { get; set; }

    /// <summary>Whether user defaults are left alone.</summary>
    public bool NoDefaultsFile { get; set; }

    /// <summary>The options so far, without lists and without what depends on all of them.</summary>
    public MachineOptions Options => _options;

    /// <summary>Whether guest RAM has been said.</summary>
    public bool HasRamSize { get; private set; }

    /// <summary>Whether a machine property has been said.</summary>
    public bool HasMachineProperty(string name) => _machineProperties.Exists(p => p.Key == name);

    /// <summary>Changes a plain option.</summary>
    public void Change(Func<MachineOptions, MachineOptions> change) => _options = change(_options);

    /// <summary>Adds an option that is a comma string.</summary>
    public void AddGroup(string group, string option, string text) =>
        AddGroup(new OptionGroup(group, OptionString.Parse(option, text, OptionGroups.ImpliedKey(group))));

    /// <summary>Adds an option group: checks it and keeps it.</summary>
    public void AddGroup(OptionGroup group)
    {
        OptionString keys = group.Keys;
        switch (group.Name)
        {
            case "machine":
                ApplyMachine(keys);
                break;
            case "memory":
                _options = _options with { RamSize = OptionGroups.RamSize(keys, _options.RamSize) };
                HasRamSize = true;
                break;
            case "smp-opts":
                _options = _options with { Cpus = OptionGroups.Cpus(keys) };
                break;
            case "boot-opts":
                _options = _options with { Boot = OptionGroups.Boot(keys, _options.Boot) };
                break;
            case "rtc":
                _options = _options with { Rtc = OptionGroups.Rtc(keys, _options.Rtc) };
                break;
            case "icount":
                _options = _options with { InstructionCounting = OptionGroups.InstructionCounting(keys) };
                break;
            case "name":
                _options = _options with { Name = OptionGroups.GuestName(keys, _options.Name) };
                break;
            case "global":
                _globals.Add(OptionGroups.Global(keys));
                break;
            case "drive":
                RejectSameId(keys, _drives, "drive");
                _drives.Add(keys);
                break;
            case "device":
                CheckDriver(keys);
                RejectSameId(keys, _devices, "device");
                _devices.Add(keys);
                break;
            default:
                throw new ConfigurationException($"{keys.Option} {keys.Text}: There is no option group '{group.Name}'");
        }

        _groups.Add(group);
    }

    public void Machine(string option, string text)
    {
        var keys = OptionString.Parse(option, text, "type");
        string? type = keys.Find("type");
        if (type is "help" or "?")
        {
            Answer = context.Machines.Help();
        }
        else if (AsksForHelp(keys))
        {
            Answer = MachineProperty.HelpFor(type is null ? context.Machines.Default : context.Machines.Find(type, out _));
        }
        else
        {
            AddGroup(new OptionGroup("machine", keys));
        }
    }

    /// <summary>Lays a machine type with its properties under what has been said already.</summary>
    public void PutMachineFirst(string option, string text)
    {
        KeyValuePair<string, string>[] said = [.. _machineProperties];
        _machineProperties.Clear();
        AddGroup("machine", option, text);
        _machineProperties.AddRange(said);
        _groups.Insert(0, _groups[^1]);
        _groups.RemoveAt(_groups.Count - 1);
    }

    public void Bios(string file) => AddGroup(new OptionGroup("machine", OptionString.Of("-bios", file, [new("firmware", file)])));

    public void FirmwareDirectory(string path) => _firmwareDirectories.Add(path);

    public void Cpu(string text)
    {
        string model = text.Split(',')[0];
        if (model is "help" or "?")
        {
            Answer = "Available CPUs:\n" + string.Concat(context.CpuModels.Select(static m => $"x86 {m.Key,-20}  {m.Value}".TrimEnd() + "\n"));
        }
        else if (model.Length == 0 || (context.CpuModels.Count > 0 && !context.CpuModels.Any(m => m.Key == model)))
        {
            throw new ConfigurationException($"-cpu {text}: unable to find CPU model '{model}'");
        }
        else
        {
            _options = _options with { Cpu = text };
        }
    }

    public void Global(string text) => AddGroup(new OptionGroup("global", OptionGroups.ParseGlobal(text)));

    public void Device(string text)
    {
        var keys = OptionString.Parse("-device", text, "driver");
        string? driver = keys.Find("driver");
        if (driver is "help" or "?")
        {
            Answer = context.Devices.Help();
        }
        else if (AsksForHelp(keys) && driver is not null)
        {
            Answer = Named(keys, () => context.Devices.HelpFor(driver));
        }
        else
        {
            AddGroup(new OptionGroup("device", keys));
        }
    }

    public void AddDisk(string option, string file, int index) => AddDrive(option, file, index, new("media", "disk"));

    public void AddCdRom(string file) => AddDrive("-cdrom", file, 2, new("media", "cdrom"));

    public void AddFloppy(string option, string file, int index) => AddDrive(option, file, index, new("if", "floppy"));

    public void StopAt(string text) => _options = _options with
    {
        InstructionLimit = OptionString.TryParseInteger(text, out Int128 number) && number > 0 && number <= long.MaxValue
            ? (long)number
            : throw new ConfigurationException($"-stop-at {text}: expects a positive number of instructions"),
    };

    public void Uuid(string text) => _options = _options with
    {
        Uuid = Guid.TryParseExact(text, "D", out Guid uuid)
            ? uuid
            : throw new ConfigurationException($"-uuid {text}: failed to parse UUID string: wrong format"),
    };

    public void Display(string text) => _options = _options with
    {
        Display = text == "none"
            ? DisplayKind.None
            : throw new ConfigurationException($"-display {text}: Parameter 'type' does not accept value '{text}' (only 'none' so far)"),
    };

    public void NoGraphic() => _options = _options with { NoGraphic = true, Display = DisplayKind.None };

    public void Vga(string text) => _vga = text switch
    {
        "none" => VgaKind.None,
        "std" => VgaKind.Std,
        "cirrus" => VgaKind.Cirrus,
        _ => throw new ConfigurationException($"-vga {text}: unknown vga type: {text}"),
    };

    public void Network(string option, string text) => _options = _options with
    {
        NoNetwork = text == "none" ? true : throw new ConfigurationException($"{option} {text}: only 'none' is possible so far"),
    };

    public void Serial(string text) => AddPort(_serials, "-serial", text, MaximumSerialPorts, "serial");

    public void Parallel(string text) => AddPort(_parallels, "-parallel", text, MaximumParallelPorts, "parallel");

    public void DebugConsole(string text) => _options = _options with
    {
        DebugConsole = _options.DebugConsole is null
            ? Backend("-debugcon", text)
            : throw new ConfigurationException($"-debugcon {text}: there is a debug console already ('{_options.DebugConsole}')"),
    };

    /// <summary>A migration stream to show instead of running a machine, or null.</summary>
    public string? DumpStream { get; set; }

    public void Incoming(string text) => _options = _options with
    {
        Incoming = IncomingStream.IsAddress(text)
            ? text
            : throw new ConfigurationException($"-incoming {text}: unknown migration protocol (file:, exec:, tcp:, unix: and fd: are known)"),
    };

    public void Monitor(string text)
    {
        if (text != "none")
        {
            throw new ConfigurationException($"-monitor {text}: only 'none' is possible so far");
        }
    }

    public void Log(string text)
    {
        foreach (string item in text.Split(','))
        {
            if (item is "help" or "?")
            {
                Answer = HelpText.LogItemList();
            }
            else if (item.StartsWith("trace:", StringComparison.Ordinal) && item.Length > "trace:".Length)
            {
                _tracePatterns.Add(item["trace:".Length..]);
            }
            else
            {
                LogItems flag = HelpText.LogItemNames.FirstOrDefault(i => i.Name == item)?.Item ?? LogItems.None;
                _options = flag != LogItems.None
                    ? _options with { LogItems = _options.LogItems | flag }
                    : throw new ConfigurationException($"-d {text}: unknown log item '{item}' (use -d help to list log items)");
            }
        }
    }

    public void Trace(string text)
    {
        var keys = OptionString.Parse("-trace", text, "enable");
        if (keys.Find("enable") is { } pattern)
        {
            _tracePatterns.Add(pattern);
        }

        if (keys.Find("events") is { } file)
        {
            _tracePatterns.AddRange(TextFile.ReadLines($"-trace {text}", file).Select(static l => l.Trim()).Where(static l => l is not ("" or ['#', ..])));
        }

        keys.RejectUnknown();
    }

    public void ReadFile(string path)
    {
        foreach (OptionGroup group in GroupFile.Read(path))
        {
            AddGroup(group);
        }
    }

    /// <summary>Writes the groups to the file that <c>-writeconfig</c> names.</summary>
    /// <returns>The text where that is standard output; else nothing.</returns>
    public string WriteFile()
    {
        if (WriteFileTo is null)
        {
            return "";
        }

        string text = GroupFile.Write($"-writeconfig {WriteFileTo}", _groups);
        if (WriteFileTo == "-")
        {
            return text;
        }

        TextFile.Write($"-writeconfig {WriteFileTo}", WriteFileTo, text);
        return "";
    }

    /// <summary>The whole configuration, with the defaults that depend on other options.</summary>
    public MachineOptions Build() => _options with
    {
        MachineProperties = _machineProperties,
        Drives = _drives,
        Devices = _devices,
        Globals = _globals,
        Serials = PortsOr(_serials, _options.NoGraphic ? "mon:stdio" : "null"),
        Parallels = PortsOr(_parallels, "null"),
        FirmwareDirectories = _firmwareDirectories,
        TracePatterns = _tracePatterns,
        NoNetwork = _options.NoNetwork || _options.NoDefaults,
        Vga = _vga ?? (_options.NoDefaults || _devices.Exists(IsDisplayAdapter) ? VgaKind.None : VgaKind.Cirrus),
    };

    // Without -nodefaults a PC has a first port, and who does not use it does not notice.
    private List<string> PortsOr(List<string> ports, string first) => ports.Count > 0 || _options.NoDefaults ? ports : [first];

    private static bool IsDisplayAdapter(OptionString device) =>
        device.Find("driver") is "VGA" or "cirrus-vga" or "isa-vga" or "isa-cirrus-vga";

    private static bool AsksForHelp(OptionString keys) => keys.Items.Any(static i => i is { Key: "help" or "?", Value: "on" });

    private static string Backend(string option, string text) =>
        text.Length > 0 ? text : throw new ConfigurationException($"{option} '{text}': expected a character back end");

    private static void AddPort(List<string> ports, string option, string text, int maximum, string kind) => ports.Add(
        ports.Count < maximum
            ? Backend(option, text)
            : throw new ConfigurationException($"{option} {text}: too many {kind} ports (at most {maximum})"));

    private static void RejectSameId(OptionString keys, List<OptionString> others, string kind)
    {
        if (keys.Find("id") is { } id && others.Exists(o => o.Find("id") == id))
        {
            throw new ConfigurationException($"{keys.Option} {keys.Text}: Duplicate ID '{id}' for {kind}");
        }
    }

    private static T Named<T>(OptionString keys, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (ConfigurationException error)
        {
            throw new ConfigurationException($"{keys.Option} {keys.Text}: {error.Message}", error);
        }
    }

    private void ApplyMachine(OptionString keys)
    {
        foreach ((string key, string value) in keys.Items)
        {
            if (key == "type")
            {
                _options = _options with { MachineType = value };
            }
            else
            {
                _machineProperties.Add(new(key, value));
            }
        }
    }

    private void AddDrive(string option, string file, int index, KeyValuePair<string, string> kind) => AddGroup(new OptionGroup(
        "drive",
        OptionString.Of(option, file, [new("index", $"{index}"), kind, new("file", file)])));

    private void CheckDriver(OptionString keys)
    {
        string driver = keys.Find("driver") ?? throw new ConfigurationException($"{keys.Option} {keys.Text}: Parameter 'driver' is missing");
        if (context.Devices.Models.Count > 0)
        {
            Named(keys, () => context.Devices.FindCreatable(driver));
        }
    }
}
