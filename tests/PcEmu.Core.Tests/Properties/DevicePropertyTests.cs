using PcEmu.Core.Properties;

namespace PcEmu.Core.Tests.Properties;

[TestFixture]
public sealed class DevicePropertyTests
{
    private enum Policy
    {
        Auto,
        Lba,
        Rechs,
    }

    [Test]
    public void BaseTypesPropertiesComeFirst() =>
        Assert.That(
            DeviceProperties.Of(typeof(Card)).Select(static p => p.Name),
            Is.EqualTo(["addr", "small", "size", "wide", "signed", "flag", "policy", "name", "picky"]));

    [TestCase("small", "255", "255")]
    [TestCase("size", "0x10", "16")]
    [TestCase("wide", "18446744073709551615", "18446744073709551615")]
    [TestCase("wide", "0xFFFFFFFFFFFFFFFF", "18446744073709551615")]
    [TestCase("signed", "-2147483648", "-2147483648")]
    [TestCase("flag", "yes", "on")]
    [TestCase("policy", "LBA", "lba")]
    [TestCase("name", "", "")]
    [TestCase("addr", "-1", "-1")]
    public void ValuesAreReadAsTyped(string name, string text, string expected)
    {
        var card = new Card();
        PropertyInfoOfDevice property = DeviceProperties.Of(typeof(Card)).Single(p => p.Name == name);
        property.Set(card, "card", text);
        Assert.That(property.Get(card), Is.EqualTo(expected));
    }

    [TestCase("small", "256", "out of range")]
    [TestCase("small", "-1", "out of range")]
    [TestCase("size", "12", "out of range (4..64, power of two)")]
    [TestCase("size", "128", "out of range (4..64, power of two)")]
    [TestCase("wide", "18446744073709551616", "expected a number")]
    [TestCase("wide", "-1", "out of range")]
    [TestCase("signed", "2147483648", "out of range")]
    [TestCase("flag", "1", "expected 'on' or 'off'")]
    [TestCase("flag", "ON", "expected 'on' or 'off'")]
    [TestCase("policy", "-1", "expected one of auto|lba|rechs")]
    [TestCase("policy", "1", "expected one of auto|lba|rechs")]
    [TestCase("policy", "lba,rechs", "expected one of auto|lba|rechs")]
    [TestCase("policy", " lba", "expected one of auto|lba|rechs")]
    [TestCase("policy", "", "expected one of auto|lba|rechs")]
    public void ValuesThatDoNotFitAreRefused(string name, string text, string why)
    {
        PropertyInfoOfDevice property = DeviceProperties.Of(typeof(Card)).Single(p => p.Name == name);
        Assert.That(
            () => property.Set(new Card(), "card", text),
            Throws.InstanceOf<ConfigurationException>().With.Message.EqualTo($"Property 'card.{name}' doesn't take value '{text}': {why}"));
    }

    [Test]
    public void RefusalByTheDeviceItselfIsOneLineToo() => Assert.That(
        static () => DeviceProperties.Of(typeof(Card)).Single(static p => p.Name == "picky").Set(new Card(), "card", "any"),
        Throws.InstanceOf<ConfigurationException>().With.Message.EqualTo("picky wants nothing"));

    [Test]
    public void LaterAssignmentsWinWhicheverDriverTheyName()
    {
        var bag = new PropertyBag();
        bag.Add(new GlobalProperty("card", "size", "4"));
        bag.Add(new GlobalProperty("base", "size", "8"));
        Assert.That(Apply(bag).Size, Is.EqualTo(8));
        bag.Add(new GlobalProperty("card", "size", "16"), fromUser: true);
        bag.Add(new GlobalProperty("other", "size", "64"));
        Assert.That(Apply(bag).Size, Is.EqualTo(16));
        Assert.That(Apply(bag, KeyValuePair.Create("size", "32"), KeyValuePair.Create("size", "64")).Size, Is.EqualTo(64), "its own options last");
    }

    [Test]
    public void MachineMayNameWhatADeviceHasNotButTheUserMayNot()
    {
        var bag = new PropertyBag();
        bag.Add(new GlobalProperty("card", "unheard", "1"));
        Assert.That(() => Apply(bag), Throws.Nothing);
        bag.Add(new GlobalProperty("base", "unheard", "1"), fromUser: true);
        Assert.That(() => Apply(bag), Throws.InstanceOf<ConfigurationException>().With.Message.EqualTo("Property 'card.unheard' not found"));
        Assert.That(
            () => Apply(new PropertyBag(), KeyValuePair.Create("unheard", "1")),
            Throws.InstanceOf<ConfigurationException>().With.Message.EqualTo("Property 'card.unheard' not found"));
    }

    [Test]
    public void UserAssignmentsForAbsentDriversAreUnused()
    {
        var bag = new PropertyBag();
        bag.Add(new GlobalProperty("absent", "size", "4"), fromUser: true);
        bag.Add(new GlobalProperty("absent-too", "size", "4"));
        bag.Add(new GlobalProperty("base", "size", "4"), fromUser: true);
        Apply(bag);
        Assert.That(bag.Unused, Is.EqualTo([new GlobalProperty("absent", "size", "4")]));
        Assert.That(bag.All.Count(), Is.EqualTo(3));
    }

    [Test]
    public void FindTellsTheLastValueOrNull()
    {
        var bag = new PropertyBag();
        Assert.That(bag.Find("card", "size"), Is.Null);
        bag.Add(new GlobalProperty("card", "size", "4"));
        bag.Add(new GlobalProperty("card", "size", "8"));
        bag.Add(new GlobalProperty("card", "name", "x"));
        Assert.That(bag.Find("card", "size"), Is.EqualTo("8"));
        Assert.That(bag.Find("base", "size"), Is.Null);
    }

    private static Card Apply(PropertyBag bag, params KeyValuePair<string, string>[] own)
    {
        var card = new Card();
        bag.Apply(card, own, "base");
        return card;
    }

    private abstract class Slot : Device
    {
        public override string Driver => "slot";

        [DeviceProperty("addr", "Slot")]
        public int Address { get; set; }
    }

    private sealed class Card : Slot
    {
        public override string Driver => "card";

        [DeviceProperty("small", "A byte")]
        public byte Small { get; set; }

        [DeviceProperty("size", "Size", Minimum = 4, Maximum = 64, PowerOfTwo = true)]
        public uint Size { get; set; }

        [DeviceProperty("wide", "64 bits")]
        public ulong Wide { get; set; }

        [DeviceProperty("signed", "Signed")]
        public int Signed { get; set; }

        [DeviceProperty("flag", "Switch")]
        public bool Flag { get; set; }

        [DeviceProperty("policy", "Choice")]
        public Policy Policy { get; set; }

        [DeviceProperty("name", "Text")]
        public string Name { get; set; } = "none";

        [DeviceProperty("picky", "Refuses everything")]
        public string Picky
        {
            get => "";
            set => throw new ConfigurationException("picky wants nothing");
        }
    }
}
