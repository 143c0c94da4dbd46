using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Simd;

/// <summary>How two numbers stand to each other.</summary>
internal enum Order
{
    Less,
    Equal,
    Greater,
    Unordered,
}

// Comparison, minimum, maximum.
internal static partial class Float<F>
{
    /// <summary>Compares; a quiet NaN is invalid too if <paramref name="signalling"/>.</summary>
    public static Order Compare(ulong a, ulong b, bool signalling, ref FloatStatus status)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            if (signalling || IsSignalling(a) || IsSignalling(b))
            {
                status.Raised |= Mxcsr.Ie;
            }

            return Order.Unordered;
        }

        a = Operand(a, ref status);
        b = Operand(b, ref status);
        if (IsZero(a) && IsZero(b))
        {
            return Order.Equal;
        }

        long left = Signed(a);
        long right = Signed(b);
        return left < right ? Order.Less : left > right ? Order.Greater : Order.Equal;
    }

    /// <summary>CMPxx: the predicate's low two bits choose equal, less, less or equal, unordered; bit 2 turns the answer round.</summary>
    public static bool Predicate(ulong a, ulong b, int predicate, ref FloatStatus status)
    {
        Order order = Compare(a, b, signalling: (predicate & 3) is 1 or 2, ref status);
        bool holds = (predicate & 3) switch
        {
            0 => order == Order.Equal,
            1 => order == Order.Less,
            2 => order is Order.Less or Order.Equal,
            _ => order == Order.Unordered,
        };
        return holds ^ ((predicate & 4) != 0);
    }

    /// <summary>MINxx: the second operand unless the first is less.</summary>
    public static ulong Minimum(ulong a, ulong b, ref FloatStatus status) =>
        Compare(a, b, signalling: true, ref status) == Order.Less ? Flushed(a, status) : Flushed(b, status);

    /// <summary>MAXxx: the second operand unless the first is greater.</summary>
    public static ulong Maximum(ulong a, ulong b, ref FloatStatus status) =>
        Compare(a, b, signalling: true, ref status) == Order.Greater ? Flushed(a, status) : Flushed(b, status);

    // Sign and magnitude as a number that compares.
    private static long Signed(ulong a) => IsNegative(a) ? -(long)(a & ~SignBit) : (long)a;
}
