using System.Numerics;
using PcEmu.Core.Diagnostics;
using PcEmu.Memory;

namespace PcEmu.Devices.Interrupts;

/// <summary>What joins local APICs and I/O APICs: messages with a destination, EOI broadcasts, and the message-signalled interrupts of devices.</summary>
/// <remarks>
/// Source: Intel SDM volume 3, 325384, "Determining IPI Destination", "Message Signalled Interrupts". All local APICs stand at
/// the same address, so the registers that an access reaches are those of the processor that makes it.
/// </remarks>
public sealed class ApicBus
{
    /// <summary>Most processors of a machine.</summary>
    public const int MaximumProcessors = 16;

    /// <summary>Where local APICs stand after reset and where messages of devices are written to.</summary>
    public const uint DefaultBase = 0xFEE0_0000;

    /// <summary>Bytes of a local APIC's register page.</summary>
    public const uint PageSize = 0x1000;

    /// <summary>Bytes that take messages: FEE00000h to FEEFFFFFh.</summary>
    public const uint MessageWindowSize = 0x10_0000;

    private const byte Broadcast = 0xFF;

    // Message address: destination id 19-12, destination mode 2. Data: trigger mode 15, delivery mode 10-8, vector 7-0.
    private const int MessageDestinationShift = 12;
    private const uint MessageLogical = 1 << 2;
    private const uint MessageLevel = 1 << 15;
    private const int MessageDeliveryShift = 8;

    private readonly Func<int> _current;
    private readonly EventLog _log;
    private readonly List<LocalApic> _apics = [];
    private readonly List<IoApic> _ioApics = [];

    /// <summary>Makes a bus with nobody on it.</summary>
    /// <param name="currentProcessor">Index of the processor whose instruction is at work: 0 to the number of local APICs - 1.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public ApicBus(Func<int> currentProcessor, EventLog log)
    {
        _current = currentProcessor;
        _log = log;
        Registers = MemoryRegion.Io("apic", PageSize, new IoHandlers(ReadRegister, WriteRegister) { ValidMaximum = 8 });
        Messages = MemoryRegion.Io("apic-msi", MessageWindowSize, new IoHandlers(ReadMessage, WriteMessage) { ValidMaximum = 8 });
    }

    /// <summary>The register page of the local APICs; the bus moves it when a processor moves its APIC base.</summary>
    /// <remarks>One page for all: a machine whose processors put their APICs at different addresses has them all at the last one.</remarks>
    public MemoryRegion Registers { get; }

    /// <summary>The window for messages, below <see cref="Registers"/> in priority.</summary>
    public MemoryRegion Messages { get; }

    /// <summary>The local APICs in the order of their processors.</summary>
    public IReadOnlyList<LocalApic> LocalApics => _apics;

    /// <summary>All processors, a bit each.</summary>
    internal uint Everybody => (1u << _apics.Count) - 1;

    /// <summary>Sends a message with a vector, or NMI, SMI, INIT, to its destinations.</summary>
    /// <param name="destination">APIC id, or a set or cluster of logical ids; FFh is everybody.</param>
    /// <param name="logical">Whether the destination is logical.</param>
    /// <param name="mode">What is delivered.</param>
    /// <param name="vector">The vector where the mode has one.</param>
    /// <param name="level">Whether the interrupt is level-triggered: its EOI is told to the I/O APICs.</param>
    public void Deliver(byte destination, bool logical, ApicDelivery mode, byte vector, bool level) =>
        DeliverTo(Destinations(destination, logical), mode, vector, level);

    /// <summary>Takes a device's message-signalled interrupt.</summary>
    /// <param name="address">The address it writes to, FEExxxxxh.</param>
    /// <param name="data">The value it writes.</param>
    public void Message(uint address, uint data) => Deliver(
        (byte)(address >> MessageDestinationShift),
        (address & MessageLogical) != 0,
        (ApicDelivery)(data >> MessageDeliveryShift & 7),
        (byte)data,
        (data & MessageLevel) != 0);

    internal int Attach(LocalApic apic)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(_apics.Count, MaximumProcessors, nameof(apic));
        _apics.Add(apic);
        return _apics.Count - 1;
    }

    internal void Attach(IoApic ioApic) => _ioApics.Add(ioApic);

    /// <summary>A processor has changed its APIC base.</summary>
    internal void Place(uint address)
    {
        Registers.Move(address);
        Registers.Enabled = _apics.Exists(static a => a.IsEnabled);
    }

    /// <summary>Everybody but one.</summary>
    internal uint Others(int index) => Everybody & ~(1u << index);

    /// <summary>The processors that a destination names, a bit each.</summary>
    internal uint Destinations(byte destination, bool logical)
    {
        if (!logical && destination == Broadcast)
        {
            return Everybody;
        }

        uint targets = 0;
        for (int i = 0; i < _apics.Count; i++)
        {
            if (logical ? _apics[i].HasLogicalId(destination) : _apics[i].PhysicalId == destination)
            {
                targets |= 1u << i;
                if (!logical)
                {
                    break;
                }
            }
        }

        return targets;
    }

    internal void DeliverTo(uint targets, ApicDelivery mode, byte vector, bool level)
    {
        if (mode == ApicDelivery.LowestPriority)
        {
            // QEMU has no arbitration: the first of the destinations takes it.
            targets &= (uint)-(int)targets;
        }

        _log.Trace("apic_deliver", $"targets 0x{targets:x} delivery_mode {(byte)mode} vector 0x{vector:x2} trigger_mode {(level ? 1 : 0)}");
        for (uint left = targets; left != 0; left &= left - 1)
        {
            LocalApic apic = _apics[BitOperations.TrailingZeroCount(left)];
            switch (mode)
            {
                case ApicDelivery.Fixed:
                case ApicDelivery.LowestPriority:
                    apic.Accept(vector, level);
                    break;
                case ApicDelivery.ExtInt:
                    // The sender has asked the 8259s for the vector already.
                    apic.Request(vector, level);
                    break;
                case ApicDelivery.Smi:
                    apic.RaiseSmi();
                    break;
                case ApicDelivery.Nmi:
                    apic.RaiseNmi();
                    break;
                case ApicDelivery.Init:
                    apic.Init();
                    break;
                case ApicDelivery.StartUp:
                    apic.StartUp(vector);
                    break;
                default:
                    _log.GuestError($"apic: delivery mode {(byte)mode} is reserved");
                    return;
            }
        }
    }

    /// <summary>INIT with level de-assert: the arbitration ids take the values of the ids.</summary>
    internal void SynchronizeArbitration()
    {
        foreach (LocalApic apic in _apics)
        {
            apic.SynchronizeArbitration();
        }
    }

    /// <summary>A level-triggered interrupt has been serviced.</summary>
    internal void EndOfInterrupt(byte vector)
    {
        foreach (IoApic ioApic in _ioApics)
        {
            ioApic.EndOfInterrupt(vector);
        }
    }

    private ulong ReadRegister(ulong offset, int size)
    {
        LocalApic apic = _apics[_current()];
        if (!apic.IsEnabled)
        {
            return ulong.MaxValue;
        }

        return apic.Read((uint)offset, size);
    }

    private void WriteRegister(ulong offset, ulong value, int size)
    {
        LocalApic apic = _apics[_current()];
        uint address = (uint)offset;
        if (address < 0x10 && size >= 4 && Registers.Address == DefaultBase)
        {
            // No register there: a device's message for processor 0.
            Message(DefaultBase + address, (uint)value);
        }
        else if (apic.IsEnabled)
        {
            apic.Write(address, (uint)value, size);
        }
    }

    private static ulong ReadMessage(ulong offset, int size) => 0;

    private void WriteMessage(ulong offset, ulong value, int size)
    {
        if (size == 4)
        {
            Message(DefaultBase + (uint)offset, (uint)value);
        }
        else
        {
            _log.GuestError($"apic: a message of {size} bytes at 0x{DefaultBase + offset:x}");
        }
    }
}
