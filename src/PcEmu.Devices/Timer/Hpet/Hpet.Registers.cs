namespace PcEmu.Devices.Timer;

// The register page: 32 bits at a time; the bus makes a 64-bit access two of them, the low half first.
public sealed partial class Hpet
{
    // Offsets.
    private const int GeneralCapabilities = 0x000;
    private const int GeneralConfig = 0x010;
    private const int GeneralStatus = 0x020;
    private const int MainCounter = 0x0F0;
    private const int FirstTimer = 0x100;
    private const int TimerStride = 0x20;

    // Offsets in a timer's block.
    private const int TimerConfig = 0x00;
    private const int TimerCompare = 0x08;
    private const int TimerFsb = 0x10;

    private const int HighHalf = 4;

    // Capabilities: revision 1, 64-bit counter, legacy mode, vendor 8086h; number of timers and period are added.
    private const ulong CapabilitiesLow = 0x8086_A001;

    // General configuration.
    private const ulong ConfigEnable = 1;
    private const ulong ConfigLegacy = 2;

    private ulong Read(ulong offset, int size)
    {
        if (size < 4)
        {
            _log.GuestError($"hpet: read of {size} bytes at offset 0x{offset:x3}");
            return 0;
        }

        ulong register = Register((int)offset & ~HighHalf);
        ulong value = (offset & HighHalf) != 0 ? register >> 32 : (uint)register;
        _log.Trace("hpet_ram_read", $"0x{offset:x3} = 0x{value:x}");
        return value;
    }

    private void Write(ulong offset, ulong value, int size)
    {
        _log.Trace("hpet_ram_write", $"0x{offset:x3} = 0x{value:x}");
        if (size < 4)
        {
            _log.GuestError($"hpet: write of {size} bytes at offset 0x{offset:x3}");
            return;
        }

        WriteHalf((int)offset, (uint)value);
    }

    private static ulong Replace(ulong old, int offset, uint value) =>
        (offset & HighHalf) != 0 ? (uint)old | (ulong)value << 32 : (old & ~(ulong)uint.MaxValue) | value;

    private ulong Register(int offset)
    {
        switch (offset)
        {
            case GeneralCapabilities:
                return Capabilities;
            case GeneralConfig:
                return _config;
            case GeneralStatus:
                return _isr;
            case MainCounter:
                return Counter;
        }

        if (TimerAt(offset) is { } timer)
        {
            switch (offset % TimerStride)
            {
                case TimerConfig:
                    return timer.Config;
                case TimerCompare:
                    return timer.Compare;
                case TimerFsb:
                    return timer.Fsb;
            }
        }

        _log.GuestError($"hpet: there is no register at offset 0x{offset:x3}");
        return 0;
    }

    private HpetComparator? TimerAt(int offset)
    {
        int number = (offset - FirstTimer) / TimerStride;
        return offset >= FirstTimer && number < _comparators.Length ? _comparators[number] : null;
    }

    private void WriteHalf(int offset, uint value)
    {
        switch (offset & ~HighHalf)
        {
            case GeneralCapabilities:
                return;
            case GeneralConfig:
                if ((offset & HighHalf) == 0)
                {
                    WriteConfig(value & (ConfigEnable | ConfigLegacy));
                }

                return;
            case GeneralStatus:
                if ((offset & HighHalf) == 0)
                {
                    WriteStatus(value);
                }

                return;
            case MainCounter:
                WriteCounter(offset, value);
                return;
        }

        if (TimerAt(offset) is { } timer)
        {
            switch (offset % TimerStride)
            {
                case TimerConfig:
                    WriteTimerConfig(timer, value);
                    return;
                case TimerCompare:
                case TimerCompare + HighHalf:
                    WriteCompare(timer, offset, value);
                    return;
                case TimerFsb:
                case TimerFsb + HighHalf:
                    timer.Fsb = Replace(timer.Fsb, offset, value);
                    return;
                case TimerConfig + HighHalf:
                    return;
            }
        }

        _log.GuestError($"hpet: there is no register at offset 0x{offset:x3}");
    }

    private void WriteConfig(ulong value)
    {
        ulong changed = _config ^ value;
        if ((changed & ConfigLegacy) != 0)
        {
            // The 8254 and the clock let go of their lines before the timers have them, and the other way round.
            foreach (HpetComparator timer in _comparators)
            {
                LineOf(timer).Set(false);
            }

            _pitOutput.Set(false);
            _rtcOutput.Set(false);
        }

        ulong counter = Counter;
        _config = value;
        if ((changed & ConfigEnable) != 0)
        {
            _counter = counter;
            _started = _clock.Now;
            foreach (HpetComparator timer in _comparators)
            {
                // QEMU waits for every comparator that has ever been set, whether its interrupt is on or not.
                if (IsCounting && timer.Compare != ulong.MaxValue)
                {
                    Arm(timer);
                }
                else
                {
                    timer.Timer.Cancel();
                }
            }
        }

        if ((changed & ConfigLegacy) != 0)
        {
            foreach (HpetComparator timer in _comparators)
            {
                if ((_isr & timer.Bit) != 0)
                {
                    LineOf(timer).Set(true);
                }
            }

            LegacyModeChanged?.Invoke(IsLegacy);
            if (!IsLegacy)
            {
                _rtcOutput.Set(_rtcLevel);
            }
        }
    }

    private void WriteStatus(uint value)
    {
        foreach (HpetComparator timer in _comparators)
        {
            if ((_isr & value & timer.Bit) != 0)
            {
                Interrupt(timer, false);
            }
        }
    }

    private void WriteCounter(int offset, uint value)
    {
        if (IsCounting)
        {
            // QEMU keeps counting from where it was; the new value is lost.
            _log.GuestError($"hpet: the counter is written while it counts");
            return;
        }

        _counter = Replace(_counter, offset, value);
    }

    private void WriteTimerConfig(HpetComparator timer, uint value)
    {
        ulong old = timer.Config;
        bool asserted = (_isr & timer.Bit) != 0;
        if (asserted)
        {
            LineOf(timer).Set(false);
        }

        timer.Config = (old & ~HpetComparator.Writable) | (value & HpetComparator.Writable);
        if (asserted)
        {
            LineOf(timer).Set(true);
        }

        if (timer.Is32)
        {
            timer.Compare = (uint)timer.Compare;
            timer.Period = (uint)timer.Period;
        }

        bool wasEnabled = (old & HpetComparator.InterruptEnable) != 0;
        if (timer.IsEnabled && !wasEnabled && IsCounting)
        {
            Arm(timer);
        }
        else if (!timer.IsEnabled && wasEnabled)
        {
            timer.Timer.Cancel();
        }
    }

    private void WriteCompare(HpetComparator timer, int offset, uint value)
    {
        bool high = (offset & HighHalf) != 0;
        bool direct = !timer.IsPeriodic || (timer.Config & HpetComparator.SetValue) != 0;
        if (high && timer.Is32)
        {
            return;
        }

        if (direct)
        {
            timer.Compare = Replace(timer.Compare, offset, value);
        }

        // A period has no top bit: distances between counter values are signed. The low half always counts as the period,
        // the high one only where it is not the comparator's.
        if (timer.IsPeriodic && (!high || !direct))
        {
            timer.Period = Replace(timer.Period, offset, value) & (timer.Is32 ? int.MaxValue : (ulong)long.MaxValue);
        }

        timer.Config &= ~HpetComparator.SetValue;
        if (IsCounting)
        {
            Arm(timer);
        }
    }
}
