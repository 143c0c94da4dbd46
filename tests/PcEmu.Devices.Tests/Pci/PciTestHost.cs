using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Pci;

/// <summary>A PCI bus with its configuration ports in an I/O space, and a memory space that shows the bus's memory.</summary>
internal sealed class PciTestHost
{
    public PciTestHost(UInt128? memorySize = null)
    {
        Log.Enable(LogItems.GuestErrors);
        Log.Observer = GuestErrors.Add;
        MemoryRoot = MemoryRegion.Container("system", memorySize ?? ((UInt128)1 << 64));
        PciMemory = MemoryRegion.Container("pci", (UInt128)1 << 64);
        IoRoot = MemoryRegion.Container("io", 0x10000);
        Memory = new AddressSpace("memory", MemoryRoot, Log);
        Io = new AddressSpace("I/O", IoRoot, Log);
        Bus = new PciBus(PciMemory, IoRoot, Log);
        Bus.ConnectPirqs((pirq, level) => Pirqs[pirq] = level);
        Ports = new PciConfigPorts(Bus);
        IoRoot.Add(Ports.AddressPort, 0xCF8);
        IoRoot.Add(Ports.DataPort, 0xCFC);
    }

    public EventLog Log { get; } = new();

    public List<string> GuestErrors { get; } = [];

    public MemoryRegion MemoryRoot { get; }

    public MemoryRegion PciMemory { get; }

    public MemoryRegion IoRoot { get; }

    public AddressSpace Memory { get; }

    public AddressSpace Io { get; }

    public PciBus Bus { get; }

    public PciConfigPorts Ports { get; }

    public bool[] Pirqs { get; } = new bool[4];

    public T Plug<T>(T device, int devfn = -1)
        where T : PciDevice
    {
        Bus.Add(device, devfn);
        device.Realize();
        device.Reset();
        return device;
    }

    public uint Read(PciDevice device, int register, int size) => Read(device.Devfn, register, size);

    public uint Read(int devfn, int register, int size)
    {
        Io.Write(0xCF8, Address(devfn, register), 4);
        return (uint)Io.Read(0xCFCu + (uint)(register & 3), size);
    }

    public void Write(PciDevice device, int register, uint value, int size)
    {
        Io.Write(0xCF8, Address(device.Devfn, register), 4);
        Io.Write(0xCFCu + (uint)(register & 3), value, size);
    }

    public byte In8(int port) => (byte)Io.Read((uint)port, 1);

    public ushort In16(int port) => (ushort)Io.Read((uint)port, 2);

    public uint In32(int port) => (uint)Io.Read((uint)port, 4);

    public void Out8(int port, int value) => Io.Write((uint)port, (byte)value, 1);

    public void Out16(int port, int value) => Io.Write((uint)port, (ushort)value, 2);

    public void Out32(int port, uint value) => Io.Write((uint)port, value, 4);

    public static byte[] Save(StateSection section)
    {
        var writer = new StateWriter();
        section.Save(writer);
        return writer.Written.ToArray();
    }

    public static byte[] Save(Device device) => Save(device.StateSections.Single());

    public static void Load(StateSection section, byte[] bytes, int? version = null)
    {
        var reader = new StateReader(bytes);
        section.Load(ref reader, version ?? section.Version);
        Assert.That(reader.Remaining, Is.Zero, $"bytes left over in {section.Name}");
    }

    public static void Load(Device device, byte[] bytes, int? version = null) => Load(device.StateSections.Single(), bytes, version);

    private static uint Address(int devfn, int register) => 0x8000_0000u | ((uint)devfn << 8) | ((uint)register & 0xFC);
}
