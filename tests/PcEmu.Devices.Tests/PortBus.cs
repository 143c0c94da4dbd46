using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests;

/// <summary>An I/O space with a device under test in it, and its sections as bytes.</summary>
internal sealed class PortBus
{
    private readonly MemoryRegion _root = MemoryRegion.Container("io", 0x10000);
    private readonly AddressSpace _space;

    public PortBus() => _space = new AddressSpace("I/O", _root, EventLog.Null);

    public void Map(MemoryRegion region, ulong port) => _root.Add(region, port);

    public byte In(int port) => (byte)_space.Read((ulong)port, 1);

    public ulong In(int port, int size) => _space.Read((ulong)port, size);

    public void Out(int port, int value) => _space.Write((ulong)port, (byte)value, 1);

    public void Out(int port, ulong value, int size) => _space.Write((ulong)port, value, size);

    public static byte[][] Save(params Device[] devices) => [.. devices.SelectMany(d => d.StateSections).Select(s =>
    {
        var writer = new StateWriter();
        s.Save(writer);
        return writer.Written.ToArray();
    })];

    public static void Load(byte[][] sections, params Device[] devices)
    {
        int next = 0;
        foreach (StateSection section in devices.SelectMany(d => d.StateSections))
        {
            Load(section, sections[next++], section.Version);
        }
    }

    public static void Load(StateSection section, byte[] bytes, int version)
    {
        var reader = new StateReader(bytes);
        section.Load(ref reader, version);
        Assert.That(reader.Remaining, Is.Zero, section.Name);
    }
}

/// <summary>A wire that remembers its level and counts its rising edges.</summary>
internal sealed class WatchedLine : IIrqLine
{
    public bool Level { get; private set; }

    public int Edges { get; set; }

    public void Set(bool level)
    {
        Edges += level && !Level ? 1 : 0;
        Level = level;
    }
}
