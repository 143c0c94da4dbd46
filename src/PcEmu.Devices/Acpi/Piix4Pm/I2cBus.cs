using PcEmu.Core;
using PcEmu.Core.State;

namespace PcEmu.Devices.Acpi;

/// <summary>A device on an SMBus, as the host's protocols reach it.</summary>
/// <remarks>Source: System Management Bus Specification 1.1, chapter 5 "Bus protocols".</remarks>
public interface ISmBusDevice
{
    /// <summary>"Send byte": a command without data.</summary>
    void SendByte(byte value);

    /// <summary>"Receive byte".</summary>
    byte ReceiveByte();

    /// <summary>Data after a command byte: "write byte", "write word", "block write" (then the count is the first byte).</summary>
    void WriteData(byte command, ReadOnlySpan<byte> data);

    /// <summary>Data after a command byte: "read byte", "read word", "block read" (then the first byte is the count).</summary>
    void ReadData(byte command, Span<byte> data);
}

/// <summary>The two wires of an I2C bus, and who is on them by 7-bit address.</summary>
/// <remarks>A transfer starts and ends within one port write, so the bus is always idle when it is saved.</remarks>
public sealed class I2cBus : Device
{
    private const byte Idle = 0xFF;

    private readonly ISmBusDevice?[] _devices = new ISmBusDevice?[128];
    private byte _savedAddress = Idle;

    /// <summary>The section <c>i2c_bus</c>: the address of a transfer under way, FFh when idle.</summary>
    public static readonly StateDescription<I2cBus> State = new("i2c_bus", version: 1, minimumVersion: 1)
    {
        Field.UInt8("saved_address", static (ref I2cBus b) => ref b._savedAddress),
    };

    /// <inheritdoc/>
    public override string Driver => "i2c-bus";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Puts a device on the bus.</summary>
    /// <param name="address">7-bit address.</param>
    /// <param name="device">The device.</param>
    public void Add(int address, ISmBusDevice device) => _devices[address] = device;

    /// <summary>The device that acknowledges an address, or null.</summary>
    public ISmBusDevice? At(int address) => _devices[address & 0x7F];

    /// <inheritdoc/>
    public override void Reset() => _savedAddress = Idle;
}
