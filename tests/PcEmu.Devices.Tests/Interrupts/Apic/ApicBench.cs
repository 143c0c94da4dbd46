using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Interrupts;
using PcEmu.Devices.Tests.Isa;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Interrupts;

/// <summary>Processors with nothing but local APICs, an I/O APIC, and memory in which they stand.</summary>
internal sealed class ApicBench
{
    public const ulong IoApicBase = 0xFEC0_0000;

    private readonly MemoryRegion _root = MemoryRegion.Container("system", 1ul << 32);
    private readonly AddressSpace _memory;

    public ApicBench(int processors = 1, bool tscDeadline = true)
    {
        Log = new EventLog { Observer = Messages.Add };
        Log.Enable(LogItems.GuestErrors | LogItems.Unimplemented);
        Timers = new TimerQueue(Clock);
        _memory = new AddressSpace("memory", _root, Log);
        Bus = new ApicBus(() => Current, Log);
        Cpus = [.. Enumerable.Range(0, processors).Select(i => new Cpu(this, i, tscDeadline))];
        IoApic = new IoApic(Bus, () => PicVector, Log);
        _root.Add(Bus.Messages, ApicBus.DefaultBase);
        _root.Add(Bus.Registers, ApicBus.DefaultBase, priority: 1);
        _root.Add(IoApic.Registers, IoApicBase);
        foreach (Cpu cpu in Cpus)
        {
            cpu.Apic.Reset();
        }

        IoApic.Reset();
    }

    public ManualClock Clock { get; } = new() { Now = 1000 };

    public TimerQueue Timers { get; }

    public EventLog Log { get; }

    public List<string> Messages { get; } = [];

    public ApicBus Bus { get; }

    public Cpu[] Cpus { get; }

    public LocalApic Apic => Cpus[0].Apic;

    public IoApic IoApic { get; }

    /// <summary>The processor that makes the accesses.</summary>
    public int Current { get; set; }

    /// <summary>What the 8259s answer.</summary>
    public int PicVector { get; set; } = 0x08;

    public uint this[int register]
    {
        get => (uint)_memory.Read(ApicBus.DefaultBase + (ulong)register, 4);
        set => _memory.Write(ApicBus.DefaultBase + (ulong)register, value, 4);
    }

    public void Write(ulong address, ulong value, int size = 4) => _memory.Write(address, value, size);

    public ulong Read(ulong address, int size = 4) => _memory.Read(address, size);

    public uint ReadIo(int register)
    {
        Write(IoApicBase, (uint)register);
        return (uint)Read(IoApicBase + 0x10);
    }

    public void WriteIo(int register, uint value)
    {
        Write(IoApicBase, (uint)register);
        Write(IoApicBase + 0x10, value);
    }

    public void Advance(long nanoseconds) => Clock.Advance(nanoseconds, Timers);

    /// <summary>Turns all local APICs on and gives them flat logical ids 1, 2, 4...</summary>
    public ApicBench Enable()
    {
        for (int i = Cpus.Length - 1; i >= 0; i--)
        {
            Current = i;
            this[ApicRegister.Svr] = 0x1FF;
            this[ApicRegister.Ldr] = 0x0100_0000u << (i & 7);
        }

        return this;
    }

    /// <summary>Requests of a processor: the vectors in hexadecimal.</summary>
    public string Requests(int cpu) => Vectors(cpu, ApicRegister.Irr);

    public bool HasRequest(int cpu, int vector) => Requests(cpu).Contains($"{vector:X2}", StringComparison.Ordinal);

    /// <summary>The vectors in one of a processor's 256-bit registers.</summary>
    public string Vectors(int cpu, int first)
    {
        int before = Current;
        Current = cpu;
        string found = string.Join(' ', Enumerable.Range(0, 256).Where(v => (this[first + (v / 32 * 16)] >> (v % 32) & 1) != 0).Select(static v => $"{v:X2}"));
        Current = before;
        return found;
    }

    public static byte[] Save(Core.Device device)
    {
        var writer = new StateWriter();
        device.StateSections.Single().Save(writer);
        return writer.Written.ToArray();
    }

    public static void Load(Core.Device device, byte[] bytes, int? version = null)
    {
        StateSection section = device.StateSections.Single();
        var reader = new StateReader(bytes);
        section.Load(ref reader, version ?? section.Version);
        Assert.That(reader.Remaining, Is.Zero, "every byte of the section is taken");
    }

    internal sealed class Cpu
    {
        private readonly List<string> _events = [];

        public Cpu(ApicBench bench, int number, bool tscDeadline)
        {
            Intr = new Probe(bench.Clock);
            Apic = new LocalApic(number == 0, bench.Timers, bench.Bus, new LocalApicWiring
            {
                Intr = Intr,
                AcknowledgePic = () => bench.PicVector,
                Nmi = () => _events.Add("nmi"),
                Smi = () => _events.Add("smi"),
                Init = () => _events.Add("init"),
                StartUp = vector => _events.Add($"start 0x{vector:x2}"),
                TimeStamp = tscDeadline ? () => (ulong)bench.Clock.Now : null,
            }, bench.Log);
        }

        public LocalApic Apic { get; }

        public Probe Intr { get; }

        public string Happened => string.Join(", ", _events);
    }
}

/// <summary>Offsets of the local APIC's registers.</summary>
internal static class ApicRegister
{
    public const int Id = 0x20;
    public const int Version = 0x30;
    public const int Tpr = 0x80;
    public const int Ppr = 0xA0;
    public const int Eoi = 0xB0;
    public const int Ldr = 0xD0;
    public const int Dfr = 0xE0;
    public const int Svr = 0xF0;
    public const int Isr = 0x100;
    public const int Tmr = 0x180;
    public const int Irr = 0x200;
    public const int Esr = 0x280;
    public const int IcrLow = 0x300;
    public const int IcrHigh = 0x310;
    public const int LvtTimer = 0x320;
    public const int LvtThermal = 0x330;
    public const int LvtPerf = 0x340;
    public const int LvtLint0 = 0x350;
    public const int LvtLint1 = 0x360;
    public const int LvtError = 0x370;
    public const int InitialCount = 0x380;
    public const int CurrentCount = 0x390;
    public const int Divide = 0x3E0;
}
