using System.Runtime.CompilerServices;

namespace PcEmu.Cpu.Fpu;

// From 128 bits of significand to a result. Intel SDM volume 1, 4.8.4 "Rounding" and 4.9.1 "Floating-Point Exception Conditions".
public readonly partial struct Float80
{
    /// <summary>Rounds (high:low) * 2^(exponent - bias - 63 - 64) under the control word.</summary>
    /// <param name="sign">0 or 8000h.</param>
    /// <param name="exponent">Biased exponent, of any size.</param>
    /// <param name="high">Upper half of the significand, bit 63 set.</param>
    /// <param name="low">Lower half; its bit 0 may stand for all that was shifted out.</param>
    /// <param name="control">The control word.</param>
    /// <param name="status">Exceptions found before.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static FpuResult Round(uint sign, int exponent, ulong high, ulong low, uint control, uint status)
    {
        // To nearest at 64 bits, with room for a carry into the exponent.
        if ((control & (Fcw.Precision | Fcw.Rounding)) == Fcw.Extended && (uint)(exponent - 1) < MaximumExponent - 2)
        {
            if (low == 0)
            {
                return new FpuResult(high, sign | (uint)exponent, status);
            }

            uint up = (uint)(low >> 63) & ((low << 1) != 0 ? 1u : (uint)high & 1);
            high += up;
            if (high == 0)
            {
                high = Integer;
                exponent++;
            }

            return new FpuResult(high, sign | (uint)exponent, status | Fsw.Pe | (up * Fsw.C1));
        }

        return RoundSlow(sign, exponent, high, low, control, status);
    }

    /// <summary>Rounds an operation that precision control does not concern.</summary>
    internal static FpuResult RoundExtended(uint sign, int exponent, ulong high, ulong low, uint control, uint status) =>
        Round(sign, exponent, high, low, control | Fcw.Extended, status);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FpuResult RoundSlow(uint sign, int exponent, ulong high, ulong low, uint control, uint status)
    {
        int drop = (control & Fcw.Precision) switch
        {
            Fcw.Single => 40,
            Fcw.Double => 11,
            _ => 0,
        };
        ulong rounded = Cut(sign, high, low, drop, control, out bool carried, out uint effect);
        int roundedExponent = exponent + (carried ? 1 : 0);
        if (roundedExponent >= MaximumExponent)
        {
            return Overflow(sign, roundedExponent, rounded, drop, control, status, effect);
        }

        if (roundedExponent > 0)
        {
            return new FpuResult(rounded, sign | (uint)roundedExponent, status | effect);
        }

        // Tiny: what it is with an unbounded exponent decides that. Unmasked, that is also the result.
        if ((control & Fsw.Ue) == 0)
        {
            return roundedExponent + WrappedExponent > 0
                ? new FpuResult(rounded, sign | (uint)(roundedExponent + WrappedExponent), status | effect | Fsw.Ue)
                : ZeroOf(sign, status | Fsw.Ue | Fsw.Pe);
        }

        ShiftRight(ref high, ref low, 1 - exponent);
        rounded = Cut(sign, high, low, drop, control, out _, out effect);
        if (effect != 0)
        {
            effect |= Fsw.Ue;
        }

        // A carry into the integer bit makes the smallest normal number.
        return new FpuResult(rounded, sign | (uint)(rounded >> 63), status | effect);
    }

    private static FpuResult Overflow(uint sign, int exponent, ulong rounded, int drop, uint control, uint status, uint effect)
    {
        if ((control & Fsw.Oe) == 0)
        {
            exponent -= WrappedExponent;
            return exponent < MaximumExponent
                ? new FpuResult(rounded, sign | (uint)exponent, status | effect | Fsw.Oe)
                : Infinity(sign, status | Fsw.Oe | Fsw.Pe | Fsw.C1);
        }

        uint rounding = control & Fcw.Rounding;
        bool infinite = rounding == Fcw.Nearest || (rounding == Fcw.Up && sign == 0) || (rounding == Fcw.Down && sign != 0);
        status |= Fsw.Oe | Fsw.Pe;
        return infinite
            ? Infinity(sign, status | Fsw.C1)
            : new FpuResult(ulong.MaxValue << drop, sign | (MaximumExponent - 1), status);
    }

    /// <summary>Rounds a significand, dropping its low bits.</summary>
    /// <param name="sign">0 or 8000h.</param>
    /// <param name="high">Upper half.</param>
    /// <param name="low">Lower half; bit 0 is sticky.</param>
    /// <param name="drop">Bits of the upper half to drop, 0 to 63.</param>
    /// <param name="control">The control word.</param>
    /// <param name="carried">Whether it grew to the next power of two; the result is then <see cref="Integer"/>.</param>
    /// <param name="effect"><see cref="Fsw.Pe"/> and <see cref="Fsw.C1"/> as they apply.</param>
    internal static ulong Cut(uint sign, ulong high, ulong low, int drop, uint control, out bool carried, out uint effect)
    {
        ulong unit = 1ul << drop;
        ulong rest = low;
        if (drop != 0)
        {
            rest = (high << (64 - drop)) | (low != 0 ? 1ul : 0);
            high &= ~(unit - 1);
        }

        carried = false;
        effect = 0;
        if (rest == 0)
        {
            return high;
        }

        if (!RoundsUp(sign, (high & unit) != 0, rest, control))
        {
            effect = Fsw.Pe;
            return high;
        }

        effect = Fsw.Pe | Fsw.C1;
        high += unit;
        if (high == 0)
        {
            carried = true;
            high = Integer;
        }

        return high;
    }

    /// <summary>Whether a remainder (2^63 is one half, not zero) rounds the magnitude up.</summary>
    internal static bool RoundsUp(uint sign, bool odd, ulong rest, uint control) => (control & Fcw.Rounding) switch
    {
        Fcw.Nearest => rest > Integer || (rest == Integer && odd),
        Fcw.Down => sign != 0,
        Fcw.Up => sign == 0,
        _ => false,
    };

    /// <summary>Shifts right by any count; what falls off stays in bit 0.</summary>
    private static ulong ShiftRight(ulong value, int count)
    {
        if (count >= 64)
        {
            return value != 0 ? 1ul : 0;
        }

        ulong shifted = value >> count;
        return shifted << count != value ? shifted | 1 : shifted;
    }

    /// <summary>Shifts right by any count; what falls off stays in bit 0 of the lower half.</summary>
    internal static void ShiftRight(ref ulong high, ref ulong low, int count)
    {
        if (count >= 128)
        {
            low = (high | low) != 0 ? 1ul : 0;
            high = 0;
        }
        else if (count >= 64)
        {
            low = ShiftRight(high, count - 64) | (low != 0 ? 1ul : 0);
            high = 0;
        }
        else if (count > 0)
        {
            ulong lost = low << (64 - count);
            low = (high << (64 - count)) | (low >> count) | (lost != 0 ? 1ul : 0);
            high >>= count;
        }
    }
}
