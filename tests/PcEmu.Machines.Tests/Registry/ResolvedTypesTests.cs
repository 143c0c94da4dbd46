using System.Globalization;
using System.Reflection;
using System.Text;
using PcEmu.Core.Properties;
using PcEmu.Machines.Registry;

namespace PcEmu.Machines.Tests.Registry;

/// <summary>Every machine type as the table resolves it, against a text that reviewers read.</summary>
/// <remarks>After a wanted change: run with PCEMU_UPDATE_GOLDEN set to the folder of this file and look at the difference.</remarks>
public sealed class ResolvedTypesTests
{
    private const string File = "resolved-machine-types.txt";

    [Test]
    public void EveryTypeResolvesToTheCommittedText()
    {
        string actual = Describe(MachineRegistry.Pc);
        if (Environment.GetEnvironmentVariable("PCEMU_UPDATE_GOLDEN") is { } folder)
        {
            System.IO.File.WriteAllText(Path.Combine(folder, File), actual);
        }

        string expected = System.IO.File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Registry", File));
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void EachRowStartsWithAllThatTheNewerRowHasButForWhatIsTheNewerRowsOwn()
    {
        MachineType[] types = [.. MachineRegistry.Pc.Types.Where(t => t.Features.HasPci)];
        foreach ((MachineType newer, MachineType older) in types.Zip(types.Skip(1)))
        {
            var inherited = newer.CompatProps.Where(p => p.Driver != "virtio-9p-pci").ToArray();
            Assert.That(older.CompatProps.Take(inherited.Length), Is.EqualTo(inherited), older.Name);
        }
    }

    private static string Describe(MachineRegistry registry)
    {
        var text = new StringBuilder();
        foreach (MachineType type in registry.Types)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{type.Name}]\nhardware version: {type.HardwareVersion}\n");
            foreach (MachineAlias alias in type.Aliases)
            {
                text.Append(CultureInfo.InvariantCulture, $"alias: {alias.Name}{string.Concat(alias.Properties.Select(p => $",{p.Key}={p.Value}"))}\n");
            }

            foreach (PropertyInfo feature in typeof(MachineFeatures).GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.Name, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"feature: {feature.Name} = {feature.GetValue(type.Features)}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"early init: {(type.EarlyInit is null ? "no" : "yes")}\n");
            foreach (MachineProperty property in MachineProperty.All.Where(p => p.MissingFrom(type) is null))
            {
                text.Append(CultureInfo.InvariantCulture, $"machine property: {property.Name}\n");
            }

            foreach (GlobalProperty property in type.CompatProps)
            {
                text.Append(CultureInfo.InvariantCulture, $"{property.Driver}.{property.Name}={property.Value}\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
