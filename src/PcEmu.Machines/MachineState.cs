using PcEmu.Core.Properties;
using PcEmu.Machines.Registry;

namespace PcEmu.Machines;

/// <summary>One machine on its way to life: its type, its own properties, and the device properties laid down for it.</summary>
/// <remarks>
/// Everything that compatibility needs to know hangs on this object, never on a static: two machines of one process may differ
/// in all of it. <see cref="StartUp.StartUpSequence"/> fills it phase by phase.
/// </remarks>
/// <param name="type">The machine type.</param>
public sealed class MachineState(MachineType type)
{
    /// <summary>The machine type.</summary>
    public MachineType Type { get; } = type;

    /// <summary>How far the machine has come.</summary>
    public StartUp.StartUpPhase Phase { get; internal set; } = StartUp.StartUpPhase.TypeSelected;

    /// <summary>This machine's own copy of its type's compat properties; early init adds to it.</summary>
    public IList<GlobalProperty> CompatProps { get; } = [.. type.CompatProps];

    /// <summary>Every device property laid down: compat properties, then the user's. Devices take theirs from here.</summary>
    public PropertyBag Properties { get; } = new();

    /// <summary>Property <c>qemu-kvm-migration</c>: i8254 and PIIX4 PM read version 2 of their state in qemu-kvm's layouts.</summary>
    public bool QemuKvmMigration { get; internal set; }

    /// <summary>Property <c>usb</c>: whether there is a PIIX3 UHCI controller.</summary>
    public bool Usb { get; internal set; }

    /// <summary>Property <c>dump-guest-core</c>: whether core dumps of the emulator hold guest memory.</summary>
    public bool DumpGuestCore { get; internal set; } = true;

    /// <summary>Property <c>mem-merge</c>: whether the host may merge equal pages of guest memory.</summary>
    public bool MergeMemory { get; internal set; } = true;

    /// <summary>Property <c>firmware</c>: the image's file name, or null for the type's own.</summary>
    public string? Firmware { get; internal set; }

    /// <summary>Network card model where the user asks for none in particular; qemu-kvm's was another than QEMU's.</summary>
    public string DefaultNic => QemuKvmMigration ? "rtl8139" : Type.Features.DefaultNic;

    /// <summary>Whether the option ROM that patches TPR accesses is there; qemu-kvm always registers it.</summary>
    public bool HasTprOptionRom => QemuKvmMigration;
}
