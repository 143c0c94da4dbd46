using PcEmu.Memory;

namespace PcEmu.Devices.Display.Vga;

/// <summary>Port numbers of a VGA, and their regions.</summary>
public static class VgaPorts
{
    /// <summary>CRTC index, monochrome.</summary>
    public const int CrtcIndexMono = 0x3B4;

    /// <summary>CRTC data, monochrome.</summary>
    public const int CrtcDataMono = 0x3B5;

    /// <summary>Input status 1 and feature control, monochrome.</summary>
    public const int Status1Mono = 0x3BA;

    /// <summary>Attribute controller: index and data by turns.</summary>
    public const int Attribute = 0x3C0;

    /// <summary>Attribute controller: data, to be read.</summary>
    public const int AttributeRead = 0x3C1;

    /// <summary>Miscellaneous output when written, input status 0 when read.</summary>
    public const int MiscOutput = 0x3C2;

    /// <summary>Sequencer index.</summary>
    public const int SequencerIndex = 0x3C4;

    /// <summary>Sequencer data.</summary>
    public const int SequencerData = 0x3C5;

    /// <summary>PEL mask; the hidden DAC register on a Cirrus chip.</summary>
    public const int PelMask = 0x3C6;

    /// <summary>DAC: index to read from when written, state when read.</summary>
    public const int DacReadIndex = 0x3C7;

    /// <summary>DAC: index to write to.</summary>
    public const int DacWriteIndex = 0x3C8;

    /// <summary>DAC data.</summary>
    public const int DacData = 0x3C9;

    /// <summary>Feature control, to be read.</summary>
    public const int FeatureRead = 0x3CA;

    /// <summary>Miscellaneous output, to be read.</summary>
    public const int MiscRead = 0x3CC;

    /// <summary>Graphics controller index.</summary>
    public const int GraphicsIndex = 0x3CE;

    /// <summary>Graphics controller data.</summary>
    public const int GraphicsData = 0x3CF;

    /// <summary>CRTC index, colour.</summary>
    public const int CrtcIndex = 0x3D4;

    /// <summary>CRTC data, colour.</summary>
    public const int CrtcData = 0x3D5;

    /// <summary>Input status 1 and feature control, colour.</summary>
    public const int Status1 = 0x3DA;

    /// <summary>Places the ports that a VGA decodes in the I/O space; what lies between (a printer at 3BCh) stays free.</summary>
    /// <param name="io">The I/O space.</param>
    /// <param name="read">Reads a port, by its number.</param>
    /// <param name="write">Writes a port, by its number.</param>
    internal static void Place(MemoryRegion io, Func<int, byte> read, Action<int, byte> write)
    {
        Add(CrtcIndexMono, 2);
        Add(Status1Mono, 1);
        Add(Attribute, 16);
        Add(CrtcIndex, 2);
        Add(Status1, 1);

        void Add(int first, uint count) =>
            io.Add(
                MemoryRegion.Io("vga", count, IoHandlers.Bytes(offset => read(first + offset), (offset, value) => write(first + offset, value))),
                (ulong)first);
    }
}
