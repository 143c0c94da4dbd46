using CsCheck;
using PcEmu.Core.Time;

namespace PcEmu.Core.Tests.Time;

[TestFixture]
public sealed class NanosecondsTests
{
    [TestCase(0, 1_193_182, Nanoseconds.PerSecond, 0)]
    [TestCase(838, 1_193_182, Nanoseconds.PerSecond, 0)]
    [TestCase(839, 1_193_182, Nanoseconds.PerSecond, 1)]
    [TestCase(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue)]
    [TestCase(long.MaxValue, 2, 1, long.MaxValue)]
    [TestCase(long.MaxValue, long.MaxValue, 1, long.MaxValue)]
    public void MulDivRoundsDownAndStopsAtTheLargest(long value, long multiplier, long divisor, long expected) =>
        Assert.That(Nanoseconds.MulDiv(value, multiplier, divisor), Is.EqualTo(expected));

    [Test]
    public void MulDivIsExact() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, 4_000_000_000], Gen.Long[1, 4_000_000_000]).Sample((value, multiplier, divisor) =>
        {
            var exact = new System.Numerics.BigInteger(value) * multiplier / divisor;
            Assert.That(
                (System.Numerics.BigInteger)Nanoseconds.MulDiv(value, multiplier, divisor),
                Is.EqualTo(System.Numerics.BigInteger.Min(exact, long.MaxValue)));
        });
}
