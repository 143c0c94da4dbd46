using System.Globalization;
using Iced.Intel;
using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu.Tests;

/// <summary>What an exception handler finds on its stack.</summary>
internal sealed record Trap(int Vector, uint? Error, uint Eip, ushort Cs, uint Eflags, uint Esp, ushort Ss);

/// <summary>A CPU with 8 MiB of RAM, ports that a test sees, and descriptor tables with a HLT for every vector.</summary>
internal sealed unsafe class CpuRig : IDisposable
{
    public const ushort KernelCode = 0x08;
    public const ushort KernelData = 0x10;
    public const ushort UserCode = 0x1B;
    public const ushort UserData = 0x23;
    public const ushort TaskState = 0x28;
    public const ushort Code1 = 0x31;
    public const ushort Data1 = 0x39;
    public const int FirstFreeDescriptor = 8;

    public const uint Gdt = 0x10_0000;
    public const uint Idt = 0x10_1000;
    public const uint Tss = 0x10_2000;
    public const uint PageDirectory = 0x11_0000;
    public const uint PageTables = 0x11_1000;
    public const uint Pdpt = 0x12_0000;
    public const uint PaeDirectory = 0x12_1000;
    public const uint PaeTables = 0x12_2000;
    public const uint Handlers = 0x20_0000;
    public const uint Code = 0x30_0000;
    public const uint Data = 0x34_0000;
    public const uint Stack = 0x38_0000;
    public const uint KernelStack = 0x39_8000;
    public const uint Stack1 = 0x39_C000;

    private const uint RamSize = 8 << 20;

    private readonly RamBlock _ram = new("rig", RamSize);
    private readonly MemoryRegion _root = MemoryRegion.Container("memory", (UInt128)1 << 32);

    public CpuRig(string model = "qemu64")
    {
        _root.Add(MemoryRegion.Ram("ram", _ram), 0);
        MemoryRegion ports = MemoryRegion.Container("io", 0x10000);
        ports.Add(MemoryRegion.Io("ports", 0x10000, new IoHandlers((port, size) => PortRead((int)port, size), (port, value, size) => PortWrite!((int)port, value, size))), 0);
        Memory = new AddressSpace("memory", _root, EventLog.Null);
        var wiring = new CpuWiring
        {
            Memory = Memory,
            Ports = new AddressSpace("I/O", ports, EventLog.Null),
            AcknowledgeInterrupt = () => AcknowledgeInterrupt(),
            Now = () => 0,
            TripleFault = () => Shutdowns++,
        };
        Cpu = new X86Cpu(CpuModels.Find(model)!, wiring, EventLog.Null);
        _ram.Observer = Cpu;
        PortWrite = (port, value, _) => Written.Add((port, value));
    }

    public X86Cpu Cpu { get; }

    public CpuState* S => Cpu.State;

    public AddressSpace Memory { get; }

    public MemoryRegion Root => _root;

    public RamBlock Ram => _ram;

    public int Shutdowns { get; private set; }

    public List<(int Port, ulong Value)> Written { get; } = [];

    public Func<int, int, ulong> PortRead { get; set; } = static (_, size) => ulong.MaxValue >> (64 - (8 * size));

    public Action<int, ulong, int> PortWrite { get; set; }

    public Func<int> AcknowledgeInterrupt { get; set; } = static () => 0x20;

    public uint Eax => this[Gpr.Ax];

    public uint Eip => (uint)S->Rip;

    public uint this[int register]
    {
        get => CpuState.R32(S, register);
        set => CpuState.R32(S, register) = value;
    }

    public static byte[] Hex(string bytes) => Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Assemble(int bits, uint address, Action<Assembler> program)
    {
        var assembler = new Assembler(bits);
        program(assembler);
        using var bytes = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(bytes), address);
        return bytes.ToArray();
    }

    public void Poke(uint address, params ReadOnlySpan<byte> bytes) => Memory.Write(address, bytes);

    public void Poke(uint address, string bytes) => Poke(address, Hex(bytes));

    public void Poke16(uint address, uint value) => Memory.Write(address, value & 0xFFFF, 2);

    public void Poke32(uint address, uint value) => Memory.Write(address, value, 4);

    public void Poke64(uint address, ulong value) => Memory.Write(address, value, 8);

    public uint Peek16(uint address) => (uint)Memory.Read(address, 2);

    public uint Peek32(uint address) => (uint)Memory.Read(address, 4);

    public ulong Peek64(uint address) => Memory.Read(address, 8);

    public byte Peek8(uint address) => (byte)Memory.Read(address, 1);

    /// <summary>Real mode at CS:IP with all other segments at 0 and SP 7000h.</summary>
    public void Real(ushort cs = 0, uint ip = 0x7C00)
    {
        Cpu.Reset();
        for (int i = 0; i < 6; i++)
        {
            SetSegment(i, i == Seg.Cs ? cs : (ushort)0, i == Seg.Cs ? (uint)cs << 4 : 0, 0xFFFF, Registers.Descriptor.RealMode);
        }

        S->IdtLimit = 0x3FF;
        S->Rip = ip;
        this[Gpr.Sp] = 0x7000;
        Cpu.StateChanged();
    }

    /// <summary>Protected mode, flat, 32 bits, at a level (0, 1 or 3), with EIP at <see cref="Code"/> and ESP at <see cref="Stack"/>.</summary>
    public void Protected(int cpl = 0)
    {
        Cpu.Reset();
        WriteTables();
        S->Cr0 = Cr0.Et | Cr0.Pe;
        S->GdtBase = Gdt;
        S->GdtLimit = 0xFFF;
        S->IdtBase = Idt;
        S->IdtLimit = 0x7FF;
        (ushort code, ushort data) = cpl switch { 0 => (KernelCode, KernelData), 1 => (Code1, Data1), _ => (UserCode, UserData) };
        uint level = (uint)cpl << Registers.Descriptor.DplShift;
        const uint Flat = Registers.Descriptor.RealMode | Registers.Descriptor.Big | Registers.Descriptor.Granularity;
        for (int i = 0; i < 6; i++)
        {
            SetSegment(i, i == Seg.Cs ? code : data, 0, uint.MaxValue, Flat | level | (i == Seg.Cs ? Registers.Descriptor.Code : 0));
        }

        SetSegment(Seg.Tr, TaskState, Tss, 0x67, Registers.Descriptor.Present | (Registers.Descriptor.BusyTss32 << Registers.Descriptor.TypeShift));
        SetSegment(Seg.Ldtr, 0, 0, 0, 0);
        S->Cpl = (byte)cpl;
        S->Rip = Code;
        this[Gpr.Sp] = Stack;
        Cpu.StateChanged();
    }

    /// <summary>Turns on 32-bit paging with everything mapped to itself for all; <see cref="Pte"/> gives the entries' places.</summary>
    public void Paging(ulong cr0 = 0, ulong cr4 = 0)
    {
        for (uint i = 0; i < RamSize >> 22; i++)
        {
            Poke32(PageDirectory + (i * 4), (PageTables + (i << 12)) | 7);
        }

        for (uint page = 0; page < RamSize >> 12; page++)
        {
            Poke32(PageTables + (page * 4), (page << 12) | 7);
        }

        S->Cr3 = PageDirectory;
        TurnOn(cr0, cr4);
    }

    /// <summary>The same with PAE.</summary>
    public void PaePaging(ulong cr0 = 0, ulong cr4 = 0, ulong efer = 0)
    {
        Poke64(Pdpt, PaeDirectory | 1);
        for (uint i = 0; i < RamSize >> 21; i++)
        {
            Poke64(PaeDirectory + (i * 8), (PaeTables + (i << 12)) | 7);
        }

        for (uint page = 0; page < RamSize >> 12; page++)
        {
            Poke64(PaeTables + (page * 8), (page << 12) | 7);
        }

        S->Cr3 = Pdpt;
        S->Efer = efer;
        TurnOn(cr0, cr4 | Cr4.Pae);
    }

    public static uint Pte(uint linear) => PageTables + ((linear >> 12) * 4);

    public static uint Pde(uint linear) => PageDirectory + ((linear >> 22) * 4);

    public static uint PaePte(uint linear) => PaeTables + ((linear >> 12) * 8);

    public static uint PaePde(uint linear) => PaeDirectory + ((linear >> 21) * 8);

    public void SetSegment(int index, ushort selector, ulong segmentBase, uint limit, uint attributes)
    {
        SegmentCache* segment = CpuState.Segment(S, index);
        segment->Selector = selector;
        segment->Base = segmentBase;
        segment->Limit = limit;
        segment->Attributes = attributes;
    }

    /// <summary>Writes a descriptor; access is the byte with P, DPL, S and type, flags the nibble G, D, L, AVL.</summary>
    public void Descriptor(int number, uint segmentBase, uint limit, int access, int flags)
    {
        uint at = Gdt + (uint)(number * 8);
        Poke32(at, (limit & 0xFFFF) | (segmentBase << 16));
        Poke32(at + 4, ((segmentBase >> 16) & 0xFF) | ((uint)access << 8) | (limit & 0xF_0000) | ((uint)flags << 20) | (segmentBase & 0xFF00_0000));
    }

    /// <summary>Writes a gate at an address of the GDT or IDT.</summary>
    public void Gate(uint at, ushort selector, uint offset, int access, int parameters = 0)
    {
        Poke32(at, (offset & 0xFFFF) | ((uint)selector << 16));
        Poke32(at + 4, (uint)parameters | ((uint)access << 8) | (offset & 0xFFFF_0000));
    }

    public static uint GdtEntry(int number) => Gdt + (uint)(number * 8);

    public static uint IdtEntry(int vector) => Idt + (uint)(vector * 8);

    /// <summary>Runs exactly that many instructions, one after the other.</summary>
    public void Step(int instructions = 1)
    {
        for (int i = 0; i < instructions; i++)
        {
            Cpu.Run(1);
        }
    }

    /// <summary>Runs until HLT.</summary>
    public void RunToHalt(int most = 100_000)
    {
        Assert.That(Cpu.Run(most), Is.EqualTo(RunResult.Halted), () => string.Create(CultureInfo.InvariantCulture, $"not halted: {Cpu.DumpRegisters()}"));
    }

    /// <summary>Runs until the HLT of an exception handler and says what it found.</summary>
    public Trap RunToTrap(int most = 100_000)
    {
        RunToHalt(most);
        Assert.That(Eip - 1 - Handlers, Is.LessThan(0x1000), () => $"halted, but not in a handler: {Cpu.DumpRegisters()}");
        int vector = (int)((Eip - 1 - Handlers) >> 4);
        uint at = this[Gpr.Sp];
        uint? error = null;
        if (Vector.HasErrorCode(vector))
        {
            error = Peek32(at);
            at += 4;
        }

        return new Trap(vector, error, Peek32(at), (ushort)Peek32(at + 4), Peek32(at + 8), Peek32(at + 12), (ushort)Peek32(at + 16));
    }

    public void Dispose()
    {
        Cpu.Dispose();
        _ram.Dispose();
    }

    private void TurnOn(ulong cr0, ulong cr4)
    {
        S->Cr0 |= Cr0.Pg | cr0;
        S->Cr4 = cr4;
        Cpu.StateChanged();
    }

    private void WriteTables()
    {
        Descriptor(0, 0, 0, 0, 0);
        Descriptor(1, 0, 0xFFFFF, 0x9B, 0xC);
        Descriptor(2, 0, 0xFFFFF, 0x93, 0xC);
        Descriptor(3, 0, 0xFFFFF, 0xFB, 0xC);
        Descriptor(4, 0, 0xFFFFF, 0xF3, 0xC);
        Descriptor(5, Tss, 0x67, 0x8B, 0);
        Descriptor(6, 0, 0xFFFFF, 0xBB, 0xC);
        Descriptor(7, 0, 0xFFFFF, 0xB3, 0xC);
        Poke32(Tss + 4, KernelStack);
        Poke32(Tss + 8, KernelData);
        Poke32(Tss + 12, Stack1);
        Poke32(Tss + 16, Data1);
        Poke16(Tss + 102, 0x68);
        for (uint vector = 0; vector < 256; vector++)
        {
            Gate(IdtEntry((int)vector), KernelCode, Handlers + (vector << 4), 0x8E);
            Poke(Handlers + (vector << 4), 0xF4);
        }
    }
}
