using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Time;
using PcEmu.Devices.Acpi;
using PcEmu.Devices.Debug;
using PcEmu.Devices.Display.CirrusVga;
using PcEmu.Devices.Display.StdVga;
using PcEmu.Devices.Dma;
using PcEmu.Devices.FwCfg;
using PcEmu.Devices.Ide;
using PcEmu.Devices.Interrupts;
using PcEmu.Devices.Isa;
using PcEmu.Devices.Keyboard.I8042;
using PcEmu.Devices.Parallel;
using PcEmu.Devices.Pci;
using PcEmu.Devices.Rtc.Mc146818;
using PcEmu.Devices.Serial;
using PcEmu.Devices.Timer;
using PcEmu.Memory;

namespace PcEmu.Machines.Catalog;

/// <summary>The drivers of the PC board.</summary>
public static class PcDevices
{
    /// <summary>Makes the catalog.</summary>
    public static DeviceCatalog Catalog()
    {
        var catalog = new DeviceCatalog();
        catalog.Add(new("i440FX", "PCI", "Host bridge", typeof(I440Fx)) { Category = DeviceCategory.Bridge, UserCreatable = false });
        catalog.Add(new("PIIX3", "PCI", "ISA bridge", typeof(Piix3)) { Category = DeviceCategory.Bridge, UserCreatable = false });
        catalog.Add(new("PIIX4_PM", "PCI", "PM", typeof(Piix4Pm)) { Category = DeviceCategory.Bridge, UserCreatable = false });
        catalog.Add(new("piix3-ide", "PCI", "IDE controller", typeof(Piix3Ide)) { Category = DeviceCategory.Storage, UserCreatable = false });
        catalog.Add(new("ide-hd", "IDE", "virtual IDE disk", typeof(AtaDisk))
        {
            Alias = "ide-drive", Category = DeviceCategory.Storage, UserCreatable = true, Sample = static () => new AtaDisk(new NoMedium(), "2.0"),
        });
        catalog.Add(new("isa-serial", "ISA", "Serial port", typeof(IsaSerial))
        {
            Category = DeviceCategory.Input, UserCreatable = true, Sample = static () => new IsaSerial(Timers(), static _ => IrqLine.None, Ports(), Null(), EventLog.Null),
        });
        catalog.Add(new("isa-parallel", "ISA", "Parallel port", typeof(IsaParallel))
        {
            Category = DeviceCategory.Input, UserCreatable = true, Sample = static () => new IsaParallel(static _ => IrqLine.None, Ports(), Null(), EventLog.Null),
        });
        catalog.Add(new("i8042", "ISA", "Keyboard controller", typeof(I8042)) { Category = DeviceCategory.Input, UserCreatable = false });
        catalog.Add(new("cirrus-vga", "PCI", "Cirrus CLGD 54xx VGA", typeof(CirrusVga))
        {
            Category = DeviceCategory.Display, UserCreatable = true, Sample = static () => new CirrusVga(new ManualClock(), default, EventLog.Null),
        });
        catalog.Add(new("VGA", "PCI", "Standard VGA", typeof(StdVga))
        {
            Category = DeviceCategory.Display, UserCreatable = true, Sample = static () => new StdVga(new ManualClock(), default, EventLog.Null),
        });
        catalog.Add(new("isa-debugcon", "ISA", "Debug console", typeof(DebugConsole))
        {
            Category = DeviceCategory.Misc, UserCreatable = true, Sample = static () => new DebugConsole(static _ => { }),
        });
        catalog.Add(new("isa-debug-exit", "ISA", "Ends the program with a status", typeof(DebugExit))
        {
            Category = DeviceCategory.Misc, UserCreatable = true, Sample = static () => new DebugExit(static _ => { }),
        });
        catalog.Add(new("mc146818rtc", "ISA", "Real-time clock", typeof(Mc146818)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("isa-pit", "ISA", "Interval timer", typeof(I8254)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("isa-i8259", "ISA", "Interrupt controllers", typeof(I8259Pair)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("apic", null, "Local interrupt controller", typeof(LocalApic)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("ioapic", null, "I/O interrupt controller", typeof(IoApic)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("hpet", null, "High precision event timer", typeof(Hpet)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("i8257", "ISA", "DMA controllers", typeof(I8237Pair)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("isa-pcspk", "ISA", "PC speaker", typeof(PcSpeaker)) { Category = DeviceCategory.Sound, UserCreatable = false });
        catalog.Add(new("port92", "ISA", "A20 and fast reset", typeof(Port92)) { Category = DeviceCategory.Misc, UserCreatable = false });
        catalog.Add(new("fw_cfg", null, "Firmware configuration", typeof(FwCfg)) { Category = DeviceCategory.Misc, UserCreatable = false });
        return catalog;
    }

    private static TimerQueue Timers() => new(new ManualClock());

    private static MemoryRegion Ports() => MemoryRegion.Container("io", 0x10000);

    private static CharPort Null() => CharPort.CreateNull("none");

    /// <summary>Stands in for an image where only a disk's defaults are asked for.</summary>
    private sealed class NoMedium : Core.Block.IBlockMedium
    {
        public long SectorCount => 1;

        public bool IsReadOnly => false;

        public bool WriteCache { get; set; }

        public Core.Block.BlockResult Read(long sector, Span<byte> destination) => Core.Block.BlockResult.OutOfRange;

        public Core.Block.BlockResult Write(long sector, ReadOnlySpan<byte> source) => Core.Block.BlockResult.OutOfRange;

        public Core.Block.BlockResult Flush() => Core.Block.BlockResult.Ok;

        public Core.Block.BlockErrorAction OnError(Core.Block.BlockResult error, bool isRead) => Core.Block.BlockErrorAction.Report;
    }
}
