namespace PcEmu.Cli.Options;

/// <summary>One option: its names, what help says, and what it does.</summary>
/// <param name="Synopsis">First line of its help ("-boot [order=drives]"); the option's name is its first word, or two with "or" between.</param>
/// <param name="Help">The rest of its help; lines are separated by line feeds.</param>
/// <param name="Apply">What it does with its argument (empty where it has none).</param>
internal sealed record Option(string Synopsis, string Help, Action<Configuration, string> Apply)
{
    /// <summary>Its names, without dashes.</summary>
    public string[] Names { get; } =
        [.. Synopsis.Split(' ').TakeWhile(static word => word.StartsWith('-') || word == "or").Where(static word => word != "or").Select(static word => word[1..])];

    /// <summary>Whether the next word of the command line belongs to it.</summary>
    public bool HasArgument => !Synopsis.EndsWith("-" + Names[^1], StringComparison.Ordinal);
}
