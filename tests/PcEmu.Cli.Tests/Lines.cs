using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Catalog;
using PcEmu.Machines.Options;

namespace PcEmu.Cli.Tests;

/// <summary>Command lines as tests write them: words with spaces between, with two drivers and two CPU models to name.</summary>
internal static class Lines
{
    public static CommandLineContext Context { get; } = new() { Devices = Catalog(), CpuModels = [new("qemu64", "64-bit CPU"), new("486", "")] };

    public static CommandLineResult Parse(string line, CommandLineContext? context = null) =>
        CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), context ?? Context);

    /// <summary>The machine that a correct line asks for.</summary>
    public static MachineOptions Machine(string line, CommandLineContext? context = null)
    {
        CommandLineResult result = Parse(line, context);
        Assert.That(result.Error, Is.Empty, line);
        Assert.That(result.Machine, Is.Not.Null, line);
        return result.Machine!;
    }

    /// <summary>Pairs as <c>key=value key=value</c>.</summary>
    public static string Text(IEnumerable<KeyValuePair<string, string>> items) => string.Join(' ', items.Select(static i => $"{i.Key}={i.Value}"));

    private static DeviceCatalog Catalog()
    {
        var catalog = new DeviceCatalog();
        catalog.Add(new("isa-serial", "ISA", null, typeof(Port)));
        catalog.Add(new("cirrus-vga", "PCI", "Cirrus CLGD 54xx VGA", typeof(Port)) { Category = DeviceCategory.Display });
        catalog.Add(new("PIIX4_PM", "PCI", "PM", typeof(Port)) { UserCreatable = false });
        return catalog;
    }

    private sealed class Port : Device
    {
        public override string Driver => "isa-serial";

        [DeviceProperty("irq", "Interrupt line")]
        public byte Irq { get; set; } = 4;
    }
}
