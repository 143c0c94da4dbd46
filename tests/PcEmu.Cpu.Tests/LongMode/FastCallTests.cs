using PcEmu.Cpu.Registers;
using static Iced.Intel.AssemblerRegisters;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS.</summary>
public sealed unsafe class FastCallTests
{
    private const uint Compatible = LongRig.Data + 0x1000;

    [TestCase(false, LongRig.Data)]
    [TestCase(true, Compatible)]
    public void SyscallEntersTheKernel(bool compatibility, uint target)
    {
        using LongRig rig = Prepared(3, compatibility);
        rig.Poke(LongRig.Code, "0F05");
        rig.S->Eflags = Eflags.If | Eflags.Df | Eflags.Ac;
        rig.Step();
        Assert.Multiple(() =>
        {
            Assert.That(rig.Rip, Is.EqualTo((ulong)target));
            Assert.That(rig[Gpr.Cx], Is.EqualTo(LongRig.Code + 2ul));
            Assert.That(rig[Gpr.R11], Is.EqualTo((ulong)(Eflags.If | Eflags.Df | Eflags.Ac | 2)));
            Assert.That(Flags.Read(rig.S), Is.EqualTo(Eflags.Ac | 2));
            Assert.That(rig.S->Cpl, Is.Zero);
            Assert.That((rig.Segment(Seg.Cs).Selector, rig.Segment(Seg.Cs).Attributes), Is.EqualTo((LongRig.KernelCode, 0xA0_9B00u)));
            Assert.That((rig.Segment(Seg.Ss).Selector, rig.Segment(Seg.Ss).Attributes), Is.EqualTo((LongRig.KernelData, 0xC0_9300u)));
            Assert.That(rig[Gpr.Sp], Is.EqualTo((ulong)LongRig.Stack));
        });
    }

    [TestCase("480F07", LongRig.UserCode, 0x7FFF_1234_5678ul, 0xA0_FB00u)]
    [TestCase("0F07", LongRig.UserCode32, 0x1234_5678ul, 0xC0_FB00u)]
    public void SysretLeavesTheKernel(string code, ushort selector, ulong target, uint attributes)
    {
        using LongRig rig = Prepared(0);
        rig.Poke(LongRig.Code, code);
        rig[Gpr.Cx] = 0x7FFF_1234_5678;
        rig[Gpr.R11] = ulong.MaxValue;
        rig.Step();
        Assert.Multiple(() =>
        {
            Assert.That(rig.Rip, Is.EqualTo(target));
            Assert.That(Flags.Read(rig.S), Is.EqualTo(0x3C_7FD7u));
            Assert.That(rig.S->Cpl, Is.EqualTo(3));
            Assert.That((rig.Segment(Seg.Cs).Selector, rig.Segment(Seg.Cs).Attributes), Is.EqualTo((selector, attributes)));
            Assert.That((rig.Segment(Seg.Ss).Selector, rig.Segment(Seg.Ss).Attributes), Is.EqualTo((LongRig.UserData, 0xC0_F300u)));
        });
    }

    [TestCase("0F05", 3, false, Vector.InvalidOpcode, TestName = "SYSCALL without EFER.SCE")]
    [TestCase("480F07", 0, false, Vector.InvalidOpcode, TestName = "SYSRET without EFER.SCE")]
    [TestCase("480F07", 3, true, Vector.GeneralProtection, TestName = "SYSRET of a user")]
    [TestCase("0F34", 3, true, Vector.InvalidOpcode, TestName = "SYSENTER in long mode on AMD's")]
    [TestCase("0F35", 0, true, Vector.InvalidOpcode, TestName = "SYSEXIT in long mode on AMD's")]
    [TestCase("0F01F8", 3, true, Vector.GeneralProtection, TestName = "SWAPGS of a user")]
    public void Refused(string code, int cpl, bool enabled, int vector)
    {
        using LongRig rig = Prepared(cpl);
        rig.S->Efer = enabled ? rig.S->Efer : rig.S->Efer & ~Efer.Sce;
        rig.Poke(LongRig.Code, code);
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(vector));
    }

    [TestCase(true, LongRig.KernelCode, LongRig.Code, TestName = "Intel's SYSRET checks the address in the kernel")]
    [TestCase(false, LongRig.UserCode, 0x8000_0000_0000ul, TestName = "AMD's SYSRET lets the user's fetch fail")]
    public void NonCanonicalReturn(bool intel, ushort code, ulong rip)
    {
        using LongRig rig = Prepared(0, model: intel ? LongRig.Intel : LongRig.Amd);
        rig.Poke(LongRig.Code, "480F07");
        rig[Gpr.Cx] = 0x8000_0000_0000;
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Cs, trap.Rip), Is.EqualTo((Vector.GeneralProtection, (ulong?)0, (ulong)code, rip)));
    }

    [Test]
    public void IntelHasNoSyscallInCompatibilityMode()
    {
        using LongRig rig = Prepared(3, compatibility: true, LongRig.Intel);
        rig.Poke(LongRig.Code, "0F05");
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(Vector.InvalidOpcode));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void SysenterAndSysexit(bool compatibility)
    {
        using LongRig rig = Prepared(0, model: LongRig.Intel);
        rig.Program(a =>
        {
            a.mov(ecx, 0x174);
            a.xor(edx, edx);
            a.mov(eax, LongRig.KernelCode);
            a.wrmsr();
            a.inc(ecx);
            a.mov(eax, LongRig.KernelStack);
            a.wrmsr();
            a.inc(ecx);
            a.mov(eax, LongRig.Data);
            a.wrmsr();
        });
        rig.Step(10);
        rig.Enter(3);
        if (compatibility)
        {
            rig.MakeCompatible(3);
        }

        rig.S->Eflags |= Eflags.If;
        rig.Poke(LongRig.Code, "0F34");
        rig.Poke(LongRig.Data, "480F35");
        rig.Step();
        Assert.That(
            (rig.Rip, rig[Gpr.Sp], rig.S->Cpl, rig.Segment(Seg.Cs).Selector, rig.Segment(Seg.Cs).Attributes, rig.Segment(Seg.Ss).Selector, rig.S->Eflags),
            Is.EqualTo(((ulong)LongRig.Data, (ulong)LongRig.KernelStack, (byte)0, LongRig.KernelCode, 0xA0_9B00u, LongRig.KernelData, 0u)));
        rig[Gpr.Dx] = 0x7FFF_0000_1000;
        rig[Gpr.Cx] = 0x7FFF_0000_2000;
        rig.Step();
        Assert.That(
            (rig.Rip, rig[Gpr.Sp], rig.S->Cpl, rig.Segment(Seg.Cs).Selector, rig.Segment(Seg.Cs).Attributes, rig.Segment(Seg.Ss).Selector),
            Is.EqualTo((0x7FFF_0000_1000ul, 0x7FFF_0000_2000ul, (byte)3, (ushort)0x2B, 0xA0_FB00u, (ushort)0x33)));
    }

    [Test]
    public void SwapgsExchangesTheBases()
    {
        using LongRig rig = Prepared(0);
        CpuState.Segment(rig.S, Seg.Gs)->Base = LongRig.Data;
        rig.S->KernelGsBase = LongRig.Data + 0x100;
        rig.Poke64(LongRig.Data, 1);
        rig.Poke64(LongRig.Data + 0x100, 2);
        rig.Program(a =>
        {
            a.mov(rax, __qword_ptr.gs[rdx]);
            a.swapgs();
            a.mov(rbx, __qword_ptr.gs[rdx]);
            a.mov(ecx, 0xC000_0102);
            a.rdmsr();
            a.hlt();
        });
        rig.RunToHalt();
        Assert.That((rig[Gpr.Bx], rig[Gpr.Ax], rig[Gpr.Dx]), Is.EqualTo((2ul, (ulong)LongRig.Data, 0ul)));
    }

    private static LongRig Prepared(int cpl, bool compatibility = false, Models.CpuModel? model = null)
    {
        var rig = new LongRig(model);
        if (compatibility)
        {
            rig.StartCompatibility(cpl);
        }
        else
        {
            rig.Start(cpl);
        }

        rig.S->Efer |= Efer.Sce;
        rig.S->Star = ((ulong)LongRig.UserCode32 << 48) | ((ulong)LongRig.KernelCode << 32);
        rig.S->LStar = LongRig.Data;
        rig.S->CStar = Compatible;
        rig.S->SyscallMask = Eflags.If | Eflags.Df;
        return rig;
    }
}
