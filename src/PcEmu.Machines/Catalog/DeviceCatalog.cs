using System.Globalization;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Properties;

namespace PcEmu.Machines.Catalog;

/// <summary>The drivers that there are, by name: what <c>-device</c> can make and what its help lists.</summary>
public sealed class DeviceCatalog
{
    private const int PropertyColumn = 24;

    private static readonly string[] Headings =
    [
        "Controller/Bridge/Hub", "USB", "Storage", "Network", "Input", "Display", "Sound", "Misc", "Uncategorized",
    ];

    private readonly List<DeviceModel> _models = [];

    /// <summary>All drivers, in the order in which they came.</summary>
    public IReadOnlyList<DeviceModel> Models => _models;

    /// <summary>Adds a driver.</summary>
    /// <exception cref="ArgumentException">Its name or alias is taken.</exception>
    public void Add(DeviceModel model)
    {
        if (Lookup(model.Name) is not null || (model.Alias is not null && Lookup(model.Alias) is not null))
        {
            throw new ArgumentException($"there is a driver '{model.Name}' already", nameof(model));
        }

        _models.Add(model);
    }

    /// <summary>Finds a driver by name or alias.</summary>
    /// <exception cref="ConfigurationException">There is none; the message is QEMU's.</exception>
    public DeviceModel Find(string name) =>
        Lookup(name) ?? throw new ConfigurationException($"'{name}' is not a valid device model name");

    /// <summary>Finds a driver that <c>-device</c> may make.</summary>
    /// <exception cref="ConfigurationException">There is none, or only boards make it.</exception>
    public DeviceModel FindCreatable(string name)
    {
        DeviceModel model = Find(name);
        return model.UserCreatable
            ? model
            : throw new ConfigurationException($"'{name}' is part of the machine: -device cannot add another");
    }

    /// <summary>The list that <c>-device help</c> prints: what users can make, under headings, by name.</summary>
    public string Help()
    {
        var text = new StringBuilder();
        foreach (IGrouping<DeviceCategory, DeviceModel> group in _models
            .Where(static m => m.UserCreatable).GroupBy(static m => m.Category).OrderBy(static g => g.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "\n" : "")}{Headings[(int)group.Key]} devices:\n");
            foreach (DeviceModel model in group.OrderBy(static m => m.Name, StringComparer.OrdinalIgnoreCase))
            {
                text.Append(CultureInfo.InvariantCulture, $"name \"{model.Name}\"");
                AppendPart("bus", model.Bus);
                AppendPart("alias", model.Alias is null ? null : $"\"{model.Alias}\"");
                AppendPart("desc", model.Description is null ? null : $"\"{model.Description}\"");
                text.Append('\n');
            }
        }

        return text.ToString();

        void AppendPart(string word, string? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $", {word} {value}");
            }
        }
    }

    /// <summary>The list that <c>-device NAME,help</c> prints: the driver's properties by name, with range and default.</summary>
    /// <exception cref="ConfigurationException">There is no such driver.</exception>
    public string HelpFor(string name)
    {
        DeviceModel model = Find(name);
        IReadOnlyList<PropertyInfoOfDevice> properties = DeviceProperties.Of(model.Type);
        if (properties.Count == 0)
        {
            return $"There are no options for {model.Name}.\n";
        }

        Device? sample = model.Sample?.Invoke();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{model.Name} options:\n");
        foreach (PropertyInfoOfDevice property in properties.OrderBy(static p => p.Name, StringComparer.Ordinal))
        {
            string left = $"  {property.Name}=<{property.TypeName}>".PadRight(PropertyColumn);
            string range = property.Range.Length > 0 ? $" ({property.Range})" : "";
            string otherwise = sample is null ? "" : $" (default: {property.Get(sample)})";
            text.Append(CultureInfo.InvariantCulture, $"{left} - {property.Help}{range}{otherwise}\n");
        }

        return text.ToString();
    }

    private DeviceModel? Lookup(string name) => _models.Find(m => m.Name == name || m.Alias == name);
}
