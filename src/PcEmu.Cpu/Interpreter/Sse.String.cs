using System.Numerics;
using System.Runtime.Intrinsics;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM. Intel SDM volume 2, 4.1 "Imm8 Control Byte Operation".
internal static unsafe partial class Sse
{
    /// <summary>Compares strings; <typeparamref name="TExplicit"/>: lengths are in AX and DX; <typeparamref name="TMask"/>: the answer goes to XMM0, else to CX.</summary>
    /// <remarks>Bit 8 of <see cref="Uop.Imm"/> says that lengths are 64 bits wide.</remarks>
    internal readonly struct CompareStrings<TExplicit, TMask, T> : IOp
        where TExplicit : struct, IFlagUse
        where TMask : struct, IFlagUse
        where T : struct, IVectorSource
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> b))
            {
                return Ops.Fault(s, u);
            }

            Vector128<byte> a = *At(s, u->Dst);
            int control = u->Imm;
            int elements = (control & 1) != 0 ? 8 : 16;
            int lengthA = TExplicit.Live ? Length(s, Gpr.Ax, control, elements) : ImplicitLength(a, control, elements);
            int lengthB = TExplicit.Live ? Length(s, Gpr.Dx, control, elements) : ImplicitLength(b, control, elements);
            uint all = (1u << elements) - 1;
            uint valid = (1u << lengthB) - 1;
            uint result = Aggregate(a, lengthA, b, lengthB, control, elements);
            result = ((control >> 4) & 3) switch
            {
                1 => ~result & all,
                3 => result ^ valid,
                _ => result,
            };
            if (TMask.Live)
            {
                *At(s, 0) = (control & 0x40) == 0
                    ? Vector128.CreateScalar(result).AsByte()
                    : elements == 8 ? Masks.Words((int)result) : MaskBytes(result);
            }
            else
            {
                s->Gpr[Gpr.Cx] = result == 0 ? (uint)elements
                    : (uint)((control & 0x40) == 0 ? BitOperations.TrailingZeroCount(result) : BitOperations.Log2(result));
            }

            Flags.Set(s, (result != 0 ? Eflags.Cf : 0) | (lengthB < elements ? Eflags.Zf : 0)
                | (lengthA < elements ? Eflags.Sf : 0) | ((result & 1) != 0 ? Eflags.Of : 0));
            return u + 1;
        }

        private static Vector128<byte> MaskBytes(uint bits)
        {
            Vector128<byte> each = Vector128.Create(0x8040_2010_0804_0201ul).AsByte();
            Vector128<byte> spread = Vector128.Create(Vector64.Create((byte)bits), Vector64.Create((byte)(bits >> 8)));
            return Vector128.Equals(spread & each, each);
        }
    }

    private static int Length(CpuState* s, int register, int control, int elements)
    {
        long value = (control & 0x100) != 0 ? (long)s->Gpr[register] : (int)s->Gpr[register];
        return value < -elements || value > elements ? elements : (int)Math.Abs(value);
    }

    private static int ImplicitLength(Vector128<byte> a, int control, int elements)
    {
        uint zeros = (control & 1) != 0
            ? Vector128.Equals(a.AsUInt16(), Vector128<ushort>.Zero).ExtractMostSignificantBits()
            : Vector128.Equals(a, Vector128<byte>.Zero).ExtractMostSignificantBits();
        return Math.Min(BitOperations.TrailingZeroCount(zeros), elements);
    }

    private static int Element(Vector128<byte> a, int i, int control) => (control & 3) switch
    {
        0 => a.GetElement(i),
        1 => a.AsUInt16().GetElement(i),
        2 => a.AsSByte().GetElement(i),
        _ => a.AsInt16().GetElement(i),
    };

    private static uint Aggregate(Vector128<byte> a, int lengthA, Vector128<byte> b, int lengthB, int control, int elements)
    {
        uint result = 0;
        for (int j = 0; j < elements; j++)
        {
            bool holds;
            switch ((control >> 2) & 3)
            {
                case 0:
                    // Equal any: is the element one of the set?
                    holds = false;
                    for (int i = 0; i < lengthA && j < lengthB && !holds; i++)
                    {
                        holds = Element(a, i, control) == Element(b, j, control);
                    }

                    break;
                case 1:
                    // Ranges: pairs of bounds. A pair whose upper bound is missing holds nothing.
                    holds = false;
                    for (int i = 0; i + 1 < lengthA && j < lengthB && !holds; i += 2)
                    {
                        int element = Element(b, j, control);
                        holds = element >= Element(a, i, control) && element <= Element(a, i + 1, control);
                    }

                    break;
                case 2:
                    // Equal each: beyond both ends is equal.
                    holds = j < lengthA && j < lengthB ? Element(a, j, control) == Element(b, j, control) : j >= lengthA && j >= lengthB;
                    break;
                default:
                    // Equal ordered: does the first string begin here? What lies beyond the register may still match.
                    holds = true;
                    for (int i = 0; i < lengthA && i + j < elements && holds; i++)
                    {
                        holds = i + j < lengthB && Element(a, i, control) == Element(b, i + j, control);
                    }

                    break;
            }

            result |= holds ? 1u << j : 0;
        }

        return result;
    }
}
