using PcEmu.Core.Time;

namespace PcEmu.Core.State;

/// <summary>The vocabulary in which devices describe their saved state. Numbers are big-endian on the wire.</summary>
public static class Field
{
    private delegate TField ReadWire<TField>(ref StateReader reader);

    private delegate void WriteWire<TField>(StateWriter writer, TField value);

    /// <summary>An unsigned byte.</summary>
    public static StateField<T> UInt8<T>(string name, FieldRef<T, byte> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "u8", at, since, when, static (ref r) => r.UInt8(), static (w, v) => w.UInt8(v));

    /// <summary>A byte that is 0 or 1; any other value is refused.</summary>
    public static StateField<T> Bool<T>(string name, FieldRef<T, bool> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "bool", at, since, when, static (ref r) => r.Bool(), static (w, v) => w.UInt8(v ? (byte)1 : (byte)0));

    /// <summary>An unsigned 16-bit number.</summary>
    public static StateField<T> UInt16<T>(string name, FieldRef<T, ushort> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "u16", at, since, when, static (ref r) => r.UInt16(), static (w, v) => w.UInt16(v));

    /// <summary>An unsigned 32-bit number.</summary>
    public static StateField<T> UInt32<T>(string name, FieldRef<T, uint> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "u32", at, since, when, static (ref r) => r.UInt32(), static (w, v) => w.UInt32(v));

    /// <summary>A signed 32-bit number.</summary>
    public static StateField<T> Int32<T>(string name, FieldRef<T, int> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "i32", at, since, when, static (ref r) => (int)r.UInt32(), static (w, v) => w.UInt32((uint)v));

    /// <summary>An unsigned 64-bit number.</summary>
    public static StateField<T> UInt64<T>(string name, FieldRef<T, ulong> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "u64", at, since, when, static (ref r) => r.UInt64(), static (w, v) => w.UInt64(v));

    /// <summary>A signed 64-bit number, times in nanoseconds above all.</summary>
    public static StateField<T> Int64<T>(string name, FieldRef<T, long> at, int since = 0, FieldWhen<T>? when = null) =>
        Scalar(name, "i64", at, since, when, static (ref r) => (long)r.UInt64(), static (w, v) => w.UInt64((ulong)v));

    /// <summary>A timer's deadline in nanoseconds of the virtual clock, -1 when it is not armed. Loading arms or cancels it.</summary>
    public static StateField<T> Timer<T>(string name, Func<T, GuestTimer> at, int since = 0, FieldWhen<T>? when = null) =>
        new TimerField<T>(at) { Name = name, WireType = "timer", Since = since, When = when };

    /// <summary>A plain byte array of fixed length.</summary>
    public static StateField<T> Bytes<T>(string name, Func<T, byte[]> at, int since = 0, FieldWhen<T>? when = null) =>
        new BytesField<T>(at) { Name = name, WireType = "bytes", Since = since, When = when };

    /// <summary>An array of numbers of fixed length; <typeparamref name="TNumber"/> is an integer type up to 64 bits.</summary>
    public static StateField<T> Numbers<T, TNumber>(string name, Func<T, TNumber[]> at, int since = 0, FieldWhen<T>? when = null)
        where TNumber : unmanaged, System.Numerics.IBinaryInteger<TNumber> =>
        new NumbersField<T, TNumber>(at) { Name = name, WireType = $"{typeof(TNumber).Name} array", Since = since, When = when };

    /// <summary>A nested structure, in the version of its own description, whatever the owner's is.</summary>
    public static StateField<T> Struct<T, TInner>(
        string name, FieldRef<T, TInner> at, StateDescription<TInner> inner, int since = 0, FieldWhen<T>? when = null) =>
        new StructField<T, TInner>(at, inner) { Name = name, WireType = $"struct {inner.Name}", Since = since, When = when };

    /// <summary>An array of structures of fixed length, each in the version of its own description.</summary>
    public static StateField<T> Array<T, TElement>(
        string name, Func<T, TElement[]> at, StateDescription<TElement> element, int since = 0, FieldWhen<T>? when = null) =>
        new ArrayField<T, TElement>(at, element) { Name = name, WireType = $"struct {element.Name} array", Since = since, When = when };

    /// <summary>A number of 1, 2, 4 or 8 bytes that is not stored as it is sent: computed on save, taken apart on load.</summary>
    public static StateField<T> Computed<T>(
        string name, int bytes, Func<T, ulong> get, Action<T, ulong> set, int since = 0, FieldWhen<T>? when = null)
        where T : class =>
        new ComputedField<T>(bytes, get, set) { Name = name, WireType = $"u{bytes * 8}", Since = since, When = when };

    /// <summary>Bytes without meaning: zero when saved, skipped when loaded.</summary>
    public static StateField<T> Unused<T>(int bytes, int since = 0, FieldWhen<T>? when = null) =>
        new UnusedField<T>(bytes) { Name = "unused", WireType = $"{bytes} unused bytes", Since = since, When = when };

    private static ScalarField<T, TField> Scalar<T, TField>(
        string name, string wireType, FieldRef<T, TField> at, int since, FieldWhen<T>? when, ReadWire<TField> read, WriteWire<TField> write) =>
        new(at, read, write) { Name = name, WireType = wireType, Since = since, When = when };

    private sealed class ScalarField<T, TField>(FieldRef<T, TField> at, ReadWire<TField> read, WriteWire<TField> write) : StateField<T>
    {
        public override void Load(ref T owner, ref StateReader reader, int version) => at(ref owner) = read(ref reader);

        public override void Save(ref T owner, StateWriter writer, int version) => write(writer, at(ref owner));

        public override void Dump(ref T owner, StateDump dump, int version) => dump.Value(Name, at(ref owner));
    }

    private sealed class TimerField<T>(Func<T, GuestTimer> at) : StateField<T>
    {
        public override void Load(ref T owner, ref StateReader reader, int version) => at(owner).ArmOrCancel((long)reader.UInt64());

        public override void Save(ref T owner, StateWriter writer, int version) => writer.UInt64((ulong)at(owner).DeadlineOrNever);

        public override void Dump(ref T owner, StateDump dump, int version) => dump.Value(Name, at(owner).DeadlineOrNever);
    }

    private sealed class BytesField<T>(Func<T, byte[]> at) : StateField<T>
    {
        public override void Load(ref T owner, ref StateReader reader, int version)
        {
            byte[] target = at(owner);
            reader.Take(target.Length).CopyTo(target);
        }

        public override void Save(ref T owner, StateWriter writer, int version) => writer.Bytes(at(owner));

        public override void Dump(ref T owner, StateDump dump, int version) => dump.Bytes(Name, at(owner));
    }

    private sealed class NumbersField<T, TNumber>(Func<T, TNumber[]> at) : StateField<T>
        where TNumber : unmanaged, System.Numerics.IBinaryInteger<TNumber>
    {
        public override void Load(ref T owner, ref StateReader reader, int version)
        {
            foreach (ref TNumber item in at(owner).AsSpan())
            {
                item = TNumber.ReadBigEndian(reader.Take(item.GetByteCount()), isUnsigned: TNumber.IsPositive(TNumber.AllBitsSet));
            }
        }

        public override void Save(ref T owner, StateWriter writer, int version)
        {
            Span<byte> bytes = stackalloc byte[8];
            foreach (TNumber item in at(owner))
            {
                writer.Bytes(bytes[..item.WriteBigEndian(bytes)]);
            }
        }

        public override void Dump(ref T owner, StateDump dump, int version)
        {
            TNumber[] items = at(owner);
            for (int i = 0; i < items.Length; i++)
            {
                dump.Value($"{Name}[{i}]", items[i]);
            }
        }
    }

    private sealed class StructField<T, TInner>(FieldRef<T, TInner> at, StateDescription<TInner> inner) : StateField<T>
    {
        public override bool IsNested => true;

        public override void Load(ref T owner, ref StateReader reader, int version)
        {
            reader.Trace?.Enter(Name);
            inner.Load(ref at(ref owner), ref reader, inner.Version);
            reader.Trace?.Leave();
        }

        public override void Save(ref T owner, StateWriter writer, int version) => inner.Save(ref at(ref owner), writer);

        public override void Dump(ref T owner, StateDump dump, int version)
        {
            using (dump.Nested(Name))
            {
                inner.Dump(ref at(ref owner), dump);
            }
        }
    }

    private sealed class ArrayField<T, TElement>(Func<T, TElement[]> at, StateDescription<TElement> element) : StateField<T>
    {
        public override bool IsNested => true;

        public override void Load(ref T owner, ref StateReader reader, int version)
        {
            TElement[] items = at(owner);
            for (int i = 0; i < items.Length; i++)
            {
                reader.Trace?.Enter($"{Name}[{i}]");
                element.Load(ref items[i], ref reader, element.Version);
                reader.Trace?.Leave();
            }
        }

        public override void Save(ref T owner, StateWriter writer, int version)
        {
            foreach (ref TElement item in at(owner).AsSpan())
            {
                element.Save(ref item, writer);
            }
        }

        public override void Dump(ref T owner, StateDump dump, int version)
        {
            TElement[] items = at(owner);
            for (int i = 0; i < items.Length; i++)
            {
                using (dump.Nested($"{Name}[{i}]"))
                {
                    element.Dump(ref items[i], dump);
                }
            }
        }
    }

    private sealed class ComputedField<T>(int bytes, Func<T, ulong> get, Action<T, ulong> set) : StateField<T>
    {
        public override void Load(ref T owner, ref StateReader reader, int version)
        {
            ulong value = 0;
            foreach (byte b in reader.Take(bytes))
            {
                value = (value << 8) | b;
            }

            set(owner, value);
        }

        public override void Save(ref T owner, StateWriter writer, int version)
        {
            ulong value = get(owner);
            for (int i = bytes - 1; i >= 0; i--)
            {
                writer.UInt8((byte)(value >> (8 * i)));
            }
        }

        public override void Dump(ref T owner, StateDump dump, int version) => dump.Value(Name, get(owner));
    }

    private sealed class UnusedField<T>(int bytes) : StateField<T>
    {
        public override void Load(ref T owner, ref StateReader reader, int version) => reader.Take(bytes);

        public override void Save(ref T owner, StateWriter writer, int version)
        {
            for (int i = 0; i < bytes; i++)
            {
                writer.UInt8(0);
            }
        }

        public override void Dump(ref T owner, StateDump dump, int version)
        {
        }
    }
}
