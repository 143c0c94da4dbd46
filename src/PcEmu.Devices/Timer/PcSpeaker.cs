using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Timer;

/// <summary>Port 61h of a PC: gate and output of PIT counter 2, the speaker's data bit, the refresh toggle.</summary>
/// <remarks>
/// Source: 82371SB (PIIX3) data sheet, 290550, "NMISC - NMI Status and Control Register". Parity and IOCHK# bits read as
/// zero: QEMU's <c>pc</c> has no such errors. It has no section either up to QEMU 2.0; of this port only the gate
/// survives a migration, in the PIT.
/// </remarks>
public sealed class PcSpeaker : Device
{
    private const byte Gate2 = 0x01;
    private const byte SpeakerData = 0x02;
    private const byte RefreshToggle = 0x10;
    private const byte Out2 = 0x20;
    private const int Counter = 2;

    private readonly I8254 _pit;
    private readonly EventLog _log;

    [NotSaved("no place in the stream: the guest's next tone sets it")]
    private bool _dataOn;

    [NotSaved("only its changes mean something")]
    private byte _refresh;

    /// <summary>Wires the port.</summary>
    /// <param name="pit">The timer whose counter 2 makes the tone.</param>
    /// <param name="log">Where traces go.</param>
    public PcSpeaker(I8254 pit, EventLog log)
    {
        _pit = pit;
        _log = log;
        Port = MemoryRegion.Io("pcspk", 1, IoHandlers.Bytes(Read, Write));
    }

    /// <inheritdoc/>
    public override string Driver => "isa-pcspk";

    /// <summary>Port 61h.</summary>
    public MemoryRegion Port { get; }

    /// <summary>Whether the speaker follows OUT of counter 2: both the data bit and the gate are on.</summary>
    public bool IsSounding => _dataOn && _pit.Inspect(Counter).Gate;

    /// <inheritdoc/>
    public override void Reset()
    {
        _dataOn = false;
        _refresh = 0;
    }

    private byte Read(int offset)
    {
        // The chip turns the bit over at every refresh, 15 us; QEMU at every read, which no waiting loop can miss.
        _refresh ^= RefreshToggle;
        I8254Pins pins = _pit.Inspect(Counter);
        byte value = (byte)((pins.Gate ? Gate2 : 0) | (_dataOn ? SpeakerData : 0) | _refresh | (pins.Out ? Out2 : 0));
        _log.Trace("pcspk_io_read", $"value 0x{value:x2}");
        return value;
    }

    private void Write(int offset, byte value)
    {
        _log.Trace("pcspk_io_write", $"value 0x{value:x2}");
        _dataOn = (value & SpeakerData) != 0;
        _pit.SetGate(Counter, (value & Gate2) != 0);
    }
}
