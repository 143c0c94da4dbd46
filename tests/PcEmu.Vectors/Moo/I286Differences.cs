using Iced.Intel;
using PcEmu.Cpu.Registers;

namespace PcEmu.Vectors.Moo;

/// <summary>Where an 80286 and an 80386 or later differ by design, or the manuals leave a result open.</summary>
public static class I286Differences
{
    private const int LongestOn286 = 10;

    /// <summary>Whether a case shows something that only an 80286 does.</summary>
    public static bool OnlyOn286(MooCase test)
    {
        ReadOnlySpan<byte> code = test.Bytes.AsSpan(0, test.Bytes.Length - 1);
        int at = Prefixes(code, out bool locked, out bool foreign);

        // Prefixes that came with the 80386, or LOCK where the later CPUs refuse it; more than ten bytes; coprocessor escapes.
        if (foreign || locked || code.Length > LongestOn286 || at >= code.Length || code[at] is >= 0xD8 and <= 0xDF)
        {
            return true;
        }

        // FS and GS came with the 80386.
        if (code[at] is 0x8C or 0x8E && (code[at + 1] & 0x20) != 0)
        {
            return true;
        }

        // A limit violation in the stack segment is exception 13 on the 80286 in real mode, 12 on later CPUs; POP to memory
        // that faults leaves SP moved on the 80286.
        if (test.Exception is { Vector: Vector.GeneralProtection } && UsesStack(test))
        {
            return true;
        }

        return code[at] == 0x63 || (code[at] == 0x0F && at + 1 < code.Length && code[at + 1] is 0x00 or 0x02 or 0x05 or >= 0x20);
    }

    /// <summary>Whether the instruction is a string instruction with a repeat prefix.</summary>
    public static bool IsRepeated(MooCase test)
    {
        int at = Prefixes(test.Bytes, out _, out _);
        return test.Bytes.AsSpan(0, at).IndexOfAny((byte)0xF2, (byte)0xF3) >= 0
            && IsString(test.Bytes[at]);
    }

    /// <summary>Registers, one bit each, that a string instruction of the 80286 leaves moved when it faults; later CPUs put them back.</summary>
    public static ushort UnrestoredRegisters(MooCase test) =>
        test.Exception is { Vector: Vector.GeneralProtection } && IsString(test.Bytes[Prefixes(test.Bytes, out _, out _)])
            ? (ushort)((1 << MooRegisters.Cx) | (1 << MooRegisters.Si) | (1 << MooRegisters.Di))
            : (ushort)0;

    /// <summary>FLAGS bits that are undefined afterwards: those of the vector generator for real CPUs, by opcode.</summary>
    public static uint UndefinedFlags(MooCase test)
    {
        int at = Prefixes(test.Bytes, out _, out _);
        byte op = test.Bytes[at];
        byte next = test.Bytes[at + 1];
        int extension = next >> 3 & 7;
        uint multiply = Eflags.Sf | Eflags.Zf | Eflags.Af | Eflags.Pf;
        switch (op)
        {
            case <= 0x3F when (op & 7) < 6 && (op >> 3) is 1 or 4 or 6:
            case 0x84 or 0x85 or 0xA8 or 0xA9:
            case >= 0x80 and <= 0x83 when extension is 1 or 4 or 6:
                return Eflags.Af;
            case 0x27 or 0x2F:
                return Eflags.Of;
            case 0x37 or 0x3F:
                return Eflags.Of | Eflags.Sf | Eflags.Zf | Eflags.Pf;
            case 0xD4:
                return next == 0 ? Eflags.Arithmetic : Eflags.Of | Eflags.Af | Eflags.Cf;
            case 0xD5:
                return Eflags.Of | Eflags.Af | Eflags.Cf;
            case 0x69 or 0x6B:
                return multiply;
            case 0xF6 or 0xF7:
                return extension switch { 0 or 1 => Eflags.Af, 4 or 5 => multiply, 6 or 7 => Eflags.Arithmetic, _ => 0 };
            case 0xC0 or 0xC1 or (>= 0xD0 and <= 0xD3):
                // The immediate is the byte before the closing HLT.
                int count = op <= 0xC1 ? test.Bytes[^2] : op <= 0xD1 ? 1 : test.Before.Values[2] & 0xFF;
                return Shift(extension, count & 31, (op & 1) != 0 ? 16 : 8);
            default:
                return 0;
        }
    }

    private static bool IsString(byte op) => op is (>= 0x6C and <= 0x6F) or (>= 0xA4 and <= 0xA7) or (>= 0xAA and <= 0xAF);

    private static bool UsesStack(MooCase test)
    {
        var decoder = Decoder.Create(16, test.Bytes);
        decoder.Decode(out Instruction instruction);
        return instruction.IsStackInstruction
            || (instruction.MemorySegment == Register.SS && Enumerable.Range(0, instruction.OpCount).Any(i => instruction.GetOpKind(i) is OpKind.Memory or OpKind.MemorySegSI));
    }

    private static uint Shift(int extension, int count, int size)
    {
        uint overflow = count > 1 ? Eflags.Of : 0;
        if (extension < 4 || count == 0)
        {
            return overflow;
        }

        return overflow | Eflags.Af | (extension != 7 && count >= size ? Eflags.Cf : 0);
    }

    private static int Prefixes(ReadOnlySpan<byte> code, out bool locked, out bool foreign)
    {
        locked = foreign = false;
        int at = 0;
        for (; at < code.Length; at++)
        {
            switch (code[at])
            {
                case 0xF0:
                    locked = true;
                    continue;
                case 0x64 or 0x65 or 0x66 or 0x67:
                    foreign = true;
                    continue;
                case 0x26 or 0x2E or 0x36 or 0x3E or 0xF2 or 0xF3:
                    continue;
            }

            break;
        }

        return at;
    }
}
