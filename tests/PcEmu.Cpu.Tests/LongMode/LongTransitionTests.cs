using Iced.Intel;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using static Iced.Intel.AssemblerRegisters;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>Into long mode and out of it, compatibility mode, far transfers, and what control registers refuse.</summary>
public sealed unsafe class LongTransitionTests
{
    private const uint MsrEfer = 0xC000_0080;

    [Test]
    public void LongModeBeginsWithPagingAndEndsWithIt()
    {
        using LongRig rig = new();
        rig.StartProtected();
        rig.Poke(LongRig.Data, LongRig.Assemble(64, LongRig.Data, a =>
        {
            a.mov(r8, 0x1122_3344_5566_7788);
            a.mov(ecx, MsrEfer);
            a.rdmsr();
            a.mov(r9, rax);
            a.push(LongRig.KernelCode32);
            a.push((int)LongRig.Stack + 0x1000);
            a.db(0x48, 0xCB);
        }));
        rig.Poke(LongRig.Stack + 0x1000, LongRig.Assemble(32, LongRig.Stack + 0x1000, a =>
        {
            a.mov(eax, cr0);
            a.and(eax, 0x7FFF_FFFF);
            a.mov(cr0, eax);
            a.rdmsr();
            a.hlt();
        }));
        rig.Program(
            a =>
            {
                a.mov(eax, (uint)Cr4.Pae);
                a.mov(cr4, eax);
                a.mov(eax, LongRig.Pml4);
                a.mov(cr3, eax);
                a.mov(ecx, MsrEfer);
                a.rdmsr();
                a.or(eax, (uint)(Efer.Lme | Efer.Sce));
                a.wrmsr();
                a.mov(eax, cr0);
                a.or(eax, 0x8000_0000);
                a.mov(cr0, eax);
                a.rdmsr();
                a.mov(esi, eax);
                a.db(0xEA);
                a.dd(LongRig.Data);
                a.dw(LongRig.KernelCode);
            },
            32);
        rig.RunToHalt();
        Assert.Multiple(() =>
        {
            Assert.That(rig[Gpr.Si], Is.EqualTo(Efer.Lme | Efer.Lma | Efer.Sce), "compatibility mode");
            Assert.That(rig[8], Is.EqualTo(0x1122_3344_5566_7788ul));
            Assert.That(rig[9], Is.EqualTo(Efer.Lme | Efer.Lma | Efer.Sce), "64-bit mode");
            Assert.That((uint)rig[Gpr.Ax], Is.EqualTo((uint)(Efer.Lme | Efer.Sce)), "paging off");
            Assert.That(rig.Segment(Seg.Cs).Selector, Is.EqualTo(LongRig.KernelCode32));
        });
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("CR4.PAE cleared", a => { a.xor(eax, eax); a.mov(cr4, rax); });
        yield return Case("paging off in 64-bit code", a => { a.mov(eax, 0x11); a.mov(cr0, rax); });
        yield return Case("CR0 bit 32", a => { a.mov(rax, 0x1_8000_0011); a.mov(cr0, rax); });
        yield return Case("CR4 bit 32", a => { a.mov(rax, 0x1_0000_0020); a.mov(cr4, rax); });
        yield return Case("CR3 bit 40", a => { a.mov(rax, (1ul << 40) | LongRig.Pml4); a.mov(cr3, rax); });
        yield return Case("CR8 of 16", a => { a.mov(eax, 16); a.mov(cr8, rax); });
        yield return Case("DR7 bit 32", a => { a.mov(rax, 0x1_0000_0400); a.mov(dr7, rax); });
        yield return Case("EFER.LME cleared", a => { a.mov(ecx, MsrEfer); a.xor(edx, edx); a.xor(eax, eax); a.wrmsr(); });
        yield return Case("EFER bit 1", a => { a.mov(ecx, MsrEfer); a.xor(edx, edx); a.mov(eax, 0x502); a.wrmsr(); });
        foreach (uint msr in (uint[])[0xC000_0082, 0xC000_0083, 0xC000_0100, 0xC000_0101, 0xC000_0102, 0x175, 0x176])
        {
            yield return Case($"MSR {msr:x} not canonical", a => { a.mov(ecx, msr); a.mov(edx, 0x8000); a.xor(eax, eax); a.wrmsr(); });
        }

        yield return Case("TSC_AUX beyond 32 bits", a => { a.mov(ecx, 0xC000_0103); a.mov(edx, 1); a.xor(eax, eax); a.wrmsr(); });

        static TestCaseData Case(string name, Action<Assembler> program) => new TestCaseData(program).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Refused))]
    public void IsRefusedWithGeneralProtection(Action<Assembler> program)
    {
        using LongRig rig = new();
        rig.Program(program);
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.GeneralProtection, (ulong?)0)));
    }

    [Test]
    public void LongModeNeedsPae()
    {
        using LongRig rig = new();
        rig.StartProtected();
        rig.S->Efer = Efer.Lme;
        rig[Gpr.Ax] = 0x8000_0011;
        rig.Program(a => a.mov(cr0, eax), 32);
        rig.Step();
        Assert.That((rig.S->Cr0 & Cr0.Pg, rig.S->Efer), Is.EqualTo((0ul, Efer.Lme)));
    }

    [Test]
    public void CompatibilityModeHasSegmentsAndThirtyTwoBits()
    {
        using LongRig rig = new();
        rig.StartCompatibility(3);
        rig.SetSegment(Seg.Es, LongRig.UserData, LongRig.Data, 0xFF, 0xF300);
        rig.Cpu.StateChanged();
        rig[Gpr.Ax] = 0xFFFF_FFFF_0000_0001;
        rig.Poke64(LongRig.Data + 0x10, 0x55);
        rig.Program(
            a =>
            {
                a.mov(ebx, __dword_ptr.es[0x10]);
                a.inc(eax);
                a.mov(ecx, __dword_ptr.es[0xFD]);
            },
            32);
        LongTrap trap = rig.RunToTrap();
        Assert.Multiple(() =>
        {
            Assert.That(rig[Gpr.Bx], Is.EqualTo(0x55ul));
            Assert.That(rig[Gpr.Ax], Is.EqualTo(2ul));
            Assert.That((trap.Vector, trap.Cs, trap.Ss), Is.EqualTo((Vector.GeneralProtection, (ulong)LongRig.UserCode32, (ulong)LongRig.UserData)));
        });
    }

    [TestCase(0x9B, 0xE, 0x50ul, TestName = "code with both L and D")]
    [TestCase(0x1B, 0xA, 0x50ul, TestName = "code that is not present")]
    [TestCase(0x89, 0x0, 0x50ul, TestName = "a TSS")]
    [TestCase(0x85, 0x0, 0x50ul, TestName = "a task gate")]
    public void FarJumpTo(int access, int flags, ulong error)
    {
        using LongRig rig = new();
        rig.Descriptor(LongRig.FirstFreeDescriptor, 0, 0xFFFFF, access, flags);
        rig.Poke64(LongRig.Data, LongRig.Code | (0x50ul << 32));
        rig[Gpr.Bx] = LongRig.Data;
        rig.Program(a => a.jmp(__fword_ptr[rbx]));
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error), Is.EqualTo(((access & 0x80) == 0 ? Vector.SegmentNotPresent : Vector.GeneralProtection, (ulong?)error)));
    }

    [TestCase(3, LongRig.UserCode, TestName = "A call gate leads 64-bit users to the kernel")]
    [TestCase(3, LongRig.UserCode32, TestName = "A call gate leads 32-bit users to the kernel")]
    public void CallGate(int cpl, ushort from)
    {
        using LongRig rig = new();
        rig.Gate(LongRig.GdtEntry(10), LongRig.KernelCode, LongRig.High + LongRig.Handlers + 0x300, 0xEC);
        if (from == LongRig.UserCode)
        {
            rig.Start(cpl);
        }
        else
        {
            rig.StartCompatibility(cpl);
        }

        rig.Poke64(LongRig.Data, 0x53ul << 32);
        rig[Gpr.Bx] = LongRig.Data;
        rig.Poke(LongRig.Code, "FF1B");
        rig.RunToHalt();
        ulong sp = rig[Gpr.Sp];
        Assert.Multiple(() =>
        {
            Assert.That(rig.Rip, Is.EqualTo(LongRig.High + LongRig.Handlers + 0x301));
            Assert.That(sp, Is.EqualTo(LongRig.KernelStack - 32ul));
            Assert.That(rig.Peek64(sp), Is.EqualTo(LongRig.Code + 2ul));
            Assert.That(rig.Peek64(sp + 8), Is.EqualTo((ulong)from));
            Assert.That(rig.Peek64(sp + 16), Is.EqualTo((ulong)LongRig.Stack));
            Assert.That(rig.Peek64(sp + 24), Is.EqualTo((ulong)LongRig.UserData));
            Assert.That(rig.Segment(Seg.Ss).Selector, Is.Zero);
            Assert.That(rig.S->Cpl, Is.Zero);
        });
    }

    [TestCase(0x84, 0u, LongRig.KernelCode, 0x50ul, TestName = "a 16-bit gate")]
    [TestCase(0x8C, 0x100u, LongRig.KernelCode, 0x50ul, TestName = "a gate with a type in its upper half")]
    [TestCase(0x8C, 0u, LongRig.KernelCode32, 0x18ul, TestName = "a gate to 32-bit code")]
    [TestCase(0x8C, 0u, (ushort)0, 0ul, TestName = "a gate to null")]
    public void CallThrough(int access, uint fourth, ushort target, ulong error)
    {
        using LongRig rig = new();
        rig.Gate(LongRig.GdtEntry(10), target, LongRig.Code, access);
        rig.Poke64(LongRig.GdtEntry(11), (ulong)fourth << 32);
        rig.Poke64(LongRig.Data, 0x50ul << 32);
        rig[Gpr.Bx] = LongRig.Data;
        rig.Program(a => a.call(__fword_ptr[rbx]));
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.GeneralProtection, (ulong?)error)));
    }

    [Test]
    public void FarReturnTakesAStackFromAnOuterLevelOnly()
    {
        using LongRig rig = new();
        rig.Program(a =>
        {
            a.push(LongRig.UserData);
            a.push((int)LongRig.Stack - 0x100);
            a.push(LongRig.UserCode);
            a.push((int)LongRig.Data);
            a.db(0x48, 0xCB);
        });
        rig.Poke(LongRig.Data, "0F0B");
        LongTrap trap = rig.RunToTrap();
        Assert.That(
            (trap.Vector, trap.Rip, trap.Cs, trap.Rsp, trap.Ss),
            Is.EqualTo((Vector.InvalidOpcode, (ulong)LongRig.Data, (ulong)LongRig.UserCode, LongRig.Stack - 0x100ul, (ulong)LongRig.UserData)));
    }

    [Test]
    public void SystemSegmentsHaveSixteenBytes()
    {
        using LongRig rig = new();
        rig.Descriptor(10, 0x10_8000, 0xFF, 0x82, 0);
        rig.Poke64(LongRig.GdtEntry(11), 0xFFFF_FF80);
        rig.Descriptor(12, LongRig.Tss, 0x67, 0x89, 0);
        rig.Poke64(LongRig.GdtEntry(13), 0xFFFF_FF80);
        rig.Program(a =>
        {
            a.mov(eax, 0x50);
            a.lldt(ax);
            a.mov(eax, 0x60);
            a.ltr(ax);
            a.lsl(ebx, eax);
            a.lar(ecx, eax);
            a.hlt();
        });
        rig.RunToHalt();
        Assert.Multiple(() =>
        {
            Assert.That(rig.Segment(Seg.Ldtr).Base, Is.EqualTo(LongRig.High + 0x10_8000));
            Assert.That(rig.Segment(Seg.Tr).Base, Is.EqualTo(LongRig.High + LongRig.Tss));
            Assert.That(rig[Gpr.Bx], Is.EqualTo(0x67ul));
            Assert.That(rig[Gpr.Cx], Is.EqualTo(0x8B00ul));
        });
    }

    [TestCase(0x82, 0x00007F80u, 0u, false, TestName = "an LDT whose base is not canonical")]
    [TestCase(0x82, 0u, 0x1000u, false, TestName = "an LDT with a type in its upper half")]
    [TestCase(0x81, 0u, 0u, true, TestName = "a 16-bit TSS")]
    public void CannotLoad(int access, uint third, uint fourth, bool task)
    {
        using LongRig rig = new();
        rig.Descriptor(10, LongRig.Tss, 0x67, access, 0);
        rig.Poke64(LongRig.GdtEntry(11), (third << 16) | ((ulong)fourth << 32));
        rig[Gpr.Ax] = 0x50;
        rig.Program(a =>
        {
            if (task)
            {
                a.ltr(ax);
            }
            else
            {
                a.lldt(ax);
            }
        });
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.GeneralProtection, (ulong?)0x50)));
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(4, false)]
    [TestCase(5, false)]
    [TestCase(9, true)]
    [TestCase(12, true)]
    [TestCase(14, false)]
    public void LarKnowsTheSystemTypesOfLongMode(int type, bool valid)
    {
        using LongRig rig = new();
        rig.Descriptor(10, 0, 0, 0x80 | type, 0);
        rig[Gpr.Ax] = 0x50;
        rig.Program(a => a.lar(ebx, eax));
        rig.Step();
        Assert.That((Flags.Read(rig.S) & Eflags.Zf) != 0, Is.EqualTo(valid));
    }

    [TestCase((ushort)0, 0, true, TestName = "null SS at level 0")]
    [TestCase((ushort)3, 3, false, TestName = "null SS at level 3")]
    [TestCase((ushort)1, 0, false, TestName = "null SS of another level")]
    public void NullStackSegment(ushort selector, int cpl, bool valid)
    {
        using LongRig rig = new();
        rig.Start(cpl);
        rig[Gpr.Ax] = selector;
        rig.Program(a =>
        {
            a.mov(ss, eax);
            a.push(rax);
            a.ud2();
        });
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(valid ? Vector.InvalidOpcode : Vector.GeneralProtection));
    }

    [Test]
    public void TaskPriorityIsTheApicsOrTheCpusOwn()
    {
        using LongRig rig = new();
        rig.Program(a =>
        {
            a.mov(eax, 9);
            a.mov(cr8, rax);
            a.mov(rbx, cr8);
            a.hlt();
        });
        rig.RunToHalt();
        Assert.That(rig[Gpr.Bx], Is.EqualTo(9ul));
    }

    [Test]
    public void CpuidShowsLongMode()
    {
        CpuModel model = CpuModels.Find("qemu64")!;
        Assert.Multiple(() =>
        {
            Assert.That(model.Cpuid(0x8000_0001, 0).Edx & ((1u << 29) | (1u << 20) | (1u << 11)), Is.EqualTo((1u << 29) | (1u << 20) | (1u << 11)));
            Assert.That(model.Cpuid(0x8000_0001, 0).Ecx & 1, Is.EqualTo(1u));
            Assert.That(model.Cpuid(0x8000_0008, 0).Eax, Is.EqualTo(0x3028u));
            Assert.That(model.Cpuid(1, 0).Ecx & (1u << 13), Is.Not.Zero);
            Assert.That(CpuModels.Find("qemu32")!.HasLongMode, Is.False);
        });
    }

    [Test]
    public void RegistersAreShownAsQemuDoes()
    {
        using LongRig rig = new();
        rig[Gpr.R11] = 0xDEAD_BEEF_0123_4567;
        string[] lines = rig.Cpu.DumpRegisters().Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Is.EqualTo("RAX=0000000000000000 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000000"));
            Assert.That(lines[2], Is.EqualTo("R8 =0000000000000000 R9 =0000000000000000 R10=0000000000000000 R11=deadbeef01234567"));
            Assert.That(lines[4], Is.EqualTo("RIP=0000000000300000 RFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0"));
            Assert.That(lines[6], Is.EqualTo("CS =0008 0000000000000000 ffffffff 00a09b00"));
            Assert.That(lines[13], Is.EqualTo("GDT=     0000000000100000 00000fff"));
        });
    }
}
