using System.Globalization;
using System.Text;
using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Time;

namespace PcEmu.Char;

/// <summary>Several devices on one port, a serial line and the monitor above all: what all write goes out, one of them gets the keys.</summary>
/// <remarks>Ctrl-A and a letter is for the multiplexer; the letters are QEMU's. All runs on the machine's thread.</remarks>
public sealed class CharMux : ICharReceiver
{
    private const int MaximumFrontEnds = 4;

    private readonly CharPort _host;
    private readonly Action _wake;
    private readonly IClock _clock;
    private readonly List<CharPort> _frontEnds = [];
    private int _focus = -1;
    private bool _escaped;
    private long _stampOrigin = -1;

    /// <summary>Makes the multiplexer over a port, and attaches it there.</summary>
    /// <param name="host">The shared port.</param>
    /// <param name="wake">Asks the machine to call <see cref="Pump"/> soon.</param>
    /// <param name="clock">What time stamps count.</param>
    public CharMux(CharPort host, Action wake, IClock clock)
    {
        _host = host;
        _wake = wake;
        _clock = clock;
        host.Attach(this);
    }

    /// <summary>The escape character; Ctrl-A unless the user chose another (<c>-echr</c>).</summary>
    public byte EscapeCharacter { get; init; } = 1;

    /// <summary>Ends the program (the letter x).</summary>
    public Action? Quit { get; init; }

    /// <summary>Writes what disks hold back into their images (the letter s).</summary>
    public Action? SyncDisks { get; init; }

    /// <summary>The port that gets the keys, or null while there is none.</summary>
    public CharPort? Focused => _focus < 0 ? null : _frontEnds[_focus];

    /// <inheritdoc/>
    public int CanReceive
    {
        get
        {
            int room = int.MaxValue;
            foreach (CharPort frontEnd in _frontEnds)
            {
                room = Math.Min(room, frontEnd.InputRoom);
            }

            return _frontEnds.Count == 0 ? 0 : room;
        }
    }

    /// <summary>Adds a port for one more device and gives it the keys.</summary>
    /// <exception cref="ConfigurationException">There are four already.</exception>
    public CharPort AddFrontEnd(string label)
    {
        if (_frontEnds.Count == MaximumFrontEnds)
        {
            throw new ConfigurationException($"{_host.Label}: too many uses of multiplexed chardev (maximum is {MaximumFrontEnds})");
        }

        var frontEnd = new CharPort(label, _host.Output, _wake);
        _frontEnds.Add(frontEnd);
        SetFocus(_frontEnds.Count - 1);
        return frontEnd;
    }

    /// <summary>Delivers to the devices; call it after the shared port's own <see cref="CharPort.Pump"/>.</summary>
    public void Pump()
    {
        for (int i = 0; i < _frontEnds.Count; i++)
        {
            _frontEnds[i].Pump();
        }
    }

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            if (_escaped)
            {
                _escaped = false;
                start = i + 1;
                if (value == EscapeCharacter)
                {
                    start = i; // doubled: it is for the device itself
                }
                else
                {
                    Command(value);
                }
            }
            else if (value == EscapeCharacter)
            {
                Focused?.TryPush(bytes[start..i]);
                start = i + 1;
                _escaped = true;
            }
        }

        if (start < bytes.Length)
        {
            Focused?.TryPush(bytes[start..]);
        }
    }

    /// <inheritdoc/>
    public void OnEvent(CharEvent what)
    {
        if (what == CharEvent.Break)
        {
            Focused?.Post(what);
            return;
        }

        foreach (CharPort frontEnd in _frontEnds)
        {
            frontEnd.Post(what);
        }
    }

    /// <inheritdoc/>
    public void OnWriteReady()
    {
        foreach (CharPort frontEnd in _frontEnds)
        {
            frontEnd.SignalWriteReady();
        }
    }

    private void Command(byte letter)
    {
        switch (letter)
        {
            case (byte)'h' or (byte)'?':
                Help();
                break;
            case (byte)'x':
                Print("PcEmu: Terminated\r\n");
                Quit?.Invoke();
                break;
            case (byte)'s':
                SyncDisks?.Invoke();
                break;
            case (byte)'b':
                Focused?.Post(CharEvent.Break);
                break;
            case (byte)'c':
                SetFocus((_focus + 1) % Math.Max(1, _frontEnds.Count));
                break;
            case (byte)'t':
                _host.Output.LineStamp = _host.Output.LineStamp is null ? Stamp : null;
                _stampOrigin = -1;
                break;
            default:
                break;
        }
    }

    private void SetFocus(int index)
    {
        if (index != _focus && index < _frontEnds.Count)
        {
            Focused?.Post(CharEvent.FocusLost);
            _focus = index;
            Focused?.Post(CharEvent.FocusGained);
        }
    }

    private void Help()
    {
        string key = EscapeCharacter is > 0 and < 27 ? $"C-{(char)('a' + EscapeCharacter - 1)}" : $"0x{EscapeCharacter:x2}";
        string[] lines =
        [
            "",
            $"{key} h    show these keys",
            $"{key} x    end the emulator",
            $"{key} s    write held-back disk data (-snapshot) to the image files",
            $"{key} t    time stamps before each line, on or off",
            $"{key} b    send a break (the guest's magic SysRq)",
            $"{key} c    go from the serial console to the monitor, and back",
            $"{key} {key}  send {key} itself",
            "",
        ];
        Print(string.Join("\r\n", lines));
    }

    private void Print(string text) => _host.Write(Encoding.ASCII.GetBytes(text));

    private byte[] Stamp()
    {
        long now = _clock.Now;
        _stampOrigin = _stampOrigin < 0 ? now : _stampOrigin;
        var passed = TimeSpan.FromMilliseconds((now - _stampOrigin) / Nanoseconds.PerMillisecond, 0);
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"[{(long)passed.TotalHours:00}:{passed.Minutes:00}:{passed.Seconds:00}.{passed.Milliseconds:000}] "));
    }
}
