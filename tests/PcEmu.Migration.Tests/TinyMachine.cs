using System.Buffers.Binary;
using System.Text;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Migration.Tests;

/// <summary>Two blocks of RAM and two devices, just enough for a stream.</summary>
internal sealed class TinyMachine : IDisposable
{
    public const int LowPages = 4;

    public RamBlock Low { get; } = new("low", LowPages * RamBlock.PageSize);

    public RamBlock High { get; } = new("high", 2 * RamBlock.PageSize);

    public Chip First { get; } = new();

    public Chip Second { get; } = new();

    public MigrationMachine View(bool qemuKvm = false, params IEnumerable<StateSection> more) => new()
    {
        MachineType = "tiny",
        Blocks = [Low, High],
        QemuKvmMigration = qemuKvm,
        Sections = MigrationMachine.Number(
            [StateSection.Of(Chip.State, First), StateSection.Of(Chip.State, Second), .. more], static name => name != "chip"),
    };

    public byte[] Save()
    {
        using var stream = new MemoryStream();
        MigrationWriter.Save(stream, View());
        return stream.ToArray();
    }

    public void Dispose()
    {
        Low.Dispose();
        High.Dispose();
    }

    internal sealed class Chip
    {
        public static readonly StateDescription<Chip> State = Describe();

        public byte Mode;
        public uint Count;
        public ushort Rare;

        private static StateDescription<Chip> Describe()
        {
            var state = new StateDescription<Chip>("chip", version: 2, minimumVersion: 1);
            state.Add(Field.UInt8("mode", static (ref Chip c) => ref c.Mode));
            state.Add(Field.UInt32("count", static (ref Chip c) => ref c.Count, since: 2));
            state.Add(new Subsection<Chip>(
                new StateDescription<Chip>("chip/rare", version: 1, minimumVersion: 1) { Field.UInt16("rare", static (ref Chip c) => ref c.Rare) },
                static c => c.Rare != 0));
            return state;
        }
    }
}

/// <summary>Writes a stream record by record.</summary>
internal sealed class StreamBuilder
{
    private readonly List<byte> _bytes = [];

    public StreamBuilder() => Word32(0x5145564D).Word32(3);

    public byte[] Bytes => [.. _bytes];

    public StreamBuilder Byte(int value)
    {
        _bytes.Add((byte)value);
        return this;
    }

    public StreamBuilder Word32(uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        _bytes.AddRange(word);
        return this;
    }

    public StreamBuilder Word64(ulong value) => Word32((uint)(value >> 32)).Word32((uint)value);

    public StreamBuilder Name(string name)
    {
        Byte(name.Length);
        _bytes.AddRange(Encoding.Latin1.GetBytes(name));
        return this;
    }

    public StreamBuilder Page(byte value)
    {
        for (int i = 0; i < RamBlock.PageSize; i++)
        {
            Byte(value);
        }

        return this;
    }

    public StreamBuilder Head(int type, uint id, string name, uint instance, uint version) =>
        Byte(type).Word32(id).Name(name).Word32(instance).Word32(version);

    /// <summary>The start of RAM with the tiny machine's two blocks; open for pages.</summary>
    public StreamBuilder RamStart() =>
        Head(1, 2, "ram", 0, 4).Word64(0x6004).Name("low").Word64(0x4000).Name("high").Word64(0x2000);

    public StreamBuilder RamEnd() => Word64(0x10).Byte(3).Word32(2).Word64(0x10);

    public StreamBuilder Chip(uint instance, byte mode, uint count) => Head(4, 3 + instance, "chip", instance, 2).Byte(mode).Word32(count);

    public StreamBuilder Chips() => Chip(0, 1, 2).Chip(1, 3, 4);

    public StreamBuilder End() => Byte(0);
}

/// <summary>Hands out as little as a socket may.</summary>
internal sealed class OneByteStream(byte[] bytes) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == bytes.Length || count == 0)
        {
            return 0;
        }

        buffer[offset] = bytes[_at++];
        return 1;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
