using PcEmu.Machines.Catalog;
using PcEmu.Machines.Registry;

namespace PcEmu.Cli;

/// <summary>What the command line has to know of the other rooms to check and list names.</summary>
public sealed record CommandLineContext
{
    /// <summary>The machine types.</summary>
    public MachineRegistry Machines { get; init; } = MachineRegistry.Pc;

    /// <summary>The drivers; a catalog without any lets every name pass.</summary>
    public DeviceCatalog Devices { get; init; } = new();

    /// <summary>Names and descriptions of the CPU models; none lets every name pass.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> CpuModels { get; init; } = [];

    /// <summary>Reads a variable of the environment; by default nothing is set.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;
}
