using System.Reflection;
using System.Xml.Linq;
using PcEmu.TestSupport;

namespace PcEmu.Architecture.Tests;

/// <summary>Who may know whom: arrows point down only.</summary>
[TestFixture]
public sealed class ArrowTests
{
    /// <summary>Each project of src and the projects that it may use. A new project gets a row.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["PcEmu.Core"] = [],
        ["PcEmu.Memory"] = ["PcEmu.Core"],
        ["PcEmu.Cpu"] = ["PcEmu.Core", "PcEmu.Memory"],
        ["PcEmu.Translator"] = ["PcEmu.Core", "PcEmu.Memory", "PcEmu.Cpu"],
        ["PcEmu.Devices"] = ["PcEmu.Core", "PcEmu.Memory"],
        ["PcEmu.Block"] = ["PcEmu.Core"],
        ["PcEmu.Net"] = ["PcEmu.Core"],
        ["PcEmu.Char"] = ["PcEmu.Core"],
        ["PcEmu.Migration"] = ["PcEmu.Core", "PcEmu.Memory"],
        ["PcEmu.Machines"] =
        [
            "PcEmu.Core", "PcEmu.Memory", "PcEmu.Cpu", "PcEmu.Translator", "PcEmu.Devices", "PcEmu.Block", "PcEmu.Net", "PcEmu.Char",
            "PcEmu.Migration",
        ],
        ["PcEmu.Display"] = ["PcEmu.Core"],
        ["Silk.NET.SDL"] = [],
        ["PcEmu.Display.Sdl"] = ["PcEmu.Core", "PcEmu.Display", "Silk.NET.SDL"],
        ["PcEmu.Cli"] =
        [
            "PcEmu.Core", "PcEmu.Memory", "PcEmu.Cpu", "PcEmu.Translator", "PcEmu.Devices", "PcEmu.Block", "PcEmu.Net", "PcEmu.Char",
            "PcEmu.Migration", "PcEmu.Machines", "PcEmu.Display", "PcEmu.Display.Sdl",
        ],
    };

    // Pointers only where hardware speed or a foreign library asks for them.
    private static readonly string[] MayBeUnsafe = ["PcEmu.Memory", "PcEmu.Cpu", "PcEmu.Translator", "Silk.NET.SDL", "PcEmu.Display.Sdl"];

    private static IEnumerable<string> SourceProjects => SourceAssemblies.Projects;

    [Test]
    public void EveryProjectHasARow() =>
        Assert.That(SourceProjects, Is.SubsetOf(Allowed.Keys));

    [TestCaseSource(nameof(SourceProjects))]
    public void AProjectDeclaresOnlyAllowedReferences(string project)
    {
        IEnumerable<string> declared = XDocument.Load(SourceAssemblies.FileOf(project)).Descendants("ProjectReference")
            .Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.That(declared, Is.SubsetOf(Allowed.GetValueOrDefault(project, [])));
    }

    [TestCaseSource(nameof(SourceProjects))]
    public void AnAssemblyUsesOnlyAllowedAssemblies(string project)
    {
        IEnumerable<string> used = SourceAssemblies.Load(project).GetReferencedAssemblies()
            .Select(static a => SourceAssemblies.ProjectOf(a.Name!)).Where(Allowed.ContainsKey);

        Assert.That(used, Is.SubsetOf(Allowed.GetValueOrDefault(project, [])));
    }

    [TestCaseSource(nameof(SourceProjects))]
    public void UnsafeCodeStaysWhereItBelongs(string project)
    {
        bool allows = XDocument.Load(SourceAssemblies.FileOf(project)).Descendants("AllowUnsafeBlocks").Any(static e => e.Value.Trim() == "true");

        Assert.That(!allows || MayBeUnsafe.Contains(project), Is.True);
    }

    [Test]
    public void UnsafeCodeIsOffForAllOthers()
    {
        XDocument shared = XDocument.Load(Repository.At("Directory.Build.props"));

        Assert.That(shared.Descendants("AllowUnsafeBlocks").Select(static e => e.Value.Trim()), Is.EqualTo(["false"]));
    }
}

/// <summary>The assemblies that the projects of src make.</summary>
internal static class SourceAssemblies
{
    /// <summary>The names of the projects.</summary>
    public static IEnumerable<string> Projects => Repository.Projects("src").Select(static p => Path.GetFileNameWithoutExtension(p));

    /// <summary>The file of a project.</summary>
    public static string FileOf(string project) => Repository.At($"src/{project}/{project}.csproj");

    /// <summary>The assembly of a project, from beside the tests.</summary>
    public static Assembly Load(string project)
    {
        string file = Path.Combine(AppContext.BaseDirectory, AssemblyName(project) + ".dll");
        Assert.That(file, Does.Exist, "PcEmu.Architecture.Tests.csproj has to refer to the project, directly or through PcEmu.Cli");
        return Assembly.LoadFrom(file);
    }

    /// <summary>The name of a project's assembly.</summary>
    public static string AssemblyName(string project) =>
        XDocument.Load(FileOf(project)).Descendants("AssemblyName").FirstOrDefault()?.Value ?? project;

    /// <summary>The project that makes an assembly.</summary>
    public static string ProjectOf(string assembly) => assembly == "pcemu" ? "PcEmu.Cli" : assembly;
}
