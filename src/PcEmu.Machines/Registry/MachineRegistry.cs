using System.Globalization;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Properties;

namespace PcEmu.Machines.Registry;

/// <summary>The machine types that there are, newest first, by name and alias.</summary>
public sealed class MachineRegistry
{
    private const int NameColumn = 20;

    /// <summary>Makes a registry.</summary>
    /// <param name="types">The types in the order in which they are listed.</param>
    /// <param name="default">The type without <c>-machine</c>.</param>
    public MachineRegistry(IReadOnlyList<MachineType> types, MachineType @default)
    {
        Types = types;
        Default = @default;
    }

    /// <summary>Every PC type that PcEmu knows.</summary>
    public static MachineRegistry Pc { get; } = ResolvePc();

    /// <summary>All types, newest first.</summary>
    public IReadOnlyList<MachineType> Types { get; }

    /// <summary>The type without <c>-machine</c>.</summary>
    public MachineType Default { get; }

    /// <summary>Resolves a table: from the newest row down, each row on top of the one above it.</summary>
    /// <param name="rows">Rows, newest first.</param>
    /// <param name="family">What kind of PC they are.</param>
    public static IReadOnlyList<MachineType> Resolve(IReadOnlyList<MachineRow> rows, string family)
    {
        List<MachineType> types = [];
        var features = new MachineFeatures();
        IReadOnlyList<GlobalProperty> inherited = [];
        foreach (MachineRow row in rows)
        {
            features = row.Change(features);
            types.Add(new MachineType(row, family, features, inherited));
            inherited = [.. inherited, .. row.Compat];
        }

        return types.AsReadOnly();
    }

    /// <summary>Finds a type by name or alias.</summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="alias">The alias it was found by, or null.</param>
    /// <exception cref="ConfigurationException">There is no such type.</exception>
    public MachineType Find(string name, out MachineAlias? alias)
    {
        foreach (MachineType type in Types)
        {
            alias = type.Aliases.FirstOrDefault(a => a.Name == name);
            if (type.Name == name || alias is not null)
            {
                return type;
            }
        }

        throw new ConfigurationException($"-machine {name}: unsupported machine type (use -machine help to list supported machines)");
    }

    /// <summary>The list that <c>-machine help</c> prints.</summary>
    public string Help()
    {
        var text = new StringBuilder("Supported machines are:\n");
        foreach (MachineType type in Types)
        {
            foreach (MachineAlias alias in type.Aliases)
            {
                string properties = string.Concat(alias.Properties.Select(static p => $",{p.Key}={p.Value}"));
                Line(alias.Name, $"{type.Description} (alias of {type.Name}{properties})");
            }

            Line(type.Name, type == Default ? $"{type.Description} (default)" : type.Description);
        }

        return text.ToString();

        void Line(string name, string rest) =>
            text.Append(CultureInfo.InvariantCulture, $"{name.PadRight(NameColumn)} {rest}\n");
    }

    private static MachineRegistry ResolvePc()
    {
        IReadOnlyList<MachineType> i440Fx = Resolve(PcTable.I440Fx, PcTable.I440FxFamily);
        return new MachineRegistry([.. i440Fx, .. Resolve([PcTable.Isa], PcTable.IsaFamily)], i440Fx[0]);
    }
}
