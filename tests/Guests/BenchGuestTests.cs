using System.Text.RegularExpressions;
using PcEmu.TestSupport;

namespace PcEmu.Guests.Tests;

/// <summary>The bench guests: every checksum is the one that every correct emulator gives.</summary>
public sealed partial class BenchGuestTests
{
    [TestCase("hello")]
    [TestCase("int32")]
    [TestCase("int32p")]
    [TestCase("rm")]
    [TestCase("sys")]
    [TestCase("dev")]
    [TestCase("ide")]
    public void ChecksumsAreRight(string image)
    {
        using GuestRun guest = GuestRun.Start(
            "-m", "64", "-no-reboot", "-drive", $"file={GuestRun.BenchImage(image)},format=raw,if=ide,snapshot=on");
        Assert.That(guest.Run(), Is.Zero);
        string text = guest.Finish();
        Assert.That(text, Does.Not.Contain("EXC").And.Not.Contain("SKIP"));
        Assert.That(text, Does.Contain("END"));
        Dictionary<string, string> sums = Done().Matches(text).ToDictionary(static m => m.Groups[1].Value, static m => m.Groups[2].Value);
        foreach ((string workload, string sum) in Expected(image))
        {
            Assert.That(sums.GetValueOrDefault(workload), Is.EqualTo(sum), workload);
        }
    }

    // image, workload, iterations, sum; a hello has no sum of its own.
    private static IEnumerable<(string Workload, string Sum)> Expected(string image) =>
        from line in File.ReadLines(Repository.At("bench/expected.tsv"))
        where line.StartsWith(image + "\t", StringComparison.Ordinal)
        let columns = line.Split('\t')
        select (columns[1], columns[3]);

    [GeneratedRegex(@"DONE (\w+) iters=\d+ sum=([0-9a-f]{8})")]
    private static partial Regex Done();
}
