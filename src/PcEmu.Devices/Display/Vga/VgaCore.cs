using PcEmu.Core.Diagnostics;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Display.Vga;

/// <summary>An IBM VGA: five groups of registers around video memory. Adapters build on it and put their own registers in front.</summary>
/// <remarks>Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem".</remarks>
public sealed class VgaCore
{
    private const byte ColorEmulation = 0x01;
    private const byte MiscWritable = 0xEF;
    private const byte FeatureWritable = 0x10;
    private const byte OpenBus = 0xFF;

    private readonly EventLog _log;
    private byte _misc;
    private byte _feature;
    private byte _status0;
    private byte _status1;

    /// <summary>Makes a VGA.</summary>
    /// <param name="vram">Video memory.</param>
    /// <param name="clock">Guest time, which moves the beam.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    /// <param name="extended">Whether the register files have the size and the CRTC the address bits of the Cirrus chip.</param>
    public VgaCore(VideoMemory vram, IClock clock, EventLog log, bool extended = false)
    {
        _log = log;
        Vram = vram;
        Sequencer = new Sequencer(extended ? 256 : 8);
        Graphics = new GraphicsController(extended ? 256 : 16);
        Crtc = new Crtc(extended);
        Retrace = new Retrace(clock, Sequencer, Crtc);
        Memory = new PlanarMemory(vram, Sequencer, Graphics);
    }

    /// <summary>Video memory.</summary>
    public VideoMemory Vram { get; }

    /// <summary>The sequencer.</summary>
    public Sequencer Sequencer { get; }

    /// <summary>The graphics controller.</summary>
    public GraphicsController Graphics { get; }

    /// <summary>The CRT controller.</summary>
    public Crtc Crtc { get; }

    /// <summary>The attribute controller.</summary>
    public AttributeController Attribute { get; } = new();

    /// <summary>The colour table.</summary>
    public Dac Dac { get; } = new();

    /// <summary>Where the beam is.</summary>
    public Retrace Retrace { get; }

    /// <summary>The CPU's way to video memory.</summary>
    public PlanarMemory Memory { get; }

    /// <summary>The miscellaneous output register.</summary>
    public byte MiscOutput => _misc;

    // Wiring, set once by the adapter: registers that the VBE extension holds, and the map of memory.
    internal Action? RegistersWritten { get; init; }

    internal Action? MemoryAccessChanged { get; init; }

    internal ref byte Misc => ref _misc;

    internal ref byte Feature => ref _feature;

    internal ref byte Status0 => ref _status0;

    internal ref byte Status1 => ref _status1;

    internal void Reset()
    {
        _misc = _feature = _status0 = _status1 = 0;
        Sequencer.Reset();
        Graphics.Reset();
        Crtc.Reset();
        Attribute.Reset();
        Dac.Reset();
        Memory.Reset();
        Retrace.TimingChanged(_misc);
    }

    /// <summary>Brings what is derived up to date after a load.</summary>
    internal void Loaded()
    {
        Dac.CheckLoaded();
        Retrace.TimingChanged(_misc);
        Memory.Update();
    }

    /// <summary>Whether a port belongs to the half (mono 3Bxh, colour 3Dxh) that the miscellaneous output register turned off.</summary>
    internal bool IsHidden(int port) => (port & 0x3F0) == ((_misc & ColorEmulation) != 0 ? 0x3B0 : 0x3D0);

    internal byte ReadPort(int port)
    {
        if (IsHidden(port))
        {
            return OpenBus;
        }

        switch (port)
        {
            case VgaPorts.Attribute:
                return Attribute.ReadIndex();
            case VgaPorts.AttributeRead:
                return Attribute.ReadData();
            case VgaPorts.MiscOutput:
                return _status0;
            case VgaPorts.SequencerIndex:
                return Sequencer.Index;
            case VgaPorts.SequencerData:
                return Sequencer.Read();
            case VgaPorts.DacReadIndex:
                return Dac.State;
            case VgaPorts.DacWriteIndex:
                return Dac.WriteIndex;
            case VgaPorts.DacData:
                return Dac.Read();
            case VgaPorts.FeatureRead:
                return _feature;
            case VgaPorts.MiscRead:
                return _misc;
            case VgaPorts.GraphicsIndex:
                return Graphics.Index;
            case VgaPorts.GraphicsData:
                return Graphics.Read();
            case VgaPorts.CrtcIndex or VgaPorts.CrtcIndexMono:
                return Crtc.Index;
            case VgaPorts.CrtcData or VgaPorts.CrtcDataMono:
                return Crtc.Read();
            case VgaPorts.Status1 or VgaPorts.Status1Mono:
                Attribute.ExpectIndex();
                return _status1 = Retrace.Status();
            default:
                // 3C3h, 3CBh, 3CDh and the PEL mask: QEMU's adapter answers 0.
                return 0;
        }
    }

    internal void WritePort(int port, byte value)
    {
        if (IsHidden(port))
        {
            return;
        }

        switch (port)
        {
            case VgaPorts.Attribute:
                Attribute.Write(value);
                break;
            case VgaPorts.MiscOutput:
                _misc = (byte)(value & MiscWritable);
                Retrace.TimingChanged(_misc);
                break;
            case VgaPorts.SequencerIndex:
                Sequencer.Index = (byte)(value & 7);
                break;
            case VgaPorts.SequencerData:
                Sequencer.Write(value);
                SequencerWritten(Sequencer.Index & 7);
                break;
            case VgaPorts.DacReadIndex:
                Dac.StartRead(value);
                break;
            case VgaPorts.DacWriteIndex:
                Dac.StartWrite(value);
                break;
            case VgaPorts.DacData:
                Dac.Write(value);
                break;
            case VgaPorts.GraphicsIndex:
                Graphics.Index = (byte)(value & 0x0F);
                break;
            case VgaPorts.GraphicsData:
                Graphics.Write(value);
                GraphicsWritten();
                break;
            case VgaPorts.CrtcIndex or VgaPorts.CrtcIndexMono:
                Crtc.Index = value;
                break;
            case VgaPorts.CrtcData or VgaPorts.CrtcDataMono:
                Crtc.Write(value);
                CrtcWritten();
                break;
            case VgaPorts.Status1 or VgaPorts.Status1Mono:
                _feature = (byte)(value & FeatureWritable);
                break;
            default:
                _log.GuestError($"vga: write of 0x{value:x2} to port 0x{port:x3}, where nothing can be written");
                break;
        }
    }

    internal void SequencerWritten(int index)
    {
        if (index == Sequencer.ClockingMode)
        {
            Retrace.TimingChanged(_misc);
        }

        Memory.Update();
        MemoryAccessChanged?.Invoke();
    }

    internal void GraphicsWritten()
    {
        RegistersWritten?.Invoke();
        Memory.Update();
        MemoryAccessChanged?.Invoke();
    }

    internal void CrtcWritten()
    {
        RegistersWritten?.Invoke();
        Retrace.TimingChanged(_misc);
    }
}
