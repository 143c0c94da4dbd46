using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace PcEmu.Migration.Transports;

/// <summary>Where a stream comes from, as <c>-incoming</c> names it: a file, a command, a socket that somebody connects to, a descriptor.</summary>
public sealed class IncomingStream : IDisposable
{
    private const string OffsetKey = ",offset=";

    private readonly IDisposable? _owner;

    private IncomingStream(Stream stream, IDisposable? owner = null)
    {
        Stream = stream;
        _owner = owner;
    }

    /// <summary>The bytes.</summary>
    public Stream Stream { get; }

    /// <summary>Whether an address has a form that <see cref="Open"/> takes.</summary>
    public static bool IsAddress(string address) => address.Split(':', 2) is ["file" or "exec" or "tcp" or "unix" or "fd", not ""];

    /// <summary>Opens the source; for <c>tcp:</c> and <c>unix:</c> this waits until somebody connects.</summary>
    /// <param name="address"><c>file:PATH[,offset=N]</c>, <c>exec:COMMAND</c>, <c>tcp:HOST:PORT</c>, <c>unix:PATH</c> or <c>fd:N</c>.</param>
    /// <exception cref="MigrationException">It cannot be opened; one line that names it.</exception>
    public static IncomingStream Open(string address)
    {
        string rest = address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..];
        try
        {
            return address.Split(':', 2)[0] switch
            {
                "file" => OpenFile(rest),
                "exec" => Execute(rest),
                "tcp" => Accept(Endpoint(rest), path: null),
                "unix" => Accept(new UnixDomainSocketEndPoint(rest), rest),
                "fd" => new IncomingStream(new FileStream(
                    new SafeFileHandle(int.Parse(rest, NumberStyles.None, CultureInfo.InvariantCulture), ownsHandle: true), FileAccess.Read, bufferSize: 0)),
                _ => throw new MigrationException($"-incoming {address}: unknown migration protocol"),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException or FormatException
            or OverflowException or ArgumentException or NotSupportedException or System.ComponentModel.Win32Exception)
        {
            throw new MigrationException($"-incoming {address}: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Opens a file as <c>file:</c> does: gzip is recognized.</summary>
    /// <param name="path">The file, with <c>,offset=N</c> where the stream does not begin at its first byte.</param>
    /// <exception cref="MigrationException">The compression is one that cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IncomingStream OpenFile(string path)
    {
        long offset = 0;
        int key = path.LastIndexOf(OffsetKey, StringComparison.Ordinal);
        if (key >= 0)
        {
            offset = Number(path[(key + OffsetKey.Length)..]);
            path = path[..key];
        }

        // The reader has a buffer of its own.
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            Span<byte> magic = stackalloc byte[6];
            file.Position = offset;
            int count = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            file.Position = offset;
            return magic[..count] switch
            {
                [0x1F, 0x8B, ..] => new IncomingStream(new GZipStream(file, CompressionMode.Decompress), file),
                [0xFD, 0x37, 0x7A, 0x58, 0x5A, ..] => throw new MigrationException($"{path} is compressed by xz: use exec:xz -dc"),
                [0x28, 0xB5, 0x2F, 0xFD, ..] => throw new MigrationException($"{path} is compressed by zstd: use exec:zstd -dc"),
                _ => new IncomingStream(file),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        _owner?.Dispose();
    }

    private static long Number(string text)
    {
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.Parse(hexadecimal ? text[2..] : text, hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static IncomingStream Execute(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        Process process = Process.Start(start)!;
        return new IncomingStream(process.StandardOutput.BaseStream, new Child(process));
    }

    private static IPEndPoint Endpoint(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        int port = int.Parse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        IPAddress address = host switch
        {
            "" or "0" => IPAddress.Any,
            _ when IPAddress.TryParse(host, out IPAddress? plain) => plain,
            _ => Dns.GetHostAddresses(host)[0],
        };
        return new IPEndPoint(address, port);
    }

    /// <summary>Listens for one connection.</summary>
    private static IncomingStream Accept(EndPoint endpoint, string? path)
    {
        if (path is not null && File.Exists(path))
        {
            File.Delete(path);
        }

        using var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, path is null ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (endpoint is IPEndPoint { Address: var address })
            {
                listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                if (address.Equals(IPAddress.IPv6Any))
                {
                    listener.DualMode = true;
                }
            }

            listener.Bind(endpoint);
            listener.Listen(1);
            return new IncomingStream(new NetworkStream(listener.Accept(), ownsSocket: true));
        }
        finally
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>A command that may go on writing when nobody reads any more.</summary>
    private sealed class Child(Process process) : IDisposable
    {
        private const int Patience = 200;

        public void Dispose()
        {
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }
    }
}
