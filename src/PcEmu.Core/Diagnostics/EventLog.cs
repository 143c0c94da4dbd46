using System.Runtime.CompilerServices;
using System.Text;

namespace PcEmu.Core.Diagnostics;

/// <summary>What <c>-d</c> can turn on.</summary>
[Flags]
public enum LogItems
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>guest_errors</c>: the guest did what the hardware's manual forbids.</summary>
    GuestErrors = 1,

    /// <summary><c>unimp</c>: the guest asked for something PcEmu has not.</summary>
    Unimplemented = 2,

    /// <summary><c>int</c>: interrupts and exceptions as they are delivered.</summary>
    Interrupts = 4,

    /// <summary><c>in_asm</c>: guest code as it is decoded, a block at a time.</summary>
    InAsm = 8,

    /// <summary><c>cpu</c>: the registers before every block.</summary>
    Cpu = 16,

    /// <summary><c>cpu_reset</c>: the registers at every CPU reset.</summary>
    CpuReset = 32,

    /// <summary><c>exec</c>: the address of every block that is entered.</summary>
    Exec = 64,
}

/// <summary>Where one machine reports what its user may want to see: <c>-d</c> items and <c>-trace</c> events.</summary>
/// <remarks>
/// Sealed and tested by a mask before anything is formatted: a message that nobody asked for costs one load and one
/// branch and allocates nothing. Messages take interpolated strings: <c>log.GuestError($"i8254: ...")</c>.
/// </remarks>
public sealed class EventLog
{
    private readonly List<string> _tracePatterns = [];
    private readonly Dictionary<string, bool> _traceCache = new(StringComparer.Ordinal);
    private TextWriter _output = TextWriter.Null;

    /// <summary>A log that nobody reads.</summary>
    public static EventLog Null => new();

    /// <summary>The items that are on.</summary>
    public LogItems Items { get; private set; }

    /// <summary>Whether any trace event is on.</summary>
    public bool Tracing { get; private set; }

    /// <summary>Where lines go. Set before the machine runs.</summary>
    public TextWriter Output
    {
        get => _output;
        set => _output = TextWriter.Synchronized(value);
    }

    /// <summary>Called with every line as well; tests assert on it.</summary>
    public Action<string>? Observer { get; set; }

    /// <summary>Turns items on.</summary>
    public void Enable(LogItems items) => Items |= items;

    /// <summary>Turns on the trace events whose names match <paramref name="pattern"/> (<c>*</c> stands for any characters).</summary>
    public void EnableTrace(string pattern)
    {
        _tracePatterns.Add(pattern);
        _traceCache.Clear();
        Tracing = true;
    }

    /// <summary>Whether any of <paramref name="items"/> is on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsOn(LogItems items) => (Items & items) != 0;

    /// <summary>Reports a guest's mistake (<c>-d guest_errors</c>).</summary>
    public void GuestError([InterpolatedStringHandlerArgument("")] GuestErrorMessage message) => Emit(message.Text);

    /// <summary>Reports something missing (<c>-d unimp</c>).</summary>
    public void Unimplemented([InterpolatedStringHandlerArgument("")] UnimplementedMessage message) => Emit(message.Text);

    /// <summary>Reports a trace event (<c>-trace NAME</c>).</summary>
    /// <param name="name">The event's name, such as <c>pit_ioport_write</c>.</param>
    /// <param name="message">Its arguments.</param>
    public void Trace(string name, [InterpolatedStringHandlerArgument("", nameof(name))] TraceMessage message)
    {
        if (message.Text is { } text)
        {
            Emit($"{name} {text}");
        }
    }

    /// <summary>Writes a line whatever is on; the caller has tested <see cref="IsOn"/>.</summary>
    public void Write(string line) => Emit(line);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsTraced(string name) => Tracing && IsSelected(name);

    private bool IsSelected(string name)
    {
        if (!_traceCache.TryGetValue(name, out bool on))
        {
            on = MatchesAny(name);
            _traceCache.Add(name, on);
        }

        return on;
    }

    // A method of its own, because the closure is made on entry, for events that nobody asked for too.
    private bool MatchesAny(string name) => _tracePatterns.Exists(p => Matches(p, name));

    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private void Emit(string? line)
    {
        if (line is not null)
        {
            _output.WriteLine(line);
            Observer?.Invoke(line);
        }
    }
}

/// <summary>Text of a guest error, formatted only when <c>guest_errors</c> is on.</summary>
[InterpolatedStringHandler]
public readonly ref struct GuestErrorMessage
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public GuestErrorMessage(int literalLength, int formattedCount, EventLog log, out bool enabled)
    {
        enabled = log.IsOn(LogItems.GuestErrors);
        _text = enabled ? new StringBuilder(literalLength + (formattedCount * 8)) : null;
    }

    internal string? Text => _text?.ToString();

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => _text!.Append(value.ToString(format, null));
}

/// <summary>Text about something missing, formatted only when <c>unimp</c> is on.</summary>
[InterpolatedStringHandler]
public readonly ref struct UnimplementedMessage
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public UnimplementedMessage(int literalLength, int formattedCount, EventLog log, out bool enabled)
    {
        enabled = log.IsOn(LogItems.Unimplemented);
        _text = enabled ? new StringBuilder(literalLength + (formattedCount * 8)) : null;
    }

    internal string? Text => _text?.ToString();

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => _text!.Append(value.ToString(format, null));
}

/// <summary>Arguments of a trace event, formatted only when the event is on.</summary>
[InterpolatedStringHandler]
public readonly ref struct TraceMessage
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public TraceMessage(int literalLength, int formattedCount, EventLog log, string name, out bool enabled)
    {
        enabled = log.IsTraced(name);
        _text = enabled ? new StringBuilder(literalLength + (formattedCount * 8)) : null;
    }

    internal string? Text => _text?.ToString();

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => _text!.Append(value.ToString(format, null));
}
