using System.Buffers.Binary;
using PcEmu.Memory;

namespace PcEmu.Devices.Display.Vga;

/// <summary>The adapter's own memory: the RAM block <c>vga.vram</c>, with every store noted in its dirty bits.</summary>
/// <remarks>
/// QEMU's layout, which migration streams carry: the four planes lie interleaved, plane p of VGA address a at byte
/// 4a + p. Chain-4 and linear modes see the same bytes in order.
/// </remarks>
public sealed class VideoMemory
{
    /// <summary>Name of the block in streams.</summary>
    public const string BlockName = "vga.vram";

    /// <summary>Makes memory of zeros.</summary>
    /// <param name="megabytes">Size in MiB; a power of two up to 256.</param>
    public VideoMemory(uint megabytes)
    {
        Block = new RamBlock(BlockName, (ulong)megabytes << 20);
        Region = MemoryRegion.Ram(BlockName, Block);
    }

    /// <summary>The block.</summary>
    public RamBlock Block { get; }

    /// <summary>The whole block as a region: frame buffer BARs and windows show it.</summary>
    public MemoryRegion Region { get; }

    /// <summary>Size in bytes; a power of two.</summary>
    public uint Size => (uint)Block.Size;

    /// <summary>A byte; the address is inside the block.</summary>
    public byte this[uint address]
    {
        get => Block.Span(address, 1)[0];
        set
        {
            Block.Span(address, 1)[0] = value;
            Block.Written(address, 1);
        }
    }

    /// <summary>Reads two bytes.</summary>
    public ushort Word(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(Block.Span(address, 2));

    /// <summary>Reads four bytes: all planes of one VGA address.</summary>
    public uint DWord(uint address) => BinaryPrimitives.ReadUInt32LittleEndian(Block.Span(address, 4));

    /// <summary>Writes two bytes.</summary>
    public void SetWord(uint address, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Block.Span(address, 2), value);
        Block.Written(address, 2);
    }

    /// <summary>Writes four bytes: all planes of one VGA address.</summary>
    public void SetDWord(uint address, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Block.Span(address, 4), value);
        Block.Written(address, 4);
    }

    /// <summary>Fills bytes from the start of the block.</summary>
    public void Fill(uint length, byte value)
    {
        if (length > 0)
        {
            Block.Span(0, (int)length).Fill(value);
            Block.Written(0, length);
        }
    }
}
