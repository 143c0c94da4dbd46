namespace PcEmu.Guests.Tests;

/// <summary>SeaBIOS boots disks whose programs say what they find.</summary>
public sealed class FirmwareBootTests
{
    [TestCase("pc")]
    [TestCase("pc-1.0")]
    [TestCase("pc-1.0,qemu-kvm-migration=on")]
    [TestCase("pc-0.12")]
    public void OurOwnGuestPrintsAndPowersOff(string machine)
    {
        using GuestRun guest = GuestRun.Start("-machine", machine, "-m", "64", "-drive", $"file={GuestRun.Rom("hello/hello.img")},format=raw,snapshot=on");
        Assert.That(guest.Run(), Is.Zero);
        string text = guest.Finish();
        Assert.That(text, Does.Contain("PcEmu hello"));
        Assert.That(text, Does.Contain("done, 0 failed"));
    }

    [TestCase("qemu64")]
    [TestCase("qemu32")]
    [TestCase("kvm64")]
    [TestCase("pentium3")]
    [TestCase("486")]
    public void EveryCpuModelRunsIt(string model)
    {
        using GuestRun guest = GuestRun.Start("-cpu", model, "-m", "32", "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");
        Assert.That(guest.Run(), Is.Zero);
        Assert.That(guest.Finish(), Does.Contain("done, 0 failed"));
    }

    [TestCase("std")]
    [TestCase("none")]
    public void OtherDisplayAdaptersDoToo(string vga)
    {
        using GuestRun guest = GuestRun.Start("-vga", vga, "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");
        Assert.That(guest.Run(), Is.Zero);
        Assert.That(guest.Finish(), Does.Contain("done, 0 failed"));
    }

    [Test]
    public void MemoryAboveFourGiBIsThere()
    {
        // 5 GiB of address space cost only what is touched.
        using GuestRun guest = GuestRun.Start("-m", "5G", "-hda", GuestRun.Rom("hello/hello.img"), "-snapshot");
        Assert.That(guest.Run(), Is.Zero);
        Assert.That(guest.Finish(), Does.Contain("done, 0 failed"));
    }
}
