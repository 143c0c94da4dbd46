using PcEmu.Machines.Registry;

namespace PcEmu.Cli.Tests;

public sealed class HelpTests
{
    [TestCase("-version", "PcEmu version ")]
    [TestCase("-h", "PcEmu version ")]
    [TestCase("--help -foo", "PcEmu version ")]
    [TestCase("-M ?", "Supported machines are:\n")]
    [TestCase("-machine pc-1.0,help", "pc-1.0-machine options:\n")]
    [TestCase("-machine help=on", "pc-i440fx-2.0-machine options:\n")]
    [TestCase("-device help", "Display devices:\nname \"cirrus-vga\", bus PCI")]
    [TestCase("-device isa-serial,help", "isa-serial options:\n  irq=<uint8> ")]
    [TestCase("-device isa-serial,?", "isa-serial options:\n")]
    [TestCase("-cpu help", "Available CPUs:\nx86 qemu64                64-bit CPU\nx86 486\n")]
    [TestCase("-d help", "Log items (comma separated):\nin_asm          ")]
    public void HelpIsPrintedAndTheProgramEndsWell(string line, string start)
    {
        CommandLineResult result = Lines.Parse(line);
        Assert.Multiple(() =>
        {
            Assert.That(result.Output, Does.StartWith(start));
            Assert.That(result.Output, Does.EndWith("\n"));
            Assert.That(result.ExitStatus, Is.Zero);
            Assert.That(result.Machine, Is.Null);
            Assert.That(result.Error, Is.Empty);
        });
    }

    [Test]
    public void MachineHelpIsTheRegistrys() => Assert.That(Lines.Parse("-machine help").Output, Is.EqualTo(MachineRegistry.Pc.Help()));

    [Test]
    public void UsageHasQemusLayout()
    {
        string usage = Lines.Parse("-help").Output;
        Assert.Multiple(() =>
        {
            Assert.That(usage, Does.Contain("usage: pcemu [options] [disk_image]\n\n'disk_image' is the raw image of IDE hard disk 0\n\nStandard options:\n"));
            Assert.That(usage, Does.Contain("\n-version        show the version and exit\n"));
            Assert.That(usage, Does.Contain("\n-m [size=]megs  guest RAM in MiB"));
            Assert.That(usage, Does.Contain("\n-cpu model[,+feature][,-feature]\n                choose the CPU model"));
            Assert.That(usage.Split('\n'), Has.All.Length.LessThan(90));
        });
    }

    [TestCase(
        "-machine -M -cpu -m -smp -drive -hda -hdb -hdc -hdd -fda -fdb -cdrom -boot -bios -L -serial -parallel -debugcon -monitor -net -nic -global " +
        "-device -vga -display -nographic -nodefaults -no-reboot -no-shutdown -S -icount -rtc -d -D -trace -name -uuid -readconfig -writeconfig " +
        "-version -help -h -config -no-user-config")]
    public void EveryOptionIsInTheUsage(string options)
    {
        string[] words = Lines.Parse("-help").Output.Split(' ', '\n');
        Assert.That(options.Split(' ').Where(o => !words.Contains(o)), Is.Empty);
    }
}
