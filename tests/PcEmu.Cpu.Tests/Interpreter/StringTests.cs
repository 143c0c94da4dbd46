using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu.Tests.Interpreter;

/// <summary>Repeated string instructions that are stopped in the middle.</summary>
[TestFixture]
public sealed unsafe class StringTests
{
    [Test]
    public void ARepeatedMoveStopsAtAPageFaultAndGoesOnFromThere([Values("F3A4", "F3A5")] string code)
    {
        using var rig = new CpuRig();
        rig.Protected(3);
        rig.Paging();
        rig.Poke32(CpuRig.Pte(0x34_1000), 0x34_1006);
        rig.Gate(CpuRig.IdtEntry(Vector.PageFault), CpuRig.KernelCode, 0x31_0000, 0x8E);
        // The handler notes ECX, makes the page present, drops the error code and returns.
        rig.Poke(0x31_0000, CpuRig.Assemble(32, 0x31_0000, static a =>
        {
            a.mov(Iced.Intel.AssemblerRegisters.__dword_ptr[0x36_0000], Iced.Intel.AssemblerRegisters.ecx);
            a.or(Iced.Intel.AssemblerRegisters.__dword_ptr[CpuRig.Pte(0x34_1000)], 1);
            a.add(Iced.Intel.AssemblerRegisters.esp, 4);
            a.iretd();
        }));
        int size = code == "F3A4" ? 1 : 4;
        byte[] data = [.. Enumerable.Range(0, 64 * size).Select(static i => (byte)(i + 1))];
        rig.Poke(0x35_0000, data);
        rig[Gpr.Si] = 0x35_0000;
        rig[Gpr.Di] = 0x34_1000 - (uint)(16 * size);
        rig[Gpr.Cx] = 64;
        rig.Poke(CpuRig.Code, code + "0F04");

        rig.RunToTrap();

        byte[] copied = new byte[data.Length];
        rig.Memory.Read(0x34_1000 - (uint)(16 * size), copied);
        Assert.That((rig.Peek32(0x36_0000), rig[Gpr.Cx]), Is.EqualTo((48u, 0u)));
        Assert.That(copied, Is.EqualTo(data));
    }

    [Test]
    public void InsbReadsThePortOnceThoughThePageIsNotThere()
    {
        using var rig = new CpuRig();
        int reads = 0;
        rig.Protected();
        rig.Paging();
        rig.PortRead = (_, _) => (ulong)++reads;
        rig.Poke32(CpuRig.Pte(CpuRig.Data), CpuRig.Data | 6);
        rig.Gate(CpuRig.IdtEntry(Vector.PageFault), CpuRig.KernelCode, 0x31_0000, 0x8E);
        rig.Poke(0x31_0000, CpuRig.Assemble(32, 0x31_0000, static a =>
        {
            a.or(Iced.Intel.AssemblerRegisters.__dword_ptr[CpuRig.Pte(CpuRig.Data)], 1);
            a.add(Iced.Intel.AssemblerRegisters.esp, 4);
            a.iretd();
        }));
        rig[Gpr.Di] = CpuRig.Data;
        rig[Gpr.Cx] = 3;
        rig.Poke(CpuRig.Code, "F36C F4");
        rig.RunToHalt();

        Assert.That((reads, rig.Peek32(CpuRig.Data)), Is.EqualTo((3, 0x03_0201u)));
    }

    [Test]
    public void InsbOntoCodeReadsThePortOnceAndTheNewCodeRuns([Values(false, true)] bool repeated)
    {
        // The bytes that come from the port are the rest of the program: INC EAX, HLT over NOPs.
        using var rig = new CpuRig();
        byte[] incoming = [0x40, 0x40, 0xF4];
        int reads = 0;
        rig.Protected();
        rig.PortRead = (_, _) => incoming[reads++];
        rig.Poke(CpuRig.Code, repeated ? "F36C 90 90 90 0F04" : "6C 90 90 90 0F04");
        uint behind = CpuRig.Code + (repeated ? 2u : 1u);
        rig[Gpr.Di] = behind;
        rig[Gpr.Cx] = 3;
        if (!repeated)
        {
            incoming = [0xF4];
        }

        rig.RunToHalt();

        Assert.That((reads, rig.Eax, rig.Eip), Is.EqualTo(repeated ? (3, 2u, behind + 3) : (1, 0u, behind + 1)));
    }

    [Test]
    public void AMoveFromADeviceReadsEveryByteOnce()
    {
        using var rig = new CpuRig();
        List<ulong> offsets = [];
        rig.Root.Add(MemoryRegion.Io("device", 0x1000, new IoHandlers(
            (offset, _) =>
            {
                offsets.Add(offset);
                return offset;
            },
            static (_, _, _) => { }) { ImplementedMaximum = 1 }), 0xE000_0000);
        rig.Protected();
        rig[Gpr.Si] = 0xE000_0000;
        rig[Gpr.Di] = CpuRig.Data;
        rig[Gpr.Cx] = 4;
        rig.Poke(CpuRig.Code, "F3A4 F4");
        rig.RunToHalt();

        Assert.That(offsets, Is.EqualTo([0ul, 1ul, 2ul, 3ul]));
        Assert.That(rig.Peek32(CpuRig.Data), Is.EqualTo(0x0302_0100u));
    }

    [TestCase("F3A4", 0x10u, 0x11u, "000000000000", TestName = "A forward move onto the next byte repeats it")]
    [TestCase("FD F3A4", 0x15u, 0x16u, "000001020304", TestName = "A backward move does not")]
    public void OverlappingMovesGoByteByByte(string code, uint from, uint to, string expected)
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Data + 0x10, "00 01 02 03 04 05 06");
        rig[Gpr.Si] = CpuRig.Data + from;
        rig[Gpr.Di] = CpuRig.Data + to;
        rig[Gpr.Cx] = 5;
        if (code.StartsWith("FD", StringComparison.Ordinal))
        {
            rig[Gpr.Si]--;
            rig[Gpr.Di]--;
        }

        rig.Poke(CpuRig.Code, code + "F4");
        rig.RunToHalt();
        byte[] bytes = new byte[6];
        rig.Memory.Read(CpuRig.Data + 0x10, bytes);

        Assert.That(Convert.ToHexString(bytes), Is.EqualTo(expected));
    }

    [Test]
    public void ABudgetStopsARepeatedInstructionBetweenElements()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig[Gpr.Di] = CpuRig.Data;
        rig[Gpr.Cx] = 1000;
        rig.Poke(CpuRig.Code, "F3AA F4");
        rig.Cpu.Run(100);
        uint left = rig[Gpr.Cx];
        rig.RunToHalt();

        Assert.That((left, rig[Gpr.Cx], rig[Gpr.Di]), Is.EqualTo((900u, 0u, CpuRig.Data + 1000)));
    }
}
