using System.Globalization;
using System.Numerics;
using System.Reflection;

namespace PcEmu.Core.Properties;

/// <summary>Declares a device property that <c>-device</c>, <c>-global</c> and compat properties set by name.</summary>
/// <remarks>Stands on a settable C# property of type bool, byte, ushort, uint, ulong, int, long, string or an enum.</remarks>
/// <param name="name">Name as users type it ("vgamem_mb").</param>
/// <param name="help">One line that <c>-device NAME,help</c> shows.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DevicePropertyAttribute(string name, string help) : Attribute
{
    /// <summary>Name as users type it.</summary>
    public string Name { get; } = name;

    /// <summary>One line for the user.</summary>
    public string Help { get; } = help;

    /// <summary>Smallest allowed number; as it stands, the type's.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>Largest allowed number; as it stands, the type's.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>Whether a number must be a power of two.</summary>
    public bool PowerOfTwo { get; init; }
}

/// <summary>One declared property of a device type.</summary>
public sealed class PropertyInfoOfDevice
{
    private readonly PropertyInfo _property;
    private readonly DevicePropertyAttribute _declared;

    internal PropertyInfoOfDevice(PropertyInfo property, DevicePropertyAttribute declared)
    {
        _property = property;
        _declared = declared;
    }

    /// <summary>Name as users type it.</summary>
    public string Name => _declared.Name;

    /// <summary>One line for the user.</summary>
    public string Help => _declared.Help;

    /// <summary>Type as QEMU words it ("bool", "uint32", "str").</summary>
    public string TypeName => Type.GetTypeCode(_property.PropertyType) switch
    {
        _ when _property.PropertyType.IsEnum => string.Join('|', Enum.GetNames(_property.PropertyType)).ToLowerInvariant(),
        TypeCode.Boolean => "bool",
        TypeCode.String => "str",
        TypeCode.Byte => "uint8",
        TypeCode.UInt16 => "uint16",
        TypeCode.UInt32 => "uint32",
        TypeCode.UInt64 => "uint64",
        TypeCode.Int32 => "int32",
        TypeCode.Int64 => "int64",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The range as help shows it, or an empty string.</summary>
    public string Range
    {
        get
        {
            string range = (_declared.Minimum, _declared.Maximum) switch
            {
                (long.MinValue, long.MaxValue) => "",
                (long low, long.MaxValue) => $"{low}..",
                (long.MinValue, long high) => $"..{high}",
                var (low, high) => $"{low}..{high}",
            };
            return _declared.PowerOfTwo ? $"{range}{(range.Length > 0 ? ", " : "")}power of two" : range;
        }
    }

    /// <summary>The value on a device, as a user would type it.</summary>
    public string Get(object device) => _property.GetValue(device) switch
    {
        bool b => b ? "on" : "off",
        Enum e => e.ToString().ToLowerInvariant(),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        var other => other?.ToString() ?? "",
    };

    /// <summary>Sets the value on a device from what the user typed.</summary>
    /// <exception cref="ConfigurationException">The text is not of the type, or out of range.</exception>
    public void Set(object device, string driver, string text)
    {
        Type type = _property.PropertyType;
        object value;
        if (type == typeof(string))
        {
            value = text;
        }
        else if (type == typeof(bool))
        {
            value = OptionString.TryParseBool(text, out bool on) ? on : throw Bad("expected 'on' or 'off'");
        }
        else if (type.IsEnum)
        {
            string? known = Array.Find(Enum.GetNames(type), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
            value = known is not null ? Enum.Parse(type, known) : throw Bad($"expected one of {TypeName}");
        }
        else
        {
            if (!OptionString.TryParseInteger(text, out Int128 number))
            {
                throw Bad("expected a number");
            }

            bool tooLarge = number > _declared.Maximum && _declared.Maximum != long.MaxValue;
            if (number < _declared.Minimum || tooLarge || !Fits(type, number))
            {
                throw Bad(Range.Length > 0 ? $"out of range ({Range})" : "out of range");
            }

            if (_declared.PowerOfTwo && !BitOperations.IsPow2((ulong)number))
            {
                throw Bad($"out of range ({Range})");
            }

            value = Type.GetTypeCode(type) switch
            {
                TypeCode.Byte => (byte)number,
                TypeCode.UInt16 => (ushort)number,
                TypeCode.UInt32 => (uint)number,
                TypeCode.UInt64 => (ulong)number,
                TypeCode.Int32 => (int)number,
                _ => (object)(long)number,
            };
        }

        _property.SetValue(device, value, BindingFlags.DoNotWrapExceptions, binder: null, index: null, CultureInfo.InvariantCulture);

        ConfigurationException Bad(string why) => new($"Property '{driver}.{Name}' doesn't take value '{text}': {why}");
    }

    private static bool Fits(Type type, Int128 number) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => number >= byte.MinValue && number <= byte.MaxValue,
        TypeCode.UInt16 => number >= ushort.MinValue && number <= ushort.MaxValue,
        TypeCode.UInt32 => number >= uint.MinValue && number <= uint.MaxValue,
        TypeCode.UInt64 => number >= ulong.MinValue && number <= ulong.MaxValue,
        TypeCode.Int32 => number >= int.MinValue && number <= int.MaxValue,
        _ => number >= long.MinValue && number <= long.MaxValue,
    };
}

/// <summary>The declared properties of device types.</summary>
public static class DeviceProperties
{
    /// <summary>The properties that <paramref name="deviceType"/> declares, base types' first.</summary>
    public static IReadOnlyList<PropertyInfoOfDevice> Of(Type deviceType)
    {
        List<PropertyInfoOfDevice> found = [];
        IEnumerable<PropertyInfo> properties = deviceType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .OrderBy(static p => Depth(p.DeclaringType));
        foreach (PropertyInfo property in properties)
        {
            if (property.GetCustomAttribute<DevicePropertyAttribute>() is { } declared)
            {
                found.Add(new PropertyInfoOfDevice(property, declared));
            }
        }

        return found;

        static int Depth(Type? type) => type is null ? 0 : 1 + Depth(type.BaseType);
    }
}

/// <summary>One property assignment by driver name: from a machine type, from early init or from <c>-global</c>.</summary>
/// <param name="Driver">Driver name, or a base type's ("pci-device").</param>
/// <param name="Name">Property name.</param>
/// <param name="Value">Value as a user would type it.</param>
public readonly record struct GlobalProperty(string Driver, string Name, string Value);

/// <summary>The property assignments of one machine, in the order in which they are laid down: a later one wins.</summary>
public sealed class PropertyBag
{
    private readonly List<(GlobalProperty Property, bool FromUser)> _items = [];
    private readonly HashSet<string> _usedDrivers = new(StringComparer.Ordinal);

    /// <summary>All assignments, in order.</summary>
    public IEnumerable<GlobalProperty> All => _items.Select(static i => i.Property);

    /// <summary>User assignments (<c>-global</c>) whose driver no device of this machine had: worth a warning.</summary>
    public IEnumerable<GlobalProperty> Unused => _items.Where(i => i.FromUser && !_usedDrivers.Contains(i.Property.Driver)).Select(static i => i.Property);

    /// <summary>Lays down one more assignment.</summary>
    /// <param name="property">What to set.</param>
    /// <param name="fromUser">Whether an unknown property name is the user's error (a machine type may name what PcEmu has not).</param>
    public void Add(GlobalProperty property, bool fromUser = false) => _items.Add((property, fromUser));

    /// <summary>The value laid down last for a driver's property, or null.</summary>
    public string? Find(string driver, string name) =>
        _items.FindLast(i => i.Property.Driver == driver && i.Property.Name == name).Property.Value;

    /// <summary>Sets a new device's properties: the assignments laid down for its driver (or a base driver), then its own options.</summary>
    /// <param name="device">The device, constructed and not yet realized.</param>
    /// <param name="own">The <c>-device</c> options, or null.</param>
    /// <param name="baseDrivers">Drivers it also answers to, such as "pci-device".</param>
    /// <exception cref="ConfigurationException">A property nobody has, or a value that does not fit.</exception>
    public void Apply(Device device, IEnumerable<KeyValuePair<string, string>>? own = null, params ReadOnlySpan<string> baseDrivers)
    {
        IReadOnlyList<PropertyInfoOfDevice> properties = DeviceProperties.Of(device.GetType());
        foreach ((GlobalProperty item, bool fromUser) in _items)
        {
            if (item.Driver != device.Driver && !baseDrivers.Contains(item.Driver))
            {
                continue;
            }

            _usedDrivers.Add(item.Driver);
            if (properties.FirstOrDefault(p => p.Name == item.Name) is { } property)
            {
                property.Set(device, device.Driver, item.Value);
            }
            else if (fromUser)
            {
                throw new ConfigurationException($"Property '{device.Driver}.{item.Name}' not found");
            }
        }

        foreach ((string name, string value) in own ?? [])
        {
            PropertyInfoOfDevice property = properties.FirstOrDefault(p => p.Name == name)
                ?? throw new ConfigurationException($"Property '{device.Driver}.{name}' not found");
            property.Set(device, device.Driver, value);
        }
    }
}
