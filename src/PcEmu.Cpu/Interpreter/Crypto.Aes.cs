using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

/// <summary>The steps of AES on a state of 16 bytes, column by column. FIPS 197; Intel SDM volume 2, AESENC.</summary>
internal static class AesSteps
{
    private static readonly byte[] Box = MakeBox();
    private static readonly byte[] InverseBox = Invert(Box);

    /// <summary>ShiftRows, as the place that each byte comes from.</summary>
    private static readonly Vector128<byte> Rows = Vector128.Create((byte)0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);

    /// <summary>InvShiftRows.</summary>
    private static readonly Vector128<byte> InverseRows = Vector128.Create((byte)0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3);

    private static readonly Vector128<byte> Next1 = Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
    private static readonly Vector128<byte> Next2 = Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    private static readonly Vector128<byte> Next3 = Vector128.Create((byte)3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);

    /// <summary>ShiftRows and SubBytes.</summary>
    public static Vector128<byte> Substitute(Vector128<byte> state) => Look(Vector128.Shuffle(state, Rows), Box);

    /// <summary>InvShiftRows and InvSubBytes.</summary>
    public static Vector128<byte> InverseSubstitute(Vector128<byte> state) => Look(Vector128.Shuffle(state, InverseRows), InverseBox);

    /// <summary>MixColumns: 2, 3, 1, 1.</summary>
    public static Vector128<byte> Mix(Vector128<byte> a)
    {
        Vector128<byte> next = Vector128.Shuffle(a, Next1);
        return Double(a ^ next) ^ next ^ Vector128.Shuffle(a, Next2) ^ Vector128.Shuffle(a, Next3);
    }

    /// <summary>InvMixColumns: 14, 11, 13, 9, which is MixColumns after 5, 0, 4, 0.</summary>
    public static Vector128<byte> InverseMix(Vector128<byte> a)
    {
        Vector128<byte> four = Double(Double(a ^ Vector128.Shuffle(a, Next2)));
        return Mix(a ^ four);
    }

    /// <summary>SubWord.</summary>
    public static uint SubstituteWord(uint word) =>
        Box[(byte)word] | ((uint)Box[(byte)(word >> 8)] << 8) | ((uint)Box[(byte)(word >> 16)] << 16) | ((uint)Box[word >> 24] << 24);

    private static Vector128<byte> Double(Vector128<byte> a) =>
        (a << 1) ^ ((a.AsSByte() >> 7).AsByte() & Vector128.Create((byte)0x1B));

    private static unsafe Vector128<byte> Look(Vector128<byte> at, byte[] box)
    {
        Vector128<byte> r = default;
        for (int i = 0; i < 16; i++)
        {
            ((byte*)&r)[i] = box[((byte*)&at)[i]];
        }

        return r;
    }

    // Walks the field by powers of the generator 3 and of its inverse: each p comes with its reciprocal q.
    private static byte[] MakeBox()
    {
        var box = new byte[256];
        byte p = 1;
        byte q = 1;
        do
        {
            p = (byte)(p ^ (p << 1) ^ ((p & 0x80) != 0 ? 0x1B : 0));
            q ^= (byte)(q << 1);
            q ^= (byte)(q << 2);
            q ^= (byte)(q << 4);
            q ^= (byte)((q & 0x80) != 0 ? 0x09 : 0);
            box[p] = (byte)(q ^ Rotate(q, 1) ^ Rotate(q, 2) ^ Rotate(q, 3) ^ Rotate(q, 4) ^ 0x63);
        }
        while (p != 1);
        box[0] = 0x63;
        return box;
    }

    private static int Rotate(byte a, int count) => (byte)((a << count) | (a >> (8 - count)));

    private static byte[] Invert(byte[] box)
    {
        var inverse = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            inverse[box[i]] = (byte)i;
        }

        return inverse;
    }
}

internal readonly struct Aesenc : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => AesSteps.Mix(AesSteps.Substitute(a)) ^ b;
}

internal readonly struct Aesenclast : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => AesSteps.Substitute(a) ^ b;
}

internal readonly struct Aesdec : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => AesSteps.InverseMix(AesSteps.InverseSubstitute(a)) ^ b;
}

internal readonly struct Aesdeclast : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => AesSteps.InverseSubstitute(a) ^ b;
}

internal readonly struct Aesimc : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => AesSteps.InverseMix(b);
}

/// <summary>AESKEYGENASSIST; the immediate is the round constant.</summary>
internal readonly struct Aeskeygenassist : IPackedImmediate
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate)
    {
        uint first = AesSteps.SubstituteWord(b.AsUInt32().GetElement(1));
        uint second = AesSteps.SubstituteWord(b.AsUInt32().GetElement(3));
        uint constant = (byte)immediate;
        return Vector128.Create(first, uint.RotateRight(first, 8) ^ constant, second, uint.RotateRight(second, 8) ^ constant).AsByte();
    }
}

/// <summary>PCLMULQDQ: a product without carries; immediate bits 0 and 4 choose the halves.</summary>
internal readonly struct Pclmulqdq : IPackedImmediate
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate)
    {
        ulong x = a.AsUInt64().GetElement(immediate & 1);
        UInt128 y = b.AsUInt64().GetElement((immediate >> 4) & 1);
        UInt128 r = 0;
        for (int i = 0; i < 64; i++)
        {
            r ^= (y << i) & (0 - (UInt128)((x >> i) & 1));
        }

        return Vector128.Create((ulong)r, (ulong)(r >> 64)).AsByte();
    }
}
