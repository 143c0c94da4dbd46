using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PcEmu.Cpu.Registers;

namespace PcEmu.Vectors.Native;

// The SSE part of a case.
public sealed unsafe partial class NativeRunner
{
    // Of RCPxS and RSQRTxS: 1.5 * 2^-12.
    private const double ApproximateError = 1.5 / 4096;

    private void LoadXmm(NativeCase test)
    {
        S->Mxcsr = test.Xmm?.Mxcsr ?? Mxcsr.Initial;
        for (int i = 0; i < 16; i++)
        {
            ReadOnlySpan<byte> bytes = test.Xmm is { } part ? part.Registers[i].Span : [];
            Span<byte> register = Xmm(i);
            register.Clear();
            bytes.CopyTo(register);
        }
    }

    private void CompareXmm(NativeCase test)
    {
        uint mxcsr = (test.FinalXmm ?? test.Xmm)?.Mxcsr ?? Mxcsr.Initial;
        if (S->Mxcsr != mxcsr)
        {
            Differs("mxcsr", Hex(mxcsr), Hex(S->Mxcsr));
        }

        Span<byte> expected = stackalloc byte[16];
        for (int i = 0; i < 16; i++)
        {
            expected.Clear();
            XmmPart? part = test.FinalXmm is { } final && (final.Mask >> i & 1) != 0 ? final : test.Xmm;
            (part is null ? [] : part.Registers[i].Span).CopyTo(expected);
            if (!expected.SequenceEqual(Xmm(i)) && !(test.IsApproximate && AreClose(expected, Xmm(i))))
            {
                Differs(string.Create(CultureInfo.InvariantCulture, $"xmm{i}"), Lanes(expected), Lanes(Xmm(i)));
            }
        }
    }

    private static void DescribeXmm(NativeCase test, StringBuilder text)
    {
        if (test.Xmm is not { } part)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"  mxcsr {part.Mxcsr:x}");
        for (int i = 0; i < 16; i++)
        {
            if (!part.Registers[i].IsEmpty)
            {
                text.Append(CultureInfo.InvariantCulture, $" xmm{i} {Lanes(part.Registers[i].Span)}");
            }
        }

        text.Append('\n');
    }

    private static bool AreClose(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        for (int i = 0; i < 16; i += 4)
        {
            float a = BinaryPrimitives.ReadSingleLittleEndian(expected[i..]);
            float b = BinaryPrimitives.ReadSingleLittleEndian(actual[i..]);
            bool same = BitConverter.SingleToUInt32Bits(a) == BitConverter.SingleToUInt32Bits(b);
            if (!same && !(Math.Abs((double)a - b) <= ApproximateError * Math.Abs((double)a)))
            {
                return false;
            }
        }

        return true;
    }

    // The highest byte first, as the manuals write registers.
    private static string Lanes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> turned = stackalloc byte[16];
        bytes.CopyTo(turned);
        turned.Reverse();
        return Convert.ToHexString(turned);
    }

    private Span<byte> Xmm(int i) => new((byte*)&S->Xmm + (16 * i), 16);
}
