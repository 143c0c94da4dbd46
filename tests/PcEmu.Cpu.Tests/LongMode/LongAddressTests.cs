using Iced.Intel;
using PcEmu.Cpu.Registers;
using static Iced.Intel.AssemblerRegisters;

namespace PcEmu.Cpu.Tests.LongMode;

/// <summary>64-bit addressing, canonical addresses, and instructions that only long mode has.</summary>
public sealed unsafe class LongAddressTests
{
    private const ulong Hole = 0x8000_0000_0000;

    private static IEnumerable<TestCaseData> Holes()
    {
        yield return Case("load", Vector.GeneralProtection, a => a.mov(rcx, __qword_ptr[rbx]));
        yield return Case("store", Vector.GeneralProtection, a => a.mov(__qword_ptr[rbx], rcx));
        yield return Case("update", Vector.GeneralProtection, a => a.add(__qword_ptr[rbx], rcx));
        yield return Case("load through RBP", Vector.Stack, a => a.mov(rcx, __qword_ptr[rbp]));
        yield return Case("store through RBP", Vector.Stack, a => a.mov(__byte_ptr[rbp], cl));
        yield return Case("update through RSP", Vector.Stack, a => { a.mov(rsp, rbx); a.inc(__dword_ptr[rsp]); });
        yield return Case("R13 is no stack register", Vector.GeneralProtection, a => { a.mov(r13, rbx); a.mov(rcx, __qword_ptr[r13]); });
        yield return Case("load across the border", Vector.GeneralProtection, a => a.mov(rcx, __qword_ptr[rbx - 4]));
        yield return Case("push", Vector.Stack, a => { a.mov(rsp, rbx); a.add(rsp, 8); a.push(rcx); });
        yield return Case("pop", Vector.Stack, a => { a.mov(rsp, rbx); a.pop(rcx); });
        yield return Case("push of memory", Vector.Stack, a => { a.mov(rsp, rbx); a.add(rsp, 8); a.push(__qword_ptr[rdi]); });
        yield return Case("pop to memory", Vector.GeneralProtection, a => a.pop(__qword_ptr[rbx]));
        yield return Case("call", Vector.Stack, a => { a.mov(rsp, rbx); a.add(rsp, 8); a.call(rdi); });
        yield return Case("ret", Vector.Stack, a => { a.mov(rsp, rbx); a.ret(); });
        yield return Case("leave", Vector.Stack, a => a.leave());
        yield return Case("jump into the hole", Vector.GeneralProtection, a => a.jmp(rbx));
        yield return Case("call into the hole", Vector.GeneralProtection, a => a.call(rbx));
        yield return Case("return into the hole", Vector.GeneralProtection, a => { a.push(rbx); a.ret(); });
        yield return Case("string", Vector.GeneralProtection, a => { a.mov(rdi, rbx); a.stosq(); });
        yield return Case("table base", Vector.GeneralProtection, a => { a.mov(__qword_ptr[rdi + 2], rbx); a.lidt(__[rdi]); });
        yield return Case("CMPXCHG16B", Vector.GeneralProtection, a => a.cmpxchg16b(__xmmword_ptr[rbx]));
        yield return Case("CMPXCHG16B that is not aligned", Vector.GeneralProtection, a => a.cmpxchg16b(__xmmword_ptr[rdi + 8]));

        static TestCaseData Case(string name, int vector, Action<Assembler> program) => new TestCaseData(vector, program).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Holes))]
    public void AnAddressThatIsNotCanonicalFaults(int vector, Action<Assembler> program)
    {
        using LongRig rig = new();
        rig.Gate(LongRig.IdtEntry(vector), LongRig.KernelCode, LongRig.Handlers + (uint)(vector * 16), 0x8E, 1);
        rig[Gpr.Bx] = rig[Gpr.Bp] = Hole;
        rig[Gpr.Di] = LongRig.Data;
        rig.Program(program);
        LongTrap trap = rig.RunToTrap();
        Assert.That((trap.Vector, trap.Error, trap.Cs), Is.EqualTo((vector, (ulong?)0, (ulong)LongRig.KernelCode)));
        Assert.That(trap.Rip, Is.LessThan(LongRig.Code + 32ul), "the instruction itself is at fault");
    }

    [Test]
    public void FetchingFromTheHoleFaults()
    {
        using LongRig rig = new();
        rig.S->Rip = Hole;
        Assert.That(rig.RunToTrap(), Has.Property(nameof(LongTrap.Vector)).EqualTo(Vector.GeneralProtection).And.Property(nameof(LongTrap.Rip)).EqualTo(Hole));
    }

    private static IEnumerable<TestCaseData> Loads()
    {
        yield return Case("488B0509000000", LongRig.Code + 16, "relative to the next instruction");
        yield return Case("65488B0508000000", LongRig.Code + 16 + 0x100, "the same through GS");
        yield return Case("67488B0508000000", LongRig.Code + 16, "relative with 32-bit addresses");
        yield return Case("65488B03", LongRig.Data + 0x100, "GS");
        yield return Case("64488B03", LongRig.Data + 0x200, "FS");
        yield return Case("2E488B03", LongRig.Data, "CS is ignored");
        yield return Case("67488B03", LongRig.Data, "32-bit addresses cut");
        yield return Case("488B042500003400", LongRig.Data, "absolute");
        yield return Case("48A10000340080FFFFFF", LongRig.Data, "absolute with 64 bits");
        yield return Case("4A8B44A310", LongRig.Data + 0x10 + 0x40, "R12 as an index");

        static TestCaseData Case(string code, uint address, string name) => new TestCaseData(code, address).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Loads))]
    public void Addressing(string code, uint address)
    {
        using LongRig rig = new();
        bool cut = code.StartsWith("67488B03", StringComparison.Ordinal);
        rig[Gpr.Bx] = cut ? 0xFFFF_0000_0000_0000 | LongRig.Data : LongRig.Data;
        rig[12] = 0x10;
        CpuState.Segment(rig.S, Seg.Gs)->Base = 0x100;
        CpuState.Segment(rig.S, Seg.Fs)->Base = 0x200;
        CpuState.Segment(rig.S, Seg.Cs)->Base = 0x400;
        rig.Cpu.StateChanged();
        rig.Poke(LongRig.Code, code);
        rig.Poke64(address, 0x0123_4567_89AB_CDEF);
        rig.Step();
        Assert.That(rig[Gpr.Ax], Is.EqualTo(0x0123_4567_89AB_CDEFul));
    }

    [Test]
    public void Cmpxchg16b()
    {
        using LongRig rig = new();
        rig[Gpr.Ax] = 1;
        rig[Gpr.Dx] = 2;
        rig[Gpr.Bx] = 0x33;
        rig[Gpr.Cx] = 0x44;
        rig[Gpr.Di] = LongRig.Data;
        rig.Poke64(LongRig.Data, 1);
        rig.Poke64(LongRig.Data + 8, 2);
        rig.Program(a =>
        {
            a.cmpxchg16b(__xmmword_ptr[rdi]);
            a.setz(sil);
            a.cmpxchg16b(__xmmword_ptr[rdi]);
            a.setz(r8b);
            a.hlt();
        });
        rig.RunToHalt();
        Assert.That(
            (rig.Peek64(LongRig.Data), rig.Peek64(LongRig.Data + 8), rig[Gpr.Ax], rig[Gpr.Dx], rig[Gpr.Si], rig[8]),
            Is.EqualTo((0x33ul, 0x44ul, 0x33ul, 0x44ul, 1ul, 0ul)));
    }

    [Test]
    public void RdtscpGivesTheAuxiliaryRegister()
    {
        using LongRig rig = new();
        rig.S->TscAux = 0x77;
        rig.Poke(LongRig.Code, "0F01F9");
        rig.Step();
        Assert.That(rig[Gpr.Cx], Is.EqualTo(0x77ul));
    }

    [Test]
    public void CodeInTheTopmostPagesRunsAndLinks()
    {
        using LongRig rig = new();
        byte[] code = LongRig.Assemble(64, LongRig.High + LongRig.Code + 0xFF0, a =>
        {
            Label again = a.CreateLabel();
            a.mov(ecx, 1000);
            a.Label(ref again);
            a.inc(rax);
            a.nop();
            a.nop();
            a.nop();
            a.nop();
            a.nop();
            a.nop();
            a.nop();
            a.nop();
            a.dec(ecx);
            a.jnz(again);
            a.hlt();
        });
        rig.Poke(LongRig.Code + 0xFF0, code);
        rig.S->Rip = LongRig.High + LongRig.Code + 0xFF0;
        rig.RunToHalt();
        Assert.That((rig[Gpr.Ax], rig.Rip), Is.EqualTo((1000ul, LongRig.High + LongRig.Code + 0xFF0 + (ulong)code.Length)));
    }
}
