using System.Numerics;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Acpi;

/// <summary>QEMU's PCI hot-plug registers at AE00h, which the ACPI tables of its board use; no chip has them.</summary>
/// <remarks>
/// Source: QEMU's documentation "ACPI PCI hotplug interface". Dwords with a bit for each slot of the selected bus:
/// up (slots with a new device), down (slots the user wants empty), eject (the guest lets go), removable. Without
/// bridge support there is only bus 0, no selector, and up stays set until the device is ejected.
/// </remarks>
internal sealed class PciHotplug
{
    /// <summary>Slots of one bus that wait for the guest.</summary>
    public struct SlotMasks
    {
        public static readonly StateDescription<SlotMasks> State = new("updown", version: 1, minimumVersion: 0)
        {
            Field.UInt32("up", static (ref SlotMasks s) => ref s.Up),
            Field.UInt32("down", static (ref SlotMasks s) => ref s.Down),
        };

        public uint Up;
        public uint Down;
    }

    // Offsets from AE00h.
    private const int Up = 0x00;
    private const int Down = 0x04;
    private const int Eject = 0x08;
    private const int Removable = 0x0C;
    private const int Select = 0x10;

    private const int BusCount = 256;
    private const ulong LegacySize = 0x10;
    private const ulong Size = 0x14;

    private readonly bool _bridges;
    private readonly Func<PciBus> _bus;

    public readonly SlotMasks[] Buses = new SlotMasks[BusCount];
    public uint Selected;

    [NotSaved("from the devices on the bus, at reset")]
    private uint _removable = uint.MaxValue;

    /// <param name="bridges">Whether a selector chooses among several buses.</param>
    /// <param name="bus">Bus 0, once it is known.</param>
    public PciHotplug(bool bridges, Func<PciBus> bus)
    {
        _bridges = bridges;
        _bus = bus;
        Ports = MemoryRegion.Io(
            "acpi-pci-hotplug", bridges ? Size : LegacySize, new IoHandlers(Read, Write) { ValidMinimum = 4, ImplementedMinimum = 4 });
    }

    /// <summary>Ports for AE00h.</summary>
    public MemoryRegion Ports { get; }

    /// <summary>Carries out what the guest has not got round to, and looks which slots can be emptied.</summary>
    public void Reset()
    {
        while (Buses[0].Down != 0)
        {
            EjectLowest(Buses[0].Down);
        }

        Array.Clear(Buses);
        Selected = 0;
        FindRemovable();
    }

    /// <summary>Looks which slots hold something that cannot be unplugged.</summary>
    public void FindRemovable()
    {
        _removable = uint.MaxValue;
        foreach (PciDevice device in _bus().Devices)
        {
            if (!device.CanHotplug)
            {
                _removable &= ~(1u << device.Slot);
            }
        }
    }

    private ulong Read(ulong offset, int size)
    {
        if (offset == Select)
        {
            return Selected;
        }

        if (Selected != 0)
        {
            return 0;
        }

        ref SlotMasks bus = ref Buses[0];
        switch ((int)offset)
        {
            case Up:
                uint up = bus.Up;
                if (_bridges)
                {
                    bus.Up = 0;
                }

                return up;
            case Down:
                return bus.Down;
            case Removable:
                return _removable;
            default:
                return 0;
        }
    }

    private void Write(ulong offset, ulong value, int size)
    {
        if (offset == Select)
        {
            Selected = (uint)value;
        }
        else if (offset == Eject && Selected == 0 && value != 0)
        {
            EjectLowest((uint)value);
        }
    }

    // One slot a write: the lowest bit that is set.
    private void EjectLowest(uint slots)
    {
        int slot = BitOperations.TrailingZeroCount(slots);
        Buses[0].Up &= ~(1u << slot);
        Buses[0].Down &= ~(1u << slot);
        PciBus bus = _bus();
        for (int devfn = slot * 8; devfn < (slot * 8) + 8; devfn++)
        {
            if (bus.At(devfn) is { CanHotplug: true } device)
            {
                bus.Remove(device);
            }
        }
    }
}
