using System.IO.Hashing;
using System.Text;
using PcEmu.Char;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Cpu;
using PcEmu.Machines.Boards;
using PcEmu.Machines.Options;

namespace PcEmu.Machines.Running;

/// <summary>What a machine needs from the program around it.</summary>
public sealed record MachineHost
{
    /// <summary>Finds and reads a firmware image by its file name; throws <see cref="ConfigurationException"/> where there is none.</summary>
    public required Func<string, byte[]> LoadFirmware { get; init; }

    /// <summary>Where the user is told things, standard error as a rule.</summary>
    public required TextWriter Messages { get; init; }

    /// <summary>Host time in nanoseconds since 1 January 1970 UTC, for <c>-rtc clock=host</c>.</summary>
    public Func<long> WallClock { get; init; } = static () => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
}

/// <summary>A machine that runs: the loop between the CPU, the timers and the host.</summary>
/// <remarks>
/// One thread owns everything: <see cref="Run"/> is called on it and comes back when the machine ends. Other threads may
/// only call <see cref="Quit"/> and <see cref="PressPowerButton"/>.
/// </remarks>
public sealed partial class Machine : IDisposable
{
    // Real time: no slice is longer, so that the host's input is looked at a thousand times a second.
    private const long LongestSlice = Nanoseconds.PerMillisecond;
    private const long ShortestSlice = 200;
    private const long CountedSlice = 1_000_000;

    private readonly MachineOptions _options;
    private readonly VirtualClock _clock;
    private readonly TimerQueue _timers;
    private readonly HostEvent _wake = new();
    private readonly CharBackends _characters;
    private readonly PcBoard _board;
    private readonly X86Cpu? _cpu;
    private int? _exitStatus;
    private int _quit;
    private int _powerButton;
    private bool _resetWanted;
    private bool _paused;

    // Nanoseconds an instruction takes, times 256: measured as the machine runs.
    private long _cost = 256 * 10;

    /// <summary>Builds a machine.</summary>
    /// <param name="state">Type, properties and compat properties, all laid down.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="host">The program around it.</param>
    /// <exception cref="ConfigurationException">Something the user asked for cannot be; one line.</exception>
    public Machine(MachineState state, MachineOptions options, MachineHost host)
    {
        _options = options;
        Log = MakeLog(options, host);
        _clock = options.InstructionCounting is { } counting
            ? VirtualClock.Counted(() => _cpu?.InstructionCount ?? 0, counting.Shift)
            : VirtualClock.Real();
        _timers = new TimerQueue(_clock);
        _timers.DeadlineMovedCloser += () => _cpu?.RequestExit();
        _characters = new CharBackends(_wake.Set, _clock, host.Messages) { Quit = Quit, SyncDisks = () => _board?.FlushDrives() };
        try
        {
            _board = new PcBoard(state, options, host, new BoardServices
            {
                Clock = _clock,
                Timers = _timers,
                Log = Log,
                Characters = _characters,
                Reset = RequestReset,
                PowerOff = RequestPowerOff,
                Exit = Exit,
            });
        }
        catch
        {
            _characters.Dispose();
            _wake.Dispose();
            Log.Output.Dispose();
            throw;
        }

        _cpu = _board.Cpu;
        _timerSection = new TimerSection(_clock, _cpu);
        _paused = options.StartPaused;
        _board.Reset();
    }

    /// <summary>The wired devices.</summary>
    public PcBoard Board => _board;

    /// <summary>Where the machine reports what <c>-d</c> and <c>-trace</c> ask for.</summary>
    public EventLog Log { get; }

    /// <summary>The virtual clock.</summary>
    public IClock Clock => _clock;

    /// <summary>Instructions executed since power-on.</summary>
    public long InstructionCount => _board.Cpu.InstructionCount;

    /// <summary>Ends the machine as SIGTERM and Ctrl-A x do; any thread.</summary>
    public void Quit()
    {
        Volatile.Write(ref _quit, 1);
        _wake.Set();
    }

    /// <summary>Presses the power button, which an ACPI guest takes as a request to shut down; any thread.</summary>
    public void PressPowerButton()
    {
        Volatile.Write(ref _powerButton, 1);
        _wake.Set();
    }

    /// <summary>Runs until the guest powers off, somebody ends the machine, or the limit is reached.</summary>
    /// <param name="instructionLimit">Stops after so many instructions (a block may overrun it); tests and debugging use it.</param>
    /// <returns>Exit status: 0, or what the guest wrote to <c>isa-debug-exit</c>; null when the limit stopped it.</returns>
    public int? Run(long instructionLimit = long.MaxValue)
    {
        if (!_paused)
        {
            _clock.Start();
        }

        while (_exitStatus is null && InstructionCount < instructionLimit)
        {
            AttendHost();
            if (_exitStatus is not null)
            {
                break;
            }

            if (_paused)
            {
                _wake.Wait(long.MaxValue);
                continue;
            }

            _timers.RunExpired();
            if (_resetWanted)
            {
                ResetNow();
                continue;
            }

            Slice(instructionLimit - InstructionCount);
        }

        _clock.Stop();
        return _exitStatus;
    }

    /// <summary>Prints registers and every device's state, a line a field, for a comparison by diff.</summary>
    public void DumpState(TextWriter output)
    {
        output.WriteLine(_board.Cpu.DumpRegisters());
        output.WriteLine($"instructions = {InstructionCount}");
        output.WriteLine($"clock = {_clock.Now}");
        var instances = new Dictionary<string, int>(StringComparer.Ordinal);
        var dump = new StateDump(output);
        foreach (StateSection section in _board.Devices.SelectMany(static d => d.StateSections))
        {
            int instance = instances.GetValueOrDefault(section.Name);
            instances[section.Name] = instance + 1;
            using (dump.Nested($"{section.Name}[{instance}]"))
            {
                section.Dump(dump);
            }
        }
    }

    /// <summary>A hash over the whole state: CPU, every device's section, all RAM. Two equal runs give equal hashes.</summary>
    public string StateHash()
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(_board.Cpu.DumpRegisters()));
        foreach (StateSection section in MigrationView().Sections.Select(static s => s.Section))
        {
            var writer = new StateWriter();
            section.Save(writer);
            hash.Append(Encoding.UTF8.GetBytes(section.Name));
            hash.Append(writer.Written);
        }

        foreach (Memory.RamBlock block in _board.RamBlocks)
        {
            for (ulong at = 0; at < block.Size; at += Memory.RamBlock.PageSize)
            {
                hash.Append(block.Span(at, Memory.RamBlock.PageSize));
            }
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _board.FlushDrives();
        _characters.Dispose();
        _board.Dispose();
        _wake.Dispose();
        Log.Output.Dispose();
    }

    private static EventLog MakeLog(MachineOptions options, MachineHost host)
    {
        var log = new EventLog();
        log.Enable(options.LogItems);
        foreach (string pattern in options.TracePatterns)
        {
            log.EnableTrace(pattern);
        }

        if (options.LogFile is { } file)
        {
            try
            {
                log.Output = new StreamWriter(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new ConfigurationException($"-D {file}: {error.Message}", error);
            }
        }
        else if (options.LogItems != LogItems.None || options.TracePatterns.Count > 0)
        {
            log.Output = host.Messages;
        }

        return log;
    }

    /// <summary>What other threads have asked for.</summary>
    private void AttendHost()
    {
        if (_wake.IsSet)
        {
            _wake.Reset();
            _characters.Pump();
        }

        if (Volatile.Read(ref _quit) != 0)
        {
            _exitStatus ??= 0;
        }

        if (Interlocked.Exchange(ref _powerButton, 0) != 0)
        {
            _board.PressPowerButton();
        }
    }

    private void Slice(long instructionLimit)
    {
        X86Cpu cpu = _board.Cpu;
        long deadline = _timers.NextDeadline;
        if (_clock.IsCounted)
        {
            long room = deadline == long.MaxValue ? CountedSlice : Math.Min(CountedSlice, _clock.InstructionsUntil(deadline));
            if (cpu.Run(Math.Min(room, instructionLimit)) == RunResult.Halted)
            {
                Idle(deadline);
            }

            return;
        }

        long start = _clock.Now;
        long time = Math.Min(deadline == long.MaxValue ? LongestSlice : deadline - start, LongestSlice);
        long instructions = Math.Min(Math.Max(ShortestSlice, (time << 8) / _cost), instructionLimit);
        long before = cpu.InstructionCount;
        RunResult result = cpu.Run(instructions);
        if (result == RunResult.Halted)
        {
            Idle(deadline);
        }
        else if (result == RunResult.BudgetSpent)
        {
            long executed = Math.Max(1, cpu.InstructionCount - before);
            long measured = Math.Clamp(((_clock.Now - start) << 8) / executed, 64, 256 * 1000);
            _cost = ((_cost * 3) + measured) / 4;
        }
    }

    /// <summary>The CPU has nothing to do until a timer or the host wakes it.</summary>
    private void Idle(long deadline)
    {
        if (_resetWanted || _exitStatus is not null)
        {
            return;
        }

        if (_clock.IsCounted && deadline != long.MaxValue)
        {
            if (_options.InstructionCounting!.Sleep)
            {
                _wake.Wait(deadline - _clock.Now);
            }

            // The host's input must not decide how far time has come.
            _clock.WarpTo(deadline);
            return;
        }

        _wake.Wait(deadline == long.MaxValue ? long.MaxValue : deadline - _clock.Now);
    }

    private void RequestReset()
    {
        _resetWanted = true;
        _cpu?.RequestExit();
    }

    private void ResetNow()
    {
        _resetWanted = false;
        if (_options.NoReboot)
        {
            PowerOff();
            return;
        }

        _board.Reset();
    }

    private void RequestPowerOff()
    {
        PowerOff();
        _cpu?.RequestExit();
    }

    private void PowerOff()
    {
        if (_options.NoShutdown)
        {
            _paused = true;
            _clock.Stop();
        }
        else
        {
            _exitStatus ??= 0;
        }
    }

    private void Exit(int status)
    {
        _exitStatus ??= status;
        _cpu?.RequestExit();
    }
}
