using PcEmu.Machines.Options;

namespace PcEmu.Cli.Tests.Files;

public sealed class GroupFileTests
{
    private static string Write(string text)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{TestContext.CurrentContext.Test.ID}.cfg");
        File.WriteAllText(path, text);
        return path;
    }

    [Test]
    public void GroupsOfAFileAreOptions()
    {
        MachineOptions machine = Lines.Machine("-readconfig " + Write(
            """
            # a guest
            [machine]
              type = "pc-1.0"
              qemu-kvm-migration = "on"

            [memory]
              size = "64"
            [drive "disk0"]
              file = "my disk, the first.img"
              if="ide"
            [device "s"]
              driver = "isa-serial"
            [global]
              driver = "cirrus-vga"
              property = "vgamem_mb"
              value = "8"
            [boot-opts]
              order = "d"
            [name]
              guest = ""
            [icount]
            	shift = "2"
            """) + " -m 32");
        Assert.Multiple(() =>
        {
            Assert.That(machine.MachineType, Is.EqualTo("pc-1.0"));
            Assert.That(Lines.Text(machine.MachineProperties), Is.EqualTo("qemu-kvm-migration=on"));
            Assert.That(machine.RamSize, Is.EqualTo(32 << 20));
            Assert.That(Lines.Text(machine.Drives[0].Items), Is.EqualTo("id=disk0 file=my disk, the first.img if=ide"));
            Assert.That(Lines.Text(machine.Devices[0].Items), Is.EqualTo("id=s driver=isa-serial"));
            Assert.That(machine.Globals[0], Is.EqualTo(new Core.Properties.GlobalProperty("cirrus-vga", "vgamem_mb", "8")));
            Assert.That(machine.Boot.Order, Is.EqualTo("d"));
            Assert.That(machine.Name, Is.Empty);
            Assert.That(machine.InstructionCounting!.Shift, Is.EqualTo(2));
        });
    }

    [TestCase("[nope]\n", ":1 [nope]: There is no option group 'nope'")]
    [TestCase("\n# x\n[memory]\n  size = \"0\"\n", ":3 [memory]: guest RAM size '0' is out of range (1M..1023G)")]
    [TestCase("[rtc]\n colour = \"red\"\n", ":1 [rtc]: Invalid parameter 'colour'")]
    [TestCase("size = \"1\"\n", ":1: no group defined: size = \"1\"")]
    [TestCase("[memory]\nsize = 1\n", ":2: parse error: size = 1")]
    [TestCase("[memory]\nsize\n", ":2: parse error: size")]
    [TestCase("[memory]\nsize = \"1\" \"2\"\n", ":2: parse error: size = \"1\" \"2\"")]
    [TestCase("[memory]\nsize = \"\n", ":2: parse error: size = \"")]
    [TestCase("[memory\n", ":1: parse error: [memory")]
    [TestCase("[]\n", ":1: parse error: []")]
    [TestCase("[drive \"\"]\n", ":1: parse error: [drive \"\"]")]
    [TestCase("[drive x]\n", ":1: parse error: [drive x]")]
    [TestCase("[drive \"a\" b]\n", ":1: parse error: [drive \"a\" b]")]
    public void AWrongLineIsNamedByFileAndNumber(string text, string error)
    {
        string path = Write(text);
        Assert.That(Lines.Parse($"-readconfig {path}").Error, Is.EqualTo($"pcemu: {path}{error}"));
    }

    [Test]
    public void WhatIsWrittenHasQemusForm() => Assert.That(
        Lines.Parse("-M pc-1.0,qemu-kvm-migration=on -drive file=a,,b,id=d0 -fda f -m 64 -m 32 -global a.b=c -name x -writeconfig -").Output,
        Is.EqualTo(
            """
            # PcEmu configuration file

            [machine]
              type = "pc-1.0"
              qemu-kvm-migration = "on"

            [drive "d0"]
              file = "a,b"

            [drive]
              index = "0"
              if = "floppy"
              file = "f"

            [memory]
              size = "64"

            [memory]
              size = "32"

            [global]
              driver = "a"
              property = "b"
              value = "c"

            [name]
              guest = "x"

            """.ReplaceLineEndings("\n")));

    [TestCase("-M pc-1.0,usb=on -bios b -m 64 -smp 1 -boot order=dc,menu=on -boot once=n")]
    [TestCase("-drive file=a,,b,id=x,readonly -hdb q -cdrom c -device isa-serial,id=x,irq=3 -global a.b=c,d=e -global a.b=f")]
    [TestCase("-rtc base=2006-06-17,clock=vm -icount 4,sleep=off -name g,debug-threads=on")]
    public void WhatIsWrittenReadsBackAsTheSameMachine(string line)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "round.cfg");
        MachineOptions written = Lines.Machine($"{line} -writeconfig {path}");
        MachineOptions read = Lines.Machine($"-readconfig {path}");
        Assert.Multiple(() =>
        {
            Assert.That(Describe(read), Is.EqualTo(Describe(written)));
            Assert.That(Lines.Parse($"-readconfig {path} -writeconfig -").Output.Replace(" \"\"", "", StringComparison.Ordinal), Is.EqualTo(File.ReadAllText(path)));
        });
    }

    [Test]
    public void AValueWithAQuoteCannotBeWritten() => Assert.That(
        Lines.Parse("-hda a\"b -writeconfig -").Error,
        Is.EqualTo("pcemu: -writeconfig -: value of 'file' has a quote or a line end, which the file cannot hold: a\"b"));

    private static string Describe(MachineOptions machine) => string.Join(
        '\n',
        machine.MachineType,
        Lines.Text(machine.MachineProperties),
        machine.RamSize,
        machine.Boot,
        machine.Rtc,
        machine.InstructionCounting,
        machine.Name,
        string.Join(' ', machine.Globals),
        string.Join('\n', machine.Drives.Concat(machine.Devices).Select(d => Lines.Text(d.Items.OrderBy(i => i.Key, StringComparer.Ordinal)))));
}
