using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AddressSpaceTests : IDisposable
{
    private readonly EventLog _log = new();
    private readonly List<string> _lines = [];
    private readonly List<(ulong Offset, ulong Value, int Size)> _writes = [];
    private readonly List<(ulong Offset, int Size)> _reads = [];
    private readonly RamBlock _ram = new("ram", 0x4000);
    private readonly MemoryRegion _root = MemoryRegion.Container("memory", (UInt128)1 << 64);
    private readonly AddressSpace _space;

    public AddressSpaceTests()
    {
        _log.Enable(LogItems.Unimplemented);
        _log.Observer = _lines.Add;
        _space = new AddressSpace("memory", _root, _log);
    }

    public void Dispose() => _ram.Dispose();

    [TestCase(1, 0xFFul)]
    [TestCase(2, 0xFFFFul)]
    [TestCase(4, 0xFFFF_FFFFul)]
    [TestCase(8, ulong.MaxValue)]
    public void NobodyReadsAsOnesAndSaysSo(int size, ulong ones)
    {
        Assert.That(_space.Read(0x1234, size), Is.EqualTo(ones));
        _space.Write(0x1234, 0, size);
        Assert.That(_lines, Is.EqualTo(new[]
        {
            $"memory: unassigned read at 0x1234, size {size}",
            $"memory: unassigned write at 0x1234, size {size}",
        }));
    }

    [Test]
    public void RamIsLittleEndianAndWritesMarkItDirty()
    {
        _root.Add(MemoryRegion.Ram("ram", _ram), 0x10000);
        _ram.ClearDirty(DirtyClient.All, 0, _ram.Size);
        _space.Write(0x11000, 0x8877665544332211, 8);
        Assert.That(_space.Read(0x11001, 1), Is.EqualTo(0x22));
        Assert.That(_space.Read(0x11001, 2), Is.EqualTo(0x3322));
        Assert.That(_space.Read(0x11003, 4), Is.EqualTo(0x77665544));
        Assert.That(_space.Read(0x11000, 8), Is.EqualTo(0x8877665544332211));
        Assert.That(_ram.IsDirty(DirtyClient.Display, 0x1000, 1), Is.True);
        Assert.That(_ram.IsDirty(DirtyClient.Display, 0, 0x1000), Is.False);
    }

    [Test]
    public void RomKeepsItsBytesAndItsDirtyBits()
    {
        _ram.Span(0, 4).Fill(0x5A);
        _ram.ClearDirty(DirtyClient.All, 0, _ram.Size);
        _root.Add(MemoryRegion.Rom("rom", _ram), 0);
        _space.Write(0, 0, 4);
        _space.Write(0, [1, 2, 3]);
        Assert.That(_space.Read(0, 4), Is.EqualTo(0x5A5A5A5A));
        Assert.That(_ram.IsDirty(DirtyClient.Display, 0, _ram.Size), Is.False);
        Assert.That(_lines, Is.Empty, "writes to ROM are no error");
    }

    [Test]
    public void AccessOverTheSeamOfTwoRangesTakesItsBytesFromBoth()
    {
        _root.Add(MemoryRegion.Ram("second", _ram, 0x2000, 0x1000), 0x1000);
        _root.Add(MemoryRegion.Ram("first", _ram, 0, 0x1000), 0);
        _space.Write(0xFFD, 0x8877665544332211, 8);
        Assert.That(_ram.Span(0xFFD, 3).ToArray(), Is.EqualTo(new byte[] { 0x11, 0x22, 0x33 }));
        Assert.That(_ram.Span(0x2000, 5).ToArray(), Is.EqualTo(new byte[] { 0x44, 0x55, 0x66, 0x77, 0x88 }));
        Assert.That(_space.Read(0xFFD, 8), Is.EqualTo(0x8877665544332211));
        Assert.That(_space.Read(0x1FFE, 4), Is.EqualTo(0xFFFF0000), "nobody has the rest");
        Assert.That(_lines, Has.Count.EqualTo(2));
    }

    [Test]
    public void BusMasterCrossesRamRegistersRomAndNobody()
    {
        _root.Add(MemoryRegion.Ram("ram", _ram, 0, 4), 0);
        _root.Add(Registers(4, new IoHandlers(Read, Write)), 4);
        _root.Add(MemoryRegion.Rom("rom", _ram, 0x1000, 4), 8);
        byte[] sent = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
        _space.Write(0, sent);
        Assert.That(_writes.Select(static w => (byte)w.Value), Is.EqualTo(new byte[] { 5, 6, 7, 8 }));
        byte[] read = new byte[13];
        _space.Read(0, read);
        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3, 4, 0x10, 0x11, 0x12, 0x13, 0, 0, 0, 0, 0xFF }));
    }

    [Test]
    public void AccessAtTheLastAddressGoesOnAtZero()
    {
        _root.Add(MemoryRegion.Ram("top", _ram, 0, 0x10), ulong.MaxValue - 0xF);
        _root.Add(MemoryRegion.Ram("bottom", _ram, 0x1000, 0x10), 0);
        _space.Write(ulong.MaxValue, 0x2211, 2);
        Assert.That(_ram.Span(0xF, 1)[0], Is.EqualTo(0x11));
        Assert.That(_ram.Span(0x1000, 1)[0], Is.EqualTo(0x22));
        Assert.That(_space.Read(ulong.MaxValue, 2), Is.EqualTo(0x2211));
        byte[] read = new byte[3];
        _space.Read(ulong.MaxValue - 1, read);
        Assert.That(read, Is.EqualTo(new byte[] { 0, 0x11, 0x22 }));
    }

    [TestCase(1, 0xFFul)]
    [TestCase(2, 0x1112ul)]
    [TestCase(4, 0xFFFF_FFFFul)]
    public void SizeThatTheBusDoesNotLetThroughFindsNobody(int size, ulong expected)
    {
        _root.Add(Registers(8, new IoHandlers((_, _) => 0x1112, Write) { ValidMinimum = 2, ValidMaximum = 2 }), 0);
        Assert.That(_space.Read(0, size), Is.EqualTo(expected));
        _space.Write(0, 1, size);
        Assert.That(_writes, Has.Count.EqualTo(size == 2 ? 1 : 0));
        Assert.That(_lines, Has.Count.EqualTo(size == 2 ? 0 : 2));
    }

    [Test]
    public void WideAccessIsSplitLowestAddressFirst()
    {
        _root.Add(Registers(8, new IoHandlers(Read, Write) { ImplementedMaximum = 2 }), 0x10);
        Assert.That(_space.Read(0x10, 8), Is.EqualTo(0x0016_0014_0012_0010));
        Assert.That(_reads, Is.EqualTo(new[] { (0ul, 2), (2ul, 2), (4ul, 2), (6ul, 2) }));
        _space.Write(0x12, 0x44332211, 4);
        Assert.That(_writes, Is.EqualTo(new[] { (2ul, 0x2211ul, 2), (4ul, 0x4433ul, 2) }));
    }

    [Test]
    public void EightByteAccessIsSplitUnlessTheDeviceSaysOtherwise()
    {
        _root.Add(Registers(8, new IoHandlers(Read, Write)), 0);
        _space.Write(0, 0x8877665544332211, 8);
        Assert.That(_writes, Is.EqualTo(new[] { (0ul, 0x44332211ul, 4), (4ul, 0x88776655ul, 4) }));
        Assert.That(_space.Read(0, 8), Is.EqualTo(0x0000_0014_0000_0010));
    }

    [TestCase(0ul, 1, 0x00ul)]
    [TestCase(3ul, 1, 0x33ul)]
    [TestCase(1ul, 2, 0x2211ul)]
    [TestCase(3ul, 2, 0x4433ul)]
    [TestCase(5ul, 2, 0x6655ul)]
    [TestCase(6ul, 2, 0x7766ul)]
    public void NarrowReadTakesItsBytesOutOfTheRegister(ulong offset, int size, ulong expected)
    {
        _root.Add(Registers(8, new IoHandlers(ReadWide, Write) { ImplementedMinimum = 4 }), 0x20);
        Assert.That(_space.Read(0x20 + offset, size), Is.EqualTo(expected));
        Assert.That(_reads, Is.All.Matches<(ulong Offset, int Size)>(static r => r.Offset % 4 == 0 && r.Size == 4));

        ulong ReadWide(ulong at, int bytes)
        {
            _reads.Add((at, bytes));
            return at == 0 ? 0xFFFF_FFFF_3322_1100 : 0xFFFF_FFFF_7766_5544;
        }
    }

    [Test]
    public void HandlerThatReturnsTooMuchIsCutToTheAccess()
    {
        _root.Add(Registers(2, new IoHandlers(static (_, _) => ulong.MaxValue, Write)), 0);
        _root.Add(Registers(2, new IoHandlers(static (_, _) => 0, Write)), 2);
        Assert.That(_space.Read(0, 1), Is.EqualTo(0xFF));
        Assert.That(_space.Read(0, 2), Is.EqualTo(0xFFFF));
        Assert.That(_space.Read(1, 2), Is.EqualTo(0x00FF));
        _space.Write(0, ulong.MaxValue, 2);
        Assert.That(_writes, Is.EqualTo(new[] { (0ul, 0xFFFFul, 2) }));
    }

    [Test]
    public void PortSpaceEndsAtFFFF()
    {
        MemoryRegion root = MemoryRegion.Container("io", 0x10000);
        var ports = new AddressSpace("I/O", root, _log);
        root.Add(Registers(1, IoHandlers.Bytes(static _ => 0x42, (offset, value) => _writes.Add(((ulong)offset, value, 1)))), 0xFFFF);
        Assert.That(ports.Read(0xFFFF, 1), Is.EqualTo(0x42));
        Assert.That(ports.Read(0xFFFF, 4), Is.EqualTo(0xFFFFFF42));
        ports.Write(0xFFFF, 0x2211, 2);
        Assert.That(_writes, Is.EqualTo(new[] { (0ul, 0x11ul, 1) }));
        Assert.That(ports.Find(0x10000), Is.Null);
        Assert.That(ports.Find(ulong.MaxValue), Is.Null);
    }

    [Test]
    public void RunsOfASizeThatTheHandlersDoNotTakeAreSingleAccesses()
    {
        int runs = 0;
        _root.Add(
            Registers(8, new IoHandlers(Read, Write) { ImplementedMaximum = 2, ReadRun = (_, _, _) => runs++, WriteRun = (_, _, _) => runs++ }),
            ulong.MaxValue - 7);
        byte[] bytes = new byte[4];
        _space.ReadRun(ulong.MaxValue - 7, 4, bytes);
        _space.WriteRun(ulong.MaxValue - 7, 4, bytes);
        Assert.That(_writes, Has.Count.EqualTo(2), "split in two");
        _space.ReadRun(ulong.MaxValue, 2, bytes);
        Assert.That(bytes, Is.EqualTo(new byte[] { 0x17, 0xFF, 0x17, 0xFF }), "the second byte is nobody's");
        Assert.That(runs, Is.Zero);
        _space.ReadRun(ulong.MaxValue - 1, 2, bytes);
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public void TransactionHidesItsChangesUntilTheOutermostEnds()
    {
        MemoryRegion device = Registers(4, new IoHandlers(Read, Write));
        _root.Add(device, 0x10);
        int changes = 0;
        _space.Changed += () => changes++;
        using (_space.Transaction())
        {
            device.Move(0x20);
            using (_space.Transaction())
            {
                device.Resize(8);
            }

            Assert.That(_space.Find(0x10)?.Region, Is.SameAs(device), "as before");
            Assert.That(_space.Find(0x20), Is.Null);
            Assert.That(_space.Ranges, Has.Count.EqualTo(1));
            Assert.That(changes, Is.Zero);
        }

        Assert.That(changes, Is.EqualTo(1));
        Assert.That(_space.Find(0x10), Is.Null);
        Assert.That(_space.Find(0x27)?.Region, Is.SameAs(device));
    }

    [Test]
    public void TransactionWithoutChangesKeepsTheMap()
    {
        _root.Add(Registers(4, new IoHandlers(Read, Write)), 0x10);
        FlatRange? before = _space.Find(0x10);
        _space.Changed += static () => Assert.Fail("nothing has changed");
        using (_space.Transaction())
        {
        }

        _root.Children[0].Move(0x10);
        _root.Children[0].Enabled = true;
        Assert.That(_space.Find(0x10), Is.SameAs(before));
    }

    [Test]
    public void ChangeIsToldOnceToWhoeverHasNotLookedSince()
    {
        MemoryRegion device = Registers(4, new IoHandlers(Read, Write));
        _root.Add(device, 0x10);
        int changes = 0;
        _space.Changed += () => changes++;
        _space.Find(0x10);
        device.Move(0x20);
        device.Move(0x30);
        Assert.That(changes, Is.EqualTo(1));
        Assert.That(_space.Find(0x30)?.Region, Is.SameAs(device));
        device.Move(0x40);
        Assert.That(changes, Is.EqualTo(2));
    }

    [Test]
    public void ListenerMayLookAndChangeAgain()
    {
        MemoryRegion device = Registers(4, new IoHandlers(Read, Write));
        _root.Add(device, 0x10);
        _space.Find(0);
        List<ulong> seen = [];
        _space.Changed += () =>
        {
            seen.Add(_space.Ranges[0].Start);
            if (seen.Count == 1)
            {
                device.Move(0x30);
            }
        };
        device.Move(0x20);
        Assert.That(seen, Is.EqualTo(new ulong[] { 0x20, 0x30 }));
        Assert.That(_space.Find(0x30)?.Region, Is.SameAs(device));
    }

    [Test]
    public void DeviceMayMoveItselfWhileItIsWritten()
    {
        MemoryRegion device = null!;
        device = Registers(4, new IoHandlers(Read, (offset, value, size) =>
        {
            _writes.Add((offset, value, size));
            device.Move(0x100);
        })
        { ImplementedMaximum = 1 });
        _root.Add(device, 0x10);
        _space.Write(0x10, 0x44332211, 4);
        Assert.That(_writes, Has.Count.EqualTo(4), "the access that moves it is finished where it began");
        Assert.That(_space.Find(0x10), Is.Null);
        Assert.That(_space.Find(0x100)?.Region, Is.SameAs(device));
    }

    [Test]
    public void OneTreeServesTwoSpaces()
    {
        var second = new AddressSpace("second", _root, _log);
        MemoryRegion device = Registers(4, new IoHandlers(Read, Write));
        _root.Add(device, 0x10);
        Assert.That(_space.Find(0x10)?.Region, Is.SameAs(device));
        Assert.That(second.Find(0x10)?.Region, Is.SameAs(device));
        device.Enabled = false;
        Assert.That(_space.Find(0x10), Is.Null);
        Assert.That(second.Find(0x10), Is.Null);
    }

    private static MemoryRegion Registers(ulong size, IoHandlers handlers) => MemoryRegion.Io("device", size, handlers);

    private ulong Read(ulong offset, int size)
    {
        _reads.Add((offset, size));
        return 0x10 + offset;
    }

    private void Write(ulong offset, ulong value, int size) => _writes.Add((offset, value, size));
}
