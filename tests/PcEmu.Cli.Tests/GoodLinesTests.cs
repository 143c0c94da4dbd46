using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;
using static PcEmu.Cli.Tests.Lines;

namespace PcEmu.Cli.Tests;

public sealed class GoodLinesTests
{
    [Test]
    public void WithoutOptionsThereIsAPlainPc()
    {
        MachineOptions machine = Machine("");
        Assert.Multiple(() =>
        {
            Assert.That(machine.MachineType, Is.Null);
            Assert.That(machine.RamSize, Is.EqualTo(128 << 20));
            Assert.That(machine.Vga, Is.EqualTo(VgaKind.Cirrus));
            Assert.That(machine.Serials, Is.EqualTo(["null"]));
            Assert.That(machine.Parallels, Is.EqualTo(["null"]));
            Assert.That(machine.Boot, Is.EqualTo(new BootOptions { Order = "cad" }));
            Assert.That(machine.InstructionCounting, Is.Null);
            Assert.That(machine.NoNetwork, Is.False);
        });
    }

    [TestCase("-m 64", 64L << 20)]
    [TestCase("--m 64", 64L << 20)]
    [TestCase("-m size=64", 64L << 20)]
    [TestCase("-m 1", 1L << 20)]
    [TestCase("-m 1025K", (1024L << 10) + (8 << 10))]
    [TestCase("-m 0.5G", 512L << 20)]
    [TestCase("-m 4g", 4L << 30)]
    [TestCase("-m 1048576B", 1L << 20)]
    [TestCase("-m 1023G", 1023L << 30)]
    [TestCase("-m 32 -m 64", 64L << 20)]
    public void GuestRamIsInMiBOrWithASuffixAndAMultipleOf8KiB(string line, long size) =>
        Assert.That(Machine(line).RamSize, Is.EqualTo(size));

    [TestCase("-machine pc-1.0,qemu-kvm-migration=on", "pc-1.0", "qemu-kvm-migration=on")]
    [TestCase("-M pc-1.0,qemu-kvm-migration", "pc-1.0", "qemu-kvm-migration=on")]
    [TestCase("-machine type=pc-1.0", "pc-1.0", "")]
    [TestCase("-machine usb=on,type=pc", "pc", "usb=on")]
    [TestCase("-machine pc,nousb", "pc", "usb=off")]
    [TestCase("-M pc -machine accel=tcg -M isapc,mem-merge=off", "isapc", "accel=tcg mem-merge=off")]
    [TestCase("-bios x,y.bin -machine pc", "pc", "firmware=x,y.bin")]
    public void MachineOptionsAddUpAndTheLastTypeCounts(string line, string type, string properties)
    {
        MachineOptions machine = Machine(line);
        Assert.That((machine.MachineType, Text(machine.MachineProperties)), Is.EqualTo((type, properties)));
    }

    [TestCase("disk.img", "index=0 media=disk file=disk.img")]
    [TestCase("-hda a,b=c", "index=0 media=disk file=a,b=c")]
    [TestCase("-hdd x", "index=3 media=disk file=x")]
    [TestCase("-cdrom x.iso", "index=2 media=cdrom file=x.iso")]
    [TestCase("-fda x", "index=0 if=floppy file=x")]
    [TestCase("-fdb x", "index=1 if=floppy file=x")]
    [TestCase("-hda -S", "index=0 media=disk file=-S")]
    [TestCase("-drive file=a,,b.img,format=raw,if=ide,index=1,snapshot=on,readonly", "file=a,b.img format=raw if=ide index=1 snapshot=on readonly=on")]
    public void DrivesAreSpelledOut(string line, string keys)
    {
        MachineOptions machine = Machine(line);
        Assert.That(machine.Drives.Select(d => Text(d.Items)), Is.EqualTo([keys]));
        Assert.That(machine.StartPaused, Is.False);
    }

    [Test]
    public void DrivesKeepTheirOrderAndTheirOptionForMessages()
    {
        MachineOptions machine = Machine("-hdb b -drive file=c,index=2 a -fda f");
        Assert.That(
            machine.Drives.Select(d => $"{d.Option} {d.Text}"),
            Is.EqualTo(["-hdb b", "-drive file=c,index=2", "-hda a", "-fda f"]));
    }

    [Test]
    public void GlobalsKeepTheirOrderInBothForms() => Assert.That(
        Machine("-global cirrus-vga.vgamem_mb=16 -global driver=a,property=b.c,value=d -global x.y=1,2=3 -global cirrus-vga.vgamem_mb=8").Globals,
        Is.EqualTo(new GlobalProperty[]
        {
            new("cirrus-vga", "vgamem_mb", "16"), new("a", "b.c", "d"), new("x", "y", "1,2=3"), new("cirrus-vga", "vgamem_mb", "8"),
        }));

    [Test]
    public void DevicesKeepTheirOrder() => Assert.That(
        Machine("-device isa-serial,irq=3,id=a -device cirrus-vga").Devices.Select(d => Text(d.Items)),
        Is.EqualTo(["driver=isa-serial irq=3 id=a", "driver=cirrus-vga"]));

    [TestCase("-vga std", VgaKind.Std)]
    [TestCase("-vga none", VgaKind.None)]
    [TestCase("-nodefaults", VgaKind.None)]
    [TestCase("-nodefaults -vga cirrus", VgaKind.Cirrus)]
    [TestCase("-device cirrus-vga", VgaKind.None)]
    [TestCase("-display none", VgaKind.Cirrus)]
    [TestCase("-nographic", VgaKind.Cirrus)]
    public void TheBoardsDisplayAdapterGivesWayToTheUsers(string line, VgaKind vga) => Assert.That(Machine(line).Vga, Is.EqualTo(vga));

    [TestCase("-serial stdio -serial file:a,b", "stdio|file:a,b")]
    [TestCase("-serial none", "none")]
    [TestCase("-nographic", "mon:stdio")]
    [TestCase("-nographic -serial null", "null")]
    [TestCase("-nodefaults", "")]
    [TestCase("-nodefaults -nographic", "")]
    [TestCase("-nodefaults -serial tcp:localhost:1,server,nowait", "tcp:localhost:1,server,nowait")]
    public void SerialPortsHaveTheirBackEndsInOrder(string line, string serials) =>
        Assert.That(string.Join('|', Machine(line).Serials), Is.EqualTo(serials));

    [Test]
    public void OtherCharacterDevicesHaveTheirOwnOptions()
    {
        MachineOptions machine = Machine("-parallel file:p -debugcon stdio -monitor none");
        Assert.That((machine.Parallels[0], machine.DebugConsole), Is.EqualTo(("file:p", "stdio")));
    }

    [TestCase("-boot c", "c", null, null, false)]
    [TestCase("-boot dca", "dca", null, null, false)]
    [TestCase("-boot order=n,once=d,menu=on,strict=on", "n", "d", true, true)]
    [TestCase("-boot menu=off", "cad", null, false, false)]
    [TestCase("-boot once=d -boot c,strict", "c", "d", null, true)]
    public void BootOptionsAddUp(string line, string order, string? once, bool? menu, bool strict) => Assert.That(
        Machine(line).Boot,
        Is.EqualTo(new BootOptions { Order = order, Once = once, Menu = menu, Strict = strict }));

    [Test]
    public void TheBootMenuMayHaveAPicture() => Assert.That(
        Machine("-boot menu=on,splash=a.jpg,splash-time=5000,reboot-timeout=100").Boot,
        Is.EqualTo(new BootOptions { Menu = true, Splash = "a.jpg", SplashTime = 5000, RebootTimeout = 100 }));

    [TestCase("-icount 3", 3, false, true)]
    [TestCase("-icount shift=0,sleep=off", 0, false, false)]
    [TestCase("-icount shift=10,align=on", 10, true, true)]
    [TestCase("-icount 3 -icount 5", 5, false, true)]
    public void GuestTimeCountsInstructions(string line, int shift, bool align, bool sleep) =>
        Assert.That(Machine(line).InstructionCounting, Is.EqualTo(new InstructionCounting(shift, align, sleep)));

    private static readonly object[] Clocks =
    [
        new object[] { "-rtc base=utc", new RtcOptions() },
        new object[] { "-rtc base=localtime,clock=vm", new RtcOptions { Base = RtcBase.LocalTime, Clock = RtcClock.Vm } },
        new object[] { "-rtc clock=rt,driftfix=slew", new RtcOptions { Clock = RtcClock.Rt, Slew = true } },
        new object[] { "-rtc clock=vm -rtc base=2006-06-17", new RtcOptions { Base = RtcBase.Date, Date = new(2006, 6, 17, 0, 0, 0, DateTimeKind.Utc), Clock = RtcClock.Vm } },
        new object[] { "-rtc base=2006-06-17T16:01:21", new RtcOptions { Base = RtcBase.Date, Date = new(2006, 6, 17, 16, 1, 21, DateTimeKind.Utc) } },
    ];

    [TestCaseSource(nameof(Clocks))]
    public void TheRtcStartsFromWhereTheUserSays(string line, RtcOptions expected)
    {
        RtcOptions rtc = Machine(line).Rtc;
        Assert.That(rtc, Is.EqualTo(expected));
        Assert.That(rtc.Date.Kind, Is.EqualTo(expected.Date.Kind));
    }

    [TestCase("-d int,cpu_reset -d guest_errors", LogItems.Interrupts | LogItems.CpuReset | LogItems.GuestErrors)]
    [TestCase("-d unimp,in_asm,exec,cpu", LogItems.Unimplemented | LogItems.InAsm | LogItems.Exec | LogItems.Cpu)]
    public void LogItemsAddUp(string line, LogItems items) => Assert.That(Machine(line).LogItems, Is.EqualTo(items));

    [Test]
    public void TraceEventsComeByPatternAndFromAFile()
    {
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "events.txt");
        File.WriteAllText(file, "# PIT\npit_ioport_write\n\n  ide_*\n");
        Assert.That(
            Machine($"-trace pic_* -d trace:vga_* -trace enable=x,events={file} -D log.txt").TracePatterns,
            Is.EqualTo(["pic_*", "vga_*", "x", "pit_ioport_write", "ide_*"]));
    }

    [Test]
    public void SwitchesAndNamesAreTaken()
    {
        MachineOptions machine = Machine(
            "-S -no-reboot -no-shutdown -nodefaults -name guest=g,process=p -uuid 01234567-89ab-cdef-0123-456789abcdef -cpu qemu64,+sse4.1 -smp 1,cores=1 -L a -L b -D log -display none");
        Assert.Multiple(() =>
        {
            Assert.That(machine.StartPaused && machine.NoReboot && machine.NoShutdown && machine.NoDefaults && machine.NoNetwork);
            Assert.That(machine.Name, Is.EqualTo("g"));
            Assert.That(machine.Uuid, Is.EqualTo(new Guid("01234567-89ab-cdef-0123-456789abcdef")));
            Assert.That(machine.Cpu, Is.EqualTo("qemu64,+sse4.1"));
            Assert.That(machine.FirmwareDirectories, Is.EqualTo(["a", "b"]));
            Assert.That(machine.LogFile, Is.EqualTo("log"));
            Assert.That(machine.Display, Is.EqualTo(DisplayKind.None));
        });
    }

    [TestCase("-net none")]
    [TestCase("-nic none -net none")]
    public void TheNetworkCardCanBeLeftOut(string line) => Assert.That(Machine(line).NoNetwork, Is.True);

    [Test]
    public void NamesAreNotCheckedAgainstEmptyLists()
    {
        MachineOptions machine = Machine("-cpu whatever -device whatever", new CommandLineContext());
        Assert.That((machine.Cpu, machine.Devices[0].Find("driver")), Is.EqualTo(("whatever", "whatever")));
    }
}
