using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Catalog;

namespace PcEmu.Machines.Tests.Catalog;

public sealed class DeviceCatalogTests
{
    private static DeviceCatalog Sample()
    {
        var catalog = new DeviceCatalog();
        catalog.Add(new("isa-serial", "ISA", null, typeof(Port)) { Category = DeviceCategory.Input, Sample = static () => new Port() });
        catalog.Add(new("ide-hd", "IDE", "virtual IDE disk", typeof(Bare)) { Category = DeviceCategory.Storage });
        catalog.Add(new("ide-cd", "IDE", "virtual IDE CD-ROM", typeof(Bare)) { Category = DeviceCategory.Storage, Alias = "cd" });
        catalog.Add(new("PIIX4_PM", "PCI", "PM", typeof(Port)) { Category = DeviceCategory.Bridge, UserCreatable = false });
        return catalog;
    }

    [Test]
    public void HelpListsWhatUsersCanMakeUnderHeadings() => Assert.That(Sample().Help(), Is.EqualTo(
        """
        Storage devices:
        name "ide-cd", bus IDE, alias "cd", desc "virtual IDE CD-ROM"
        name "ide-hd", bus IDE, desc "virtual IDE disk"

        Input devices:
        name "isa-serial", bus ISA

        """.ReplaceLineEndings("\n")));

    [Test]
    public void HelpOfADriverShowsTypeRangeAndDefault() => Assert.That(Sample().HelpFor("isa-serial"), Is.EqualTo(
        """
        isa-serial options:
          iobase=<uint16>        - First port (default: 1016)
          irq=<uint8>            - Interrupt line (3..15) (default: 4)
          wakeup=<bool>          - Wakes the machine (default: off)

        """.ReplaceLineEndings("\n")));

    [Test]
    public void HelpWithoutASampleLeavesTheDefaultOut() =>
        Assert.That(Sample().HelpFor("PIIX4_PM"), Does.Contain("  irq=<uint8>            - Interrupt line (3..15)\n"));

    [Test]
    public void HelpOfADriverWithoutPropertiesSaysSo() =>
        Assert.That(Sample().HelpFor("ide-hd"), Is.EqualTo("There are no options for ide-hd.\n"));

    [Test]
    public void DriversAreFoundByNameAndAlias() =>
        Assert.That(Sample().FindCreatable("cd"), Is.EqualTo(Sample().Find("ide-cd")));

    [TestCase("foo", "'foo' is not a valid device model name")]
    [TestCase("", "'' is not a valid device model name")]
    [TestCase("PIIX4_PM", "'PIIX4_PM' is part of the machine: -device cannot add another")]
    public void WhatCannotBeMadeIsRefusedInOneLine(string name, string message) => Assert.That(
        () => Sample().FindCreatable(name),
        Throws.TypeOf<ConfigurationException>().With.Message.EqualTo(message));

    [Test]
    public void ATakenNameIsOurMistake() => Assert.Multiple(() =>
    {
        Assert.That(() => Sample().Add(new("cd", null, null, typeof(Bare))), Throws.ArgumentException);
        Assert.That(() => Sample().Add(new("x", null, null, typeof(Bare)) { Alias = "ide-hd" }), Throws.ArgumentException);
    });

    private sealed class Port : Device
    {
        public override string Driver => "isa-serial";

        [DeviceProperty("irq", "Interrupt line", Minimum = 3, Maximum = 15)]
        public byte Irq { get; set; } = 4;

        [DeviceProperty("iobase", "First port")]
        public ushort IoBase { get; set; } = 0x3F8;

        [DeviceProperty("wakeup", "Wakes the machine")]
        public bool WakeUp { get; set; }
    }

    private sealed class Bare : Device
    {
        public override string Driver => "bare";
    }
}
