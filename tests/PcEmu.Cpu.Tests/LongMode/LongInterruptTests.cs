using Iced.Intel;
using PcEmu.Cpu.Registers;
using static Iced.Intel.AssemblerRegisters;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>Frames, stacks and returns of interrupts in long mode.</summary>
public sealed unsafe class LongInterruptTests
{
    [TestCase(0, 0, LongRig.Stack, TestName = "The kernel stays on its stack")]
    [TestCase(3, 0, LongRig.KernelStack, TestName = "A user's interrupt comes to RSP0")]
    [TestCase(0, 1, LongRig.InterruptStack1, TestName = "IST 1 for the kernel")]
    [TestCase(3, 7, LongRig.InterruptStack7, TestName = "IST 7 for a user")]
    public void StackOfAnInterrupt(int cpl, int stack, uint top)
    {
        using LongRig rig = new();
        rig.Gate(LongRig.IdtEntry(0x40), LongRig.KernelCode, LongRig.Handlers + 0x400, 0xEE, stack);
        rig.Start(cpl);
        rig[Gpr.Sp] = LongRig.Stack + 5;
        rig.Poke(LongRig.Code, "CD40");
        LongTrap trap = rig.RunToTrap();
        ulong aligned = (cpl == 0 && stack == 0 ? LongRig.Stack + 5 : top) & ~15ul;
        Assert.Multiple(() =>
        {
            Assert.That(trap.Frame, Is.EqualTo(aligned - 40));
            Assert.That(trap.Rip, Is.EqualTo(LongRig.Code + 2ul));
            Assert.That(trap.Cs, Is.EqualTo((ulong)(cpl == 0 ? LongRig.KernelCode : LongRig.UserCode)));
            Assert.That(trap.Rsp, Is.EqualTo(LongRig.Stack + 5ul));
            Assert.That(trap.Ss, Is.EqualTo((ulong)(cpl == 0 ? LongRig.KernelData : LongRig.UserData)));
            Assert.That(rig.Segment(Seg.Ss).Selector, Is.EqualTo(cpl == 0 ? LongRig.KernelData : (ushort)0));
            Assert.That(rig.S->Cpl, Is.Zero);
        });
    }

    [TestCase(0x8E, LongRig.KernelCode32, 0x18ul, Vector.GeneralProtection, TestName = "32-bit code")]
    [TestCase(0x8E, (ushort)0, 0ul, Vector.GeneralProtection, TestName = "a null selector")]
    [TestCase(0x8E, LongRig.KernelData, 0x10ul, Vector.GeneralProtection, TestName = "data")]
    [TestCase(0x86, LongRig.KernelCode, 0x402ul, Vector.GeneralProtection, TestName = "a 16-bit gate")]
    [TestCase(0x85, LongRig.KernelCode, 0x402ul, Vector.GeneralProtection, TestName = "a task gate")]
    [TestCase(0x0E, LongRig.KernelCode, 0x402ul, Vector.SegmentNotPresent, TestName = "a gate that is not present")]
    public void GateTo(int access, ushort selector, ulong error, int vector)
    {
        using LongRig rig = new();
        rig.Gate(LongRig.IdtEntry(0x80), selector, LongRig.Handlers, access);
        rig.Poke(LongRig.Code, "CD80");
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Rip), Is.EqualTo((vector, (ulong?)error, (ulong)LongRig.Code)));
    }

    [Test]
    public void AVectorBeyondTheTablesLimitIsGeneralProtection()
    {
        using LongRig rig = new();
        rig.S->IdtLimit = (0x40 * 16) + 14;
        rig.Poke(LongRig.Code, "CD40");
        Assert.That(rig.RunToTrap().Error, Is.EqualTo((ulong?)0x202));
    }

    [Test]
    public void AGatesLevelHoldsForUsers()
    {
        using LongRig rig = new();
        rig.Start(3);
        rig.Poke(LongRig.Code, "CD40");
        Assert.That(rig.RunToTrap().Error, Is.EqualTo((ulong?)0x202));
    }

    [Test]
    public void AStackFaultOnTheWayToAHandlerOfABenignExceptionIsDeliveredItself()
    {
        using LongRig rig = new();
        rig.Poke64(LongRig.Tss + 4, 0x9000_0000_0000);
        rig.Gate(LongRig.IdtEntry(Vector.Stack), LongRig.KernelCode, LongRig.Handlers + (Vector.Stack * 16), 0x8E, 1);
        rig.Start(3);
        rig.Poke(LongRig.Code, "0F0B");
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Frame), Is.EqualTo((Vector.Stack, (ulong?)1, LongRig.InterruptStack1 - 48ul)));
    }

    [TestCase(LongRig.UserCode, LongRig.UserData, TestName = "IRETQ to 64-bit users")]
    [TestCase(LongRig.UserCode32, LongRig.UserData, TestName = "IRETQ to 32-bit users")]
    [TestCase(LongRig.KernelCode, LongRig.KernelData, TestName = "IRETQ in the kernel takes the stack too")]
    [TestCase(LongRig.KernelCode, (ushort)0, TestName = "IRETQ in the kernel with a null stack segment")]
    public void Return(ushort code, ushort stack)
    {
        using LongRig rig = new();
        rig.Program(a => Frame(a, LongRig.Data, code, 0x4_0ED7, LongRig.Stack - 0x208, stack));
        rig.Poke(LongRig.Data, "0F0B");
        LongTrap trap = rig.RunToTrap();
        Assert.That(
            (trap.Vector, trap.Rip, trap.Cs, trap.Rsp, trap.Ss, trap.Rflags),
            Is.EqualTo((Vector.InvalidOpcode, (ulong)LongRig.Data, (ulong)code, LongRig.Stack - 0x208ul, (ulong)stack, 0x5_0ED7ul)));
    }

    [TestCase(0x8000_0000_0000ul, LongRig.UserCode, LongRig.UserData, 0ul, TestName = "to an address that is not canonical")]
    [TestCase(LongRig.Data, LongRig.UserCode, (ushort)0, 0ul, TestName = "to a user without a stack segment")]
    [TestCase(LongRig.Data, LongRig.UserCode, LongRig.KernelData, 0x10ul, TestName = "to a user with the kernel's stack segment")]
    [TestCase(LongRig.Data, (ushort)0, LongRig.UserData, 0ul, TestName = "to a null code segment")]
    [TestCase(LongRig.Data, (ushort)0x53, LongRig.UserData, 0x50ul, TestName = "to code with both L and D")]
    public void ReturnIsRefused(ulong rip, ushort code, ushort stack, ulong error)
    {
        using LongRig rig = new();
        rig.Descriptor(10, 0, 0xFFFFF, 0xFB, 0xE);
        rig.Program(a => Frame(a, rip, code, 0x202, LongRig.Stack, stack));
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Cs), Is.EqualTo((Vector.GeneralProtection, (ulong?)error, (ulong)LongRig.KernelCode)));
    }

    [Test]
    public void ReturnFromANestedTaskIsRefused()
    {
        using LongRig rig = new();
        rig.S->Eflags |= Eflags.Nt;
        rig.Program(a => Frame(a, LongRig.Data, LongRig.KernelCode, 0x202, LongRig.Stack, LongRig.KernelData));
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(Vector.GeneralProtection));
    }

    [Test]
    public void AnInterruptFromCompatibilityModeGoesTo64BitCodeAndBack()
    {
        using LongRig rig = new();
        rig.Gate(LongRig.IdtEntry(0x40), LongRig.KernelCode, LongRig.Data, 0xEE);
        rig.Poke(LongRig.Data, LongRig.Assemble(64, LongRig.Data, a =>
        {
            a.mov(r15, -1L);
            a.iretq();
        }));
        rig.StartCompatibility(3);
        rig.Poke(LongRig.Code, "CD40 40 0F0B");
        LongTrap trap = rig.RunToTrap();
        Assert.Multiple(() =>
        {
            Assert.That(rig[15], Is.EqualTo(ulong.MaxValue));
            Assert.That(rig[Gpr.Ax], Is.EqualTo(1ul), "40h is INC EAX there");
            Assert.That((trap.Cs, trap.Rsp), Is.EqualTo(((ulong)LongRig.UserCode32, (ulong)LongRig.Stack)));
        });
    }

    // Pushes a frame and returns to it.
    private static void Frame(Assembler a, ulong rip, ushort code, int flags, uint rsp, ushort stack)
    {
        a.push(stack);
        a.push((int)rsp);
        a.push(flags);
        a.push(code);
        a.mov(rax, rip);
        a.push(rax);
        a.iretq();
    }
}
