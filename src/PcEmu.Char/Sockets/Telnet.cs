namespace PcEmu.Char.Sockets;

/// <summary>The server's side of the telnet protocol, as far as a terminal needs it.</summary>
/// <remarks>Sources: RFC 854 (commands), RFC 856 (binary), RFC 857 (echo), RFC 858 (suppress go-ahead).</remarks>
internal sealed class Telnet
{
    private const byte Iac = 255;
    private const byte Will = 251;
    private const byte Do = 253;
    private const byte Dont = 254;
    private const byte SubnegotiationBegin = 250;
    private const byte SubnegotiationEnd = 240;
    private const byte BreakCommand = 243;

    private const byte OptionBinary = 0;
    private const byte OptionEcho = 1;
    private const byte OptionSuppressGoAhead = 3;

    private State _state;

    private enum State
    {
        Data,
        Command,
        Option,
        Subnegotiation,
        SubnegotiationCommand,
    }

    /// <summary>What is sent to a new peer: characters one at a time, echoed by the guest, eight bits wide.</summary>
    public static ReadOnlySpan<byte> Greeting =>
    [
        Iac, Will, OptionEcho,
        Iac, Will, OptionSuppressGoAhead,
        Iac, Will, OptionBinary,
        Iac, Do, OptionBinary,
    ];

    /// <summary>Takes a byte from the peer.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="isBreak">Whether the peer has sent a break.</param>
    /// <returns>Whether the byte is the user's.</returns>
    public bool Decode(byte value, out bool isBreak)
    {
        isBreak = false;
        switch (_state)
        {
            case State.Data:
                _state = value == Iac ? State.Command : State.Data;
                return value != Iac;
            case State.Command:
                _state = value switch
                {
                    >= Will and <= Dont => State.Option,
                    SubnegotiationBegin => State.Subnegotiation,
                    _ => State.Data,
                };
                isBreak = value == BreakCommand;
                return value == Iac;
            case State.Option:
                _state = State.Data;
                return false;
            case State.Subnegotiation:
                _state = value == Iac ? State.SubnegotiationCommand : State.Subnegotiation;
                return false;
            default:
                _state = value == SubnegotiationEnd ? State.Data : State.Subnegotiation;
                return false;
        }
    }

    /// <summary>Doubles the command byte in data for the peer.</summary>
    /// <param name="bytes">The data.</param>
    /// <param name="into">At least twice as long.</param>
    /// <returns>The part of <paramref name="into"/> to send.</returns>
    public static ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        int count = 0;
        foreach (byte b in bytes)
        {
            into[count++] = b;
            if (b == Iac)
            {
                into[count++] = Iac;
            }
        }

        return into[..count];
    }
}
