using PcEmu.Core.State;
using PcEmu.Devices.Acpi;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Acpi;

public sealed class Piix4PmTests
{
    private const int PowerButton = 0x0100;
    private const int TimerEvent = 0x0001;

    [Test]
    public void HeaderAndResetValuesAreTheBoards()
    {
        var pc = new PmBoard();
        Assert.Multiple(() =>
        {
            Assert.That(pc.Host.Read(pc.Chip, 0x00, 4), Is.EqualTo(0x7113_8086));
            Assert.That(pc.Host.Read(pc.Chip, 0x04, 4), Is.EqualTo(0x0280_0000));
            Assert.That(pc.Host.Read(pc.Chip, 0x08, 4), Is.EqualTo(0x0680_0003));
            Assert.That(pc.Host.Read(pc.Chip, 0x3C, 2), Is.EqualTo(0x0100));
            Assert.That(pc.Host.Read(pc.Chip, 0x40, 4), Is.EqualTo(0x0000_0001));
            Assert.That(pc.Host.Read(pc.Chip, 0x58, 4), Is.Zero);
            Assert.That(pc.Host.Read(pc.Chip, 0x90, 4), Is.EqualTo(0x0000_B101));
            Assert.That(pc.Host.Read(pc.Chip, 0xD2, 1), Is.EqualTo(0x09));
        });
    }

    [Test]
    public void WithoutSmmTheFirmwareIsToldThatItIsSetUp()
    {
        var pc = new PmBoard(smmEnabled: false);
        Assert.That(pc.Host.Read(pc.Chip, 0x5B, 1), Is.EqualTo(0x02));
        pc.Host.Out8(0xB2, 0x12);
        Assert.That(pc.Smis, Is.Zero);
    }

    [Test]
    public void LegacyPortsShowInTheConfiguration()
    {
        var pc = new PmBoard();
        pc.Chip.NoteLegacyPorts(pc.Host.Io);
        Assert.That(pc.Host.Read(pc.Chip, 0x5F, 1), Is.EqualTo(0x10));
        Assert.That(pc.Host.Read(pc.Chip, 0x67, 1), Is.Zero);
        var echo = new IoHandlers(static (_, _) => 0, static (_, _, _) => { });
        pc.Host.IoRoot.Add(MemoryRegion.Io("lpt", 8, echo), 0x378);
        pc.Host.IoRoot.Add(MemoryRegion.Io("com1", 8, echo), 0x3F8);
        pc.Chip.NoteLegacyPorts(pc.Host.Io);
        Assert.That(pc.Host.Read(pc.Chip, 0x5F, 1), Is.EqualTo(0x90));
        Assert.That(pc.Host.Read(pc.Chip, 0x63, 1), Is.EqualTo(0x60));
        Assert.That(pc.Host.Read(pc.Chip, 0x67, 1), Is.EqualTo(0x08));
    }

    [Test]
    public void PmBaseNeedsPmregmiscAndMoves()
    {
        var pc = new PmBoard();
        pc.Host.Write(pc.Chip, 0x40, PmBoard.PmBase | 1, 4);
        Assert.That(pc.Host.Io.Find(PmBoard.Control), Is.Null);
        pc.Host.Write(pc.Chip, 0x80, 1, 1);
        pc.Host.Out16(PmBoard.Enable, PowerButton);
        Assert.That(pc.Host.In16(PmBoard.Enable), Is.EqualTo(PowerButton));
        pc.Host.Write(pc.Chip, 0x40, 0x0601, 4);
        Assert.That(pc.Host.In16(0x602), Is.EqualTo(PowerButton));
        Assert.That(pc.Host.Io.Find(PmBoard.Enable), Is.Null);
    }

    [Test]
    public void TimerCountsAt3579545HertzIn24Bits()
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Clock.Now = 1_000_000_000;
        Assert.That(pc.Host.In32(PmBoard.Timer), Is.EqualTo(3_579_545));
        Assert.That(pc.Host.In8(PmBoard.Timer + 1), Is.EqualTo((3_579_545 >> 8) & 0xFF));
        pc.Clock.Now = 10_000_000_000;
        Assert.That(pc.Host.In32(PmBoard.Timer), Is.EqualTo(35_795_450 & 0xFF_FFFF));
        pc.Host.Out32(PmBoard.Timer, 0);
        Assert.That(pc.Host.In32(PmBoard.Timer), Is.EqualTo(35_795_450 & 0xFF_FFFF));
    }

    [Test]
    public void FlipOfTheTimersTopBitRaisesTheSci()
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Clock.Now = 1_000_000_000;
        pc.Host.Out16(PmBoard.Status, TimerEvent);
        Assert.That(pc.Host.In16(PmBoard.Status) & TimerEvent, Is.Zero);
        pc.Host.Out16(PmBoard.Enable, TimerEvent);
        Assert.That(pc.Sci, Is.False);

        // Bit 23 flips at tick 800000h, 2343484437.53 ns after the start.
        pc.Clock.Advance(1_343_484_437, pc.Timers);
        Assert.That(pc.Sci, Is.False);
        pc.Clock.Advance(1, pc.Timers);
        Assert.That(pc.Sci, Is.True);
        Assert.That(pc.Host.In32(PmBoard.Timer), Is.EqualTo(0x80_0000));
        Assert.That(pc.Host.In16(PmBoard.Status) & TimerEvent, Is.Not.Zero);
        pc.Host.Out16(PmBoard.Status, TimerEvent);
        Assert.That(pc.Sci, Is.False);
        pc.Clock.Advance(2_343_484_438, pc.Timers);
        Assert.That(pc.Sci, Is.True);
    }

    [Test]
    public void PowerButtonIsNoticedOnlyWhenEnabled()
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Chip.PressPowerButton();
        Assert.That(pc.Host.In16(PmBoard.Status) & PowerButton, Is.Zero);
        pc.Host.Out16(PmBoard.Enable, PowerButton);
        pc.Chip.PressPowerButton();
        Assert.That(pc.Sci, Is.True);
        Assert.That(pc.Host.In16(PmBoard.Status) & PowerButton, Is.Not.Zero);
        pc.Host.Out16(PmBoard.Status, PowerButton);
        Assert.That(pc.Sci, Is.False);
    }

    [TestCase(WakeReason.Rtc, 0x8400)]
    [TestCase(WakeReason.PmTimer, 0x8001)]
    [TestCase(WakeReason.Other, 0x8100)]
    public void WakingTellsWhy(WakeReason reason, int status)
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Host.Out16(PmBoard.Status, TimerEvent);
        pc.Chip.WakeUp(reason);
        Assert.That(pc.Host.In16(PmBoard.Status), Is.EqualTo(status));
    }

    [TestCase(0, 1, 0)]
    [TestCase(1, 0, 1)]
    [TestCase(2, 1, 0)]
    [TestCase(5, 0, 0)]
    public void SleepEnableAsksForTheStateOfItsType(int type, int powerOffs, int suspends)
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Host.Out16(PmBoard.Control, type << 10);
        Assert.That(pc.PowerOffs + pc.Suspends, Is.Zero, "SLP_EN is clear");
        pc.Host.Out16(PmBoard.Control, 0x2001 | (type << 10));
        Assert.That(pc.PowerOffs, Is.EqualTo(powerOffs));
        Assert.That(pc.Suspends, Is.EqualTo(suspends));
        Assert.That(pc.Host.In16(PmBoard.Control), Is.EqualTo(1 | (type << 10)), "SLP_EN reads as 0");
    }

    [Test]
    public void SystemStatesFileFollowsTheProperties()
    {
        var pc = new PmBoard();
        Assert.That(Convert.ToHexString(pc.Chip.SystemStates), Is.EqualTo("800000818280"));
        pc.Chip.DisableS3 = 1;
        pc.Chip.DisableS4 = 1;
        pc.Chip.S4Val = 3;
        Assert.That(Convert.ToHexString(pc.Chip.SystemStates), Is.EqualTo("800000010380"));
    }

    [Test]
    public void ApmBytesMoveBetweenLegacyAndAcpi()
    {
        PmBoard pc = new PmBoard().EnableAcpi();
        pc.Host.Out8(0xB2, 0xF1);
        Assert.That(pc.Host.In16(PmBoard.Control), Is.EqualTo(1));
        pc.Host.Out8(0xB2, 0xF0);
        Assert.That(pc.Host.In16(PmBoard.Control), Is.Zero);
        pc.Host.Out8(0xB3, 0x5A);
        Assert.That(pc.Host.In16(0xB2), Is.EqualTo(0x5AF0));
    }

    [Test]
    public void ApmControlRaisesAnSmiWhenEnabled()
    {
        var pc = new PmBoard();
        pc.Host.Out8(0xB2, 1);
        Assert.That(pc.Smis, Is.Zero);
        pc.Host.Write(pc.Chip, 0x58, 1u << 25, 4);
        pc.Host.Out8(0xB2, 1);
        pc.Host.Out8(0xB3, 1);
        Assert.That(pc.Smis, Is.EqualTo(1));
    }

    [Test]
    public void HotplugRaisesGpe1AndShowsTheSlot()
    {
        var pc = new PmBoard();
        pc.Host.Out16(PmBoard.Gpe + 2, 0xFFFF);
        pc.Chip.AnnouncePlug(4);
        Assert.That(pc.Sci, Is.True);
        Assert.That(pc.Host.In8(PmBoard.Gpe), Is.EqualTo(2));
        Assert.That(pc.Host.In32(0xAE00), Is.EqualTo(1u << 4));
        pc.Host.Out8(PmBoard.Gpe, 2);
        Assert.That(pc.Sci, Is.False);
        pc.Chip.RequestUnplug(5);
        Assert.That(pc.Host.In32(0xAE04), Is.EqualTo(1u << 5));
        Assert.That(pc.Sci, Is.True);
    }

    [Test]
    public void EjectTakesTheDeviceOffTheBus()
    {
        var pc = new PmBoard();
        pc.Host.Plug(new Card(), 5 * 8);
        Assert.That(pc.Host.In32(0xAE0C), Is.EqualTo(~2u), "slot 1 holds this very chip");
        pc.Chip.RequestUnplug(5);
        pc.Host.Out32(0xAE08, 1 << 5);
        Assert.That(pc.Host.In32(0xAE04), Is.Zero);
        Assert.That(pc.Host.Bus.At(5 * 8), Is.Null);
        pc.Host.Out32(0xAE08, 1 << 1);
        Assert.That(pc.Host.Bus.At(pc.Chip.Devfn), Is.SameAs(pc.Chip));
    }

    [Test]
    public void BridgeHotplugHasASelectorAndUpClearsByReading()
    {
        var pc = new PmBoard(bridgeHotplug: true);
        pc.Chip.AnnouncePlug(4);
        pc.Host.Out32(0xAE10, 7);
        Assert.That(pc.Host.In32(0xAE00), Is.Zero);
        Assert.That(pc.Host.In32(0xAE10), Is.EqualTo(7));
        pc.Host.Out32(0xAE10, 0);
        Assert.That(pc.Host.In32(0xAE00), Is.EqualTo(1u << 4));
        Assert.That(pc.Host.In32(0xAE00), Is.Zero);
    }

    [Test]
    public void ResetCarriesOutPendingUnplugs()
    {
        var pc = new PmBoard();
        pc.Host.Plug(new Card(), 5 * 8);
        pc.Chip.RequestUnplug(5);
        pc.Chip.Reset();
        Assert.That(pc.Host.Bus.At(5 * 8), Is.Null);
    }

    private sealed class Card() : PciDevice(new PciIdentity(0x1234, 0x0001, 0xFF00))
    {
        private static readonly StateDescription<Card> State = new("card", 2, 2) { PciField<Card>() };

        public override string Driver => "card";

        public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];
    }
}
