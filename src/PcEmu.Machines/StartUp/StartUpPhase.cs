namespace PcEmu.Machines.StartUp;

/// <summary>How far a machine has come on its way to life.</summary>
public enum StartUpPhase
{
    /// <summary>The machine type is chosen; nothing else is known.</summary>
    TypeSelected,

    /// <summary>The machine properties have their values.</summary>
    PropertiesSet,

    /// <summary>Early init has looked at them and has added to the compat properties.</summary>
    EarlyInitDone,

    /// <summary>Compat properties and the user's are laid down: the board can make its devices.</summary>
    GlobalsLaidDown,
}
