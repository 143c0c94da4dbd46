using PcEmu.Core.Diagnostics;
using PcEmu.Cpu;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Vectors;

/// <summary>A CPU and flat RAM from address 0, with nothing at the ports: every port reads as all ones.</summary>
public sealed unsafe class VectorMachine : IDisposable
{
    private readonly RamBlock _ram;

    /// <summary>Makes one.</summary>
    /// <param name="ramSize">Bytes of RAM; a multiple of 4096.</param>
    /// <param name="model">CPU model; the one with most features if not given.</param>
    public VectorMachine(ulong ramSize, CpuModel? model = null)
    {
        _ram = new RamBlock("vectors", ramSize);
        MemoryRegion root = MemoryRegion.Container("memory", (UInt128)1 << 32);
        root.Add(MemoryRegion.Ram("ram", _ram), 0);
        Memory = new AddressSpace("memory", root, EventLog.Null);
        var wiring = new CpuWiring
        {
            Memory = Memory,
            Ports = new AddressSpace("I/O", MemoryRegion.Container("io", 0x10000), EventLog.Null),
            AcknowledgeInterrupt = static () => 0,
            Now = static () => 0,
            TripleFault = () => TripleFaulted = true,
        };
        Cpu = new X86Cpu(model ?? CpuModels.Find("qemu64")!, wiring, EventLog.Null);
        _ram.Observer = Cpu;
    }

    /// <summary>The CPU.</summary>
    public X86Cpu Cpu { get; }

    /// <summary>Its registers.</summary>
    public CpuState* State => Cpu.State;

    /// <summary>Physical memory.</summary>
    public AddressSpace Memory { get; }

    /// <summary>Whether the CPU has shut down; the runner clears it.</summary>
    public bool TripleFaulted { get; set; }

    /// <summary>A stretch of RAM. Writing through it is not noticed by the CPU's decoder: see <see cref="Write"/>.</summary>
    public Span<byte> Ram(uint address, int length) => _ram.Span(address, length);

    /// <summary>Writes RAM so that code there is decoded anew.</summary>
    public void Write(uint address, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_ram.Span(address, bytes.Length));
        _ram.Written(address, (uint)bytes.Length);
    }

    /// <summary>Sets a segment register as a whole.</summary>
    public void SetSegment(int index, ushort selector, ulong segmentBase, uint limit, uint attributes)
    {
        SegmentCache* segment = CpuState.Segment(State, index);
        segment->Selector = selector;
        segment->Base = segmentBase;
        segment->Limit = limit;
        segment->Attributes = attributes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cpu.Dispose();
        _ram.Dispose();
    }
}
