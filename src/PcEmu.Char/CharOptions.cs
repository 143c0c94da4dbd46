using System.Globalization;
using PcEmu.Core;
using PcEmu.Core.Properties;

namespace PcEmu.Char;

/// <summary>Kinds of back ends.</summary>
public enum CharKind
{
    /// <summary>Takes everything, sends nothing.</summary>
    Null,

    /// <summary>The program's own terminal or pipes.</summary>
    Stdio,

    /// <summary>Output to a file.</summary>
    File,

    /// <summary>Two named pipes, PATH.in and PATH.out, or one for both ways.</summary>
    Pipe,

    /// <summary>A pseudo-terminal of its own.</summary>
    Pty,

    /// <summary>TCP, as client or server, plain or telnet.</summary>
    Tcp,

    /// <summary>A Unix domain socket, as client or server.</summary>
    Unix,
}

/// <summary>One back end as the user asked for it, by a device option (<c>-serial tcp::4444,server,nowait</c>) or by <c>-chardev</c>.</summary>
public sealed record CharOptions
{
    /// <summary>The option and its value, for messages ("-serial tcp::4444").</summary>
    public required string Origin { get; init; }

    /// <summary>What it is.</summary>
    public required CharKind Kind { get; init; }

    /// <summary>Path of a file, pipe or Unix socket.</summary>
    public string Path { get; init; } = "";

    /// <summary>Whether a file is added to and not begun anew.</summary>
    public bool Append { get; init; }

    /// <summary>Host name or address; empty: any for a server, this machine for a client.</summary>
    public string Host { get; init; } = "";

    /// <summary>TCP port; 0 lets the host choose one for a server.</summary>
    public int Port { get; init; }

    /// <summary>Whether it listens.</summary>
    public bool Server { get; init; }

    /// <summary>Whether a server waits for its first client before the machine starts.</summary>
    public bool Wait { get; init; }

    /// <summary>Whether small segments are sent at once.</summary>
    public bool NoDelay { get; init; }

    /// <summary>Whether the telnet protocol is spoken.</summary>
    public bool Telnet { get; init; }

    /// <summary>Seconds between a client's tries to connect again; 0: it gives up.</summary>
    public int Reconnect { get; init; }

    /// <summary>Whether Ctrl-C and the like at the terminal signal the program and are not sent to the guest; null: by default.</summary>
    public bool? Signal { get; init; }

    /// <summary>Whether several devices share it (<c>mux=on</c>).</summary>
    public bool Mux { get; init; }

    /// <summary>Reads the value of a device option: <c>stdio</c>, <c>file:PATH</c>, <c>tcp:HOST:PORT,server,nowait</c>...</summary>
    /// <exception cref="ConfigurationException">It is none of these.</exception>
    public static CharOptions ParseDevice(string option, string text)
    {
        string origin = $"{option} {text}";
        int end = text.IndexOfAny([':', ',']);
        string word = end < 0 ? text : text[..end];
        if (end >= 0 && text[end] == ',' && word is not "null")
        {
            return Parse(OptionString.Parse(option, text, "backend"), origin);
        }

        string rest = end < 0 ? "" : text[(end + 1)..];
        return (word, end >= 0) switch
        {
            ("null", false) or ("vc", _) => new() { Origin = origin, Kind = CharKind.Null },
            ("stdio", false) => new() { Origin = origin, Kind = CharKind.Stdio },
            ("pty", false) => new() { Origin = origin, Kind = CharKind.Pty },
            ("file", true) => new() { Origin = origin, Kind = CharKind.File, Path = NotEmpty(rest, origin, "path") },
            ("pipe", true) => new() { Origin = origin, Kind = CharKind.Pipe, Path = NotEmpty(rest, origin, "path") },
            ("unix", true) => Socket(OptionString.Parse(option, text, "path"), origin, "unix:", telnet: false),
            ("tcp", true) => Socket(OptionString.Parse(option, text, "address"), origin, "tcp:", telnet: false),
            ("telnet", true) => Socket(OptionString.Parse(option, text, "address"), origin, "telnet:", telnet: true),
            _ => throw new ConfigurationException($"{origin}: '{word}' is not a valid character back end"),
        };
    }

    /// <summary>Reads the value of <c>-chardev</c>: <c>socket,id=x,host=...,port=...,server=on</c>.</summary>
    /// <exception cref="ConfigurationException">Unknown back end or parameter, or one is missing.</exception>
    public static (string Id, CharOptions Options) ParseChardev(string text)
    {
        var options = OptionString.Parse("-chardev", text, "backend");
        string id = options.Find("id") ?? throw new ConfigurationException($"-chardev {text}: Parameter 'id' is missing");
        return (id, Parse(options, $"-chardev {text}"));
    }

    private static CharOptions Parse(OptionString options, string origin)
    {
        string backend = options.Get("backend", "");
        bool mux = options.GetBool("mux", false);
        CharOptions parsed = backend switch
        {
            "null" or "vc" => new() { Origin = origin, Kind = CharKind.Null },
            "stdio" => new()
            {
                Origin = origin,
                Kind = CharKind.Stdio,
                Signal = options.Find("signal") is null ? null : options.GetBool("signal", true),
            },
            "pty" => new() { Origin = origin, Kind = CharKind.Pty },
            "file" => new()
            {
                Origin = origin,
                Kind = CharKind.File,
                Path = NotEmpty(options.Find("path"), origin, "path"),
                Append = options.GetBool("append", false),
            },
            "pipe" => new() { Origin = origin, Kind = CharKind.Pipe, Path = NotEmpty(options.Find("path"), origin, "path") },
            "socket" => Socket(options, origin, null, telnet: options.GetBool("telnet", false)),
            _ => throw new ConfigurationException($"{origin}: '{backend}' is not a valid character back end"),
        };
        options.RejectUnknown();
        return parsed with { Mux = mux };
    }

    // A device option's first item is "tcp:HOST:PORT" or "unix:PATH", its prefix included; -chardev has keys for all.
    private static CharOptions Socket(OptionString options, string origin, string? prefix, bool telnet)
    {
        bool server = options.GetBool("server", false);
        string? path = null;
        string host = "";
        int port = 0;
        if (prefix is not null)
        {
            bool unix = prefix == "unix:";
            string address = options.Get(unix ? "path" : "address", "");
            if (!address.StartsWith(prefix, StringComparison.Ordinal))
            {
                throw new ConfigurationException($"{origin}: the address is missing");
            }

            address = address[prefix.Length..];
            path = unix ? address : null;
            (host, port) = unix ? ("", 0) : ParseAddress(address, origin);
        }
        else
        {
            path = options.Find("path");
            if (path is null)
            {
                host = options.Get("host", "");
                port = ParsePort(NotEmpty(options.Find("port"), origin, "port"), origin);
            }
        }

        var parsed = new CharOptions
        {
            Origin = origin,
            Kind = path is null ? CharKind.Tcp : CharKind.Unix,
            Path = path is null ? "" : NotEmpty(path, origin, "path"),
            Host = host,
            Port = port,
            Server = server,
            Wait = options.GetBool("wait", true) && server,
            NoDelay = options.GetBool("nodelay", !options.GetBool("delay", true)),
            Telnet = telnet,
            Reconnect = (int)options.GetInteger("reconnect", 0, 0, 86400),
        };
        if (prefix is not null)
        {
            options.RejectUnknown();
        }

        return parsed.Reconnect > 0 && server
            ? throw new ConfigurationException($"{origin}: Parameter 'reconnect' is for a client, not for a server")
            : parsed;
    }

    private static (string Host, int Port) ParseAddress(string address, string origin)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 0)
        {
            throw new ConfigurationException($"{origin}: '{address}' is not of the form HOST:PORT");
        }

        string host = address[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        return (host, ParsePort(address[(colon + 1)..], origin));
    }

    private static int ParsePort(string text, string origin) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? port
            : throw new ConfigurationException($"{origin}: '{text}' is not a port number (0..65535)");

    private static string NotEmpty(string? value, string origin, string name) =>
        string.IsNullOrEmpty(value) ? throw new ConfigurationException($"{origin}: Parameter '{name}' is missing") : value;
}
