using PcEmu.Core;
using PcEmu.Machines;
using PcEmu.Machines.Registry;
using PcEmu.Machines.StartUp;

namespace PcEmu.Cli.Tests;

/// <summary>From the command line through all start-up phases: what a device of the machine would be told.</summary>
public sealed class LineToMachineTests
{
    private static MachineState Start(string line) => StartUpSequence.Run(MachineRegistry.Pc, Lines.Machine(line));

    [TestCase("-machine pc-1.0,qemu-kvm-migration=on", "16", "16")]
    [TestCase("-machine pc-1.0,qemu-kvm-migration=on -global cirrus-vga.vgamem_mb=8", "8", "16")]
    [TestCase("-global cirrus-vga.vgamem_mb=8 -machine pc-1.0 -machine qemu-kvm-migration=on", "8", "16")]
    [TestCase("-M pc-1.0-qemu-kvm -global VGA.vgamem_mb=32", "16", "32")]
    [TestCase("-M pc-1.0", null, "8")]
    [TestCase("-M pc-1.0,noqemu-kvm-migration", null, "8")]
    [TestCase("-M pc-1.2,qemu-kvm-migration=on", null, null)]
    [TestCase("", null, null)]
    public void VideoMemoryFollowsTypeParameterAndUserInThisOrder(string line, string? cirrus, string? std)
    {
        MachineState machine = Start(line);
        Assert.That(
            (machine.Properties.Find("cirrus-vga", "vgamem_mb"), machine.Properties.Find("VGA", "vgamem_mb")),
            Is.EqualTo((cirrus, std)));
    }

    [TestCase("-machine pc,qemu-kvm-migration=on", "machine type 'pc-i440fx-2.0' has no property 'qemu-kvm-migration' (qemu-kvm ended with pc-1.2)")]
    [TestCase("-machine qemu-kvm-migration=on -M pc-1.0 -M pc-1.4", "-machine pc-1.4: unsupported machine type (use -machine help to list supported machines)")]
    [TestCase("-machine pc,foo=1", "machine type 'pc-i440fx-2.0' has no property 'foo'")]
    [TestCase("-machine pc,accel=kvm", "-machine accel=kvm: accelerator 'kvm' is not available (PcEmu has only tcg)")]
    public void WhatTheTypeDoesNotHaveIsRefused(string line, string message) =>
        Assert.That(() => Start(line), Throws.TypeOf<ConfigurationException>().With.Message.EqualTo(message));

    [Test]
    public void AFirmwareImageIsAMachineProperty() => Assert.That(Start("-bios my.bin").Firmware, Is.EqualTo("my.bin"));
}
