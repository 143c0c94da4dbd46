using System.Globalization;
using System.Reflection;
using System.Text;
using PcEmu.Core.Diagnostics;

namespace PcEmu.Cli.Options;

/// <summary>An item of <c>-d</c>.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Item">What it turns on.</param>
/// <param name="Help">What it logs.</param>
internal sealed record LogItemName(string Name, LogItems Item, string Help);

/// <summary>What <c>-help</c>, <c>-version</c> and <c>-d help</c> print, in QEMU's layout.</summary>
internal static class HelpText
{
    private const int HelpColumn = 16;

    /// <summary>Items of <c>-d</c>.</summary>
    public static readonly IReadOnlyList<LogItemName> LogItemNames =
    [
        new("in_asm", LogItems.InAsm, "guest code as it is decoded, a block at a time"),
        new("int", LogItems.Interrupts, "interrupts and exceptions as they are delivered"),
        new("exec", LogItems.Exec, "the address of every block that is entered (much)"),
        new("cpu", LogItems.Cpu, "the registers before every block (much)"),
        new("cpu_reset", LogItems.CpuReset, "the registers at every CPU reset"),
        new("unimp", LogItems.Unimplemented, "what the guest asks for and PcEmu does not have"),
        new("guest_errors", LogItems.GuestErrors, "what the guest does against the hardware's manual"),
    ];

    public static string Version()
    {
        string version = typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        return $"PcEmu version {version.Split('+')[0]}\n";
    }

    public static string Usage()
    {
        var text = new StringBuilder(Version());
        text.Append(CultureInfo.InvariantCulture, $"usage: {CommandLine.Program} [options] [disk_image]\n\n");
        text.Append("'disk_image' is the raw image of IDE hard disk 0\n");
        foreach (OptionSection section in OptionTable.Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{section.Heading}:\n");
            foreach (Option option in section.Options)
            {
                Append(text, option);
            }
        }

        return text.ToString();
    }

    public static string LogItemList()
    {
        var text = new StringBuilder("Log items (comma separated):\n");
        foreach ((string name, _, string help) in LogItemNames)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name.PadRight(HelpColumn - 1)} {help}\n");
        }

        return text.Append("trace:PATTERN   trace events whose names match\n").ToString();
    }

    private static void Append(StringBuilder text, Option option)
    {
        // Help follows on the same line where the synopsis leaves room, and starts a new one where it does not.
        string margin = new(' ', HelpColumn);
        string help = option.Help.Replace("\n", "\n" + margin, StringComparison.Ordinal);
        text.Append(option.Synopsis);
        if (help.Length > 0)
        {
            text.Append(option.Synopsis.Length < HelpColumn ? margin[option.Synopsis.Length..] : "\n" + margin).Append(help);
        }

        text.Append('\n');
    }
}
