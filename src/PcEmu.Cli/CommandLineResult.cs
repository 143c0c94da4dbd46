using PcEmu.Machines.Options;

namespace PcEmu.Cli;

/// <summary>What a command line comes to: a machine to run, or something to print and an exit status.</summary>
public sealed record CommandLineResult
{
    /// <summary>The machine to run, or null when the program ends.</summary>
    public MachineOptions? Machine { get; init; }

    /// <summary>A migration stream to show (<c>-dump-stream</c>), or null.</summary>
    public string? Stream { get; init; }

    /// <summary>Whether it is shown as JSON.</summary>
    public bool StreamAsJson { get; init; }

    /// <summary>Text for standard output, with its line ends; may come together with a machine.</summary>
    public string Output { get; init; } = "";

    /// <summary>The line for standard error, without its line end; empty where nothing is wrong.</summary>
    public string Error { get; init; } = "";

    /// <summary>Exit status when there is no machine: 0, or 1 with an error.</summary>
    public int ExitStatus => Error.Length > 0 ? 1 : 0;
}
