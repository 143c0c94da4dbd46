using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PcEmu.Cli.Firmware;
using PcEmu.Core;
using PcEmu.Cpu.Models;
using PcEmu.Machines;
using PcEmu.Machines.Catalog;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;
using PcEmu.Machines.Streams;
using PcEmu.Migration;
using PcEmu.Migration.Transports;
using PcEmu.Migration.Walking;

namespace PcEmu.Cli;

/// <summary>The composition root: from the command line to a machine that runs.</summary>
internal static class Program
{
    private const int Failure = 1;

    private static int Main(string[] arguments)
    {
        CommandLineResult parsed = CommandLine.Parse(arguments, new CommandLineContext
        {
            Devices = PcDevices.Catalog(),
            CpuModels = [.. CpuModels.All.Select(static m => KeyValuePair.Create(m.Name, m.ModelId))],
            Environment = Environment.GetEnvironmentVariable,
        });
        Console.Out.Write(parsed.Output);
        if (parsed.Stream is { } stream)
        {
            return ShowStream(stream, parsed.StreamAsJson);
        }

        if (parsed.Machine is not { } options)
        {
            if (parsed.Error.Length > 0)
            {
                Console.Error.WriteLine(parsed.Error);
            }

            return parsed.ExitStatus;
        }

        try
        {
            return Run(options);
        }
        catch (Exception error) when (error is ConfigurationException or MigrationException)
        {
            Console.Error.WriteLine($"{CommandLine.Program}: {error.Message}");
            return Failure;
        }
        catch (InsufficientMemoryException error)
        {
            Console.Error.WriteLine($"{CommandLine.Program}: -m {options.RamSize >> 20}: {error.Message}");
            return Failure;
        }
    }

    private static int Run(MachineOptions options)
    {
        var firmware = FirmwareLocator.ForProcess(options.FirmwareDirectories);
        var host = new MachineHost
        {
            LoadFirmware = name => ReadFirmware(firmware.Find(name)),
            Messages = Console.Error,
        };
        MachineState state = StartUpSequence.Run(MachineRegistry.Pc, options);
        using var machine = new Machine(state, options, host);
        foreach (var unused in state.Properties.Unused)
        {
            Console.Error.WriteLine($"{CommandLine.Program}: warning: -global {unused.Driver}.{unused.Name}={unused.Value} has no effect: no such device");
        }

        if (options.Incoming is { } address)
        {
            Load(machine, address);
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        int? status = machine.Run(options.InstructionLimit);
        if (options.DumpStateFile is { } file)
        {
            DumpState(machine, file);
        }

        return status ?? 0;

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            machine.Quit();
        }
    }

    private static void DumpState(Machine machine, string path)
    {
        try
        {
            using var output = new StreamWriter(path);
            machine.DumpState(output);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException($"-dump-state {path}: {error.Message}", error);
        }
    }

    /// <summary>Takes the machine's state from a stream, with a line about it for who watches at a terminal.</summary>
    private static void Load(Machine machine, string address)
    {
        using var incoming = IncomingStream.Open(address);
        long start = Stopwatch.GetTimestamp();
        StreamStatistics statistics = machine.Load(incoming.Stream);
        if (!Console.IsErrorRedirected)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{CommandLine.Program}: loaded {statistics.Bytes} bytes, {statistics.Pages + statistics.FillPages} pages, {statistics.Bytes / seconds / 1e6:F0} MB/s"));
        }
    }

    private static int ShowStream(string path, bool asJson)
    {
        try
        {
            using var file = IncomingStream.OpenFile(path);
            using Stream output = Console.OpenStandardOutput();
            using var text = new StreamWriter(output);
            StreamWalker.Walk(file.Stream, asJson ? StreamListing.Json(output) : StreamListing.Text(text));
            return 0;
        }
        catch (Exception error) when (error is MigrationException or IOException or UnauthorizedAccessException or ConfigurationException)
        {
            Console.Error.WriteLine($"{CommandLine.Program}: {path}: {error.Message}");
            return Failure;
        }
    }

    private static byte[] ReadFirmware(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"firmware image {path}: {error.Message}", error);
        }
    }
}
