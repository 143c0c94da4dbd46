using PcEmu.Core;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Pci;

/// <summary>PCI configuration mechanism #1: the address port CF8h and the data ports CFCh-CFFh.</summary>
/// <remarks>
/// Source: PCI Local Bus Specification 2.1, 3.7.4.1 "Configuration Mechanism #1". Only a 32-bit write to CF8h sets the
/// address. A byte at CF9h belongs to the south bridge's reset control register, which sits inside the same dword: it
/// is passed on to who is connected there.
/// </remarks>
public sealed class PciConfigPorts : Device
{
    private const uint Enable = 0x8000_0000;
    private const int ResetControl = 1;

    private readonly PciBus _bus;

    [NotSaved("QEMU's pc machines of this age send no section for it; firmware and guests set it before each use")]
    private uint _address;

    [NotSaved("wiring")]
    private Func<byte>? _readResetControl;

    [NotSaved("wiring")]
    private Action<byte>? _writeResetControl;

    /// <summary>Makes the ports of a bus.</summary>
    public PciConfigPorts(PciBus bus)
    {
        _bus = bus;
        AddressPort = MemoryRegion.Io("pci-conf-idx", 4, new IoHandlers(ReadAddress, WriteAddress));
        DataPort = MemoryRegion.Io("pci-conf-data", 4, new IoHandlers(ReadData, WriteData));
    }

    /// <inheritdoc/>
    public override string Driver => "i440FX-pcihost";

    /// <summary>Four ports for CF8h.</summary>
    public MemoryRegion AddressPort { get; }

    /// <summary>Four ports for CFCh.</summary>
    public MemoryRegion DataPort { get; }

    /// <summary>Connects the register at CF9h.</summary>
    public void ConnectResetControl(Func<byte> read, Action<byte> write)
    {
        _readResetControl = read;
        _writeResetControl = write;
    }

    /// <inheritdoc/>
    public override void Reset() => _address = 0;

    private ulong ReadAddress(ulong offset, int size)
    {
        if (offset == ResetControl && _readResetControl is not null)
        {
            return _readResetControl();
        }

        // QEMU gives the low bytes of the register whatever byte is asked for.
        return _address & Ones(size);
    }

    private void WriteAddress(ulong offset, ulong value, int size)
    {
        if (offset == 0 && size == 4)
        {
            _address = (uint)value;
        }
        else if (offset == ResetControl)
        {
            _writeResetControl?.Invoke((byte)value);
        }
    }

    private ulong ReadData(ulong offset, int size) =>
        (_address & Enable) == 0
            ? Ones(size)
            : _bus.ConfigRead((byte)(_address >> 16), (byte)(_address >> 8), Register(offset), size);

    private void WriteData(ulong offset, ulong value, int size)
    {
        if ((_address & Enable) != 0)
        {
            _bus.ConfigWrite((byte)(_address >> 16), (byte)(_address >> 8), Register(offset), (uint)value, size);
        }
    }

    // The chip ignores bits 1-0 of the address; QEMU's guests see them joined to the port's.
    private int Register(ulong offset) => (int)((_address & 0xFF) | offset);

    private static uint Ones(int size) => uint.MaxValue >> (32 - (8 * size));
}
