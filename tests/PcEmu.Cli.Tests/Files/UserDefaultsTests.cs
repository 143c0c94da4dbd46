using PcEmu.Machines.Options;

namespace PcEmu.Cli.Tests.Files;

public sealed class UserDefaultsTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"defaults-{TestContext.CurrentContext.Test.ID}");
        Directory.CreateDirectory(Path.Combine(_folder, "pcemu"));
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string Usual => Path.Combine(_folder, "pcemu", "config.json");

    private CommandLineContext Context(string variable) =>
        Lines.Context with { Environment = name => name == variable ? (name == "PCEMU_CONFIG" ? Usual : _folder) : null };

    private MachineOptions With(string json, string line)
    {
        File.WriteAllText(Usual, json);
        return Lines.Machine(line, Context("XDG_CONFIG_HOME"));
    }

    [Test]
    public void DefaultsCountWhereTheCommandLineSaysNothing()
    {
        MachineOptions machine = With(
            """{ "machine": "pc-1.0,qemu-kvm-migration=on", "Memory": 256, "cpu": "486", "firmware": "/f", "bios": "b.bin", "display": "none" }""",
            "-S");
        Assert.Multiple(() =>
        {
            Assert.That(machine.MachineType, Is.EqualTo("pc-1.0"));
            Assert.That(Lines.Text(machine.MachineProperties), Does.Contain("qemu-kvm-migration=on").And.Contain("firmware=b.bin"));
            Assert.That(machine.RamSize, Is.EqualTo(256 << 20));
            Assert.That(machine.Cpu, Is.EqualTo("486"));
            Assert.That(machine.FirmwareDirectories, Is.EqualTo(["/f"]));
            Assert.That(machine.Display, Is.EqualTo(DisplayKind.None));
            Assert.That(machine.StartPaused, Is.True);
        });
    }

    [Test]
    public void TheCommandLineBeatsThem()
    {
        MachineOptions machine = With(
            """{ "machine": "pc-1.0,qemu-kvm-migration=on", "memory": "256M", "cpu": "486", "firmware": "/f", "bios": "b.bin" }""",
            "-m 32 -M pc -cpu qemu64 -L /mine -bios mine.bin");
        Assert.Multiple(() =>
        {
            Assert.That(machine.MachineType, Is.EqualTo("pc"));
            Assert.That(Lines.Text(machine.MachineProperties), Is.EqualTo("firmware=mine.bin"));
            Assert.That(machine.RamSize, Is.EqualTo(32 << 20));
            Assert.That(machine.Cpu, Is.EqualTo("qemu64"));
            Assert.That(machine.FirmwareDirectories, Is.EqualTo(["/mine", "/f"]));
        });
    }

    [Test]
    public void MachinePropertiesOfTheCommandLineComeAfterThoseOfTheDefaultType() => Assert.That(
        Lines.Text(With("""{ "machine": "pc-1.0,usb=off" }""", "-machine usb=on").MachineProperties),
        Is.EqualTo("usb=off usb=on"));

    [TestCase("XDG_CONFIG_HOME", "")]
    [TestCase("PCEMU_CONFIG", "")]
    [TestCase("", "-config")]
    public void TheFileIsFoundInThreePlaces(string variable, string option)
    {
        File.WriteAllText(Usual, """{ "memory": "1G" }""");
        Assert.That(Lines.Machine(option.Length > 0 ? $"{option} {Usual}" : "", Context(variable)).RamSize, Is.EqualTo(1 << 30));
    }

    [Test]
    public void HomeIsLookedAtWhenXdgSaysNothing()
    {
        Directory.CreateDirectory(Path.Combine(_folder, ".config", "pcemu"));
        File.WriteAllText(Path.Combine(_folder, ".config", "pcemu", "config.json"), """{ "memory": "1G" }""");
        Assert.That(Lines.Machine("", Context("HOME")).RamSize, Is.EqualTo(1 << 30));
    }

    [Test]
    public void TheUserMayLeaveThemAlone() => Assert.That(With("{ broken", "-no-user-config").RamSize, Is.EqualTo(128 << 20));

    [Test]
    public void WithoutAFileNothingChanges() => Assert.That(Lines.Machine("", Context("XDG_CONFIG_HOME")).RamSize, Is.EqualTo(128 << 20));

    [Test]
    public void AVariableThatNamesNoFileIsAnError() => Assert.That(
        Lines.Parse("", Context("PCEMU_CONFIG")).Error,
        Is.EqualTo($"pcemu: PCEMU_CONFIG {Usual}: Could not open '{Usual}': No such file or directory"));

    [TestCase("""{ "memory": "0" }""", ": memory: -m 0: guest RAM size '0' is out of range (1M..1023G)")]
    [TestCase("""{ "colour": "red" }""", ": colour: unknown setting (there are machine, memory, cpu, firmware, bios, display)")]
    [TestCase("""{ "machine": { "type": "pc" } }""", ": machine:type: unknown setting (there are machine, memory, cpu, firmware, bios, display)")]
    [TestCase("""{ "display": "sdl" }""", ": display: -display sdl: Parameter 'type' does not accept value 'sdl' (only 'none' so far)")]
    public void AWrongSettingIsNamedByFileAndKey(string json, string error)
    {
        File.WriteAllText(Usual, json);
        Assert.That(Lines.Parse("", Context("PCEMU_CONFIG")).Error, Is.EqualTo($"pcemu: {Usual}{error}"));
    }

    [TestCase("{ broken", ":1: ")]
    [TestCase("{\n \"memory\": \"1G\",\n oops\n}", ":3: ")]
    [TestCase("", ":1: ")]
    [TestCase("[1]", ": ")]
    public void AFileThatIsNotJsonIsOneLine(string text, string where)
    {
        File.WriteAllText(Usual, text);
        string error = Lines.Parse("", Context("PCEMU_CONFIG")).Error;
        Assert.Multiple(() =>
        {
            Assert.That(error, Does.StartWith($"pcemu: {Usual}{where}"));
            Assert.That(error, Does.Contain("not a JSON object: ").And.Not.Contain("LineNumber"));
            Assert.That(error, Does.Not.Contain("\n"));
        });
    }
}
