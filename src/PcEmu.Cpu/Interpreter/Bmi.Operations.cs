using System.Numerics;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// What each instruction makes of its operands.
internal static unsafe partial class Bmi
{
    internal readonly struct Popcnt : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = source == 0 ? Eflags.Zf : 0;
            return (ulong)BitOperations.PopCount(source);
        }
    }

    internal readonly struct Lzcnt : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = (ulong)(BitOperations.LeadingZeroCount(source) - (64 - (8 * S.Bytes)));
            flags = (source == 0 ? Eflags.Cf : 0) | (r == 0 ? Eflags.Zf : 0);
            return r;
        }
    }

    internal readonly struct Tzcnt : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = (ulong)Math.Min(BitOperations.TrailingZeroCount(source), 8 * S.Bytes);
            flags = (source == 0 ? Eflags.Cf : 0) | (r == 0 ? Eflags.Zf : 0);
            return r;
        }
    }

    internal readonly struct Andn : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = source & ~control;
            flags = ZeroSign<S>(r);
            return r;
        }
    }

    internal readonly struct Bextr : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            int start = (byte)control;
            int length = (byte)(control >> 8);
            ulong r = start > 63 ? 0 : source >> start;
            r = length > 63 ? r : r & ((1ul << length) - 1);
            flags = r == 0 ? Eflags.Zf : 0;
            return r;
        }
    }

    internal readonly struct Bzhi : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            int index = (byte)control;
            bool all = index >= 8 * S.Bytes;
            ulong r = all ? source : source & ((1ul << index) - 1);
            flags = ZeroSign<S>(r) | (all ? Eflags.Cf : 0);
            return r;
        }
    }

    internal readonly struct Blsr : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = source & (source - 1);
            flags = ZeroSign<S>(r) | (source == 0 ? Eflags.Cf : 0);
            return r;
        }
    }

    internal readonly struct Blsmsk : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = S.Cut(source ^ (source - 1));
            flags = ZeroSign<S>(r) | (source == 0 ? Eflags.Cf : 0);
            return r;
        }
    }

    internal readonly struct Blsi : IBmi
    {
        public static bool SetsFlags => true;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            ulong r = source & (0 - source);
            flags = ZeroSign<S>(r) | (source != 0 ? Eflags.Cf : 0);
            return r;
        }
    }

    internal readonly struct Sarx : IBmi
    {
        public static bool SetsFlags => false;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = 0;
            return S.Cut((ulong)(S.Sign(source) >> ((int)control & ((8 * S.Bytes) - 1))));
        }
    }

    internal readonly struct Shlx : IBmi
    {
        public static bool SetsFlags => false;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = 0;
            return S.Cut(source << ((int)control & ((8 * S.Bytes) - 1)));
        }
    }

    internal readonly struct Shrx : IBmi
    {
        public static bool SetsFlags => false;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = 0;
            return source >> ((int)control & ((8 * S.Bytes) - 1));
        }
    }

    /// <summary>The source is the mask, the control register gives the bits.</summary>
    internal readonly struct Pdep : IBmi
    {
        public static bool SetsFlags => false;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = 0;
            ulong r = 0;
            for (ulong mask = source, bit = 1; mask != 0; mask &= mask - 1, bit <<= 1)
            {
                if ((control & bit) != 0)
                {
                    r |= mask & (0 - mask);
                }
            }

            return r;
        }
    }

    /// <summary>The source is the mask, the control register gives the bits.</summary>
    internal readonly struct Pext : IBmi
    {
        public static bool SetsFlags => false;

        public static ulong Do<S>(ulong source, ulong control, out uint flags)
            where S : struct, ISize
        {
            flags = 0;
            ulong r = 0;
            for (ulong mask = source, bit = 1; mask != 0; mask &= mask - 1, bit <<= 1)
            {
                if ((control & mask & (0 - mask)) != 0)
                {
                    r |= bit;
                }
            }

            return r;
        }
    }
}
