using PcEmu.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Time;

namespace PcEmu.Machines.Boards;

/// <summary>What a board's devices need from the machine that runs them.</summary>
public sealed record BoardServices
{
    /// <summary>The virtual clock.</summary>
    public required IClock Clock { get; init; }

    /// <summary>Its timers.</summary>
    public required TimerQueue Timers { get; init; }

    /// <summary>Where devices report.</summary>
    public required EventLog Log { get; init; }

    /// <summary>Back ends of serial and parallel ports and the debug console.</summary>
    public required CharBackends Characters { get; init; }

    /// <summary>The guest resets the machine; it happens between two instructions.</summary>
    public required Action Reset { get; init; }

    /// <summary>The guest powers the machine off.</summary>
    public required Action PowerOff { get; init; }

    /// <summary>The guest ends the program with a status (<c>isa-debug-exit</c>).</summary>
    public required Action<int> Exit { get; init; }
}
