using PcEmu.Core;
using PcEmu.Core.Char;

namespace PcEmu.Char.Host;

/// <summary>A back end over .NET streams: a file for output; standard input and output where there is no POSIX.</summary>
internal sealed class StreamBackend : CharBackend
{
    private readonly Stream? _input;
    private readonly Stream _output;

    /// <summary>Makes the back end, which owns the streams.</summary>
    public StreamBackend(CharPort port, Stream? input, Stream output)
        : base(port)
    {
        _input = input;
        _output = output;
        port.Post(CharEvent.Opened);
        Start(input is null ? null : ReadLoop);
    }

    /// <summary>A file for output.</summary>
    public static StreamBackend File(CharPort port, CharOptions options)
    {
        try
        {
            FileMode mode = options.Append ? FileMode.Append : FileMode.Create;
            return new(port, null, new FileStream(options.Path, mode, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException($"{options.Origin}: Could not open '{options.Path}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected override void WriteToHost(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Write(bytes);
            _output.Flush();
        }
        catch (IOException)
        {
            // A full disk loses output, never the guest.
        }
    }

    /// <inheritdoc/>
    protected override void Cancel()
    {
    }

    /// <inheritdoc/>
    protected override void Close(bool threadsEnded)
    {
        if (threadsEnded)
        {
            _output.Dispose();
            _input?.Dispose();
        }
    }

    private void ReadLoop()
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = _input!.Read(buffer)) > 0 && Port.Push(buffer.AsSpan(0, count)))
        {
        }

        Port.Post(CharEvent.Closed);
    }
}
