using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Isa;

/// <summary>A board with nothing on it: port space, clock and log for a chip under test.</summary>
internal sealed class PortBench
{
    private readonly MemoryRegion _root = MemoryRegion.Container("io", 0x10000);
    private readonly AddressSpace _io;

    public PortBench()
    {
        Log = new EventLog { Observer = Messages.Add };
        Log.Enable(LogItems.GuestErrors | LogItems.Unimplemented);
        Timers = new TimerQueue(Clock);
        _io = new AddressSpace("I/O", _root, Log);
    }

    public ManualClock Clock { get; } = new();

    public TimerQueue Timers { get; }

    public EventLog Log { get; }

    public List<string> Messages { get; } = [];

    public static byte[][] Save(Device device) =>
        [.. device.StateSections.Select(static section =>
        {
            var writer = new StateWriter();
            section.Save(writer);
            return writer.Written.ToArray();
        })];

    public static void Load(Device device, byte[][] sections, int? version = null)
    {
        foreach ((StateSection section, byte[] bytes) in device.StateSections.Zip(sections))
        {
            var reader = new StateReader(bytes);
            section.Load(ref reader, version ?? section.Version);
            Assert.That(reader.Remaining, Is.Zero, "every byte of the section is taken");
        }
    }

    public void Map(MemoryRegion region, ulong port) => _root.Add(region, port);

    public byte In(int port) => (byte)_io.Read((ulong)port, 1);

    public void Out(int port, int value) => _io.Write((ulong)port, (ulong)value & 0xFF, 1);

    public void Advance(long nanoseconds) => Clock.Advance(nanoseconds, Timers);
}

/// <summary>A wire that remembers its level and when it changed.</summary>
internal sealed class Probe(IClock? clock = null) : IIrqLine
{
    public bool Level { get; private set; }

    public List<(long Time, bool Level)> Edges { get; } = [];

    public void Set(bool level)
    {
        if (level != Level)
        {
            Level = level;
            Edges.Add((clock?.Now ?? 0, level));
        }
    }
}
