using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory.Tests;

/// <summary>The tree of regions, and the map that it is laid flat to.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MemoryRegionTests
{
    private static readonly UInt128 Everything = (UInt128)1 << 64;

    private readonly MemoryRegion _root = MemoryRegion.Container("root", Everything);
    private readonly AddressSpace _space;

    public MemoryRegionTests() => _space = new AddressSpace("memory", _root, EventLog.Null);

    private string Map => string.Join(' ', _space.Ranges.Select(static r => $"{r.Start:x}-{r.Last:x}:{r.Region.Name}+{r.Offset:x}"));

    [Test]
    public void HigherPriorityCoversLowerWhateverTheOrder()
    {
        _root.Add(Io("high", 0x10), 0x18, priority: 1);
        _root.Add(Io("low", 0x20), 0x10, priority: -1);
        _root.Add(Io("middle", 4), 0x14);
        Assert.That(Map, Is.EqualTo("10-13:low+0 14-17:middle+0 18-27:high+0 28-2f:low+18"));
    }

    [Test]
    public void AmongEqualsTheLastAddedCovers()
    {
        MemoryRegion first = Io("first", 8);
        _root.Add(first, 0);
        _root.Add(Io("second", 8), 4);
        Assert.That(Map, Is.EqualTo("0-3:first+0 4-b:second+0"));
        _root.Remove(first);
        _root.Add(first, 0);
        Assert.That(Map, Is.EqualTo("0-7:first+0 8-b:second+4"));
    }

    [Test]
    public void ContainerCutsItsChildrenAndLetsWhatLiesBelowShowThrough()
    {
        MemoryRegion container = MemoryRegion.Container("bar", 0x10);
        container.Add(Io("inside", 8), 4);
        container.Add(Io("outside", 8), 0xC);
        container.Add(Io("beyond", 8), 0x10);
        _root.Add(container, 0x100, priority: 1);
        _root.Add(Io("below", 0x20), 0x100);
        Assert.That(Map, Is.EqualTo("100-103:below+0 104-10b:inside+0 10c-10f:outside+0 110-11f:below+10"));
    }

    [Test]
    public void ChildrenOfARegisterBlockCoverIt()
    {
        MemoryRegion outer = Io("outer", 8);
        outer.Add(Io("inner", 2), 3);
        _root.Add(outer, 0x10);
        Assert.That(Map, Is.EqualTo("10-12:outer+0 13-14:inner+0 15-17:outer+5"));
    }

    [Test]
    public void WindowOntoAWindowShowsTheRegionItself()
    {
        MemoryRegion target = Io("target", 0x100);
        MemoryRegion first = MemoryRegion.Alias("first", target, 0x20, 0x40);
        MemoryRegion second = MemoryRegion.Alias("second", first, 0x10, 0x100);
        _root.Add(second, 0x1000);
        Assert.That(Map, Is.EqualTo("1000-102f:target+30"), "no more than the window that it looks at");
        first.AliasOffset = 0xF8;
        Assert.That(Map, Is.Empty, "what would be seen lies past the end of the target");
        first.AliasOffset = 0xE8;
        Assert.That(Map, Is.EqualTo("1000-1007:target+f8"));
    }

    [Test]
    public void WindowShowsItsTargetWhereverThatIsPlaced()
    {
        MemoryRegion target = Io("target", 0x10);
        _root.Add(target, 0x500);
        _root.Add(MemoryRegion.Alias("window", target, 4, 4), 0x100);
        Assert.That(Map, Is.EqualTo("100-103:target+4 500-50f:target+0"));
        target.Move(0x600);
        Assert.That(Map, Is.EqualTo("100-103:target+4 600-60f:target+0"));
        target.Enabled = false;
        Assert.That(Map, Is.Empty);
    }

    [Test]
    public void ReadOnlyWindowProtectsRamButNotTheRamElsewhere()
    {
        using var ram = new RamBlock("ram", 0x1000);
        MemoryRegion region = MemoryRegion.Ram("ram", ram);
        MemoryRegion window = MemoryRegion.Alias("shadow", region, 0x800, 0x100);
        window.ReadOnly = true;
        _root.Add(region, 0);
        _root.Add(window, 0x800, priority: 1);
        Assert.That(Map, Is.EqualTo("0-7ff:ram+0 800-8ff:ram+800 900-fff:ram+900"));
        Assert.That(string.Concat(_space.Ranges.Select(static r => r.IsWritable ? "w" : "r")), Is.EqualTo("wrw"));
        window.ReadOnly = false;
        Assert.That(Map, Is.EqualTo("0-fff:ram+0"), "neighbours that continue each other are one range");
        Assert.That(_space.Ranges[0].IsWritable, Is.True);
    }

    [Test]
    public void JoinedReadOnlyRangesStayReadOnly()
    {
        using var ram = new RamBlock("ram", 0x1000);
        MemoryRegion region = MemoryRegion.Ram("ram", ram);
        for (ulong at = 0; at < 0x300; at += 0x100)
        {
            MemoryRegion window = MemoryRegion.Alias("part", region, at, 0x100);
            window.ReadOnly = true;
            _root.Add(window, at);
        }

        Assert.That(Map, Is.EqualTo("0-2ff:ram+0"));
        Assert.That(_space.Ranges[0].IsWritable, Is.False);
    }

    [Test]
    public void RegionsReachTheLastAddress()
    {
        _root.Add(Io("top", 0x10), ulong.MaxValue - 7);
        _root.Add(Io("bottom", 0x10), 0);
        Assert.That(Map, Is.EqualTo("0-f:bottom+0 fffffffffffffff8-ffffffffffffffff:top+0"), "cut at the top, not wrapped");
        _root.Add(MemoryRegion.Container("all", Everything), 0, priority: 5);
        Assert.That(_space.Ranges, Has.Count.EqualTo(2));
    }

    [Test]
    public void RegionOf2To64BytesFillsEverything()
    {
        MemoryRegion pci = MemoryRegion.Container("pci", Everything);
        pci.Add(MemoryRegion.Io("rest", ulong.MaxValue, new IoHandlers(static (_, _) => 0, static (_, _, _) => { })), 1);
        _root.Add(MemoryRegion.Alias("window", pci, 0x10, Everything), 0);
        Assert.That(Map, Is.EqualTo("0-ffffffffffffffef:rest+f"));
        Assert.That(() => MemoryRegion.Container("more", Everything + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RegionsOfNoBytesAnswerNowhere()
    {
        MemoryRegion nothing = Io("nothing", 0);
        _root.Add(nothing, 0x10);
        _root.Add(Io("below", 4), 0xE, priority: -1);
        Assert.That(Map, Is.EqualTo("e-11:below+0"));
        nothing.Resize(1);
        Assert.That(Map, Is.EqualTo("e-f:below+0 10-10:nothing+0 11-11:below+3"));
    }

    [Test]
    public void DisabledRootAnswersNowhere()
    {
        _root.Add(Io("any", 4), 0);
        _root.Enabled = false;
        Assert.That(Map, Is.Empty);
    }

    [Test]
    public void RegionHasOnePlace()
    {
        MemoryRegion region = Io("region", 4);
        MemoryRegion inner = MemoryRegion.Container("inner", 4);
        _root.Add(region, 0);
        _root.Add(inner, 8);
        Assert.That(() => inner.Add(region, 0), Throws.InvalidOperationException);
        Assert.That(() => inner.Add(_root, 0), Throws.InvalidOperationException, "it would lie inside itself");
        inner.Remove(region);
        Assert.That(region.Parent, Is.SameAs(_root), "it was not there");
        _root.Remove(region);
        inner.Add(region, 0);
        Assert.That(Map, Is.EqualTo("8-b:region+0"));
    }

    [Test]
    public void RamStaysInsideItsBlock()
    {
        using var ram = new RamBlock("ram", 0x2000);
        Assert.That(MemoryRegion.Ram("all", ram).Size, Is.EqualTo((UInt128)0x2000));
        Assert.That(MemoryRegion.Rom("none", ram, 0x2000).Size, Is.EqualTo(UInt128.Zero));
        Assert.That(() => MemoryRegion.Ram("past", ram, 0x2001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => MemoryRegion.Rom("long", ram, 0x1000, 0x1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => MemoryRegion.Ram("wrapped", ram, 1, ulong.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        MemoryRegion part = MemoryRegion.Ram("part", ram, 0x1000, 0x800);
        part.Resize(0x1000);
        Assert.That(() => part.Resize(0x1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(part.Size, Is.EqualTo((UInt128)0x1000));
    }

    [Test]
    public void RootKeepsItsSize() => Assert.That(() => _root.Resize(0x1000), Throws.InvalidOperationException);

    [Test]
    public void ChangesBehindWindowsAreFollowed()
    {
        MemoryRegion pci = MemoryRegion.Container("pci", Everything);
        MemoryRegion bar = Io("bar", 0x10);
        pci.Add(bar, 0xE0000000);
        _root.Add(MemoryRegion.Alias("hole", pci, 0x80000000, 0x80000000), 0x80000000);
        _root.Add(MemoryRegion.Alias("again", pci, 0xE0000000, 0x1000), 0x1000);
        Assert.That(Map, Is.EqualTo("1000-100f:bar+0 e0000000-e000000f:bar+0"));
        int changes = 0;
        _space.Changed += () => changes++;
        bar.Move(0xE0000100);
        Assert.That(changes, Is.EqualTo(1), "once, though it is seen through two windows");
        Assert.That(Map, Is.EqualTo("1100-110f:bar+0 e0000100-e000010f:bar+0"));
        pci.Remove(bar);
        Assert.That(Map, Is.Empty);
        Assert.That(changes, Is.EqualTo(2));
        bar.Enabled = false;
        Assert.That(changes, Is.EqualTo(2), "it is nowhere");
    }

    private static MemoryRegion Io(string name, ulong size) =>
        MemoryRegion.Io(name, size, new IoHandlers(static (_, _) => 0, static (_, _, _) => { }));
}
