using PcEmu.Core.Char;

namespace PcEmu.Char;

/// <summary>Something on the host behind a <see cref="CharPort"/>: threads that carry bytes between it and the port's queues.</summary>
public abstract class CharBackend : IDisposable
{
    private const int ChunkSize = 16384;
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndPatience = TimeSpan.FromMilliseconds(500);

    private readonly List<Thread> _threads = [];
    private Thread? _writer;
    private bool _disposed;

    /// <summary>Makes the back end; the derived constructor starts its threads when all is open.</summary>
    protected CharBackend(CharPort port)
    {
        Port = port;
        port.Output.RoomAgain = port.SignalWriteReady;
    }

    /// <summary>The machine's side.</summary>
    public CharPort Port { get; }

    /// <summary>Writes out what the machine has written so far, waiting at most about two seconds, and closes.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Dispose(true);
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Closes; derived classes free what they hold after the base has ended the threads.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Port.Output.Complete();
        bool flushed = _writer?.Join(FlushPatience) ?? true;
        Port.CloseInput();
        Cancel();
        bool ended = flushed || _writer!.Join(EndPatience);
        foreach (Thread thread in _threads)
        {
            ended &= thread.Join(EndPatience);
        }

        Close(ended);
    }

    /// <summary>Starts the thread that writes the port's output, and optionally one that feeds its input.</summary>
    protected void Start(ThreadStart? reader)
    {
        _writer = Run("writer", WriteLoop);
        if (reader is not null)
        {
            _threads.Add(Run("reader", reader));
        }
    }

    /// <summary>Writes all bytes to the host, waiting as long as it takes; with nobody there, forgets them.</summary>
    protected abstract void WriteToHost(ReadOnlySpan<byte> bytes);

    /// <summary>Makes whatever a thread waits for on the host return.</summary>
    protected abstract void Cancel();

    /// <summary>Frees the host's resources.</summary>
    /// <param name="threadsEnded">False when a thread is still stuck in the host: what it uses must be left alone.</param>
    protected abstract void Close(bool threadsEnded);

    private Thread Run(string role, ThreadStart body)
    {
        var thread = new Thread(body, maxStackSize: 256 * 1024) { IsBackground = true, Name = $"{Port.Label} {role}" };
        thread.Start();
        return thread;
    }

    private void WriteLoop()
    {
        byte[] chunk = new byte[ChunkSize];
        int count;
        while ((count = Port.Output.Take(chunk)) > 0)
        {
            WriteToHost(chunk.AsSpan(0, count));
        }
    }
}
