using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory.Tests;

/// <summary>The paths of every guest access make no garbage.</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    private const int Count = 1_000_000;

    [Test]
    public void AccessesAllocateNothing()
    {
        using var ram = new RamBlock("ram", 0x10000);
        byte register = 0;
        var handlers = IoHandlers.Bytes(_ => register, (_, value) => register = value);
        MemoryRegion io = MemoryRegion.Container("io", 0x10000);
        io.Add(MemoryRegion.Io("device", 4, handlers), 0x60);
        MemoryRegion memory = MemoryRegion.Container("memory", (UInt128)1 << 64);
        memory.Add(MemoryRegion.Ram("ram", ram), 0);
        memory.Add(MemoryRegion.Io("device", 4, handlers), 0xFEE00000);
        var ports = new AddressSpace("I/O", io, EventLog.Null);
        var space = new AddressSpace("memory", memory, EventLog.Null);
        byte[] buffer = new byte[64];

        ulong sum = 0;
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            // The runtime's own tiering may allocate once in a while: the best attempt counts.
            long before = GC.GetAllocatedBytesForCurrentThread();
            sum += Access(Count / 10);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(sum, Is.Not.Zero);
        Assert.That(least, Is.Zero);

        // Ten or more accesses in each round: ports and memory, RAM and registers, somebody and nobody, within and across ranges.
        ulong Access(int rounds)
        {
            ulong result = 0;
            for (int i = 0; i < rounds; i++)
            {
                ports.Write(0x60, (byte)i, 1);
                result += ports.Read(0x60, 4);
                result += ports.Read(0x62, 4);
                result += ports.Read(0x70, 1);
                space.Write((ulong)i & 0xFFFF, result, 8);
                result += space.Read(0xFFFE, 4);
                result += space.Read(0xFEE00000, 4);
                space.Write(0xFEE00002, result, 2);
                result += space.Read(0xC0000000, 8);
                space.Read(0xFFF0, buffer);
                space.Write(0x1000, buffer);
                space.ReadRun(0xFEE00000, 2, buffer);
            }

            return result;
        }
    }
}
