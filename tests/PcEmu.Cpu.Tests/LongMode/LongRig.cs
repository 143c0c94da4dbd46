using System.Globalization;
using Iced.Intel;
using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>What a handler of long mode finds on its stack, and where that stack is.</summary>
internal sealed record LongTrap(int Vector, ulong? Error, ulong Rip, ulong Cs, ulong Rflags, ulong Rsp, ulong Ss, ulong Frame);

/// <summary>A CPU in 64-bit mode with 16 MiB of RAM mapped to itself (and once more in the topmost 512 GiB), and a HLT for every vector.</summary>
internal sealed unsafe class LongRig : IDisposable
{
    public const ushort KernelCode = 0x08;
    public const ushort KernelData = 0x10;
    public const ushort KernelCode32 = 0x18;
    public const ushort UserCode32 = 0x23;
    public const ushort UserData = 0x2B;
    public const ushort UserCode = 0x33;
    public const ushort TaskState = 0x38;
    public const int FirstFreeDescriptor = 10;

    public const uint Gdt = 0x10_0000;
    public const uint Idt = 0x10_1000;
    public const uint Tss = 0x10_2000;
    public const uint Pml4 = 0x11_0000;
    public const uint Pdpt = 0x11_1000;
    public const uint Directory = 0x11_2000;
    public const uint Tables = 0x11_3000;
    public const uint SpareDirectory = 0x12_0000;
    public const uint SpareTable = 0x12_1000;
    public const uint Handlers = 0x20_0000;
    public const uint Code = 0x30_0000;
    public const uint Data = 0x34_0000;
    public const uint Stack = 0x38_0000;
    public const uint KernelStack = 0x39_8000;
    public const uint InterruptStack1 = 0x3A_0000;
    public const uint InterruptStack7 = 0x3A_8000;
    public const ulong High = 0xFFFF_FF80_0000_0000;

    private const uint RamSize = 16 << 20;
    private const uint Flat = Registers.Descriptor.RealMode | Registers.Descriptor.Granularity;

    private readonly RamBlock _ram = new("rig", RamSize);

    public LongRig(CpuModel? model = null)
    {
        MemoryRegion root = MemoryRegion.Container("memory", (UInt128)1 << 40);
        root.Add(MemoryRegion.Ram("ram", _ram), 0);
        Memory = new AddressSpace("memory", root, EventLog.Null);
        var wiring = new CpuWiring
        {
            Memory = Memory,
            Ports = new AddressSpace("I/O", MemoryRegion.Container("io", 0x10000), EventLog.Null),
            AcknowledgeInterrupt = static () => 0x20,
            Now = static () => 0x1234_5678_9ABC,
            TripleFault = () => Shutdowns++,
        };
        Cpu = new X86Cpu(model ?? Amd, wiring, EventLog.Null);
        _ram.Observer = Cpu;
        WriteTables();
        Start();
    }

    /// <summary>AMD's kind of CPU with everything that long mode can have.</summary>
    public static CpuModel Amd { get; } = CpuModels.Find("qemu64")! with
    {
        Level = 7,
        Features7 = Features7Ebx.Smep | Features7Ebx.Smap,
        ExtendedEdx = CpuModels.Find("qemu64")!.ExtendedEdx | (1u << 26) | (1u << 27),
    };

    /// <summary>The same by Intel.</summary>
    public static CpuModel Intel { get; } = Amd with { Vendor = "GenuineIntel" };

    public X86Cpu Cpu { get; }

    public CpuState* S => Cpu.State;

    public AddressSpace Memory { get; }

    public int Shutdowns { get; private set; }

    public ulong Rip => S->Rip;

    public ulong this[int register]
    {
        get => S->Gpr[register];
        set => S->Gpr[register] = value;
    }

    public SegmentCache Segment(int index) => *CpuState.Segment(S, index);

    public static byte[] Assemble(int bits, ulong address, Action<Assembler> program)
    {
        var assembler = new Assembler(bits);
        program(assembler);
        using var bytes = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(bytes), address);
        return bytes.ToArray();
    }

    public void Poke(uint address, params ReadOnlySpan<byte> bytes) => Memory.Write(address, bytes);

    public void Poke(uint address, string hex) => Poke(address, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    public void Poke64(uint address, ulong value) => Memory.Write(address, value, 8);

    public ulong Peek64(ulong address) => Memory.Read(address, 8);

    /// <summary>64-bit mode at a level (0 or 3) with RIP at <see cref="Code"/>, RSP at <see cref="Stack"/> and all else zero.</summary>
    public void Start(int cpl = 0)
    {
        Cpu.Reset();
        for (int i = 0; i < 16; i++)
        {
            S->Gpr[i] = 0;
        }

        Enter(cpl);
    }

    /// <summary>The same without a reset: model-specific registers and the general ones stay.</summary>
    public void Enter(int cpl)
    {

        S->Cr0 = Cr0.Et | Cr0.Pe | Cr0.Pg;
        S->Cr3 = Pml4;
        S->Cr4 = Cr4.Pae;
        S->Efer = Efer.Lme | Efer.Lma | Efer.Nxe;
        S->GdtBase = Gdt;
        S->GdtLimit = 0xFFF;
        S->IdtBase = Idt;
        S->IdtLimit = 0xFFF;
        uint level = (uint)cpl << Registers.Descriptor.DplShift;
        for (int i = 0; i < 6; i++)
        {
            bool isCode = i == Seg.Cs;
            ushort selector = (isCode, cpl) switch { (true, 0) => KernelCode, (true, _) => UserCode, (false, 0) => KernelData, _ => UserData };
            SetSegment(i, selector, 0, uint.MaxValue, Flat | level | (isCode ? Registers.Descriptor.Code | Registers.Descriptor.Long : Registers.Descriptor.Big));
        }

        SetSegment(Seg.Tr, TaskState, Tss, 0x67, Registers.Descriptor.Present | (Registers.Descriptor.BusyTss32 << Registers.Descriptor.TypeShift));
        SetSegment(Seg.Ldtr, 0, 0, 0, 0);
        S->Cpl = (byte)cpl;
        S->Rip = Code;
        S->Gpr[Gpr.Sp] = Stack;
        Cpu.StateChanged();
    }

    /// <summary>Makes the code at work 32-bit code of compatibility mode.</summary>
    public void StartCompatibility(int cpl = 0)
    {
        Start(cpl);
        MakeCompatible(cpl);
    }

    /// <summary>The same without a reset.</summary>
    public void MakeCompatible(int cpl)
    {
        uint level = (uint)cpl << Registers.Descriptor.DplShift;
        SetSegment(Seg.Cs, cpl == 0 ? KernelCode32 : UserCode32, 0, uint.MaxValue, Flat | level | Registers.Descriptor.Code | Registers.Descriptor.Big);
        Cpu.StateChanged();
    }

    /// <summary>32-bit protected mode without paging, long mode off.</summary>
    public void StartProtected()
    {
        StartCompatibility();
        S->Cr0 = Cr0.Et | Cr0.Pe;
        S->Cr4 = 0;
        S->Efer = 0;
        Cpu.StateChanged();
    }

    /// <summary>Puts a program at <see cref="Code"/>.</summary>
    public void Program(Action<Assembler> program, int bits = 64) => Poke(Code, Assemble(bits, Code, program));

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
        ulong low = (limit & 0xFFFF) | ((ulong)segmentBase << 16);
        ulong high = ((segmentBase >> 16) & 0xFF) | ((uint)access << 8) | (limit & 0xF_0000) | ((uint)flags << 20) | (segmentBase & 0xFF00_0000);
        Poke64(Gdt + (uint)(number * 8), (uint)low | (high << 32));
    }

    /// <summary>Writes a 16-byte gate; <paramref name="stack"/> is the IST field.</summary>
    public void Gate(uint at, ushort selector, ulong offset, int access, int stack = 0)
    {
        Poke64(at, (offset & 0xFFFF) | ((ulong)selector << 16) | ((ulong)(uint)((stack & 7) | (access << 8)) << 32) | ((offset & 0xFFFF_0000) << 32));
        Poke64(at + 8, offset >> 32);
    }

    public static uint GdtEntry(int number) => Gdt + (uint)(number * 8);

    public static uint IdtEntry(int vector) => Idt + (uint)(vector * 16);

    public static uint Pte(uint linear) => Tables + ((linear >> 12) * 8);

    /// <summary>Runs exactly that many instructions, one after the other.</summary>
    public void Step(int instructions = 1)
    {
        for (int i = 0; i < instructions; i++)
        {
            Cpu.Run(1);
        }
    }

    /// <summary>Runs until HLT.</summary>
    public void RunToHalt() =>
        Assert.That(Cpu.Run(100_000), Is.EqualTo(RunResult.Halted), () => string.Create(CultureInfo.InvariantCulture, $"not halted: {Cpu.DumpRegisters()}"));

    /// <summary>Runs until the HLT of a handler and says what it found.</summary>
    public LongTrap RunToTrap()
    {
        RunToHalt();
        ulong handler = Low(Rip) - 1 - Handlers;
        Assert.That(handler, Is.LessThan(0x1000ul), () => $"halted, but not in a handler: {Cpu.DumpRegisters()}");
        int vector = (int)(handler >> 4);
        ulong frame = Low(this[Gpr.Sp]);
        ulong at = frame;
        ulong? error = null;
        if (Vector.HasErrorCode(vector))
        {
            error = Peek64(at);
            at += 8;
        }

        return new LongTrap(vector, error, Peek64(at), Peek64(at + 8), Peek64(at + 16), Peek64(at + 24), Peek64(at + 32), frame);
    }

    /// <summary>Physical address of one that is mapped to itself or in the topmost 512 GiB.</summary>
    private static ulong Low(ulong address) => address >= High ? address - High : address;

    public void Dispose()
    {
        Cpu.Dispose();
        _ram.Dispose();
    }

    private void WriteTables()
    {
        Descriptor(1, 0, 0xFFFFF, 0x9B, 0xA);
        Descriptor(2, 0, 0xFFFFF, 0x93, 0xC);
        Descriptor(3, 0, 0xFFFFF, 0x9B, 0xC);
        Descriptor(4, 0, 0xFFFFF, 0xFB, 0xC);
        Descriptor(5, 0, 0xFFFFF, 0xF3, 0xC);
        Descriptor(6, 0, 0xFFFFF, 0xFB, 0xA);
        Descriptor(7, Tss, 0x67, 0x8B, 0);
        Poke64(GdtEntry(8), 0);
        Poke64(Tss + 4, KernelStack);
        Poke64(Tss + 36, InterruptStack1);
        Poke64(Tss + 84, InterruptStack7);
        for (int vector = 0; vector < 256; vector++)
        {
            Gate(IdtEntry(vector), KernelCode, Handlers + (uint)(vector << 4), 0x8E);
            Poke(Handlers + (uint)(vector << 4), 0xF4);
        }

        Poke64(Pml4, Pdpt | 7);
        Poke64(Pml4 + (511 * 8), Pdpt | 7);
        Poke64(Pdpt, Directory | 7);
        for (uint i = 0; i < RamSize >> 21; i++)
        {
            Poke64(Directory + (i * 8), (Tables + (i << 12)) | 7);
        }

        for (uint page = 0; page < RamSize >> 12; page++)
        {
            Poke64(Tables + (page * 8), (page << 12) | 7);
        }
    }
}
