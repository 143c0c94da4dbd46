using CsCheck;

namespace PcEmu.Cli.Tests;

/// <summary>What the user mistypes: one line that names option and value, exit status 1, nothing else.</summary>
public sealed class BadLinesTests
{
    [TestCase("-foo", "-foo: invalid option")]
    [TestCase("--foo", "--foo: invalid option")]
    [TestCase("-", "-: invalid option")]
    [TestCase("---m 64", "---m: invalid option")]
    [TestCase("-machine=pc", "-machine=pc: invalid option")]
    [TestCase("-serial:stdio", "-serial:stdio: invalid option")]
    [TestCase("-net none -foo", "-foo: invalid option")]
    [TestCase("-device", "-device: requires an argument")]
    [TestCase("-S -trace", "-trace: requires an argument")]
    [TestCase("-m 0", "-m 0: guest RAM size '0' is out of range (1M..1023G)")]
    [TestCase("-m 64 -m 0", "-m 0: guest RAM size '0' is out of range (1M..1023G)")]
    [TestCase("-m 1015K", "-m 1015K: guest RAM size '1015K' is out of range (1M..1023G)")]
    [TestCase("-m size=1T", "-m size=1T: guest RAM size '1T' is out of range (1M..1023G)")]
    [TestCase("-m 8388607T", "-m 8388607T: guest RAM size '8388607T' is out of range (1M..1023G)")]
    [TestCase("-m 99999999999999G", "-m 99999999999999G: Parameter 'size' expects a size such as 256, 256M or 2G, not '99999999999999G'")]
    [TestCase("-m 12x", "-m 12x: Parameter 'size' expects a size such as 256, 256M or 2G, not '12x'")]
    [TestCase("-m -1", "-m -1: Parameter 'size' expects a size such as 256, 256M or 2G, not '-1'")]
    [TestCase("-m 64,slots=2", "-m 64,slots=2: Invalid parameter 'slots'")]
    [TestCase("-m =64", "-m =64: expected a parameter name before '=64'")]
    [TestCase("-smp 0", "-smp 0: Parameter 'cpus' is out of range (1..2147483647)")]
    [TestCase("-smp 2", "-smp 2: Parameter 'cpus' must be 1: there is one CPU so far")]
    [TestCase("-smp 1,cores=2", "-smp 1,cores=2: Parameter 'cores' must be 1: there is one CPU so far")]
    [TestCase("-smp 1,maxcpus=4", "-smp 1,maxcpus=4: Parameter 'maxcpus' must be 1: there is one CPU so far")]
    [TestCase("-smp x", "-smp x: Parameter 'cpus' expects a number, not 'x'")]
    [TestCase("-smp 1,dies=1", "-smp 1,dies=1: Invalid parameter 'dies'")]
    [TestCase("-cpu foo,+sse", "-cpu foo,+sse: unable to find CPU model 'foo'")]
    [TestCase("-boot z", "-boot z: Invalid boot device 'z'")]
    [TestCase("-boot order=cc", "-boot order=cc: Boot device 'c' was given twice")]
    [TestCase("-boot once=abcd", "-boot once=abcd: Parameter 'once' takes 1 to 3 boot devices, not 'abcd'")]
    [TestCase("-boot order=", "-boot order=: Parameter 'order' takes 1 to 3 boot devices, not ''")]
    [TestCase("-boot c,foo=1", "-boot c,foo=1: Invalid parameter 'foo'")]
    [TestCase("-boot menu=perhaps", "-boot menu=perhaps: Parameter 'menu' expects 'on' or 'off', not 'perhaps'")]
    [TestCase("-boot reboot-timeout=65536", "-boot reboot-timeout=65536: Parameter 'reboot-timeout' is out of range (-1..65535)")]
    [TestCase("-device foo", "-device foo: 'foo' is not a valid device model name")]
    [TestCase("-device foo,help", "-device foo,help: 'foo' is not a valid device model name")]
    [TestCase("-device PIIX4_PM", "-device PIIX4_PM: 'PIIX4_PM' is part of the machine: -device cannot add another")]
    [TestCase("-device irq=3", "-device irq=3: Parameter 'driver' is missing")]
    [TestCase("-device isa-serial,id=a -device isa-serial,id=a", "-device isa-serial,id=a: Duplicate ID 'a' for device")]
    [TestCase("-drive file=x,id=a -drive file=y,id=a", "-drive file=y,id=a: Duplicate ID 'a' for drive")]
    [TestCase("-global foo", "-global foo: Invalid parameter 'foo'")]
    [TestCase("-global .x=1", "-global .x=1: Invalid parameter '.x'")]
    [TestCase("-global a.=1", "-global a.=1: Invalid parameter 'a.'")]
    [TestCase("-global driver=a,property=b", "-global driver=a,property=b: Parameter 'value' is missing")]
    [TestCase("-vga foo", "-vga foo: unknown vga type: foo")]
    [TestCase("-display sdl", "-display sdl: Parameter 'type' does not accept value 'sdl' (only 'none' so far)")]
    [TestCase("-net user", "-net user: only 'none' is possible so far")]
    [TestCase("-nic tap", "-nic tap: only 'none' is possible so far")]
    [TestCase("-monitor stdio", "-monitor stdio: only 'none' is possible so far")]
    [TestCase("-serial null -serial null -serial null -serial null -serial pty", "-serial pty: too many serial ports (at most 4)")]
    [TestCase("-parallel a -parallel b -parallel c -parallel d", "-parallel d: too many parallel ports (at most 3)")]
    [TestCase("-debugcon stdio -debugcon null", "-debugcon null: there is a debug console already ('stdio')")]
    [TestCase("-uuid zz", "-uuid zz: failed to parse UUID string: wrong format")]
    [TestCase("-icount foo", "-icount foo: icount: Invalid shift value 'foo' (0..10)")]
    [TestCase("-icount shift=11", "-icount shift=11: icount: Invalid shift value '11' (0..10)")]
    [TestCase("-icount -1", "-icount -1: icount: Invalid shift value '-1' (0..10)")]
    [TestCase("-icount auto", "-icount auto: shift 'auto' follows the host's speed and is not possible so far (0..10)")]
    [TestCase("-icount sleep=off", "-icount sleep=off: Parameter 'shift' is missing")]
    [TestCase("-icount 3,align=on,sleep=off", "-icount 3,align=on,sleep=off: icount: align=on and sleep=off are incompatible")]
    [TestCase("-icount 3,rr=record", "-icount 3,rr=record: Invalid parameter 'rr'")]
    [TestCase("-rtc base=foo", "-rtc base=foo: invalid datetime format 'foo' (valid: utc, localtime, 2006-06-17T16:01:21, 2006-06-17)")]
    [TestCase("-rtc base=2006-02-30", "-rtc base=2006-02-30: invalid datetime format '2006-02-30' (valid: utc, localtime, 2006-06-17T16:01:21, 2006-06-17)")]
    [TestCase("-rtc clock=foo", "-rtc clock=foo: invalid option value 'foo' (host, rt or vm)")]
    [TestCase("-rtc driftfix=foo", "-rtc driftfix=foo: invalid option value 'foo' (none or slew)")]
    [TestCase("-d int,foo", "-d int,foo: unknown log item 'foo' (use -d help to list log items)")]
    [TestCase("-d ,", "-d ,: unknown log item '' (use -d help to list log items)")]
    [TestCase("-trace pit_*,colour=red", "-trace pit_*,colour=red: Invalid parameter 'colour'")]
    [TestCase("-trace events=/nonexistent/x", "-trace events=/nonexistent/x: Could not open '/nonexistent/x': No such file or directory")]
    [TestCase("-name a,foo=b", "-name a,foo=b: Invalid parameter 'foo'")]
    [TestCase("-machine nope,help", "-machine nope: unsupported machine type (use -machine help to list supported machines)")]
    [TestCase("-readconfig /nonexistent", "-readconfig /nonexistent: Could not open '/nonexistent': No such file or directory")]
    [TestCase("-readconfig /", "-readconfig /: Could not open '/': Is a directory")]
    [TestCase("-writeconfig /nonexistent/x", "-writeconfig /nonexistent/x: Could not write '/nonexistent/x': No such file or directory")]
    [TestCase("-config /nonexistent", "-config /nonexistent: Could not open '/nonexistent': No such file or directory")]
    public void AWrongLineIsAnsweredInOneLine(string line, string error)
    {
        CommandLineResult result = Lines.Parse(line);
        Assert.Multiple(() =>
        {
            Assert.That(result.Error, Is.EqualTo($"pcemu: {error}"));
            Assert.That(result.ExitStatus, Is.EqualTo(1));
            Assert.That(result.Machine, Is.Null);
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public void TheFirstWrongOptionIsTheOneThatIsNamed() =>
        Assert.That(Lines.Parse("-m 0 -foo").Error, Does.StartWith("pcemu: -m 0: "));

    [Test]
    public void NoWordsMakeItThrow()
    {
        string[] words =
        [
            "-m", "-M", "-machine", "-drive", "-device", "-global", "-boot", "-smp", "-rtc", "-icount", "-name", "-d", "-trace", "-vga",
            "-uuid", "-cpu", "-hda", "-serial", "0", "-1", "pc", "pc,", ",", ",,", "=", "a.b=c", "help", "isa-serial", "x,help", "id=", "no",
            "-h", "--", "", "1e9", "0x", "shift=0x5", "c,menu", "size=1G", "nostrict", "é",
        ];
        Check.Sample(
            Gen.Int[0, words.Length - 1].Select(i => words[i]).Array[0, 8],
            arguments =>
            {
                CommandLineResult result = CommandLine.Parse(arguments, Lines.Context);
                return result.Error.Contains('\n', StringComparison.Ordinal)
                    ? false
                    : (result.Machine is not null) == (result.Error.Length == 0 && result.Output.Length == 0);
            },
            iter: 5000);
    }
}
