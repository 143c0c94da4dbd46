using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Protection;

/// <summary>Far jumps, calls and returns. Intel SDM volume 3, 5.8.</summary>
[TestFixture]
public sealed unsafe class TransferTests
{
    private const int Free = CpuRig.FirstFreeDescriptor;
    private const uint Target = 0x31_0000;
    private const ushort GateSelector = (Free << 3) | 3;

    // JMP FAR to descriptor 8 with this access byte and RPL.
    [TestCase(0, 0x9B, 0, -1, 0x40)]
    [TestCase(3, 0xFB, 3, -1, 0x43)]
    [TestCase(3, 0x9B, 3, Vector.GeneralProtection, 0)]
    [TestCase(0, 0xFB, 0, Vector.GeneralProtection, 0)]
    [TestCase(0, 0x9B, 3, Vector.GeneralProtection, 0)]
    [TestCase(3, 0x9F, 3, -1, 0x43)]
    [TestCase(0, 0xFF, 0, Vector.GeneralProtection, 0)]
    [TestCase(0, 0x93, 0, Vector.GeneralProtection, 0)]
    [TestCase(0, 0x1B, 0, Vector.SegmentNotPresent, 0)]
    public void AFarJumpChecksLevels(int cpl, int access, int rpl, int vector, int cs)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.Descriptor(Free, 0, 0xFFFFF, access, 0xC);
        ushort selector = (ushort)((Free << 3) | rpl);
        rig.Poke(CpuRig.Code, CpuRig.Hex("EA 00003100 0000"));
        rig.Poke16(CpuRig.Code + 5, selector);
        rig.Poke(Target, "0F04");

        Trap trap = rig.RunToTrap();

        if (vector < 0)
        {
            Assert.That((trap.Vector, trap.Eip, (int)trap.Cs), Is.EqualTo((Vector.InvalidOpcode, Target, cs)));
        }
        else
        {
            Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((vector, (uint?)(selector & ~3), CpuRig.Code)));
        }
    }

    [Test]
    public void ACallGateToAnInnerLevelSwitchesStacksAndCopiesParameters()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.KernelCode, Target, 0xEC, parameters: 2);
        rig.Poke(CpuRig.Code, "6A11 6A22 9A 00000000 4300");
        rig.Poke(Target, "F4");
        rig.RunToHalt();

        uint sp = rig[Gpr.Sp];
        Assert.Multiple(() =>
        {
            Assert.That((rig.Eip, (int)rig.S->Cpl), Is.EqualTo((Target + 1, 0)));
            Assert.That(sp, Is.EqualTo(CpuRig.KernelStack - 24));
            uint[] frame = [.. Enumerable.Range(0, 6).Select(i => rig.Peek32(sp + (uint)(i * 4)))];
            Assert.That(frame, Is.EqualTo([CpuRig.Code + 11, CpuRig.UserCode, 0x22u, 0x11u, CpuRig.Stack - 8, CpuRig.UserData]));
        });
    }

    [Test]
    public void AFarReturnToAnOuterLevelDropsParametersOnBothStacks()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.KernelCode, Target, 0xEC, parameters: 2);
        rig.Poke(CpuRig.Code, "6A11 6A22 9A 00000000 4300 0F04");
        // DS and ES become the kernel's; the return makes them null. RETF 8.
        rig.Poke(Target, "66B81000 8ED8 CA0800");

        Trap trap = rig.RunToTrap();

        Assert.Multiple(() =>
        {
            Assert.That((trap.Vector, trap.Eip, trap.Cs, trap.Esp, trap.Ss), Is.EqualTo((Vector.InvalidOpcode, CpuRig.Code + 11, CpuRig.UserCode, CpuRig.Stack, CpuRig.UserData)));
            Assert.That(CpuState.Segment(rig.S, Seg.Ds)->Selector, Is.Zero, "DS of the inner level");
            Assert.That(CpuState.Segment(rig.S, Seg.Es)->Selector, Is.EqualTo(CpuRig.UserData), "ES was the user's own");
        });
    }

    [TestCase(0x8C, 3, Vector.GeneralProtection, 0x40)]
    [TestCase(0x6C, 3, Vector.SegmentNotPresent, 0x40)]
    public void AGateIsCheckedItself(int access, int cpl, int vector, int error)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.KernelCode, Target, access);
        rig.Poke(CpuRig.Code, "9A 00000000 4300");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error), Is.EqualTo((vector, (uint?)error)));
    }

    [Test]
    public void ACallThroughA16BitGatePushesWords()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.KernelCode, 0x1_5000, 0xE4);
        rig.Poke(CpuRig.Code, "9A 00000000 4300");
        rig.Poke(0x5000, "F4");
        rig.RunToHalt();

        uint sp = rig[Gpr.Sp];
        uint[] frame = [.. Enumerable.Range(0, 4).Select(i => rig.Peek16(sp + (uint)(i * 2)))];
        Assert.That((rig.Eip, sp), Is.EqualTo((0x5001u, CpuRig.KernelStack - 8)));
        Assert.That(frame, Is.EqualTo([(CpuRig.Code + 7) & 0xFFFF, CpuRig.UserCode, CpuRig.Stack & 0xFFFF, CpuRig.UserData]));
    }

    [Test]
    public void AGateFromRing3ToRing1UsesThatLevelsStack()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.Code1, Target, 0xEC);
        rig.Poke(CpuRig.Code, "9A 00000000 4300");
        rig.Poke(Target, "0F04");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Cs, trap.Ss, trap.Esp), Is.EqualTo((CpuRig.Code1, CpuRig.Data1, CpuRig.Stack1 - 16)));
    }

    [Test]
    public void AStackThatTheTssCannotGiveIsAnInvalidTss()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Poke32(CpuRig.Tss + 16, CpuRig.UserData);
        rig.Gate(CpuRig.GdtEntry(Free), CpuRig.Code1, Target, 0xEC);
        rig.Poke(CpuRig.Code, "9A 00000000 4300");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((Vector.InvalidTss, 0x20u, CpuRig.Code)));
    }

    [Test]
    public void AFarReturnInwardIsRefused()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Poke(CpuRig.Code, "6A08 68 00003100 CB");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Esp), Is.EqualTo((Vector.GeneralProtection, 8u, CpuRig.Stack - 8)));
    }

    [Test]
    public void AReturnToA16BitStackKeepsTheUpperHalfOfEsp()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Descriptor(Free, CpuRig.Stack, 0xFFFF, 0xF3, 0);
        rig.Poke(CpuRig.Code, "6A43 68 10000100 6A1B 68 00003100 CB");
        rig.Poke(Target, "0F04");

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Eip, trap.Ss, trap.Esp), Is.EqualTo((Target, (ushort)0x43, (CpuRig.Stack & 0xFFFF_0000) - 0x1_0000 + 0x10)));
    }

    [Test]
    public void RealModeSegmentsKeepTheLimitThatProtectedModeGaveThem()
    {
        // "Unreal" mode: FS is loaded with 4 GiB, then PE is cleared and FS set to 0.
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke32(0x20_1000, 0x1234_5678);
        rig.Poke(CpuRig.Code, "66B81000 8EE0 0F20C0 24FE 0F22C0 31C0 8EE0 64A1 00102000 F4");
        rig.RunToHalt();

        Assert.That(rig.Eax, Is.EqualTo(0x1234_5678));
    }
}
