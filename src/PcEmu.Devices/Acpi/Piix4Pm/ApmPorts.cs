using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Acpi;

/// <summary>Advanced power management ports: APMC at B2h, whose write raises an SMI, and APMS at B3h, a scratch byte.</summary>
/// <remarks>Source: 82371AB data sheet, 290562-001, 7.1 "APMC" and "APMS".</remarks>
internal sealed class ApmPorts
{
    public static readonly StateDescription<ApmPorts> State = new("apm", version: 1, minimumVersion: 0)
    {
        Field.UInt8("apmc", static (ref ApmPorts a) => ref a._apmc),
        Field.UInt8("apms", static (ref ApmPorts a) => ref a._apms),
    };

    private readonly Action<byte> _control;
    private byte _apmc;
    private byte _apms;

    /// <param name="control">Told every byte written to APMC.</param>
    public ApmPorts(Action<byte> control)
    {
        _control = control;
        Ports = MemoryRegion.Io("apm-io", 2, IoHandlers.Bytes(Read, Write));
    }

    /// <summary>Two ports for B2h.</summary>
    public MemoryRegion Ports { get; }

    public void Reset()
    {
        _apmc = 0;
        _apms = 0;
    }

    private byte Read(int offset) => offset == 0 ? _apmc : _apms;

    private void Write(int offset, byte value)
    {
        if (offset == 0)
        {
            _apmc = value;
            _control(value);
        }
        else
        {
            _apms = value;
        }
    }
}
