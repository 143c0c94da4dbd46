using PcEmu.Devices.Display.Vga;
using PcEmu.Memory;

namespace PcEmu.Devices.Display.StdVga;

/// <summary>BAR 2 of the standard VGA: 3C0h-3DFh at 400h, the VBE registers at 500h.</summary>
/// <remarks>Source: QEMU, docs/specs/standard-vga, "MMIO area spec".</remarks>
internal static class StdVgaMmio
{
    private const uint Size = 0x1000;
    private const ulong PortsOffset = 0x400;
    private const uint PortsSize = 0x20;
    private const int FirstPort = 0x3C0;
    private const ulong VbeOffset = 0x500;
    private const uint VbeSize = 22;

    public static MemoryRegion Create(StdVgaChip chip)
    {
        VgaCore core = chip.Core;
        VbeDispi vbe = chip.Vbe;
        MemoryRegion page = MemoryRegion.Container("vga.mmio", Size);

        // A word goes out as two bytes, the lower first: an index and its data can be written at once.
        page.Add(
            MemoryRegion.Io(
                "vga ioports remapped",
                PortsSize,
                IoHandlers.Bytes(offset => core.ReadPort(FirstPort + offset), (offset, value) => core.WritePort(FirstPort + offset, value))),
            PortsOffset);
        page.Add(
            MemoryRegion.Io(
                "bochs dispi interface",
                VbeSize,
                new IoHandlers(
                    (offset, _) =>
                    {
                        vbe.Index = (ushort)(offset >> 1);
                        return vbe.Read();
                    },
                    (offset, value, _) =>
                    {
                        vbe.Index = (ushort)(offset >> 1);
                        vbe.Write((ushort)value);
                    })
                {
                    ImplementedMinimum = 2,
                    ImplementedMaximum = 2,
                }),
            VbeOffset);
        return page;
    }
}
