using System.Buffers.Binary;
using PcEmu.Core;
using PcEmu.Core.Block;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Ide;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Ide;

/// <summary>A medium in memory that fails when it is told to.</summary>
internal sealed class TestMedium(int sectors) : IBlockMedium
{
    public byte[] Bytes { get; } = new byte[sectors * IBlockMedium.SectorSize];

    public long SectorCount { get; init; } = sectors;

    public bool IsReadOnly { get; set; }

    public bool WriteCache { get; set; } = true;

    public BlockResult Failure { get; set; }

    public BlockErrorAction Action { get; set; }

    public int Calls { get; private set; }

    public int Flushes { get; private set; }

    public BlockResult Read(long sector, Span<byte> destination)
    {
        Calls++;
        BlockResult result = Check(sector, destination.Length);
        if (result == BlockResult.Ok)
        {
            Bytes.AsSpan((int)sector * IBlockMedium.SectorSize, destination.Length).CopyTo(destination);
        }

        return result;
    }

    public BlockResult Write(long sector, ReadOnlySpan<byte> source)
    {
        Calls++;
        BlockResult result = Check(sector, source.Length);
        if (result == BlockResult.Ok)
        {
            source.CopyTo(Bytes.AsSpan((int)sector * IBlockMedium.SectorSize));
        }

        return result;
    }

    public BlockResult Flush()
    {
        Flushes++;
        return Failure;
    }

    public BlockErrorAction OnError(BlockResult error, bool isRead) => Action;

    private BlockResult Check(long sector, int length) =>
        Failure != BlockResult.Ok ? Failure
        : sector < 0 || (sector * IBlockMedium.SectorSize) + length > Bytes.Length ? BlockResult.OutOfRange
        : BlockResult.Ok;
}

/// <summary>The IDE function of a PC with 1 MiB of memory, driven through ports.</summary>
internal sealed class IdeTestHost : IDisposable
{
    public const int BusMaster = 0xC000;
    public const int Table = 0x1000;

    private readonly AddressSpace _io;

    public IdeTestHost(TestMedium? master = null, TestMedium? slave = null)
    {
        Ram = new RamBlock("pc.ram", 1 << 20);
        MemoryRegion memoryRoot = MemoryRegion.Container("system", (UInt128)1 << 32);
        memoryRoot.Add(MemoryRegion.Ram("ram", Ram), 0);
        MemoryRegion ioRoot = MemoryRegion.Container("io", 0x10000);
        _io = new AddressSpace("I/O", ioRoot, EventLog.Null);
        Memory = new AddressSpace("memory", memoryRoot, EventLog.Null);
        var bus = new PciBus(MemoryRegion.Container("pci", (UInt128)1 << 32), ioRoot, EventLog.Null);
        Ide = new Piix3Ide(Memory, new IrqLine(level => Irq14(level)), new IrqLine(level => Irq15Level = level), EventLog.Null);
        bus.Add(Ide, 9);
        Ide.Realize();
        ioRoot.Add(Ide.Channels[0].CommandBlock, Piix3Ide.PrimaryCommandBlock);
        ioRoot.Add(Ide.Channels[0].ControlBlock, Piix3Ide.PrimaryControlBlock);
        ioRoot.Add(Ide.Channels[1].CommandBlock, Piix3Ide.SecondaryCommandBlock);
        ioRoot.Add(Ide.Channels[1].ControlBlock, Piix3Ide.SecondaryControlBlock);
        AttachTo(0, master);
        AttachTo(1, slave);
        Ide.Reset();
        Ide.ConfigWrite(0x20, BusMaster, 4);
        Ide.ConfigWrite(PciHeader.Command, PciHeader.CommandIo | PciHeader.CommandMaster, 2);
    }

    public Piix3Ide Ide { get; }

    public AddressSpace Memory { get; }

    public RamBlock Ram { get; }

    public bool Irq14Level { get; private set; }

    public bool Irq15Level { get; private set; }

    public int Interrupts { get; private set; }

    public byte Status => In8(0x3F6);

    public byte Error => In8(0x1F1);

    public byte In8(int port) => (byte)_io.Read((uint)port, 1);

    public ushort In16(int port) => (ushort)_io.Read((uint)port, 2);

    public uint In32(int port) => (uint)_io.Read((uint)port, 4);

    public void Out8(int port, int value) => _io.Write((uint)port, (byte)value, 1);

    public void Out16(int port, int value) => _io.Write((uint)port, (ushort)value, 2);

    public void Out32(int port, uint value) => _io.Write((uint)port, value, 4);

    public void InRun(int size, Span<byte> destination) => _io.ReadRun(0x1F0, size, destination);

    public void OutRun(int size, ReadOnlySpan<byte> source) => _io.WriteRun(0x1F0, size, source);

    public byte[] In(int bytes)
    {
        byte[] data = new byte[bytes];
        InRun(2, data);
        return data;
    }

    /// <summary>Writes the task file for a 28-bit address and the command.</summary>
    public void Command(int code, long lba = 0, int count = 1, int drive = 0)
    {
        Out8(0x1F6, 0xE0 | (drive << 4) | (int)(lba >> 24));
        Out8(0x1F2, count);
        Out8(0x1F3, (int)lba);
        Out8(0x1F4, (int)(lba >> 8));
        Out8(0x1F5, (int)(lba >> 16));
        Out8(0x1F7, code);
    }

    /// <summary>Writes the task file twice for a 48-bit address, and the command.</summary>
    public void CommandExt(int code, long lba, int count)
    {
        Out8(0x1F6, 0xE0);
        Out8(0x1F2, count >> 8);
        Out8(0x1F3, (int)(lba >> 24));
        Out8(0x1F4, (int)(lba >> 32));
        Out8(0x1F5, (int)(lba >> 40));
        Out8(0x1F2, count);
        Out8(0x1F3, (int)lba);
        Out8(0x1F4, (int)(lba >> 8));
        Out8(0x1F5, (int)(lba >> 16));
        Out8(0x1F7, code);
    }

    /// <summary>SET FEATURES or SMART: a subcommand in the features register.</summary>
    public void Subcommand(int code, int feature, int count = 0, int lba = 0)
    {
        Out8(0x1F1, feature);
        Command(code, lba, count);
    }

    /// <summary>Lays a table of descriptors, the last one marked, and points the primary bus master to it.</summary>
    public void Describe(params (uint Address, int Length)[] descriptors)
    {
        for (int i = 0; i < descriptors.Length; i++)
        {
            Memory.Write((ulong)(Table + (i * 8)), descriptors[i].Address, 4);
            uint last = i == descriptors.Length - 1 ? 0x80000000 : 0;
            Memory.Write((ulong)(Table + (i * 8) + 4), (ushort)descriptors[i].Length | last, 4);
        }

        Out32(BusMaster + 4, Table);
    }

    public ushort Word(ReadOnlySpan<byte> identity, int word) => BinaryPrimitives.ReadUInt16LittleEndian(identity[(word * 2)..]);

    public byte[] Save()
    {
        var writer = new StateWriter();
        Ide.StateSections.Single().Save(writer);
        return writer.Written.ToArray();
    }

    public void Load(byte[] bytes)
    {
        var reader = new StateReader(bytes);
        StateSection section = Ide.StateSections.Single();
        section.Load(ref reader, section.Version);
        Assert.That(reader.Remaining, Is.Zero, "bytes left over");
    }

    public void Dispose() => Ram.Dispose();

    public static TestMedium Numbered(int sectors)
    {
        var medium = new TestMedium(sectors);
        for (int i = 0; i < medium.Bytes.Length; i++)
        {
            medium.Bytes[i] = (byte)((i / IBlockMedium.SectorSize * 7) + i);
        }

        return medium;
    }

    private void Irq14(bool level)
    {
        if (level)
        {
            Interrupts++;
        }

        Irq14Level = level;
    }

    private void AttachTo(int unit, TestMedium? medium)
    {
        if (medium is not null)
        {
            var disk = new AtaDisk(medium, "1.0");
            disk.Realize();
            Ide.Attach(0, unit, disk);
        }
    }
}
