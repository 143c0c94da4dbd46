using System.ComponentModel;
using System.Diagnostics;
using PcEmu.TestSupport;

namespace PcEmu.Architecture.Tests;

/// <summary>The built images of our own guests are what their sources say.</summary>
[TestFixture]
public sealed class RomTests
{
    private static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(Repository.At("roms"), "*.asm", SearchOption.AllDirectories)
            .Where(static p => File.Exists(Path.ChangeExtension(p, ".img")))
            .Select(static p => Path.GetRelativePath(Repository.Root, p).Replace('\\', '/')).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Sources))]
    public void TheImageIsWhatTheSourceAssemblesTo(string source)
    {
        string output = Path.Combine(TestContext.CurrentContext.WorkDirectory, Path.GetRandomFileName());
        try
        {
            using Process nasm = Start("nasm", "-f", "bin", "-o", output, Repository.At(source));
            string errors = nasm.StandardError.ReadToEnd();
            nasm.WaitForExit();

            Assert.That(errors, Is.Empty);
            Assert.That(File.ReadAllBytes(output), Is.EqualTo(File.ReadAllBytes(Image(source))));
        }
        finally
        {
            File.Delete(output);
        }
    }

    [TestCaseSource(nameof(Sources))]
    public void TheImageIsABootableDisk(string source)
    {
        byte[] image = File.ReadAllBytes(Image(source));

        Assert.That(image.Length % 512, Is.Zero);
        Assert.That((image[510], image[511]), Is.EqualTo(((byte)0x55, (byte)0xAA)));
    }

    private static string Image(string source) => Path.ChangeExtension(Repository.At(source), ".img");

    private static Process Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not installed: the image is not compared with its source");
            throw;
        }
    }
}
