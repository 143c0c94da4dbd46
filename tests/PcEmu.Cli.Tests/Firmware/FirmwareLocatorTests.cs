using PcEmu.Cli.Firmware;
using PcEmu.Core;

namespace PcEmu.Cli.Tests.Firmware;

[TestFixture]
public sealed class FirmwareLocatorTests
{
    private const string Build = "/src/pcemu/src/PcEmu.Cli/bin/Release/net10.0/";
    private const string BuildFolder = "/src/pcemu/src/PcEmu.Cli/bin/Release/net10.0";

    private static FirmwareLocator Locator(string[] folders, string? variable, string program, params string[] files) =>
        new(folders, variable, program, path => files.Contains(path.Replace('\\', '/')));

    [Test]
    public void PlacesComeInTheDocumentedOrder()
    {
        FirmwareLocator locator = Locator(["/a", "b"], "/env", Build, "/src/pcemu/PcEmu.sln");

        Assert.That(locator.Places, Is.EqualTo(new[]
        {
            "/a", "b", "/env", BuildFolder, BuildFolder + "/firmware", "/src/pcemu/firmware",
            "/usr/share/seabios", "/usr/share/vgabios", "/usr/share/qemu",
        }));
    }

    [Test]
    public void EachPlaceYieldsToTheOnesBeforeIt()
    {
        string[] files = [.. Locator(["/a", "/b"], "/env", Build, "/src/pcemu/PcEmu.sln").Places.Select(static p => p + "/bios.bin")];
        for (int first = 0; first < files.Length; first++)
        {
            FirmwareLocator locator = Locator(["/a", "/b"], "/env", Build, ["/src/pcemu/PcEmu.sln", .. files[first..]]);

            Assert.That(locator.Find("bios.bin"), Is.EqualTo(files[first]));
        }
    }

    [Test]
    public void AnEmptyVariableNamesNoFolder() =>
        Assert.That(Locator([], "", "/opt/pcemu").Places[0], Is.EqualTo("/opt/pcemu"));

    [Test]
    public void AnInstalledProgramHasNoRepository()
    {
        FirmwareLocator locator = Locator([], null, "/opt/pcemu");

        Assert.That(locator.Repository, Is.Null);
        Assert.That(locator.Places, Does.Not.Contain("/firmware"));
    }

    [Test]
    public void AFolderIsSearchedOnceOnly() =>
        Assert.That(Locator(["/usr/share/qemu", "/a", "/a"], "/a", "/opt/pcemu").Places, Is.Unique);

    [Test]
    public void APathIsTakenAsItIs()
    {
        FirmwareLocator locator = Locator(["/a"], null, "/opt/pcemu", "roms/bios.bin", "/a/roms/other.bin");

        Assert.That(locator.Find("roms/bios.bin"), Is.EqualTo("roms/bios.bin"));
        Assert.That(locator.TryFind("roms/other.bin"), Is.Null);
    }

    [Test]
    public void AMissingPathIsNamedAlone()
    {
        var error = Assert.Throws<ConfigurationException>(() => Locator(["/a"], null, "/opt/pcemu").Find("roms/bios.bin"));

        Assert.That(error!.Message, Is.EqualTo("Could not find firmware 'roms/bios.bin'"));
    }

    [Test]
    public void AMissingFileNamesThePlacesAndTheCommandInOneLine()
    {
        var error = Assert.Throws<ConfigurationException>(() => Locator(["/a"], null, Build, "/src/pcemu/PcEmu.sln").Find("bios.bin"));

        Assert.That(error!.Message, Is.EqualTo(
            $"Could not find firmware 'bios.bin' in /a, {BuildFolder}, {BuildFolder}/firmware, /src/pcemu/firmware, " +
            "/usr/share/seabios, /usr/share/vgabios, /usr/share/qemu; get it with: /src/pcemu/firmware/fetch.sh"));
    }

    [Test]
    public void AnInstalledProgramAdvisesThePackage()
    {
        var error = Assert.Throws<ConfigurationException>(() => Locator([], null, "/opt/pcemu").Find("bios.bin"));

        Assert.That(error!.Message, Does.EndWith("; get it with: apt-get install seabios"));
    }

    [Test]
    public void AnOptionalFileMayBeMissing() =>
        Assert.That(Locator([], null, "/opt/pcemu").TryFind("en-us"), Is.Null);

    [Test]
    public void ThisProcessLooksIntoItsRepository()
    {
        FirmwareLocator locator = FirmwareLocator.ForProcess(["/first"]);

        Assert.That(locator.Places[0], Is.EqualTo("/first"));
        Assert.That(locator.Repository, Is.Not.Null);
        Assert.That(File.Exists(Path.Combine(locator.Repository!, "PcEmu.sln")), Is.True);
    }
}
