using System.Buffers.Binary;

namespace PcEmu.TestSupport;

/// <summary>One plain mutable value in a device: a number, a bool, a char or an enum.</summary>
internal sealed class StateCell
{
    private readonly Type _type;
    private readonly Func<object?> _get;
    private readonly Action<object?> _set;

    private StateCell(Type type, string path, Func<object?> get, Action<object?> set)
    {
        _type = type;
        Path = path;
        _get = get;
        _set = set;
    }

    /// <summary>Where it is: field names from the device down.</summary>
    public string Path { get; }

    /// <summary>The value with all bits clear.</summary>
    public object Zero => FromBits(UInt128.Zero);

    /// <summary>The value with all bits set.</summary>
    public object Ones => FromBits(UInt128.MaxValue);

    /// <summary>Values that differ from the present one: each by a bit, then by all of them.</summary>
    public IEnumerable<object> OtherValues
    {
        get
        {
            UInt128 bits = ToBits(_get()!);
            for (int i = 0; i < Width(_type); i++)
            {
                yield return FromBits(bits ^ (UInt128.One << i));
            }

            yield return FromBits(~bits);
        }
    }

    /// <summary>Makes the cell, or null where the type is not a plain value.</summary>
    public static StateCell? TryMake(Type type, string path, Func<object?> get, Action<object?> set) =>
        Width(type) > 0 ? new StateCell(type, path, get, set) : null;

    /// <summary>The present value.</summary>
    public object? Get() => _get();

    /// <summary>Replaces the value.</summary>
    public void Set(object? value) => _set(value);

    /// <summary>A value at random; small ones are likely, as counters and modes are.</summary>
    public object Random(Random random) =>
        FromBits(random.Next(2) == 0 ? (UInt128)random.Next(4) : (UInt128)(ulong)random.NextInt64(long.MinValue, long.MaxValue));

    private static int Width(Type type) => type switch
    {
        _ when type.IsEnum => Width(Enum.GetUnderlyingType(type)),
        _ when type == typeof(bool) => 1,
        _ when type == typeof(byte) || type == typeof(sbyte) => 8,
        _ when type == typeof(short) || type == typeof(ushort) || type == typeof(char) => 16,
        _ when type == typeof(int) || type == typeof(uint) || type == typeof(float) => 32,
        _ when type == typeof(long) || type == typeof(ulong) || type == typeof(double) || type == typeof(nint) || type == typeof(nuint) => 64,
        _ when type == typeof(UInt128) || type == typeof(Int128) => 128,
        _ => 0,
    };

    private object FromBits(UInt128 bits)
    {
        Type type = _type.IsEnum ? Enum.GetUnderlyingType(_type) : _type;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, bits);
        object number = type switch
        {
            _ when type == typeof(bool) => (bytes[0] & 1) != 0,
            _ when type == typeof(byte) => bytes[0],
            _ when type == typeof(sbyte) => (sbyte)bytes[0],
            _ when type == typeof(short) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            _ when type == typeof(ushort) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ when type == typeof(char) => (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ when type == typeof(int) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ when type == typeof(uint) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ when type == typeof(float) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            _ when type == typeof(long) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ when type == typeof(ulong) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ when type == typeof(double) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            _ when type == typeof(nint) => (nint)BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ when type == typeof(nuint) => (nuint)BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ when type == typeof(Int128) => BinaryPrimitives.ReadInt128LittleEndian(bytes),
            _ => bits,
        };
        return _type.IsEnum ? Enum.ToObject(_type, number) : number;
    }

    private static UInt128 ToBits(object value)
    {
        object number = value is Enum e ? Convert.ChangeType(e, e.GetTypeCode(), null) : value;
        return number switch
        {
            bool b => b ? UInt128.One : UInt128.Zero,
            byte n => n,
            sbyte n => (byte)n,
            short n => (ushort)n,
            ushort n => n,
            char n => n,
            int n => (uint)n,
            uint n => n,
            float n => BitConverter.SingleToUInt32Bits(n),
            long n => (ulong)n,
            ulong n => n,
            double n => BitConverter.DoubleToUInt64Bits(n),
            nint n => (ulong)n,
            nuint n => n,
            Int128 n => (UInt128)n,
            UInt128 n => n,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
