using PcEmu.Core;
using PcEmu.Core.Char;
using static PcEmu.Char.Host.Posix;

namespace PcEmu.Char.Host;

/// <summary>A back end over file descriptors of a POSIX host: standard input and output, named pipes, a pseudo-terminal.</summary>
internal sealed class DescriptorBackend : CharBackend
{
    private const int HangUpPollMilliseconds = 50;

    private readonly int _input;
    private readonly int _output;
    private readonly bool _ownsDescriptors;
    private readonly bool _comesAndGoes;
    private readonly RawTerminal? _terminal;
    private readonly int[] _cancel = new int[2];
    private readonly byte[] _writeBuffer = new byte[16384];
    private volatile bool _cancelled;
    private volatile bool _present;

    private DescriptorBackend(CharPort port, int input, int output, bool owns, bool comesAndGoes, RawTerminal? terminal)
        : base(port)
    {
        _input = input;
        _output = output;
        _ownsDescriptors = owns;
        _comesAndGoes = comesAndGoes;
        _terminal = terminal;
        _ = Pipe(_cancel);
        if (!comesAndGoes)
        {
            _present = true;
            port.Post(CharEvent.Opened);
        }

        Start(input >= 0 ? ReadLoop : null);
    }

    /// <summary>The program's own standard input and output.</summary>
    public static DescriptorBackend Stdio(CharPort port, bool signal) =>
        new(port, 0, 1, owns: false, comesAndGoes: false, RawTerminal.TryCreate(0, signal));

    /// <summary>Descriptors opened by the caller; the back end closes them.</summary>
    public static DescriptorBackend Over(CharPort port, int input, int output) =>
        new(port, input, output, owns: true, comesAndGoes: false, terminal: null);

    /// <summary>PATH.in and PATH.out, or PATH for both ways.</summary>
    public static DescriptorBackend NamedPipes(CharPort port, CharOptions options)
    {
        // Both are opened for both ways: no open waits for the peer, and its going away is no end of file.
        int input = OpenDevice(options.Path + ".in");
        int output = OpenDevice(options.Path + ".out");
        if (input < 0 || output < 0)
        {
            CloseIfOpen(input);
            CloseIfOpen(output);
            input = output = OpenDevice(options.Path);
            if (input < 0)
            {
                throw new ConfigurationException($"{options.Origin}: Could not open '{options.Path}': {LastError()}");
            }
        }

        return Over(port, input, output);
    }

    /// <summary>A new pseudo-terminal, whose path is announced as users of QEMU know it.</summary>
    public static DescriptorBackend PseudoTerminal(CharPort port, CharOptions options, TextWriter messages)
    {
        int master = OpenPseudoTerminal(OpenReadWrite | OpenNoControllingTerminal);
        if (master < 0
            || GrantPseudoTerminal(master) != 0
            || UnlockPseudoTerminal(master) != 0
            || PseudoTerminalName(master) is not { } name
            || OpenDevice(name) is var terminal && terminal < 0)
        {
            string why = LastError();
            CloseIfOpen(master);
            throw new ConfigurationException($"{options.Origin}: Could not make a pseudo-terminal: {why}");
        }

        // Having been open once, the terminal reports a hang-up for as long as nobody has it open.
        byte[] termios = new byte[256];
        _ = GetTerminal(terminal, termios);
        MakeRaw(termios);
        _ = SetTerminal(terminal, SetNow, termios);
        _ = Posix.Close(terminal);
        messages.WriteLine($"char device redirected to {name} (label {port.Label})");
        messages.Flush();
        return new(port, master, master, owns: true, comesAndGoes: true, terminal: null);
    }

    /// <inheritdoc/>
    protected override void WriteToHost(ReadOnlySpan<byte> bytes)
    {
        // A terminal that is not open would take bytes into the kernel's buffer until it is full, and then none.
        if (_comesAndGoes && !_present)
        {
            return;
        }

        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, _writeBuffer.Length);
            bytes[..count].CopyTo(_writeBuffer);
            short ready = WaitFor(_output, PollOut, -1);
            if (_cancelled || (ready & (PollError | PollHangUp)) != 0)
            {
                return;
            }

            nint written = Posix.Write(_output, _writeBuffer, count);
            if (written < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Eintr)
            {
                return;
            }

            bytes = bytes[(int)Math.Max(written, 0)..];
        }
    }

    /// <inheritdoc/>
    protected override void Cancel()
    {
        _cancelled = true;
        _ = Posix.Write(_cancel[1], [0], 1);
    }

    /// <inheritdoc/>
    protected override void Close(bool threadsEnded)
    {
        _terminal?.Dispose();
        if (threadsEnded)
        {
            if (_ownsDescriptors)
            {
                _ = Posix.Close(_output);
                if (_input != _output)
                {
                    CloseIfOpen(_input);
                }
            }

            _ = Posix.Close(_cancel[0]);
            _ = Posix.Close(_cancel[1]);
        }
    }

    private static void CloseIfOpen(int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = Posix.Close(descriptor);
        }
    }

    private void ReadLoop()
    {
        byte[] buffer = new byte[4096];
        while (!_cancelled)
        {
            short ready = WaitFor(_input, PollIn, -1);
            if (_cancelled)
            {
                return;
            }

            if (_comesAndGoes && (ready & (PollIn | PollHangUp)) == PollHangUp)
            {
                SetPresent(false);
                if (!WaitForPeer())
                {
                    return;
                }

                SetPresent(true);
                continue;
            }

            nint count = Posix.Read(_input, buffer, buffer.Length);
            if (count > 0)
            {
                SetPresent(true);
                if (!Port.Push(buffer.AsSpan(0, (int)count)))
                {
                    return;
                }
            }
            else if (count < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is Eintr or Eio)
            {
                // EIO: the terminal has just been closed; the next look finds the hang-up.
                if (!_comesAndGoes && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Eio)
                {
                    SetPresent(false);
                    return;
                }
            }
            else
            {
                SetPresent(false); // end of input; output goes on
                return;
            }
        }
    }

    // poll() has no event for a terminal being opened: look now and then.
    private bool WaitForPeer()
    {
        while (!_cancelled)
        {
            if ((WaitFor(_input, 0, 0) & PollHangUp) == 0)
            {
                return true;
            }

            WaitFor(-1, 0, HangUpPollMilliseconds);
        }

        return false;
    }

    private void SetPresent(bool present)
    {
        if (present != _present)
        {
            _present = present;
            Port.Post(present ? CharEvent.Opened : CharEvent.Closed);
        }
    }

    private short WaitFor(int descriptor, short events, int milliseconds)
    {
        PollDescriptor[] descriptors =
        [
            new() { Descriptor = descriptor, Events = events },
            new() { Descriptor = _cancel[0], Events = PollIn },
        ];
        while (Poll(descriptors, 2, milliseconds) < 0
            && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Eintr
            && !_cancelled)
        {
        }

        return descriptors[0].Result;
    }
}
