using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Migration;

/// <summary>One section that a machine has: what loads and saves it, and under which name and number.</summary>
/// <param name="Section">The device's section.</param>
/// <param name="Instance">How many sections of the same name come before it.</param>
public sealed record MachineSection(StateSection Section, int Instance)
{
    /// <summary>Whether a stream without it is complete: its writer may not know the section, or leave it out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Asked when the machine is saved; null for yes.</summary>
    public Func<bool>? IsSaved { get; init; }
}

/// <summary>A machine as a stream sees it: blocks of RAM, and sections in the order in which they are saved.</summary>
public sealed record MigrationMachine
{
    /// <summary>Name of the machine type, which newer streams begin with.</summary>
    public required string MachineType { get; init; }

    /// <summary>The blocks of RAM; a stream has to have the same ones.</summary>
    public required IReadOnlyList<RamBlock> Blocks { get; init; }

    /// <summary>Makes a block that the stream has and the machine has not, by name and size; null where that cannot be.</summary>
    public Func<string, ulong, RamBlock?> Hold { get; init; } = static (_, _) => null;

    /// <summary>The sections, in the order in which they are saved.</summary>
    public required IReadOnlyList<MachineSection> Sections { get; init; }

    /// <summary>Whether version 2 of i8254 and piix4_pm is read as qemu-kvm wrote it, rather than QEMU.</summary>
    public bool QemuKvmMigration { get; init; }

    /// <summary>Numbers equal names from 0 as a stream does.</summary>
    /// <param name="sections">Sections in order.</param>
    /// <param name="isOptional">Says by name which of them a stream may lack.</param>
    public static IReadOnlyList<MachineSection> Number(IEnumerable<StateSection> sections, Func<string, bool> isOptional)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        List<MachineSection> numbered = [];
        foreach (StateSection section in sections)
        {
            int instance = seen.GetValueOrDefault(section.Name);
            seen[section.Name] = instance + 1;
            numbered.Add(new MachineSection(section, instance) { IsOptional = isOptional(section.Name) });
        }

        return numbered;
    }

    // Programs before 1.0 told instances apart by I/O address.
    internal static uint PlainInstance(string name, uint instance) => (name, instance) switch
    {
        ("i8259", 0x20) or ("i8254", 0x40) or ("mc146818rtc", 0x70) or ("serial", 0x3F8) => 0,
        ("i8259", 0xA0) or ("dma", 0xC0) or ("serial", 0x2F8) => 1,
        ("serial", 0x3E8) => 2,
        ("serial", 0x2E8) => 3,
        _ => instance,
    };
}
