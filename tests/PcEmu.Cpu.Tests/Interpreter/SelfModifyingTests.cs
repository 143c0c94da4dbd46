using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Interpreter;

/// <summary>Code that changes, by its own hand or another's.</summary>
[TestFixture]
public sealed unsafe class SelfModifyingTests
{
    [Test]
    public void TheNextInstructionMayBePatched()
    {
        // MOV BYTE [next+1], 7 ; next: MOV AL, 1 ; HLT
        using var rig = Run("C605 08003000 07 B001 F4");

        Assert.That(rig.Eax, Is.EqualTo(7u));
    }

    [Test]
    public void AnInstructionMayOverwriteItself()
    {
        // MOV DWORD [itself], 40404040h, then back to it: its bytes are INC EAX now, up to the immediate.
        using var rig = Run("C705 00003000 40404040 EB 05 90 90 90 90 90 F4");

        Assert.That((rig.Peek32(CpuRig.Code), rig.Eip), Is.EqualTo((0x4040_4040u, CpuRig.Code + 18)));
    }

    [Test]
    public void ALoopThatPatchesItselfSeesEveryPatch()
    {
        // MOV CL,5 ; again: ADD AL,0 ; INC BYTE [again+1] ; LOOP-like DEC CL, JNZ ; HLT: 0+1+2+3+4
        using var rig = Run("B105 0400 FE05 03003000 FEC9 75F4 F4");

        Assert.That(rig.Eax, Is.EqualTo(10u));
    }

    [Test]
    public void DataBesideCodeMayChangeFreely()
    {
        // A counter in the same page, away from the code.
        using var rig = Run("B9 E8030000 FF05 000F3000 E2F8 F4");

        Assert.That(rig.Peek32(0x30_0F00), Is.EqualTo(1000u));
        Assert.That(rig.Cpu.InstructionCount, Is.EqualTo(2002));
    }

    [Test]
    public void AStoreAcrossTheBorderIntoACodePageIsSeen()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(0x30_1000, "B001 C3");
        // CALL 301000 ; MOV BL,AL ; MOV [300FFE], 02B09090h ; CALL again ; HLT
        rig.Poke(CpuRig.Code, CpuRig.Assemble(32, CpuRig.Code, static a =>
        {
            a.call(0x30_1000ul);
            a.mov(Iced.Intel.AssemblerRegisters.bl, Iced.Intel.AssemblerRegisters.al);
            a.mov(Iced.Intel.AssemblerRegisters.__dword_ptr[0x30_0FFE], 0x02B0_9090);
            a.call(0x30_1000ul);
            a.hlt();
        }));
        rig.RunToHalt();

        Assert.That((rig[Gpr.Bx], rig.Eax), Is.EqualTo((1u, 2u)));
    }

    [Test]
    public void ABusMasterMayWriteCode()
    {
        // OUT to the device has it write over the instruction behind.
        using var rig = new CpuRig();
        rig.Protected();
        rig.PortWrite = (_, _, _) => rig.Memory.Write(CpuRig.Code + 2, [0xB0, 9, 0xF4]);
        rig.Poke(CpuRig.Code, "E680 B001 90 F4");
        rig.RunToHalt();

        Assert.That((rig.Eax, rig.Eip), Is.EqualTo((9u, CpuRig.Code + 5)));
    }

    [Test]
    public void ABusMasterMayWriteCodeBetweenTwoRuns()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, "40 EBFD");
        rig.Cpu.Run(101);
        uint before = rig.Eax;
        rig.Poke(CpuRig.Code, "F4 F4 F4");
        rig.RunToHalt();

        Assert.That(before, Is.GreaterThan(49u));
        Assert.That(rig.Eax, Is.EqualTo(before));
    }

    [Test]
    public void TheStackMayLieInThePageOfTheCode()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig[Gpr.Sp] = CpuRig.Code + 0x800;
        rig.Poke(CpuRig.Code, "B9 64000000 51 58 E8 03000000 E2F7 F4 40 C3");
        rig.RunToHalt();

        Assert.That((rig[Gpr.Cx], rig[Gpr.Sp]), Is.EqualTo((0u, CpuRig.Code + 0x800)));
    }

    [Test]
    public void AnInstructionAcrossTwoPagesIsSeenChangingInTheSecond()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(0x30_0FFD, "B8 78563412 C3");
        rig.Poke(CpuRig.Code, CpuRig.Assemble(32, CpuRig.Code, static a =>
        {
            a.call(0x30_0FFDul);
            a.mov(Iced.Intel.AssemblerRegisters.ebx, Iced.Intel.AssemblerRegisters.eax);
            a.mov(Iced.Intel.AssemblerRegisters.__byte_ptr[0x30_1001], 0x55);
            a.call(0x30_0FFDul);
            a.hlt();
        }));
        rig.RunToHalt();

        Assert.That((rig[Gpr.Bx], rig.Eax), Is.EqualTo((0x1234_5678u, 0x5534_5678u)));
    }

    private static CpuRig Run(string code)
    {
        var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, code);
        rig.RunToHalt();
        return rig;
    }
}
