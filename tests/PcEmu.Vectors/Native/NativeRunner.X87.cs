using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PcEmu.Cpu.Fpu;

namespace PcEmu.Vectors.Native;

// The x87 part of a case.
public sealed unsafe partial class NativeRunner
{
    // Relative, 2^-60: eight units of the last place of a significand of 64 bits.
    private const ulong Tolerance = 8;
    private const uint ApproximateStatus = Fsw.Ue | Fsw.Pe | Fsw.C1;

    private static readonly X87Part Initial = new(
        (ushort)Fcw.Initial, 0, 0, 0xFF, [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[10], 8)]);

    private void LoadX87(X87Part part)
    {
        S->FpuControl = part.Control;
        S->FpuStatus = part.Status;
        S->FpuTags = part.Tags;
        for (int i = 0; i < 8; i++)
        {
            *Register(part.Status, i) = Number(part.Stack[i]);
        }
    }

    private void CompareX87(NativeCase test)
    {
        X87Part before = test.X87 ?? Initial;
        X87Part after = test.FinalX87 ?? before;
        uint defined = ~(test.UndefinedFsw | (test.IsApproximate ? ApproximateStatus : 0u));
        if (S->FpuControl != after.Control)
        {
            Differs("fcw", Hex(after.Control), Hex(S->FpuControl));
        }

        if (((S->FpuStatus ^ after.Status) & defined & 0xFFFF) != 0)
        {
            Differs("fsw", Hex(after.Status & defined), Hex(S->FpuStatus & defined));
        }

        if (S->FpuTags != after.Tags)
        {
            Differs("tags", Hex(after.Tags), Hex(S->FpuTags));
        }

        // A partial remainder that is not finished depends on how far one step goes.
        bool partial = test.IsApproximate && test.Form.StartsWith("FPREM", StringComparison.Ordinal) && (after.Status & Fsw.C2) != 0;
        for (int i = 0; i < 8; i++)
        {
            bool empty = ((after.Tags >> (((after.Status >> Fsw.TopShift) + i) & 7)) & 1) == 0;
            Float80 expected = Number((after.Changed >> i & 1) != 0 ? after.Stack[i] : before.Stack[i]);
            Float80 actual = *Register(after.Status, i);
            if (!empty && !partial && expected != actual && !(test.IsApproximate && IsClose(expected, actual)))
            {
                Differs(string.Create(CultureInfo.InvariantCulture, $"st({i})"), expected.ToString(), actual.ToString());
            }
        }
    }

    private static bool IsClose(Float80 a, Float80 b)
    {
        UInt128 left = Scale(a);
        UInt128 right = Scale(b);
        return a.Sign == b.Sign && Math.Abs(a.Exponent - b.Exponent) <= 1 && (left > right ? left - right : right - left) <= Tolerance;

        // Both at the lower one's exponent.
        UInt128 Scale(Float80 value) => (UInt128)value.Mantissa << Math.Clamp(value.Exponent - Math.Min(a.Exponent, b.Exponent), 0, 2);
    }

    private static void DescribeX87(NativeCase test, StringBuilder text)
    {
        if (test.X87 is { } part)
        {
            text.Append(CultureInfo.InvariantCulture, $"  fcw {part.Control:x} fsw {part.Status:x} tags {part.Tags:x}");
            for (int i = 0; i < 8; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $" {Number(part.Stack[i])}");
            }

            text.Append('\n');
        }
    }

    private Float80* Register(ushort status, int i) => (Float80*)&S->FpuRegisters + (((status >> Fsw.TopShift) + i) & 7);

    private static Float80 Number(ReadOnlyMemory<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span), BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span[8..]));
}
