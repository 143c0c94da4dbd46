using PcEmu.Core.State;
using PcEmu.Memory;
using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

// The chip's ways to memory: two banks of 32 KiB at A0000h, the linear frame buffer, the registers in memory.
public sealed partial class Gd5446
{
    private const int BankCount = 2;
    private const uint BankSize = 0x8000;
    private const uint BanksSize = BankCount * BankSize;
    private const uint AddressMask = ChipMemory - 1;
    private const uint FrameBufferBarSize = 0x200_0000;
    private const uint BlitDoorOffset = 0x100_0000;
    private const uint BlitDoorSize = 0x40_0000;
    private const uint RegistersSize = 0x1000;
    private const int RegistersBlitter = 0x100;
    private const int RegistersFirstPort = 0x3C0;
    private const uint MmioAtWindow = 0x18000;
    private const uint LinearMmio = ChipMemory - CirrusMmio.Size;

    private readonly MemoryRegion[] _banks = new MemoryRegion[BankCount];
    private readonly MemoryRegion _linear;

    [NotSaved("follows from SR7")]
    private bool _extendedMode;

    [NotSaved("computed from GR9, GRA and GRB")]
    private readonly uint[] _bankBase = new uint[BankCount];

    [NotSaved("computed from GR9, GRA and GRB")]
    private readonly uint[] _bankLimit = new uint[BankCount];

    /// <summary>Maps RAM where no register has a say in what a store does; called after such registers are written.</summary>
    internal void UpdateMemoryAccess()
    {
        _extendedMode = IsExtendedMode;
        bool extendedWrites = (Gr[GrBModes] & ExtendedWriteModes) != 0 && (Gr[Gr5Mode] & ExtendedWriteMode) is 4 or 5;
        bool plain = (Sr[Sr17Configuration] & MmioMask) != MmioAtEndOfFrameBuffer
            && !_blitter.TakesPixels
            && AddressShift == 0
            && !extendedWrites;
        Window.Update(!_extendedMode);
        for (int i = 0; i < BankCount; i++)
        {
            bool mapped = plain && _extendedMode && _bankLimit[i] >= BankSize;
            if (mapped)
            {
                _banks[i].AliasOffset = _bankBase[i];
            }

            _banks[i].Enabled = mapped;
        }

        _linear.Enabled = plain;
    }

    // GRB can make each address stand for 8 bytes of memory, or for 16, for use with the extended write modes.
    private int AddressShift =>
        (Gr[GrBModes] & By16Addressing) == By16Addressing ? 4 : (Gr[GrBModes] & By8Addressing) != 0 ? 3 : 0;

    private void UpdateBanks()
    {
        int granularity = (Gr[GrBModes] & Bank16K) != 0 ? 14 : 12;
        bool dual = (Gr[GrBModes] & DualBank) != 0;
        for (int i = 0; i < BankCount; i++)
        {
            // Without dual banks the second window goes on where the first one ends.
            uint start = dual ? (uint)Gr[Gr9Offset0 + i] << granularity : ((uint)Gr[Gr9Offset0] << granularity) + ((uint)i * BankSize);
            _bankLimit[i] = start < ChipMemory ? ChipMemory - start : 0;
            _bankBase[i] = _bankLimit[i] > 0 ? start : 0;
        }
    }

    private MemoryRegion CreateFrameBuffer()
    {
        // The data sheet's byte-swapping apertures are plain here, as they are in QEMU.
        MemoryRegion bar = MemoryRegion.Container("cirrus-pci-bar0", FrameBufferBarSize);
        bar.Add(MemoryRegion.Io("cirrus-linear-io", Vram.Size, new IoHandlers(ReadLinear, WriteLinear) { ValidMaximum = 8 }), 0);
        bar.Add(MemoryRegion.Io("cirrus-bitblt-mmio", BlitDoorSize, new IoHandlers(ReadBlitDoor, WriteBlitDoor) { ValidMaximum = 8, ImplementedMaximum = 1 }), BlitDoorOffset);
        bar.Add(_linear, 0, priority: 1);
        return bar;
    }

    private ulong ReadWindow(ulong offset, int size)
    {
        if (!_extendedMode)
        {
            return Core.Memory.Read(offset, size);
        }

        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (ulong)ReadBanked((uint)offset + (uint)i) << (8 * i);
        }

        return value;
    }

    private void WriteWindow(ulong offset, ulong value, int size)
    {
        if (!_extendedMode)
        {
            Core.Memory.Write(offset, value, size);
            return;
        }

        // What an access has left over when the blitter has all its pixels is lost.
        bool forBlitter = _blitter.TakesPixels && offset < BanksSize;
        for (int i = 0; i < size && (!forBlitter || _blitter.TakesPixels); i++)
        {
            WriteBanked((uint)offset + (uint)i, (byte)(value >> (8 * i)));
        }
    }

    private byte ReadBanked(uint offset)
    {
        if (offset < BanksSize)
        {
            uint at = offset & (BankSize - 1);
            return at < _bankLimit[offset / BankSize] ? Vram[Scaled(at + _bankBase[offset / BankSize])] : OpenBus;
        }

        return IsBlitterAt(offset) ? ReadBlitter(offset - MmioAtWindow) : OpenBus;
    }

    private void WriteBanked(uint offset, byte value)
    {
        if (offset < BanksSize)
        {
            uint at = offset & (BankSize - 1);
            if (_blitter.TakesPixels)
            {
                _blitter.Take(value);
            }
            else if (at < _bankLimit[offset / BankSize])
            {
                Store(Scaled(at + _bankBase[offset / BankSize]), value);
            }
        }
        else if (IsBlitterAt(offset))
        {
            WriteBlitter(offset - MmioAtWindow, value);
        }
        else
        {
            _log.GuestError($"cirrus: write of 0x{value:x2} to 0x{offset + 0xA0000:x}, where nothing answers in this mode");
        }
    }

    private bool IsBlitterAt(uint windowOffset) =>
        windowOffset - MmioAtWindow < CirrusMmio.Size && (Sr[Sr17Configuration] & MmioMask) == MmioAtB8000;

    private ulong ReadLinear(ulong offset, int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            uint at = ((uint)offset + (uint)i) & AddressMask;
            value |= (ulong)(IsBlitterInFrameBuffer(at) ? ReadBlitter(at - LinearMmio) : Vram[Scaled(at)]) << (8 * i);
        }

        return value;
    }

    private void WriteLinear(ulong offset, ulong value, int size)
    {
        bool forBlitter = _blitter.TakesPixels;
        for (int i = 0; i < size; i++, value >>= 8)
        {
            uint at = ((uint)offset + (uint)i) & AddressMask;
            if (IsBlitterInFrameBuffer(at))
            {
                WriteBlitter(at - LinearMmio, (byte)value);
            }
            else if (!forBlitter)
            {
                Store(Scaled(at), (byte)value);
            }
            else if (_blitter.TakesPixels)
            {
                _blitter.Take((byte)value);
            }
        }
    }

    private bool IsBlitterInFrameBuffer(uint at) =>
        at >= LinearMmio && (Sr[Sr17Configuration] & MmioMask) == MmioAtEndOfFrameBuffer;

    private ulong ReadBlitDoor(ulong offset, int size) => OpenBus;

    private void WriteBlitDoor(ulong offset, ulong value, int size)
    {
        if (_blitter.TakesPixels)
        {
            _blitter.Take((byte)value);
        }
    }

    private byte ReadRegisters(int offset) =>
        offset < RegistersBlitter ? ReadPort(RegistersFirstPort + offset) : ReadBlitter((uint)(offset - RegistersBlitter));

    private void WriteRegisters(int offset, byte value)
    {
        if (offset < RegistersBlitter)
        {
            WritePort(RegistersFirstPort + offset, value);
        }
        else
        {
            WriteBlitter((uint)(offset - RegistersBlitter), value);
        }
    }

    private byte ReadBlitter(uint offset)
    {
        int register = CirrusMmio.RegisterAt(offset);
        return register == CirrusMmio.None ? OpenBus : ReadGr(register);
    }

    private void WriteBlitter(uint offset, byte value)
    {
        int register = CirrusMmio.RegisterAt(offset);
        if (register != CirrusMmio.None)
        {
            WriteGr(register, value);
        }
    }

    private uint Scaled(uint address) => (address << AddressShift) & AddressMask;

    // Write modes 4 and 5: each bit of the CPU's byte is a pixel, foreground for 1; for 0 mode 5 writes the background.
    private void Store(uint address, byte value)
    {
        int mode = Gr[Gr5Mode] & ExtendedWriteMode;
        if (mode is not (4 or 5) || (Gr[GrBModes] & ExtendedWriteModes) == 0)
        {
            Vram[address] = value;
            return;
        }

        bool words = (Gr[GrBModes] & By16Addressing) == By16Addressing;
        for (int i = 0; i < 8; i++, value <<= 1)
        {
            bool foreground = (value & 0x80) != 0;
            if (!foreground && mode == 4)
            {
                continue;
            }

            byte low = foreground ? _shadowGr1 : _shadowGr0;
            if (words)
            {
                byte high = foreground ? Gr[Gr11Foreground1] : Gr[Gr10Background1];
                Vram.SetWord((address + (2 * (uint)i)) & AddressMask & ~1u, (ushort)(low | (high << 8)));
            }
            else
            {
                Vram[(address + (uint)i) & AddressMask] = low;
            }
        }
    }
}
