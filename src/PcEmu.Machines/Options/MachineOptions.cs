using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;

namespace PcEmu.Machines.Options;

/// <summary>The configuration of one virtual machine, typed: what the command line says and the board reads.</summary>
/// <remarks>
/// Lists keep the order of the command line. What another room takes apart (drives, character devices, devices) stays as the user
/// typed it, with its option's name for messages.
/// </remarks>
public sealed record MachineOptions
{
    /// <summary>Smallest guest RAM: below it no firmware has room.</summary>
    public const long MinimumRam = 1L << 20;

    /// <summary>Largest guest RAM: with the PCI hole it fills the 40 address bits of the CPU models.</summary>
    public const long MaximumRam = (1L << 40) - (1L << 30);

    /// <summary>Machine type's name or alias, or null for the default type.</summary>
    public string? MachineType { get; init; }

    /// <summary>Machine properties, in order; <c>-bios</c> is the property <c>firmware</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> MachineProperties { get; init; } = [];

    /// <summary>CPU model with its features as typed ("qemu64,+sse4.1"), or null for the machine type's.</summary>
    public string? Cpu { get; init; }

    /// <summary>Guest RAM in bytes, a multiple of 8 KiB between <see cref="MinimumRam"/> and <see cref="MaximumRam"/>.</summary>
    public long RamSize { get; init; } = 128L << 20;

    /// <summary>Number of CPUs; one so far.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>What firmware boots from, and how.</summary>
    public BootOptions Boot { get; init; } = new();

    /// <summary>Disk, CD and floppy drives; <c>-hda</c> and its like are spelled out as <c>-drive</c> would.</summary>
    public IReadOnlyList<OptionString> Drives { get; init; } = [];

    /// <summary>Whether every disk keeps its writes in a temporary file (<c>-snapshot</c>).</summary>
    public bool Snapshot { get; init; }

    /// <summary>Back ends of COM1 to COM4 ("stdio", "file:x", "none"); defaults are already in.</summary>
    public IReadOnlyList<string> Serials { get; init; } = ["null"];

    /// <summary>Back ends of LPT1 to LPT3; defaults are already in.</summary>
    public IReadOnlyList<string> Parallels { get; init; } = ["null"];

    /// <summary>Back end of the debug console at port E9h, or null for none.</summary>
    public string? DebugConsole { get; init; }

    /// <summary>Devices the user adds; each has the key <c>driver</c>.</summary>
    public IReadOnlyList<OptionString> Devices { get; init; } = [];

    /// <summary>The user's <c>-global</c> properties.</summary>
    public IReadOnlyList<GlobalProperty> Globals { get; init; } = [];

    /// <summary>Whether the user wants no network card at all (<c>-net none</c>, <c>-nic none</c> or <c>-nodefaults</c>).</summary>
    public bool NoNetwork { get; init; }

    /// <summary>The display adapter that the board makes; <c>-nodefaults</c> and a display adapter by <c>-device</c> are already looked at.</summary>
    public VgaKind Vga { get; init; } = VgaKind.Cirrus;

    /// <summary>Where the guest's screen is shown.</summary>
    public DisplayKind Display { get; init; }

    /// <summary>Whether serial port, and later monitor, take over the terminal (<c>-nographic</c>).</summary>
    public bool NoGraphic { get; init; }

    /// <summary>Whether the board leaves out what nobody asked for: drives, network, serial and parallel ports, display adapter.</summary>
    public bool NoDefaults { get; init; }

    /// <summary>Whether a guest's reset ends the program.</summary>
    public bool NoReboot { get; init; }

    /// <summary>Whether the program stays, paused, when the guest powers off.</summary>
    public bool NoShutdown { get; init; }

    /// <summary>Whether the machine waits for a command before its first instruction (<c>-S</c>).</summary>
    public bool StartPaused { get; init; }

    /// <summary>Where the machine's state comes from instead of a reset (<c>-incoming</c>), or null.</summary>
    public string? Incoming { get; init; }

    /// <summary>Deterministic time by counted instructions, or null for the host's clock.</summary>
    public InstructionCounting? InstructionCounting { get; init; }

    /// <summary>The real-time clock.</summary>
    public RtcOptions Rtc { get; init; } = new();

    /// <summary>Directories searched for firmware first, in order.</summary>
    public IReadOnlyList<string> FirmwareDirectories { get; init; } = [];

    /// <summary>What is logged.</summary>
    public LogItems LogItems { get; init; }

    /// <summary>File that the log goes to, or null for standard error.</summary>
    public string? LogFile { get; init; }

    /// <summary>File that takes registers and device state when the machine ends, or null.</summary>
    public string? DumpStateFile { get; init; }

    /// <summary>Instructions after which the machine ends.</summary>
    public long InstructionLimit { get; init; } = long.MaxValue;

    /// <summary>Patterns of trace events that are on.</summary>
    public IReadOnlyList<string> TracePatterns { get; init; } = [];

    /// <summary>The guest's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The guest's UUID for SMBIOS.</summary>
    public Guid Uuid { get; init; }
}

/// <summary>What firmware boots from, and how.</summary>
public sealed record BootOptions
{
    /// <summary>Most drives that fit into the CMOS boot order.</summary>
    public const int MaximumDrives = 3;

    /// <summary>Drive letters in order: a and b floppy, c hard disk, d CD-ROM, n network.</summary>
    public string Order { get; init; } = "cad";

    /// <summary>Drive letters for the first boot only, or null.</summary>
    public string? Once { get; init; }

    /// <summary>Whether firmware offers a boot menu; null leaves it to firmware.</summary>
    public bool? Menu { get; init; }

    /// <summary>Whether firmware gives up after the drives it was told.</summary>
    public bool Strict { get; init; }

    /// <summary>Picture that the firmware's boot menu shows, or null.</summary>
    public string? Splash { get; init; }

    /// <summary>Time in ms for which it is shown, or null.</summary>
    public int? SplashTime { get; init; }

    /// <summary>Time in ms after which firmware reboots when nothing boots; -1 for never.</summary>
    public int RebootTimeout { get; init; } = -1;
}

/// <summary>Display adapters that <c>-vga</c> names.</summary>
public enum VgaKind
{
    /// <summary>No display adapter.</summary>
    None,

    /// <summary>Cirrus Logic GD5446, <c>cirrus-vga</c>.</summary>
    Cirrus,

    /// <summary>Standard VGA with Bochs VBE extensions, <c>VGA</c>.</summary>
    Std,
}

/// <summary>Where the guest's screen is shown.</summary>
public enum DisplayKind
{
    /// <summary>The user did not say.</summary>
    Default,

    /// <summary>Nowhere; the display adapter is there all the same.</summary>
    None,
}

/// <summary>Guest time by counted instructions.</summary>
/// <param name="Shift">An instruction takes 2^Shift ns; 0 to 10.</param>
/// <param name="Align">Whether guest time waits for the host's when it runs ahead, and says so when it lags.</param>
/// <param name="Sleep">Whether a halted CPU waits for its next timer in real time; else time jumps there.</param>
public sealed record InstructionCounting(int Shift, bool Align, bool Sleep)
{
    /// <summary>Largest shift.</summary>
    public const int MaximumShift = 10;
}

/// <summary>The real-time clock.</summary>
public sealed record RtcOptions
{
    /// <summary>What the clock starts from.</summary>
    public RtcBase Base { get; init; }

    /// <summary>The date it starts from where <see cref="Base"/> is <see cref="RtcBase.Date"/>.</summary>
    public DateTime Date { get; init; }

    /// <summary>What makes it tick.</summary>
    public RtcClock Clock { get; init; }

    /// <summary>Whether periodic interrupts that the guest missed are made up for (<c>driftfix=slew</c>).</summary>
    public bool Slew { get; init; }
}

/// <summary>What the real-time clock starts from.</summary>
public enum RtcBase
{
    /// <summary>The host's time in UTC.</summary>
    Utc,

    /// <summary>The host's local time.</summary>
    LocalTime,

    /// <summary>A given date.</summary>
    Date,
}

/// <summary>What makes the real-time clock tick.</summary>
public enum RtcClock
{
    /// <summary>The host's time of day, with its corrections.</summary>
    Host,

    /// <summary>The host's monotonic clock.</summary>
    Rt,

    /// <summary>Guest time: the clock stands while the machine is paused.</summary>
    Vm,
}
