using CsCheck;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Display.Vga;
using PcEmu.Devices.Pci;
using PcEmu.Devices.Tests.Pci;
using PcEmu.Memory;
using CirrusVgaDevice = PcEmu.Devices.Display.CirrusVga.CirrusVga;
using StdVgaDevice = PcEmu.Devices.Display.StdVga.StdVga;

namespace PcEmu.Devices.Tests.Display;

/// <summary>A display adapter on a PCI bus, driven through ports and memory.</summary>
internal sealed class VgaTestMachine
{
    public const int Devfn = 2 << 3;
    public const ulong FrameBuffer = 0xF000_0000;
    public const ulong Mmio = 0xEF00_0000;
    public const ulong A0000 = 0xA0000;

    public VgaTestMachine(Func<VgaTestMachine, PciDevice> make)
    {
        Host = new PciTestHost();
        Host.MemoryRoot.Add(Host.PciMemory, 0);
        Device = make(this);
        Host.Plug(Device, Devfn);
    }

    public PciTestHost Host { get; }

    public ManualClock Clock { get; } = new();

    public PciDevice Device { get; }

    public VgaCore Core => Device is CirrusVgaDevice cirrus ? cirrus.Chip.Core : ((StdVgaDevice)Device).Chip.Core;

    public TextScreen Text => Device is CirrusVgaDevice cirrus ? cirrus.Chip.Text : ((StdVgaDevice)Device).Chip.Text;

    public RamBlock Vram => Core.Vram.Block;

    public static VgaTestMachine Std(Action<StdVgaDevice>? configure = null) => new(m =>
    {
        var device = new StdVgaDevice(m.Clock, default, m.Host.Log);
        configure?.Invoke(device);
        return device;
    });

    public static VgaTestMachine Cirrus() => new(static m => new CirrusVgaDevice(m.Clock, new byte[] { 0x55, 0xAA, 0x40 }, m.Host.Log));

    public VgaTestMachine Colour()
    {
        Out(VgaPorts.MiscOutput, 0x67);
        return this;
    }

    public VgaTestMachine MapBars()
    {
        Host.Write(Device, PciHeader.Bar0, (uint)FrameBuffer, 4);
        Host.Write(Device, PciHeader.Bar0 + (Device is CirrusVgaDevice ? 4 : 8), (uint)Mmio, 4);
        Host.Write(Device, PciHeader.Command, 3, 2);
        return this;
    }

    public byte In(int port) => Host.In8(port);

    public void Out(int port, int value) => Host.Out8(port, value);

    public void Sr(int index, int value) => Host.Out16(VgaPorts.SequencerIndex, index | (value << 8));

    public void Gr(int index, int value) => Host.Out16(VgaPorts.GraphicsIndex, index | (value << 8));

    public void Cr(int index, int value) => Host.Out16(VgaPorts.CrtcIndex, index | (value << 8));

    public byte Sr(int index)
    {
        Out(VgaPorts.SequencerIndex, index);
        return In(VgaPorts.SequencerData);
    }

    public byte Gr(int index)
    {
        Out(VgaPorts.GraphicsIndex, index);
        return In(VgaPorts.GraphicsData);
    }

    public byte Cr(int index)
    {
        Out(VgaPorts.CrtcIndex, index);
        return In(VgaPorts.CrtcData);
    }

    public void Vbe(int index, int value)
    {
        Host.Out16(VbeDispi.IndexPort, index);
        Host.Out16(VbeDispi.IndexPort + 1, value);
    }

    public int Vbe(int index)
    {
        Host.Out16(VbeDispi.IndexPort, index);
        return Host.In16(VbeDispi.IndexPort + 1);
    }

    public ulong Read(ulong address, int size = 1) => Host.Memory.Read(address, size);

    public void Write(ulong address, ulong value, int size = 1) => Host.Memory.Write(address, value, size);

    /// <summary>Graphics at A0000h, 64 KiB, four planes, all open: mode 12h's memory.</summary>
    public VgaTestMachine Planar()
    {
        Colour();
        Sr(Sequencer.MapMask, 0x0F);
        Sr(Sequencer.MemoryMode, 0x06);
        Gr(GraphicsController.GraphicsMode, 0x00);
        Gr(GraphicsController.Miscellaneous, 0x05);
        Gr(GraphicsController.ColorDontCare, 0x0F);
        Gr(GraphicsController.BitMask, 0xFF);
        return this;
    }

    /// <summary>80x25 colour text with the timing of mode 3.</summary>
    public VgaTestMachine Mode3()
    {
        Colour();
        ReadOnlySpan<byte> crtc =
        [
            0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00, 0x00, 0x00, 0x00,
            0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
        ];
        Cr(Crtc.VerticalRetraceEnd, 0);
        for (int i = 0; i < crtc.Length; i++)
        {
            Cr(i, crtc[i]);
        }

        Sr(Sequencer.ClockingMode, 0x00);
        Sr(Sequencer.MapMask, 0x03);
        Sr(Sequencer.MemoryMode, 0x02);
        Gr(GraphicsController.GraphicsMode, 0x10);
        Gr(GraphicsController.Miscellaneous, 0x0E);
        Gr(GraphicsController.BitMask, 0xFF);
        In(VgaPorts.Status1);
        Out(VgaPorts.Attribute, AttributeController.PaletteAddressSource);
        return this;
    }

    public byte[] Save()
    {
        var writer = new StateWriter();
        Device.StateSections.Single().Save(writer);
        return writer.Written.ToArray();
    }

    public void Load(ReadOnlySpan<byte> bytes)
    {
        StateSection section = Device.StateSections.Single();
        var reader = new StateReader(bytes);
        section.Load(ref reader, section.Version);
        Assert.That(reader.Remaining, Is.Zero);
    }

    /// <summary>Any port or memory access that can reach an adapter, with some leaning to what matters.</summary>
    public static Gen<(int Kind, uint Address, ulong Value, int Size)> AnyAccess { get; } =
        from kind in Gen.Int[0, 9]
        from address in Gen.UInt
        from value in Gen.ULong
        from size in Gen.Int[0, 2].Select(static s => 1 << s)
        select (kind, address, value, size);

    public void Apply((int Kind, uint Address, ulong Value, int Size) access)
    {
        (int kind, uint address, ulong value, int size) = access;
        value &= ulong.MaxValue >> (64 - (8 * size));
        uint bar = Device is CirrusVgaDevice ? 0x200_0000u : Vram.Size > uint.MaxValue ? 0 : (uint)Vram.Size;
        switch (kind)
        {
            case 0:
                Host.Io.Write(0x3B0 + (address % 0x30), value, size);
                break;
            case 1:
                Host.Io.Read(0x3B0 + (address % 0x30), size);
                break;
            case 2:
                Sr((int)(address % 0x20), (byte)value);
                break;
            case 3:
                Gr((int)(address % 0x40), (byte)value);
                break;
            case 4:
                Cr((int)(address % 0x30), (byte)value);
                Out(VgaPorts.MiscOutput, (int)(value >> 8) | 1);
                break;
            case 5:
                Vbe((int)(address % 12), (ushort)(value >> (int)(address % 3 * 4)));
                Host.In16(VbeDispi.IndexPort + 1);
                break;
            case 6:
                Write(A0000 + (address % 0x20000), value, size);
                break;
            case 7:
                Read(A0000 + (address % 0x20000), size);
                Clock.Now += address;
                break;
            case 8:
                Write(FrameBuffer + (address % bar), value, size);
                Read(FrameBuffer + ((address * 7) % bar), size);
                break;
            default:
                Write(Mmio + (address % 0x600), value, size);
                Read(Mmio + ((address * 7) % 0x600), size);
                break;
        }
    }
}
