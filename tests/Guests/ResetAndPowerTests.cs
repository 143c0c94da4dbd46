namespace PcEmu.Guests.Tests;

/// <summary>How a machine starts over and how it ends.</summary>
public sealed class ResetAndPowerTests
{
    // mov dx,3F8h; mov al,'A'; out dx,al: each boot leaves one letter.
    private static readonly byte[] Letter = [0xBA, 0xF8, 0x03, 0xB0, (byte)'A', 0xEE];

    // LIDT of a limit of zero, then INT3: no gate, no double-fault gate, shutdown.
    private static readonly byte[] TripleFault = [0x0F, 0x01, 0x1E, 0x30, 0x7C, 0xCC];

    // mov al,FEh; out 64h,al
    private static readonly byte[] KeyboardReset = [0xB0, 0xFE, 0xE6, 0x64, 0xF4];

    // mov al,1; out 92h,al (with A20 kept: 3)
    private static readonly byte[] FastReset = [0xB0, 0x03, 0xE6, 0x92, 0xF4];

    // mov dx,CF9h; mov al,2; out dx,al; mov al,6; out dx,al
    private static readonly byte[] ResetControl = [0xBA, 0xF9, 0x0C, 0xB0, 0x02, 0xEE, 0xB0, 0x06, 0xEE, 0xF4];

    private static readonly object[] Resets =
    [
        new object[] { nameof(TripleFault), TripleFault },
        new object[] { nameof(KeyboardReset), KeyboardReset },
        new object[] { nameof(FastReset), FastReset },
        new object[] { nameof(ResetControl), ResetControl },
    ];

    [TestCaseSource(nameof(Resets))]
    public void AResetBootsAgain(string name, byte[] code)
    {
        Assert.That(name, Is.Not.Empty);
        string image = GuestRun.BootSector([.. Letter, .. code]);
        using GuestRun guest = GuestRun.Start("-icount", "shift=0,sleep=off", "-m", "16", "-vga", "none", "-hda", image, "-snapshot");
        Assert.That(guest.Run(400_000_000), Is.Null);
        Assert.That(guest.Finish(), Has.Length.GreaterThanOrEqualTo(2).And.Matches("^A+$"));
        File.Delete(image);
    }

    [TestCaseSource(nameof(Resets))]
    public void WithoutRebootAResetEndsTheProgram(string name, byte[] code)
    {
        Assert.That(name, Is.Not.Empty);
        string image = GuestRun.BootSector([.. Letter, .. code]);
        using GuestRun guest = GuestRun.Start("-no-reboot", "-m", "16", "-vga", "none", "-hda", image, "-snapshot");
        Assert.That(guest.Run(), Is.Zero);
        Assert.That(guest.Finish(), Is.EqualTo("A"));
        File.Delete(image);
    }

    [Test]
    public void DebugExitGivesItsOddStatus()
    {
        // mov dx,F4h; mov al,31h; out dx,al
        string image = GuestRun.BootSector(0xBA, 0xF4, 0x00, 0xB0, 0x31, 0xEE, 0xF4);
        using GuestRun guest = GuestRun.Start("-m", "16", "-vga", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-hda", image, "-snapshot");
        Assert.That(guest.Run(), Is.EqualTo(0x63));
        File.Delete(image);
    }

    [Test]
    public void QuitEndsAMachineThatSleeps()
    {
        // cli; hlt
        string image = GuestRun.BootSector([.. Letter, 0xFA, 0xF4]);
        using GuestRun guest = GuestRun.Start("-m", "16", "-vga", "none", "-hda", image, "-snapshot");
        Assert.That(guest.Run(guest.Machine.InstructionCount + 1), Is.Null);
        guest.Machine.Quit();
        Assert.That(guest.Run(), Is.Zero);
        File.Delete(image);
    }
}
