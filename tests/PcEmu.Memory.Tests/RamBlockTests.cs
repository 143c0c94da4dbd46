namespace PcEmu.Memory.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RamBlockTests : IDisposable
{
    private const ulong Page = RamBlock.PageSize;

    private readonly RamBlock _ram = new("test.ram", 4 * Page);
    private readonly Watcher _watcher = new();

    public RamBlockTests() => _ram.Observer = _watcher;

    public void Dispose() => _ram.Dispose();

    [Test]
    public void FreshMemoryIsZeroAndDirtyForAll()
    {
        Assert.That(_ram.AsSpan().ToArray(), Is.All.Zero);
        Assert.That(_ram.AsSpan().Length, Is.EqualTo(4 * (int)Page));
        foreach (DirtyClient client in new[] { DirtyClient.Display, DirtyClient.Migration })
        {
            for (ulong page = 0; page < 4; page++)
            {
                Assert.That(_ram.IsDirty(client, page * Page, Page), Is.True);
            }
        }
    }

    [TestCase(0ul)]
    [TestCase(1ul)]
    [TestCase(4097ul)]
    public void SizesAreWholePages(ulong size) =>
        Assert.That(() => new RamBlock("odd", size), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void SizeThatNoHostHasIsRefused() =>
        Assert.That(() => new RamBlock("huge", ulong.MaxValue - 4095), Throws.InstanceOf<OutOfMemoryException>());

    [Test]
    public void EachClientHasItsOwnDirtyBits()
    {
        Assert.That(_ram.ClearDirty(DirtyClient.Display, 0, 4 * Page), Is.True);
        Assert.That(_ram.IsDirty(DirtyClient.Display, 0, 4 * Page), Is.False);
        Assert.That(_ram.IsDirty(DirtyClient.Migration, 0, Page), Is.True);
        _ram.ClearDirty(DirtyClient.Migration, 0, 4 * Page);
        _ram.Written((2 * Page) - 1, 2);
        Assert.That(DirtyPages(DirtyClient.Display), Is.EqualTo("1 2"));
        Assert.That(DirtyPages(DirtyClient.Migration), Is.EqualTo("1 2"));
        Assert.That(_ram.ClearDirty(DirtyClient.Display, Page, Page), Is.True);
        Assert.That(DirtyPages(DirtyClient.Display), Is.EqualTo("2"));
        Assert.That(DirtyPages(DirtyClient.Migration), Is.EqualTo("1 2"));
    }

    [Test]
    public void ClearingRestartsWriteTrackingOnlyIfAnyPageWasDirty()
    {
        _ram.ClearDirty(DirtyClient.Display, 0, 2 * Page);
        Assert.That(_watcher.Restarts, Is.EqualTo(1));
        Assert.That(_ram.ClearDirty(DirtyClient.Display, 0, 2 * Page), Is.False);
        Assert.That(_watcher.Restarts, Is.EqualTo(1));
        Assert.That(_ram.ClearDirty(DirtyClient.Display, 0, 3 * Page), Is.True, "the third page was dirty");
        Assert.That(_watcher.Restarts, Is.EqualTo(2));
    }

    [Test]
    public void CleanPageIsNotFreelyWritableUntilMarkedDirty()
    {
        Assert.That(_ram.IsFreelyWritable(1), Is.True);
        _ram.ClearDirty(DirtyClient.Migration, Page, Page);
        Assert.That(_ram.IsFreelyWritable(1), Is.False);
        Assert.That(_ram.IsFreelyWritable(2), Is.True);
        _ram.MarkDirty(1);
        Assert.That(_ram.IsFreelyWritable(1), Is.True);
        Assert.That(_ram.IsDirty(DirtyClient.Migration, Page, Page), Is.True);
    }

    [Test]
    public void WritesToCodeTellTheObserverThePartInEachPage()
    {
        _ram.MarkCode(0, true);
        _ram.MarkCode(1, true);
        Assert.That(_ram.IsFreelyWritable(1), Is.False);
        _ram.Written(Page - 3, 7);
        Assert.That(_watcher.Code, Is.EqualTo(new[] { (Page - 3, 3ul), (Page, 4ul) }));
        _watcher.Code.Clear();
        _ram.Written(2 * Page, 100);
        Assert.That(_watcher.Code, Is.Empty);
        _ram.MarkCode(0, false);
        _ram.Written(0, Page + 1);
        Assert.That(_watcher.Code, Is.EqualTo(new[] { (Page, 1ul) }), "the observer takes the mark away, not the write");
    }

    [Test]
    public void MarkingDirtyKeepsTheCodeMark()
    {
        _ram.MarkCode(1, true);
        _ram.ClearDirty(DirtyClient.All, Page, Page);
        _ram.MarkDirty(1);
        Assert.That(_ram.IsDirty(DirtyClient.All, Page, Page), Is.True);
        Assert.That(_ram.IsFreelyWritable(1), Is.False);
        _ram.MarkCode(1, false);
        Assert.That(_ram.IsFreelyWritable(1), Is.True);
    }

    [Test]
    public void NoBytesAreNoPage([Values(0ul, 1ul, Page, 4 * Page)] ulong offset)
    {
        _ram.ClearDirty(DirtyClient.All, 0, 4 * Page);
        _ram.Written(offset, 0);
        Assert.That(_ram.IsDirty(DirtyClient.Display, 0, 4 * Page), Is.False);
        _ram.Written(0, 4 * Page);
        Assert.That(_ram.IsDirty(DirtyClient.Display, offset, 0), Is.False);
        Assert.That(_ram.ClearDirty(DirtyClient.Display, offset, 0), Is.False);
    }

    [TestCase(4 * Page, 1ul)]
    [TestCase((4 * Page) - 1, 2ul)]
    [TestCase(0ul, (4 * Page) + 1)]
    [TestCase(Page, ulong.MaxValue)]
    [TestCase(ulong.MaxValue, 1ul)]
    [TestCase(ulong.MaxValue, 2ul)]
    [TestCase(ulong.MaxValue, 0ul)]
    public void RangesOutsideTheBlockAreRefused(ulong offset, ulong length)
    {
        Assert.That(() => _ram.Written(offset, length), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.IsDirty(DirtyClient.Display, offset, length), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.ClearDirty(DirtyClient.Display, offset, length), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase((4 * Page) + 1, 0)]
    [TestCase(4 * Page, 1)]
    [TestCase(0ul, -1)]
    [TestCase(1ul, 4 * (int)Page)]
    [TestCase(ulong.MaxValue, 1)]
    public void SpansOutsideTheBlockAreRefused(ulong offset, int length) =>
        Assert.That(() => _ram.Span(offset, length).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(4ul)]
    [TestCase(ulong.MaxValue)]
    public void PagesOutsideTheBlockAreRefused(ulong page)
    {
        Assert.That(() => _ram.MarkDirty(page), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.MarkCode(page, true), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.IsFreelyWritable(page), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void DisposedBlockRefusesEveryByte()
    {
        _ram.Dispose();
        _ram.Dispose();
        Assert.That(_ram.Size, Is.Zero);
        Assert.That(() => _ram.Span(0, 1).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.Written(0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _ram.MarkDirty(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private string DirtyPages(DirtyClient client) =>
        string.Join(' ', Enumerable.Range(0, 4).Where(page => _ram.IsDirty(client, (ulong)page * Page, Page)));

    private sealed class Watcher : IRamObserver
    {
        public List<(ulong Offset, ulong Length)> Code { get; } = [];

        public int Restarts { get; private set; }

        public void CodeWritten(RamBlock block, ulong offset, ulong length) => Code.Add((offset, length));

        public void WriteTrackingRestarted(RamBlock block) => Restarts++;
    }
}
