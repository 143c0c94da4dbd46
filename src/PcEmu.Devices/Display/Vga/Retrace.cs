using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Display.Vga;

/// <summary>Where the beam is: input status 1 as a function of guest time and the CRTC's timing.</summary>
/// <remarks>
/// The frame takes a whole number of nanoseconds and starts at multiples of it, so that the bits depend on the clock and
/// the registers alone. QEMU toggles the bits at every read unless <c>vga.retrace=precise</c> is chosen; here they are
/// always true to time.
/// </remarks>
public sealed class Retrace(IClock clock, Sequencer sequencer, Crtc crtc)
{
    /// <summary>Input status 1: the beam is outside the picture.</summary>
    public const byte DisplayDisabled = 0x01;

    /// <summary>Input status 1: vertical retrace.</summary>
    public const byte VerticalRetrace = 0x08;

    private const byte VerticalCounterByTwo = 0x04;

    [NotSaved("computed from the CRTC's registers")]
    private long _frame;

    [NotSaved("computed from the CRTC's registers")]
    private long _dotClock;

    [NotSaved("computed from the CRTC's registers")]
    private long _dotsPerLine;

    [NotSaved("computed from the CRTC's registers")]
    private long _displayedDots;

    [NotSaved("computed from the CRTC's registers")]
    private long _displayedLines;

    [NotSaved("computed from the CRTC's registers")]
    private long _retraceStart;

    [NotSaved("computed from the CRTC's registers")]
    private long _retraceEnd;

    [NotSaved("set again after a load")]
    private byte _misc;

    [NotSaved("set after a load")]
    private bool _stale = true;

    /// <summary>Length of a frame in nanoseconds.</summary>
    public long FramePeriod
    {
        get
        {
            Compute();
            return _frame;
        }
    }

    // Clock select of the miscellaneous output register: the two crystals; the other two inputs have none.
    private static ReadOnlySpan<int> DotClocks => [25_175_000, 28_322_000, 25_175_000, 25_175_000];

    /// <summary>Notes that a register which has to do with timing has been written.</summary>
    /// <param name="misc">The miscellaneous output register.</param>
    internal void TimingChanged(byte misc)
    {
        _misc = misc;
        _stale = true;
    }

    /// <summary>The bits of input status 1 that move.</summary>
    internal byte Status()
    {
        Compute();
        long dot = clock.Now % _frame * _dotClock / Nanoseconds.PerSecond;
        long line = dot / _dotsPerLine;
        long dotInLine = dot - (line * _dotsPerLine);
        if (line >= _retraceStart && line < _retraceEnd)
        {
            return VerticalRetrace | DisplayDisabled;
        }

        return line >= _displayedLines || dotInLine >= _displayedDots ? DisplayDisabled : (byte)0;
    }

    private void Compute()
    {
        if (!_stale)
        {
            return;
        }

        _stale = false;
        ReadOnlySpan<byte> cr = crtc.Registers;
        byte clockingMode = sequencer.Registers[Sequencer.ClockingMode];
        int dots = (clockingMode & Sequencer.EightDots) != 0 ? 8 : 9;
        if ((clockingMode & Sequencer.HalfDotClock) != 0)
        {
            dots *= 2;
        }

        int scale = (cr[Crtc.ModeControl] & VerticalCounterByTwo) != 0 ? 2 : 1;
        long total = (crtc.Vertical(Crtc.VerticalTotal, bit8: 0, bit9: 5) + 2) * scale;
        _dotClock = DotClocks[(_misc >> 2) & 3];
        _dotsPerLine = (cr[Crtc.HorizontalTotal] + 5) * dots;
        _displayedDots = crtc.DisplayedCharacters * dots;
        _displayedLines = crtc.DisplayedLines * scale;
        _frame = _dotsPerLine * total * Nanoseconds.PerSecond / _dotClock;

        // The end has four bits, compared with the low bits of the line counter. Timing that never retraces or always does,
        // as after power-on, would hang guests that only poll: at least one line retraces, and one does not.
        int start = crtc.Vertical(Crtc.VerticalRetraceStart, bit8: 2, bit9: 7);
        int length = ((cr[Crtc.VerticalRetraceEnd] - start - 1) & 0x0F) + 1;
        _retraceStart = Math.Clamp(start * scale, 1, total - 1);
        _retraceEnd = Math.Min(_retraceStart + (length * scale), total);
    }
}
