using System.Net;
using PcEmu.Char.Host;
using PcEmu.Char.Sockets;
using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Time;

namespace PcEmu.Char;

/// <summary>All character back ends of one machine: opened by the user's words, pumped by the machine, closed together.</summary>
/// <param name="wake">Asks the machine's thread to call <see cref="Pump"/> soon; called on any thread, often, and must be cheap.</param>
/// <param name="clock">Time for the multiplexer's stamps.</param>
/// <param name="messages">Where the user is told of a pseudo-terminal's path and the like.</param>
public sealed class CharBackends(Action wake, IClock clock, TextWriter messages) : IDisposable
{
    private readonly List<CharBackend> _backends = [];
    private readonly List<CharPort> _ports = [];
    private readonly List<CharMux> _muxes = [];
    private readonly List<CharPort> _muxMonitors = [];
    private readonly Dictionary<string, Chardev> _chardevs = new(StringComparer.Ordinal);
    private bool _stdioInUse;

    /// <summary>Called for Ctrl-A x. Set it before anything is opened.</summary>
    public Action? Quit { get; init; }

    /// <summary>Called for Ctrl-A s. Set it before anything is opened.</summary>
    public Action? SyncDisks { get; init; }

    /// <summary>Called with the address on which a server listens, before it waits for its client.</summary>
    public Action<EndPoint>? Listening { get; init; }

    /// <summary>The multiplexers' escape character (<c>-echr</c>).</summary>
    public byte EscapeCharacter { get; init; } = 1;

    /// <summary>Ports on which the user's <c>mon:</c> words ask for a monitor.</summary>
    public IReadOnlyList<CharPort> MuxMonitors => _muxMonitors;

    /// <summary>Opens a back end that devices name as <c>chardev:ID</c>; the value of <c>-chardev</c>.</summary>
    /// <exception cref="ConfigurationException">It cannot be opened, or the id is taken.</exception>
    public void Define(string text)
    {
        (string id, CharOptions options) = CharOptions.ParseChardev(text);
        if (_chardevs.ContainsKey(id))
        {
            throw new ConfigurationException($"-chardev {text}: Duplicate ID '{id}' for chardev");
        }

        CharPort port = Open(options, id);
        _chardevs.Add(id, new Chardev(port, options.Mux ? Multiplex(port) : null));
    }

    /// <summary>Opens what a device option names, such as <c>-serial mon:stdio</c>.</summary>
    /// <param name="option">The option, for messages.</param>
    /// <param name="text">Its value.</param>
    /// <param name="label">The port's label ("serial0").</param>
    /// <returns>The port, or null for <c>none</c>: then there is no device.</returns>
    /// <exception cref="ConfigurationException">It cannot be opened.</exception>
    public CharPort? Open(string option, string text, string label)
    {
        if (text == "none")
        {
            return null;
        }

        if (text.StartsWith("chardev:", StringComparison.Ordinal))
        {
            return OpenChardev($"{option} {text}", text["chardev:".Length..], label);
        }

        if (text.StartsWith("mon:", StringComparison.Ordinal))
        {
            CharOptions shared = CharOptions.ParseDevice(option, text["mon:".Length..]);

            // Ctrl-C belongs to the guest here: the user leaves by Ctrl-A x.
            CharMux mux = Multiplex(Open(shared with { Origin = $"{option} {text}", Signal = shared.Signal ?? false }, label));
            _muxMonitors.Add(mux.AddFrontEnd($"{label}-monitor"));
            return mux.AddFrontEnd(label);
        }

        CharOptions options = CharOptions.ParseDevice(option, text);
        CharPort port = Open(options, label);
        return options.Mux ? Multiplex(port).AddFrontEnd(label) : port;
    }

    /// <summary>Delivers what has arrived to the devices; the machine's thread, after a wake.</summary>
    public void Pump()
    {
        for (int i = 0; i < _ports.Count; i++)
        {
            _ports[i].Pump();
        }

        for (int i = 0; i < _muxes.Count; i++)
        {
            _muxes[i].Pump();
        }
    }

    /// <summary>Writes out what is still queued, waiting a bounded time, and closes all; a raw terminal is itself again.</summary>
    public void Dispose()
    {
        foreach (CharBackend backend in _backends)
        {
            backend.Dispose();
        }

        _backends.Clear();
    }

    private CharPort OpenChardev(string origin, string id, string label)
    {
        if (!_chardevs.TryGetValue(id, out Chardev? chardev))
        {
            throw new ConfigurationException($"{origin}: chardev '{id}' not found");
        }

        if (chardev.Mux is { } mux)
        {
            return mux.AddFrontEnd(label);
        }

        if (chardev.InUse)
        {
            throw new ConfigurationException($"{origin}: chardev '{id}' is in use (several devices share one with mux=on)");
        }

        chardev.InUse = true;
        return chardev.Port;
    }

    private CharMux Multiplex(CharPort port)
    {
        var mux = new CharMux(port, wake, clock) { EscapeCharacter = EscapeCharacter, Quit = Quit, SyncDisks = SyncDisks };
        _muxes.Add(mux);
        return mux;
    }

    private CharPort Open(CharOptions options, string label)
    {
        CharWhenFull whenFull = options.Kind switch
        {
            CharKind.Null => CharWhenFull.Discard,
            CharKind.File => CharWhenFull.Wait,
            _ => CharWhenFull.HoldBack,
        };
        var port = new CharPort(label, new CharOutput(whenFull), wake);
        switch (options.Kind)
        {
            case CharKind.Null:
                break;
            case CharKind.Stdio:
                _backends.Add(OpenStdio(port, options));
                break;
            case CharKind.File:
                _backends.Add(StreamBackend.File(port, options));
                break;
            case CharKind.Pipe:
                RequirePosix(options);
                _backends.Add(DescriptorBackend.NamedPipes(port, options));
                break;
            case CharKind.Pty:
                RequirePosix(options);
                _backends.Add(DescriptorBackend.PseudoTerminal(port, options, messages));
                break;
            default:
                _backends.Add(SocketBackend.Open(port, options, messages, Listening));
                break;
        }

        _ports.Add(port);
        return port;
    }

    private CharBackend OpenStdio(CharPort port, CharOptions options)
    {
        if (_stdioInUse)
        {
            throw new ConfigurationException($"{options.Origin}: cannot use stdio by multiple character devices");
        }

        _stdioInUse = true;
        return Posix.IsAvailable
            ? DescriptorBackend.Stdio(port, options.Signal ?? true)
            : new StreamBackend(port, Console.OpenStandardInput(), Console.OpenStandardOutput());
    }

    private static void RequirePosix(CharOptions options)
    {
        if (!Posix.IsAvailable)
        {
            throw new ConfigurationException($"{options.Origin}: this host system has no such back end");
        }
    }

    private sealed class Chardev(CharPort port, CharMux? mux)
    {
        public CharPort Port => port;

        public CharMux? Mux => mux;

        public bool InUse { get; set; }
    }
}
