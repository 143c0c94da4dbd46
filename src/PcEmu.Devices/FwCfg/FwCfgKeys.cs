namespace PcEmu.Devices.FwCfg;

/// <summary>Item numbers of the firmware configuration interface.</summary>
/// <remarks>Source: QEMU, <c>docs/specs/fw_cfg</c>, and the items that SeaBIOS and the linuxboot option ROM ask for.</remarks>
public static class FwCfgKeys
{
    /// <summary>The four letters "QEMU".</summary>
    public const ushort Signature = 0x00;

    /// <summary>32 bits: revision of the interface.</summary>
    public const ushort Id = 0x01;

    /// <summary>16 bytes: the machine's UUID.</summary>
    public const ushort Uuid = 0x02;

    /// <summary>64 bits: bytes of RAM.</summary>
    public const ushort RamSize = 0x03;

    /// <summary>16 bits: whether there is no display.</summary>
    public const ushort NoGraphic = 0x04;

    /// <summary>16 bits: processors at start.</summary>
    public const ushort CpuCount = 0x05;

    /// <summary>Number of the machine type; not used on a PC.</summary>
    public const ushort MachineId = 0x06;

    /// <summary>32 bits: where the kernel's protected-mode part goes.</summary>
    public const ushort KernelAddress = 0x07;

    /// <summary>32 bits: bytes of <see cref="KernelData"/>.</summary>
    public const ushort KernelSize = 0x08;

    /// <summary>The kernel's command line on other machines than a PC.</summary>
    public const ushort KernelCommandLine = 0x09;

    /// <summary>32 bits: where the initial RAM disk goes.</summary>
    public const ushort InitrdAddress = 0x0A;

    /// <summary>32 bits: bytes of <see cref="InitrdData"/>.</summary>
    public const ushort InitrdSize = 0x0B;

    /// <summary>16 bits: the boot device's letter on other machines than a PC.</summary>
    public const ushort BootDevice = 0x0C;

    /// <summary>64-bit words: number of nodes, the node of each processor, bytes of each node.</summary>
    public const ushort Numa = 0x0D;

    /// <summary>16 bits: whether to offer a boot menu.</summary>
    public const ushort BootMenu = 0x0E;

    /// <summary>16 bits: largest number of processors; on a PC, one above the largest local APIC id.</summary>
    public const ushort MaxCpus = 0x0F;

    /// <summary>32 bits: where a multiboot kernel starts.</summary>
    public const ushort KernelEntry = 0x10;

    /// <summary>The kernel's protected-mode part.</summary>
    public const ushort KernelData = 0x11;

    /// <summary>The initial RAM disk.</summary>
    public const ushort InitrdData = 0x12;

    /// <summary>32 bits: where the command line goes.</summary>
    public const ushort CommandLineAddress = 0x13;

    /// <summary>32 bits: bytes of <see cref="CommandLineData"/>, the final zero included.</summary>
    public const ushort CommandLineSize = 0x14;

    /// <summary>The kernel's command line, with a final zero.</summary>
    public const ushort CommandLineData = 0x15;

    /// <summary>32 bits: where the kernel's real-mode part goes.</summary>
    public const ushort SetupAddress = 0x16;

    /// <summary>32 bits: bytes of <see cref="SetupData"/>.</summary>
    public const ushort SetupSize = 0x17;

    /// <summary>The kernel's real-mode part.</summary>
    public const ushort SetupData = 0x18;

    /// <summary>The directory of files.</summary>
    public const ushort FileDirectory = 0x19;

    /// <summary>The first file; there are <see cref="FileSlots"/> of them.</summary>
    public const ushort FirstFile = 0x20;

    /// <summary>Number of files that fit.</summary>
    public const int FileSlots = 0x10;

    /// <summary>Bit that marks a PC's own items.</summary>
    public const ushort ArchitectureLocal = 0x8000;

    /// <summary>Bit that selects an item for writing.</summary>
    public const ushort WriteChannel = 0x4000;

    /// <summary>ACPI tables from the command line.</summary>
    public const ushort AcpiTables = ArchitectureLocal | 0;

    /// <summary>SMBIOS entries and fields.</summary>
    public const ushort SmbiosEntries = ArchitectureLocal | 1;

    /// <summary>A byte: whether IRQ 0 arrives at pin 2 of the I/O APIC.</summary>
    public const ushort Irq0Override = ArchitectureLocal | 2;

    /// <summary>Memory ranges that the firmware must report as reserved.</summary>
    public const ushort E820Table = ArchitectureLocal | 3;

    /// <summary>The HPET's block.</summary>
    public const ushort Hpet = ArchitectureLocal | 4;
}
