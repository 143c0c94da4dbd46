using PcEmu.Core.State;

namespace PcEmu.Devices.Acpi;

/// <summary>A 256-byte serial EEPROM, as memory modules carry for "serial presence detect".</summary>
/// <remarks>Source: Atmel AT24C02 data sheet, "Read operations" and "Write operations". QEMU's are empty: all zeros.</remarks>
public sealed class SmBusEeprom : ISmBusDevice
{
    /// <summary>Address of the first of eight on a PC board.</summary>
    public const int FirstAddress = 0x50;

    /// <summary>How many a PC board has.</summary>
    public const int Count = 8;

    [NotSaved("QEMU's streams of this age have no section for it; every board starts with the same contents")]
    private readonly byte[] _data = new byte[256];

    [NotSaved("as the contents; set by every read with a command")]
    private byte _address;

    /// <summary>The contents; the board may fill them.</summary>
    public Span<byte> Data => _data;

    /// <summary>Puts the eight EEPROMs of a PC board on a bus.</summary>
    public static void AddAll(I2cBus bus)
    {
        for (int i = 0; i < Count; i++)
        {
            bus.Add(FirstAddress + i, new SmBusEeprom());
        }
    }

    /// <inheritdoc/>
    public void SendByte(byte value) => _address = value;

    /// <inheritdoc/>
    public byte ReceiveByte() => _data[_address++];

    /// <inheritdoc/>
    public void WriteData(byte command, ReadOnlySpan<byte> data)
    {
        _address = command;
        foreach (byte value in data)
        {
            _data[_address++] = value;
        }
    }

    /// <inheritdoc/>
    public void ReadData(byte command, Span<byte> data)
    {
        _address = command;
        foreach (ref byte value in data)
        {
            value = _data[_address++];
        }
    }
}
