using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.StartUp;

namespace PcEmu.Machines.Tests.StartUp;

public sealed class StartUpSequenceTests
{
    private static readonly KeyValuePair<string, string> MigrationOn = new("qemu-kvm-migration", "on");

    private static MachineState Run(string type, params KeyValuePair<string, string>[] properties) =>
        StartUpSequence.Run(MachineRegistry.Pc, new MachineOptions { MachineType = type, MachineProperties = properties });

    private static MachineState Selected(string? type) => StartUpSequence.SelectType(MachineRegistry.Pc, type, out _);

    [Test]
    public void WithoutANameTheDefaultTypeIsSelected() => Assert.That(Selected(null).Type.Name, Is.EqualTo("pc-i440fx-2.0"));

    [Test]
    public void ASelectedMachineKnowsNothingButItsType()
    {
        MachineState machine = Selected("pc-1.0");
        Assert.Multiple(() =>
        {
            Assert.That(machine.Phase, Is.EqualTo(StartUpPhase.TypeSelected));
            Assert.That(machine.Properties.All, Is.Empty);
            Assert.That(machine.CompatProps, Is.EqualTo(machine.Type.CompatProps));
        });
    }

    [Test]
    public void MachinePropertiesAreSetInOrderSoThatTheLastCounts()
    {
        MachineState machine = Selected("pc-1.0");
        StartUpSequence.SetMachineProperties(machine, null, [MigrationOn, new("usb", "on"), new("qemu-kvm-migration", "off")]);
        Assert.Multiple(() =>
        {
            Assert.That(machine.QemuKvmMigration, Is.False);
            Assert.That(machine.Usb, Is.True);
            Assert.That(machine.Properties.All, Is.Empty);
        });
    }

    [Test]
    public void EarlyInitSeesTheMachinePropertiesAndNothingIsLaidDownYet()
    {
        MachineState? seen = null;
        int laidDown = -1;
        bool migration = false;
        var row = new MachineRow("probe")
        {
            HardwareVersion = "1",
            ShippedByQemuKvm = true,
            Compat = [new("chip", "size", "1")],
            EarlyInit = m =>
            {
                seen = m;
                laidDown = m.Properties.All.Count();
                migration = m.QemuKvmMigration;
                m.CompatProps.Add(new("chip", "size", "2"));
            },
        };
        IReadOnlyList<MachineType> types = MachineRegistry.Resolve([row], "Probe");
        MachineState machine = StartUpSequence.Run(new MachineRegistry(types, types[0]), new MachineOptions
        {
            MachineProperties = [MigrationOn],
            Globals = [new("chip", "size", "3")],
        });
        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.SameAs(machine));
            Assert.That(migration, Is.True);
            Assert.That(laidDown, Is.Zero);
            Assert.That(machine.Properties.All.Select(p => p.Value), Is.EqualTo(["1", "2", "3"]));
            Assert.That(types[0].CompatProps, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public void APhaseOutOfOrderIsOurMistake()
    {
        MachineState machine = Selected("pc-1.0");
        Assert.Multiple(() =>
        {
            Assert.That(() => StartUpSequence.EarlyInit(machine), Throws.InvalidOperationException);
            Assert.That(() => StartUpSequence.LayDownGlobals(machine, []), Throws.InvalidOperationException);
        });
        StartUpSequence.SetMachineProperties(machine, null, []);
        Assert.That(() => StartUpSequence.SetMachineProperties(machine, null, []), Throws.InvalidOperationException);
        StartUpSequence.EarlyInit(machine);
        StartUpSequence.LayDownGlobals(machine, []);
        Assert.That(machine.Phase, Is.EqualTo(StartUpPhase.GlobalsLaidDown));
    }

    [TestCase("pc-1.0", true, "16", "16")]
    [TestCase("pc-1.0", false, null, "8")]
    [TestCase("pc-1.1", true, null, "8")]
    [TestCase("pc-1.2", true, null, null)]
    [TestCase("pc-0.15", true, null, "8")]
    [TestCase("pc-0.10", true, null, "8")]
    public void VideoMemoryIs16MiBByDefaultOnPc10WithTheParameterAlone(string type, bool on, string? cirrus, string? std)
    {
        MachineState machine = Run(type, new KeyValuePair<string, string>("qemu-kvm-migration", on ? "on" : "off"));
        Assert.Multiple(() =>
        {
            Assert.That(machine.QemuKvmMigration, Is.EqualTo(on));
            Assert.That(machine.Properties.Find("cirrus-vga", "vgamem_mb"), Is.EqualTo(cirrus));
            Assert.That(machine.Properties.Find("VGA", "vgamem_mb"), Is.EqualTo(std));
        });
    }

    [Test]
    public void TheUsersGlobalBeatsEarlyInitAndTheLastOfThemCounts()
    {
        MachineState machine = StartUpSequence.Run(MachineRegistry.Pc, new MachineOptions
        {
            MachineType = "pc-1.0",
            MachineProperties = [MigrationOn],
            Globals = [new("cirrus-vga", "vgamem_mb", "4"), new("cirrus-vga", "vgamem_mb", "8")],
        });
        var device = new FakeCirrus();
        machine.Properties.Apply(device);
        Assert.Multiple(() =>
        {
            Assert.That(device.VideoMemory, Is.EqualTo(8));
            Assert.That(machine.Properties.Find("VGA", "vgamem_mb"), Is.EqualTo("16"));
        });
    }

    [TestCase("pc-1.0", 16u)]
    [TestCase("pc-1.1", 4u)]
    public void ADeviceTakesTheDefaultThatEarlyInitLaidDown(string type, uint expected)
    {
        var device = new FakeCirrus();
        Run(type, MigrationOn).Properties.Apply(device);
        Assert.That(device.VideoMemory, Is.EqualTo(expected));
    }

    [Test]
    public void TheAliasOfTheFirstSeriesTurnsTheParameterOnAndTheUserMayTurnItOff()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Run("pc-1.0-qemu-kvm").QemuKvmMigration, Is.True);
            Assert.That(Run("pc-1.0-qemu-kvm").Properties.Find("cirrus-vga", "vgamem_mb"), Is.EqualTo("16"));
            Assert.That(Run("pc-1.0-qemu-git").QemuKvmMigration, Is.False);
            Assert.That(Run("pc-1.0-qemu-kvm", new KeyValuePair<string, string>("qemu-kvm-migration", "off")).QemuKvmMigration, Is.False);
        });
    }

    [Test]
    public void TwoMachinesOfOneProcessDoNotKnowEachOther()
    {
        MachineState on = Run("pc-1.0", MigrationOn);
        MachineState off = Run("pc-1.0");
        Assert.Multiple(() =>
        {
            Assert.That(on.QemuKvmMigration, Is.True);
            Assert.That(off.QemuKvmMigration, Is.False);
            Assert.That(on.CompatProps, Has.Count.EqualTo(off.CompatProps.Count + 2));
            Assert.That(off.Properties.Find("cirrus-vga", "vgamem_mb"), Is.Null);
            Assert.That(off.CompatProps, Is.EqualTo(MachineRegistry.Pc.Find("pc-1.0", out _).CompatProps));
        });
    }

    [Test]
    public void DefaultsFollowTheProgramThatTheGuestComesFrom()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Run("pc-1.0").DefaultNic, Is.EqualTo("e1000"));
            Assert.That(Run("pc-1.0", MigrationOn).DefaultNic, Is.EqualTo("rtl8139"));
            Assert.That(Run("pc-1.0").HasTprOptionRom, Is.False);
            Assert.That(Run("pc-1.2", MigrationOn).HasTprOptionRom, Is.True);
        });
    }

    [TestCase("pc-i440fx-2.0", "qemu-kvm-migration", "on", "machine type 'pc-i440fx-2.0' has no property 'qemu-kvm-migration' (qemu-kvm ended with pc-1.2)")]
    [TestCase("pc", "qemu-kvm-migration", "off", "machine type 'pc-i440fx-2.0' has no property 'qemu-kvm-migration' (qemu-kvm ended with pc-1.2)")]
    [TestCase("pc-1.3", "qemu-kvm-migration", "on", "machine type 'pc-1.3' has no property 'qemu-kvm-migration' (qemu-kvm ended with pc-1.2)")]
    [TestCase("isapc", "qemu-kvm-migration", "on", "machine type 'isapc' has no property 'qemu-kvm-migration'")]
    [TestCase("pc-1.0", "foo", "1", "machine type 'pc-1.0' has no property 'foo'")]
    [TestCase("pc-1.0", "qemu-kvm-migration", "2", "-machine qemu-kvm-migration=2: Parameter 'qemu-kvm-migration' expects 'on' or 'off', not '2'")]
    [TestCase("pc-1.0", "qemu-kvm-migration", "", "-machine qemu-kvm-migration=: Parameter 'qemu-kvm-migration' expects 'on' or 'off', not ''")]
    [TestCase("pc", "usb", "maybe", "-machine usb=maybe: Parameter 'usb' expects 'on' or 'off', not 'maybe'")]
    [TestCase("pc", "accel", "kvm", "-machine accel=kvm: accelerator 'kvm' is not available (PcEmu has only tcg)")]
    [TestCase("pc", "accel", "warp", "-machine accel=warp: invalid accelerator 'warp'")]
    [TestCase("pc", "accel", "warp:tcg", "-machine accel=warp:tcg: invalid accelerator 'warp'")]
    [TestCase("pc", "kernel_irqchip", "x", "-machine kernel-irqchip=x: Parameter 'kernel-irqchip' expects 'on' or 'off', not 'x'")]
    public void AWrongPropertyIsRefusedInOneLine(string type, string key, string value, string message) => Assert.That(
        () => Run(type, new KeyValuePair<string, string>(key, value)),
        Throws.TypeOf<ConfigurationException>().With.Message.EqualTo(message));

    [TestCase("accel", "tcg")]
    [TestCase("accel", "kvm:tcg")]
    [TestCase("kernel_irqchip", "off")]
    [TestCase("kernel-irqchip", "split")]
    [TestCase("dump-guest-core", "off")]
    [TestCase("mem-merge", "no")]
    [TestCase("firmware", "x.bin")]
    public void WhatEveryPcHasIsTaken(string key, string value) =>
        Assert.That(() => Run("isapc", new KeyValuePair<string, string>(key, value)), Throws.Nothing);

    [TestCase("pc-0.10", true)]
    [TestCase("pc-1.2", true)]
    [TestCase("pc-1.3", false)]
    [TestCase("isapc", false)]
    public void HelpOfATypeListsThePropertiesThatItHas(string type, bool has)
    {
        string help = MachineProperty.HelpFor(MachineRegistry.Pc.Find(type, out _));
        Assert.Multiple(() =>
        {
            Assert.That(help, Does.StartWith($"{type}-machine options:\n  accel=<string>         - "));
            Assert.That(help.Contains("\n  qemu-kvm-migration=<bool> - ", StringComparison.Ordinal), Is.EqualTo(has));
        });
    }

    private sealed class FakeCirrus : Device
    {
        public override string Driver => "cirrus-vga";

        [DeviceProperty("vgamem_mb", "Video memory in MiB", Minimum = 4, Maximum = 16, PowerOfTwo = true)]
        public uint VideoMemory { get; set; } = 4;
    }
}
