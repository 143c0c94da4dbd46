using PcEmu.Memory;

namespace PcEmu.Devices.Pci;

/// <summary>The low bits of a base address register: which space, and how.</summary>
[Flags]
public enum PciBarType
{
    /// <summary>32-bit memory.</summary>
    Memory = 0,

    /// <summary>I/O ports.</summary>
    Io = 1,

    /// <summary>64-bit memory; the next BAR holds the upper half of the address.</summary>
    Memory64 = 4,

    /// <summary>Memory without side effects of reads.</summary>
    Prefetchable = 8,
}

/// <summary>A base address register and the region behind it.</summary>
/// <remarks>Source: PCI Local Bus Specification 2.1, 6.2.5 "Base Addresses".</remarks>
internal sealed class PciBar(int offset, PciBarType type, MemoryRegion region)
{
    /// <summary>Number of the expansion ROM's register among the BARs.</summary>
    public const int Rom = 6;

    /// <summary>Number of BARs with the expansion ROM.</summary>
    public const int Count = 7;

    private const uint RomEnable = 1;

    /// <summary>Offset of the register.</summary>
    public int Offset => offset;

    /// <summary>Whether the register holds the upper half of an address as well.</summary>
    public bool Is64 => (type & PciBarType.Memory64) != 0;

    /// <summary>What the register holds after a reset, and its bits that never change.</summary>
    public uint TypeBits => IsRom ? 0 : (uint)type;

    /// <summary>The region behind the register.</summary>
    public MemoryRegion Region => region;

    private bool IsIo => (type & PciBarType.Io) != 0;

    private bool IsRom => offset == PciHeader.ExpansionRom;

    private ulong Mask => (ulong)(region.Size - 1);

    /// <summary>Offset of a BAR's register.</summary>
    public static int OffsetOf(int index) => index == Rom ? PciHeader.ExpansionRom : PciHeader.Bar0 + (4 * index);

    /// <summary>Prepares the register's bytes and masks.</summary>
    public void Lay(PciConfigSpace config)
    {
        config.Bytes.SetDWord(offset, TypeBits);
        config.WriteMask.SetDWord(offset, (uint)~Mask | (IsRom ? RomEnable : 0));
        config.FixedMask.SetDWord(offset, uint.MaxValue);
        if (Is64)
        {
            config.Bytes.SetDWord(offset + 4, 0);
            config.WriteMask.SetDWord(offset + 4, (uint)(~Mask >> 32));
            config.FixedMask.SetDWord(offset + 4, uint.MaxValue);
        }
    }

    /// <summary>The address at which the function decodes the region now, or null.</summary>
    public ulong? DecodedAddress(PciConfigSpace config)
    {
        ushort command = config.Bytes.Word(PciHeader.Command);
        ulong register = config.Bytes.DWord(offset);
        ulong last;
        if (IsIo)
        {
            // Ports end at 64 KiB. Port 0 is not an address that firmware gives away: QEMU takes it as "not set".
            ulong port = register & ~Mask & uint.MaxValue;
            last = port + Mask;
            return (command & PciHeader.CommandIo) != 0 && port != 0 && last <= ushort.MaxValue ? port : null;
        }

        if (Is64)
        {
            register |= (ulong)config.Bytes.DWord(offset + 4) << 32;
        }

        if ((command & PciHeader.CommandMemory) == 0 || (IsRom && (register & RomEnable) == 0))
        {
            return null;
        }

        // All ones is what firmware writes to learn the size; nothing may answer there meanwhile.
        ulong address = register & ~Mask;
        last = address + Mask;
        return address != 0 && last > address && last < (Is64 ? ulong.MaxValue : uint.MaxValue) ? address : null;
    }

    /// <summary>Brings the region to where the registers say.</summary>
    public void Place(PciConfigSpace config, PciBus bus)
    {
        MemoryRegion space = IsIo ? bus.Io : bus.Memory;
        if (DecodedAddress(config) is not { } address)
        {
            space.Remove(region);
        }
        else if (region.Parent is null)
        {
            space.Add(region, address, priority: 1);
        }
        else
        {
            region.Move(address);
        }
    }

    /// <summary>Takes the region away.</summary>
    public void Unplace(PciBus bus) => (IsIo ? bus.Io : bus.Memory).Remove(region);
}
