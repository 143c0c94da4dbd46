using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Memory;

namespace PcEmu.Devices.Debug;

/// <summary>QEMU's <c>isa-debugcon</c>: a port to which firmware and kernels write text, one byte at a time.</summary>
/// <remarks>
/// The port is Bochs' E9h; SeaBIOS logs to 402h, which is a second instance. A read gives <see cref="ReadBack"/>, by
/// which software finds out that somebody listens. It has no state.
/// </remarks>
/// <param name="sink">Takes each byte.</param>
public sealed class DebugConsole(Action<byte> sink) : Device
{
    /// <inheritdoc/>
    public override string Driver => "isa-debugcon";

    /// <summary>The port.</summary>
    [DeviceProperty("iobase", "port", Minimum = 0, Maximum = 0xFFFF)]
    public uint IoBase { get; set; } = 0xE9;

    /// <summary>What a read gives.</summary>
    [DeviceProperty("readback", "value that the port reads as", Minimum = 0, Maximum = 0xFF)]
    public uint ReadBack { get; set; } = 0xE9;

    /// <summary>The one port, for the board to place at <see cref="IoBase"/>.</summary>
    public MemoryRegion Ports { get; private set; } = null!;

    /// <inheritdoc/>
    public override void Realize() =>
        Ports = MemoryRegion.Io("isa-debugcon", 1, IoHandlers.Bytes(_ => (byte)ReadBack, (_, value) => sink(value)));
}
