using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Interrupts;
using PcEmu.TestSupport;

namespace PcEmu.Devices.Tests.Interrupts;

[TestFixture]
public sealed class IoApicTests
{
    private const uint Masked = 0x1_0000;
    private const uint LevelTriggered = 0x8000;
    private const uint RemoteIrr = 0x4000;
    private const uint ActiveLow = 0x2000;
    private const uint Logical = 0x800;
    private const uint ExtInt = 0x700;

    private ApicBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new ApicBench(2).Enable();

    [Test]
    public void RegistersAfterReset()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.ReadIo(0), Is.Zero);
            Assert.That(_bench.ReadIo(1), Is.EqualTo(0x0017_0011u));
            for (int i = 0; i < IoApic.PinCount; i++)
            {
                Assert.That(_bench.ReadIo(0x10 + (2 * i)), Is.EqualTo(Masked));
                Assert.That(_bench.ReadIo(0x11 + (2 * i)), Is.Zero);
            }
        }
    }

    [Test]
    public void IdHasFourBits()
    {
        _bench.WriteIo(0, 0xFF00_0000);

        Assert.That(_bench.ReadIo(0), Is.EqualTo(0x0F00_0000u));
        Assert.That(_bench.ReadIo(2), Is.EqualTo(0x0F00_0000u), "QEMU shows the id as arbitration id");
    }

    [Test]
    public void ReadOnlyBitsOfAnEntryStay()
    {
        _bench.WriteIo(0x10, 0xFFFF_FFFF);

        Assert.That(_bench.ReadIo(0x10) & 0x5000, Is.Zero, "delivery status, remote IRR");
    }

    [TestCase(0u, "40", TestName = "RisingEdgeIsOneRequest")]
    [TestCase(ActiveLow, "40", TestName = "PolarityHasNoEffect")]
    [TestCase(Masked, "", TestName = "EdgeAtAMaskedInputIsLost")]
    public void Edge(uint flags, string requests)
    {
        Program(5, 0x40 | flags);

        _bench.IoApic.Pin(5).Set(true);
        _bench.IoApic.Pin(5).Set(true);
        Program(5, 0x40);

        Assert.That(_bench.Requests(0), Is.EqualTo(requests));
        Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(requests.Length > 0 ? 0x40 : 0xFF));
        Assert.That(_bench.Requests(0), Is.Empty);

        _bench.IoApic.Pin(5).Set(false);
        _bench.IoApic.Pin(5).Set(true);
        Assert.That(_bench.Requests(0), Is.EqualTo("40"), "the next edge");
    }

    [Test]
    public void LevelAsksAgainAtEoiWhileTheLineIsAsserted()
    {
        Program(10, 0x50 | LevelTriggered);
        _bench.IoApic.Pin(10).Set(true);

        for (int i = 0; i < 3; i++)
        {
            Assert.That(_bench.IoApic.Redirection(10), Is.EqualTo(0x50 | LevelTriggered | RemoteIrr));
            Assert.That(_bench.Apic.AcknowledgeInterrupt(), Is.EqualTo(0x50));
            Assert.That(_bench.Requests(0), Is.Empty, "not before its EOI");
            _bench[ApicRegister.Eoi] = 0;
            Assert.That(_bench.Requests(0), Is.EqualTo("50"));
        }

        _bench.Apic.AcknowledgeInterrupt();
        _bench.IoApic.Pin(10).Set(false);
        _bench[ApicRegister.Eoi] = 0;

        Assert.That(_bench.Requests(0), Is.Empty);
        Assert.That(_bench.IoApic.Redirection(10), Is.EqualTo(0x50 | LevelTriggered));
    }

    [Test]
    public void LevelAtAMaskedInputGoesOutWhenTheMaskGoes()
    {
        Program(10, 0x50 | LevelTriggered | Masked);
        _bench.IoApic.Pin(10).Set(true);
        Assert.That(_bench.Requests(0), Is.Empty);

        Program(10, 0x50 | LevelTriggered);

        Assert.That(_bench.Requests(0), Is.EqualTo("50"));
    }

    [Test]
    public void SwitchingToEdgeAndBackClearsRemoteIrr()
    {
        Program(10, 0x50 | LevelTriggered);
        _bench.IoApic.Pin(10).Set(true);
        _bench.Apic.AcknowledgeInterrupt();

        Program(10, 0x50 | Masked);
        Assert.That(_bench.IoApic.Redirection(10), Is.EqualTo(0x50 | Masked));
        Program(10, 0x50 | LevelTriggered);

        Assert.That(_bench.Requests(0), Is.EqualTo("50"), "the line is still asserted");
    }

    [TestCase(0x00u, 0u, "0")]
    [TestCase(0x01u, 0u, "1")]
    [TestCase(0xFFu, 0u, "0 1")]
    [TestCase(0x02u, Logical, "1")]
    [TestCase(0x03u, Logical, "0 1")]
    [TestCase(0x03u, Logical | 0x100, "0", Description = "lowest priority")]
    public void EntryNamesTheDestination(uint destination, uint flags, string takers)
    {
        Program(3, 0x60 | flags, destination);

        _bench.IoApic.Pin(3).Set(true);

        Assert.That(string.Join(' ', Enumerable.Range(0, 2).Where(i => _bench.HasRequest(i, 0x60))), Is.EqualTo(takers));
    }

    [TestCase(0x400u, "nmi")]
    [TestCase(0x200u, "smi")]
    [TestCase(0x500u, "init")]
    public void EntryNamesTheMode(uint mode, string expected)
    {
        Program(3, 0x60 | mode, 1);

        _bench.IoApic.Pin(3).Set(true);

        Assert.That(_bench.Cpus[1].Happened, Is.EqualTo(expected));
    }

    [Test]
    public void ExtIntTakesTheVectorFromThePic()
    {
        _bench.PicVector = 0x31;
        Program(2, 0x60 | ExtInt);

        _bench.IoApic.Pin(2).Set(true);

        Assert.That(_bench.Requests(0), Is.EqualTo("31"));
    }

    [Test]
    public void RegisterThatIsNotThereReadsZeroAndIsReported()
    {
        Assert.That(_bench.ReadIo(0x40), Is.Zero);
        Assert.That(_bench.Messages, Has.Some.Contains("register 0x40"));
    }

    [Test]
    public void EveryMutableFieldIsSaved() => Assert.That(StateCompleteness.Unsaved(_bench.IoApic), Is.Empty);

    [Test]
    public void SectionHas206Bytes()
    {
        Program(0, 0x60 | LevelTriggered, 0xAB);
        _bench.WriteIo(0, 0x0500_0000);
        _bench.IoApic.Pin(0).Set(true);

        byte[] bytes = ApicBench.Save(_bench.IoApic);

        Assert.That(bytes, Has.Length.EqualTo(206));
        Assert.That(Convert.ToHexString(bytes.AsSpan(0, 22)), Is.EqualTo("05" + "00" + "0000000000000000" + "00000001" + "AB0000000000C060"));
    }

    [Test]
    public void VersionOneHasNoRequests()
    {
        _bench.IoApic.Pin(4).Set(true);
        byte[] bytes = new byte[2 + (8 * IoApic.PinCount)];
        bytes[0] = 3;
        bytes[2 + (8 * 4) + 6] = 0x80;
        bytes[2 + (8 * 4) + 7] = 0x44;

        ApicBench.Load(_bench.IoApic, bytes, version: 1);

        Assert.That(_bench.ReadIo(0), Is.EqualTo(0x0300_0000u));
        Assert.That(_bench.IoApic.Redirection(4), Is.EqualTo(0x8044));
        Assert.That(_bench.Requests(0), Is.Empty);
    }

    [Test]
    public void LoadedLevelsThatWaitAreServed()
    {
        byte[] bytes = ApicBench.Save(_bench.IoApic);
        bytes[10 + 2] = 0x04; // input 10 is asserted
        bytes[14 + (8 * 10) + 5] = 0;
        bytes[14 + (8 * 10) + 6] = 0x80;
        bytes[14 + (8 * 10) + 7] = 0x4A;

        ApicBench.Load(_bench.IoApic, bytes);

        Assert.That(_bench.Requests(0), Is.EqualTo("4A"));
        Assert.That(_bench.IoApic.Redirection(10), Is.EqualTo(0x4A | LevelTriggered | RemoteIrr));
    }

    [Test]
    public void StreamThatIsTooShortIsRefused() =>
        Assert.That(() => ApicBench.Load(_bench.IoApic, ApicBench.Save(_bench.IoApic)[..100]), Throws.TypeOf<StateException>());

    [Test]
    public void AnyTrafficIsSurvivedAndTheStateIsWhole() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 0x40], Gen.UInt, Gen.OneOf(1, 2, 4, 8)).Array[1, 80].Sample(
            steps =>
            {
                ApicBench bench = new ApicBench(2).Enable();
                foreach ((int kind, int register, uint value, int size) in steps)
                {
                    switch (kind)
                    {
                        case 0:
                            bench.WriteIo(register, value);
                            break;
                        case 1:
                            bench.IoApic.Pin(register % IoApic.PinCount).Set((value & 1) != 0);
                            break;
                        case 2:
                            bench.Write(ApicBench.IoApicBase + ((ulong)register & 0x1C), value, size);
                            bench[ApicRegister.Eoi] = 0;
                            break;
                        default:
                            bench.Read(ApicBench.IoApicBase + ((ulong)register & 0x1F), size);
                            bench.Apic.AcknowledgeInterrupt();
                            break;
                    }
                }

                byte[] saved = ApicBench.Save(bench.IoApic);
                var other = new ApicBench(2);
                ApicBench.Load(other.IoApic, saved);
                Assert.That(ApicBench.Save(other.IoApic), Is.EqualTo(saved));
            },
            iter: 300);

    private void Program(int pin, uint low, uint destination = 0)
    {
        _bench.WriteIo(0x11 + (2 * pin), destination << 24);
        _bench.WriteIo(0x10 + (2 * pin), low);
    }
}
