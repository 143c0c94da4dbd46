using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Protection;

/// <summary>Interrupts, exceptions and IRET at all changes of level. Intel SDM volume 3, chapter 6.</summary>
[TestFixture]
public sealed unsafe class InterruptTests
{
    private const int Free = CpuRig.FirstFreeDescriptor;
    private const int Wanted = 0x40;
    private const uint Target = 0x31_0000;

    [TestCase(0, CpuRig.KernelCode, 0)]
    [TestCase(1, CpuRig.KernelCode, 0)]
    [TestCase(3, CpuRig.KernelCode, 0)]
    [TestCase(3, CpuRig.Code1, 1)]
    [TestCase(3, CpuRig.UserCode, 3)]
    [TestCase(1, CpuRig.Code1, 1)]
    public void AnInterruptAndItsReturnRestoreEverything(int cpl, ushort handlerCode, int handlerLevel)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.Gate(CpuRig.IdtEntry(Wanted), handlerCode, Target, 0xEE);
        rig.Poke(CpuRig.Code, "F9 CD40 0F04");
        // PUSHFD and CS at work are kept; then IRETD.
        rig.Poke(Target, "9C 8F05 00003400 8CC8 A3 04003400 F8 CF");

        Trap trap = rig.RunToTrap();

        Assert.Multiple(() =>
        {
            Assert.That((trap.Vector, trap.Eip), Is.EqualTo((Vector.InvalidOpcode, CpuRig.Code + 3)));
            Assert.That(trap.Cs & 3, Is.EqualTo(cpl));
            Assert.That(trap.Eflags & Eflags.Cf, Is.EqualTo(Eflags.Cf), "CF is the one from before");
            Assert.That(rig.Peek32(0x34_0004) & 3, Is.EqualTo((uint)handlerLevel));
            if (cpl != 0)
            {
                Assert.That(trap.Esp, Is.EqualTo(CpuRig.Stack));
            }
        });
    }

    [TestCase(0x8E, false)]
    [TestCase(0x8F, true)]
    public void AnInterruptGateClearsIfAndATrapGateDoesNot(int access, bool stays)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.S->Eflags |= Eflags.If;
        rig.Gate(CpuRig.IdtEntry(Wanted), CpuRig.KernelCode, Target, access);
        rig.Poke(CpuRig.Code, "CD40");
        rig.Poke(Target, "F4");
        rig.RunToHalt();

        Assert.That((rig.S->Eflags & Eflags.If) != 0, Is.EqualTo(stays));
        Assert.That(rig.Peek32(rig[Gpr.Sp] + 8) & Eflags.If, Is.Not.Zero);
    }

    [TestCase("CD40", 0x8E, Vector.GeneralProtection, (0x40 * 8) + 2)]
    [TestCase("CC", 0x8E, Vector.GeneralProtection, (3 * 8) + 2)]
    [TestCase("CD40", 0x6E, Vector.SegmentNotPresent, (0x40 * 8) + 2)]
    [TestCase("CD40", 0xEC, Vector.GeneralProtection, (0x40 * 8) + 2)]
    public void ASoftwareInterruptIsCheckedAgainstItsGate(string code, int access, int vector, int error)
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.IdtEntry(Wanted), CpuRig.KernelCode, Target, access);
        rig.Poke(CpuRig.Code, code);

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((vector, (uint?)error, CpuRig.Code)));
    }

    [Test]
    public void AFaultPushesRfAndAnErrorCode()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Poke(CpuRig.Code, "F4");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eflags & Eflags.Rf), Is.EqualTo((Vector.GeneralProtection, 0u, Eflags.Rf)));
    }

    [Test]
    public void AnExceptionWhileAContributoryOneIsDeliveredIsADoubleFault()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.IdtEntry(Vector.GeneralProtection), CpuRig.KernelCode, Target, 0x0E);
        rig.Poke(CpuRig.Code, "F4");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((Vector.DoubleFault, 0u, CpuRig.Code)));
    }

    [Test]
    public void AnExceptionWhileABenignOneIsDeliveredIsHandledInItsPlace()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.IdtEntry(Vector.InvalidOpcode), CpuRig.KernelCode, Target, 0x0E);
        rig.Poke(CpuRig.Code, "0F04");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.SegmentNotPresent, (uint?)((Vector.InvalidOpcode * 8) + 3))));
    }

    [Test]
    public void APageFaultWhileAPageFaultIsDeliveredIsADoubleFault()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Paging();
        // The IDT's page holds vector 14's gate; the double fault's lies on the page before.
        uint table = 0x35_0FA0;
        rig.S->IdtBase = table;
        rig.Gate(table + (Vector.DoubleFault * 8), CpuRig.KernelCode, CpuRig.Handlers + (Vector.DoubleFault << 4), 0x8E);
        rig.Poke32(CpuRig.Pte(0x35_1000), 0);
        rig.Poke32(CpuRig.Pte(0x34_0000), 0);
        rig.Poke(CpuRig.Code, "A1 00003400");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.DoubleFault, 0u)));
        Assert.That((uint)rig.S->Cr2, Is.EqualTo(table + (Vector.PageFault * 8)));
    }

    [Test]
    public void AFaultInADoubleFaultShutsDown()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.S->IdtLimit = 0;
        rig.Poke(CpuRig.Code, "0F04");

        Assert.That((rig.Cpu.Run(100), rig.Shutdowns), Is.EqualTo((RunResult.Halted, 1)));
    }

    [Test]
    public void AHandlerThatFaultsItselfDoesNotHangTheBoard()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, "0F04");
        rig.Poke(CpuRig.Handlers + (Vector.InvalidOpcode << 4), "0F04");

        Assert.That(rig.Cpu.Run(1000), Is.EqualTo(RunResult.BudgetSpent));
    }

    [Test]
    public void AnExternalInterruptWakesHlt()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.AcknowledgeInterrupt = () => Wanted;
        rig.Gate(CpuRig.IdtEntry(Wanted), CpuRig.KernelCode, Target, 0x8E);
        rig.Poke(CpuRig.Code, "FB F4 40 FA F4");
        rig.Poke(Target, "83C010 CF");
        rig.RunToHalt();
        uint before = rig.Eip;
        rig.Cpu.SetInterruptLine(true);
        rig.Cpu.Run(1);
        rig.Cpu.SetInterruptLine(false);
        rig.RunToHalt();

        Assert.That((before, rig.Eip, rig.Eax), Is.EqualTo((CpuRig.Code + 2, CpuRig.Code + 5, 0x11u)));
    }

    [Test]
    public void HltWithInterruptsOffWakesForNmiOnly()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Gate(CpuRig.IdtEntry(Vector.Nmi), CpuRig.KernelCode, Target, 0x8E);
        rig.Poke(CpuRig.Code, "F4 40 F4");
        rig.Poke(Target, "83C010 CF");
        rig.RunToHalt();
        rig.Cpu.SetInterruptLine(true);
        RunResult masked = rig.Cpu.Run(100);
        rig.Cpu.RaiseNmi();
        rig.RunToHalt();

        Assert.That((masked, rig.Eip, rig.Eax), Is.EqualTo((RunResult.Halted, CpuRig.Code + 3, 0x11u)));
    }

    [Test]
    public void AnNmiHoldsOffTheNextUntilIret()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Gate(CpuRig.IdtEntry(Vector.Nmi), CpuRig.KernelCode, Target, 0x8E);
        rig.Poke(CpuRig.Code, "90 90 F4");
        rig.Poke(Target, "40 90 CF");
        rig.Cpu.RaiseNmi();
        rig.Step();
        rig.Cpu.RaiseNmi();
        rig.Step(2);
        uint during = rig.Eax;
        rig.RunToHalt();

        Assert.That((during, rig.Eax), Is.EqualTo((1u, 2u)));
    }

    [TestCase(0, 3u)]
    [TestCase(3, 0u)]
    public void PopfChangesIfByIopl(int cpl, uint iopl)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.S->Eflags |= iopl << Eflags.IoplShift;
        rig.Poke(CpuRig.Code, "68 00720000 9D 9C 58 0F04");
        rig.RunToTrap();

        Assert.That(rig.Eax & (Eflags.If | Eflags.Iopl | Eflags.Nt), Is.EqualTo(cpl == 0 ? 0x7200u : 0x4000u));
    }

    [Test]
    public void ThePortMapOfTheTssOpensSinglePorts()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        CpuState.Segment(rig.S, Seg.Tr)->Limit = 0x78;
        rig.Cpu.StateChanged();
        rig.Poke(CpuRig.Tss + 0x68, "FF FF FE FF FF FF FF FF FF FF FF FF FF FF FF FF FF");
        rig.Poke(CpuRig.Code, "E610 E710");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Eip), Is.EqualTo((Vector.GeneralProtection, CpuRig.Code + 2)), "port 10h is open, 11h is not");
        Assert.That(rig.Written, Is.EqualTo([(0x10, 0ul)]));
    }

    [Test]
    public void IretToVirtual8086ModeAndBack()
    {
        using var rig = new CpuRig();
        rig.Protected();
        // GS FS DS ES SS ESP EFLAGS(VM) CS EIP
        rig.Poke(CpuRig.Code, "68 55550000 68 44440000 68 33330000 68 22220000 68 00300000 68 00010000 68 02000200 68 00200000 68 10000000 CF");
        rig.Poke(0x2_0010, "8CD8 A3 0000 F4");
        rig.Poke32(0x3_3330, 0);

        Trap trap = rig.RunToTrap();

        uint frame = rig[Gpr.Sp] + 24;
        Assert.Multiple(() =>
        {
            Assert.That((trap.Vector, trap.Error, trap.Eip, (int)trap.Cs), Is.EqualTo((Vector.GeneralProtection, 0u, 0x15u, 0x2000)), "HLT is not for level 3");
            Assert.That(trap.Eflags & Eflags.Vm, Is.EqualTo(Eflags.Vm));
            Assert.That((trap.Esp, (int)trap.Ss), Is.EqualTo((0x100u, 0x3000)));
            uint[] data = [.. Enumerable.Range(0, 4).Select(i => rig.Peek32(frame + (uint)(i * 4)))];
            Assert.That(data, Is.EqualTo([0x2222u, 0x3333u, 0x4444u, 0x5555u]), "ES, DS, FS, GS");
            Assert.That(rig.Peek16(0x3_3330), Is.EqualTo(0x3333u), "stored through DS as in real mode");
            Assert.That(rig.S->Eflags & Eflags.Vm, Is.Zero);
            Assert.That(CpuState.Segment(rig.S, Seg.Ds)->Selector, Is.Zero);
        });
    }

    [TestCase("CD21", 0u, Vector.GeneralProtection)]
    [TestCase("CD21", 3u, 0x21)]
    [TestCase("CC", 0u, Vector.Breakpoint)]
    [TestCase("FA", 0u, Vector.GeneralProtection)]
    [TestCase("9C", 0u, Vector.GeneralProtection)]
    [TestCase("9D", 0u, Vector.GeneralProtection)]
    [TestCase("CF", 0u, Vector.GeneralProtection)]
    [TestCase("FA 0F04", 3u, Vector.InvalidOpcode)]
    [TestCase("0F00C0", 3u, Vector.InvalidOpcode)]
    public void Virtual8086ModeAsksIopl(string code, uint iopl, int vector)
    {
        using var rig = new CpuRig();
        rig.Protected();
        foreach (int open in (int[])[0x21, Vector.Breakpoint])
        {
            rig.Gate(CpuRig.IdtEntry(open), CpuRig.KernelCode, CpuRig.Handlers + ((uint)open << 4), 0xEE);
        }

        rig.Poke(CpuRig.Code, "6A00 6A00 6A00 6A00 68 00300000 68 00010000 68 02000200 68 00200000 68 10000000 CF");
        rig.Poke32(CpuRig.Code + 19, 0x2_0002 | (iopl << Eflags.IoplShift));
        rig.Poke(0x2_0010, code);

        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(vector));
    }

    [Test]
    public void RealModeInterruptsGoThroughTheVectorTable()
    {
        using var rig = new CpuRig();
        rig.Real();
        rig.Poke32(0x21 * 4, 0x1000_0200);
        rig.Poke(0x1_0200, "F4");
        rig.Poke(0x7C00, "F9 FB CD21");
        rig.RunToHalt();

        uint sp = rig[Gpr.Sp];
        Assert.That((CpuState.Segment(rig.S, Seg.Cs)->Selector, rig.Eip, sp), Is.EqualTo(((ushort)0x1000, 0x201u, 0x6FFAu)));
        Assert.That((rig.Peek16(sp), rig.Peek16(sp + 2), rig.Peek16(sp + 4)), Is.EqualTo((0x7C04u, 0u, 0x203u)));
        Assert.That(rig.S->Eflags & Eflags.If, Is.Zero);
    }
}
