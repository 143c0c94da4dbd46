namespace PcEmu.Devices.Rtc.Mc146818;

/// <summary>A date and time of the proleptic Gregorian calendar, as the clock's registers hold it.</summary>
/// <remarks>
/// Plain arithmetic over the whole range of a 64-bit count of seconds: what a guest writes into the registers, or a stream
/// brings along, need not be a date at all.
/// </remarks>
/// <param name="Year">Full year, such as 1999.</param>
/// <param name="Month">1 to 12.</param>
/// <param name="Day">1 to 31.</param>
/// <param name="Hour">0 to 23.</param>
/// <param name="Minute">0 to 59.</param>
/// <param name="Second">0 to 59.</param>
public readonly record struct RtcCalendar(long Year, int Month, int Day, int Hour, int Minute, int Second)
{
    private const long SecondsPerDay = 86_400;

    // The calendar repeats every 400 years. Counted from 1 March, leap days fall at the end of a year.
    private const long DaysPer400Years = 146_097;
    private const long DaysFromYear0March1To1970 = 719_468;

    /// <summary>1 for Sunday to 7 for Saturday, as the day-of-week register counts.</summary>
    public int DayOfWeek => (int)FloorMod(FloorDiv(ToUnixSeconds(), SecondsPerDay) + 4, 7) + 1;

    /// <summary>The date and time that many seconds after 1 January 1970, 00:00.</summary>
    public static RtcCalendar FromUnixSeconds(long seconds)
    {
        long days = FloorDiv(seconds, SecondsPerDay);
        int inDay = (int)FloorMod(seconds, SecondsPerDay);
        days += DaysFromYear0March1To1970;
        long era = FloorDiv(days, DaysPer400Years);
        int dayOfEra = (int)FloorMod(days, DaysPer400Years);
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int marchMonth = ((5 * dayOfYear) + 2) / 153;
        int day = dayOfYear - (((153 * marchMonth) + 2) / 5) + 1;
        int month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        long year = (era * 400) + yearOfEra + (month <= 2 ? 1 : 0);
        return new RtcCalendar(year, month, day, inDay / 3600, inDay / 60 % 60, inDay % 60);
    }

    /// <summary>Seconds since 1 January 1970, 00:00. Parts out of range carry into the next larger one.</summary>
    public long ToUnixSeconds()
    {
        // Months counted from March, so that a whole year's worth is a multiple of 12.
        long months = (Year * 12) + Month - 3;
        long year = FloorDiv(months, 12);
        long marchMonth = FloorMod(months, 12);
        long days = (365 * year) + FloorDiv(year, 4) - FloorDiv(year, 100) + FloorDiv(year, 400)
            + (((153 * marchMonth) + 2) / 5) + Day - 1 - DaysFromYear0March1To1970;
        return (days * SecondsPerDay) + (Hour * 3600L) + (Minute * 60L) + Second;
    }

    internal static long FloorDiv(long a, long b) => (a / b) - (a % b < 0 ? 1 : 0);

    internal static long FloorMod(long a, long b) => ((a % b) + b) % b;
}
