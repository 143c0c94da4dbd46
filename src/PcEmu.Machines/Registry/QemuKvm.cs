using PcEmu.Core.Properties;

namespace PcEmu.Machines.Registry;

/// <summary>What a guest of qemu-kvm, the fork that ended with version 1.2, finds when it comes along.</summary>
public static class QemuKvm
{
    /// <summary>The machine property that says that the incoming guest is qemu-kvm's.</summary>
    public const string MigrationProperty = "qemu-kvm-migration";

    /// <summary>Early init of pc-1.0: qemu-kvm 1.0 gave Cirrus and standard VGA 16 MiB where QEMU 1.0 gave 8.</summary>
    /// <remarks>It only changes the default: what the user says with <c>-global</c> is laid down later.</remarks>
    internal static void EarlyInit(MachineState machine)
    {
        if (machine.QemuKvmMigration)
        {
            machine.CompatProps.Add(new GlobalProperty("cirrus-vga", "vgamem_mb", "16"));
            machine.CompatProps.Add(new GlobalProperty("VGA", "vgamem_mb", "16"));
        }
    }
}
