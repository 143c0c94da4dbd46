namespace PcEmu.Migration;

/// <summary>A stream cannot be loaded or saved: the message is one line for the user, without the program's name in front.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>Makes the error.</summary>
    public MigrationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with what caused it.</summary>
    public MigrationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
