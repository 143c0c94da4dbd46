using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PcEmu.Vectors.Native;

/// <summary>Reads X86VEC1 files, plain or gzip'd.</summary>
public static class NativeFile
{
    private const byte HasX87 = 2;
    private const byte HasXmm = 4;

    private static ReadOnlySpan<byte> Magic => "X86VEC1\n"u8;

    /// <summary>Whether bytes (unpacked) are such a file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>The bytes of a file, unpacked if need be.</summary>
    public static byte[] Load(string path)
    {
        byte[] raw = File.ReadAllBytes(path);
        if (raw.Length < 2 || raw[0] != 0x1F || raw[1] != 0x8B)
        {
            return raw;
        }

        using var unpacked = new MemoryStream();
        using (var stream = new GZipStream(new MemoryStream(raw), CompressionMode.Decompress))
        {
            stream.CopyTo(unpacked);
        }

        return unpacked.ToArray();
    }

    /// <summary>The cases of a file, in order.</summary>
    /// <exception cref="InvalidDataException">The file is not what it says.</exception>
    public static IEnumerable<NativeCase> Read(byte[] file)
    {
        var at = new Cursor(file);
        if (!IsOne(file))
        {
            throw new InvalidDataException("not an X86VEC1 file");
        }

        at.Take(Magic.Length);
        int forms = (int)at.U32();
        int cases = (int)at.U32();
        var table = new (VectorClass Class, string Name)[forms];
        for (int i = 0; i < forms; i++)
        {
            var kind = (VectorClass)at.U8();
            table[i] = (kind, Encoding.ASCII.GetString(at.Take(at.U8()).Span));
        }

        for (int i = 0; i < cases; i++)
        {
            int length = (int)at.U32();
            int end = at.Position + length;
            yield return One(at, i, table);
            if (at.Position != end)
            {
                throw new InvalidDataException($"case {i} has {length} bytes but {at.Position - end} too many or too few were read");
            }
        }
    }

    private static NativeCase One(Cursor at, int number, (VectorClass Class, string Name)[] forms)
    {
        int mode = at.U8();
        byte flags = at.U8();
        (VectorClass kind, string form) = forms[at.U16()];
        ReadOnlyMemory<byte> bytes = at.Take(at.U8());
        uint ip = at.U32();
        int registers = mode == 64 ? 16 : 8;
        ulong[] gpr = new ulong[16];
        for (int i = 0; i < registers; i++)
        {
            gpr[i] = mode == 64 ? at.U64() : at.U32();
        }

        uint eflags = at.U32();
        X87Part? x87 = (flags & HasX87) != 0 ? X87(at, changesOnly: false) : null;
        XmmPart? xmm = (flags & HasXmm) != 0 ? Xmm(at) : null;
        MemoryRun[] memory = Runs(at);
        uint undefinedFlags = at.U32();
        ushort undefinedGpr = at.U16();
        ushort undefinedFsw = at.U16();
        var ignored = new IgnoredRun[at.U8()];
        for (int i = 0; i < ignored.Length; i++)
        {
            uint address = at.U32();
            ignored[i] = new IgnoredRun(address, at.U16());
        }

        byte vector = at.U8();
        uint error = at.U32();
        ulong finalIp = at.U64();
        ushort changed = at.U16();
        ulong[] finalGpr = (ulong[])gpr.Clone();
        for (int i = 0; i < 16; i++)
        {
            if ((changed >> i & 1) != 0)
            {
                finalGpr[i] = mode == 64 ? at.U64() : at.U32();
            }
        }

        uint finalFlags = at.U32();
        X87Part? finalX87 = x87 is not null ? X87(at, changesOnly: true) : null;
        XmmPart? finalXmm = xmm is not null ? Xmm(at) : null;
        return new NativeCase
        {
            Number = number,
            Form = form,
            Class = kind,
            Mode = mode,
            IsApproximate = (flags & 1) != 0,
            Bytes = bytes,
            Ip = ip,
            Gpr = gpr,
            Eflags = eflags,
            X87 = x87,
            Xmm = xmm,
            Memory = memory,
            UndefinedEflags = undefinedFlags,
            UndefinedGpr = undefinedGpr,
            UndefinedFsw = undefinedFsw,
            Ignored = ignored,
            Vector = vector,
            Error = error,
            FinalIp = finalIp,
            FinalGpr = finalGpr,
            FinalEflags = finalFlags,
            FinalX87 = finalX87,
            FinalXmm = finalXmm,
            FinalMemory = Runs(at),
        };
    }

    private static MemoryRun[] Runs(Cursor at)
    {
        var runs = new MemoryRun[at.U8()];
        for (int i = 0; i < runs.Length; i++)
        {
            uint address = at.U32();
            runs[i] = new MemoryRun(address, at.Take(at.U16()));
        }

        return runs;
    }

    private static X87Part X87(Cursor at, bool changesOnly)
    {
        ushort control = at.U16();
        ushort status = at.U16();
        byte tags = at.U8();
        byte mask = changesOnly ? at.U8() : (byte)0xFF;
        var stack = new ReadOnlyMemory<byte>[8];
        for (int i = 0; i < 8; i++)
        {
            if ((mask >> i & 1) != 0)
            {
                stack[i] = at.Take(10);
            }
        }

        return new X87Part(control, status, tags, mask, stack);
    }

    private static XmmPart Xmm(Cursor at)
    {
        uint mxcsr = at.U32();
        ushort mask = at.U16();
        var registers = new ReadOnlyMemory<byte>[16];
        for (int i = 0; i < 16; i++)
        {
            if ((mask >> i & 1) != 0)
            {
                registers[i] = at.Take(16);
            }
        }

        return new XmmPart(mxcsr, mask, registers);
    }

    private sealed class Cursor(byte[] file)
    {
        public int Position { get; private set; }

        public byte U8() => Take(1).Span[0];

        public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2).Span);

        public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span);

        public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span);

        public ReadOnlyMemory<byte> Take(int count)
        {
            if (count > file.Length - Position)
            {
                throw new InvalidDataException("the file ends too early");
            }

            var part = new ReadOnlyMemory<byte>(file, Position, count);
            Position += count;
            return part;
        }
    }
}
