using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Registry;

namespace PcEmu.Machines.Tests.Registry;

public sealed class MachineRegistryTests
{
    private static MachineType Type(string name) => MachineRegistry.Pc.Find(name, out _);

    [TestCase("pc", "pc-i440fx-2.0")]
    [TestCase("pc-i440fx-2.0", "pc-i440fx-2.0")]
    [TestCase("pc-1.0", "pc-1.0")]
    [TestCase("pc-1.0-qemu-git", "pc-1.0")]
    [TestCase("pc-1.0-qemu-kvm", "pc-1.0")]
    [TestCase("isapc", "isapc")]
    public void TypesAreFoundByNameAndAlias(string name, string expected) => Assert.That(Type(name).Name, Is.EqualTo(expected));

    [TestCase("pc-2.0")]
    [TestCase("")]
    [TestCase("PC")]
    [TestCase("q35")]
    public void AnUnknownTypeIsNamedInOneLine(string name) => Assert.That(
        () => Type(name),
        Throws.TypeOf<ConfigurationException>().With.Message.EqualTo(
            $"-machine {name}: unsupported machine type (use -machine help to list supported machines)"));

    [Test]
    public void NamesAndAliasesAreUnique() => Assert.That(
        MachineRegistry.Pc.Types.SelectMany(t => t.Aliases.Select(a => a.Name).Append(t.Name)),
        Is.Unique);

    [Test]
    public void HelpListsTheNewestFirstAndMarksAliasesAndTheDefault() => Assert.That(MachineRegistry.Pc.Help(), Is.EqualTo(
        """
        Supported machines are:
        pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-2.0)
        pc-i440fx-2.0        Standard PC (i440FX + PIIX, 1996) (default)
        pc-i440fx-1.7        Standard PC (i440FX + PIIX, 1996)
        pc-i440fx-1.6        Standard PC (i440FX + PIIX, 1996)
        pc-i440fx-1.5        Standard PC (i440FX + PIIX, 1996)
        pc-i440fx-1.4        Standard PC (i440FX + PIIX, 1996)
        pc-1.3               Standard PC (i440FX + PIIX, 1996)
        pc-1.2               Standard PC (i440FX + PIIX, 1996)
        pc-1.1               Standard PC (i440FX + PIIX, 1996)
        pc-1.0-qemu-git      Standard PC (i440FX + PIIX, 1996) (alias of pc-1.0)
        pc-1.0-qemu-kvm      Standard PC (i440FX + PIIX, 1996) (alias of pc-1.0,qemu-kvm-migration=on)
        pc-1.0               Standard PC (i440FX + PIIX, 1996)
        pc-0.15              Standard PC (i440FX + PIIX, 1996)
        pc-0.14              Standard PC (i440FX + PIIX, 1996)
        pc-0.13              Standard PC (i440FX + PIIX, 1996)
        pc-0.12              Standard PC (i440FX + PIIX, 1996)
        pc-0.11              Standard PC (i440FX + PIIX, 1996)
        pc-0.10              Standard PC (i440FX + PIIX, 1996)
        isapc                ISA-only PC

        """.ReplaceLineEndings("\n")));

    // The value a device of that type ends up with: what the guest can see of each row.
    [TestCase("pc-i440fx-2.0", "PIIX4_PM", "acpi-pci-hotplug-with-bridge-support", null)]
    [TestCase("pc-i440fx-1.7", "PIIX4_PM", "acpi-pci-hotplug-with-bridge-support", "off")]
    [TestCase("pc-i440fx-1.6", "i440FX-pcihost", "short_root_bus", "1")]
    [TestCase("pc-i440fx-1.5", "i440FX-pcihost", "short_root_bus", "0")]
    [TestCase("pc-1.0", "i440FX-pcihost", "short_root_bus", "0")]
    [TestCase("pc-i440fx-1.5", "virtio-serial-pci", "vectors", null)]
    [TestCase("pc-i440fx-1.4", "virtio-serial-pci", "vectors", "0xFFFFFFFF")]
    [TestCase("pc-0.13", "virtio-serial-pci", "vectors", "0xFFFFFFFF")]
    [TestCase("pc-0.12", "virtio-serial-pci", "vectors", "0")]
    [TestCase("pc-1.3", "VGA", "mmio", null)]
    [TestCase("pc-1.2", "VGA", "mmio", "off")]
    [TestCase("pc-1.2", "VGA", "vgamem_mb", null)]
    [TestCase("pc-1.1", "VGA", "vgamem_mb", "8")]
    [TestCase("pc-1.1", "isa-fdc", "check_media_rate", null)]
    [TestCase("pc-1.0", "isa-fdc", "check_media_rate", "off")]
    [TestCase("pc-1.0", "cirrus-vga", "vgamem_mb", null)]
    [TestCase("pc-0.15", "qxl", "revision", "3")]
    [TestCase("pc-0.14", "qxl", "revision", "2")]
    [TestCase("pc-0.13", "virtio-9p-pci", "vectors", "0")]
    [TestCase("pc-0.12", "virtio-9p-pci", "vectors", null)]
    [TestCase("pc-0.12", "pci-device", "rombar", null)]
    [TestCase("pc-0.11", "pci-device", "rombar", "0")]
    [TestCase("pc-0.11", "ide-drive", "ver", "0.11")]
    [TestCase("pc-0.10", "ide-drive", "ver", "0.10")]
    [TestCase("isapc", "ide-drive", "ver", null)]
    public void ADevicePropertyHasTheValueOfTheOldestRowThatSaysIt(string type, string driver, string property, string? expected)
    {
        var bag = new PropertyBag();
        foreach (GlobalProperty global in Type(type).CompatProps)
        {
            bag.Add(global);
        }

        Assert.That(bag.Find(driver, property), Is.EqualTo(expected));
    }

    [TestCase("pc-i440fx-2.0", 0xDFFF_FFFFul, 0xDFFF_FFFFul, 0ul)]
    [TestCase("pc-i440fx-2.0", 0xE000_0000ul, 0xC000_0000ul, 0x2000_0000ul)]
    [TestCase("pc-i440fx-1.7", 0xDFFF_FFFFul, 0xDFFF_FFFFul, 0ul)]
    [TestCase("pc-i440fx-1.7", 0xE000_0000ul, 0xE000_0000ul, 0ul)]
    [TestCase("pc-1.0", 0x1_4000_0000ul, 0xE000_0000ul, 0x6000_0000ul)]
    public void RamAboveThePciHoleStartsAt3GiBOnlyInTheNewestType(string type, ulong size, ulong below, ulong above) =>
        Assert.That(Type(type).Features.SplitRam(size), Is.EqualTo((below, above)));

    [TestCase("pc-i440fx-2.0", "bios-256k.bin")]
    [TestCase("pc-i440fx-1.7", "bios.bin")]
    [TestCase("pc-0.10", "bios.bin")]
    [TestCase("isapc", "bios.bin")]
    public void FirmwareIs256KiBOnlyInTheNewestType(string type, string file) =>
        Assert.That(Type(type).Features.FirmwareFile, Is.EqualTo(file));

    // A flag turns at one row and stays: the last type before and the first after it.
    private static readonly object[] FlagTurns =
    [
        new object[] { "pc-i440fx-2.0", "pc-i440fx-1.7", (MachineFeatures f) => f.SmbiosType1Defaults },
        new object[] { "pc-i440fx-2.0", "pc-i440fx-1.7", (MachineFeatures f) => f.GigabyteAlignedRam },
        new object[] { "pc-i440fx-2.0", "pc-i440fx-1.7", (MachineFeatures f) => !f.OptionRomsHaveRegions },
        new object[] { "pc-i440fx-2.0", "pc-i440fx-1.7", (MachineFeatures f) => f.HasKvmX2Apic },
        new object[] { "pc-i440fx-1.7", "pc-i440fx-1.6", (MachineFeatures f) => f.AcpiTablesByMachine },
        new object[] { "pc-i440fx-1.7", "pc-i440fx-1.6", (MachineFeatures f) => f.RomFilesHaveRegions },
        new object[] { "pc-i440fx-1.5", "pc-i440fx-1.4", (MachineFeatures f) => f.N270HasMovbe },
        new object[] { "pc-i440fx-1.5", "pc-i440fx-1.4", (MachineFeatures f) => f.WestmereHasPclmulqdq },
        new object[] { "pc-i440fx-1.5", "pc-i440fx-1.4", (MachineFeatures f) => f.CpuHotAdd },
        new object[] { "pc-i440fx-1.4", "pc-1.3", (MachineFeatures f) => !f.ContiguousApicIds },
        new object[] { "pc-1.3", "pc-1.2", (MachineFeatures f) => f.HasPvEoi },
        new object[] { "pc-0.14", "pc-0.13", (MachineFeatures f) => f.HasKvmClock },
    ];

    [TestCaseSource(nameof(FlagTurns))]
    public void AFlagHoldsDownToItsRowAndIsOffFromThereOn(string last, string first, Func<MachineFeatures, bool> flag)
    {
        string[] with = [.. MachineRegistry.Pc.Types.Where(t => t.Features.HasPci).TakeWhile(t => flag(t.Features)).Select(t => t.Name)];
        string[] without = [.. MachineRegistry.Pc.Types.Where(t => t.Features.HasPci && !flag(t.Features)).Select(t => t.Name)];
        Assert.Multiple(() =>
        {
            Assert.That(with[^1], Is.EqualTo(last));
            Assert.That(without[0], Is.EqualTo(first));
            Assert.That(without[^1], Is.EqualTo("pc-0.10"));
        });
    }

    [Test]
    public void TheIsaPcHasNeitherPciNorAcpiAndOneCpu()
    {
        MachineType isa = Type("isapc");
        Assert.Multiple(() =>
        {
            Assert.That(isa.CompatProps, Is.Empty);
            Assert.That(isa.Features.HasPci, Is.False);
            Assert.That(isa.Features.HasAcpi, Is.False);
            Assert.That(isa.Features.MaximumCpus, Is.EqualTo(1));
            Assert.That(isa.Features.DefaultCpu, Is.EqualTo("486"));
        });
    }
}
