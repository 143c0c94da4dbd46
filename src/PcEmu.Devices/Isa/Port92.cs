using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Isa;

/// <summary>System control port A, 92h: the fast A20 gate and the fast reset.</summary>
/// <remarks>Source: 82371SB (PIIX3) data sheet, 290550, "Port 92 Register".</remarks>
public sealed class Port92 : Device
{
    private const byte FastInit = 0x01;
    private const byte FastA20 = 0x02;

    private readonly IIrqLine _a20;
    private readonly Action _systemReset;
    private readonly EventLog _log;

    private byte _outport;

    /// <summary>The section <c>port92</c>. The A20 gate itself is saved with the processor.</summary>
    public static readonly StateDescription<Port92> State = new("port92", version: 1, minimumVersion: 1)
    {
        Field.UInt8("outport", static (ref Port92 d) => ref d._outport),
    };

    /// <summary>Wires the port.</summary>
    /// <param name="a20">The A20 gate; asserted lets address bit 20 through.</param>
    /// <param name="systemReset">Asks for a reset of the machine.</param>
    /// <param name="log">Where traces go.</param>
    public Port92(IIrqLine a20, Action systemReset, EventLog log)
    {
        _a20 = a20;
        _systemReset = systemReset;
        _log = log;
        Port = MemoryRegion.Io("port92", 1, IoHandlers.Bytes(Read, Write));
    }

    /// <inheritdoc/>
    public override string Driver => "port92";

    /// <summary>Port 92h.</summary>
    public MemoryRegion Port { get; }

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <inheritdoc/>
    public override void Reset() => _outport &= unchecked((byte)~FastInit);

    private byte Read(int offset)
    {
        _log.Trace("port92_read", $"val 0x{_outport:x2}");
        return _outport;
    }

    private void Write(int offset, byte value)
    {
        _log.Trace("port92_write", $"val 0x{value:x2}");
        bool resetRises = (value & ~_outport & FastInit) != 0;
        _outport = value;
        _a20.Set((value & FastA20) != 0);
        if (resetRises)
        {
            _systemReset();
        }
    }
}
