using PcEmu.Core.State;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;
using PcEmu.TestSupport;

namespace PcEmu.Machines.Tests.Boards;

/// <summary>The state of all devices of a built machine.</summary>
public sealed class BoardStateTests
{
    [TestCase(VgaKind.Cirrus)]
    [TestCase(VgaKind.Std)]
    public void EveryMutableFieldIsSavedOrSaysWhyNot(VgaKind vga)
    {
        using Machine machine = Build(vga);
        Assert.That(string.Join("\n", machine.Board.Devices.SelectMany(StateCompleteness.Unsaved).Distinct()), Is.Empty);
    }

    [Test]
    public void SavedStateLoadsIntoASecondMachine()
    {
        using Machine first = Build(VgaKind.Cirrus);
        using Machine second = Build(VgaKind.Cirrus);
        first.Run(200_000);
        StateSection[] from = [.. first.Board.Devices.SelectMany(static d => d.StateSections)];
        StateSection[] to = [.. second.Board.Devices.SelectMany(static d => d.StateSections)];
        Assert.That(to.Select(static s => s.Name), Is.EqualTo(from.Select(static s => s.Name)));
        for (int i = 0; i < from.Length; i++)
        {
            byte[] saved = Save(from[i]);
            var reader = new StateReader(saved);
            to[i].Load(ref reader, from[i].Version);
            Assert.That(reader.Remaining, Is.Zero, from[i].Name);
            if (!DependsOnItsClock(from[i].Name))
            {
                Assert.That(Save(to[i]), Is.EqualTo(saved), from[i].Name);
            }
        }
    }

    // The second machine's clock stands elsewhere, so that deadlines and the calendar are other ones.
    private static bool DependsOnItsClock(string section) => section is "mc146818rtc" or "i8254";

    private static byte[] Save(StateSection section)
    {
        var writer = new StateWriter();
        section.Save(writer);
        return writer.Written.ToArray();
    }

    private static Machine Build(VgaKind vga)
    {
        var options = new MachineOptions { Vga = vga, RamSize = 16 << 20, InstructionCounting = new InstructionCounting(0, false, false) };
        var host = new MachineHost
        {
            // HLT everywhere: firmware is not what is tested here.
            LoadFirmware = static name => [.. Enumerable.Repeat((byte)0xF4, name.StartsWith("bios", StringComparison.Ordinal) ? 256 << 10 : 64 << 10)],
            Messages = TextWriter.Null,
        };
        return new Machine(StartUpSequence.Run(MachineRegistry.Pc, options), options, host);
    }
}
