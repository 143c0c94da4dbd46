
namespace PcEmu.Machines.Registry;

/// <summary>The PC machine types as data, newest first: a row says only what that version did differently from the row above.</summary>
/// <remarks>
/// Sources: QEMU's documented machine types up to 2.0, and qemu-kvm 1.0. Driver and property names are those that users type;
/// a driver or property that PcEmu does not have stands here all the same, for the day it has.
/// </remarks>
internal static class PcTable
{
    public const string I440FxFamily = "Standard PC (i440FX + PIIX, 1996)";
    public const string IsaFamily = "ISA-only PC";

    public static readonly IReadOnlyList<MachineRow> I440Fx =
    [
        new("pc-i440fx-2.0")
        {
            HardwareVersion = "2.0",
            Aliases = [new("pc")],
        },
        new("pc-i440fx-1.7")
        {
            HardwareVersion = "1.7",
            Compat =
            [
                new("usb-device", "msos-desc", "no"),
                new("PIIX4_PM", "acpi-pci-hotplug-with-bridge-support", "off"),
            ],
            Change = static newer => newer with
            {
                SmbiosType1Defaults = false,
                GigabyteAlignedRam = false,
                OptionRomsHaveRegions = true,
                HasKvmX2Apic = false,
                FirmwareSize = 128 << 10,
            },
        },
        new("pc-i440fx-1.6")
        {
            HardwareVersion = "1.6",
            Compat =
            [
                new("e1000", "mitigation", "off"),
                new("qemu64-cpu", "model", "2"),
                new("qemu32-cpu", "model", "3"),
                new("i440FX-pcihost", "short_root_bus", "1"),
            ],
            Change = static newer => newer with { AcpiTablesByMachine = false, RomFilesHaveRegions = false },
        },
        new("pc-i440fx-1.5")
        {
            HardwareVersion = "1.5",
            Compat =
            [
                new("Conroe-cpu", "model", "2"),
                new("Conroe-cpu", "level", "2"),
                new("Penryn-cpu", "model", "2"),
                new("Penryn-cpu", "level", "2"),
                new("Nehalem-cpu", "model", "2"),
                new("Nehalem-cpu", "level", "2"),
                new("virtio-net-pci", "any_layout", "off"),
                new("cpu", "pmu", "on"),
                new("i440FX-pcihost", "short_root_bus", "0"),
            ],
        },
        new("pc-i440fx-1.4")
        {
            HardwareVersion = "1.4",
            Compat =
            [
                new("scsi-hd", "discard_granularity", "0"),
                new("scsi-cd", "discard_granularity", "0"),
                new("scsi-disk", "discard_granularity", "0"),
                new("ide-hd", "discard_granularity", "0"),
                new("ide-cd", "discard_granularity", "0"),
                new("ide-drive", "discard_granularity", "0"),
                new("virtio-blk-pci", "discard_granularity", "0"),
                new("virtio-serial-pci", "vectors", "0xFFFFFFFF"), // unspecified: as many as there are ports
                new("virtio-net-pci", "ctrl_guest_offloads", "off"),
                new("e1000", "romfile", "pxe-e1000.rom"),
                new("ne2k_pci", "romfile", "pxe-ne2k_pci.rom"),
                new("pcnet", "romfile", "pxe-pcnet.rom"),
                new("rtl8139", "romfile", "pxe-rtl8139.rom"),
                new("virtio-net-pci", "romfile", "pxe-virtio.rom"),
                new("486-cpu", "model", "0"),
            ],
            Change = static newer => newer with { N270HasMovbe = false, WestmereHasPclmulqdq = false, CpuHotAdd = false },
        },
        new("pc-1.3")
        {
            HardwareVersion = "1.3",
            Compat =
            [
                new("usb-tablet", "usb_version", "1"),
                new("virtio-net-pci", "ctrl_mac_addr", "off"),
                new("virtio-net-pci", "mq", "off"),
                new("e1000", "autonegotiation", "off"),
            ],
            Change = static newer => newer with { ContiguousApicIds = true },
        },
        new("pc-1.2")
        {
            HardwareVersion = "1.2",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("nec-usb-xhci", "msi", "off"),
                new("nec-usb-xhci", "msix", "off"),
                new("ivshmem", "use64", "0"),
                new("qxl", "revision", "3"),
                new("qxl-vga", "revision", "3"),
                new("VGA", "mmio", "off"),
            ],
            Change = static newer => newer with { HasPvEoi = false },
        },
        new("pc-1.1")
        {
            HardwareVersion = "1.1",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("virtio-scsi-pci", "hotplug", "off"),
                new("virtio-scsi-pci", "param_change", "off"),
                new("VGA", "vgamem_mb", "8"),
                new("vmware-svga", "vgamem_mb", "8"),
                new("qxl-vga", "vgamem_mb", "8"),
                new("qxl", "vgamem_mb", "8"),
                new("virtio-blk-pci", "config-wce", "off"),
            ],
        },
        new("pc-1.0")
        {
            HardwareVersion = "1.0",
            ShippedByQemuKvm = true,
            EarlyInit = QemuKvm.EarlyInit,
            // Two programs called their machine pc-1.0; these names say which one is meant.
            Aliases =
            [
                new("pc-1.0-qemu-git"),
                new("pc-1.0-qemu-kvm", [new(QemuKvm.MigrationProperty, "on")]),
            ],
            Compat =
            [
                new("isa-fdc", "check_media_rate", "off"),
                new("virtio-balloon-pci", "class", "0x0500"), // PCI class: RAM controller
                new("apic", "vapic", "off"),
                new("usb-device", "full-path", "no"),
            ],
        },
        new("pc-0.15") { HardwareVersion = "0.15", ShippedByQemuKvm = true },
        new("pc-0.14")
        {
            HardwareVersion = "0.14",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("virtio-blk-pci", "event_idx", "off"),
                new("virtio-serial-pci", "event_idx", "off"),
                new("virtio-net-pci", "event_idx", "off"),
                new("virtio-balloon-pci", "event_idx", "off"),
                new("qxl", "revision", "2"),
                new("qxl-vga", "revision", "2"),
            ],
        },
        new("pc-0.13")
        {
            HardwareVersion = "0.13",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("pci-device", "command_serr_enable", "off"),
                new("AC97", "use_broken_id", "1"),
                new("VGA", "rombar", "0"),
                new("vmware-svga", "rombar", "0"),
            ],
            OwnCompat = [new("virtio-9p-pci", "vectors", "0")],
            Change = static newer => newer with { HasKvmClock = false },
        },
        new("pc-0.12")
        {
            HardwareVersion = "0.12",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("virtio-serial-pci", "max_ports", "1"),
                new("virtio-serial-pci", "vectors", "0"),
                new("usb-mouse", "serial", "1"),
                new("usb-tablet", "serial", "1"),
                new("usb-kbd", "serial", "1"),
            ],
        },
        new("pc-0.11")
        {
            HardwareVersion = "0.11",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("virtio-blk-pci", "vectors", "0"),
                new("pci-device", "rombar", "0"),
                new("ide-drive", "ver", "0.11"),
                new("scsi-disk", "ver", "0.11"),
            ],
        },
        new("pc-0.10")
        {
            HardwareVersion = "0.10",
            ShippedByQemuKvm = true,
            Compat =
            [
                new("virtio-blk-pci", "class", "0x0180"),    // PCI class: other storage controller
                new("virtio-serial-pci", "class", "0x0380"), // PCI class: other display controller
                new("virtio-net-pci", "vectors", "0"),
                new("ide-drive", "ver", "0.10"),
                new("scsi-disk", "ver", "0.10"),
            ],
        },
    ];

    /// <summary>The PC before PCI: no version of its own, and nothing to be compatible with.</summary>
    public static readonly MachineRow Isa = new("isapc")
    {
        HardwareVersion = "",
        Change = static newest => newest with
        {
            HasPci = false,
            HasAcpi = false,
            AcpiTablesByMachine = false,
            SmbiosType1Defaults = false,
            ContiguousApicIds = true,
            CpuHotAdd = false,
            HasPvEoi = false,
            FirmwareSize = 128 << 10,
            MaximumCpus = 1,
            DefaultCpu = "486",
            DefaultNic = "ne2k_isa",
        },
    };
}
