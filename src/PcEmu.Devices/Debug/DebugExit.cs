using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Memory;

namespace PcEmu.Devices.Debug;

/// <summary>QEMU's <c>isa-debug-exit</c>: a write ends the emulator with a status that is always odd.</summary>
/// <remarks>Reads give zero. It has no state.</remarks>
/// <param name="exit">Asks for the end with this status: the value written, shifted left, with bit 0 set.</param>
public sealed class DebugExit(Action<int> exit) : Device
{
    /// <inheritdoc/>
    public override string Driver => "isa-debug-exit";

    /// <summary>The first port.</summary>
    [DeviceProperty("iobase", "first port", Minimum = 0, Maximum = 0xFFFF)]
    public uint IoBase { get; set; } = 0x501;

    /// <summary>Number of ports.</summary>
    [DeviceProperty("iosize", "number of ports", Minimum = 1, Maximum = 0x10000)]
    public uint IoSize { get; set; } = 0x02;

    /// <summary>The ports, for the board to place at <see cref="IoBase"/>.</summary>
    public MemoryRegion Ports { get; private set; } = null!;

    /// <inheritdoc/>
    public override void Realize()
    {
        if (IoBase + IoSize > 0x10000)
        {
            throw new ConfigurationException($"{Driver}: iobase=0x{IoBase:x},iosize=0x{IoSize:x} goes beyond port 0xffff");
        }

        var handlers = new IoHandlers(static (_, _) => 0, (_, value, _) => exit((int)(value << 1) | 1));
        Ports = MemoryRegion.Io("isa-debug-exit", IoSize, handlers);
    }
}
