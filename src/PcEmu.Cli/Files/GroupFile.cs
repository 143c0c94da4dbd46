using System.Globalization;
using System.Text;
using PcEmu.Cli.Options;
using PcEmu.Core;
using PcEmu.Core.Properties;

namespace PcEmu.Cli.Files;

/// <summary>QEMU's configuration files: sections named after option groups, with <c>key = "value"</c> lines.</summary>
/// <remarks>
/// <code>
/// [drive "disk0"]
///   file = "disk.img"
///   if = "ide"
/// </code>
/// A value has no quote and no line end; there is no way to write one. A line that starts with # says nothing.
/// </remarks>
internal static class GroupFile
{
    /// <summary>Reads the groups of a file.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or a line is not understood; the message names the line.</exception>
    public static IEnumerable<OptionGroup> Read(string path)
    {
        string[] lines = TextFile.ReadLines($"-readconfig {path}", path);
        for (int i = 0; i < lines.Length;)
        {
            string line = lines[i].Trim();
            int header = ++i;
            if (IsEmpty(line))
            {
                continue;
            }

            if (ParseHeader(line) is not var (name, id))
            {
                throw new ConfigurationException($"{path}:{header}: {(ParseKey(line) is null ? "parse error" : "no group defined")}: {line}");
            }

            List<KeyValuePair<string, string>> keys = id is null ? [] : [new("id", id)];
            for (; i < lines.Length && !lines[i].TrimStart().StartsWith('['); i++)
            {
                line = lines[i].Trim();
                if (!IsEmpty(line))
                {
                    keys.Add(ParseKey(line) ?? throw new ConfigurationException($"{path}:{i + 1}: parse error: {line}"));
                }
            }

            yield return new OptionGroup(name, OptionString.Of($"{path}:{header}", lines[header - 1].Trim(), keys));
        }
    }

    /// <summary>The text of groups, as <see cref="Read"/> takes it.</summary>
    /// <exception cref="ConfigurationException">A value cannot be written.</exception>
    public static string Write(string option, IEnumerable<OptionGroup> groups)
    {
        var text = new StringBuilder("# PcEmu configuration file\n");
        foreach (OptionGroup group in groups)
        {
            string? id = group.Keys.Find("id");
            text.Append(CultureInfo.InvariantCulture, $"\n[{group.Name}{(id is null ? "" : $" \"{Checked("id", id)}\"")}]\n");
            foreach ((string key, string value) in group.Keys.Items)
            {
                if (key != "id")
                {
                    text.Append(CultureInfo.InvariantCulture, $"  {key} = \"{Checked(key, value)}\"\n");
                }
            }
        }

        return text.ToString();

        string Checked(string key, string value) => value.AsSpan().IndexOfAny('"', '\n', '\r') < 0
            ? value
            : throw new ConfigurationException($"{option}: value of '{key}' has a quote or a line end, which the file cannot hold: {value.ReplaceLineEndings(" ")}");
    }

    private static bool IsEmpty(string line) => line is "" or ['#', ..];

    private static (string Name, string? Id)? ParseHeader(string line)
    {
        if (line is not ['[', .. var inner, ']'])
        {
            return null;
        }

        string[] parts = inner.Split('"');
        string name = parts[0].Trim();
        bool plain = name.Length > 0 && !name.Contains(' ', StringComparison.Ordinal);
        return parts switch
        {
            [_] when plain => (name, null),
            [_, { Length: > 0 } id, ""] when plain => (name, id),
            _ => null,
        };
    }

    private static KeyValuePair<string, string>? ParseKey(string line)
    {
        int equals = line.IndexOf('=');
        string key = equals > 0 ? line[..equals].TrimEnd() : "";
        return key.Length > 0 && !key.AsSpan().ContainsAny(' ', '\t', '"')
            && line[(equals + 1)..].TrimStart() is ['"', .. var value, '"'] && !value.Contains('"', StringComparison.Ordinal)
            ? new(key, value)
            : null;
    }
}
