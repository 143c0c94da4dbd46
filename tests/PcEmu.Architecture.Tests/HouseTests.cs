using System.Xml.Linq;
using PcEmu.TestSupport;

namespace PcEmu.Architecture.Tests;

/// <summary>The repository's top level, its solution, and what public types say of themselves.</summary>
[TestFixture]
public sealed class HouseTests
{
    private static readonly string[] TopLevel =
    [
        "src", "tests", "bench", "firmware", "roms", "PcEmu.sln", "README.md", "LICENSE",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "nuget.config", "TestResults",
    ];

    private static IEnumerable<string> SourceProjects => SourceAssemblies.Projects;

    [Test]
    public void TheTopLevelHoldsWhatTheLayoutNames()
    {
        IEnumerable<string> found = Directory.EnumerateFileSystemEntries(Repository.Root).Select(static p => Path.GetFileName(p)!)
            .Where(static n => !n.StartsWith('.'));

        Assert.That(found, Is.SubsetOf(TopLevel));
    }

    [Test]
    public void TheSolutionHoldsEveryProject()
    {
        string solution = File.ReadAllText(Repository.At("PcEmu.sln")).Replace('\\', '/');
        IEnumerable<string> all = Repository.Projects("src").Concat(Repository.Projects("tests"))
            .Select(static p => Path.GetRelativePath(Repository.Root, p).Replace('\\', '/'));

        Assert.That(all.Where(p => !solution.Contains($"\"{p}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void TestProjectsMirrorSourceProjects()
    {
        string[] apart = ["PcEmu.Architecture", "PcEmu.Guests"];
        IEnumerable<string> tested = Repository.Projects("tests").Select(static p => Path.GetFileNameWithoutExtension(p))
            .Where(static n => n.EndsWith(".Tests", StringComparison.Ordinal)).Select(static n => n[..^".Tests".Length]).Except(apart);

        Assert.That(tested, Is.SubsetOf(SourceAssemblies.Projects));
    }

    [TestCaseSource(nameof(SourceProjects))]
    public void EveryPublicTypeHasASummary(string project)
    {
        XDocument documentation = XDocument.Load(Path.Combine(AppContext.BaseDirectory, SourceAssemblies.AssemblyName(project) + ".xml"));
        HashSet<string> described = [.. documentation.Descendants("member")
            .Where(static m => !string.IsNullOrWhiteSpace(m.Element("summary")?.Value) || m.Element("inheritdoc") is not null)
            .Select(static m => m.Attribute("name")!.Value)];

        // The compiler makes a public type for every fixed buffer; nobody can write a summary for it.
        IEnumerable<string> names = SourceAssemblies.Load(project).GetExportedTypes()
            .Where(static t => !t.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false))
            .Select(static t => $"T:{t.FullName!.Replace('+', '.')}");

        Assert.That(names.Where(n => !described.Contains(n)), Is.Empty);
    }
}
