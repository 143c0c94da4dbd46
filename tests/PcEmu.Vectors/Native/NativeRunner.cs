using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PcEmu.Cpu.Registers;

namespace PcEmu.Vectors.Native;

/// <summary>Runs the cases of X86VEC1 files.</summary>
/// <remarks>
/// 32-bit cases run at CPL 3 in flat segments, 16-bit ones at CPL 3 in 16-bit segments and then once more in real mode
/// (but for those that are about protection). Exceptions go through descriptor tables that lie outside the areas that
/// cases know; their handlers are recognised by address and never run.
/// </remarks>
public sealed unsafe partial class NativeRunner : IDisposable
{
    private const uint Gdt = 0x10_0000;
    private const uint Tss = 0x10_1000;
    private const uint Idt = 0x10_2000;
    private const uint Handlers = 0x10_4000;
    private const uint KernelStack = 0x11_0000;
    private const uint RealHandlers = 0x1_0000;
    private const ushort KernelCode = 0x08;
    private const ushort KernelData = 0x10;
    private const ushort UserCode = 0x1B;
    private const ushort UserData = 0x23;
    private const ushort TaskState = 0x28;
    private const uint CodePageSize = 0x2000;
    private const uint Kept = Eflags.Arithmetic | Eflags.Df;
    private const int LongestRepeat = 0x20000;

    private readonly VectorMachine _machine = new(4 << 20);
    private readonly Area _flat = new(0x20_0000, 0x30_0000, 0x4000);
    private readonly Area _small = new(0x2_0000, 0x3_0000, 0x1_0000);
    private readonly StringBuilder _text = new();

    /// <summary>Makes a machine with its tables laid out.</summary>
    public NativeRunner()
    {
        WriteTables();
        _machine.Ram(_flat.Code, (int)CodePageSize).Fill(0xCC);
        _machine.Ram(_small.Code, (int)CodePageSize).Fill(0xCC);
    }

    private CpuState* S => _machine.State;

    /// <summary>Runs a case and compares.</summary>
    /// <param name="test">The case.</param>
    /// <returns>Null if all agrees, else the failure in full.</returns>
    public string? Run(NativeCase test)
    {
        string? failure = Run(test, realMode: false);
        return failure is null && RunsInRealMode(test) ? Run(test, realMode: true) : failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    // An exception in real mode needs room on the case's own stack; without it the CPU shuts down.
    private static bool RunsInRealMode(NativeCase test) =>
        test.Mode == 16
        && test.Class != VectorClass.ProtectedOnly
        && (test.Vector == NativeCase.NoVector || (ushort)test.Gpr[Gpr.Sp] is not (1 or 3 or 5));

    private string? Run(NativeCase test, bool realMode)
    {
        Area area = test.Mode == 16 ? _small : _flat;
        uint linear = test.Ip + (test.Mode == 16 ? area.Code : 0);
        _machine.Write(linear, test.Bytes.Span);
        foreach (MemoryRun run in test.Memory)
        {
            run.Bytes.Span.CopyTo(_machine.Ram(run.Address, run.Bytes.Length));
            area.Expect(run);
        }

        Load(test, realMode);
        Execute(test);
        Outcome outcome = Observe(realMode);
        foreach (MemoryRun run in test.FinalMemory)
        {
            area.Expect(run);
        }

        _text.Clear();
        Compare(test, outcome, realMode);
        CompareMemory(test, area, outcome.Frame);
        string? failure = _text.Length == 0 ? null : Describe(test, realMode);

        // Back to the blank state.
        Span<byte> code = _machine.Ram(linear, test.Bytes.Length);
        code.Fill(0xCC);
        _machine.Ram(area.Data, area.Expected.Length).Clear();
        Array.Clear(area.Expected);
        return failure;
    }

    private void Load(NativeCase test, bool realMode)
    {
        if (_machine.Cpu.IsHalted || _machine.TripleFaulted)
        {
            _machine.Cpu.Reset();
            _machine.TripleFaulted = false;
        }

        CpuState* s = S;
        for (int i = 0; i < 16; i++)
        {
            s->Gpr[i] = test.Gpr[i];
        }

        s->Rip = test.Ip;
        Flags.Write(s, test.Eflags, uint.MaxValue);
        LoadX87(test.X87 ?? Initial);
        s->Cr0 = Cr0.Mp | Cr0.Et | Cr0.Ne | Cr0.Am | (realMode ? 0 : Cr0.Pe);
        if (realMode)
        {
            for (int i = 0; i < 6; i++)
            {
                bool isCode = i == Seg.Cs;
                _machine.SetSegment(i, (ushort)(isCode ? 0x2000 : 0x3000), isCode ? _small.Code : _small.Data, 0xFFFF, Descriptor.RealMode);
            }

            s->Cpl = 0;
            s->IdtBase = 0;
            s->IdtLimit = 0x3FF;
        }
        else
        {
            const uint User = Descriptor.RealMode | (3u << Descriptor.DplShift);
            const uint Wide = Descriptor.Big | Descriptor.Granularity;
            for (int i = 0; i < 6; i++)
            {
                bool isCode = i == Seg.Cs;
                uint attributes = User | (isCode ? Descriptor.Code : 0);
                ushort selector = isCode ? UserCode : UserData;
                if (test.Mode == 16)
                {
                    _machine.SetSegment(i, selector, isCode ? _small.Code : _small.Data, 0xFFFF, attributes);
                }
                else
                {
                    _machine.SetSegment(i, selector, 0, uint.MaxValue, attributes | Wide);
                }
            }

            s->Cpl = 3;
            s->IdtBase = Idt;
            s->IdtLimit = 0x7FF;
            s->GdtBase = Gdt;
            s->GdtLimit = 0x2F;
            _machine.SetSegment(Seg.Tr, TaskState, Tss, 0x67, Descriptor.Present | (Descriptor.BusyTss32 << Descriptor.TypeShift));
            _machine.SetSegment(Seg.Ldtr, 0, 0, 0, 0);
        }

        _machine.Cpu.StateChanged();
    }

    // One instruction; a repeated one to its end.
    private void Execute(NativeCase test)
    {
        ushort selector = CpuState.Segment(S, Seg.Cs)->Selector;
        int rounds = test.Class == VectorClass.String ? LongestRepeat : 1;
        do
        {
            _machine.Cpu.Run(1);
        }
        while (--rounds > 0 && S->Rip == test.Ip && CpuState.Segment(S, Seg.Cs)->Selector == selector);
    }

    private Outcome Observe(bool realMode)
    {
        CpuState* s = S;
        SegmentCache* cs = CpuState.Segment(s, Seg.Cs);
        var outcome = new Outcome { Vector = NativeCase.NoVector, Ip = s->Rip, Flags = Flags.Read(s), Sp = s->Gpr[Gpr.Sp] };
        if (realMode)
        {
            if (cs->Base == RealHandlers)
            {
                // IP, CS and FLAGS are on the case's own stack.
                uint at = _small.Data + (ushort)s->Gpr[Gpr.Sp];
                outcome.Vector = (byte)s->Rip;
                outcome.Ip = Word(at);
                outcome.Flags = Word(at + 4);
                outcome.Sp = (s->Gpr[Gpr.Sp] & ~0xFFFFul) | (ushort)(s->Gpr[Gpr.Sp] + 6);
                outcome.Frame = at;
            }
        }
        else if (cs->Selector == KernelCode && s->Rip - Handlers < 256)
        {
            uint at = (uint)s->Gpr[Gpr.Sp];
            outcome.Vector = (byte)(s->Rip - Handlers);
            if (Vector.HasErrorCode(outcome.Vector))
            {
                outcome.Error = Dword(at);
                at += 4;
            }

            outcome.Ip = Dword(at);
            outcome.Flags = Dword(at + 8);
            outcome.Sp = Dword(at + 12);
        }

        return outcome;
    }

    private void Compare(NativeCase test, in Outcome outcome, bool realMode)
    {
        if (_machine.TripleFaulted)
        {
            Differs("state", "running", "shutdown");
        }

        if (outcome.Vector != test.Vector)
        {
            Differs("vector", Number(test.Vector), Number(outcome.Vector));
        }

        if (!realMode && outcome.Error != test.Error)
        {
            Differs("error code", Hex(test.Error), Hex(outcome.Error));
        }

        if (outcome.Ip != test.FinalIp)
        {
            Differs("ip", Hex(test.FinalIp), Hex(outcome.Ip));
        }

        for (int i = 0; i < (test.Mode == 64 ? 16 : 8); i++)
        {
            ulong actual = i == Gpr.Sp ? outcome.Sp : S->Gpr[i];
            if (test.Mode != 64)
            {
                actual = (uint)actual;
            }

            if (actual != test.FinalGpr[i] && (test.UndefinedGpr >> i & 1) == 0)
            {
                Differs(Text.Register(i, test.Mode == 16 ? 32 : test.Mode), Hex(test.FinalGpr[i]), Hex(actual));
            }
        }

        uint kept = Kept & ~test.UndefinedEflags;
        if (((outcome.Flags ^ test.FinalEflags) & kept) != 0)
        {
            Differs("flags", Text.Flags(test.FinalEflags & kept), Text.Flags(outcome.Flags & kept));
        }

        CompareX87(test);
    }

    private void CompareMemory(NativeCase test, Area area, uint? frame)
    {
        Span<byte> actual = _machine.Ram(area.Data, area.Expected.Length);
        Span<byte> expected = area.Expected;
        foreach (IgnoredRun run in test.Ignored)
        {
            int at = (int)(run.Address - area.Data);
            expected.Slice(at, run.Length).CopyTo(actual[at..]);
        }

        if (frame is { } stack)
        {
            for (uint i = 0; i < 6; i++)
            {
                int at = (ushort)(stack - area.Data + i);
                actual[at] = expected[at];
            }
        }

        for (int from = 0; ;)
        {
            int same = actual[from..].CommonPrefixLength(expected[from..]);
            from += same;
            if (from == actual.Length)
            {
                return;
            }

            Differs($"memory {Hex(area.Data + (uint)from)}", Hex(expected[from]), Hex(actual[from]));
            from++;
        }
    }

    private string Describe(NativeCase test, bool realMode)
    {
        var text = new StringBuilder();
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append(plain, $"case {test.Number}: {test.Form} ({Coverage.Name(test.Class)}, {test.Mode}-bit{(realMode ? ", real mode" : "")})\n");
        text.Append(plain, $"  {Text.Disassembly(test.Bytes.Span, test.Mode, test.Ip)}\n  before: ip {test.Ip:x}");
        for (int i = 0; i < (test.Mode == 64 ? 16 : 8); i++)
        {
            text.Append(plain, $" {Text.Register(i, test.Mode == 16 ? 32 : test.Mode)} {test.Gpr[i]:x}");
        }

        text.Append(plain, $" {Text.Flags(test.Eflags)}\n");
        DescribeX87(test, text);
        foreach (MemoryRun run in test.Memory)
        {
            text.Append(plain, $"  memory {run.Address:x}: {Convert.ToHexString(run.Bytes.Span[..Math.Min(64, run.Bytes.Length)])}\n");
        }

        return text.Append(_text).ToString();
    }

    private void Differs(string what, string expected, string actual) =>
        _text.Append(CultureInfo.InvariantCulture, $"  {what}: expected {expected}, is {actual}\n");

    private static string Hex(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);

    private static string Number(byte vector) => vector == NativeCase.NoVector ? "none" : vector.ToString(CultureInfo.InvariantCulture);

    private uint Word(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(_machine.Ram(address, 2));

    private uint Dword(uint address) => BinaryPrimitives.ReadUInt32LittleEndian(_machine.Ram(address, 4));

    private void WriteTables()
    {
        ulong[] gdt =
        [
            0, 0x00CF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF, 0x00CF_FB00_0000_FFFF, 0x00CF_F300_0000_FFFF,
            0x0000_8B00_0000_0067 | ((ulong)(Tss & 0xFF_FFFF) << 16),
        ];
        for (int i = 0; i < gdt.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_machine.Ram(Gdt + (uint)(i * 8), 8), gdt[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_machine.Ram(Tss + 4, 4), KernelStack);
        BinaryPrimitives.WriteUInt32LittleEndian(_machine.Ram(Tss + 8, 4), KernelData);

        // The I/O permission map would begin behind the limit: no port is open.
        BinaryPrimitives.WriteUInt16LittleEndian(_machine.Ram(Tss + 102, 2), 0x68);
        for (uint vector = 0; vector < 256; vector++)
        {
            // As operating systems have it: only INT3 and INTO are open to all.
            uint offset = Handlers + vector;
            uint level = vector is Vector.Breakpoint or Vector.Overflow ? 3u << Descriptor.DplShift : 0;
            uint high = (offset & 0xFFFF_0000) | Descriptor.Present | level | (Descriptor.InterruptGate32 << Descriptor.TypeShift);
            BinaryPrimitives.WriteUInt32LittleEndian(_machine.Ram(Idt + (vector * 8), 4), (offset & 0xFFFF) | ((uint)KernelCode << 16));
            BinaryPrimitives.WriteUInt32LittleEndian(_machine.Ram(Idt + (vector * 8) + 4, 4), high);
            BinaryPrimitives.WriteUInt32LittleEndian(_machine.Ram(vector * 4, 4), vector | (RealHandlers << 12));
        }
    }

    private struct Outcome
    {
        public byte Vector;
        public uint Error;
        public ulong Ip;
        public uint Flags;
        public ulong Sp;
        public uint? Frame;
    }

    private sealed class Area(uint code, uint data, int length)
    {
        public uint Code => code;

        public uint Data => data;

        public byte[] Expected { get; } = new byte[length];

        public void Expect(MemoryRun run) => run.Bytes.Span.CopyTo(Expected.AsSpan((int)(run.Address - data)));
    }
}
