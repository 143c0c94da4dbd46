using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Decode;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Mmu;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu;

/// <summary>What a CPU needs from the board around it.</summary>
public sealed class CpuWiring
{
    /// <summary>Physical memory.</summary>
    public required AddressSpace Memory { get; init; }

    /// <summary>I/O ports.</summary>
    public required AddressSpace Ports { get; init; }

    /// <summary>The INTA cycle: gives the vector of the interrupt that INTR announces.</summary>
    public required Func<int> AcknowledgeInterrupt { get; init; }

    /// <summary>Guest time in nanoseconds, for the time stamp counter.</summary>
    public required Func<long> Now { get; init; }

    /// <summary>A triple fault's shutdown cycle; the board resets the machine.</summary>
    public required Action TripleFault { get; init; }

    /// <summary>Reads the local APIC's IA32_APIC_BASE (MSR 1Bh); null where the processor has no local APIC.</summary>
    public Func<ulong>? ReadApicBase { get; init; }

    /// <summary>Writes IA32_APIC_BASE.</summary>
    public Action<ulong>? WriteApicBase { get; init; }

    /// <summary>FERR#: an unmasked x87 error while CR0.NE is clear (IRQ 13).</summary>
    public Action? FloatingPointError { get; init; }
}

/// <summary>One x86 CPU: registers, MMU, decoder and interpreter (tier T0).</summary>
/// <remarks>
/// Belongs to the machine's thread. <see cref="Run"/> executes until its instruction budget is used up, HLT stops it or
/// <see cref="RequestExit"/> is called; interrupts and exceptions are delivered between blocks. Source of all semantics:
/// Intel 64 and IA-32 Architectures Software Developer's Manual, volumes 2 and 3.
/// </remarks>
public sealed unsafe partial class X86Cpu : IDisposable, IRamObserver
{
    private readonly AddressSpace _memory;
    private readonly AddressSpace _ports;
    private readonly CpuWiring _wiring;
    private readonly EventLog _log;
    private readonly CodeCache _code;
    private readonly BlockDecoder _decoder;
    private readonly byte* _storage;
    private readonly nuint _storageLength;
    private readonly CpuState* _s;
    private GCHandle _self;
    private bool _disposed;

    /// <summary>Makes a CPU in its power-on state.</summary>
    /// <param name="model">What CPUID says and what the CPU can do.</param>
    /// <param name="wiring">The board around it.</param>
    /// <param name="log">For <c>-d int,in_asm,cpu</c>.</param>
    public X86Cpu(CpuModel model, CpuWiring wiring, EventLog log)
    {
        Model = model;

        // Bits 62 down to the width of physical addresses must be zero in PAE entries.
        _reservedAddress = (ulong.MaxValue << model.PhysicalAddressBits) & (ulong.MaxValue >> 1);
        _wiring = wiring;
        _memory = wiring.Memory;
        _ports = wiring.Ports;
        _log = log;
        nuint stateSize = ((nuint)sizeof(CpuState) + 4095) & ~(nuint)4095;
        nuint tlbSize = TlbEntry.Count * (nuint)sizeof(TlbEntry);
        nuint jumpCacheSize = (nuint)(1 << JumpCacheEntry.Bits) * (nuint)sizeof(JumpCacheEntry);
        _storageLength = stateSize + (2 * tlbSize) + jumpCacheSize + 4096;
        _storage = (byte*)NativeMemory.AlignedAlloc(_storageLength, 4096);
        NativeMemory.Clear(_storage, _storageLength);
        _s = (CpuState*)_storage;
        _supervisorTlb = (TlbEntry*)(_storage + stateSize);
        _userTlb = (TlbEntry*)(_storage + stateSize + tlbSize);
        _s->JumpCache = (JumpCacheEntry*)(_storage + stateSize + (2 * tlbSize));
        _s->ExitUop = (Uop*)(_storage + stateSize + (2 * tlbSize) + jumpCacheSize);
        _s->ExitUop->Run = Shell.Of<Ops.ExitChain>();
        _self = GCHandle.Alloc(this);
        _s->Owner = GCHandle.ToIntPtr(_self);
        _code = new CodeCache();
        _decoder = new BlockDecoder(model, log);
        _memory.Changed += MemoryMapChanged;
        Reset();
    }

    /// <summary>The model that CPUID shows.</summary>
    public CpuModel Model { get; }

    /// <summary>The registers. Valid while the CPU is not running; call <see cref="StateChanged"/> after writing to them.</summary>
    public CpuState* State => _s;

    /// <summary>Instructions executed since power-on. Inside an operation's slow path it is exact for that instruction.</summary>
    public long InstructionCount =>
        _retired + (_slice - _s->Budget) - _reserve + (_inChain && _s->Current != null ? _s->Current->Count : 0);

    /// <summary>The CPU that a state belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static X86Cpu Of(CpuState* s) => Unsafe.As<X86Cpu>(GCHandle.FromIntPtr(s->Owner).Target!);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _memory.Changed -= MemoryMapChanged;
            _decoder.Dispose();
            _code.Dispose();
            _self.Free();
            NativeMemory.AlignedFree(_storage);
        }
    }
}
