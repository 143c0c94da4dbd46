using PcEmu.Core;

namespace PcEmu.Machines.Catalog;

/// <summary>Under which heading <c>-device help</c> lists a driver, in the order of the headings.</summary>
public enum DeviceCategory
{
    /// <summary>Controllers, bridges and hubs.</summary>
    Bridge,

    /// <summary>USB controllers and devices.</summary>
    Usb,

    /// <summary>Disks and their controllers.</summary>
    Storage,

    /// <summary>Network cards.</summary>
    Network,

    /// <summary>Keyboards, mice, serial and parallel ports.</summary>
    Input,

    /// <summary>Display adapters.</summary>
    Display,

    /// <summary>Sound cards.</summary>
    Sound,

    /// <summary>All that has a purpose and no heading.</summary>
    Misc,

    /// <summary>Drivers that nobody has sorted.</summary>
    Uncategorized,
}

/// <summary>A driver: a kind of device by the name under which users know it.</summary>
/// <param name="Name">Driver name ("isa-serial").</param>
/// <param name="Bus">Bus it sits on as help words it ("ISA", "PCI", "IDE"), or null.</param>
/// <param name="Description">What it is, or null.</param>
/// <param name="Type">The device type that declares its properties.</param>
public sealed record DeviceModel(string Name, string? Bus, string? Description, Type Type)
{
    /// <summary>Another name for it, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>Heading it stands under.</summary>
    public DeviceCategory Category { get; init; } = DeviceCategory.Uncategorized;

    /// <summary>Whether <c>-device</c> may make one; else only boards do.</summary>
    public bool UserCreatable { get; init; } = true;

    /// <summary>Makes one as it is before anybody sets a property, so that help can show defaults; or null.</summary>
    public Func<Device>? Sample { get; init; }
}
