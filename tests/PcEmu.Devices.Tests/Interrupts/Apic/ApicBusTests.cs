using PcEmu.Devices.Interrupts;
using static PcEmu.Devices.Tests.Interrupts.ApicRegister;

namespace PcEmu.Devices.Tests.Interrupts;

[TestFixture]
public sealed class ApicBusTests
{
    private const uint Logical = 0x800;
    private const uint Assert0 = 0x4000;

    // Model of all processors, logical ids of four processors, destination; who takes the interrupt.
    [TestCase(0xFu, "01 02 04 08", 0x05, "0 2")]
    [TestCase(0xFu, "01 02 04 08", 0xFF, "0 1 2 3")]
    [TestCase(0xFu, "01 02 04 08", 0x00, "")]
    [TestCase(0xFu, "03 03 04 00", 0x02, "0 1")]
    [TestCase(0x0u, "11 12 21 22", 0x11, "0")]
    [TestCase(0x0u, "11 12 21 22", 0x13, "0 1")]
    [TestCase(0x0u, "11 12 21 22", 0x2F, "2 3")]
    [TestCase(0x0u, "11 12 21 22", 0x10, "")]
    [TestCase(0x5u, "11 12 21 22", 0xFF, "", Description = "a reserved model matches nothing")]
    public void LogicalDestination(uint model, string ids, int destination, string takers)
    {
        ApicBench bench = new ApicBench(4).Enable();
        string[] id = ids.Split(' ');
        for (int i = 0; i < 4; i++)
        {
            bench.Current = i;
            bench[Dfr] = (model << 28) | 0x0FFF_FFFF;
            bench[Ldr] = Convert.ToUInt32(id[i], 16) << 24;
        }

        bench.Bus.Deliver((byte)destination, true, ApicDelivery.Fixed, 0x40, false);

        Assert.That(Takers(bench, 0x40), Is.EqualTo(takers));
    }

    [TestCase(0, "0")]
    [TestCase(2, "2")]
    [TestCase(9, "")]
    [TestCase(0xFF, "0 1 2 3")]
    public void PhysicalDestination(int destination, string takers)
    {
        ApicBench bench = new ApicBench(4).Enable();

        bench.Bus.Deliver((byte)destination, false, ApicDelivery.Fixed, 0x40, false);

        Assert.That(Takers(bench, 0x40), Is.EqualTo(takers));
    }

    [TestCase(0xEu, "1")]
    [TestCase(0xCu, "2")]
    [TestCase(0xFu, "0")]
    [TestCase(0x0u, "")]
    public void LowestPriorityGoesToTheFirstDestination(uint destination, string taker)
    {
        ApicBench bench = new ApicBench(4).Enable();

        bench.Bus.Deliver((byte)destination, true, ApicDelivery.LowestPriority, 0x40, false);

        Assert.That(Takers(bench, 0x40), Is.EqualTo(taker));
    }

    // ICR low and high of processor 1; who takes it.
    [TestCase(0x0_0040u, 0x0200_0000u, "2")]
    [TestCase(0x0_0040u | Logical, 0x0900_0000u, "0 3")]
    [TestCase(0x4_0040u, 0u, "1")]
    [TestCase(0x8_0040u, 0u, "0 1 2 3")]
    [TestCase(0xC_0040u, 0u, "0 2 3")]
    [TestCase(0xC_0140u, 0u, "0", Description = "lowest priority")]
    public void InterruptCommand(uint low, uint high, string takers)
    {
        ApicBench bench = new ApicBench(4).Enable();
        bench.Current = 1;

        bench[IcrHigh] = high;
        bench[IcrLow] = low;

        Assert.That(Takers(bench, 0x40), Is.EqualTo(takers));
        Assert.That(bench[IcrLow], Is.EqualTo(low), "delivery is done at once: its status is idle");
    }

    [TestCase(0xC_0400u, "nmi")]
    [TestCase(0xC_0200u, "smi")]
    [TestCase(0xC_0500u | Assert0, "init")]
    [TestCase(0xC_8500u | Assert0, "init")]
    [TestCase(0xC_8500u, null, Description = "INIT level de-assert only synchronizes arbitration ids")]
    [TestCase(0xC_0340u, null, Description = "a reserved mode")]
    public void CommandsOtherThanVectors(uint low, string? expected)
    {
        ApicBench bench = new ApicBench(2).Enable();
        bench.Current = 0;

        bench[IcrLow] = low;

        Assert.That(bench.Cpus[1].Happened, Is.EqualTo(expected ?? ""));
        Assert.That(bench.Cpus[0].Happened, Is.Empty);
    }

    [Test]
    public void InitDeassertCopiesIdsToArbitrationIds()
    {
        ApicBench bench = new ApicBench(2).Enable();
        bench.Current = 0;

        bench[IcrLow] = 0xC_8500;

        Assert.That(ApicBench.Save(bench.Cpus[1].Apic)[5], Is.EqualTo(1));
    }

    [Test]
    public void StartUpCountsOnceAfterInit()
    {
        ApicBench bench = new ApicBench(2).Enable();
        bench.Current = 0;

        bench[IcrLow] = 0xC_4500;
        bench[IcrLow] = 0xC_4612;
        bench[IcrLow] = 0xC_4634;

        Assert.That(bench.Cpus[1].Happened, Is.EqualTo("init, start 0x12"));
        Assert.That(bench.Cpus[1].Apic.WaitsForStartUp, Is.False);
    }

    [Test]
    public void BootstrapProcessorDoesNotWaitForStartUp()
    {
        ApicBench bench = new ApicBench().Enable();

        bench[IcrLow] = 0x4_4500;
        bench[IcrLow] = 0x4_4612;

        Assert.That(bench.Cpus[0].Happened, Is.EqualTo("init"));
    }

    // Address and data as a device writes them; who takes which vector, and whether it is level-triggered.
    [TestCase(0xFEE0_0000u, 0x0041u, "0", false)]
    [TestCase(0xFEE0_0008u, 0x0041u, "0", false)]
    [TestCase(0xFEE0_2000u, 0x0041u, "2", false)]
    [TestCase(0xFEE0_A004u, 0x0041u, "1 3", false)]
    [TestCase(0xFEE0_A00Cu, 0x0141u, "1", false)]
    [TestCase(0xFEEF_F000u, 0xC041u, "0 1 2 3", true)]
    public void MessageSignalledInterrupt(uint address, uint data, string takers, bool level)
    {
        ApicBench bench = new ApicBench(4).Enable();

        bench.Write(address, data);

        Assert.That(Takers(bench, 0x41), Is.EqualTo(takers));
        Assert.That(bench.Vectors(takers[0] - '0', Tmr), Is.EqualTo(level ? "41" : ""));
    }

    [Test]
    public void EachProcessorSeesItsOwnRegisters()
    {
        ApicBench bench = new ApicBench(3).Enable();
        bench.Current = 2;

        bench[Tpr] = 0x33;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench[Id], Is.EqualTo(0x0200_0000u));
            Assert.That(bench[Tpr], Is.EqualTo(0x33u));
            bench.Current = 0;
            Assert.That(bench[Tpr], Is.Zero);
        }
    }

    private static string Takers(ApicBench bench, int vector) =>
        string.Join(' ', Enumerable.Range(0, bench.Cpus.Length).Where(i => bench.HasRequest(i, vector)));
}
