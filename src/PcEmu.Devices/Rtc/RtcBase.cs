using System.Globalization;
using PcEmu.Core;

namespace PcEmu.Devices.Rtc;

/// <summary>Where the guest's calendar starts: what <c>-rtc base=</c> says.</summary>
/// <remarks>The value is one of <c>utc</c>, <c>localtime</c>, <c>YYYY-MM-DD</c> and <c>YYYY-MM-DDTHH:MM:SS</c>.</remarks>
public readonly record struct RtcBase
{
    private readonly Kind _kind;
    private readonly DateTime _date;

    private RtcBase(Kind kind, DateTime date)
    {
        _kind = kind;
        _date = date;
    }

    private enum Kind
    {
        Utc,
        LocalTime,
        Date,
    }

    /// <summary>Coordinated universal time, the default.</summary>
    public static RtcBase Utc => default;

    /// <summary>The host's civil time, which DOS and Windows expect.</summary>
    public static RtcBase LocalTime => new(Kind.LocalTime, default);

    /// <summary>Reads the option's value.</summary>
    /// <exception cref="ConfigurationException">It is none of the known forms.</exception>
    public static RtcBase Parse(string text) => text switch
    {
        "utc" => Utc,
        "localtime" => LocalTime,
        _ when DateTime.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date) =>
            new(Kind.Date, date),
        _ => throw new ConfigurationException(
            $"-rtc base={text}: invalid date format, valid are 'utc', 'localtime', '2006-06-17T16:01:21' and '2006-06-17'"),
    };

    /// <summary>Seconds that the guest's calendar is ahead of the clock that drives the real-time clock.</summary>
    /// <param name="unixSeconds">What that clock shows now, in seconds since 1970, UTC.</param>
    /// <param name="zone">The host's time zone, for <see cref="LocalTime"/>.</param>
    public long OffsetSeconds(long unixSeconds, TimeZoneInfo zone) => _kind switch
    {
        Kind.LocalTime => (long)zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(unixSeconds)).TotalSeconds,
        Kind.Date => (long)(_date - DateTime.UnixEpoch).TotalSeconds - unixSeconds,
        _ => 0,
    };
}
