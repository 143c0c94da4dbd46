using System.Buffers.Binary;
using PcEmu.Core.State;

namespace PcEmu.Devices.Pci;

/// <summary>The 256 configuration bytes of a PCI function, with what a guest may change in them.</summary>
/// <remarks>
/// Source: PCI Local Bus Specification 2.1, chapter 6. Registers are little-endian. Bytes from 40h on are writable
/// until the device says otherwise, as QEMU's guests see them.
/// </remarks>
public sealed class PciConfigSpace
{
    /// <summary>Bytes in the configuration space of a conventional PCI function.</summary>
    public const int Size = 256;

    private const uint WireVersion = 2;

    /// <summary>The structure that opens the section of every PCI device: version word, configuration bytes, INTx levels.</summary>
    internal static readonly StateDescription<PciConfigSpace> State = Describe();

    private readonly PciDevice _device;
    private readonly byte[] _bytes = new byte[Size];
    private readonly byte[] _writeMask = new byte[Size];
    private readonly byte[] _clearMask = new byte[Size];
    private readonly byte[] _fixedMask = new byte[Size];

    // The structure as it is on the wire: a hostile one is refused before it reaches the registers.
    private readonly byte[] _wireBytes = new byte[Size];
    private readonly uint[] _wireIntx = new uint[4];
    private uint _wireVersion = WireVersion;

    internal PciConfigSpace(PciDevice device, in PciIdentity identity)
    {
        _device = device;
        Span<byte> fixedBits = _fixedMask;
        fixedBits.SetWord(PciHeader.VendorId, 0xFFFF);
        fixedBits.SetWord(PciHeader.DeviceId, 0xFFFF);
        fixedBits.SetWord(PciHeader.Status, PciHeader.StatusCapabilityList);
        fixedBits.SetWord(PciHeader.RevisionId, 0xFFFF);
        fixedBits.SetWord(PciHeader.Class, 0xFFFF);
        fixedBits[PciHeader.HeaderType] = 0xFF;
        fixedBits[PciHeader.CapabilityList] = 0xFF;

        Span<byte> writable = _writeMask;
        writable[PciHeader.Size..].Fill(0xFF);
        writable[PciHeader.CacheLineSize] = 0xFF;
        writable[PciHeader.InterruptLine] = 0xFF;
        writable.SetWord(
            PciHeader.Command,
            PciHeader.CommandIo | PciHeader.CommandMemory | PciHeader.CommandMaster | PciHeader.CommandIntxDisable);
        ClearMask.SetWord(PciHeader.Status, PciHeader.StatusErrors);

        Span<byte> bytes = _bytes;
        bytes.SetWord(PciHeader.VendorId, identity.VendorId);
        bytes.SetWord(PciHeader.DeviceId, identity.DeviceId);
        bytes[PciHeader.RevisionId] = identity.Revision;
        bytes[PciHeader.ProgIf] = identity.ProgIf;
        bytes.SetWord(PciHeader.Class, identity.Class);
        bytes.SetWord(PciHeader.SubsystemVendorId, identity.SubsystemVendorId);
        bytes.SetWord(PciHeader.SubsystemId, identity.SubsystemId);
    }

    /// <summary>The bytes as the guest reads them; the device itself may write all of them.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>Bits that a guest's write changes.</summary>
    public Span<byte> WriteMask => _writeMask;

    /// <summary>Bits that a guest clears by writing 1.</summary>
    public Span<byte> ClearMask => _clearMask;

    /// <summary>Bits that an incoming stream must agree on unless a guest can change them: identity, BAR types, capabilities.</summary>
    public Span<byte> FixedMask => _fixedMask;

    /// <summary>Reads 1, 2 or 4 bytes; those past the end are zero.</summary>
    public uint Read(int offset, int size)
    {
        uint value = 0;
        for (int i = 0; i < size && offset + i < Size; i++)
        {
            value |= (uint)_bytes[offset + i] << (8 * i);
        }

        return value;
    }

    /// <summary>Writes 1, 2 or 4 bytes as far as the masks let a guest.</summary>
    public void Write(int offset, uint value, int size)
    {
        for (int i = 0; i < size && offset + i < Size; i++)
        {
            int at = offset + i;
            byte written = (byte)(value >> (8 * i));
            byte mask = _writeMask[at];
            _bytes[at] = (byte)(((_bytes[at] & ~mask) | (written & mask)) & ~(written & _clearMask[at]));
        }
    }

    /// <summary>Clears every bit of a 16-bit register that a guest can change.</summary>
    internal void ClearWritable(int offset)
    {
        for (int at = offset; at < offset + 2; at++)
        {
            _bytes[at] &= (byte)~(_writeMask[at] | _clearMask[at]);
        }
    }

    private static StateDescription<PciConfigSpace> Describe()
    {
        var state = new StateDescription<PciConfigSpace>("pci", version: 2, minimumVersion: 0)
        {
            PreSave = static (ref PciConfigSpace c, int _) => c.ToWire(),
            PostLoad = static (ref PciConfigSpace c, int _) => c.FromWire(),
        };
        state.Add(Field.UInt32("pci_version", static (ref PciConfigSpace c) => ref c._wireVersion));
        state.Add(Field.Bytes("config", static (PciConfigSpace c) => c._wireBytes));
        state.Add(Field.Numbers(
            "intx_level", static (PciConfigSpace c) => c._wireIntx, when: static (ref PciConfigSpace c, int _) => c._wireVersion >= 2));
        return state;
    }

    private void ToWire()
    {
        _wireVersion = WireVersion;
        _bytes.CopyTo(_wireBytes, 0);

        // The interrupt status bit is a copy of the levels; the wire has it clear.
        _wireBytes[PciHeader.Status] &= unchecked((byte)~PciHeader.StatusInterrupt);
        for (int pin = 0; pin < _wireIntx.Length; pin++)
        {
            _wireIntx[pin] = _device.IsIntxAsserted(pin) ? 1u : 0u;
        }
    }

    private void FromWire()
    {
        if (_wireVersion is 0 or > WireVersion)
        {
            throw new StateException($"{_device.Path}: PCI structure of version {_wireVersion}, known are 1 and {WireVersion}");
        }

        for (int at = 0; at < Size; at++)
        {
            if (((_wireBytes[at] ^ _bytes[at]) & _fixedMask[at] & ~_writeMask[at] & ~_clearMask[at]) != 0)
            {
                throw new StateException(
                    $"{_device.Path}: PCI configuration byte 0x{at:x2} is 0x{_wireBytes[at]:x2} in the stream and 0x{_bytes[at]:x2} in this {_device.Driver}");
            }
        }

        int levels = 0;
        for (int pin = 0; pin < _wireIntx.Length; pin++)
        {
            if (_wireVersion < 2)
            {
                _wireIntx[pin] = 0;
            }

            if (_wireIntx[pin] > 1)
            {
                throw new StateException($"{_device.Path}: level {_wireIntx[pin]} of INT{(char)('A' + pin)} is neither 0 nor 1");
            }

            levels |= (int)_wireIntx[pin] << pin;
        }

        _wireBytes.CopyTo(_bytes, 0);
        _device.ConfigLoaded(levels);
    }
}

/// <summary>Little-endian registers in configuration bytes.</summary>
public static class PciRegisters
{
    /// <summary>Reads a 16-bit register.</summary>
    public static ushort Word(this ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    /// <summary>Reads a 16-bit register.</summary>
    public static ushort Word(this Span<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    /// <summary>Reads a 32-bit register.</summary>
    public static uint DWord(this ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    /// <summary>Reads a 32-bit register.</summary>
    public static uint DWord(this Span<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    /// <summary>Sets a 16-bit register.</summary>
    public static void SetWord(this Span<byte> bytes, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[offset..], (ushort)value);

    /// <summary>Sets a 32-bit register.</summary>
    public static void SetDWord(this Span<byte> bytes, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], value);
}
