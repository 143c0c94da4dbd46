using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Protection;

/// <summary>Loading segment registers, and the limits of what they hold. Intel SDM volume 3, chapters 3 and 5.</summary>
[TestFixture]
public sealed unsafe class SegmentTests
{
    private const int Free = CpuRig.FirstFreeDescriptor;

    // MOV DS,AX (8ED8) and MOV SS,AX (8ED0) with descriptor 8 of this access byte, requested at this level.
    [TestCase("8ED8", 0, 0x93, 0, -1)]
    [TestCase("8ED8", 0, 0x13, 0, Vector.SegmentNotPresent)]
    [TestCase("8ED8", 0, 0x99, 0, Vector.GeneralProtection, TestName = "DS takes no execute-only code")]
    [TestCase("8ED8", 0, 0x9B, 0, -1, TestName = "DS takes readable code")]
    [TestCase("8ED8", 0, 0x82, 0, Vector.GeneralProtection, TestName = "DS takes no system descriptor")]
    [TestCase("8ED8", 3, 0x93, 0, Vector.GeneralProtection, TestName = "DS takes no data of an inner level")]
    [TestCase("8ED8", 0, 0x93, 3, Vector.GeneralProtection, TestName = "DS takes no data with a weak RPL")]
    [TestCase("8ED8", 0, 0xF3, 3, -1)]
    [TestCase("8ED8", 3, 0x9F, 3, -1, TestName = "DS takes readable conforming code of any level")]
    [TestCase("8ED0", 0, 0x93, 0, -1)]
    [TestCase("8ED0", 0, 0x91, 0, Vector.GeneralProtection, TestName = "SS takes no read-only data")]
    [TestCase("8ED0", 0, 0x9B, 0, Vector.GeneralProtection, TestName = "SS takes no code")]
    [TestCase("8ED0", 0, 0x13, 0, Vector.Stack, TestName = "SS not present is a stack fault")]
    [TestCase("8ED0", 0, 0xF3, 3, Vector.GeneralProtection, TestName = "SS takes no other level")]
    [TestCase("8ED0", 3, 0xF3, 3, -1)]
    [TestCase("8ED0", 3, 0xF3, 0, Vector.GeneralProtection, TestName = "SS takes no other RPL")]
    public void ASelectorIsCheckedWhenItIsLoaded(string load, int cpl, int access, int rpl, int vector)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.Descriptor(Free, 0, 0xFFFFF, access, 0xC);
        ushort selector = (ushort)((Free << 3) | rpl);
        rig[Gpr.Ax] = selector;
        rig.Poke(CpuRig.Code, load + "0F04");

        Trap trap = rig.RunToTrap();

        if (vector < 0)
        {
            SegmentCache* segment = CpuState.Segment(rig.S, load == "8ED0" ? Seg.Ss : Seg.Ds);
            Assert.That((trap.Vector, trap.Eip), Is.EqualTo((Vector.InvalidOpcode, CpuRig.Code + 2)), "loaded, and the next instruction is undefined");
            Assert.That(rig.Peek32(CpuRig.GdtEntry(Free) + 4) >> 8 & 1, Is.EqualTo(1u), "accessed");
            Assert.That(load == "8ED0" && cpl == 3 ? trap.Ss : segment->Selector, Is.EqualTo(selector));
        }
        else
        {
            Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((vector, (uint?)(selector & ~3u), CpuRig.Code)));
        }
    }

    [TestCase("8ED8", true, TestName = "DS may be null")]
    [TestCase("8ED0", false, TestName = "SS may not be null")]
    public void ANullSelector(string load, bool allowed)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, load + "8B03");

        Trap trap = rig.RunToTrap();

        // The load through it faults then, in DS: #GP(0) either way, but one instruction later.
        Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((Vector.GeneralProtection, 0u, CpuRig.Code + (allowed ? 2u : 0u))));
    }

    [Test]
    public void ASelectorBeyondTheTableIsRefused()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.S->GdtLimit = 0x3F;
        rig[Gpr.Ax] = 0x40;
        rig.Poke(CpuRig.Code, "8ED8");

        Assert.That(rig.RunToTrap().Error, Is.EqualTo(0x40u));
    }

    // DS:[offset] of a segment with limit FFFh; expand-down ones (access 97h) begin above it.
    [TestCase(0x93, 0, 0xFFCu, "8B03", true)]
    [TestCase(0x93, 0, 0xFFDu, "8B03", false)]
    [TestCase(0x93, 0, 0xFFFu, "8A03", true)]
    [TestCase(0x93, 0, 0x1000u, "8A03", false)]
    [TestCase(0x93, 0, 0xFFFF_FFFFu, "8B03", false)]
    [TestCase(0x97, 4, 0x1000u, "8B03", true)]
    [TestCase(0x97, 4, 0xFFFu, "8A03", false)]
    [TestCase(0x97, 4, 0xFFFF_FFFCu, "8B03", true)]
    [TestCase(0x97, 4, 0xFFFF_FFFDu, "8B03", false)]
    [TestCase(0x97, 0, 0xFFFCu, "8B03", true)]
    [TestCase(0x97, 0, 0xFFFDu, "8B03", false)]
    [TestCase(0x97, 0, 0x1_0000u, "8A03", false)]
    [TestCase(0x91, 0, 0u, "8B03", true)]
    [TestCase(0x91, 0, 0u, "8903", false)]
    [TestCase(0x9B, 0, 0u, "8B03", true)]
    [TestCase(0x9B, 0, 0u, "8903", false)]
    public void AnAccessIsCheckedAgainstLimitAndType(int access, int flags, uint offset, string code, bool allowed)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Descriptor(Free, 0x40_0000, 0xFFF, access, flags);
        rig[Gpr.Ax] = Free << 3;
        rig[Gpr.Bx] = offset;
        rig.Poke(CpuRig.Code, "8ED8" + code + "F4");
        rig.RunToHalt();

        Assert.That(rig.Eip, allowed ? Is.EqualTo(CpuRig.Code + 5) : Is.EqualTo(CpuRig.Handlers + (Vector.GeneralProtection << 4) + 1));
    }

    [Test]
    public void TheStackSegmentsLimitIsAStackFault()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Descriptor(Free, 0x40_0000, 0xFFF, 0xF3, 4);
        rig[Gpr.Ax] = (Free << 3) | 3;
        rig.Poke(CpuRig.Code, "8ED0 BC 02000000 50");

        Assert.That(rig.RunToTrap(), Has.Property(nameof(Trap.Vector)).EqualTo(Vector.Stack).And.Property(nameof(Trap.Error)).EqualTo(0u));
    }

    [Test]
    public void CodeEndsAtItsLimit()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Descriptor(Free, CpuRig.Code, 0x102, 0xFB, 4);
        rig.Poke(CpuRig.Code + 0x100, "90 90 B8 01000000");
        rig.Poke(CpuRig.Data, "EA 00010000 4300");
        rig.S->Rip = CpuRig.Data;

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eip), Is.EqualTo((Vector.GeneralProtection, 0u, 0x102u)));
    }

    [TestCase("0F02C1", 0x93, 1, 0x0040_9300u)]
    [TestCase("0F02C1", 0x82, 1, 0x0040_8200u)]
    [TestCase("0F02C1", 0x8E, 0, 0u, TestName = "LAR does not see an interrupt gate")]
    [TestCase("0F03C1", 0x93, 1, 0xFFFFu)]
    [TestCase("0F03C1", 0x8C, 0, 0u, TestName = "LSL does not see a call gate")]
    [TestCase("0F00E1", 0x93, 1, 0u, TestName = "VERR of data")]
    [TestCase("0F00E1", 0x99, 0, 0u, TestName = "VERR of execute-only code")]
    [TestCase("0F00E9", 0x91, 0, 0u, TestName = "VERW of read-only data")]
    [TestCase("0F00E9", 0x93, 1, 0u, TestName = "VERW of data")]
    public void SelectorsCanBeInspectedWithoutAFault(string code, int access, int zero, uint result)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Descriptor(Free, 0, 0xFFFF, access, 4);
        rig[Gpr.Cx] = Free << 3;
        rig.Poke(CpuRig.Code, code + "F4");
        rig.RunToHalt();

        Assert.That((rig.Eax, (Flags.Read(rig.S) & Eflags.Zf) != 0), Is.EqualTo((result, zero == 1)));
    }
}
