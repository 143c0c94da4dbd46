using System.Globalization;
using PcEmu.Cpu.Fpu;

namespace PcEmu.Cpu.Tests.Fpu;

/// <summary>80-bit arithmetic on its own: known values, rounding, exceptions.</summary>
[TestFixture]
public sealed class Float80Tests
{
    private const uint Nearest = Fcw.Initial;
    private const uint Down = Fcw.Initial | Fcw.Down;
    private const uint Up = Fcw.Initial | Fcw.Up;
    private const uint Chop = Fcw.Initial | Fcw.Chop;
    private const uint Single = Fcw.Initial & ~Fcw.Precision;
    private const uint Double = Single | Fcw.Double;
    private const uint None = 0;
    private const uint P = Fsw.Pe;
    private const uint PUp = Fsw.Pe | Fsw.C1;

    private const string One = "3fff:8000000000000000";
    private const string Two = "4000:8000000000000000";
    private const string Three = "4000:c000000000000000";
    private const string Third = "3ffd:aaaaaaaaaaaaaaab";
    private const string Largest = "7ffe:ffffffffffffffff";
    private const string Smallest = "0001:8000000000000000";
    private const string Tiny = "0000:0000000000000001";
    private const string PseudoDenormal = "0000:8000000000000000";
    private const string Zero = "0000:0000000000000000";
    private const string MinusZero = "8000:0000000000000000";
    private const string Infinity = "7fff:8000000000000000";
    private const string MinusInfinity = "ffff:8000000000000000";
    private const string Indefinite = "ffff:c000000000000000";
    private const string Unnormal = "3fff:4000000000000000";
    private const string SmallNaN = "7fff:c000000000000001";
    private const string LargeNaN = "7fff:c000000000000002";
    private const string Signalling = "7fff:bfffffffffffffff";

    [TestCase(One, One, Nearest, Two, None)]
    [TestCase(One, "3fbf:8000000000000000", Nearest, One, P, Description = "half of the last place, tie to even")]
    [TestCase("3fff:8000000000000001", "3fbf:8000000000000000", Nearest, "3fff:8000000000000002", PUp)]
    [TestCase(One, "3fbf:8000000000000000", Up, "3fff:8000000000000001", PUp)]
    [TestCase(One, "bf7f:8000000000000000", Chop, "3ffe:ffffffffffffffff", P)]
    [TestCase(One, "bf7f:8000000000000000", Nearest, One, PUp)]
    [TestCase(One, "bffe:ffffffffffffffff", Nearest, "3fbf:8000000000000000", None, Description = "cancellation")]
    [TestCase(One, "bfff:8000000000000000", Nearest, Zero, None)]
    [TestCase(One, "bfff:8000000000000000", Down, MinusZero, None)]
    [TestCase(One, "3fd8:8000000000000000", Single, "3fff:8000000000000000", P, Description = "24 bits")]
    [TestCase(One, "3fcb:8000000000000000", Double, "3fff:8000000000000800", None, Description = "53 bits")]
    [TestCase(Largest, Largest, Nearest, Infinity, Fsw.Oe | PUp)]
    [TestCase(Largest, Largest, Chop, Largest, Fsw.Oe | P)]
    [TestCase(Largest, Largest, Nearest & ~Fsw.Oe, "1fff:ffffffffffffffff", Fsw.Oe, Description = "unmasked: exponent less 24576")]
    [TestCase(Infinity, MinusInfinity, Nearest, Indefinite, Fsw.Ie)]
    [TestCase(Tiny, Tiny, Nearest, "0000:0000000000000002", Fsw.De)]
    [TestCase(PseudoDenormal, PseudoDenormal, Nearest, "0002:8000000000000000", Fsw.De)]
    [TestCase(Unnormal, One, Nearest, Indefinite, Fsw.Ie)]
    [TestCase(SmallNaN, LargeNaN, Nearest, LargeNaN, None)]
    [TestCase(LargeNaN, SmallNaN, Nearest, LargeNaN, None)]
    [TestCase("ffff:c000000000000001", SmallNaN, Nearest, SmallNaN, None, Description = "equal significands: the positive one")]
    [TestCase(Signalling, SmallNaN, Nearest, SmallNaN, Fsw.Ie)]
    [TestCase(Signalling, One, Nearest, "7fff:ffffffffffffffff", Fsw.Ie)]
    [TestCase(Tiny, SmallNaN, Nearest, SmallNaN, None, Description = "a NaN goes before the denormal exception")]
    public void Adds(string a, string b, uint control, string sum, uint status) =>
        Check(Float80.Add(Number(a), Number(b), control), sum, status);

    [TestCase(Three, Third, Nearest, One, P)]
    [TestCase(Three, Three, Nearest, "4002:9000000000000000", None)]
    [TestCase(Smallest, "3ffe:8000000000000000", Nearest, "0000:4000000000000000", None, Description = "exact and tiny: no underflow")]
    [TestCase("0001:8000000000000001", "3ffe:8000000000000000", Nearest, "0000:4000000000000000", Fsw.Ue | P)]
    [TestCase(Smallest, "3ffe:8000000000000000", Nearest & ~Fsw.Ue, "6000:8000000000000000", Fsw.Ue, Description = "unmasked: exponent plus 24576")]
    [TestCase("0001:ffffffffffffffff", "3ffe:8000000000000000", Nearest, Smallest, Fsw.Ue | PUp, Description = "tiny before, normal after rounding")]
    [TestCase(Infinity, Zero, Nearest, Indefinite, Fsw.Ie)]
    [TestCase(Zero, "bfff:8000000000000000", Nearest, MinusZero, None)]
    public void Multiplies(string a, string b, uint control, string product, uint status) =>
        Check(Float80.Multiply(Number(a), Number(b), control), product, status);

    [TestCase(One, Three, Nearest, Third, PUp)]
    [TestCase(One, Three, Chop, "3ffd:aaaaaaaaaaaaaaaa", P)]
    [TestCase(One, Three, Single, "3ffd:aaaaab0000000000", PUp)]
    [TestCase(One, Zero, Nearest, Infinity, Fsw.Ze)]
    [TestCase(Tiny, MinusZero, Nearest, MinusInfinity, Fsw.Ze)]
    [TestCase(Zero, Zero, Nearest, Indefinite, Fsw.Ie)]
    [TestCase("4000:c000000000000000", "3fff:c000000000000000", Nearest, Two, None)]
    public void Divides(string a, string b, uint control, string quotient, uint status) =>
        Check(Float80.Divide(Number(a), Number(b), control), quotient, status);

    [TestCase(Two, Nearest, "3fff:b504f333f9de6484", P)]
    [TestCase(Two, Up, "3fff:b504f333f9de6485", PUp)]
    [TestCase("4002:9000000000000000", Nearest, Three, None)]
    [TestCase(Largest, Nearest, "5ffe:ffffffffffffffff", P)]
    [TestCase(MinusZero, Nearest, MinusZero, None)]
    [TestCase("bfff:8000000000000000", Nearest, Indefinite, Fsw.Ie)]
    [TestCase(Tiny, Nearest, "1fe0:b504f333f9de6484", Fsw.De | P)]
    public void TakesSquareRoots(string a, uint control, string root, uint status) =>
        Check(Float80.SquareRoot(Number(a), control), root, status);

    [TestCase("4001:e000000000000000", Three, false, One, Fsw.C3, Description = "7 = 2 * 3 + 1")]
    [TestCase("4001:a000000000000000", Three, true, "bfff:8000000000000000", Fsw.C3, Description = "5 = 2 * 3 - 1")]
    [TestCase("4042:8000000000000000", Three, false, "4003:8000000000000000", Fsw.C2, Description = "too far apart: partly reduced")]
    [TestCase(Infinity, Three, false, Indefinite, Fsw.Ie)]
    [TestCase(Three, Infinity, false, Three, None)]
    public void TakesRemainders(string a, string b, bool nearest, string rest, uint status)
    {
        FpuResult result = Float80.Remainder(Number(a), Number(b), nearest, Nearest);
        if ((status & Fsw.C2) != 0)
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(result.Status, Is.EqualTo(status));
                Assert.That(result.Value.Exponent, Is.LessThan(Number(a).Exponent - 31));
            }
        }
        else
        {
            Check(result, rest, status);
        }
    }

    [TestCase("3ffe:8000000000000000", Nearest, 0, P)]
    [TestCase("3fff:c000000000000000", Nearest, 2, PUp)]
    [TestCase("bffe:8000000000000000", Down, -1, PUp)]
    [TestCase("400d:fffe000000000000", Nearest, 32767, None)]
    [TestCase("c00e:8000000000000000", Nearest, -32768, None)]
    [TestCase("400e:8000000000000000", Nearest, -32768, Fsw.Ie)]
    [TestCase("400d:ffff000000000000", Nearest, -32768, Fsw.Ie, Description = "32767.5 rounds out of range")]
    [TestCase(SmallNaN, Nearest, -32768, Fsw.Ie)]
    public void ConvertsToWords(string a, uint control, long integer, uint status)
    {
        long result = Float80.ToInteger(Number(a), 16, control, out uint actual);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result, Is.EqualTo(integer));
            Assert.That(actual, Is.EqualTo(status));
        }
    }

    [Test]
    public void DoublesGoThroughUnchanged(
        [Values(0ul, 1ul, 0x8000_0000_0000_0001ul, 0x000F_FFFF_FFFF_FFFFul, 0x0010_0000_0000_0000ul, 0x3FF0_0000_0000_0000ul, 0x7FEF_FFFF_FFFF_FFFFul, 0xFFF0_0000_0000_0000ul, 0x7FF8_0000_0000_0001ul)] ulong bits)
    {
        Float80 value = Float80.FromDouble(bits, out bool denormal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Float80.ToDouble(value, Nearest, out uint status), Is.EqualTo(bits));
            Assert.That(status, Is.Zero);
            Assert.That(denormal, Is.EqualTo((bits & 0x7FF0_0000_0000_0000) == 0 && bits << 1 != 0));
        }
    }

    [TestCase("3fff:8000008000000000", Nearest, 0x3F80_0000u, P)]
    [TestCase("3fff:8000018000000000", Nearest, 0x3F80_0002u, PUp)]
    [TestCase("407f:8000000000000000", Nearest, 0x7F80_0000u, Fsw.Oe | PUp)]
    [TestCase("407f:8000000000000000", Chop, 0x7F7F_FFFFu, Fsw.Oe | P)]
    [TestCase("3f69:c000000000000000", Nearest, 0x0000_0001u, Fsw.Ue | PUp, Description = "three quarters of the smallest denormal")]
    [TestCase("3f80:ffffffffffffffff", Nearest, 0x0080_0000u, PUp, Description = "rounds up to the smallest normal: not tiny after rounding")]
    [TestCase(Signalling, Nearest, 0x7FFF_FFFFu, Fsw.Ie)]
    public void ConvertsToSingles(string a, uint control, uint bits, uint status)
    {
        uint result = Float80.ToSingle(Number(a), control, out uint actual);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result, Is.EqualTo(bits), result.ToString("x8", CultureInfo.InvariantCulture));
            Assert.That(actual, Is.EqualTo(status));
        }
    }

    [Test]
    public void PackedDecimalHasEighteenDigits()
    {
        Float80 value = Float80.FromDecimal(0x3456_7890_1234_5678, 0x8012);
        ulong low = Float80.ToDecimal(value, Nearest, out uint high, out uint status);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(value, Is.EqualTo(Float80.FromInteger(-12_3456_7890_1234_5678)));
            Assert.That((low, high, status), Is.EqualTo((0x3456_7890_1234_5678ul, 0x8012u, 0u)));
            Assert.That(Float80.ToDecimal(Float80.FromInteger(1_000_000_000_000_000_000), Nearest, out high, out status), Is.EqualTo(0xC000_0000_0000_0000));
            Assert.That((high, status), Is.EqualTo((0xFFFFu, Fsw.Ie)));
        }
    }

    [TestCase(Unnormal, 0u)]
    [TestCase(SmallNaN, Fsw.C0)]
    [TestCase(Indefinite, Fsw.C0 | Fsw.C1)]
    [TestCase(One, Fsw.C2)]
    [TestCase(Infinity, Fsw.C2 | Fsw.C0)]
    [TestCase(MinusZero, Fsw.C3 | Fsw.C1)]
    [TestCase(Tiny, Fsw.C3 | Fsw.C2)]
    [TestCase(PseudoDenormal, Fsw.C3 | Fsw.C2)]
    public void Examines(string a, uint codes) => Assert.That(Number(a).Examine(), Is.EqualTo(codes));

    [TestCase(One, Two, Fsw.C0)]
    [TestCase(Two, One, 0u)]
    [TestCase("bfff:8000000000000000", "c000:8000000000000000", 0u)]
    [TestCase(Zero, MinusZero, Fsw.C3)]
    [TestCase(PseudoDenormal, Smallest, Fsw.C3 | Fsw.De)]
    [TestCase(SmallNaN, One, Fsw.C3 | Fsw.C2 | Fsw.C0 | Fsw.Ie)]
    public void Compares(string a, string b, uint status) => Assert.That(Float80.Compare(Number(a), Number(b), ordered: true), Is.EqualTo(status));

    // Expected values are the exact results rounded to 64 bits.
    [TestCase("sin", "3fff:8000000000000000", "3ffe:d76aa47848677021")]
    [TestCase("cos", "3fff:8000000000000000", "3ffe:8a51407da8345c92")]
    [TestCase("tan", "3fff:8000000000000000", "3fff:c75922e5f71d2dc5")]
    [TestCase("sin", "4000:c90fdaa22168c235", "bfbf:8000000000000000", Description = "what 66 bits of pi leave")]
    [TestCase("2xm1", "3ffe:8000000000000000", "3ffd:d413cccfe7799211")]
    [TestCase("2xm1", "bffd:8000000000000000", "bffc:a2ec0cd4a58a542f")]
    [TestCase("log2", "4000:c000000000000000", "3fff:cae00d1cfdeb43d0")]
    [TestCase("log2p1", "3f9b:8000000000000000", "3f9b:b8aa3b295c17f0bc")]
    [TestCase("atan", "3fff:8000000000000000", "3ffe:c90fdaa22168c235")]
    public void TranscendentalsAreWithinOneUnit(string function, string a, string expected)
    {
        Float80 x = Number(a);
        FpuResult result = function switch
        {
            "sin" => Float80.SineAndCosine(x, Nearest, out _),
            "cos" => Cosine(x),
            "tan" => Float80.Tangent(x, Nearest),
            "2xm1" => Float80.PowerMinusOne(x, Nearest),
            "log2" => Float80.Logarithm(Float80.One, x, Nearest),
            "log2p1" => Float80.LogarithmOfOnePlus(Float80.One, x, Nearest),
            _ => Float80.Arctangent(x, Float80.One, Nearest),
        };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Value.SignExponent, Is.EqualTo(Number(expected).SignExponent));
            Assert.That((long)(result.Value.Mantissa - Number(expected).Mantissa), Is.InRange(-1, 1), result.Value.ToString());
            Assert.That(result.Status & ~Fsw.C1, Is.EqualTo(Fsw.Pe));
        }
    }

    [Test]
    public void AnAngleFrom2To63OnIsNotReduced() =>
        Assert.That(Float80.Tangent(Number("403e:8000000000000000"), Nearest).Status, Is.EqualTo(Fsw.C2));

    private static FpuResult Cosine(Float80 x)
    {
        Float80.SineAndCosine(x, Nearest, out FpuResult cosine);
        return cosine;
    }

    private static Float80 Number(string text) =>
        new(ulong.Parse(text.AsSpan(5), NumberStyles.HexNumber, CultureInfo.InvariantCulture), uint.Parse(text.AsSpan(0, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static void Check(FpuResult result, string value, uint status)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Value.ToString(), Is.EqualTo(value));
            Assert.That(result.Status, Is.EqualTo(status));
        }
    }
}
