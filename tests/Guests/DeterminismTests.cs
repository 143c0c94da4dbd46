namespace PcEmu.Guests.Tests;

/// <summary>Under <c>-icount</c> the same input gives the same run, bit for bit.</summary>
public sealed class DeterminismTests
{
    [TestCase(0)]
    [TestCase(2)]
    [TestCase(7)]
    public void EqualRunsGiveEqualBytesAndEqualState(int shift)
    {
        (string text, string hash, long count) first = Once(shift);
        (string text, string hash, long count) second = Once(shift);
        Assert.That(first.text, Does.Contain("done, 0 failed"));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void StoppingOnTheWayChangesNothing()
    {
        (string text, string hash, long count) whole = Once(3);
        using GuestRun guest = Start(3);
        int? status = null;
        while (status is null)
        {
            status = guest.Run(guest.Machine.InstructionCount + 1_234_567);
        }

        string hash = guest.Machine.StateHash();
        Assert.That((guest.Finish(), hash), Is.EqualTo((whole.text, whole.hash)));
    }

    private static GuestRun Start(int shift) =>
        GuestRun.Start("-icount", $"shift={shift},sleep=off", "-m", "32", "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");

    private static (string Text, string Hash, long Count) Once(int shift)
    {
        using GuestRun guest = Start(shift);
        Assert.That(guest.Run(), Is.Zero);
        string hash = guest.Machine.StateHash();
        long count = guest.Machine.InstructionCount;
        return (guest.Finish(), hash, count);
    }
}
