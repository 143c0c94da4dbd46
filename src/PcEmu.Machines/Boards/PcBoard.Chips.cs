using PcEmu.Core;
using PcEmu.Core.Time;
using PcEmu.Devices.Rtc.Mc146818;
using PcEmu.Machines.Options;
using PcEmu.Memory;
using RtcBase = PcEmu.Devices.Rtc.RtcBase;

namespace PcEmu.Machines.Boards;

// Chips that need more than a line of wiring.
public sealed partial class PcBoard
{
    private const int FerrIrq = 13;

    // Counted time starts here when the user gives no date, so that equal runs see equal dates: 1 January 2000.
    private const long CountedEpochSeconds = 946_684_800;

    private IIrqLine? _ferr;

    private Mc146818 MakeRtc()
    {
        RtcOptions options = _options.Rtc;
        bool counted = _options.InstructionCounting is not null;
        Func<long> clock = _host.WallClock;
        long offset = 0;
        if (counted || options.Clock != RtcClock.Host)
        {
            long start = counted ? CountedEpochSeconds * Nanoseconds.PerSecond : _host.WallClock();
            clock = () => start + _services.Clock.Now;
        }

        long now = clock() / Nanoseconds.PerSecond;
        offset = options.Base switch
        {
            Options.RtcBase.LocalTime when !counted => RtcBase.LocalTime.OffsetSeconds(now, TimeZoneInfo.Local),
            Options.RtcBase.Date => new DateTimeOffset(options.Date, TimeSpan.Zero).ToUnixTimeSeconds() - now,
            _ => 0,
        };
        return Add(new Mc146818(_services.Clock, _services.Timers, clock, Hpet.RtcInput, _log)
        {
            BaseOffset = offset,
            AfterLoad = options.Clock == RtcClock.Vm ? RtcAfterLoad.Saved : RtcAfterLoad.Clock,
        });
    }

    /// <summary>Port 80h takes diagnostic codes and delays of 1 us; nobody drives the bus on a read.</summary>
    private static MemoryRegion DiagnosticPort() =>
        MemoryRegion.Io("ioport80", 1, new IoHandlers(static (_, _) => ulong.MaxValue, static (_, _, _) => { }));

    /// <summary>Port F0h clears the coprocessor's error latch: IRQ 13 goes away.</summary>
    private MemoryRegion MathErrorPort() =>
        MemoryRegion.Io("ioportF0", 1, new IoHandlers(static (_, _) => ulong.MaxValue, (_, _, _) => _ferr?.Set(false)));

    private void RaiseFerr()
    {
        _ferr ??= IsaIrq(FerrIrq);
        _ferr.Set(true);
    }
}
