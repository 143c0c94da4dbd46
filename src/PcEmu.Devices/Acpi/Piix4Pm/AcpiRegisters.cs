using PcEmu.Core;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Acpi;

/// <summary>Why a sleeping machine wakes up.</summary>
public enum WakeReason
{
    /// <summary>The real-time clock's alarm.</summary>
    Rtc,

    /// <summary>The power-management timer.</summary>
    PmTimer,

    /// <summary>Anything else; guests see it as the power button.</summary>
    Other,
}

/// <summary>The ACPI fixed hardware: PM1a event and control registers, power-management timer, GPE0 block, and the SCI that they raise.</summary>
/// <remarks>
/// Source: ACPI specification 1.0b, 4.7.3 "Fixed hardware feature register descriptions"; 82371AB data sheet,
/// 290562-001, 7.2 "Power management I/O registers" for the offsets. GPE0 lies where QEMU's board has it, at AFE0h.
/// </remarks>
internal sealed class AcpiRegisters
{
    /// <summary>Frequency of the power-management timer in Hz.</summary>
    public const long TimerFrequency = 3_579_545;

    // PM1a status and enable.
    public const ushort TimerEvent = 0x0001;       // TMR_STS, TMR_EN
    public const ushort GlobalLock = 0x0020;       // GBL_STS, GBL_EN
    public const ushort PowerButton = 0x0100;      // PWRBTN_STS, PWRBTN_EN
    public const ushort RtcEvent = 0x0400;         // RTC_STS, RTC_EN
    public const ushort Wake = 0x8000;             // WAK_STS

    // PM1a control.
    public const ushort SciEnable = 0x0001;        // SCI_EN
    private const ushort SleepEnable = 0x2000;     // SLP_EN, reads as 0
    private const int SleepTypeShift = 10;         // SLP_TYP
    private const int SleepTypeMask = 7;

    // Offsets from PMBASE.
    private const int Pm1Event = 0x00;
    private const int Pm1Control = 0x04;
    private const int PmTimer = 0x08;
    private const int BlockSize = 0x40;

    private const ushort SciSources = TimerEvent | GlobalLock | PowerButton | RtcEvent;
    private const long TimerMask = 0xFF_FFFF;
    private const long TimerHalf = 0x80_0000;      // bit 23 flips every so many ticks
    private const int GpeLength = 4;

    private readonly IClock _clock;
    private readonly IIrqLine _sci;
    private readonly Action<int> _sleep;

    public ushort Pm1Status;
    public ushort Pm1Enable;
    public ushort Pm1ControlValue;
    public ushort GpeStatus;
    public ushort GpeEnable;

    /// <summary>Tick at which bit 23 of the timer flips next, counted from time 0; TMR_STS is set from then on.</summary>
    public long OverflowTime;

    /// <param name="timers">Guest time.</param>
    /// <param name="sci">The system control interrupt.</param>
    /// <param name="sleep">Told the SLP_TYP when the guest sets SLP_EN.</param>
    public AcpiRegisters(TimerQueue timers, IIrqLine sci, Action<int> sleep)
    {
        _clock = timers.Clock;
        _sci = sci;
        _sleep = sleep;
        OverflowTimer = timers.Create(UpdateSci);

        Block = MemoryRegion.Container("piix4-pm", BlockSize);
        Block.Add(MemoryRegion.Io("acpi-evt", 4, new IoHandlers(ReadEvent, WriteEvent) { ImplementedMaximum = 2 }), Pm1Event);
        Block.Add(MemoryRegion.Io("acpi-cnt", 2, new IoHandlers(ReadControl, WriteControl) { ImplementedMaximum = 2 }), Pm1Control);
        Block.Add(MemoryRegion.Io("acpi-tmr", 4, new IoHandlers(ReadTimer, static (_, _, _) => { }) { ImplementedMinimum = 4 }), PmTimer);
        Gpe = MemoryRegion.Io("acpi-gpe0", GpeLength, IoHandlers.Bytes(ReadGpe, WriteGpe));
    }

    /// <summary>The 64 ports at PMBASE; nobody answers between the registers.</summary>
    public MemoryRegion Block { get; }

    /// <summary>The GPE0 block: two bytes of status, two of enable.</summary>
    public MemoryRegion Gpe { get; }

    /// <summary>Due when the timer's overflow has to raise the SCI.</summary>
    public GuestTimer OverflowTimer { get; }

    private long Ticks => Nanoseconds.MulDiv(_clock.Now, TimerFrequency, Nanoseconds.PerSecond);

    // TMR_STS is a matter of time: it needs no timer to be seen.
    private ushort CurrentStatus => Ticks >= OverflowTime ? (ushort)(Pm1Status | TimerEvent) : Pm1Status;

    public void Reset()
    {
        Pm1Status = 0;
        Pm1Enable = 0;
        Pm1ControlValue = 0;
        GpeStatus = 0;
        GpeEnable = 0;
        OverflowTime = 0;
        UpdateSci();
    }

    /// <summary>Sets a GPE0 status bit.</summary>
    public void RaiseGpe(int bit)
    {
        GpeStatus |= (ushort)(1 << bit);
        UpdateSci();
    }

    public void PressPowerButton()
    {
        if ((Pm1Enable & PowerButton) != 0)
        {
            Pm1Status |= PowerButton;
            UpdateSci();
        }
    }

    public void WakeUp(WakeReason reason)
    {
        Pm1Status |= Wake;
        Pm1Status |= reason switch
        {
            WakeReason.Rtc => RtcEvent,
            WakeReason.PmTimer => TimerEvent,
            _ => PowerButton,
        };
        UpdateSci();
    }

    /// <summary>Drives the SCI as the registers say, without a look at the timer.</summary>
    public void DriveSci() => _sci.Set((CurrentStatus & Pm1Enable & SciSources) != 0 || (GpeStatus & GpeEnable & 0xFF) != 0);

    private void UpdateSci()
    {
        DriveSci();
        if ((Pm1Enable & TimerEvent) != 0 && (CurrentStatus & TimerEvent) == 0)
        {
            OverflowTimer.Arm(DeadlineOf(OverflowTime));
        }
        else
        {
            OverflowTimer.Cancel();
        }
    }

    // First nanosecond at which the counter has reached the tick. Ticks may come from a stream: any value must do.
    private static long DeadlineOf(long ticks)
    {
        Int128 deadline = (((Int128)ticks * Nanoseconds.PerSecond) + TimerFrequency - 1) / TimerFrequency;
        return deadline > long.MaxValue ? long.MaxValue : (long)deadline;
    }

    private ulong ReadEvent(ulong offset, int size)
    {
        uint both = CurrentStatus | ((uint)Pm1Enable << 16);
        return (both >> (8 * (int)offset)) & Lanes(size);
    }

    private void WriteEvent(ulong offset, ulong value, int size)
    {
        uint written = (uint)value << (8 * (int)offset);
        ushort clear = (ushort)written;
        if ((CurrentStatus & clear & TimerEvent) != 0)
        {
            OverflowTime = (Ticks + TimerHalf) & ~(TimerHalf - 1);
        }

        Pm1Status &= (ushort)~clear;
        uint lanes = Lanes(size) << (8 * (int)offset);
        Pm1Enable = (ushort)((Pm1Enable & ~(lanes >> 16)) | (written >> 16));
        UpdateSci();
    }

    private ulong ReadControl(ulong offset, int size) => ((uint)Pm1ControlValue >> (8 * (int)offset)) & Lanes(size);

    private void WriteControl(ulong offset, ulong value, int size)
    {
        uint lanes = Lanes(size) << (8 * (int)offset);
        uint control = (Pm1ControlValue & ~lanes) | ((uint)value << (8 * (int)offset));
        Pm1ControlValue = (ushort)(control & ~(uint)SleepEnable);
        if ((control & SleepEnable) != 0)
        {
            _sleep((int)(control >> SleepTypeShift) & SleepTypeMask);
        }
    }

    private ulong ReadTimer(ulong offset, int size) => (ulong)(Ticks & TimerMask);

    private byte ReadGpe(int offset) => (byte)((uint)(GpeStatus | (GpeEnable << 16)) >> (8 * offset));

    private void WriteGpe(int offset, byte value)
    {
        int shift = 8 * (offset & 1);
        if (offset < GpeLength / 2)
        {
            GpeStatus &= (ushort)~(value << shift);
        }
        else
        {
            GpeEnable = (ushort)((GpeEnable & ~(0xFF << shift)) | (value << shift));
        }

        UpdateSci();
    }

    private static uint Lanes(int size) => uint.MaxValue >> (32 - (8 * size));
}
