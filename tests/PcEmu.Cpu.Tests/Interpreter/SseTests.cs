using CsCheck;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Interpreter;

/// <summary>What recorded vectors leave out of MMX and SSE: availability, faults, state images.</summary>
[TestFixture]
public sealed unsafe class SseTests
{
    private const int Xm = Vector.SimdFloatingPoint;
    private const int None = -1;

    private static readonly CpuModel Everything = CpuModels.Find("qemu64")! with
    {
        Level = 0xD, Features = (Features1Edx)uint.MaxValue, FeaturesEcx = uint.MaxValue, Features7 = (Features7Ebx)uint.MaxValue, ExtendedEcx = uint.MaxValue,
    };

    [TestCase("0F2803", true, TestName = "MOVAPS load")]
    [TestCase("0F2903", true, TestName = "MOVAPS store")]
    [TestCase("660F6F03", true, TestName = "MOVDQA load")]
    [TestCase("660F7F03", true, TestName = "MOVDQA store")]
    [TestCase("0F2B03", true, TestName = "MOVNTPS")]
    [TestCase("660FE703", true, TestName = "MOVNTDQ")]
    [TestCase("0F5803", true, TestName = "ADDPS")]
    [TestCase("660FEF03", true, TestName = "PXOR")]
    [TestCase("0FAE03", true, TestName = "FXSAVE")]
    [TestCase("0FAE0B", true, TestName = "FXRSTOR")]
    [TestCase("0F1003", false, TestName = "MOVUPS load")]
    [TestCase("0F1103", false, TestName = "MOVUPS store")]
    [TestCase("F30F6F03", false, TestName = "MOVDQU")]
    [TestCase("F20FF003", false, TestName = "LDDQU")]
    [TestCase("F30F5803", false, TestName = "ADDSS")]
    [TestCase("0F6F03", false, TestName = "MOVQ mm")]
    public void WholeOperandsMustBeAlignedUnlessTheFormSaysOtherwise(string code, bool mustBeAligned)
    {
        Assert.That(VectorOf(code, CpuRig.Data), Is.EqualTo(None));
        Assert.That(VectorOf(code, CpuRig.Data + 8), Is.EqualTo(mustBeAligned ? Vector.GeneralProtection : None));
    }

    private const ulong Sse = Cr4.Osfxsr | Cr4.Osxmmexcpt;

    [TestCase("0F58C1", 0ul, Sse, None, TestName = "ADDPS runs")]
    [TestCase("0F58C1", Cr0.Ts, Sse, Vector.DeviceNotAvailable, TestName = "ADDPS with TS")]
    [TestCase("0F58C1", Cr0.Em, Sse, Vector.InvalidOpcode, TestName = "ADDPS with EM")]
    [TestCase("0F58C1", Cr0.Em | Cr0.Ts, Sse, Vector.InvalidOpcode, TestName = "ADDPS with EM and TS")]
    [TestCase("0F58C1", 0ul, 0ul, Vector.InvalidOpcode, TestName = "ADDPS without OSFXSR")]
    [TestCase("0F58C1", Cr0.Ts, 0ul, Vector.InvalidOpcode, TestName = "ADDPS without OSFXSR, with TS")]
    [TestCase("0FAE13", Cr0.Ts, Sse, Vector.DeviceNotAvailable, TestName = "LDMXCSR with TS")]
    [TestCase("0FFCC1", 0ul, 0ul, None, TestName = "PADDB mm needs no OSFXSR")]
    [TestCase("0FFCC1", Cr0.Ts, 0ul, Vector.DeviceNotAvailable, TestName = "PADDB mm with TS")]
    [TestCase("0FFCC1", Cr0.Em, 0ul, Vector.InvalidOpcode, TestName = "PADDB mm with EM")]
    [TestCase("0F77", Cr0.Em, 0ul, Vector.InvalidOpcode, TestName = "EMMS with EM")]
    [TestCase("0FAE03", Cr0.Ts, 0ul, Vector.DeviceNotAvailable, TestName = "FXSAVE with TS")]
    [TestCase("0FAE03", 0ul, 0ul, None, TestName = "FXSAVE needs no OSFXSR")]
    [TestCase("0FC303", Cr0.Ts, 0ul, None, TestName = "MOVNTI is not of the SSE unit")]
    [TestCase("0F1803", Cr0.Em | Cr0.Ts, 0ul, None, TestName = "PREFETCHNTA is not of the SSE unit")]
    [TestCase("0FAEF8", Cr0.Em | Cr0.Ts, 0ul, None, TestName = "SFENCE is not of the SSE unit")]
    [TestCase("F30FB8C1", Cr0.Em | Cr0.Ts, 0ul, None, TestName = "POPCNT is not of the SSE unit")]
    public void TheControlRegistersSayWhoMayRun(string code, ulong cr0, ulong cr4, int expected) =>
        Assert.That(VectorOf(code, CpuRig.Data, cr0, cr4), Is.EqualTo(expected));

    // MXCSR 1F80h less the mask of the exception; the sticky bit is set in either case.
    [TestCase("0F58C1", 0x7FA00000u, 0u, Mxcsr.Ie, TestName = "Invalid")]
    [TestCase("0F58C1", 1u, 0u, Mxcsr.De, TestName = "Denormal")]
    [TestCase("F30F5EC1", 0x3F800000u, 0u, Mxcsr.Ze, TestName = "Division by zero")]
    [TestCase("0F59C1", 0x7F000000u, 0x7F000000u, Mxcsr.Oe | Mxcsr.Pe, TestName = "Overflow")]
    [TestCase("0F59C1", 0x00800001u, 0x3F000000u, Mxcsr.Ue | Mxcsr.Pe, TestName = "Underflow")]
    [TestCase("0F58C1", 0x3F800000u, 0x2F800000u, Mxcsr.Pe, TestName = "Precision")]
    public void AnUnmaskedExceptionLeavesTheRegister(string code, uint a, uint b, uint raised)
    {
        uint mask = raised & (0 - raised);
        uint mxcsr = Mxcsr.Initial & ~(mask << Mxcsr.MaskShift);
        for (int enabled = 0; enabled < 2; enabled++)
        {
            // Without CR4.OSXMMEXCPT it is #UD.
            int vector = enabled != 0 ? Xm : Vector.InvalidOpcode;
            using CpuRig rig = Rig(code, cr4: enabled != 0 ? Sse : Cr4.Osfxsr);
            rig.S->Mxcsr = mxcsr;
            Set(rig, 0, a);
            Set(rig, 1, b);
            Trap trap = rig.RunToTrap();

            Assert.That((trap.Vector, trap.Eip), Is.EqualTo((vector, CpuRig.Code)));
            Assert.That(rig.S->Mxcsr & mask, Is.EqualTo(mask));
            Assert.That(Low(rig, 0), Is.EqualTo((ulong)a));
        }

        using CpuRig masked = Rig(code);
        Set(masked, 0, a);
        Set(masked, 1, b);
        masked.RunToHalt();
        Assert.That(masked.S->Mxcsr, Is.EqualTo(Mxcsr.Initial | raised));
    }

    // 2^-126 * 0.5 is a denormal; the least denormal * 2^30 is not.
    [TestCase(Mxcsr.Initial, 0x00800000u, 0x3F000000u, 0x00400000u, 0u, TestName = "An exact denormal raises nothing")]
    [TestCase(Mxcsr.Initial | Mxcsr.Ftz, 0x00800000u, 0x3F000000u, 0u, Mxcsr.Ue | Mxcsr.Pe, TestName = "FTZ flushes even an exact one")]
    [TestCase(Mxcsr.Initial | Mxcsr.Ftz, 0x80800000u, 0x3F000000u, 0x80000000u, Mxcsr.Ue | Mxcsr.Pe, TestName = "FTZ keeps the sign")]
    [TestCase(Mxcsr.Initial, 1u, 0x4E800000u, 0x04000000u, Mxcsr.De, TestName = "A denormal operand raises DE")]
    [TestCase(Mxcsr.Initial | Mxcsr.Daz, 1u, 0x4E800000u, 0u, 0u, TestName = "DAZ takes it for zero")]
    [TestCase(Mxcsr.Initial | (3u << 13), 0x3F800001u, 0x3F800001u, 0x3F800002u, Mxcsr.Pe, TestName = "Towards zero")]
    [TestCase(Mxcsr.Initial | (2u << 13), 0x3F800001u, 0x3F800001u, 0x3F800003u, Mxcsr.Pe, TestName = "Upwards")]
    [TestCase(Mxcsr.Initial | (3u << 13), 0x7F000000u, 0x7F000000u, 0x7F7FFFFFu, Mxcsr.Oe | Mxcsr.Pe, TestName = "Overflow towards zero stays finite")]
    public void MxcsrRulesProducts(uint mxcsr, uint a, uint b, uint product, uint raised)
    {
        using CpuRig rig = Rig("F30F59C1");
        rig.S->Mxcsr = mxcsr;
        Set(rig, 0, a);
        Set(rig, 1, b);
        rig.RunToHalt();

        Assert.That((Low(rig, 0), rig.S->Mxcsr), Is.EqualTo(((ulong)product, mxcsr | raised)));
    }

    [Test]
    public void KnownPrecisionMakesNoDifferenceToTheResult() =>
        Gen.Select(Gen.Int[0, 4], Gen.ULong, Gen.ULong, Gen.Bool).Sample((operation, x, y, near) =>
        {
            // Numbers near each other as well as any bits at all.
            ulong b = near ? (x & ~0xFFFFFFul) ^ (y & 0x8000_0000_00FF_FFFF) : y;
            string code = operation switch { 0 => "F20F58C1", 1 => "F20F5CC1", 2 => "F20F59C1", 3 => "F20F5EC1", _ => "F20F51C1" };
            (ulong Value, uint Mxcsr)[] results = new (ulong, uint)[2];
            for (int i = 0; i < 2; i++)
            {
                using CpuRig rig = Rig(code);
                rig.S->Mxcsr = Mxcsr.Initial | (i == 0 ? 0 : Mxcsr.Pe);
                Set(rig, 0, x);
                Set(rig, 1, b);
                rig.RunToHalt();
                results[i] = (Low(rig, 0), rig.S->Mxcsr | Mxcsr.Pe);
            }

            Assert.That(results[1], Is.EqualTo(results[0]));
        }, iter: 200);

    [Test]
    public void AStoreAcrossAPageThatIsNotThereChangesNothing()
    {
        using CpuRig rig = Rig("0F1103");
        rig.Paging(cr4: Sse);
        rig.Poke32(CpuRig.Pte(CpuRig.Data + 0x1000), 0);
        rig.Cpu.StateChanged();
        rig[Gpr.Bx] = CpuRig.Data + 0xFF8;
        Set(rig, 0, ulong.MaxValue);
        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, rig.S->Cr2), Is.EqualTo((Vector.PageFault, (uint?)2u, (ulong)(CpuRig.Data + 0x1000))));
        Assert.That(rig.Peek64(CpuRig.Data + 0xFF8), Is.Zero);
    }

    [TestCase("0FF7C8", TestName = "MASKMOVQ")]
    [TestCase("660FF7C8", TestName = "MASKMOVDQU")]
    public void AnEmptyMaskTouchesNoMemory(string code)
    {
        using CpuRig rig = Rig(code);
        rig.Paging(cr4: Sse);
        rig.Poke32(CpuRig.Pte(CpuRig.Data), 0);
        rig.Cpu.StateChanged();
        rig[Gpr.Di] = CpuRig.Data;

        rig.RunToHalt();

        Assert.That(rig.Eip, Is.LessThan(CpuRig.Code + 0x10));
    }

    [Test]
    public void MxcsrHasReservedBits()
    {
        using CpuRig rig = Rig("0FAE13");
        rig.Poke32(CpuRig.Data, 0x1_1F80);
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(Vector.GeneralProtection));
        Assert.That(rig.S->Mxcsr, Is.EqualTo(Mxcsr.Initial));
    }

    [Test]
    public void MmxRegistersAreTheX87Registers()
    {
        // FLD1; FLD1; MOVQ MM7, MM6.
        using CpuRig rig = Rig("D9E8 D9E8 0F6FFE");
        rig.S->FpuControl = 0x37F;
        rig.S->FpuTags = 0;
        rig.RunToHalt();

        ulong* registers = (ulong*)&rig.S->FpuRegisters;
        Assert.That((registers[14], (ushort)registers[15]), Is.EqualTo((0x8000_0000_0000_0000ul, (ushort)0xFFFF)));
        Assert.That((rig.S->FpuTags, rig.S->FpuStatus & 0x3800), Is.EqualTo(((byte)0xFF, 0)));
    }

    [Test]
    public void FxsaveLaysOutTheState()
    {
        using CpuRig rig = Rig("D9E8 0FAE03");
        rig.S->FpuControl = 0x37F;
        rig.S->FpuTags = 0;
        Set(rig, 7, 0x1122334455667788);
        rig.S->Mxcsr = 0x1FA0;
        rig.RunToHalt();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Peek16(CpuRig.Data), Is.EqualTo(0x37Fu), "FCW");
            Assert.That(rig.Peek16(CpuRig.Data + 2), Is.EqualTo(0x3800u), "FSW: TOP is 7");
            Assert.That(rig.Peek16(CpuRig.Data + 4), Is.EqualTo(0x80u), "abridged tags, by physical register");
            Assert.That(rig.Peek16(CpuRig.Data + 6), Is.EqualTo(0x1E8u), "opcode of FLD1");
            Assert.That(rig.Peek32(CpuRig.Data + 8), Is.EqualTo(CpuRig.Code), "FIP");
            Assert.That(rig.Peek16(CpuRig.Data + 12), Is.EqualTo((uint)CpuRig.KernelCode), "FCS");
            Assert.That(rig.Peek32(CpuRig.Data + 24), Is.EqualTo(0x1FA0u), "MXCSR");
            Assert.That(rig.Peek32(CpuRig.Data + 28), Is.EqualTo(0xFFFFu), "MXCSR_MASK");
            Assert.That(rig.Peek64(CpuRig.Data + 32), Is.EqualTo(0x8000_0000_0000_0000ul), "ST(0)");
            Assert.That(rig.Peek16(CpuRig.Data + 40), Is.EqualTo(0x3FFFu), "its exponent");
            Assert.That(rig.Peek64(CpuRig.Data + 160 + (7 * 16)), Is.EqualTo(0x1122334455667788ul), "XMM7");
        }
    }

    [Test]
    public void FxrstorBringsBackWhatFxsaveTook()
    {
        // FLD1; FXSAVE; FNINIT; PXOR XMM3, XMM3; FXRSTOR
        using CpuRig rig = Rig("D9E8 0FAE03 DBE3 660FEFDB 0FAE0B");
        rig.S->FpuControl = 0x27F;
        rig.S->FpuTags = 0;
        Set(rig, 3, 42);
        rig.RunToHalt();

        Assert.That((rig.S->FpuControl, rig.S->FpuStatus, rig.S->FpuTags, Low(rig, 3)), Is.EqualTo(((ushort)0x27F, (ushort)0x3800, (byte)0x80, 42ul)));
    }

    [Test]
    public void XsaveKeepsToTheStatesThatAreAskedFor()
    {
        // XSETBV with 3; then XSAVE of SSE alone.
        using CpuRig rig = Rig("31C9 31D2 B803000000 0F01D1 B802000000 0FAE23", cr4: Sse | Cr4.Osxsave, model: Everything);
        Set(rig, 1, 5);
        rig.Poke16(CpuRig.Data, 0xABCD);
        rig.RunToHalt();

        Assert.That(rig.Peek16(CpuRig.Data), Is.EqualTo(0xABCDu), "x87 is left alone");
        Assert.That(rig.Peek64(CpuRig.Data + 160 + 16), Is.EqualTo(5ul));
        Assert.That(rig.Peek64(CpuRig.Data + 512), Is.EqualTo(2ul), "XSTATE_BV");
    }

    [Test]
    public void XrstorInitialisesWhatTheHeaderLacks()
    {
        using CpuRig rig = Rig("31C9 31D2 B803000000 0F01D1 0FAE2B", cr4: Sse | Cr4.Osxsave, model: Everything);
        Set(rig, 1, 5);
        rig.Poke32(CpuRig.Data + 24, 0x1F80);
        rig.RunToHalt();

        Assert.That((Low(rig, 1), rig.S->FpuControl), Is.EqualTo((0ul, (ushort)0x37F)));
    }

    [TestCase("0F01D0", 0ul, 0u, Vector.InvalidOpcode, TestName = "XGETBV without OSXSAVE")]
    [TestCase("0F01D0", Cr4.Osxsave, 5u, Vector.GeneralProtection, TestName = "XGETBV of a register that is not there")]
    [TestCase("0F01D1", Cr4.Osxsave, 0u, Vector.GeneralProtection, TestName = "XSETBV without x87")]
    [TestCase("0FAE23", 0ul, 0u, Vector.InvalidOpcode, TestName = "XSAVE without OSXSAVE")]
    public void XsaveHasItsOwnSwitch(string code, ulong cr4, uint ecx, int expected)
    {
        using CpuRig rig = Rig(code, cr4: Sse | cr4, model: Everything);
        rig[Gpr.Cx] = ecx;
        Assert.That(rig.RunToTrap().Vector, Is.EqualTo(expected));
    }

    [TestCase("486", "0FFCC1", TestName = "PADDB on a 486")]
    [TestCase("486", "0FA2", false, TestName = "CPUID on a 486")]
    [TestCase("486", "0F44C1", TestName = "CMOVE on a 486")]
    [TestCase("486", "0F31", TestName = "RDTSC on a 486")]
    [TestCase("pentium3", "660F58C1", TestName = "ADDPD on a Pentium III")]
    [TestCase("pentium3", "0F58C1", false, TestName = "ADDPS on a Pentium III")]
    [TestCase("kvm64", "F30FB8C1", TestName = "POPCNT on kvm64")]
    [TestCase("qemu64", "F30FB8C1", false, TestName = "POPCNT on qemu64")]
    [TestCase("qemu64", "660F3800C1", TestName = "PSHUFB on qemu64")]
    [TestCase("qemu64", "C5FC58C1", TestName = "VADDPS on qemu64")]
    public void AnInstructionThatTheModelLacksIsUndefined(string model, string code, bool isUndefined = true) =>
        Assert.That(VectorOf(code, CpuRig.Data, model: CpuModels.Find(model)), Is.EqualTo(isUndefined ? Vector.InvalidOpcode : None));

    [Test]
    public void TzcntIsBsfWhereItIsNot()
    {
        using CpuRig old = Rig("F30FBCC1");
        using CpuRig full = Rig("F30FBCC1", model: Everything);
        old[Gpr.Ax] = full[Gpr.Ax] = 7;
        old.RunToHalt();
        full.RunToHalt();
        Assert.That((old.Eax, full.Eax), Is.EqualTo((7u, 32u)));
    }

    [Test]
    public void VexInstructionsAreNotThereInRealMode()
    {
        using var rig = new CpuRig(Everything);
        rig.Real();
        rig.Poke16(6 * 4, 0x500);
        rig.Poke(0x500, "F4");
        rig.Poke(0x7C00, "C4E278F2C1 F4");
        rig.RunToHalt();
        Assert.That(rig.Eip, Is.EqualTo(0x501u));
    }

    [Test]
    public void VectorRegistersAreAligned()
    {
        using var rig = new CpuRig();
        Assert.That((ulong)&rig.S->Xmm & 15, Is.Zero);
    }

    private static CpuRig Rig(string code, ulong cr0 = 0, ulong cr4 = Sse, CpuModel? model = null)
    {
        var rig = new CpuRig(model ?? CpuModels.Find("qemu64")!);
        rig.Protected();
        rig.S->Cr0 |= cr0;
        rig.S->Cr4 = cr4;
        rig.Cpu.StateChanged();
        rig[Gpr.Bx] = CpuRig.Data;
        rig.Poke(CpuRig.Code, code + "F4");
        return rig;
    }

    private static int VectorOf(string code, uint ebx, ulong cr0 = 0, ulong cr4 = Sse, CpuModel? model = null)
    {
        using CpuRig rig = Rig(code, cr0, cr4, model);
        rig[Gpr.Bx] = ebx;
        rig.RunToHalt();
        uint handler = rig.Eip - 1 - CpuRig.Handlers;
        return handler < 0x1000 ? (int)(handler >> 4) : None;
    }

    private static void Set(CpuRig rig, int register, ulong low) => ((ulong*)&rig.S->Xmm)[2 * register] = low;

    private static ulong Low(CpuRig rig, int register) => ((ulong*)&rig.S->Xmm)[2 * register];
}
