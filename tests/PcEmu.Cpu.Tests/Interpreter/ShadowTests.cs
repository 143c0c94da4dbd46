using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Interpreter;

/// <summary>The instruction after STI, MOV SS and POP SS, and single-stepping.</summary>
[TestFixture]
public sealed unsafe class ShadowTests
{
    private const int Wanted = 0x40;
    private const uint Target = 0x31_0000;

    // How many of the INC EAX behind the instruction run before the interrupt that waits.
    [TestCase("FB", false, 1u)]
    [TestCase("FB FB", false, 0u, TestName = "A second STI is itself the instruction after the first")]
    [TestCase("9D", false, 0u, TestName = "POPF casts no shadow")]
    [TestCase("8ED1", true, 1u)]
    [TestCase("17", true, 1u)]
    [TestCase("8ED9", true, 0u, TestName = "MOV DS casts no shadow")]
    public void AnInterruptWaitsForOneInstruction(string code, bool enabled, uint expected)
    {
        using var rig = Prepare(code, enabled);
        rig.Cpu.SetInterruptLine(!enabled);
        rig.Step(code == "FB FB" ? 2 : 1);

        // The line goes up between two calls of Run for those that begin with interrupts on.
        rig.Cpu.SetInterruptLine(true);
        rig.RunToHalt();

        Assert.That((rig.Eip, rig.Eax), Is.EqualTo((Target + 1, expected)));
    }

    [TestCase("FB")]
    [TestCase("8ED1")]
    public void TheShadowOutlivesTheEndOfABudget(string code)
    {
        using var rig = Prepare(code, enabled: code != "FB");
        rig.Poke(CpuRig.Code, "90 90 90 " + code + " 40 40 40 F4");
        rig.Cpu.Run(4);
        rig.Cpu.SetInterruptLine(true);
        rig.RunToHalt();

        Assert.That(rig.Eip, Is.EqualTo(Target + 1));
        Assert.That(rig.Eax, Is.EqualTo(1u));
    }

    [Test]
    public void StiAndHltMissNoInterrupt()
    {
        using var rig = Prepare("FB F4", enabled: false);
        rig.Poke(Target, "CF");
        rig.Step();
        rig.Cpu.SetInterruptLine(true);
        rig.AcknowledgeInterrupt = () =>
        {
            rig.Cpu.SetInterruptLine(false);
            return Wanted;
        };
        rig.RunToHalt();

        Assert.That(rig.Eax, Is.EqualTo(3u), "HLT ran, was woken, and all of the rest ran");
    }

    [Test]
    public void AFaultEndsTheShadow()
    {
        // STI, then an undefined instruction: the waiting interrupt comes in at the handler's first instruction.
        using var rig = Prepare("FB 0F04", enabled: false);
        rig.Gate(CpuRig.IdtEntry(Vector.InvalidOpcode), CpuRig.KernelCode, Target + 0x100, 0x8F);
        rig.Poke(Target + 0x100, "40 40 F4");
        rig.Cpu.SetInterruptLine(true);
        rig.RunToHalt();

        Assert.That((rig.Eip, rig.Eax), Is.EqualTo((Target + 1, 0u)));
    }

    // POPF sets TF; the traps find these offsets. An undefined instruction ends the program.
    [TestCase("90 90", new[] { 1, 2 })]
    [TestCase("8ED1 90 90", new[] { 3, 4 }, TestName = "No trap between MOV SS and what follows")]
    [TestCase("F3AA 90", new[] { 0, 0, 2, 3 }, TestName = "A trap after every element of a repeated instruction")]
    [TestCase("CD41 90", new[] { 3 }, TestName = "No trap inside the handler of INT n")]
    public void TheTrapFlagTrapsAfterEveryInstruction(string code, int[] expected)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Gate(CpuRig.IdtEntry(0x41), CpuRig.KernelCode, Target, 0x8E);
        rig.Poke(Target, "90 CF");
        // #DB: EDI is kept away from; the return address goes to a list at ESI.
        rig.Gate(CpuRig.IdtEntry(Vector.Debug), CpuRig.KernelCode, Target + 0x100, 0x8E);
        rig.Poke(Target + 0x100, "50 8B442404 8906 83C604 58 CF");
        rig[Gpr.Si] = CpuRig.Data;
        rig[Gpr.Di] = CpuRig.Data + 0x1000;
        rig[Gpr.Cx] = code.StartsWith("F3", StringComparison.Ordinal) ? 3u : CpuRig.KernelData;
        rig.Poke(CpuRig.Code - 6, "68 02010000 9D");
        rig.Poke(CpuRig.Code, code + "0F04");
        rig.S->Rip = CpuRig.Code - 6;
        rig.RunToTrap();

        List<int> traps = [];
        for (uint at = CpuRig.Data; at < rig[Gpr.Si]; at += 4)
        {
            traps.Add((int)(rig.Peek32(at) - CpuRig.Code));
        }

        Assert.That(traps, Is.EqualTo(expected));
        Assert.That(rig.S->Dr[6] & (1 << 14), Is.Not.Zero, "DR6.BS");
    }

    private static CpuRig Prepare(string code, bool enabled)
    {
        var rig = new CpuRig();
        rig.Protected();
        rig.AcknowledgeInterrupt = () => Wanted;
        rig.Gate(CpuRig.IdtEntry(Wanted), CpuRig.KernelCode, Target, 0x8E);
        rig.Poke(Target, "F4");
        rig.Poke(CpuRig.Code, code + " 40 40 40 F4");
        rig.Poke32(CpuRig.Stack, code == "9D" ? 0x202u : CpuRig.KernelData);
        rig[Gpr.Cx] = CpuRig.KernelData;
        rig.S->Eflags |= enabled ? Eflags.If : 0;
        return rig;
    }
}
