using System.Globalization;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;

namespace PcEmu.Cli.Options;

/// <summary>A group of keys, from an option or from a section of a file.</summary>
/// <param name="Name">The group's name in files ("drive", "boot-opts").</param>
/// <param name="Keys">The keys.</param>
internal sealed record OptionGroup(string Name, OptionString Keys);

/// <summary>The groups: what their keys mean and which values they take.</summary>
/// <remarks>A group given twice adds to what it said before; names of groups and keys are QEMU's.</remarks>
internal static class OptionGroups
{
    private const long RamAlignment = 8 << 10;
    private const int LongestTime = 65535;

    /// <summary>Key of a first item without <c>=</c>, or null.</summary>
    public static string? ImpliedKey(string group) => group switch
    {
        "machine" => "type",
        "memory" => "size",
        "smp-opts" => "cpus",
        "boot-opts" => "order",
        "icount" => "shift",
        "name" => "guest",
        "device" => "driver",
        _ => null,
    };

    public static long RamSize(OptionString keys, long otherwise)
    {
        string? text = keys.Find("size");
        keys.RejectUnknown();
        if (text is null)
        {
            return otherwise;
        }

        if (!OptionString.TryParseSize(text, 1 << 20, out long size))
        {
            throw Bad(keys, $"Parameter 'size' expects a size such as 256, 256M or 2G, not '{text}'");
        }

        // Aligned up, but never past the end of long.
        long aligned = size > MachineOptions.MaximumRam ? size : (size + RamAlignment - 1) & -RamAlignment;
        return aligned is >= MachineOptions.MinimumRam and <= MachineOptions.MaximumRam
            ? aligned
            : throw Bad(keys, $"guest RAM size '{text}' is out of range (1M..{MachineOptions.MaximumRam >> 30}G)");
    }

    public static int Cpus(OptionString keys)
    {
        foreach (string key in (ReadOnlySpan<string>)["cpus", "maxcpus", "sockets", "cores", "threads"])
        {
            if (keys.GetInteger(key, 1, 1, int.MaxValue) != 1)
            {
                throw Bad(keys, $"Parameter '{key}' must be 1: there is one CPU so far");
            }
        }

        keys.RejectUnknown();
        return 1;
    }

    public static BootOptions Boot(OptionString keys, BootOptions before)
    {
        BootOptions boot = before with
        {
            Order = BootDrives(keys, "order") ?? before.Order,
            Once = BootDrives(keys, "once") ?? before.Once,
            Menu = keys.Find("menu") is null ? before.Menu : keys.GetBool("menu", false),
            Strict = keys.GetBool("strict", before.Strict),
            Splash = keys.Find("splash") ?? before.Splash,
            SplashTime = keys.Find("splash-time") is null ? before.SplashTime : (int)keys.GetInteger("splash-time", 0, 0, LongestTime),
            RebootTimeout = (int)keys.GetInteger("reboot-timeout", before.RebootTimeout, -1, LongestTime),
        };
        keys.RejectUnknown();
        return boot;
    }

    public static RtcOptions Rtc(OptionString keys, RtcOptions before)
    {
        (RtcBase start, DateTime date) = keys.Find("base") switch
        {
            null => (before.Base, before.Date),
            "utc" => (RtcBase.Utc, default),
            "localtime" => (RtcBase.LocalTime, default),
            var text => (RtcBase.Date, Date(text)),
        };
        RtcOptions rtc = before with
        {
            Base = start,
            Date = date,
            Clock = keys.Find("clock") switch
            {
                null => before.Clock,
                "host" => RtcClock.Host,
                "rt" => RtcClock.Rt,
                "vm" => RtcClock.Vm,
                var text => throw Bad(keys, $"invalid option value '{text}' (host, rt or vm)"),
            },
            Slew = keys.Find("driftfix") switch
            {
                null => before.Slew,
                "none" => false,
                "slew" => true,
                var text => throw Bad(keys, $"invalid option value '{text}' (none or slew)"),
            },
        };
        keys.RejectUnknown();
        return rtc;

        DateTime Date(string text) => DateTime.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime parsed)
            ? parsed
            : throw Bad(keys, $"invalid datetime format '{text}' (valid: utc, localtime, 2006-06-17T16:01:21, 2006-06-17)");
    }

    public static InstructionCounting InstructionCounting(OptionString keys)
    {
        string shift = keys.Find("shift") ?? throw Bad(keys, "Parameter 'shift' is missing");
        bool align = keys.GetBool("align", false);
        bool sleep = keys.GetBool("sleep", true);
        keys.RejectUnknown();
        if (shift == "auto")
        {
            throw Bad(keys, "shift 'auto' follows the host's speed and is not possible so far (0..10)");
        }

        if (!OptionString.TryParseInteger(shift, out Int128 number) || number < 0 || number > Machines.Options.InstructionCounting.MaximumShift)
        {
            throw Bad(keys, $"icount: Invalid shift value '{shift}' (0..{Machines.Options.InstructionCounting.MaximumShift})");
        }

        return !align || sleep
            ? new InstructionCounting((int)number, align, sleep)
            : throw Bad(keys, "icount: align=on and sleep=off are incompatible");
    }

    public static string? GuestName(OptionString keys, string? before)
    {
        string? name = keys.Find("guest");
        _ = keys.Find("process"); // the host's name for the process: nothing that a guest sees
        _ = keys.GetBool("debug-threads", false);
        keys.RejectUnknown();
        return name ?? before;
    }

    /// <summary>Takes <c>-global</c> apart: <c>driver.property=value</c>, whose value may hold commas, or the three keys.</summary>
    public static OptionString ParseGlobal(string text)
    {
        int dot = text.IndexOf('.');
        int equals = text.IndexOf('=');
        return dot > 0 && equals > dot + 1
            ? OptionString.Of("-global", text, [new("driver", text[..dot]), new("property", text[(dot + 1)..equals]), new("value", text[(equals + 1)..])])
            : OptionString.Parse("-global", text);
    }

    public static GlobalProperty Global(OptionString keys)
    {
        string? driver = keys.Find("driver");
        string? property = keys.Find("property");
        string? value = keys.Find("value");
        keys.RejectUnknown();
        return new GlobalProperty(driver ?? throw Missing("driver"), property ?? throw Missing("property"), value ?? throw Missing("value"));

        ConfigurationException Missing(string key) => Bad(keys, $"Parameter '{key}' is missing");
    }

    private static string? BootDrives(OptionString keys, string key)
    {
        string? drives = keys.Find(key);
        if (drives is null)
        {
            return null;
        }

        for (int i = 0; i < drives.Length; i++)
        {
            if (!"abcdn".Contains(drives[i], StringComparison.Ordinal))
            {
                throw Bad(keys, $"Invalid boot device '{drives[i]}'");
            }

            if (drives.IndexOf(drives[i]) < i)
            {
                throw Bad(keys, $"Boot device '{drives[i]}' was given twice");
            }
        }

        return drives.Length is > 0 and <= BootOptions.MaximumDrives
            ? drives
            : throw Bad(keys, $"Parameter '{key}' takes 1 to {BootOptions.MaximumDrives} boot devices, not '{drives}'");
    }

    private static ConfigurationException Bad(OptionString keys, string why) => new($"{keys.Option} {keys.Text}: {why}");
}
