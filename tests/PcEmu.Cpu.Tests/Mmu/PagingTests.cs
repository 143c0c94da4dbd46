using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Tests.Mmu;

/// <summary>Translation and its faults. Intel SDM volume 3, chapter 4.</summary>
[TestFixture]
public sealed unsafe class PagingTests
{
    private const uint Page = CpuRig.Data;
    private const string Load = "A1 00003400 F4";
    private const string Store = "A3 00003400 F4";
    private const string Update = "FF05 00003400 F4";
    private const string Jump = "E9 FBFF0300";

    // Bits of an entry: 1 present, 2 writable, 4 user. Error code: 1 present, 2 write, 4 user, 8 reserved, 16 fetch.
    [TestCase(0, Load, 7u, 6u, false, 0)]
    [TestCase(0, Store, 7u, 6u, false, 2)]
    [TestCase(0, Update, 7u, 6u, false, 2)]
    [TestCase(3, Load, 7u, 6u, false, 4)]
    [TestCase(3, Store, 7u, 6u, false, 6)]
    [TestCase(3, Load, 7u, 3u, false, 5)]
    [TestCase(3, Load, 3u, 7u, false, 5)]
    [TestCase(3, Store, 7u, 5u, false, 7)]
    [TestCase(3, Store, 5u, 7u, false, 7)]
    [TestCase(3, Load, 7u, 5u, false, -1)]
    [TestCase(3, Store, 7u, 7u, false, -1)]
    [TestCase(0, Store, 7u, 5u, false, -1)]
    [TestCase(0, Store, 7u, 5u, true, 3)]
    [TestCase(0, Store, 5u, 7u, true, 3)]
    [TestCase(0, Load, 3u, 1u, true, -1)]
    [TestCase(1, Store, 7u, 1u, true, 3)]
    [TestCase(1, Store, 3u, 3u, true, -1)]
    [TestCase(0, Jump, 7u, 0u, false, 0)]
    [TestCase(3, Jump, 7u, 0u, false, 4)]
    [TestCase(3, Jump, 7u, 3u, false, 5)]
    [TestCase(0, Load, 0u, 7u, false, 0)]
    [TestCase(3, Store, 0u, 7u, false, 6)]
    public void ThirtyTwoBitPagingFaultsWithTheRightCode(int cpl, string code, uint pde, uint pte, bool writeProtect, int error)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.Paging(writeProtect ? Cr0.Wp : 0);
        // The page is seen at 8 MiB, through a directory entry of its own.
        const uint Seen = 0x80_0000;
        rig.Poke32(CpuRig.Pde(Seen), 0x11_8000 | pde);
        rig.Poke32(0x11_8000, Page | pte);
        rig.Poke(CpuRig.Code, code.Replace("00003400", "00008000", StringComparison.Ordinal).Replace("FBFF0300", "FBFF4F00", StringComparison.Ordinal));
        rig.Poke(Page, 0xF4);

        Expect(rig, cpl, error, Seen, code == Jump ? Seen : CpuRig.Code);
    }

    [TestCase(0, Load, 7ul, false, -1)]
    [TestCase(0, Store, 6ul, false, 2)]
    [TestCase(3, Store, 5ul, false, 7)]
    [TestCase(3, Load, 3ul, false, 5)]
    [TestCase(0, Jump, 0x8000_0000_0000_0007, true, 17)]
    [TestCase(3, Jump, 0x8000_0000_0000_0007, true, 21)]
    [TestCase(3, Load, 0x8000_0000_0000_0007, true, -1)]
    [TestCase(0, Load, 0x8000_0000_0000_0007, false, 9)]
    [TestCase(3, Store, 0x8000_0000_0000_0007, false, 15)]
    [TestCase(3, Jump, 6ul, true, 20)]
    [TestCase(3, Jump, 6ul, false, 4)]
    [TestCase(0, Load, 0x0010_0000_0000_0007ul, true, 9)]
    public void PaeFaultsWithTheRightCode(int cpl, string code, ulong pte, bool noExecute, int error)
    {
        using var rig = new CpuRig();
        rig.Protected(cpl);
        rig.PaePaging(efer: noExecute ? Efer.Nxe : 0);
        rig.Poke64(CpuRig.PaePte(Page), Page | pte);
        rig.Poke(CpuRig.Code, code);
        rig.Poke(Page, 0xF4);

        Expect(rig, cpl, error, Page, code == Jump ? Page : CpuRig.Code);
    }

    [Test]
    public void AFourMegabytePageNeedsPse([Values] bool enabled)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging(cr4: enabled ? Cr4.Pse : 0);
        rig.Poke32(CpuRig.Pde(0xC000_0000), 0x0000_0087);
        rig.Poke32(0x1234, 0x5678_9ABC);
        rig.Poke(CpuRig.Code, "A1 341200C0 F4");

        if (enabled)
        {
            rig.RunToHalt();
            Assert.That(rig.Eax, Is.EqualTo(0x5678_9ABC));
            Assert.That(rig.Peek32(CpuRig.Pde(0xC000_0000)), Is.EqualTo(0xA7), "accessed");
        }
        else
        {
            // Then it is a table, at address 0, of zeros.
            Assert.That(rig.RunToTrap(), Has.Property(nameof(Trap.Vector)).EqualTo(Vector.PageFault).And.Property(nameof(Trap.Error)).EqualTo(0u));
        }
    }

    [Test]
    public void AReservedBitOfALargePageFaults()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging(cr4: Cr4.Pse);
        rig.Poke32(CpuRig.Pde(0xC000_0000), 0x0020_0087);
        rig.Poke(CpuRig.Code, "A1 341200C0 F4");

        Assert.That(rig.RunToTrap().Error, Is.EqualTo(9u));
    }

    [Test]
    public void AccessedAndDirtyAreSetByUse()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging();
        rig.Poke(CpuRig.Code, "A1 00003400 90 A3 00003400 F4");

        rig.Step();
        uint afterLoad = rig.Peek32(CpuRig.Pte(Page));
        rig.RunToHalt();

        Assert.That((afterLoad, rig.Peek32(CpuRig.Pte(Page))), Is.EqualTo((Page | 0x27, Page | 0x67)));
    }

    [Test]
    public void TheTlbKeepsATranslationUntilItIsTold([Values("", "0F0138", "0F20D8 0F22D8")] string flush)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging();
        rig.Poke32(Page, 0x1111);
        rig.Poke32(0x35_0000, 0x2222);
        this[rig] = "8B1E 90 " + flush + " 8B0E F4";
        rig[Gpr.Ax] = rig[Gpr.Si] = Page;
        rig.Step();

        // The tables change behind the CPU's back.
        rig.Poke32(CpuRig.Pte(Page), 0x35_0007);
        rig[Gpr.Ax] = Page;
        rig.RunToHalt();

        Assert.That((rig[Gpr.Bx], rig[Gpr.Cx]), Is.EqualTo((0x1111u, flush.Length == 0 ? 0x1111u : 0x2222u)));
    }

    [TestCase(false, true, 0x2222u)]
    [TestCase(true, false, 0x2222u)]
    [TestCase(true, true, 0x1111u)]
    public void AGlobalPageOutlivesALoadOfCr3(bool pge, bool global, uint expected)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging(cr4: pge ? Cr4.Pge : 0);
        rig.Poke32(CpuRig.Pte(Page), Page | 7 | (global ? 0x100u : 0));
        rig.Poke32(Page, 0x1111);
        rig.Poke32(0x35_0000, 0x2222);
        this[rig] = "8B1E 90 0F20D8 0F22D8 8B0E F4";
        rig[Gpr.Si] = Page;
        rig.Step();
        rig.Poke32(CpuRig.Pte(Page), 0x35_0007);
        rig.RunToHalt();

        Assert.That(rig[Gpr.Cx], Is.EqualTo(expected));
    }

    [Test]
    public void InvlpgForgetsAGlobalPageToo()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging(cr4: Cr4.Pge);
        rig.Poke32(CpuRig.Pte(Page), Page | 0x107);
        rig.Poke32(0x35_0000, 0x2222);
        this[rig] = "8B1E 90 0F013E 8B0E F4";
        rig[Gpr.Si] = Page;
        rig.Step();
        rig.Poke32(CpuRig.Pte(Page), 0x35_0007);
        rig.RunToHalt();

        Assert.That(rig[Gpr.Cx], Is.EqualTo(0x2222));
    }

    [Test]
    public void CodeFollowsANewMappingOfItsPage()
    {
        // A loop of calls into a page that is exchanged under it: 1 is added, then 16.
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging();
        rig.Poke(Page, "83C001 C3");
        rig.Poke(0x35_0000, "83C010 C3");
        rig.Poke(CpuRig.Code, CpuRig.Assemble(32, CpuRig.Code, static a =>
        {
            a.call(Page);
            a.call(Page);
            a.mov(Iced.Intel.AssemblerRegisters.__dword_ptr[CpuRig.Pte(Page)], 0x35_0007);
            a.invlpg(Iced.Intel.AssemblerRegisters.__[Page]);
            a.call(Page);
            a.hlt();
        }));

        rig.RunToHalt();

        Assert.That(rig.Eax, Is.EqualTo(0x12));
    }

    [Test]
    public void A20OffFoldsOddMegabytesOntoEvenOnes()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke32(0x0_0500, 0xAAAA);
        rig.Poke32(0x10_0500, 0xBBBB);
        rig.Poke(0x1000, "A1 00051000 A3 04051000 F4");
        rig.S->Rip = 0x1000;
        rig.Cpu.SetA20(false);
        rig.RunToHalt();
        uint folded = rig.Eax;

        rig.Cpu.SetA20(true);
        rig.S->Rip = 0x1000;
        rig.Cpu.Reset();
        rig.Protected();
        rig.Poke(0x1000, "A1 00051000 F4");
        rig.S->Rip = 0x1000;
        rig.RunToHalt();

        Assert.That((folded, rig.Peek32(0x504), rig.Eax), Is.EqualTo((0xAAAAu, 0xAAAAu, 0xBBBBu)));
    }

    [Test]
    public void AnInstructionAcrossAPageBorderFaultsOnItsSecondPage()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Paging();
        rig.Poke32(CpuRig.Pte(0x30_1000), 0x30_1006);
        rig.Poke(0x30_0FFD, "B8 78563412 F4");
        rig.S->Rip = 0x30_0FFD;

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Vector, trap.Error, trap.Eip, (uint)rig.S->Cr2), Is.EqualTo((Vector.PageFault, 4u, 0x30_0FFDu, 0x30_1000u)));
    }

    [Test]
    public void AnInstructionAcrossAPageBorderFollowsBothPages()
    {
        // The second page is exchanged between two runs of the same instruction.
        using var rig = new CpuRig();
        rig.Protected();
        rig.Paging();
        rig.Poke(0x30_0FFD, "B8 7856");
        rig.Poke(0x30_1000, "3412 F4");
        rig.Poke(0x35_0000, "AAAA F4");
        rig.S->Rip = 0x30_0FFD;
        rig.Step();
        uint first = rig.Eax;

        rig.Poke32(CpuRig.Pte(0x30_1000), 0x35_0007);
        rig.Poke(0x30_2000, "0F013D 00103000 E9 F1EFFFFF");
        rig.S->Rip = 0x30_2000;
        rig.RunToHalt();

        Assert.That((first, rig.Eax), Is.EqualTo((0x1234_5678u, 0xAAAA_5678u)));
    }

    [Test]
    public void AStoreAcrossAPageBorderChangesNothingWhenItsSecondPageFaults()
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Paging();
        rig.Poke32(CpuRig.Pte(Page + 0x1000), Page + 0x1000 + 5);
        rig.Poke(CpuRig.Code, "A3 FE0F3400 F4");
        rig[Gpr.Ax] = uint.MaxValue;

        Trap trap = rig.RunToTrap();

        Assert.That((trap.Error, (uint)rig.S->Cr2, rig.Peek16(Page + 0xFFE)), Is.EqualTo((7u, Page + 0x1000, 0u)));
    }

    private string this[CpuRig rig]
    {
        set => rig.Poke(CpuRig.Code, value);
    }

    private static void Expect(CpuRig rig, int cpl, int error, uint cr2, uint eip)
    {
        if (error < 0)
        {
            // HLT at the end: #GP(0) unless the level is 0.
            if (cpl == 0)
            {
                rig.RunToHalt();
                Assert.That(rig.Eip, Is.LessThan(CpuRig.Handlers).Or.GreaterThan(CpuRig.Handlers + 0x1000));
            }
            else
            {
                Assert.That(rig.RunToTrap().Vector, Is.EqualTo(Vector.GeneralProtection));
            }

            return;
        }

        Trap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Eip, (uint)rig.S->Cr2), Is.EqualTo((Vector.PageFault, (uint?)error, eip, cr2)));
    }
}
