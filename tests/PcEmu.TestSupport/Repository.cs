namespace PcEmu.TestSupport;

/// <summary>The repository in which the tests were built.</summary>
public static class Repository
{
    /// <summary>The folder with PcEmu.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a file or folder, given from the root with forward slashes.</summary>
    public static string At(string path) => Path.Combine(Root, path);

    /// <summary>The project files below a folder of the root ("src", "tests").</summary>
    public static IReadOnlyList<string> Projects(string folder) =>
        [.. Directory.EnumerateFiles(At(folder), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "PcEmu.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no PcEmu.sln above {AppContext.BaseDirectory}");
    }
}
