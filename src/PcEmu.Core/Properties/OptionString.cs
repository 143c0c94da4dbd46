using System.Globalization;
using System.Text;

namespace PcEmu.Core.Properties;

/// <summary>QEMU's comma strings: <c>pc-1.0,accel=tcg,usb=off</c>.</summary>
/// <remarks>
/// A first item without <c>=</c> before its first comma belongs to the implied key; a later one is a switch that is on
/// (<c>snapshot</c>), or off with <c>no</c> in front (<c>noserver</c>). A doubled comma stands for one comma inside a value.
/// Keys keep their order and may repeat.
/// </remarks>
public sealed class OptionString
{
    private readonly List<KeyValuePair<string, string>> _items = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private OptionString(string option, string text)
    {
        Option = option;
        Text = text;
    }

    /// <summary>The option that it came with ("-drive"), for messages.</summary>
    public string Option { get; }

    /// <summary>The whole text as typed.</summary>
    public string Text { get; }

    /// <summary>All pairs in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Items => _items;

    /// <summary>Takes a comma string apart.</summary>
    /// <param name="option">The option it came with, for messages.</param>
    /// <param name="text">The text.</param>
    /// <param name="impliedKey">Key of a first item without <c>=</c>, or null.</param>
    /// <exception cref="ConfigurationException">An item has an empty key.</exception>
    public static OptionString Parse(string option, string text, string? impliedKey = null)
    {
        var parsed = new OptionString(option, text);
        ReadOnlySpan<char> rest = text;
        bool first = true;
        while (rest.Length > 0)
        {
            int end = rest.IndexOfAny('=', ',');
            bool isPair = end >= 0 && rest[end] == '=';
            string key = rest[..(end < 0 ? rest.Length : end)].ToString();
            if (isPair)
            {
                if (key.Length == 0)
                {
                    throw new ConfigurationException($"{option} {text}: expected a parameter name before '{rest}'");
                }

                rest = rest[(end + 1)..];
                parsed._items.Add(new(key, TakeValue(ref rest)));
            }
            else if (first && impliedKey is not null)
            {
                parsed._items.Add(new(impliedKey, TakeValue(ref rest)));
            }
            else
            {
                rest = rest[Math.Min(key.Length + 1, rest.Length)..];
                if (key.Length > 2 && key.StartsWith("no", StringComparison.Ordinal))
                {
                    parsed._items.Add(new(key[2..], "off"));
                }
                else if (key.Length > 0)
                {
                    parsed._items.Add(new(key, "on"));
                }
            }

            first = false;
        }

        return parsed;
    }

    /// <summary>Pairs that come from elsewhere than a comma string: a configuration file, or an option that stands for several.</summary>
    /// <param name="option">Where they come from, for messages.</param>
    /// <param name="text">What the user typed there, for messages.</param>
    /// <param name="items">The pairs.</param>
    public static OptionString Of(string option, string text, IEnumerable<KeyValuePair<string, string>> items)
    {
        var made = new OptionString(option, text);
        made._items.AddRange(items);
        return made;
    }

    /// <summary>The value given last for a key, or null. The key counts as known from now on.</summary>
    public string? Find(string key)
    {
        _used.Add(key);
        return _items.FindLast(i => i.Key == key).Value;
    }

    /// <summary>The value given last for a key, or a default.</summary>
    public string Get(string key, string otherwise) => Find(key) ?? otherwise;

    /// <summary>A switch.</summary>
    /// <exception cref="ConfigurationException">The value is neither on nor off.</exception>
    public bool GetBool(string key, bool otherwise)
    {
        string? text = Find(key);
        if (text is null)
        {
            return otherwise;
        }

        return TryParseBool(text, out bool value)
            ? value
            : throw new ConfigurationException($"{Option} {Text}: Parameter '{key}' expects 'on' or 'off', not '{text}'");
    }

    /// <summary>A whole number between two bounds.</summary>
    /// <exception cref="ConfigurationException">Not a number, or out of range.</exception>
    public long GetInteger(string key, long otherwise, long minimum, long maximum)
    {
        string? text = Find(key);
        if (text is null)
        {
            return otherwise;
        }

        if (!TryParseInteger(text, out Int128 number))
        {
            throw new ConfigurationException($"{Option} {Text}: Parameter '{key}' expects a number, not '{text}'");
        }

        return number >= minimum && number <= maximum
            ? (long)number
            : throw new ConfigurationException($"{Option} {Text}: Parameter '{key}' is out of range ({minimum}..{maximum})");
    }

    /// <summary>Refuses keys that nobody has asked for.</summary>
    /// <exception cref="ConfigurationException">There is such a key; the message names it.</exception>
    public void RejectUnknown()
    {
        foreach ((string key, _) in _items)
        {
            if (!_used.Contains(key))
            {
                throw new ConfigurationException($"{Option} {Text}: Invalid parameter '{key}'");
            }
        }
    }

    /// <summary>Reads QEMU's words for a switch: on, off, yes, no, true, false, y, n.</summary>
    public static bool TryParseBool(string text, out bool value)
    {
        value = text is "on" or "yes" or "true" or "y";
        return value || text is "off" or "no" or "false" or "n";
    }

    /// <summary>Reads a decimal or 0x hexadecimal number, with a sign if need be.</summary>
    public static bool TryParseInteger(string text, out Int128 value)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool ok = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? UInt64TryParse(digits[2..], NumberStyles.AllowHexSpecifier, out ulong number)
            : UInt64TryParse(digits, NumberStyles.None, out number);
        value = negative ? -(Int128)number : number;
        return ok;

        static bool UInt64TryParse(string s, NumberStyles styles, out ulong n) =>
            ulong.TryParse(s, styles, CultureInfo.InvariantCulture, out n);
    }

    /// <summary>Reads a size: a number, whole or with a fraction, and an optional suffix B, K, M, G, T, P, E (powers of 1024).</summary>
    /// <param name="text">What the user typed.</param>
    /// <param name="unit">Bytes that a bare number counts in.</param>
    /// <param name="bytes">The size in bytes.</param>
    public static bool TryParseSize(string text, long unit, out long bytes)
    {
        bytes = 0;
        if (text.Length == 0)
        {
            return false;
        }

        int shift = char.ToUpperInvariant(text[^1]) switch { 'B' => 0, 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, 'P' => 50, 'E' => 60, _ => -1 };
        string digits = shift >= 0 ? text[..^1] : text;
        decimal scale = shift >= 0 ? 1L << shift : unit;
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > long.MaxValue / scale)
        {
            return false;
        }

        bytes = (long)(number * scale);
        return true;
    }

    // Takes a value up to the comma that ends it, and that comma; a doubled one belongs to the value.
    private static string TakeValue(ref ReadOnlySpan<char> rest)
    {
        var value = new StringBuilder();
        int at = 0;
        while (at < rest.Length)
        {
            if (rest[at] == ',')
            {
                at++;
                if (at == rest.Length || rest[at] != ',')
                {
                    break;
                }
            }

            value.Append(rest[at++]);
        }

        rest = rest[at..];
        return value.ToString();
    }
}
