using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Display.Vga;
using PcEmu.Memory;
using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>Cirrus Logic CL-GD5446 "Alpine": a VGA with extended registers, banked and linear memory, a blitter and a cursor.</summary>
/// <remarks>
/// Source: CL-GD5446 Technical Reference Manual (385439-004). As in QEMU the chip has 4 MiB, whatever the size of the
/// block behind it, and its extension registers answer whether SR6 unlocks them or not.
/// </remarks>
public sealed partial class Gd5446
{
    /// <summary>Video memory of the chip in bytes.</summary>
    public const uint ChipMemory = 4 << 20;

    private const byte PartId = 0xB8;
    private const byte OpenBus = 0xFF;
    private const byte PowerOnPattern = 0xFF;

    private readonly EventLog _log;
    private readonly HiddenDac _hiddenDac = new();
    private readonly BitBlt _blitter;
    private byte _shadowGr0;
    private byte _shadowGr1;
    private uint _cursorX;
    private uint _cursorY;

    /// <summary>Makes the chip.</summary>
    /// <param name="megabytes">Size of the block <c>vga.vram</c> in MiB: 4, 8 or 16.</param>
    /// <param name="clock">Guest time.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public Gd5446(uint megabytes, IClock clock, EventLog log)
    {
        _log = log;
        Vram = new VideoMemory(megabytes);
        Core = new VgaCore(Vram, clock, log, extended: true) { MemoryAccessChanged = UpdateMemoryAccess };
        _blitter = new BitBlt(this, log);
        Window = new VgaWindow(Core.Memory, Vram, ReadWindow, WriteWindow);
        for (int i = 0; i < BankCount; i++)
        {
            _banks[i] = MemoryRegion.Alias($"vga.bank{i}", Vram.Region, 0, BankSize);
            _banks[i].Enabled = false;
            Window.Region.Add(_banks[i], (ulong)i * BankSize, priority: 2);
        }

        _linear = MemoryRegion.Alias("vga.vram", Vram.Region, 0, Vram.Size);
        FrameBuffer = CreateFrameBuffer();
        Registers = MemoryRegion.Io("cirrus-mmio", RegistersSize, IoHandlers.Bytes(ReadRegisters, WriteRegisters));
        Text = new TextScreen(Core, () => IsExtendedMode);
    }

    /// <summary>The structure <c>cirrus_common</c>.</summary>
    public static readonly StateDescription<Gd5446> State = Describe();

    /// <summary>Video memory.</summary>
    public VideoMemory Vram { get; }

    /// <summary>The VGA.</summary>
    public VgaCore Core { get; }

    /// <summary>The window at A0000h.</summary>
    public VgaWindow Window { get; }

    /// <summary>BAR 0: the linear frame buffer, and the blitter's door for pixels at 16 MiB.</summary>
    public MemoryRegion FrameBuffer { get; }

    /// <summary>BAR 1: the ports from 3C0h on, and the blitter's registers at 100h.</summary>
    public MemoryRegion Registers { get; }

    /// <summary>The text screen.</summary>
    public TextScreen Text { get; }

    /// <summary>Whether the chip is in an extended mode (SR7 bit 0) and not in a VGA mode.</summary>
    public bool IsExtendedMode => (Sr[Sr7ExtendedMode] & ExtendedMode) != 0;

    /// <summary>The hidden DAC register: how 16-bit pixels are read.</summary>
    public byte HiddenDacData => _hiddenDac.Data;

    /// <summary>Whether the hardware cursor is on.</summary>
    public bool CursorVisible => (Sr[Sr12CursorAttribute] & CursorShown) != 0;

    /// <summary>Width and height of the hardware cursor in pixels: 32 or 64.</summary>
    public int CursorSize => (Sr[Sr12CursorAttribute] & CursorLarge) != 0 ? 64 : 32;

    /// <summary>Left edge of the hardware cursor in pixels.</summary>
    public int CursorX => (int)_cursorX;

    /// <summary>Top edge of the hardware cursor in lines.</summary>
    public int CursorY => (int)_cursorY;

    /// <summary>Address in video memory of the hardware cursor's pattern.</summary>
    /// <remarks>
    /// Patterns of 256 bytes lie in the last 16 KiB; the large one takes four. A large row is 8 bytes of plane 0 and then
    /// 8 of plane 1; the small one has 32 rows of 4 bytes of plane 0, then plane 1.
    /// </remarks>
    public uint CursorPattern =>
        ChipMemory - 0x4000 + ((Sr[Sr13CursorPattern] & (CursorSize == 64 ? 0x3Cu : 0x3Fu)) * 256);

    /// <summary>The cursor's colours, 16 triples of red, green and blue; 0 is the background, 15 the foreground.</summary>
    public ReadOnlySpan<byte> CursorPalette => _hiddenDac.Palette;

    internal byte ShadowGr0 => _shadowGr0;

    internal byte ShadowGr1 => _shadowGr1;

    internal byte[] Gr => Core.Graphics.Bytes;

    private byte[] Sr => Core.Sequencer.Bytes;

    /// <summary>Places window and ports where every VGA has them.</summary>
    internal void Place(MemoryRegion memory, MemoryRegion io)
    {
        memory.Add(Window.Region, VgaWindow.Address, priority: 1);
        VgaPorts.Place(io, ReadPort, WritePort);
    }

    internal void Reset()
    {
        Core.Reset();
        _hiddenDac.Reset();
        _blitter.Reset();
        _shadowGr0 = _shadowGr1 = 0;
        _cursorX = _cursorY = 0;

        // 4 MiB of 64-bit memory on a PCI bus, as straps and firmware would leave it.
        Sr[Sr6Unlock] = Locked;
        Sr[SrFDramControl] = 0x98;
        Sr[Sr15MemorySize] = 0x04;
        Sr[Sr17Configuration] = 0x20;
        Sr[Sr1FMemoryClock] = 0x2D;
        Gr[Gr18MemoryTiming] = 0x0F;
        Core.Crtc.Bytes[Cr27PartId] = PartId;

        // Windows' drivers take it that the pattern area has all bits set at first.
        Vram.Fill(ChipMemory, PowerOnPattern);
        UpdateBanks();
        UpdateMemoryAccess();
    }

    private static StateDescription<Gd5446> Describe()
    {
        var state = new StateDescription<Gd5446>("cirrus_vga", version: 2, minimumVersion: 1)
        {
            PostLoad = static (ref Gd5446 c, int _) => c.Loaded(),
        };
        state.Add(Field.UInt32("latch", static (ref Gd5446 c) => ref c.Core.Memory.Latch));
        state.Add(Field.UInt8("sr_index", static (ref Gd5446 c) => ref c.Core.Sequencer.Index));
        state.Add(Field.Bytes("sr", static (Gd5446 c) => c.Core.Sequencer.Bytes));
        state.Add(Field.UInt8("gr_index", static (ref Gd5446 c) => ref c.Core.Graphics.Index));
        state.Add(Field.UInt8("shadow_gr0", static (ref Gd5446 c) => ref c._shadowGr0));
        state.Add(Field.UInt8("shadow_gr1", static (ref Gd5446 c) => ref c._shadowGr1));
        state.Add(new BytesFromField<Gd5446>(static c => c.Core.Graphics.Bytes, 2) { Name = "gr2_255", WireType = "bytes" });
        state.Add(Field.UInt8("ar_index", static (ref Gd5446 c) => ref c.Core.Attribute.Index));
        state.Add(Field.Bytes("ar", static (Gd5446 c) => c.Core.Attribute.Bytes));
        state.Add(Field.Int32("ar_flip_flop", static (ref Gd5446 c) => ref c.Core.Attribute.FlipFlop));
        state.Add(Field.UInt8("cr_index", static (ref Gd5446 c) => ref c.Core.Crtc.Index));
        state.Add(Field.Bytes("cr", static (Gd5446 c) => c.Core.Crtc.Bytes));
        state.Add(Field.UInt8("msr", static (ref Gd5446 c) => ref c.Core.Misc));
        state.Add(Field.UInt8("fcr", static (ref Gd5446 c) => ref c.Core.Feature));
        state.Add(Field.UInt8("st00", static (ref Gd5446 c) => ref c.Core.Status0));
        state.Add(Field.UInt8("st01", static (ref Gd5446 c) => ref c.Core.Status1));
        state.Add(Field.UInt8("dac_state", static (ref Gd5446 c) => ref c.Core.Dac.State));
        state.Add(Field.UInt8("dac_sub_index", static (ref Gd5446 c) => ref c.Core.Dac.SubIndex));
        state.Add(Field.UInt8("dac_read_index", static (ref Gd5446 c) => ref c.Core.Dac.ReadIndex));
        state.Add(Field.UInt8("dac_write_index", static (ref Gd5446 c) => ref c.Core.Dac.WriteIndex));
        state.Add(Field.Bytes("dac_cache", static (Gd5446 c) => c.Core.Dac.Cache));
        state.Add(Field.Bytes("palette", static (Gd5446 c) => c.Core.Dac.Bytes));
        state.Add(Field.Int32("bank_offset", static (ref Gd5446 c) => ref c.Core.Memory.BankOffset));
        state.Add(Field.UInt8("hidden_dac_lockindex", static (ref Gd5446 c) => ref c._hiddenDac.LockIndex));
        state.Add(Field.UInt8("hidden_dac_data", static (ref Gd5446 c) => ref c._hiddenDac.Data));
        state.Add(Field.UInt32("hw_cursor_x", static (ref Gd5446 c) => ref c._cursorX));
        state.Add(Field.UInt32("hw_cursor_y", static (ref Gd5446 c) => ref c._cursorY));
        return state;
    }

    private void Loaded()
    {
        int bank = Core.Memory.BankOffset;
        if (bank < 0 || (uint)bank >= Vram.Size)
        {
            throw new StateException($"bank_offset 0x{bank:x} is outside 0x{Vram.Size:x} bytes of video memory");
        }

        Gr[0] = (byte)(_shadowGr0 & 0x0F);
        Gr[1] = (byte)(_shadowGr1 & 0x0F);
        Core.Loaded();

        // The stream has no words for a blit that waits for pixels: it is lost.
        _blitter.Reset();
        UpdateBanks();
        UpdateMemoryAccess();
    }
}
