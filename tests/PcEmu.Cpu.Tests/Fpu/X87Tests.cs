using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Fpu;

/// <summary>x87 instructions in their surroundings: exceptions, memory faults, images, models.</summary>
[TestFixture]
public sealed unsafe class X87Tests
{
    private const string Fninit = "DBE3";
    private const string Fld1 = "D9E8";
    private const string Fldz = "D9EE";
    private const string Fdivp = "DEF9";
    private const string Unmasked = "D92D00003400";     // FLDCW [340000h]
    private const string StoreEnvironment = "D93500013400"; // FNSTENV [340100h]
    private const uint ControlAt = CpuRig.Data;
    private const uint ImageAt = CpuRig.Data + 0x100;

    private CpuRig _rig = null!;

    [SetUp]
    public void MakeMachine()
    {
        _rig = new CpuRig();
        _rig.Protected();
        _rig.Poke16(ControlAt, Fcw.Initial & ~Fsw.Ze);
    }

    [TearDown]
    public void EndMachine() => _rig.Dispose();

    [Test]
    public void ResetLeavesZerosThatAreNotEmpty()
    {
        Program(StoreEnvironment);
        _rig.Step();

        Assert.That(
            (_rig.Peek32(ImageAt) & 0xFFFF, _rig.Peek32(ImageAt + 4) & 0xFFFF, _rig.Peek32(ImageAt + 8) & 0xFFFF),
            Is.EqualTo((Fcw.Reset, 0u, 0x5555u)));
    }

    [Test]
    public void FninitEmptiesTheStack()
    {
        Program(Fninit, StoreEnvironment);
        _rig.Step(2);

        Assert.That(
            (_rig.Peek32(ImageAt), _rig.Peek32(ImageAt + 4), _rig.Peek32(ImageAt + 8)),
            Is.EqualTo((0xFFFF_037Fu, 0xFFFF_0000u, 0xFFFF_FFFFu)));
    }

    [TestCase(Cr0.Em, Fld1, Vector.DeviceNotAvailable)]
    [TestCase(Cr0.Ts, Fld1, Vector.DeviceNotAvailable)]
    [TestCase(Cr0.Ts, "DFE0", Vector.DeviceNotAvailable, Description = "FNSTSW AX")]
    [TestCase(Cr0.Ts, Fninit, Vector.DeviceNotAvailable)]
    [TestCase(Cr0.Ts | Cr0.Mp, "9B", Vector.DeviceNotAvailable)]
    [TestCase(0ul, "D9D1", Vector.InvalidOpcode)]
    [TestCase(Cr0.Em, "D9D1", Vector.InvalidOpcode)]
    public void TheControlRegisterTurnsTheUnitOff(ulong cr0, string code, int vector)
    {
        _rig.S->Cr0 |= cr0;
        Program(code);

        Assert.That((_rig.RunToTrap().Vector, _rig.S->FpuTags), Is.EqualTo((vector, (byte)0xFF)));
    }

    [TestCase(Cr0.Em)]
    [TestCase(Cr0.Ts)]
    [TestCase(Cr0.Mp)]
    public void FwaitAloneIsNotTurnedOff(ulong cr0)
    {
        _rig.S->Cr0 |= cr0;
        Program("9B", "F4");
        _rig.RunToHalt();

        Assert.That(_rig.Eip, Is.EqualTo(CpuRig.Code + 2));
    }

    [TestCase("D93D00013400", 0x37Fu, Description = "FSTCW")]
    [TestCase("DD3D00013400", 0u, Description = "FSTSW")]
    [TestCase("D93500013400", 0x37Fu, Description = "FSTENV")]
    [TestCase("DD3500013400", 0x37Fu, Description = "FSAVE")]
    public void TheWaitingFormsAreTwoInstructions(string code, uint expected)
    {
        _rig.Poke16(ImageAt, 0x1234);
        Program(Fninit, "9B", code);
        _rig.Step(2);
        Assert.That(_rig.Eip, Is.EqualTo(CpuRig.Code + 3));
        _rig.Step();

        Assert.That(_rig.Peek16(ImageAt), Is.EqualTo(expected));
    }

    [Test]
    public void AnUnmaskedExceptionWaitsForTheNextWaitingInstruction()
    {
        _rig.S->Cr0 |= Cr0.Ne;
        Program(Fninit, Unmasked, Fld1, Fldz, Fdivp, "DFE0", Fld1);
        Trap trap = _rig.RunToTrap();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((trap.Vector, trap.Eip), Is.EqualTo((Vector.FloatingPoint, CpuRig.Code + 16)));
            Assert.That(_rig.Eax & 0xFFFF, Is.EqualTo(Fsw.Busy | Fsw.Es | Fsw.Ze | (6 << Fsw.TopShift)), "operands stay, nothing popped");
        }
    }

    [Test]
    public void UnmaskingAnOldExceptionRaisesIt()
    {
        _rig.S->Cr0 |= Cr0.Ne;
        Program(Fninit, Fld1, Fldz, Fdivp, Unmasked, "9B");

        Assert.That(_rig.RunToTrap().Vector, Is.EqualTo(Vector.FloatingPoint));
    }

    [Test]
    public void WithoutNeAnErrorGoesOutOnFerrAndHoldsTheInstructionUntilAnInterrupt()
    {
        int asserted = 0;
        X86Cpu? cpu = null;
        using var rig = new CpuRig(floatingPointError: () =>
        {
            asserted++;
            cpu!.SetInterruptLine(true);
        });
        cpu = rig.Cpu;
        rig.Protected();
        rig.Poke16(ControlAt, Fcw.Initial & ~Fsw.Ze);
        rig.AcknowledgeInterrupt = () =>
        {
            rig.Cpu.SetInterruptLine(false);
            return 0x75;
        };

        // The handler: AssertIgnne by OUT F0h, then clear the error and return.
        rig.PortWrite = (port, _, _) =>
        {
            if (port == 0xF0)
            {
                rig.Cpu.AssertIgnne();
            }
        };
        rig.Poke(CpuRig.Handlers + (0x75 << 4), "E6F0 D9D0 DBE2 CF");
        rig.Poke(CpuRig.Code, string.Concat(Fninit, Unmasked, Fld1, Fldz, Fdivp, "FB", Fld1, "F4"));
        rig.S->Eflags &= ~Eflags.If;
        rig.RunToHalt();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asserted, Is.EqualTo(1));
            Assert.That(rig.Eip, Is.EqualTo(CpuRig.Code + 18));
            Assert.That(rig.Cpu.IsIgnneAsserted, Is.False);
            Assert.That(rig.S->FpuStatus, Is.EqualTo(5 << Fsw.TopShift));
        }
    }

    [Test]
    public void IgnneHasNoEffectWithoutAnError()
    {
        _rig.Cpu.AssertIgnne();

        Assert.That((_rig.Cpu.IsIgnneAsserted, _rig.Cpu.IsFerrAsserted), Is.EqualTo((false, false)));
    }

    [TestCase("DD1D FCFF3500", 0x35_FFFCu, Description = "FSTP m64")]
    [TestCase("DB3D FBFF3500", 0x35_FFFBu, Description = "FSTP m80")]
    [TestCase("DF35 FBFF3500", 0x35_FFFBu, Description = "FBSTP")]
    [TestCase("DD35 E0FF3500", 0x35_FFE0u, Description = "FNSAVE")]
    public void AStoreThatFaultsOnItsSecondPageChangesNothing(string store, uint address)
    {
        _rig.Paging();
        _rig.Poke32(CpuRig.Pte(0x36_0000), 0);
        Program(Fninit, Fld1, store);
        Trap trap = _rig.RunToTrap();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((Vector.PageFault, (uint?)2, CpuRig.Code + 4)));
            Assert.That(_rig.S->Cr2, Is.EqualTo(0x36_0000));
            Assert.That((_rig.S->FpuTags, _rig.S->FpuStatus, _rig.S->FpuControl), Is.EqualTo(((byte)0x80, (ushort)(7 << Fsw.TopShift), (ushort)Fcw.Initial)));
            Assert.That(_rig.Peek32(address), Is.Zero);
        }
    }

    [TestCase("DD05 FCFF3500", Description = "FLD m64")]
    [TestCase("DB2D FBFF3500", Description = "FLD m80")]
    [TestCase("DC05 FCFF3500", Description = "FADD m64")]
    [TestCase("DD25 E0FF3500", Description = "FRSTOR")]
    public void ALoadThatFaultsChangesNothing(string load)
    {
        _rig.Paging();
        _rig.Poke32(CpuRig.Pte(0x36_0000), 0);
        Program(Fninit, Fld1, load);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_rig.RunToTrap().Vector, Is.EqualTo(Vector.PageFault));
            Assert.That((_rig.S->FpuTags, _rig.S->FpuStatus), Is.EqualTo(((byte)0x80, (ushort)(7 << Fsw.TopShift))));
            Assert.That(_rig.S->FpuIp, Is.EqualTo(CpuRig.Code + 2), "the pointers are of the last instruction that ran");
        }
    }

    [Test]
    public void AnUnmaskedOverflowKeepsANumberFromBeingStored()
    {
        _rig.Poke16(ControlAt, Fcw.Initial & ~Fsw.Oe);
        _rig.Poke64(ImageAt, 0x8000_0000_0000_0000);
        _rig.Poke16(ImageAt + 8, 0x7000);
        Program(Fninit, Unmasked, "DB2D 00013400", "D91D 10013400");
        _rig.Step(4);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_rig.Peek32(ImageAt + 0x10), Is.Zero);
            Assert.That(_rig.S->FpuStatus, Is.EqualTo(Fsw.Busy | Fsw.Es | Fsw.Oe | (7 << Fsw.TopShift)));
        }
    }

    [Test]
    public void TheProtectedImageOf32BitsHasSelectorsAndOpcode()
    {
        Program(Fninit, "DD05 00003400", StoreEnvironment);
        _rig.Step(3);

        Assert.That(
            (_rig.Peek32(ImageAt + 12), _rig.Peek32(ImageAt + 16), _rig.Peek32(ImageAt + 20), _rig.Peek32(ImageAt + 24)),
            Is.EqualTo((CpuRig.Code + 2, 0x0505_0000u | CpuRig.KernelCode, CpuRig.Data, 0xFFFF_0000u | CpuRig.KernelData)));
    }

    [Test]
    public void TheProtectedImageOf16BitsHasSelectors()
    {
        Program(Fninit, "DD05 00003400", "66" + StoreEnvironment);
        _rig.Step(3);

        Assert.That(
            (_rig.Peek16(ImageAt + 6), _rig.Peek16(ImageAt + 8), _rig.Peek16(ImageAt + 10), _rig.Peek16(ImageAt + 12), _rig.Peek16(ImageAt + 14)),
            Is.EqualTo((2u, (uint)CpuRig.KernelCode, 0u, (uint)CpuRig.KernelData, 0u)));
    }

    [Test]
    public void RealModeImagesHaveLinearPointersAndTheOpcode()
    {
        _rig.Real(0x1230, 0x4567);
        _rig.SetSegment(Seg.Ds, 0x3000, 0x3_0000, 0xFFFF, Descriptor.RealMode);
        _rig.Cpu.StateChanged();
        _rig.Poke(0x1_6867, "DBE3 DD4712 D936 0001 66D936 0002");
        _rig[Gpr.Bx] = 0x8000;
        _rig.Step(4);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                (_rig.Peek16(0x3_0106), _rig.Peek16(0x3_0108), _rig.Peek16(0x3_010A), _rig.Peek16(0x3_010C)),
                Is.EqualTo((0x6869u, 0x1547u, 0x8012u, 0x3000u)));
            Assert.That(
                (_rig.Peek32(0x3_020C), _rig.Peek32(0x3_0210), _rig.Peek32(0x3_0214), _rig.Peek32(0x3_0218)),
                Is.EqualTo((0xFFFF_6869u, 0x1547u, 0xFFFF_8012u, 0x3000u)));
        }
    }

    [Test]
    public void FsaveAndFrstorBringEverythingBack([Values("", "66")] string size)
    {
        Program(Fninit, Fld1, Fldz, "D9EB", size + "DD35 00013400", size + "DD25 00013400", StoreEnvironment);
        _rig.Step(5);
        Assert.That((_rig.S->FpuTags, _rig.S->FpuStatus, _rig.S->FpuControl), Is.EqualTo(((byte)0, (ushort)0, (ushort)Fcw.Initial)), "FNSAVE initializes");
        _rig.Step();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((_rig.S->FpuTags, _rig.S->FpuStatus), Is.EqualTo(((byte)0xE0, (ushort)(5 << Fsw.TopShift))));
            Assert.That(((Float80*)&_rig.S->FpuRegisters)[5].ToString(), Is.EqualTo("4000:c90fdaa22168c235"));
            Assert.That(((Float80*)&_rig.S->FpuRegisters)[7], Is.EqualTo(Float80.One));
        }
    }

    [TestCase("pentium3", "DBF1", true, Description = "FCOMI")]
    [TestCase("486", "DBF1", false)]
    [TestCase("pentium3", "DAC1", true, Description = "FCMOVB")]
    [TestCase("486", "DAC1", false)]
    [TestCase("qemu64", "DB0D 00003400", true, Description = "FISTTP")]
    [TestCase("pentium3", "DB0D 00003400", false)]
    public void ModelsLackWhatCameLater(string model, string code, bool present)
    {
        using var rig = new CpuRig(model);
        rig.Protected();
        rig.Poke(CpuRig.Code, Fninit + Fld1 + code.Replace(" ", "", StringComparison.Ordinal) + "F4");
        rig.RunToHalt();

        Assert.That(rig.Eip - 1 == CpuRig.Handlers + (Vector.InvalidOpcode << 4), Is.Not.EqualTo(present));
    }

    [TestCase("DCD1", "D8D1", Description = "FCOM2")]
    [TestCase("DCD9", "D8D9", Description = "FCOMP3")]
    [TestCase("DDC9", "D9C9", Description = "FXCH4")]
    [TestCase("DED1", "D8D9", Description = "FCOMP5")]
    [TestCase("DFC9", "D9C9", Description = "FXCH7")]
    [TestCase("DFD1", "DDD9", Description = "FSTP8")]
    [TestCase("DFD9", "DDD9", Description = "FSTP9")]
    public void OtherEncodingsDoTheSame(string alias, string code) => Assert.That(After(alias), Is.EqualTo(After(code)));

    [Test]
    public void FreepPopsAfterFreeing() => Assert.That(After("DFC1"), Does.StartWith("3800 00"));

    [TestCase("DBE0")]
    [TestCase("DBE1")]
    [TestCase("DBE4")]
    public void InstructionsOfOlderUnitsDoNothing(string code) => Assert.That(After(code), Is.EqualTo(After("90")));

    private string After(string code)
    {
        _rig.Protected();
        Program(Fninit, Fld1, Fldz, code);
        _rig.Step(4);
        string registers = string.Join(' ', Enumerable.Range(0, 8).Select(i => ((Float80*)&_rig.S->FpuRegisters)[i].ToString()));
        return FormattableString.Invariant($"{_rig.S->FpuStatus:x4} {_rig.S->FpuTags:x2} {registers}");
    }

    private void Program(params string[] code) => _rig.Poke(CpuRig.Code, string.Concat(code) + "F4");
}
