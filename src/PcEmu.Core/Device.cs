using PcEmu.Core.Properties;
using PcEmu.Core.State;

namespace PcEmu.Core;

/// <summary>A device of a machine: made by the board, given its properties by name, realized once, reset any number of times.</summary>
/// <remarks>
/// Order: constructor (wiring) - properties (<see cref="PropertyBag.Apply"/>) - <see cref="Realize"/> - <see cref="Reset"/>.
/// All of it runs on the machine's thread.
/// </remarks>
public abstract class Device
{
    /// <summary>The driver's name as a user types it after <c>-device</c> or <c>-global</c> ("PIIX4_PM", "isa-serial").</summary>
    public abstract string Driver { get; }

    /// <summary>The name the user gave it (<c>id=</c>), or null.</summary>
    public string? Id { get; set; }

    /// <summary>The sections of a migration stream that this device saves and loads; most devices have one.</summary>
    public virtual IEnumerable<StateSection> StateSections => [];

    /// <summary>Checks the properties and makes what depends on them (regions, buffers). Called once.</summary>
    /// <exception cref="ConfigurationException">A property's value does not fit; the message is one line for the user.</exception>
    public virtual void Realize()
    {
    }

    /// <summary>Puts the device into the state that it has after power-on or a system reset.</summary>
    public virtual void Reset()
    {
    }
}

/// <summary>The user asked for something that cannot be: the message is one line that names option and value.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Makes the error with its one line, without the program's name in front.</summary>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its one line and what caused it.</summary>
    public ConfigurationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
