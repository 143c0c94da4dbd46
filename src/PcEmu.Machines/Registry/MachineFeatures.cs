namespace PcEmu.Machines.Registry;

/// <summary>What a machine type does differently that is no device property: inherited from row to row, newest first.</summary>
/// <remarks>The defaults are those of the newest row, pc-i440fx-2.0.</remarks>
public sealed record MachineFeatures
{
    private const ulong Gigabyte = 1ul << 30;

    /// <summary>RAM from this size on does not fit below the PCI hole in one piece.</summary>
    private const ulong SplitThreshold = 0xE000_0000;

    /// <summary>The machine makes the ACPI tables and hands them over through fw_cfg; else the firmware makes its own.</summary>
    public bool AcpiTablesByMachine { get; init; } = true;

    /// <summary>The SMBIOS system record (type 1) names QEMU and the machine; else it is the firmware's.</summary>
    public bool SmbiosType1Defaults { get; init; } = true;

    /// <summary>RAM of 3.5 GiB and more is split at 3 GiB, so that guest gigabytes are host gigabytes; else at 3.5 GiB.</summary>
    public bool GigabyteAlignedRam { get; init; } = true;

    /// <summary>Size in bytes of the firmware image at the top of 4 GiB, and of the block <c>pc.bios</c> in a stream.</summary>
    public int FirmwareSize { get; init; } = 256 << 10;

    /// <summary>Option ROMs that fw_cfg offers have memory regions of their own, and so blocks in a stream.</summary>
    public bool OptionRomsHaveRegions { get; init; }

    /// <summary>Files that fw_cfg offers have memory regions of their own, and so blocks in a stream.</summary>
    public bool RomFilesHaveRegions { get; init; } = true;

    /// <summary>APIC ids are counted through (0, 1, 2...); else they are put together from socket, core and thread.</summary>
    public bool ContiguousApicIds { get; init; }

    /// <summary>CPUs can be added while the machine runs; the ACPI GPE block has the CPU hot-plug registers.</summary>
    public bool CpuHotAdd { get; init; } = true;

    /// <summary>CPUID leaf 4000_0001h offers the paravirtual clock (a stream may then hold <c>kvmclock</c>).</summary>
    public bool HasKvmClock { get; init; } = true;

    /// <summary>CPUID leaf 4000_0001h offers the paravirtual end of interrupt.</summary>
    public bool HasPvEoi { get; init; } = true;

    /// <summary>CPU models have x2APIC where the accelerator can emulate it (KVM's default).</summary>
    public bool HasKvmX2Apic { get; init; } = true;

    /// <summary>The CPU model n270 has MOVBE, as the Atom it is named after.</summary>
    public bool N270HasMovbe { get; init; } = true;

    /// <summary>The CPU model Westmere has PCLMULQDQ.</summary>
    public bool WestmereHasPclmulqdq { get; init; } = true;

    /// <summary>There is an i440FX and a PCI bus; else all that there is sits on the ISA bus.</summary>
    public bool HasPci { get; init; } = true;

    /// <summary>There is a PIIX4 power management function and ACPI.</summary>
    public bool HasAcpi { get; init; } = true;

    /// <summary>Most CPUs the machine takes.</summary>
    public int MaximumCpus { get; init; } = 255;

    /// <summary>CPU model without <c>-cpu</c>.</summary>
    public string DefaultCpu { get; init; } = "qemu64";

    /// <summary>Network card model where the user asks for none in particular.</summary>
    public string DefaultNic { get; init; } = "e1000";

    /// <summary>File name of the firmware image that is <see cref="FirmwareSize"/> long.</summary>
    public string FirmwareFile => FirmwareSize == 128 << 10 ? "bios.bin" : "bios-256k.bin";

    /// <summary>Where RAM goes: bytes from address 0 up, and bytes from 4 GiB up.</summary>
    /// <param name="ramSize">Guest RAM in bytes.</param>
    public (ulong Below4G, ulong Above4G) SplitRam(ulong ramSize)
    {
        if (ramSize < SplitThreshold)
        {
            return (ramSize, 0);
        }

        ulong below = GigabyteAlignedRam ? 3 * Gigabyte : SplitThreshold;
        return (below, ramSize - below);
    }
}
