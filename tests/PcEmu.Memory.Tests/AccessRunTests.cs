using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccessRunTests
{
    private readonly List<(ulong Offset, ulong Value, int Size)> _writes = [];
    private byte _next;

    [Test]
    public void RunsWithoutAHandlerAreSingleAccesses()
    {
        AddressSpace ports = Ports(new IoHandlers((_, _) => _next++, (offset, value, size) => _writes.Add((offset, value, size))));
        byte[] read = new byte[4];
        ports.ReadRun(0x1F1, 2, read);
        Assert.That(read, Is.EqualTo(new byte[] { 0, 0, 1, 0 }));
        ports.WriteRun(0x1F1, 2, [1, 2, 3, 4]);
        Assert.That(_writes, Is.EqualTo(new[] { (1ul, 0x0201ul, 2), (1ul, 0x0403ul, 2) }));
    }

    [Test]
    public void RunsReachTheirHandlerInOneCall()
    {
        var handlers = new IoHandlers((_, _) => 0, (_, _, _) => { })
        {
            ReadRun = (offset, size, bytes) => bytes.Fill((byte)(offset + (uint)size)),
            WriteRun = (offset, size, bytes) => _writes.Add((offset, (ulong)bytes.Length, size)),
        };
        AddressSpace ports = Ports(handlers);
        byte[] read = new byte[8];
        ports.ReadRun(0x1F2, 4, read);
        Assert.That(read, Is.All.EqualTo(6));
        ports.WriteRun(0x1F2, 2, new byte[6]);
        Assert.That(_writes, Is.EqualTo(new[] { (2ul, 6ul, 2) }));
    }

    [Test]
    public void RunsOfNobodyReadOnes()
    {
        byte[] read = new byte[4];
        Ports(new IoHandlers((_, _) => 0, (_, _, _) => { })).ReadRun(0x300, 1, read);
        Assert.That(read, Is.All.EqualTo(0xFF));
    }

    private static AddressSpace Ports(IoHandlers handlers)
    {
        MemoryRegion root = MemoryRegion.Container("io", 0x10000);
        root.Add(MemoryRegion.Io("ports", 8, handlers), 0x1F0);
        return new AddressSpace("I/O", root, EventLog.Null);
    }
}
