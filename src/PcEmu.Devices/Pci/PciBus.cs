using System.Globalization;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Pci;

/// <summary>PCI bus 0: 32 slots of 8 functions, the two address spaces they decode, and the four interrupt wires PIRQA to PIRQD.</summary>
/// <remarks>
/// Source: PCI Local Bus Specification 2.1, 2.2.6 (interrupt pins) and 3.7.4 (configuration). The pins of the slots are
/// twisted onto PIRQA-D as on QEMU's PC board: pin n of slot s is wire (n + s - 1) mod 4.
/// </remarks>
public sealed class PciBus : Device
{
    /// <summary>Number of interrupt wires.</summary>
    public const int PirqCount = 4;

    private const int SlotCount = 32;
    private const int FunctionCount = 8;
    private const int MaximumIrqCount = SlotCount * FunctionCount * 4;

    private readonly PciDevice?[] _devices = new PciDevice?[SlotCount * FunctionCount];
    private readonly int[] _irqCount = new int[PirqCount];
    private readonly EventLog _log;
    private int _pirqCount = PirqCount;

    [NotSaved("wiring")]
    private Action<int, bool>? _pirqs;

    /// <summary>Makes an empty bus.</summary>
    /// <param name="memory">Container in which memory BARs are placed; the host bridge shows it in system memory.</param>
    /// <param name="io">Container in which I/O BARs are placed: the root of the I/O space.</param>
    /// <param name="log">Where accesses to nobody are reported.</param>
    public PciBus(MemoryRegion memory, MemoryRegion io, EventLog log)
    {
        Memory = memory;
        Io = io;
        _log = log;
    }

    /// <summary>The section <c>PCIBUS</c>: how many functions hold each wire.</summary>
    public static readonly StateDescription<PciBus> State = Describe();

    /// <summary>Raised when a function has left the bus, by the user's wish or because the guest let go of it.</summary>
    [field: NotSaved("wiring")]
    public event Action<PciDevice>? Removed;

    /// <inheritdoc/>
    public override string Driver => "PCI";

    /// <summary>Where memory BARs appear.</summary>
    public MemoryRegion Memory { get; }

    /// <summary>Where I/O BARs appear.</summary>
    public MemoryRegion Io { get; }

    /// <summary>The functions on the bus, by slot and function.</summary>
    public IEnumerable<PciDevice> Devices => _devices.Where(static d => d is not null)!;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Connects the wires: called with wire (0 is PIRQA) and level whenever a level changes.</summary>
    public void ConnectPirqs(Action<int, bool> pirqs) => _pirqs = pirqs;

    /// <summary>Level of a wire, 0 (PIRQA) to 3 (PIRQD).</summary>
    public bool PirqLevel(int pirq) => _irqCount[pirq] != 0;

    /// <summary>The function at slot and function number, or null.</summary>
    public PciDevice? At(int devfn) => _devices[devfn & 0xFF];

    /// <summary>Puts a function on the bus, before it is realized and after its properties are applied.</summary>
    /// <param name="device">The function.</param>
    /// <param name="devfn">Slot * 8 + function; -1 takes the device's <see cref="PciDevice.Addr"/>, or else the first free slot.</param>
    /// <exception cref="ConfigurationException">The place is taken, or does not exist.</exception>
    public void Add(PciDevice device, int devfn = -1)
    {
        if (devfn < 0)
        {
            devfn = device.Addr.Length > 0 ? ParseAddress(device) : FreeSlot(device);
        }

        if (_devices[devfn] is { } other)
        {
            throw new ConfigurationException(
                $"PCI: slot {devfn >> 3} function {devfn & 7} not available for {device.Driver}, in use by {other.Driver}");
        }

        int first = devfn & ~7;
        if (devfn != first && _devices[first] is { Multifunction: false })
        {
            throw new ConfigurationException(
                $"PCI: {devfn >> 3:x}.0 indicates single function, but {devfn >> 3:x}.{devfn & 7:x} is already populated.");
        }

        if (devfn == first && !device.Multifunction && _devices.AsSpan(first + 1, FunctionCount - 1).ContainsAnyExcept((PciDevice?)null))
        {
            throw new ConfigurationException($"PCI: {devfn >> 3:x}.0 indicates single function, but other functions of the slot are populated.");
        }

        _devices[devfn] = device;
        device.Attach(this, devfn);
    }

    /// <summary>Takes a function off the bus; its regions and its interrupt go with it.</summary>
    public void Remove(PciDevice device)
    {
        if (ReferenceEquals(At(device.Devfn), device))
        {
            _devices[device.Devfn] = null;
            device.Detach();
            Removed?.Invoke(device);
        }
    }

    /// <summary>A configuration read cycle; nobody there gives all ones (master abort).</summary>
    /// <param name="bus">Bus number; only bus 0 exists.</param>
    /// <param name="devfn">Slot * 8 + function.</param>
    /// <param name="offset">Register, 0 to 255.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public uint ConfigRead(int bus, int devfn, int offset, int size)
    {
        if (bus == 0 && _devices[devfn & 0xFF] is { } device)
        {
            return device.ConfigRead(offset, size);
        }

        return uint.MaxValue >> (32 - (8 * size));
    }

    /// <summary>A configuration write cycle; nobody there loses it.</summary>
    /// <param name="bus">Bus number; only bus 0 exists.</param>
    /// <param name="devfn">Slot * 8 + function.</param>
    /// <param name="offset">Register, 0 to 255.</param>
    /// <param name="value">The value in the low bytes.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public void ConfigWrite(int bus, int devfn, int offset, uint value, int size)
    {
        if (bus == 0 && _devices[devfn & 0xFF] is { } device)
        {
            device.ConfigWrite(offset, value, size);
        }
        else
        {
            _log.Unimplemented($"pci: write to absent {bus:x2}:{devfn >> 3:x2}.{devfn & 7:x}, register 0x{offset:x2}");
        }
    }

    internal void IntxChanged(PciDevice device, int pin, bool level)
    {
        int pirq = (pin + device.Slot - 1) & (PirqCount - 1);
        int before = _irqCount[pirq];
        _irqCount[pirq] = level ? before + 1 : Math.Max(before - 1, 0);
        if ((before != 0) != (_irqCount[pirq] != 0))
        {
            _pirqs?.Invoke(pirq, level);
        }
    }

    private static StateDescription<PciBus> Describe()
    {
        var state = new StateDescription<PciBus>("PCIBUS", version: 1, minimumVersion: 1)
        {
            PreSave = static (ref PciBus b, int _) => b._pirqCount = PirqCount,
            PostLoad = static (ref PciBus b, int _) => b.Check(),
        };
        state.Add(Field.Int32("nirq", static (ref PciBus b) => ref b._pirqCount));
        state.Add(Field.Numbers("irq_count", static (PciBus b) => b._irqCount));
        return state;
    }

    private void Check()
    {
        if (_pirqCount != PirqCount)
        {
            throw new StateException($"PCIBUS: {_pirqCount} interrupt wires in the stream, {PirqCount} here");
        }

        foreach (int count in _irqCount)
        {
            if (count is < 0 or > MaximumIrqCount)
            {
                throw new StateException($"PCIBUS: {count} functions hold one interrupt wire");
            }
        }
    }

    private static int ParseAddress(PciDevice device)
    {
        string[] parts = device.Addr.Split('.');
        int function = 0;
        if (parts.Length > 2
            || !int.TryParse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int slot)
            || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out function))
            || slot is < 0 or >= SlotCount
            || function is < 0 or >= FunctionCount)
        {
            throw new ConfigurationException($"Property '{device.Driver}.addr' doesn't take value '{device.Addr}'");
        }

        return (slot * FunctionCount) + function;
    }

    private int FreeSlot(PciDevice device)
    {
        for (int devfn = 0; devfn < _devices.Length; devfn += FunctionCount)
        {
            if (_devices[devfn] is null)
            {
                return devfn;
            }
        }

        throw new ConfigurationException($"PCI: no slot/function available for {device.Driver}, all in use");
    }
}
