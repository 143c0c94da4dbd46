using System.Text.Json;
using Microsoft.Extensions.Configuration;
using PcEmu.Cli.Options;
using PcEmu.Core;

namespace PcEmu.Cli.Files;

/// <summary>The user's defaults: a flat JSON file that counts where the command line says nothing.</summary>
/// <remarks>
/// <code>{ "machine": "pc-1.0", "memory": "256M", "cpu": "qemu32", "firmware": "/opt/firmware", "bios": "x.bin", "display": "none" }</code>
/// Each key stands for an option; values are the option's. The file is the one of <c>-config</c>, of PCEMU_CONFIG, or
/// <c>pcemu/config.json</c> in XDG_CONFIG_HOME (else <c>.config</c> in HOME). The configuration library is loaded only when there is one.
/// </remarks>
internal static class UserDefaults
{
    private const string FileName = "pcemu/config.json";

    private const string Keys = "machine, memory, cpu, firmware, bios, display";

    /// <summary>Fills what the command line left open.</summary>
    /// <exception cref="ConfigurationException">The file is not readable or not understood, or a value does not fit.</exception>
    public static void LayUnder(Configuration configuration)
    {
        if (Find(configuration) is { } path)
        {
            foreach ((string key, string value) in Load(path))
            {
                try
                {
                    Apply(configuration, key, value);
                }
                catch (ConfigurationException error)
                {
                    throw new ConfigurationException($"{path}: {key}: {error.Message}", error);
                }
            }
        }
    }

    private static string? Find(Configuration configuration)
    {
        if (configuration.NoDefaultsFile)
        {
            return null;
        }

        Func<string, string?> environment = configuration.Context.Environment;
        if ((configuration.DefaultsFile ?? NullIfEmpty(environment("PCEMU_CONFIG"))) is { } named)
        {
            return File.Exists(named)
                ? named
                : throw new ConfigurationException(
                    $"{(configuration.DefaultsFile is null ? "PCEMU_CONFIG" : "-config")} {named}: Could not open '{named}': No such file or directory");
        }

        string? home = NullIfEmpty(environment("HOME"));
        string? folder = NullIfEmpty(environment("XDG_CONFIG_HOME")) ?? (home is null ? null : Path.Combine(home, ".config"));
        string? usual = folder is null ? null : Path.Combine(folder, FileName);
        return File.Exists(usual) ? usual : null;

        static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
    }

    private static IEnumerable<KeyValuePair<string, string>> Load(string path)
    {
        using FileStream stream = TextFile.Try($"-config {path}", "open", path, () => File.OpenRead(path));
        IConfigurationRoot root;
        try
        {
            root = new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidDataException)
        {
            var json = error as JsonException ?? error.InnerException as JsonException;
            string where = json?.LineNumber is { } line ? $":{line + 1}" : "";
            string why = (json ?? error).Message.ReplaceLineEndings(" ").Split(" LineNumber: ")[0].Split(" Path: ")[0];
            throw new ConfigurationException($"{path}{where}: not a JSON object: {why}", error);
        }

        return [.. root.AsEnumerable().Where(static p => p.Value is not null).Select(static p => new KeyValuePair<string, string>(p.Key, p.Value!))];
    }

    // The library's keys know no case.
    private static void Apply(Configuration configuration, string key, string value)
    {
        switch (key.ToLowerInvariant())
        {
            case "machine":
                // A type of the command line replaces the whole string: its properties belong to the type it names.
                if (configuration.Options.MachineType is null)
                {
                    configuration.PutMachineFirst("-machine", value);
                }

                break;
            case "memory":
                if (!configuration.HasRamSize)
                {
                    configuration.AddGroup("memory", "-m", value);
                }

                break;
            case "cpu":
                if (configuration.Options.Cpu is null)
                {
                    configuration.Cpu(value);
                }

                break;
            case "firmware":
                configuration.FirmwareDirectory(value);
                break;
            case "bios":
                if (!configuration.HasMachineProperty("firmware"))
                {
                    configuration.Bios(value);
                }

                break;
            case "display":
                if (configuration.Options.Display == Machines.Options.DisplayKind.Default)
                {
                    configuration.Display(value);
                }

                break;
            default:
                throw new ConfigurationException($"unknown setting (there are {Keys})");
        }
    }
}
