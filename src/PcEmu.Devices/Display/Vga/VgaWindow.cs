using PcEmu.Memory;

namespace PcEmu.Devices.Display.Vga;

/// <summary>The window A0000h-BFFFFh in memory: handlers, and on top of them plain RAM wherever the mode allows it.</summary>
/// <remarks>Mapping chain-4 and linear modes as RAM lets stores run at the speed of RAM, with dirty pages kept by the block.</remarks>
public sealed class VgaWindow
{
    /// <summary>Where the window lies.</summary>
    public const ulong Address = 0xA0000;

    private readonly PlanarMemory _memory;
    private readonly MemoryRegion _direct;

    /// <summary>Makes the window.</summary>
    /// <param name="memory">The access path.</param>
    /// <param name="vram">The memory behind it.</param>
    /// <param name="read">Reads at an offset from A0000h.</param>
    /// <param name="write">Writes at an offset from A0000h.</param>
    public VgaWindow(PlanarMemory memory, VideoMemory vram, IoRead read, IoWrite write)
    {
        _memory = memory;
        _direct = MemoryRegion.Alias("vga.chain4", vram.Region, 0, 0x10000);
        _direct.Enabled = false;
        Region = MemoryRegion.Container("vga-lowmem-container", PlanarMemory.WindowSize);
        Region.Add(MemoryRegion.Io("vga-lowmem", PlanarMemory.WindowSize, new IoHandlers(read, write) { ValidMaximum = 8 }), 0);
        Region.Add(_direct, 0, priority: 1);
    }

    /// <summary>The window, to be placed at <see cref="Address"/> over whatever lies there.</summary>
    public MemoryRegion Region { get; }

    /// <summary>Maps or unmaps the RAM after registers have changed.</summary>
    /// <param name="vgaMode">Whether the adapter is in a VGA mode at all.</param>
    internal void Update(bool vgaMode)
    {
        bool plain = vgaMode && _memory.IsPlainRam;
        if (plain)
        {
            _direct.AliasOffset = _memory.Bank;
            _direct.Resize(_memory.Size);
            _direct.Move(_memory.First);
        }

        _direct.Enabled = plain;
    }
}
