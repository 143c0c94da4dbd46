using PcEmu.TestSupport;
using PcEmu.Vectors;

namespace PcEmu.Cpu.Tests;

/// <summary>Single instructions against what real CPUs did.</summary>
[TestFixture]
public sealed class VectorTests
{
    private const string Variable = "PCEMU_VECTORS";

    [Test]
    public void TheRecordedInstructionsOfTheRepositoryAgree() => RunAll(Repository.At("tests/Data/Cpu/integer.vec.gz"), atLeast: 3240);

    [Test]
    public void TheLargeRecordedSetAgrees() => RunAll(Find("native/sample.vec.gz"), atLeast: 30_000);

    [Test]
    public void TheInstructionsRecordedOnAn80286Agree() => RunAll(Find("286"), atLeast: 60_000);

    private static void RunAll(string path, int atLeast)
    {
        var tally = new Tally(keep: 3);
        using var set = new VectorSet(tally, new VectorFilter());

        set.Run(path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tally.Failed, Is.Zero, string.Join('\n', tally.Failures));
            Assert.That(tally.Passed, Is.AtLeast(atLeast));
        }
    }

    private static string Find(string part)
    {
        string? folder = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Ignore($"{Variable} does not name the folder with native/ and 286/: the large recorded sets are not run");
        }

        return Path.Combine(folder!, part);
    }
}
