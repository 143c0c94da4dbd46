using CsCheck;
using PcEmu.Core.Properties;

namespace PcEmu.Core.Tests.Properties;

[TestFixture]
public sealed class OptionStringTests
{
    [TestCase("pc-1.0,accel=tcg,usb=off", "type=pc-1.0|accel=tcg|usb=off")]
    [TestCase("type=pc,type=isapc", "type=pc|type=isapc")]
    [TestCase("", "")]
    [TestCase(",usb=on", "type=|usb=on")]
    [TestCase("a,,b", "type=a,b")]
    [TestCase("a,,b=c", "type=a,b=c", Description = "an implied value may hold both")]
    [TestCase("a,,", "type=a,")]
    [TestCase("a,,,b", "type=a,|b=on")]
    [TestCase("a,", "type=a")]
    [TestCase("x=,y=1", "x=|y=1")]
    [TestCase("x=a=b,,c=d,y=1", "x=a=b,c=d|y=1")]
    [TestCase("a,server,nowait", "type=a|server=on|wait=off")]
    [TestCase("a,no,node", "type=a|no=on|de=off")]
    [TestCase("a,nowait=on", "type=a|nowait=on")]
    [TestCase("a,é=ü,, ", "type=a|é=ü, ")]
    public void CommaStringsComeApart(string text, string expected) => Assert.That(Show(text, "type"), Is.EqualTo(expected));

    [TestCase("snapshot", "snapshot=on")]
    [TestCase("nosnapshot,file=a", "snapshot=off|file=a")]
    [TestCase(",,", "")]
    public void WithoutAnImpliedKeyTheFirstItemIsASwitch(string text, string expected) =>
        Assert.That(Show(text, null), Is.EqualTo(expected));

    [TestCase("=x")]
    [TestCase("a,=x")]
    public void EmptyNameIsRefused(string text) => Assert.That(
        () => OptionString.Parse("-machine", text, "type"),
        Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("-machine " + text));

    [Test]
    public void AnyPairsSurviveWithTheirCommasDoubled() =>
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 5], Gen.String[Gen.Char[",=xno "], 0, 6]).Array[0, 5].Sample(pairs =>
        {
            string text = string.Join(',', pairs.Select(static p => $"{p.Item1}={p.Item2.Replace(",", ",,")}"));
            Assert.That(
                OptionString.Parse("-x", text, "implied").Items.Select(static i => (i.Key, i.Value)),
                Is.EqualTo(pairs.Select(static p => (p.Item1, p.Item2))));
        });

    [Test]
    public void AnyTextIsTakenOrRefusedInOneLine() => Gen.String[Gen.Char[",=nox"], 0, 12].Sample(text =>
    {
        try
        {
            Assert.That(OptionString.Parse("-x", text, "implied").Items.Select(static i => i.Key), Is.All.Not.Empty);
        }
        catch (ConfigurationException e)
        {
            Assert.That(e.Message, Does.Not.Contain('\n'));
        }
    });

    [Test]
    public void LastValueCountsAndUnaskedKeysAreUnknown()
    {
        var options = OptionString.Parse("-x", "a=1,b=on,a=0x20,c=maybe");
        Assert.That(options.GetInteger("a", 0, 0, 100), Is.EqualTo(0x20));
        Assert.That(options.GetBool("b", false), Is.True);
        Assert.That(options.GetBool("missing", true), Is.True);
        Assert.That(options.Find("missing"), Is.Null);
        Assert.That(options.Get("missing", "default"), Is.EqualTo("default"));
        Assert.That(options.RejectUnknown, Throws.InstanceOf<ConfigurationException>().With.Message.Contains("'c'"));
        Assert.That(() => options.GetBool("c", true), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("'maybe'"));
        Assert.That(() => options.GetInteger("c", 0, 0, 1), Throws.InstanceOf<ConfigurationException>());
        Assert.That(() => options.GetInteger("a", 0, 0, 0x1F), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("0..31"));
        Assert.That(options.RejectUnknown, Throws.Nothing);
    }

    [TestCase("0", "0")]
    [TestCase("-1", "-1")]
    [TestCase("0xfF", "255")]
    [TestCase("-0x10", "-16")]
    [TestCase("18446744073709551615", "18446744073709551615")]
    [TestCase("-18446744073709551615", "-18446744073709551615")]
    [TestCase("18446744073709551616", null)]
    [TestCase("0x10000000000000000", null)]
    [TestCase("", null)]
    [TestCase("-", null)]
    [TestCase("--1", null)]
    [TestCase("0x", null)]
    [TestCase("0x-1", null)]
    [TestCase(" 1", null)]
    [TestCase("1 ", null)]
    [TestCase("1.0", null)]
    [TestCase("1,000", null)]
    [TestCase("１", null)]
    public void IntegersAreDecimalOrHexadecimal(string text, string? expected)
    {
        bool ok = OptionString.TryParseInteger(text, out Int128 value);
        Assert.That(ok ? value.ToString(System.Globalization.CultureInfo.InvariantCulture) : null, Is.EqualTo(expected));
    }

    [TestCase("256", 256L << 20)]
    [TestCase("1.5G", 3L << 29)]
    [TestCase(".5K", 512)]
    [TestCase("0.0001K", 0)]
    [TestCase("512B", 512)]
    [TestCase("1k", 1024)]
    [TestCase("3t", 3L << 40)]
    [TestCase("2P", 2L << 50)]
    [TestCase("7E", 7L << 60)]
    [TestCase("9223372036854775807B", long.MaxValue)]
    [TestCase("0", 0)]
    public void SizesTakeFractionsAndSuffixes(string text, long expected)
    {
        Assert.That(OptionString.TryParseSize(text, 1 << 20, out long bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("G")]
    [TestCase("-1")]
    [TestCase("1GB")]
    [TestCase("1 G")]
    [TestCase("1e3")]
    [TestCase("8E")]
    [TestCase("8388608T")]
    [TestCase("9223372036854775808B")]
    [TestCase("8796093022208")]
    [TestCase("99999999999999999999999999999999")]
    [TestCase("NaN")]
    public void SizesThatAreNoneOrTooLargeAreRefused(string text) =>
        Assert.That(OptionString.TryParseSize(text, 1 << 20, out _), Is.False);

    private static string Show(string text, string? implied) =>
        string.Join('|', OptionString.Parse("-x", text, implied).Items.Select(static i => $"{i.Key}={i.Value}"));
}
