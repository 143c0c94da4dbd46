using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

// SHA-1 and SHA-256. FIPS 180-4; Intel SDM volume 2, SHA1RNDS4 and after. Lane 3 holds the first word of four.

internal readonly struct Sha1nexte : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<uint> source = b.AsUInt32();
        return source.WithElement(3, source.GetElement(3) + uint.RotateLeft(a.AsUInt32().GetElement(3), 30)).AsByte();
    }
}

internal readonly struct Sha1msg1 : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(b.GetUpper(), a.GetLower()) ^ a;
}

internal readonly struct Sha1msg2 : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<uint> x = a.AsUInt32();
        Vector128<uint> y = b.AsUInt32();
        uint w16 = uint.RotateLeft(x.GetElement(3) ^ y.GetElement(2), 1);
        uint w17 = uint.RotateLeft(x.GetElement(2) ^ y.GetElement(1), 1);
        uint w18 = uint.RotateLeft(x.GetElement(1) ^ y.GetElement(0), 1);
        uint w19 = uint.RotateLeft(x.GetElement(0) ^ w16, 1);
        return Vector128.Create(w19, w18, w17, w16).AsByte();
    }
}

/// <summary>Four rounds of SHA-1; the immediate chooses function and constant.</summary>
internal readonly struct Sha1rnds4 : IPackedImmediate
{
    public static Vector128<byte> Do(Vector128<byte> state, Vector128<byte> source, int immediate)
    {
        Vector128<uint> x = state.AsUInt32();
        uint a = x.GetElement(3);
        uint b = x.GetElement(2);
        uint c = x.GetElement(1);
        uint d = x.GetElement(0);
        uint e = 0;
        for (int round = 0; round < 4; round++)
        {
            (uint f, uint k) = (immediate & 3) switch
            {
                0 => ((b & c) ^ (~b & d), 0x5A827999u),
                1 => (b ^ c ^ d, 0x6ED9EBA1u),
                2 => ((b & c) ^ (b & d) ^ (c & d), 0x8F1BBCDCu),
                _ => (b ^ c ^ d, 0xCA62C1D6u),
            };
            uint next = f + uint.RotateLeft(a, 5) + source.AsUInt32().GetElement(3 - round) + e + k;
            (a, b, c, d, e) = (next, a, uint.RotateLeft(b, 30), c, d);
        }

        return Vector128.Create(d, c, b, a).AsByte();
    }
}

internal readonly struct Sha256msg1 : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<uint> x = a.AsUInt32();
        Vector128<uint> next = Vector128.Create(x.GetElement(1), x.GetElement(2), x.GetElement(3), b.AsUInt32().GetElement(0));
        return (x + (RotateRight(next, 7) ^ RotateRight(next, 18) ^ (next >>> 3))).AsByte();
    }

    private static Vector128<uint> RotateRight(Vector128<uint> a, int count) => (a >>> count) | (a << (32 - count));
}

internal readonly struct Sha256msg2 : IPacked
{
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<uint> x = a.AsUInt32();
        uint w16 = x.GetElement(0) + Sigma(b.AsUInt32().GetElement(2));
        uint w17 = x.GetElement(1) + Sigma(b.AsUInt32().GetElement(3));
        return Vector128.Create(w16, w17, x.GetElement(2) + Sigma(w16), x.GetElement(3) + Sigma(w17)).AsByte();
    }

    private static uint Sigma(uint w) => uint.RotateRight(w, 17) ^ uint.RotateRight(w, 19) ^ (w >> 10);
}

internal static unsafe partial class Sse
{
    /// <summary>SHA256RNDS2: two rounds; XMM0 holds the words with their constants added.</summary>
    internal readonly struct Sha256Rounds<T> : IOp
        where T : struct, IVectorSource
    {
        public static Uop* Run(Registers.CpuState* s, Uop* u)
        {
            if (!Ready(s) || !T.Read(s, u, out Vector128<byte> source))
            {
                return Ops.Fault(s, u);
            }

            Vector128<uint>* destination = (Vector128<uint>*)At(s, u->Dst);
            Vector128<uint> upper = source.AsUInt32();
            uint a = upper.GetElement(3);
            uint b = upper.GetElement(2);
            uint e = upper.GetElement(1);
            uint f = upper.GetElement(0);
            uint c = destination->GetElement(3);
            uint d = destination->GetElement(2);
            uint g = destination->GetElement(1);
            uint h = destination->GetElement(0);
            for (int round = 0; round < 2; round++)
            {
                uint t1 = h + ((e & f) ^ (~e & g)) + (uint.RotateRight(e, 6) ^ uint.RotateRight(e, 11) ^ uint.RotateRight(e, 25))
                    + At(s, 0)->AsUInt32().GetElement(round);
                uint t2 = ((a & b) ^ (a & c) ^ (b & c)) + (uint.RotateRight(a, 2) ^ uint.RotateRight(a, 13) ^ uint.RotateRight(a, 22));
                (a, b, c, d, e, f, g, h) = (t1 + t2, a, b, c, d + t1, e, f, g);
            }

            *destination = Vector128.Create(f, e, b, a);
            return u + 1;
        }
    }
}
