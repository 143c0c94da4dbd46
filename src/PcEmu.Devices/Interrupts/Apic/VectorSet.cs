using System.Numerics;

namespace PcEmu.Devices.Interrupts;

/// <summary>The 256 bits of an ISR, TMR or IRR, kept as the eight 32-bit registers that a guest reads.</summary>
internal static class VectorSet
{
    /// <summary>Number of 32-bit registers.</summary>
    public const int Words = 8;

    /// <summary>Answer of <see cref="Highest"/> for an empty set.</summary>
    public const int None = -1;

    public static bool Has(uint[] set, int vector) => (set[vector >> 5] >> (vector & 31) & 1) != 0;

    public static void Include(uint[] set, int vector) => set[vector >> 5] |= 1u << (vector & 31);

    public static void Exclude(uint[] set, int vector) => set[vector >> 5] &= ~(1u << (vector & 31));

    /// <summary>The highest vector, which is the one of highest priority, or <see cref="None"/>.</summary>
    public static int Highest(uint[] set)
    {
        for (int word = Words - 1; word >= 0; word--)
        {
            if (set[word] != 0)
            {
                return (word * 32) + BitOperations.Log2(set[word]);
            }
        }

        return None;
    }
}
