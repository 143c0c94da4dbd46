using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;

namespace PcEmu.Machines.StartUp;

/// <summary>The phases from a machine type's name to the moment at which its board makes devices, each at its time.</summary>
/// <remarks>
/// Select the type - set machine properties - early init - lay down compat properties, then the user's. The order is what lets
/// early init know the machine properties, and what lets the user's <c>-global</c> win over it. A phase out of order throws.
/// </remarks>
public static class StartUpSequence
{
    /// <summary>Runs all phases.</summary>
    /// <param name="registry">The machine types that there are.</param>
    /// <param name="options">What the user asked for.</param>
    /// <returns>A machine ready for its board.</returns>
    /// <exception cref="ConfigurationException">One line that names what does not fit.</exception>
    public static MachineState Run(MachineRegistry registry, MachineOptions options)
    {
        MachineState machine = SelectType(registry, options.MachineType, out MachineAlias? alias);
        SetMachineProperties(machine, alias, options.MachineProperties);
        EarlyInit(machine);
        LayDownGlobals(machine, options.Globals);
        return machine;
    }

    /// <summary>Phase 1: the type, by name or alias.</summary>
    /// <param name="registry">The machine types that there are.</param>
    /// <param name="name">What the user typed, or null for the default type.</param>
    /// <param name="alias">The alias that the type was found by, or null.</param>
    /// <exception cref="ConfigurationException">There is no such type.</exception>
    public static MachineState SelectType(MachineRegistry registry, string? name, out MachineAlias? alias)
    {
        alias = null;
        return new MachineState(name is null ? registry.Default : registry.Find(name, out alias));
    }

    /// <summary>Phase 2: the alias' machine properties, then the user's in their order, against those that the type has.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="alias">The alias that the type was found by, or null.</param>
    /// <param name="properties">Keys and values as typed.</param>
    /// <exception cref="ConfigurationException">The type does not have a property, or a value does not fit.</exception>
    public static void SetMachineProperties(MachineState machine, MachineAlias? alias, IEnumerable<KeyValuePair<string, string>> properties)
    {
        Enter(machine, StartUpPhase.TypeSelected, StartUpPhase.PropertiesSet);
        foreach ((string key, string value) in (alias?.Properties ?? []).Concat(properties))
        {
            MachineProperty.Find(machine.Type, key).Set(machine, value);
        }
    }

    /// <summary>Phase 3: the type's early init, which sees the machine properties and may add to the machine's compat properties.</summary>
    public static void EarlyInit(MachineState machine)
    {
        Enter(machine, StartUpPhase.PropertiesSet, StartUpPhase.EarlyInitDone);
        machine.Type.EarlyInit?.Invoke(machine);
    }

    /// <summary>Phase 4: compat properties, newest row first, with what early init added behind them; then the user's. Later wins.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="globals">The user's <c>-global</c> options in command line order.</param>
    public static void LayDownGlobals(MachineState machine, IEnumerable<GlobalProperty> globals)
    {
        Enter(machine, StartUpPhase.EarlyInitDone, StartUpPhase.GlobalsLaidDown);
        foreach (GlobalProperty property in machine.CompatProps)
        {
            machine.Properties.Add(property);
        }

        foreach (GlobalProperty property in globals)
        {
            machine.Properties.Add(property, fromUser: true);
        }
    }

    private static void Enter(MachineState machine, StartUpPhase from, StartUpPhase to)
    {
        if (machine.Phase != from)
        {
            throw new InvalidOperationException($"{to} comes after {from}, not after {machine.Phase}");
        }

        machine.Phase = to;
    }
}
