using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace PcEmu.Char.Host;

/// <summary>Puts a terminal into raw mode, so that the guest gets every key as it is typed, and back on every way out.</summary>
/// <remarks>
/// Ways out: <see cref="Dispose"/>, the end of the process, an unhandled exception, SIGTERM, SIGINT, SIGHUP, SIGQUIT; SIGTSTP
/// puts it back until SIGCONT. Signals keep their effect otherwise: this only looks on.
/// </remarks>
internal sealed class RawTerminal : IDisposable
{
    private const int TermiosSize = 256; // more than any system's struct termios

    private readonly int _descriptor;
    private readonly byte[] _saved = new byte[TermiosSize];
    private readonly byte[] _raw;
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lock _gate = new();
    private bool _ended;

    [UnsupportedOSPlatform("windows")]
    private RawTerminal(int descriptor, bool signal)
    {
        _descriptor = descriptor;
        _ = Posix.GetTerminal(descriptor, _saved);
        _raw = MakeRaw(_saved, signal);
        foreach (PosixSignal number in (ReadOnlySpan<PosixSignal>)
            [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(number, _ => Set(_saved)));
        }

        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Suspend));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, Continue));
        AppDomain.CurrentDomain.ProcessExit += OnEnd;
        AppDomain.CurrentDomain.UnhandledException += OnEnd;
        Set(_raw);
    }

    /// <summary>Makes a terminal raw; null when the descriptor is none.</summary>
    /// <param name="descriptor">The terminal.</param>
    /// <param name="signal">Whether Ctrl-C, Ctrl-Z and Ctrl-\ still signal the program.</param>
    public static RawTerminal? TryCreate(int descriptor, bool signal) =>
        !OperatingSystem.IsWindows() && Posix.IsAvailable && Posix.IsTerminal(descriptor) == 1 ? new RawTerminal(descriptor, signal) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _signals)
        {
            registration.Dispose();
        }

        AppDomain.CurrentDomain.ProcessExit -= OnEnd;
        AppDomain.CurrentDomain.UnhandledException -= OnEnd;
        OnEnd(null, EventArgs.Empty);
    }

    private static byte[] MakeRaw(byte[] saved, bool signal)
    {
        byte[] raw = (byte[])saved.Clone();
        Posix.MakeRaw(raw);

        // Output keeps its newline translation, so that the monitor's and the program's own lines look right.
        const ulong Opost = 1;
        if (OperatingSystem.IsMacOS())
        {
            const int Oflag = 8, Lflag = 24;
            const ulong Isig = 0x80;
            Span<byte> oflag = raw.AsSpan(Oflag), lflag = raw.AsSpan(Lflag);
            BinaryPrimitives.WriteUInt64LittleEndian(oflag, BinaryPrimitives.ReadUInt64LittleEndian(oflag) | Opost);
            BinaryPrimitives.WriteUInt64LittleEndian(lflag, BinaryPrimitives.ReadUInt64LittleEndian(lflag) | (signal ? Isig : 0));
        }
        else
        {
            const int Oflag = 4, Lflag = 12;
            const uint Isig = 1;
            MemoryMarshal.AsRef<uint>(raw.AsSpan(Oflag)) |= (uint)Opost;
            MemoryMarshal.AsRef<uint>(raw.AsSpan(Lflag)) |= signal ? Isig : 0;
        }

        return raw;
    }

    // The runtime does not stop the process once somebody listens for SIGTSTP: do it here, with the terminal given back.
    private void Suspend(PosixSignalContext context)
    {
        context.Cancel = true;
        Set(_saved);
        _ = Posix.Kill(Environment.ProcessId, Posix.SigStop); // this thread may run on a little: SIGCONT makes it raw again
    }

    // By default the runtime would now put back the mode it has seen at its start.
    private void Continue(PosixSignalContext context)
    {
        context.Cancel = true;
        Set(_raw);
    }

    private void OnEnd(object? sender, EventArgs e)
    {
        Set(_saved);
        lock (_gate)
        {
            _ended = true; // a late SIGCONT must not make it raw again
        }
    }

    private void Set(byte[] termios)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _ = Posix.SetTerminal(_descriptor, Posix.SetNow, termios);
            }
        }
    }
}
