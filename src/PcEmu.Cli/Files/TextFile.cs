using PcEmu.Core;

namespace PcEmu.Cli.Files;

/// <summary>Text files that the user names: what goes wrong with them is one line.</summary>
internal static class TextFile
{
    public static string[] ReadLines(string option, string path) => Try(option, "open", path, () => File.ReadAllLines(path));

    public static void Write(string option, string path, string text) => Try(option, "write", path, () =>
    {
        File.WriteAllText(path, text);
        return true;
    });

    public static T Try<T>(string option, string verb, string path, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = error switch
            {
                FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
                UnauthorizedAccessException when Directory.Exists(path) => "Is a directory",
                UnauthorizedAccessException => "Permission denied",
                _ => error.Message.ReplaceLineEndings(" "),
            };
            throw new ConfigurationException($"{option}: Could not {verb} '{path}': {why}", error);
        }
    }
}
