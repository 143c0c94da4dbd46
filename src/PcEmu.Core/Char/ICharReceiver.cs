namespace PcEmu.Core.Char;

/// <summary>What happens at the far end of a character port, apart from bytes.</summary>
public enum CharEvent
{
    /// <summary>Somebody is at the other end now.</summary>
    Opened,

    /// <summary>The other end has gone, or its input has ended.</summary>
    Closed,

    /// <summary>The other end sends a break condition.</summary>
    Break,

    /// <summary>A multiplexed port gets the user's keys from now on.</summary>
    FocusGained,

    /// <summary>A multiplexed port gets no more keys for now.</summary>
    FocusLost,
}

/// <summary>The machine's end of a <see cref="CharPort"/>: a serial port, a monitor. Called on the machine's thread only.</summary>
public interface ICharReceiver
{
    /// <summary>How many bytes <see cref="Receive"/> would take now; 0 holds the sender back and loses nothing.</summary>
    /// <remarks>When the number grows from 0, the receiver calls <see cref="CharPort.AcceptInput"/>.</remarks>
    int CanReceive { get; }

    /// <summary>Takes bytes; never more than <see cref="CanReceive"/> has just allowed.</summary>
    void Receive(ReadOnlySpan<byte> bytes);

    /// <summary>Takes an event, in its place between the bytes.</summary>
    void OnEvent(CharEvent what)
    {
    }

    /// <summary>A write that was held back may be tried again.</summary>
    void OnWriteReady()
    {
    }
}
