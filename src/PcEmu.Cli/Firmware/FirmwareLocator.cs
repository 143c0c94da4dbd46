using PcEmu.Core;

namespace PcEmu.Cli.Firmware;

/// <summary>Finds firmware images (SeaBIOS, VGA BIOSes, keymaps) by file name in the places where they may be.</summary>
/// <remarks>
/// In order: every <c>-L DIR</c>; the folder that <c>PCEMU_FIRMWARE</c> names; beside the program and in <c>firmware/</c> there;
/// <c>firmware/</c> of the repository, when the program runs from a build of it; <c>/usr/share/seabios</c>, <c>/usr/share/vgabios</c>,
/// <c>/usr/share/qemu</c>. A name with a folder in it is a path and is looked for nowhere else.
/// </remarks>
public sealed class FirmwareLocator
{
    /// <summary>The environment variable that names a firmware folder.</summary>
    public const string Variable = "PCEMU_FIRMWARE";

    /// <summary>What to run where a file is nowhere.</summary>
    public const string FetchCommand = "firmware/fetch.sh";

    private const string RepositoryMark = "PcEmu.sln";
    private static readonly string[] SystemFolders = ["/usr/share/seabios", "/usr/share/vgabios", "/usr/share/qemu"];

    private readonly Func<string, bool> _fileExists;

    /// <summary>Makes a locator for one command line and one environment.</summary>
    /// <param name="folders">The <c>-L</c> folders, in command-line order.</param>
    /// <param name="variable">Value of <see cref="Variable"/>, or null.</param>
    /// <param name="programFolder">Folder of the program's own files.</param>
    /// <param name="fileExists">Whether a path names a file.</param>
    public FirmwareLocator(IEnumerable<string> folders, string? variable, string programFolder, Func<string, bool> fileExists)
    {
        _fileExists = fileExists;
        string program = Path.TrimEndingDirectorySeparator(programFolder);
        List<string> places = [.. folders];
        if (!string.IsNullOrEmpty(variable))
        {
            places.Add(variable);
        }

        places.Add(program);
        places.Add(Path.Combine(program, "firmware"));
        Repository = FindRepository(program);
        if (Repository is not null)
        {
            places.Add(Path.Combine(Repository, "firmware"));
        }

        places.AddRange(SystemFolders);
        Places = [.. places.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The folders that are searched, in order.</summary>
    public IReadOnlyList<string> Places { get; }

    /// <summary>The repository from whose build the program runs, or null.</summary>
    public string? Repository { get; }

    /// <summary>Makes the locator of this process.</summary>
    /// <param name="folders">The <c>-L</c> folders, in command-line order.</param>
    public static FirmwareLocator ForProcess(IEnumerable<string> folders) =>
        new(folders, Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory, File.Exists);

    /// <summary>The path of a file that may be missing, or null.</summary>
    /// <param name="name">File name ("vgabios-cirrus.bin"), or a path.</param>
    public string? TryFind(string name)
    {
        if (IsPath(name))
        {
            return _fileExists(name) ? name : null;
        }

        foreach (string place in Places)
        {
            string path = Path.Combine(place, name);
            if (_fileExists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The path of a file.</summary>
    /// <param name="name">File name ("bios.bin"), or a path, as the user gave it after <c>-bios</c>.</param>
    /// <exception cref="ConfigurationException">It is nowhere; the message names the file, the places and the command that gets it.</exception>
    public string Find(string name)
    {
        if (TryFind(name) is { } path)
        {
            return path;
        }

        throw new ConfigurationException(IsPath(name)
            ? $"Could not find firmware '{name}'"
            : $"Could not find firmware '{name}' in {string.Join(", ", Places)}; get it with: {HowToGet}");
    }

    private string HowToGet => Repository is null ? "apt-get install seabios" : Path.Combine(Repository, FetchCommand);

    private static bool IsPath(string name) => Path.GetFileName(name) != name;

    private string? FindRepository(string folder)
    {
        for (string? at = folder; !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at))
        {
            if (_fileExists(Path.Combine(at, RepositoryMark)))
            {
                return at;
            }
        }

        return null;
    }
}
