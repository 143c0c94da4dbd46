using System.Globalization;

namespace PcEmu.Cpu.Tests.Interpreter;

/// <summary>The same program gives the same machine, however it is run.</summary>
[TestFixture]
public sealed unsafe class LockStepTests
{
    private const uint Program = CpuRig.Code;
    private const int Length = 0x3000;

    [Test]
    public void BlocksAndSingleStepsAgreeOnRandomInstructions([Range(1, 24)] int seed, [Values(16, 32)] int bits)
    {
        using CpuRig blocks = Prepare(seed, bits);
        using CpuRig steps = Prepare(seed, bits);

        for (int slice = 0; slice < 300; slice++)
        {
            blocks.Cpu.Run(40);
            while (steps.Cpu.InstructionCount < blocks.Cpu.InstructionCount)
            {
                steps.Cpu.Run(1);
            }

            Assert.That(Describe(steps), Is.EqualTo(Describe(blocks)), $"after slice {slice}");
            if (slice % 3 == 0)
            {
                // An interrupt at the same instruction of both.
                blocks.Cpu.SetInterruptLine(true);
                steps.Cpu.SetInterruptLine(true);
            }
        }

        Assert.That(steps.Ram.AsSpan().SequenceEqual(blocks.Ram.AsSpan()), Is.True, "memory");
    }

    [Test]
    public void TwoRunsOfTheSameProgramAreIdentical([Values(3, 4)] int seed)
    {
        using CpuRig first = Prepare(seed, 32);
        using CpuRig second = Prepare(seed, 32);

        first.Cpu.Run(20_000);
        second.Cpu.Run(20_000);

        Assert.That(Describe(second), Is.EqualTo(Describe(first)));
        Assert.That(second.Ram.AsSpan().SequenceEqual(first.Ram.AsSpan()), Is.True, "memory");
    }

    [Test]
    public void HowTheBudgetIsDealtOutDoesNotMatter([Values(5, 6)] int seed)
    {
        using CpuRig whole = Prepare(seed, 32);
        using CpuRig parts = Prepare(seed, 32);
        whole.Cpu.Run(5000);
        long total = whole.Cpu.InstructionCount;
        var random = new Random(seed);
        while (parts.Cpu.InstructionCount < total)
        {
            parts.Cpu.Run(Math.Max(1, Math.Min(random.Next(200), total - parts.Cpu.InstructionCount - 64)));
        }

        Assert.That(Describe(parts), Is.EqualTo(Describe(whole)));
        Assert.That(parts.Ram.AsSpan().SequenceEqual(whole.Ram.AsSpan()), Is.True, "memory");
    }

    [Test]
    public void EveryInstructionCountsOnce()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, "B9 0A000000 40 49 75FC F4");
        rig.RunToHalt();
        long blocks = rig.Cpu.InstructionCount;
        using var single = new CpuRig();
        single.Protected();
        single.Poke(CpuRig.Code, "B9 0A000000 40 49 75FC F4");
        while (!single.Cpu.IsHalted)
        {
            single.Step();
        }

        Assert.That((blocks, single.Cpu.InstructionCount), Is.EqualTo((32L, 32L)));
    }

    [Test]
    public void ThePortHandlerSeesTheCountOfItsOwnInstruction([Values(1, 1000)] int budget)
    {
        using var rig = new CpuRig();
        List<long> counts = [];
        rig.Protected();
        rig.PortWrite = (_, _, _) => counts.Add(rig.Cpu.InstructionCount);
        rig.Poke(CpuRig.Code, "90 E680 90 90 E680 EB00 E680 F4");
        while (!rig.Cpu.IsHalted)
        {
            rig.Cpu.Run(budget);
        }

        Assert.That(counts, Is.EqualTo([1L, 4L, 6L]));
    }

    [Test]
    public void ABudgetOfOneIsOneInstruction()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.Poke(CpuRig.Code, "90 90 90 90 F4");
        rig.Step(3);

        Assert.That((rig.Eip, rig.Cpu.InstructionCount), Is.EqualTo((CpuRig.Code + 3, 3L)));
    }

    [Test]
    public void ARequestToStopEndsTheRun()
    {
        using var rig = new CpuRig();
        rig.Protected();
        rig.PortWrite = (_, _, _) => rig.Cpu.RequestExit();
        rig.Poke(CpuRig.Code, "E680 90 EBFE");

        Assert.That(rig.Cpu.Run(1_000_000), Is.EqualTo(RunResult.ExitRequested));
        Assert.That(rig.Cpu.InstructionCount, Is.LessThan(100));
    }

    // Random bytes make enough valid instructions; exceptions lead back into the program at a place that depends on what went before.
    private static CpuRig Prepare(int seed, int bits)
    {
        var random = new Random(seed);
        byte[] program = new byte[Length];
        random.NextBytes(program);
        for (int i = 0; i + 16 < Length; i += random.Next(4, 12))
        {
            Sprinkle(random, program.AsSpan(i));
        }

        var rig = new CpuRig();
        rig.AcknowledgeInterrupt = () =>
        {
            rig.Cpu.SetInterruptLine(false);
            return 0x20;
        };
        if (bits == 16)
        {
            rig.Real(0x3000, 0);
            rig.Poke(0x3_0000, program);
    
            // INT handlers: drop the frame and go on at some offset in the program.
            rig.Poke(0x4_0000, CpuRig.Assemble(16, 0, static a =>
            {
                a.mov(Iced.Intel.AssemblerRegisters.sp, 0x7000);
                a.push(0);
                a.pop(Iced.Intel.AssemblerRegisters.ss);
                a.add(Iced.Intel.AssemblerRegisters.di, 0x137);
                a.mov(Iced.Intel.AssemblerRegisters.bx, Iced.Intel.AssemblerRegisters.di);
                a.and(Iced.Intel.AssemblerRegisters.bx, 0x1FFF);
                a.push(0x5000);
                a.pop(Iced.Intel.AssemblerRegisters.ds);
                a.push(0x5000);
                a.pop(Iced.Intel.AssemblerRegisters.es);
                a.push(0x3000);
                a.push(Iced.Intel.AssemblerRegisters.bx);
                a.retf();
            }));
            for (uint vector = 0; vector < 256; vector++)
            {
                rig.Poke32(vector * 4, 0x4000_0000);
            }
        }
        else
        {
            rig.Protected(3);
            rig.Poke(Program, program);
            byte[] handler = CpuRig.Assemble(32, 0x31_0000, static a =>
            {
                a.add(Iced.Intel.AssemblerRegisters.edi, 0x137);
                a.mov(Iced.Intel.AssemblerRegisters.ebx, Iced.Intel.AssemblerRegisters.edi);
                a.and(Iced.Intel.AssemblerRegisters.ebx, 0x1FFF);
                a.add(Iced.Intel.AssemblerRegisters.ebx, (int)Program);
                a.mov(Iced.Intel.AssemblerRegisters.eax, CpuRig.UserData);
                a.mov(Iced.Intel.AssemblerRegisters.ds, Iced.Intel.AssemblerRegisters.eax);
                a.mov(Iced.Intel.AssemblerRegisters.es, Iced.Intel.AssemblerRegisters.eax);
                a.mov(Iced.Intel.AssemblerRegisters.esp, CpuRig.KernelStack);
                a.push(CpuRig.UserData);
                a.push((int)CpuRig.Stack);
                a.push(0x202);
                a.push(CpuRig.UserCode);
                a.push(Iced.Intel.AssemblerRegisters.ebx);
                a.mov(Iced.Intel.AssemblerRegisters.ebx, 0x34_0000);
                a.mov(Iced.Intel.AssemblerRegisters.esi, 0x34_1000);
                a.mov(Iced.Intel.AssemblerRegisters.ebp, 0x34_2000);
                a.mov(Iced.Intel.AssemblerRegisters.ecx, 5);
                a.iretd();
            });
            rig.Poke(0x31_0000, handler);
            for (int vector = 0; vector < 256; vector++)
            {
                rig.Gate(CpuRig.IdtEntry(vector), CpuRig.KernelCode, 0x31_0000, 0xEE);
            }
        }

        return rig;
    }

    // Pieces that random bytes seldom are: stores beside and into the code, calls, short loops, strings, stack work.
    private static void Sprinkle(Random random, Span<byte> at)
    {
        byte[] piece = random.Next(12) switch
        {
            0 => [0x75, (byte)random.Next(0xF0, 0x110)],
            1 => [0xE8, (byte)random.Next(64), 0, 0, 0],
            2 => [0xF3, 0xA4],
            3 => [0x50, 0x51, 0x58, 0x59],
            4 => [0x39, (byte)random.Next(0xC0, 0x100), 0x72, (byte)random.Next(12)],
            5 => [0x01, (byte)random.Next(0xC0, 0x100)],
            6 => [0xC7, 0x05, (byte)random.Next(256), (byte)random.Next(0x20), 0x30, 0, 0x90, 0x40, 0x90, 0x90],
            7 => [0x89, (byte)random.Next(0x40, 0x48), (byte)random.Next(256)],
            8 => [0xD3, (byte)random.Next(0xC0, 0x100)],
            9 => [0x0F, 0xAF, (byte)random.Next(0xC0, 0x100)],
            10 => [0x9C, 0x58],
            _ => [0x11, (byte)random.Next(0xC0, 0x100), 0x19, (byte)random.Next(0xC0, 0x100)],
        };
        piece.CopyTo(at);
    }

    private static string Describe(CpuRig rig)
    {
        string registers = rig.Cpu.DumpRegisters();
        return string.Create(CultureInfo.InvariantCulture, $"{registers}\ncount {rig.Cpu.InstructionCount} shutdowns {rig.Shutdowns}");
    }
}
