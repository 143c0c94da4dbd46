using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Display.Vga;
using PcEmu.Memory;

namespace PcEmu.Devices.Display.StdVga;

/// <summary>The standard VGA of QEMU and Bochs: a VGA with the VBE extension. <see cref="StdVga"/> and <see cref="IsaVga"/> give it a bus.</summary>
public sealed class StdVgaChip
{
    private const byte VbePresent = 1;
    private const uint VbePorts = 4;

    private byte _isVbe = VbePresent;

    /// <summary>Makes the chip.</summary>
    /// <param name="megabytes">Video memory in MiB, a power of two from 1 to 256.</param>
    /// <param name="clock">Guest time.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public StdVgaChip(uint megabytes, IClock clock, EventLog log)
    {
        Vram = new VideoMemory(megabytes);
        Core = new VgaCore(Vram, clock, log)
        {
            RegistersWritten = () => Vbe!.HoldRegisters(),
            MemoryAccessChanged = UpdateWindow,
        };
        Vbe = new VbeDispi(Core, UpdateWindow, log);
        Window = new VgaWindow(Core.Memory, Vram, Core.Memory.Read, Core.Memory.Write);
        Text = new TextScreen(Core, () => Vbe.IsEnabled);
    }

    /// <summary>The structure <c>vga_common</c>; a section of its own, <c>vga</c>, on the ISA bus.</summary>
    public static readonly StateDescription<StdVgaChip> State = Describe();

    /// <summary>Video memory.</summary>
    public VideoMemory Vram { get; }

    /// <summary>The VGA.</summary>
    public VgaCore Core { get; }

    /// <summary>The VBE extension.</summary>
    public VbeDispi Vbe { get; }

    /// <summary>The window at A0000h.</summary>
    public VgaWindow Window { get; }

    /// <summary>The text screen.</summary>
    public TextScreen Text { get; }

    internal void Reset()
    {
        Core.Reset();
        Vbe.Reset();
        UpdateWindow();
    }

    /// <summary>Places window and ports where an ISA card has them.</summary>
    internal void Place(MemoryRegion memory, MemoryRegion io)
    {
        memory.Add(Window.Region, VgaWindow.Address, priority: 1);
        VgaPorts.Place(io, Core.ReadPort, Core.WritePort);

        // Words only. The data port answers at 1CFh, and at 1D0h for machines that cannot do odd words.
        io.Add(MemoryRegion.Io("vbe", VbePorts, new IoHandlers(ReadVbe, WriteVbe) { ValidMinimum = 2, ValidMaximum = 2 }), VbeDispi.IndexPort);
    }

    private static StateDescription<StdVgaChip> Describe()
    {
        var state = new StateDescription<StdVgaChip>("vga", version: 2, minimumVersion: 2)
        {
            PostLoad = static (ref StdVgaChip c, int _) => c.Loaded(),
        };
        state.Add(Field.UInt32("latch", static (ref StdVgaChip c) => ref c.Core.Memory.Latch));
        state.Add(Field.UInt8("sr_index", static (ref StdVgaChip c) => ref c.Core.Sequencer.Index));
        state.Add(Field.Bytes("sr", static (StdVgaChip c) => c.Core.Sequencer.Bytes));
        state.Add(Field.UInt8("gr_index", static (ref StdVgaChip c) => ref c.Core.Graphics.Index));
        state.Add(Field.Bytes("gr", static (StdVgaChip c) => c.Core.Graphics.Bytes));
        state.Add(Field.UInt8("ar_index", static (ref StdVgaChip c) => ref c.Core.Attribute.Index));
        state.Add(Field.Bytes("ar", static (StdVgaChip c) => c.Core.Attribute.Bytes));
        state.Add(Field.Int32("ar_flip_flop", static (ref StdVgaChip c) => ref c.Core.Attribute.FlipFlop));
        state.Add(Field.UInt8("cr_index", static (ref StdVgaChip c) => ref c.Core.Crtc.Index));
        state.Add(Field.Bytes("cr", static (StdVgaChip c) => c.Core.Crtc.Bytes));
        state.Add(Field.UInt8("msr", static (ref StdVgaChip c) => ref c.Core.Misc));
        state.Add(Field.UInt8("fcr", static (ref StdVgaChip c) => ref c.Core.Feature));
        state.Add(Field.UInt8("st00", static (ref StdVgaChip c) => ref c.Core.Status0));
        state.Add(Field.UInt8("st01", static (ref StdVgaChip c) => ref c.Core.Status1));
        state.Add(Field.UInt8("dac_state", static (ref StdVgaChip c) => ref c.Core.Dac.State));
        state.Add(Field.UInt8("dac_sub_index", static (ref StdVgaChip c) => ref c.Core.Dac.SubIndex));
        state.Add(Field.UInt8("dac_read_index", static (ref StdVgaChip c) => ref c.Core.Dac.ReadIndex));
        state.Add(Field.UInt8("dac_write_index", static (ref StdVgaChip c) => ref c.Core.Dac.WriteIndex));
        state.Add(Field.Bytes("dac_cache", static (StdVgaChip c) => c.Core.Dac.Cache));
        state.Add(Field.Bytes("palette", static (StdVgaChip c) => c.Core.Dac.Bytes));
        state.Add(Field.Int32("bank_offset", static (ref StdVgaChip c) => ref c.Core.Memory.BankOffset));
        state.Add(Field.UInt8("is_vbe", static (ref StdVgaChip c) => ref c._isVbe));
        state.Add(Field.UInt16("vbe_index", static (ref StdVgaChip c) => ref c.Vbe.Index));
        state.Add(Field.Numbers("vbe_regs", static (StdVgaChip c) => c.Vbe.Words));
        state.Add(Field.UInt32("vbe_start_addr", static (ref StdVgaChip c) => ref c.Vbe.Start));
        state.Add(Field.UInt32("vbe_line_offset", static (ref StdVgaChip c) => ref c.Vbe.Pitch));
        state.Add(Field.UInt32("vbe_bank_mask", static (ref StdVgaChip c) => ref c.Vbe.BankMask));
        return state;
    }

    private ulong ReadVbe(ulong offset, int size) => offset == 0 ? Vbe.Index : Vbe.Read();

    private void WriteVbe(ulong offset, ulong value, int size)
    {
        if (offset == 0)
        {
            Vbe.Index = (ushort)value;
        }
        else
        {
            Vbe.Write((ushort)value);
        }
    }

    private void UpdateWindow() => Window.Update(vgaMode: true);

    private void Loaded()
    {
        if (_isVbe != VbePresent)
        {
            throw new StateException($"is_vbe is {_isVbe}: the stream's adapter has no VBE extension");
        }

        Vbe.Loaded();
        Core.Loaded();
        UpdateWindow();
    }
}
