using PcEmu.Cpu.Registers;
using static Iced.Intel.AssemblerRegisters;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>4-level paging: every page size, every level, every error bit.</summary>
public sealed unsafe class LongPagingTests
{
    private const uint Target = 0x4034_0000;
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong User = 4;
    private const ulong Accessed = 0x20;
    private const ulong Dirty = 0x40;
    private const ulong Large = 0x80;
    private const ulong NoExecute = 1ul << 63;
    private const ulong All = Present | Writable | User;

    public enum Page
    {
        Small,
        Mega2,
        Giga1,
    }

    public enum Touch
    {
        Read,
        Write,
        Fetch,
    }

    public enum Change
    {
        None,
        Absent,
        ReadOnly,
        Supervisor,
        NoExecute,
        Reserved,
    }

    private static IEnumerable<TestCaseData> Walks()
    {
        foreach (Page page in Enum.GetValues<Page>())
        {
            int leaf = (int)page;
            foreach (Change change in Enum.GetValues<Change>())
            {
                for (int level = leaf; level < (change == Change.None ? leaf + 1 : 4); level++)
                {
                    foreach (Touch touch in Enum.GetValues<Touch>())
                    {
                        foreach (int cpl in (int[])[0, 3])
                        {
                            yield return new TestCaseData(page, level, change, touch, cpl);
                        }
                    }
                }
            }
        }
    }

    [TestCaseSource(nameof(Walks))]
    public void EveryLevelOfAWalkDecidesOnTheAccess(Page page, int level, Change change, Touch touch, int cpl)
    {
        using LongRig rig = Mapped(page, level, change);
        LongTrap trap = Access(rig, touch, cpl);

        // The error code's bits: present 1, write 2, user 4, reserved 8, fetch 16.
        uint access = (touch == Touch.Write ? 2u : 0) | (cpl == 3 ? 4u : 0) | (touch == Touch.Fetch ? 16u : 0);
        uint? expected = change switch
        {
            Change.Absent => access,
            Change.ReadOnly when touch == Touch.Write && cpl == 3 => access | 1,
            Change.Supervisor when cpl == 3 => access | 1,
            Change.NoExecute when touch == Touch.Fetch => access | 1,
            Change.Reserved => access | 9,
            _ => null,
        };
        Assert.Multiple(() =>
        {
            Assert.That(trap.Vector, Is.EqualTo(expected is null ? Vector.InvalidOpcode : Vector.PageFault));
            Assert.That(trap.Error, Is.EqualTo((ulong?)expected));
            if (expected is not null)
            {
                Assert.That(rig.S->Cr2, Is.EqualTo((ulong)Target));
            }
        });
    }

    [TestCase(Page.Small)]
    [TestCase(Page.Mega2)]
    [TestCase(Page.Giga1)]
    public void AccessedIsSetAtEveryLevelAndDirtyAtTheLast(Page page)
    {
        using LongRig rig = Mapped(page, 0, Change.None);
        Access(rig, Touch.Read, 3);
        for (int level = (int)page; level < 4; level++)
        {
            Assert.That(rig.Peek64(Entry(level)) & (Accessed | Dirty), Is.EqualTo(Accessed), $"level {level} after a read");
        }

        rig.Start();
        Access(rig, Touch.Write, 3);
        for (int level = (int)page; level < 4; level++)
        {
            Assert.That(rig.Peek64(Entry(level)) & Dirty, Is.EqualTo(level == (int)page ? Dirty : 0), $"level {level} after a write");
        }
    }

    [TestCase(false, 6, null)]
    [TestCase(true, 14, 3ul)]
    public void WriteProtectionHoldsForTheKernelWithWp(bool wp, int vector, ulong? error)
    {
        using LongRig rig = Mapped(Page.Small, 0, Change.ReadOnly);
        rig.S->Cr0 |= wp ? Cr0.Wp : 0;
        rig.Cpu.StateChanged();
        LongTrap trap = Access(rig, Touch.Write, 0);
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((vector, error)));
    }

    [Test]
    public void WithoutNxeTheNoExecuteBitIsReserved()
    {
        using LongRig rig = Mapped(Page.Small, 2, Change.NoExecute);
        rig.S->Efer &= ~Efer.Nxe;
        rig.Cpu.StateChanged();
        LongTrap trap = Access(rig, Touch.Read, 3);
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.PageFault, (ulong?)0xD)));
    }

    [TestCase(0, 1ul << 40, 9ul, TestName = "address bit 40 of a page table entry")]
    [TestCase(3, 1ul << 51, 9ul, TestName = "address bit 51 of a PML4 entry")]
    [TestCase(3, 1ul << 7, 9ul, TestName = "page size in a PML4 entry")]
    [TestCase(3, 1ul << 52, null, TestName = "bit 52 is free")]
    [TestCase(0, 1ul << 62, null, TestName = "bit 62 is free")]
    public void ReservedBits(int level, ulong bit, ulong? error)
    {
        using LongRig rig = Mapped(Page.Small, 0, Change.None);
        rig.Poke64(Entry(level), rig.Peek64(Entry(level)) | bit);
        LongTrap trap = Access(rig, Touch.Read, 0);
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((error is null ? Vector.InvalidOpcode : Vector.PageFault, error)));
    }

    [TestCase(Page.Mega2, 13)]
    [TestCase(Page.Mega2, 20)]
    [TestCase(Page.Giga1, 13)]
    [TestCase(Page.Giga1, 29)]
    public void AddressBitsInsideALargePageAreReserved(Page page, int bit)
    {
        using LongRig rig = Mapped(page, 0, Change.None);
        rig.Poke64(Entry((int)page), rig.Peek64(Entry((int)page)) | (1ul << bit));
        Assert.That(Access(rig, Touch.Read, 0).Error, Is.EqualTo((ulong?)9));
    }

    [Test]
    public void WithoutGigabytePagesTheirSizeBitIsReserved()
    {
        using LongRig rig = Mapped(Page.Giga1, 0, Change.None, Models.CpuModels.Find("qemu64"));
        Assert.That(Access(rig, Touch.Read, 0).Error, Is.EqualTo((ulong?)9));
    }

    [Test]
    public void SmepForbidsTheKernelToExecuteUserPages()
    {
        using LongRig rig = Mapped(Page.Small, 0, Change.None);
        MakeKernelPages(rig);
        rig.S->Cr4 |= Cr4.Smep;
        rig.Cpu.StateChanged();
        LongTrap trap = Access(rig, Touch.Fetch, 0);
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.PageFault, (ulong?)0x11)));
    }

    [TestCase(Touch.Read, 1ul)]
    [TestCase(Touch.Write, 3ul)]
    public void SmapForbidsTheKernelToTouchUserPagesUnlessAcIsSet(Touch touch, ulong error)
    {
        using LongRig rig = Mapped(Page.Small, 0, Change.None);
        MakeKernelPages(rig);
        rig.S->Cr4 |= Cr4.Smap;
        rig.Cpu.StateChanged();
        LongTrap trap = Access(rig, touch, 0);
        Assert.That((trap.Vector, trap.Error), Is.EqualTo((Vector.PageFault, (ulong?)error)));

        // STAC lifts it and CLAC puts it back at once, although the page has just been used.
        rig.Start();
        rig.S->Cr4 |= Cr4.Smap;
        rig.Cpu.StateChanged();
        rig[Gpr.Bx] = Target;
        rig.Program(a =>
        {
            a.stac();
            a.mov(__qword_ptr[rbx], rax);
            a.mov(rax, __qword_ptr[rbx]);
            a.clac();
            a.mov(rax, __qword_ptr[rbx]);
        });
        trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Rip), Is.EqualTo((Vector.PageFault, (ulong?)1, (ulong)LongRig.Code + 12)));
    }

    [Test]
    public void AddressesAboveFourGibibytesAreToldApartInTheTlb()
    {
        using LongRig rig = new();
        const uint Other = 0x80_0000;
        rig.Poke64(LongRig.Pml4 + 8, LongRig.SpareDirectory | All);
        rig.Poke64(LongRig.SpareDirectory, LongRig.SpareTable | All);
        rig.Poke64(LongRig.SpareTable + 8, Other | Large | All);
        rig.Poke64(LongRig.Data, 1);
        rig.Poke64(Other + (LongRig.Data & 0x1F_FFFF), 2);
        rig.Program(a =>
        {
            a.mov(rax, __qword_ptr[rbx]);
            a.mov(rcx, __qword_ptr[rdx]);
            a.mov(rsi, __qword_ptr[rbx]);
            a.hlt();
        });
        rig[Gpr.Bx] = LongRig.Data;
        rig[Gpr.Dx] = (1ul << 39) | LongRig.Data;
        rig.RunToHalt();
        Assert.That((rig[Gpr.Ax], rig[Gpr.Cx], rig[Gpr.Si]), Is.EqualTo((1ul, 2ul, 1ul)));
    }

    [Test]
    public void InvlpgForgetsAPageAnywhere()
    {
        using LongRig rig = new();
        ulong high = LongRig.High + LongRig.Data;
        rig.Poke64(LongRig.Data, 0x11);
        rig.Poke64(LongRig.Data + 0x1000, 0x22);
        rig.Program(a =>
        {
            a.mov(rax, __qword_ptr[rbx]);
            a.mov(__qword_ptr[rdx], rsi);
            a.mov(rcx, __qword_ptr[rbx]);
            a.invlpg(__byte_ptr[rbx]);
            a.mov(rdi, __qword_ptr[rbx]);
            a.hlt();
        });
        rig[Gpr.Bx] = high;
        rig[Gpr.Dx] = LongRig.Pte(LongRig.Data);
        rig[Gpr.Si] = (LongRig.Data + 0x1000) | All;
        rig.RunToHalt();
        Assert.That((rig[Gpr.Ax], rig[Gpr.Cx], rig[Gpr.Di]), Is.EqualTo((0x11ul, 0x11ul, 0x22ul)));
    }

    // A page of the given size at 1 GiB, with physical memory from 0 behind it; UD2 lies at the target.
    private static LongRig Mapped(Page page, int level, Change change, Models.CpuModel? model = null)
    {
        var rig = new LongRig(model);
        rig.Poke64(LongRig.Pdpt + 8, page == Page.Giga1 ? Large | All : LongRig.SpareDirectory | All);
        rig.Poke64(LongRig.SpareDirectory + 8, page == Page.Mega2 ? 0x20_0000 | Large | All : LongRig.SpareTable | All);
        rig.Poke64(LongRig.SpareTable + (0x140 * 8), LongRig.Data | All);
        rig.Poke(LongRig.Data, "0F0B");
        if (level == 3)
        {
            // A PML4 entry of its own, so that the code keeps its mapping: see Access.
            rig.Poke64(LongRig.Pml4 + (511 * 8), LongRig.Pdpt | All);
        }

        uint entry = level == 3 ? LongRig.Pml4 : Entry(level);
        ulong value = rig.Peek64(entry);
        rig.Poke64(entry, change switch
        {
            Change.Absent => value & ~Present,
            Change.ReadOnly => value & ~Writable,
            Change.Supervisor => value & ~User,
            Change.NoExecute => value | NoExecute,
            Change.Reserved => value | (1ul << 45),
            _ => value,
        });
        return rig;
    }

    private static uint Entry(int level) => level switch
    {
        0 => LongRig.SpareTable + (0x140 * 8),
        1 => LongRig.SpareDirectory + 8,
        2 => LongRig.Pdpt + 8,
        _ => LongRig.Pml4,
    };

    // All pages but the target's belong to the kernel.
    private static void MakeKernelPages(LongRig rig)
    {
        for (uint at = LongRig.Code; at < LongRig.Stack + 0x4_0000; at += 0x1000)
        {
            rig.Poke64(LongRig.Pte(at), at | Present | Writable);
        }

        for (uint at = 0; at < 0x30_0000; at += 0x1000)
        {
            rig.Poke64(LongRig.Pte(at), at | Present | Writable);
        }
    }

    // One access at the target, and UD2 behind it. All of the rig's own addresses are those of the topmost 512 GiB.
    private static LongTrap Access(LongRig rig, Touch touch, int cpl)
    {
        ulong cr0 = rig.S->Cr0;
        ulong cr4 = rig.S->Cr4;
        ulong efer = rig.S->Efer;
        rig.Start(cpl);
        rig.S->Cr0 = cr0;
        rig.S->Cr4 = cr4;
        rig.S->Efer = efer;
        rig.S->GdtBase += LongRig.High;
        rig.S->IdtBase += LongRig.High;
        CpuState.Segment(rig.S, Seg.Tr)->Base += LongRig.High;
        rig.Poke64(LongRig.Tss + 4, LongRig.High + LongRig.KernelStack);
        for (int vector = 0; vector < 32; vector++)
        {
            rig.Gate(LongRig.IdtEntry(vector), LongRig.KernelCode, LongRig.High + LongRig.Handlers + (uint)(vector << 4), 0x8E);
        }

        rig.S->Rip = LongRig.High + LongRig.Code;
        rig[Gpr.Sp] = LongRig.High + LongRig.Stack;
        rig[Gpr.Bx] = Target;
        rig[Gpr.Ax] = 0x0B0F;
        rig.Cpu.StateChanged();
        rig.Program(a =>
        {
            switch (touch)
            {
                case Touch.Read:
                    a.mov(eax, __dword_ptr[rbx]);
                    break;
                case Touch.Write:
                    a.mov(__dword_ptr[rbx], eax);
                    break;
                default:
                    a.jmp(rbx);
                    break;
            }

            a.ud2();
        });
        return rig.RunToTrap();
    }
}
