using PcEmu.Core.State;

namespace PcEmu.Migration.Held;

/// <summary>The state of a device that is kept for the next save, and does nothing.</summary>
public sealed class HeldState
{
    private readonly HeldLayout _layout;

    internal HeldState(HeldLayout layout)
    {
        _layout = layout;
        Numbers = new ulong[layout.NumberCount];
        Buffers = [.. layout.BufferSizes.Select(static size => new byte[size])];
        Parts = [.. layout.Parts.Select(static p => Enumerable.Range(0, p.Count).Select(_ => new HeldState(p.Layout)).ToArray())];
        HasSubsection = new bool[layout.SubsectionCount];
    }

    internal ulong[] Numbers { get; }

    internal byte[][] Buffers { get; }

    internal HeldState[][] Parts { get; }

    internal bool[] HasSubsection { get; }

    /// <summary>Whether a stream has filled it.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Refuses a state in which the missing device would have something to do; null takes every state.</summary>
    internal Func<HeldState, string?>? WhyBusy { get; init; }

    /// <summary>A number of the state.</summary>
    /// <param name="name">The field's name; "isr[2]" for an element of an array.</param>
    public ulong this[string name] => Numbers[_layout.SlotOf(name)];

    /// <summary>Bytes of the state.</summary>
    /// <param name="name">The field's name.</param>
    public ReadOnlySpan<byte> Bytes(string name) => Buffers[_layout.BufferOf(name)];

    /// <summary>The section.</summary>
    /// <param name="path">Bus path before its name, or null.</param>
    public StateSection Section(string? path = null) => StateSection.Of(_layout.Description, this, path);

    internal void Loaded()
    {
        IsLoaded = true;
        if (WhyBusy?.Invoke(this) is { } reason)
        {
            throw new StateException($"{reason}, and PcEmu does not have this device yet");
        }
    }
}
