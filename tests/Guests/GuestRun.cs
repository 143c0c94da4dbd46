using System.Text;
using PcEmu.Cli;
using PcEmu.Cli.Firmware;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;
using PcEmu.TestSupport;

namespace PcEmu.Guests.Tests;

/// <summary>One whole machine in this process, its first serial port going to a file.</summary>
internal sealed class GuestRun : IDisposable
{
    /// <summary>The folder with the bench guests' images; the variable that CI sets.</summary>
    public const string BenchGuestsVariable = "PCEMU_BENCH_GUESTS";

    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(5);

    private readonly string _serial;
    private bool _finished;

    private GuestRun(Machine machine, string serial)
    {
        _serial = serial;
        Machine = machine;
    }

    public Machine Machine { get; }

    /// <summary>Builds a machine from a command line, to which serial port and firmware are added.</summary>
    public static GuestRun Start(params string[] line)
    {
        string serial = Path.GetTempFileName();
        CommandLineResult parsed = CommandLine.Parse(["-display", "none", "-nodefaults", "-serial", $"file:{serial}", .. line]);
        Assert.That(parsed.Error, Is.Empty);
        FirmwareLocator firmware = FirmwareLocator.ForProcess([]);
        var host = new MachineHost
        {
            LoadFirmware = name => File.ReadAllBytes(firmware.Find(name)),
            Messages = TextWriter.Null,
        };
        return new GuestRun(new Machine(StartUpSequence.Run(MachineRegistry.Pc, parsed.Machine!), parsed.Machine!, host), serial);
    }

    /// <summary>A disk image of one sector of code that firmware boots at 7C00h.</summary>
    public static string BootSector(params byte[] code)
    {
        byte[] sector = new byte[512];
        code.CopyTo(sector, 0);
        sector[510] = 0x55;
        sector[511] = 0xAA;
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, sector);
        return path;
    }

    /// <summary>An image of the repository.</summary>
    public static string Rom(string name) => Repository.At(Path.Combine("roms", name));

    /// <summary>An image of the bench guests; the test is ignored, by name, where they are not there.</summary>
    public static string BenchImage(string name)
    {
        string? folder = Environment.GetEnvironmentVariable(BenchGuestsVariable);
        if (folder is null)
        {
            Assert.Ignore($"{BenchGuestsVariable} does not name the folder of the bench guests' images");
        }

        return Path.Combine(folder!, name + ".img");
    }

    /// <summary>Runs to the end, or to a limit of instructions; what the guest wrote is complete then.</summary>
    public int? Run(long instructionLimit = long.MaxValue)
    {
        // A guest that hangs would hold up all tests after it.
        bool hung = false;
        using var watchdog = new Timer(
            _ =>
            {
                Volatile.Write(ref hung, true);
                Machine.Quit();
            },
            null,
            HangLimit,
            Timeout.InfiniteTimeSpan);
        int? status = Machine.Run(instructionLimit);
        Assert.That(hung, Is.False, "the guest hangs");
        return status;
    }

    /// <summary>Ends the machine and gives all that the guest wrote to its serial port.</summary>
    public string Finish()
    {
        if (!_finished)
        {
            _finished = true;
            Machine.Dispose();
        }

        return Encoding.Latin1.GetString(File.ReadAllBytes(_serial));
    }

    public void Dispose()
    {
        Finish();
        File.Delete(_serial);
    }
}
