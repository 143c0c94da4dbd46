using System.Globalization;
using System.Text;
using PcEmu.Cpu.Registers;

namespace PcEmu.Vectors.Moo;

/// <summary>Runs the cases of 80286 MOO files in real mode.</summary>
/// <remarks>
/// A case ends with the HLT behind the instruction; where the instruction goes elsewhere, a HLT stands at the target for
/// as long as it takes, as the recorder injected one on the bus.
/// </remarks>
public sealed unsafe class MooRunner : IDisposable
{
    private const uint FlagsOf286 = 0xFFF;
    private const int LongestRepeat = 0x20000;
    private const byte Hlt = 0xF4;

    private readonly VectorMachine _machine = new(16 << 20);
    private readonly StringBuilder _text = new();

    private CpuState* S => _machine.State;

    /// <summary>Runs a case and compares.</summary>
    /// <returns>Null if all agrees, else the failure in full.</returns>
    public string? Run(MooCase test)
    {
        foreach ((uint address, byte value) in test.MemoryBefore)
        {
            _machine.Write(address, [value]);
        }

        Load(test);
        Execute(test);
        _text.Clear();
        Compare(test);
        foreach ((uint address, _) in test.MemoryBefore.Concat(test.MemoryAfter))
        {
            _machine.Write(address, [0]);
        }

        if (_text.Length == 0)
        {
            return null;
        }

        // A case gone wrong may have written anywhere.
        _machine.Write(0, new byte[16 << 20]);
        return Describe(test);
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private void Load(MooCase test)
    {
        _machine.Cpu.Reset();
        _machine.TripleFaulted = false;
        CpuState* s = S;
        ushort[] r = test.Before.Values;
        s->Gpr[Gpr.Ax] = r[0];
        s->Gpr[Gpr.Bx] = r[1];
        s->Gpr[Gpr.Cx] = r[2];
        s->Gpr[Gpr.Dx] = r[3];
        s->Gpr[Gpr.Sp] = r[8];
        s->Gpr[Gpr.Bp] = r[9];
        s->Gpr[Gpr.Si] = r[10];
        s->Gpr[Gpr.Di] = r[11];
        s->Rip = r[MooRegisters.Ip];
        Flags.Write(s, r[MooRegisters.Flags] & FlagsOf286, uint.MaxValue);
        ReadOnlySpan<int> order = [Seg.Cs, Seg.Ss, Seg.Ds, Seg.Es];
        for (int i = 0; i < order.Length; i++)
        {
            ushort selector = r[4 + i];
            _machine.SetSegment(order[i], selector, (ulong)selector << 4, 0xFFFF, Descriptor.RealMode);
        }

        s->IdtLimit = 0x3FF;
        _machine.Cpu.StateChanged();
    }

    private void Execute(MooCase test)
    {
        ushort ip = test.Before.Values[MooRegisters.Ip];
        ulong codeBase = CpuState.Segment(S, Seg.Cs)->Base;
        int rounds = I286Differences.IsRepeated(test) ? LongestRepeat : 1;
        do
        {
            _machine.Cpu.Run(1);
        }
        while (--rounds > 0 && S->Rip == ip && CpuState.Segment(S, Seg.Cs)->Base == codeBase);

        if (_machine.Cpu.IsHalted)
        {
            return;
        }

        uint target = (uint)(CpuState.Segment(S, Seg.Cs)->Base + S->Rip);
        byte there = _machine.Ram(target, 1)[0];
        _machine.Write(target, [Hlt]);
        _machine.Cpu.Run(1);
        _machine.Write(target, [there]);
    }

    private void Compare(MooCase test)
    {
        CpuState* s = S;
        uint undefined = I286Differences.UndefinedFlags(test);
        ReadOnlySpan<ushort> actual =
        [
            (ushort)s->Gpr[Gpr.Ax], (ushort)s->Gpr[Gpr.Bx], (ushort)s->Gpr[Gpr.Cx], (ushort)s->Gpr[Gpr.Dx],
            CpuState.Segment(s, Seg.Cs)->Selector, CpuState.Segment(s, Seg.Ss)->Selector,
            CpuState.Segment(s, Seg.Ds)->Selector, CpuState.Segment(s, Seg.Es)->Selector,
            (ushort)s->Gpr[Gpr.Sp], (ushort)s->Gpr[Gpr.Bp], (ushort)s->Gpr[Gpr.Si], (ushort)s->Gpr[Gpr.Di],
            (ushort)s->Rip, (ushort)Flags.Read(s),
        ];
        if (!_machine.Cpu.IsHalted)
        {
            Differs("state", "halted", "running");
        }

        if (_machine.TripleFaulted)
        {
            Differs("state", "halted", "shutdown");
        }

        ushort unrestored = I286Differences.UnrestoredRegisters(test);
        for (int i = 0; i < actual.Length; i++)
        {
            ushort expected = test.After.Has(i) ? test.After.Values[i] : test.Before.Values[i];
            if (i == MooRegisters.Flags)
            {
                uint kept = FlagsOf286 & ~undefined;
                if (((expected ^ actual[i]) & kept) != 0)
                {
                    Differs("flags", Text.Flags(expected & kept), Text.Flags(actual[i] & kept));
                }
            }
            else if (expected != actual[i] && (unrestored >> i & 1) == 0)
            {
                Differs(MooRegisters.Names[i], Hex(expected), Hex(actual[i]));
            }
        }

        foreach ((uint address, byte value) in test.MemoryAfter)
        {
            // The pushed FLAGS have the same open bits. (The address in the file is off by one when SP is odd.)
            uint mask = 0xFF;
            uint fromFlags = address - PushedFlags(test);
            if (test.Exception is not null && fromFlags < 2)
            {
                mask = (FlagsOf286 & ~undefined) >> (int)(8 * fromFlags) & 0xFF;
            }

            byte now = _machine.Ram(address, 1)[0];
            if (((value ^ now) & mask) != 0)
            {
                Differs($"memory {Hex(address)}", Hex(value), Hex(now));
            }
        }
    }

    // FLAGS are the topmost of the three words on the stack.
    private static uint PushedFlags(MooCase test) =>
        ((uint)test.Before.Values[MooRegisters.Ss] << 4) + (ushort)(test.After.Values[MooRegisters.Sp] + 4);

    private string Describe(MooCase test)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        ushort[] r = test.Before.Values;
        var text = new StringBuilder();
        text.Append(plain, $"286 {test.Form} case {test.Number}: {test.Name}\n");
        text.Append(plain, $"  {Text.Disassembly(test.Bytes, 16, r[MooRegisters.Ip])}\n  before:");
        for (int i = 0; i < MooRegisters.Flags; i++)
        {
            text.Append(plain, $" {MooRegisters.Names[i]} {r[i]:x4}");
        }

        text.Append(plain, $" {Text.Flags(r[MooRegisters.Flags])}");
        if (test.Exception is { } exception)
        {
            text.Append(plain, $" vector {exception.Vector}");
        }

        return text.Append('\n').Append(_text).ToString();
    }

    private void Differs(string what, string expected, string actual) =>
        _text.Append(CultureInfo.InvariantCulture, $"  {what}: expected {expected}, is {actual}\n");

    private static string Hex(uint value) => value.ToString("x", CultureInfo.InvariantCulture);
}
