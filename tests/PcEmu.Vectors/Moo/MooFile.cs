using System.Buffers.Binary;
using System.Text;

namespace PcEmu.Vectors.Moo;

/// <summary>Reads MOO files of SingleStepTests (the 80286's registers).</summary>
public static class MooFile
{
    /// <summary>Whether bytes (unpacked) are such a file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith("MOO "u8);

    /// <summary>The cases of a file.</summary>
    /// <param name="file">Its bytes, unpacked.</param>
    /// <param name="form">The opcode that its name gives.</param>
    public static IEnumerable<MooCase> Read(byte[] file, string form)
    {
        foreach ((string tag, ReadOnlyMemory<byte> body) in Chunks(file))
        {
            if (tag == "TEST")
            {
                yield return One(body, form);
            }
        }
    }

    private static MooCase One(ReadOnlyMemory<byte> body, string form)
    {
        string name = "";
        byte[] bytes = [];
        (MooRegisters Registers, (uint Address, byte Value)[] Memory) before = (new(0, []), []);
        (MooRegisters Registers, (uint Address, byte Value)[] Memory) after = before;
        (byte Vector, uint FlagsAddress)? exception = null;
        foreach ((string tag, ReadOnlyMemory<byte> part) in Chunks(body[4..]))
        {
            switch (tag)
            {
                case "NAME":
                    name = Encoding.ASCII.GetString(part.Span[4..]);
                    break;
                case "BYTS":
                    bytes = part.Span[4..].ToArray();
                    break;
                case "INIT":
                    before = State(part);
                    break;
                case "FINA":
                    after = State(part);
                    break;
                case "EXCP":
                    exception = (part.Span[0], U32(part.Span[1..]));
                    break;
            }
        }

        return new MooCase
        {
            Form = form,
            Number = (int)U32(body.Span),
            Name = name,
            Bytes = bytes,
            Before = before.Registers,
            After = after.Registers,
            MemoryBefore = before.Memory,
            MemoryAfter = after.Memory,
            Exception = exception,
        };
    }

    private static (MooRegisters Registers, (uint Address, byte Value)[] Memory) State(ReadOnlyMemory<byte> body)
    {
        MooRegisters registers = new(0, new ushort[14]);
        (uint Address, byte Value)[] memory = [];
        foreach ((string tag, ReadOnlyMemory<byte> part) in Chunks(body))
        {
            ReadOnlySpan<byte> span = part.Span;
            if (tag == "REGS")
            {
                ushort mask = BinaryPrimitives.ReadUInt16LittleEndian(span);
                ushort[] values = new ushort[14];
                int at = 2;
                for (int i = 0; i < 14; i++)
                {
                    if ((mask >> i & 1) != 0)
                    {
                        values[i] = BinaryPrimitives.ReadUInt16LittleEndian(span[at..]);
                        at += 2;
                    }
                }

                registers = new MooRegisters(mask, values);
            }
            else if (tag == "RAM ")
            {
                memory = new (uint Address, byte Value)[U32(span)];
                for (int i = 0; i < memory.Length; i++)
                {
                    memory[i] = (U32(span[(4 + (i * 5))..]), span[8 + (i * 5)]);
                }
            }
        }

        return (registers, memory);
    }

    private static IEnumerable<(string Tag, ReadOnlyMemory<byte> Body)> Chunks(ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0; at + 8 <= bytes.Length;)
        {
            int length = (int)U32(bytes.Span[(at + 4)..]);
            yield return (Encoding.ASCII.GetString(bytes.Span.Slice(at, 4)), bytes.Slice(at + 8, length));
            at += 8 + length;
        }
    }

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
