using System.Text.Json;
using CsCheck;
using PcEmu.Cpu.Registers;
using PcEmu.Machines.Options;
using PcEmu.Machines.Running;
using PcEmu.Machines.Streams;
using PcEmu.Migration;
using PcEmu.Migration.Walking;

namespace PcEmu.Machines.Tests.Streams;

/// <summary>Real streams of our own guests, written by four programs.</summary>
[TestFixture]
public sealed class FixtureTests
{
    private const string F32Plain = "f32plain-tcg-novga";
    private const string A32Text = "a32text-tcg-cirrus";
    private const string C32Vbe8 = "c32vbe8-tcg-std";
    private const string Qemu1 = "v10-a32text-tcg";
    private const string Qemu2 = "v20-a32text-pc10";
    private const string Qemu7 = "deb72-a32text-i440fx20";

    [TestCase(F32Plain, "pc-1.0", true, VgaKind.None, 0x10265ul, 0x283u)]
    [TestCase(A32Text, "pc-1.0", true, VgaKind.Cirrus, 0x1026Aul, 0x283u)]
    [TestCase(C32Vbe8, "pc-1.0", true, VgaKind.Std, 0x10274ul, 0x283u)]
    [TestCase(Qemu1, "pc-1.0", false, VgaKind.Cirrus, 0x1026Aul, 0x283u)]
    [TestCase(Qemu2, "pc-1.0", false, VgaKind.Cirrus, 0x1026Aul, 0x297u)]
    [TestCase(Qemu7, "pc-i440fx-2.0", null, VgaKind.Cirrus, 0x1074Ful, 0x216u)]
    public unsafe void TheMachineStandsWhereItStoodAndIsSavedAsItWasLoaded(
        string name, string type, bool? qemuKvm, VgaKind vga, ulong eip, uint eflags)
    {
        using Machine first = StreamMachines.Make(type, qemuKvm, vga);
        first.Load(StreamMachines.Fixture(name));
        CpuState* cpu = first.Board.Cpu.State;

        Assert.That((CpuState.Segment(cpu, Seg.Cs)->Selector, cpu->Rip, Flags.Read(cpu), cpu->Cr0), Is.EqualTo((8, eip, eflags, 0x33ul)));

        byte[] saved = first.Save();
        using Machine second = StreamMachines.Make(type, qemuKvm, vga);
        second.Load(saved);
        Assert.That(second.StateHash(), Is.EqualTo(first.StateHash()));
        Assert.That(second.Save(), Is.EqualTo(saved));
    }

    [TestCase(F32Plain, false, VgaKind.None, "section 'kvm-tpr-opt'", "qemu-kvm-migration=on)")]
    [TestCase(A32Text, false, VgaKind.Cirrus, "RAM block 'vga.vram'", "qemu-kvm-migration=on)")]
    [TestCase(Qemu1, true, VgaKind.Cirrus, "RAM block 'vga.vram'", "qemu-kvm-migration=off)")]
    public void TheOtherProgramsStreamIsRefusedWithTheHint(string name, bool qemuKvm, VgaKind vga, string section, string hint)
    {
        using Machine machine = StreamMachines.Make("pc-1.0", qemuKvm, vga);

        Assert.That(
            () => machine.Load(StreamMachines.Fixture(name)),
            Throws.TypeOf<MigrationException>().With.Message.Contains(section).And.Message.EndsWith(hint));
    }

    [Test]
    public void TwoMachinesWithDifferentParametersLoadTheirOwnStreams()
    {
        using Machine qemuKvm = StreamMachines.Make("pc-1.0", true, VgaKind.Cirrus);
        using Machine qemu = StreamMachines.Make("pc-1.0", false, VgaKind.Cirrus);
        (byte[] one, byte[] other) = (StreamMachines.Fixture(A32Text), StreamMachines.Fixture(Qemu1));

        Assert.DoesNotThrow(() => Task.WaitAll(Task.Run(() => qemuKvm.Load(one)), Task.Run(() => qemu.Load(other))));
    }

    [TestCase(F32Plain)]
    [TestCase(C32Vbe8)]
    [TestCase(Qemu1)]
    [TestCase(Qemu7)]
    public void TheListingGoesToTheEnd(string name)
    {
        byte[] stream = StreamMachines.Fixture(name);
        using var text = new StringWriter();
        StreamWalker.Walk(new MemoryStream(stream), StreamListing.Text(text));
        using var bytes = new MemoryStream();
        StreamWalker.Walk(new MemoryStream(stream), StreamListing.Json(bytes));
        using var json = JsonDocument.Parse(bytes.ToArray());

        Assert.That(text.ToString(), Does.Contain(" cr[0] ").And.Contain("pm1_status").And.Contain("end at 0x"));
        JsonElement timer = json.RootElement.GetProperty("sections")[0];
        Assert.That(timer.GetProperty("name").GetString(), Is.EqualTo("timer"));
        Assert.That(timer.GetProperty("fields").GetProperty("dummy").GetInt64(), Is.Zero);
    }

    [Test]
    public void MutatedDeviceStateIsLoadedOrRefused()
    {
        byte[] stream = StreamMachines.Fixture(F32Plain);
        int devices = stream.AsSpan().IndexOf("\u0005timer"u8);
        Gen.Select(Gen.Int[devices, stream.Length - 1], Gen.Byte).Array[1, 3].Sample(
            changes =>
            {
                byte[] mutated = [.. stream];
                foreach ((int at, byte value) in changes)
                {
                    mutated[at] = value;
                }

                using Machine machine = StreamMachines.Make("pc-1.0", true, VgaKind.None);
                try
                {
                    machine.Load(mutated);
                    machine.Save();
                }
                catch (MigrationException error)
                {
                    return error.Message.StartsWith("load of migration failed: ", StringComparison.Ordinal) && !error.Message.Contains('\n');
                }

                return true;
            },
            iter: 150,
            threads: 1);
    }
}
