using PcEmu.Core.State;
using PcEmu.Cpu;

namespace PcEmu.Machines.Running;

/// <summary>Section <c>timer</c>, the first of all devices: guest time, on which all other sections' deadlines are, and the time stamp counter.</summary>
/// <param name="clock">The machine's clock, which loading sets.</param>
/// <param name="cpu">Whose counter is saved.</param>
internal sealed class TimerSection(VirtualClock clock, X86Cpu cpu)
{
    // A century: what is beyond is no time that a guest can have run.
    private const long Latest = 100L * 366 * 86400 * Core.Time.Nanoseconds.PerSecond;

    private long _ticks;
    private long _clockOffset;

    /// <summary>The section.</summary>
    public static readonly StateDescription<TimerSection> State = Describe();

    /// <summary>The time stamp counter at the save, for a guest that KVM did not run.</summary>
    public ulong TimeStampCounter => (ulong)_ticks;

    private static StateDescription<TimerSection> Describe()
    {
        var state = new StateDescription<TimerSection>("timer", version: 2, minimumVersion: 2)
        {
            PreSave = static (ref TimerSection t, int _) => t.Take(),
            PostLoad = static (ref TimerSection t, int _) => t.Loaded(),
        };
        state.Add(Field.Int64("cpu_ticks_offset", static (ref TimerSection t) => ref t._ticks));
        state.Add(Field.Unused<TimerSection>(8));
        state.Add(Field.Int64("cpu_clock_offset", static (ref TimerSection t) => ref t._clockOffset));
        return state;
    }

    private void Take()
    {
        _ticks = (long)cpu.TimeStampCounter;
        _clockOffset = clock.Now;
    }

    private void Loaded()
    {
        if (_clockOffset is < 0 or > Latest)
        {
            throw new StateException($"a guest time of {_clockOffset} ns");
        }

        clock.SetTo(_clockOffset);
    }
}
