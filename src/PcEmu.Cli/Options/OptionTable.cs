namespace PcEmu.Cli.Options;

/// <summary>Options that help lists under one heading.</summary>
internal sealed record OptionSection(string Heading, IReadOnlyList<Option> Options);

/// <summary>Every option there is, in the order in which help lists them.</summary>
internal static class OptionTable
{
    public static readonly IReadOnlyList<OptionSection> Sections =
    [
        new("Standard options",
        [
            new("-h or -help", "show this list and exit", static (c, _) => c.Answer = HelpText.Usage()),
            new("-version", "show the version and exit", static (c, _) => c.Answer = HelpText.Version()),
            new("-machine [type=]name[,prop[=value][,...]]",
                "choose the machine type and set its properties\n" +
                "('-machine help' lists types, '-machine name,help' properties)\n" +
                "qemu-kvm-migration=on|off: the incoming guest comes from qemu-kvm\n" +
                "(pc-0.10 to pc-1.2; default=off)",
                static (c, v) => c.Machine("-machine", v)),
            new("-M [type=]name[,prop[=value][,...]]", "the same as -machine", static (c, v) => c.Machine("-M", v)),
            new("-cpu model[,+feature][,-feature]", "choose the CPU model ('-cpu help' lists them)", static (c, v) => c.Cpu(v)),
            new("-smp [cpus=]n[,maxcpus=n][,cores=n][,threads=n][,sockets=n]", "number of CPUs; so far there is one", static (c, v) => c.AddGroup("smp-opts", "-smp", v)),
            new("-global driver.property=value", "", static (c, v) => c.Global(v)),
            new("-global driver=driver,property=property,value=value",
                "set a property of every device of a driver; it beats the machine\ntype's compat properties", static (c, v) => c.Global(v)),
            new("-boot [order=drives][,once=drives][,menu=on|off]\n" +
                "      [,splash=file][,splash-time=ms][,reboot-timeout=ms][,strict=on|off]",
                "'drives' are letters: floppy (a), hard disk (c), CD-ROM (d), network (n)\n" +
                "'splash' and 'splash-time' are for the firmware's boot menu", static (c, v) => c.AddGroup("boot-opts", "-boot", v)),
            new("-m [size=]megs", "guest RAM in MiB, or with a suffix k, M, G, T (default: 128)", static (c, v) => c.AddGroup("memory", "-m", v)),
            new("-device driver[,prop[=value][,...]]",
                "add a device and set its properties\n('-device help' lists drivers, '-device driver,help' properties)", static (c, v) => c.Device(v)),
            new("-name string", "name of the guest", static (c, v) => c.AddGroup("name", "-name", v)),
            new("-uuid uuid", "UUID of the machine, in SMBIOS", static (c, v) => c.Uuid(v)),
            new("-rtc [base=utc|localtime|date][,clock=host|rt|vm][,driftfix=none|slew]",
                "what the clock starts from, what makes it tick, and whether missed\nticks are made up for", static (c, v) => c.AddGroup("rtc", "-rtc", v)),
            new("-nodefaults", "leave out the devices that nobody asked for", static (c, _) => c.Change(static o => o with { NoDefaults = true })),
        ]),
        new("Block device options",
        [
            new("-fda file", "", static (c, v) => c.AddFloppy("-fda", v, index: 0)),
            new("-fdb file", "use 'file' as image of floppy drive 0 or 1", static (c, v) => c.AddFloppy("-fdb", v, index: 1)),
            new("-hda file", "", static (c, v) => c.AddDisk("-hda", v, index: 0)),
            new("-hdb file", "use 'file' as image of IDE hard disk 0 or 1", static (c, v) => c.AddDisk("-hdb", v, index: 1)),
            new("-hdc file", "", static (c, v) => c.AddDisk("-hdc", v, index: 2)),
            new("-hdd file", "use 'file' as image of IDE hard disk 2 or 3", static (c, v) => c.AddDisk("-hdd", v, index: 3)),
            new("-cdrom file", "use 'file' as image of the CD-ROM (IDE drive 2)", static (c, v) => c.AddCdRom(v)),
            new("-drive [file=file][,if=type][,index=i][,bus=n][,unit=m][,media=d]\n" +
                "       [,format=f][,snapshot=on|off][,readonly=on|off][,id=name]",
                "use 'file' as a drive", static (c, v) => c.AddGroup("drive", "-drive", v)),
            new("-snapshot", "keep writes to disks in temporary files", static (c, _) => c.Change(static o => o with { Snapshot = true })),
        ]),
        new("Display options",
        [
            new("-display none", "where the screen is shown: nowhere", static (c, v) => c.Display(v)),
            new("-nographic", "no screen; the serial port is the terminal", static (c, _) => c.NoGraphic()),
            new("-vga std|cirrus|none", "choose the display adapter (default: cirrus)", static (c, v) => c.Vga(v)),
        ]),
        new("Network options",
        [
            new("-net none", "", static (c, v) => c.Network("-net", v)),
            new("-nic none", "no network card; so far there is no other choice", static (c, v) => c.Network("-nic", v)),
        ]),
        new("Character device options",
        [
            new("-serial dev", "connect the next serial port to 'dev': stdio, file:F, pty, tcp:...,\nunix:..., null, none", static (c, v) => c.Serial(v)),
            new("-parallel dev", "connect the next parallel port to 'dev'", static (c, v) => c.Parallel(v)),
            new("-debugcon dev", "connect the debug console (port 0xe9) to 'dev'", static (c, v) => c.DebugConsole(v)),
            new("-monitor none", "so far there is no monitor", static (c, v) => c.Monitor(v)),
        ]),
        new("Debug/Expert options",
        [
            new("-S", "do not start the CPU: wait for a command", static (c, _) => c.Change(static o => o with { StartPaused = true })),
            new("-incoming file:path[,offset=n]|exec:command|tcp:[host]:port|unix:path|fd:n",
                "load the machine from a migration stream; gzip is unpacked in files", static (c, v) => c.Incoming(v)),
            new("-dump-stream file [text|json]", "show the sections and fields of a migration stream and exit", static (c, v) => c.DumpStream = v),
            new("-d item1,...", "log these items ('-d help' lists them)", static (c, v) => c.Log(v)),
            new("-D logfile", "log to 'logfile' (default: standard error)", static (c, v) => c.Change(o => o with { LogFile = v })),
            new("-trace [enable=]pattern[,events=file]", "log trace events whose names match, or those named in 'file'", static (c, v) => c.Trace(v)),
            new("-dump-state file", "when the machine ends, write registers and device state to 'file':\ntwo runs can be compared with diff", static (c, v) => c.Change(o => o with { DumpStateFile = v })),
            new("-stop-at n", "end the machine after n instructions (at the end of a block)", static (c, v) => c.StopAt(v)),
            new("-bios file", "use 'file' as the firmware image", static (c, v) => c.Bios(v)),
            new("-L path", "look for firmware in the directory 'path' first", static (c, v) => c.FirmwareDirectory(v)),
            new("-no-reboot", "exit where the guest would reboot", static (c, _) => c.Change(static o => o with { NoReboot = true })),
            new("-no-shutdown", "stop, and do not exit, when the guest powers off", static (c, _) => c.Change(static o => o with { NoShutdown = true })),
            new("-icount [shift=]N[,align=on|off][,sleep=on|off]",
                "deterministic time: an instruction takes 2^N ns (N is 0 to 10)", static (c, v) => c.AddGroup("icount", "-icount", v)),
            new("-readconfig file", "read option groups from 'file'", static (c, v) => c.ReadFile(v)),
            new("-writeconfig file", "write the option groups of this command line to 'file' ('-': standard\noutput)", static (c, v) => c.WriteFileTo = v),
            new("-config file", "read the user's defaults from 'file' instead of\n$XDG_CONFIG_HOME/pcemu/config.json", static (c, v) => c.DefaultsFile = v),
            new("-no-user-config", "do not read the user's defaults", static (c, _) => c.NoDefaultsFile = true),
        ]),
    ];

    /// <summary>Finds an option by what the user typed, with one dash or two, or null.</summary>
    public static Option? Find(string argument)
    {
        string name = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument[1..];
        foreach (OptionSection section in Sections)
        {
            foreach (Option option in section.Options)
            {
                if (option.Names.Contains(name))
                {
                    return option;
                }
            }
        }

        return null;
    }
}
