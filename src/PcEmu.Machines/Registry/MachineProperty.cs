using System.Globalization;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Properties;

namespace PcEmu.Machines.Registry;

/// <summary>A property of a whole machine: <c>-machine NAME,key=value</c>.</summary>
public sealed class MachineProperty
{
    private readonly Action<MachineState, string> _set;

    private MachineProperty(string name, string typeName, string help, Action<MachineState, string> set)
    {
        Name = name;
        TypeName = typeName;
        Help = help;
        _set = set;
    }

    /// <summary>All properties; which of them a type has, <see cref="MissingFrom"/> says.</summary>
    public static IReadOnlyList<MachineProperty> All { get; } =
    [
        Text("accel", "Accelerator; the emulator's own (tcg) is the only one", static (_, value) => RequireTcg(value)),
        Text("kernel-irqchip", "on|off: interrupt controllers in the host's kernel; without KVM there are none, whatever it says", static (_, value) => RequireIrqChip(value)),
        Switch("dump-guest-core", "Include guest memory in the emulator's core dumps", static (machine, on) => machine.DumpGuestCore = on),
        Switch("mem-merge", "Let the host merge equal pages of guest memory", static (machine, on) => machine.MergeMemory = on),
        Switch("usb", "There is a USB controller", static (machine, on) => machine.Usb = on),
        Text("firmware", "Firmware image", static (machine, value) => machine.Firmware = value),
        Switch(QemuKvm.MigrationProperty, "The incoming guest was saved by qemu-kvm", static (machine, on) => machine.QemuKvmMigration = on),
    ];

    /// <summary>Name as users type it, with hyphens.</summary>
    public string Name { get; }

    /// <summary>Type as help words it ("bool", "string").</summary>
    public string TypeName { get; }

    /// <summary>One line for the user.</summary>
    public string Help { get; }

    /// <summary>Finds a property that a type has; an underscore in the key counts as a hyphen.</summary>
    /// <exception cref="ConfigurationException">Nobody has it, or this type does not; the message names both.</exception>
    public static MachineProperty Find(MachineType type, string key)
    {
        string name = key.Replace('_', '-');
        MachineProperty? property = All.FirstOrDefault(p => p.Name == name);
        string? why = property?.MissingFrom(type);
        return property is not null && why is null
            ? property
            : throw new ConfigurationException(
                $"machine type '{type.Name}' has no property '{key}'{(string.IsNullOrEmpty(why) ? "" : $" ({why})")}");
    }

    /// <summary>The list that <c>-machine NAME,help</c> prints.</summary>
    public static string HelpFor(MachineType type)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{type.Name}-machine options:\n");
        foreach (MachineProperty property in All.Where(p => p.MissingFrom(type) is null).OrderBy(static p => p.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {$"{property.Name}=<{property.TypeName}>",-22} - {property.Help}\n");
        }

        return text.ToString();
    }

    /// <summary>Why a type does not have the property: null where it has, empty where there is nothing to say.</summary>
    public string? MissingFrom(MachineType type) => (Name, type) switch
    {
        (not QemuKvm.MigrationProperty, _) or (_, { ShippedByQemuKvm: true }) => null,
        (_, { Features.HasPci: false }) => "",
        _ => "qemu-kvm ended with pc-1.2",
    };

    /// <summary>Sets the property on a machine.</summary>
    /// <exception cref="ConfigurationException">The value does not fit.</exception>
    public void Set(MachineState machine, string value) => _set(machine, value);

    private static MachineProperty Text(string name, string help, Action<MachineState, string> set) => new(name, "string", help, set);

    private static MachineProperty Switch(string name, string help, Action<MachineState, bool> set) =>
        new(name, "bool", help, (machine, value) => set(machine, ParseSwitch(name, value)));

    private static bool ParseSwitch(string name, string value) => OptionString.TryParseBool(value, out bool on)
        ? on
        : throw new ConfigurationException($"-machine {name}={value}: Parameter '{name}' expects 'on' or 'off', not '{value}'");

    // A list such as kvm:tcg means the first one that works.
    private static void RequireTcg(string value)
    {
        string[] asked = value.Split(':');
        string[] foreign = ["kvm", "xen", "hax", "hvf", "nvmm", "whpx", "qtest"];
        if (asked.FirstOrDefault(a => a != "tcg" && !foreign.Contains(a)) is { } unknown)
        {
            throw new ConfigurationException($"-machine accel={value}: invalid accelerator '{unknown}'");
        }

        if (!asked.Contains("tcg"))
        {
            throw new ConfigurationException($"-machine accel={value}: accelerator '{asked[0]}' is not available (PcEmu has only tcg)");
        }
    }

    private static void RequireIrqChip(string value) => ParseSwitch("kernel-irqchip", value == "split" ? "on" : value);
}
