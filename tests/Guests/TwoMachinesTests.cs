using PcEmu.Devices.Display.CirrusVga;

namespace PcEmu.Guests.Tests;

/// <summary>Machines of one process share nothing.</summary>
public sealed class TwoMachinesTests
{
    [Test]
    public void TheMigrationParameterIsOneMachinesOwn()
    {
        using GuestRun with = GuestRun.Start("-machine", "pc-1.0,qemu-kvm-migration=on", "-vga", "cirrus");
        using GuestRun without = GuestRun.Start("-machine", "pc-1.0", "-vga", "cirrus");
        using GuestRun overruled = GuestRun.Start("-machine", "pc-1.0,qemu-kvm-migration=on", "-vga", "cirrus", "-global", "cirrus-vga.vgamem_mb=8");
        Assert.That(VideoMemory(with), Is.EqualTo(16));
        Assert.That(VideoMemory(without), Is.EqualTo(8));
        Assert.That(VideoMemory(overruled), Is.EqualTo(8));
    }

    [Test]
    public void TheyRunInTurns()
    {
        using GuestRun a = GuestRun.Start("-icount", "shift=1,sleep=off", "-m", "32", "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");
        using GuestRun b = GuestRun.Start("-icount", "shift=4,sleep=off", "-m", "48", "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");
        int? statusA = null;
        int? statusB = null;
        while (statusA is null || statusB is null)
        {
            statusA ??= a.Run(a.Machine.InstructionCount + 500_000);
            statusB ??= b.Run(b.Machine.InstructionCount + 300_000);
        }

        Assert.That((a.Finish().Contains("done, 0 failed"), b.Finish().Contains("done, 0 failed")), Is.EqualTo((true, true)));
    }

    private static uint VideoMemory(GuestRun run) => run.Machine.Board.Pci.Devices.OfType<CirrusVga>().Single().VgaMemMb;
}
