using PcEmu.Cli.Files;
using PcEmu.Cli.Options;
using PcEmu.Core;

namespace PcEmu.Cli;

/// <summary>QEMU's command line: options with one dash or two, repeatable and in order, and a bare disk image.</summary>
public static class CommandLine
{
    /// <summary>Name in front of every error.</summary>
    public const string Program = "pcemu";

    /// <summary>Takes the arguments apart.</summary>
    /// <param name="arguments">The arguments without the program's name.</param>
    /// <param name="context">Names that other rooms have.</param>
    /// <returns>A machine to run, or what to print. It never throws for what the user typed.</returns>
    public static CommandLineResult Parse(IReadOnlyList<string> arguments, CommandLineContext? context = null)
    {
        var configuration = new Configuration(context ?? new CommandLineContext());
        bool json = false;
        try
        {
            for (int i = 0; i < arguments.Count && configuration.Answer is null; i++)
            {
                string argument = arguments[i];
                if (configuration.DumpStream is not null && argument is ("text" or "json"))
                {
                    json = argument == "json";
                    continue;
                }

                if (!argument.StartsWith('-'))
                {
                    configuration.AddDisk("-hda", argument, index: 0);
                    continue;
                }

                Option option = OptionTable.Find(argument) ?? throw new ConfigurationException($"{argument}: invalid option");
                if (option.HasArgument && i + 1 == arguments.Count)
                {
                    throw new ConfigurationException($"{argument}: requires an argument");
                }

                option.Apply(configuration, option.HasArgument ? arguments[++i] : "");
            }

            if (configuration.Answer is { } answer)
            {
                return new CommandLineResult { Output = answer };
            }

            if (configuration.DumpStream is { } stream)
            {
                return new CommandLineResult { Stream = stream, StreamAsJson = json };
            }

            UserDefaults.LayUnder(configuration);
            return new CommandLineResult { Machine = configuration.Build(), Output = configuration.WriteFile() };
        }
        catch (ConfigurationException error)
        {
            return new CommandLineResult { Error = $"{Program}: {error.Message}" };
        }
    }
}
