using CsCheck;

namespace PcEmu.Core.Tests;

[TestFixture]
public sealed class IrqLineTests
{
    [Test]
    public void PulseGoesUpAndDown()
    {
        List<bool> levels = [];
        IrqLine.Pulse(new IrqLine(levels.Add));
        Assert.That(levels, Is.EqualTo([true, false]));
        Assert.That(static () => IrqLine.Pulse(IrqLine.None), Throws.Nothing);
    }

    [Test]
    public void SharedWireIsHighWhileAnyDriverHoldsIt() => Gen.Select(Gen.Int[0, 3], Gen.Bool).Array.Sample(steps =>
    {
        bool level = false;
        var shared = new SharedIrq(new IrqLine(value => level = value));
        IIrqLine[] inputs = [.. Enumerable.Range(0, 4).Select(_ => shared.AddInput())];
        bool[] driven = new bool[4];
        foreach ((int input, bool value) in steps)
        {
            inputs[input].Set(value);
            driven[input] = value;
            Assert.That(level, Is.EqualTo(driven.Contains(true)), "setting a level twice counts once");
        }
    });
}
