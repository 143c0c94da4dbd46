using PcEmu.Core.Properties;

namespace PcEmu.Machines.Registry;

/// <summary>Another name of a machine type.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Properties">Machine properties that the name stands for; the user's own come after them.</param>
public sealed record MachineAlias(string Name, params IReadOnlyList<KeyValuePair<string, string>> Properties);

/// <summary>One row of the table of machine types: only what this version does differently from the row above it.</summary>
/// <param name="name">Name as users type it ("pc-1.0").</param>
public sealed class MachineRow(string name)
{
    /// <summary>Name as users type it.</summary>
    public string Name { get; } = name;

    /// <summary>Version of the hardware as the guest sees it, in SMBIOS for example.</summary>
    public required string HardwareVersion { get; init; }

    /// <summary>Other names.</summary>
    public IReadOnlyList<MachineAlias> Aliases { get; init; } = [];

    /// <summary>Device properties of this row and all older ones.</summary>
    public IReadOnlyList<GlobalProperty> Compat { get; init; } = [];

    /// <summary>Device properties of this row alone.</summary>
    public IReadOnlyList<GlobalProperty> OwnCompat { get; init; } = [];

    /// <summary>What changes in this row and all older ones.</summary>
    public Func<MachineFeatures, MachineFeatures> Change { get; init; } = static newer => newer;

    /// <summary>Looks at the machine properties and adds to the machine's compat properties; for this row alone.</summary>
    public Action<MachineState>? EarlyInit { get; init; }

    /// <summary>Whether qemu-kvm shipped this type, so that a guest of it may come along.</summary>
    public bool ShippedByQemuKvm { get; init; }
}

/// <summary>A machine type, resolved: what its row and all newer rows say together.</summary>
public sealed class MachineType
{
    /// <summary>Resolves a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="family">What kind of PC it is, for listings.</param>
    /// <param name="features">What newer rows and this one leave of the newest row's features.</param>
    /// <param name="inherited">Compat properties of all newer rows, newest first.</param>
    public MachineType(MachineRow row, string family, MachineFeatures features, IReadOnlyList<GlobalProperty> inherited)
    {
        Name = row.Name;
        Description = family;
        HardwareVersion = row.HardwareVersion;
        Aliases = row.Aliases;
        EarlyInit = row.EarlyInit;
        ShippedByQemuKvm = row.ShippedByQemuKvm;
        Features = features;
        CompatProps = [.. inherited, .. row.Compat, .. row.OwnCompat];
    }

    /// <summary>Name as users type it.</summary>
    public string Name { get; }

    /// <summary>What <c>-machine help</c> says about it.</summary>
    public string Description { get; }

    /// <summary>Version of the hardware as the guest sees it.</summary>
    public string HardwareVersion { get; }

    /// <summary>Other names.</summary>
    public IReadOnlyList<MachineAlias> Aliases { get; }

    /// <summary>All compat properties, those of the newest row first: a later one wins.</summary>
    public IReadOnlyList<GlobalProperty> CompatProps { get; }

    /// <summary>What the type does that is no device property.</summary>
    public MachineFeatures Features { get; }

    /// <summary>Looks at the machine properties and adds to the machine's compat properties, or null.</summary>
    public Action<MachineState>? EarlyInit { get; }

    /// <summary>Whether qemu-kvm shipped this type: then it has the property <c>qemu-kvm-migration</c>.</summary>
    public bool ShippedByQemuKvm { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
