using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Timer;

/// <summary>High precision event timer: a counter of 100 MHz and three comparators that interrupt, once or periodically.</summary>
/// <remarks>
/// Source: Intel IA-PC HPET specification 1.0a, section 2.3 "Register definitions" and 2.4 "Theory of operation". As QEMU's: the
/// period is 10 ns, every timer is periodic and 64 bits wide, routes to line 2, and has no FSB interrupts. In legacy mode timers 0 and 1 take
/// the lines of the 8254 and of the real-time clock, which therefore go through this chip.
/// </remarks>
public sealed partial class Hpet : Device
{
    /// <summary>Address of the registers on a PC.</summary>
    public const ulong DefaultBase = 0xFED0_0000;

    /// <summary>Interrupt lines that a timer's configuration can name.</summary>
    public const int RouteCount = 32;

    /// <summary>Shortest time between two interrupts that firmware tells guests to ask for, in ticks.</summary>
    public const ushort MinimumTick = 100;

    private const int NanosecondsPerTick = 10;
    private const ulong FemtosecondsPerTick = 10_000_000;
    private const uint RoutesCapability = 1 << 2;
    private const int PitLine = 0;
    private const int RtcLine = 8;

    private readonly TimerQueue _timers;
    private readonly IClock _clock;
    private readonly IIrqLine[] _lines;
    private readonly IIrqLine _pitOutput;
    private readonly IIrqLine _rtcOutput;
    private readonly EventLog _log;

    private HpetComparator[] _comparators = [];

    private ulong _config;
    private ulong _isr;
    private ulong _counter;
    private bool _rtcLevel;

    [NotSaved("when the counter had the value _counter; the moment of loading")]
    private long _started;

    /// <summary>The section <c>hpet</c>.</summary>
    public static readonly StateDescription<Hpet> State = Describe();

    /// <summary>Wires the chip.</summary>
    /// <param name="timers">Guest time.</param>
    /// <param name="line">Makes an input of an interrupt line, 0 to 31, or gives <see cref="IrqLine.None"/>. Lines 0 and 8 are asked for twice.</param>
    /// <param name="log">Where guest errors and traces go.</param>
    public Hpet(TimerQueue timers, Func<int, IIrqLine> line, EventLog log)
    {
        _timers = timers;
        _clock = timers.Clock;
        _log = log;
        _lines = new IIrqLine[RouteCount];
        for (int i = 0; i < RouteCount; i++)
        {
            _lines[i] = line(i);
        }

        _pitOutput = line(PitLine);
        _rtcOutput = line(RtcLine);
        PitInput = new IrqLine(SetPit);
        RtcInput = new IrqLine(SetRtc);
        Registers = MemoryRegion.Io("hpet", 0x400, new IoHandlers(Read, Write) { ValidMaximum = 8 });
    }

    /// <inheritdoc/>
    public override string Driver => "hpet";

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this)];

    /// <summary>Number of timers.</summary>
    [DeviceProperty("timers", "number of timers", Minimum = 3, Maximum = 32)]
    public byte TimerCount { get; set; } = 3;

    /// <summary>Told when legacy mode begins (true) and ends: the board cuts the 8254 off, <see cref="I8254.IrqDisabled"/>.</summary>
    [NotSaved("wiring")]
    public Action<bool>? LegacyModeChanged { get; set; }

    /// <summary>The register page.</summary>
    public MemoryRegion Registers { get; }

    /// <summary>Where OUT of the 8254's counter 0 arrives; goes on to line 0 outside of legacy mode.</summary>
    public IIrqLine PitInput { get; }

    /// <summary>Where the real-time clock's IRQ arrives; goes on to line 8 outside of legacy mode.</summary>
    public IIrqLine RtcInput { get; }

    /// <summary>The low word of the capability register, for firmware tables.</summary>
    public uint EventTimerBlockId => (uint)Capabilities;

    private ulong Capabilities => FemtosecondsPerTick << 32 | CapabilitiesLow | (uint)(TimerCount - 1) << 8;

    private bool IsCounting => (_config & ConfigEnable) != 0;

    private bool IsLegacy => (_config & ConfigLegacy) != 0;

    private ulong Counter => IsCounting ? _counter + ((ulong)(_clock.Now - _started) / NanosecondsPerTick) : _counter;

    /// <inheritdoc/>
    public override void Realize()
    {
        _comparators = new HpetComparator[TimerCount];
        for (int i = 0; i < TimerCount; i++)
        {
            _comparators[i] = new HpetComparator(i, _timers, OnMatch);
            _comparators[i].Reset(RoutesCapability);
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        foreach (HpetComparator timer in _comparators)
        {
            Interrupt(timer, false);
            timer.Reset(RoutesCapability);
        }

        _config = 0;
        _isr = 0;
        _counter = 0;
        _rtcLevel = false;
        _rtcOutput.Set(false);
        LegacyModeChanged?.Invoke(false);
    }

    private static StateDescription<Hpet> Describe()
    {
        var rtc = new StateDescription<Hpet>("hpet/rtc_irq_level", version: 1, minimumVersion: 1)
        {
            Field.Bool("rtc_irq_level", static (ref Hpet d) => ref d._rtcLevel),
        };
        var state = new StateDescription<Hpet>("hpet", version: 2, minimumVersion: 1)
        {
            PostLoad = static (ref Hpet d, int _) => d.Loaded(),
        };
        state.Add(Field.UInt64("config", static (ref Hpet d) => ref d._config));
        state.Add(Field.UInt64("isr", static (ref Hpet d) => ref d._isr));
        state.Add(Field.Computed<Hpet>("counter", 8, static d => d.Counter, static (d, value) => d._counter = value));
        state.Add(Field.Computed<Hpet>("num_timers", 1, static d => d.TimerCount, static (d, value) => d.CheckTimerCount(value), since: 2));
        state.Add(Field.Array("timers", static (Hpet d) => d._comparators, HpetComparator.State));
        state.Add(new Subsection<Hpet>(rtc, static d => d._rtcLevel));
        return state;
    }

    private void CheckTimerCount(ulong value)
    {
        if (value != TimerCount)
        {
            throw new StateException($"hpet: the stream has {value} timers, this machine {TimerCount} (-global hpet.timers=N)");
        }
    }

    private void Loaded()
    {
        _started = _clock.Now;
        LegacyModeChanged?.Invoke(IsLegacy);
        if (IsLegacy)
        {
            _pitOutput.Set(false);
            _rtcOutput.Set(false);
        }

        foreach (HpetComparator timer in _comparators)
        {
            if ((_isr & timer.Bit) != 0)
            {
                LineOf(timer).Set(true);
            }
        }
    }

    private void SetPit(bool level)
    {
        if (!IsLegacy)
        {
            _pitOutput.Set(level);
        }
    }

    private void SetRtc(bool level)
    {
        _rtcLevel = level;
        if (!IsLegacy)
        {
            _rtcOutput.Set(level);
        }
    }

    private IIrqLine LineOf(HpetComparator timer) =>
        _lines[IsLegacy && timer.Number <= 1 ? (timer.Number == 0 ? PitLine : RtcLine) : timer.Route];

    /// <summary>A timer's interrupt comes or goes. Level: the status bit keeps the line asserted. Edge: a pulse.</summary>
    private void Interrupt(HpetComparator timer, bool asserted)
    {
        IIrqLine line = LineOf(timer);
        if (!asserted || !timer.IsEnabled || !IsCounting)
        {
            _isr &= ~timer.Bit;
            line.Set(false);
        }
        else if (timer.IsLevel)
        {
            _isr |= timer.Bit;
            line.Set(true);
        }
        else
        {
            _isr &= ~timer.Bit;
            IrqLine.Pulse(line);
        }
    }

    private void OnMatch(HpetComparator timer)
    {
        if (timer.Advance(Counter))
        {
            Wait(timer, timer.TicksLeft(Counter));
        }
        else if (timer.WrapPending)
        {
            timer.WrapPending = false;
            Wait(timer, timer.TicksLeft(Counter));
        }

        Interrupt(timer, true);
    }

    /// <summary>Waits for the next match. A 32-bit one-shot timer also interrupts when its half of the counter wraps.</summary>
    private void Arm(HpetComparator timer)
    {
        ulong counter = Counter;
        ulong left = timer.TicksLeft(counter);
        timer.WrapPending = false;
        if (timer.Is32 && !timer.IsPeriodic)
        {
            uint untilWrap = uint.MaxValue - (uint)counter;
            if (untilWrap < left)
            {
                left = untilWrap;
                timer.WrapPending = true;
            }
        }

        Wait(timer, left);
    }

    private void Wait(HpetComparator timer, ulong ticks)
    {
        long now = _clock.Now;
        long lastTick = now - ((now - _started) % NanosecondsPerTick);
        if (ticks == 0)
        {
            timer.Timer.Arm(now);
        }
        else if (ticks > (ulong)(long.MaxValue - now) / NanosecondsPerTick - 1)
        {
            // Beyond the clock's end.
            timer.Timer.Cancel();
        }
        else
        {
            timer.Timer.Arm(lastTick + ((long)ticks * NanosecondsPerTick));
        }
    }
}
