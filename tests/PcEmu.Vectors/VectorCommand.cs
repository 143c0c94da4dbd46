using System.Globalization;

namespace PcEmu.Vectors;

/// <summary>The command line: files and folders, <c>--class</c>, <c>--form</c>, <c>--mode</c>, <c>--first</c>.</summary>
public static class VectorCommand
{
    private const string Usage = "usage: PcEmu.Vectors [--class NAME] [--form PART] [--mode 16|32|64] [--first N] FILE...";

    /// <summary>Runs it.</summary>
    /// <returns>0 if nothing failed, 1 if something did, 2 for a command line that says nothing.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        var filter = new VectorFilter();
        int first = 10;
        List<string> files = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                files.Add(argument);
                continue;
            }

            if (++i == arguments.Count)
            {
                output.WriteLine(Usage);
                return 2;
            }

            string value = arguments[i];
            switch (argument)
            {
                case "--class":
                    filter = filter with { Class = value };
                    break;
                case "--form":
                    filter = filter with { Form = value };
                    break;
                case "--mode" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int mode):
                    filter = filter with { Mode = mode };
                    break;
                case "--first" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out first):
                    break;
                default:
                    output.WriteLine(Usage);
                    return 2;
            }
        }

        if (files.Count == 0)
        {
            output.WriteLine(Usage);
            return 2;
        }

        var tally = new Tally(first);
        using var set = new VectorSet(tally, filter);
        foreach (string file in files)
        {
            set.Run(file);
        }

        tally.Report(output);
        return tally.Failed > 0 ? 1 : 0;
    }
}
