using System.Net;
using System.Net.Sockets;
using PcEmu.Core;
using PcEmu.Core.Char;

namespace PcEmu.Char.Sockets;

/// <summary>A back end over a TCP or Unix domain socket: a server serves one client after another; without a peer, output is lost.</summary>
internal sealed class SocketBackend : CharBackend
{
    private readonly CharOptions _options;
    private readonly EndPoint _address;
    private readonly Socket? _listener;
    private readonly ManualResetEventSlim _stop = new();
    private readonly byte[] _encoded = new byte[2 * 16384];
    private volatile Socket? _peer;

    private SocketBackend(CharPort port, CharOptions options, EndPoint address, Socket? listener, Socket? first)
        : base(port)
    {
        _options = options;
        _address = address;
        _listener = listener;
        Socket? peer = first;
        if (peer is not null)
        {
            Greet(peer);
        }

        Start(() => Serve(peer));
    }

    /// <summary>Where a server listens, with the port that the host chose; null for a client.</summary>
    public EndPoint? LocalEndPoint => _listener?.LocalEndPoint;

    /// <summary>Listens or connects; a server that is to wait returns with its first client.</summary>
    /// <exception cref="ConfigurationException">The address cannot be used.</exception>
    public static SocketBackend Open(CharPort port, CharOptions options, TextWriter messages, Action<EndPoint>? listening = null)
    {
        EndPoint address = Resolve(options);
        if (!options.Server)
        {
            return new(port, options, address, null, FirstConnection(options, address));
        }

        Socket listener = Listen(options, address);
        listening?.Invoke(listener.LocalEndPoint!);
        Socket? first = null;
        if (options.Wait)
        {
            messages.WriteLine($"pcemu: waiting for connection on: {Describe(options, listener.LocalEndPoint!)}");
            messages.Flush();
            first = listener.Accept();
        }

        return new(port, options, address, listener, first);
    }

    /// <inheritdoc/>
    protected override void WriteToHost(ReadOnlySpan<byte> bytes)
    {
        if (_peer is { } peer)
        {
            SendAll(peer, _options.Telnet ? Telnet.Encode(bytes, _encoded) : bytes);
        }
    }

    /// <inheritdoc/>
    protected override void Cancel()
    {
        _stop.Set();
        _listener?.Dispose();
        if (_peer is { } peer)
        {
            EndConversation(peer);
        }
    }

    /// <inheritdoc/>
    protected override void Close(bool threadsEnded)
    {
        if (_options is { Kind: CharKind.Unix, Server: true })
        {
            File.Delete(_options.Path);
        }

        if (threadsEnded)
        {
            _stop.Dispose();
        }
    }

    private static EndPoint Resolve(CharOptions options)
    {
        try
        {
            if (options.Kind == CharKind.Unix)
            {
                return new UnixDomainSocketEndPoint(options.Path);
            }

            if (options.Host.Length == 0)
            {
                return new IPEndPoint(options.Server ? IPAddress.Any : IPAddress.Loopback, options.Port);
            }

            IPAddress[] addresses = Dns.GetHostAddresses(options.Host);
            IPAddress address = Array.Find(addresses, static a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
            return new IPEndPoint(address, options.Port);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new ConfigurationException($"{options.Origin}: address resolution failed: {e.Message}", e);
        }
    }

    private static Socket NewSocket(CharOptions options, EndPoint address) =>
        new(address.AddressFamily, SocketType.Stream, options.Kind == CharKind.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);

    private static Socket Listen(CharOptions options, EndPoint address)
    {
        Socket listener = NewSocket(options, address);
        try
        {
            if (options.Kind == CharKind.Unix)
            {
                File.Delete(options.Path); // left by a program that did not end well
            }

            listener.Bind(address);
            listener.Listen(1);
            return listener;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener.Dispose();
            throw new ConfigurationException($"{options.Origin}: Failed to bind socket: {e.Message}", e);
        }
    }

    private static Socket? FirstConnection(CharOptions options, EndPoint address)
    {
        try
        {
            return Connect(options, address);
        }
        catch (SocketException) when (options.Reconnect > 0)
        {
            return null;
        }
        catch (SocketException e)
        {
            string where = options.Kind == CharKind.Unix ? options.Path : $"{options.Host}:{options.Port}";
            throw new ConfigurationException($"{options.Origin}: Failed to connect to '{where}': {e.Message}", e);
        }
    }

    private static Socket Connect(CharOptions options, EndPoint address)
    {
        Socket socket = NewSocket(options, address);
        try
        {
            socket.Connect(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Describe(CharOptions options, EndPoint address) =>
        options.Kind == CharKind.Unix ? $"unix:{options.Path},server=on" : $"{(options.Telnet ? "telnet" : "tcp")}:{address},server=on";

    private static void EndConversation(Socket peer)
    {
        try
        {
            peer.Shutdown(SocketShutdown.Both); // what has been sent still arrives
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static void SendAll(Socket peer, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[peer.Send(bytes)..];
            }
        }
        catch (SocketException)
        {
            // The peer has gone; the reader finds out as well and says so.
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private void Serve(Socket? peer)
    {
        while (!_stop.IsSet)
        {
            if (peer is not null)
            {
                ReadUntilGone(peer);
                _peer = null;
                peer.Dispose();
                Port.Post(CharEvent.Closed);
                if (_listener is null && _options.Reconnect == 0)
                {
                    return;
                }
            }

            peer = NextPeer();
            if (peer is not null)
            {
                Greet(peer);
                if (_stop.IsSet)
                {
                    EndConversation(peer);
                }
            }
        }

        peer?.Dispose();
    }

    private Socket? NextPeer()
    {
        try
        {
            if (_listener is not null)
            {
                return _listener.Accept();
            }

            return _stop.Wait(TimeSpan.FromSeconds(_options.Reconnect)) ? null : Connect(_options, _address);
        }
        catch (SocketException)
        {
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private void Greet(Socket peer)
    {
        if (_options.Kind == CharKind.Tcp)
        {
            peer.NoDelay = _options.NoDelay;
        }

        if (_options.Telnet)
        {
            SendAll(peer, Telnet.Greeting);
        }

        _peer = peer;
        Port.Post(CharEvent.Opened);
    }

    private void ReadUntilGone(Socket peer)
    {
        byte[] buffer = new byte[4096];
        Telnet? telnet = _options.Telnet ? new() : null;
        try
        {
            int count;
            while ((count = peer.Receive(buffer)) > 0)
            {
                if (!(telnet is null ? Port.Push(buffer.AsSpan(0, count)) : PushDecoded(telnet, buffer.AsSpan(0, count))))
                {
                    return;
                }
            }
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private bool PushDecoded(Telnet telnet, Span<byte> bytes)
    {
        int kept = 0;
        foreach (byte b in bytes)
        {
            if (telnet.Decode(b, out bool isBreak))
            {
                bytes[kept++] = b; // never ahead of where it was read
            }

            if (isBreak)
            {
                if (!Port.Push(bytes[..kept]))
                {
                    return false;
                }

                kept = 0;
                Port.Post(CharEvent.Break);
            }
        }

        return Port.Push(bytes[..kept]);
    }
}
