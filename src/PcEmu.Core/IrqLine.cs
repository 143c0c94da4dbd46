namespace PcEmu.Core;

/// <summary>A wire that a device drives and somebody else watches.</summary>
public interface IIrqLine
{
    /// <summary>Drives the wire: true is asserted, whatever the electrical polarity.</summary>
    void Set(bool level);
}

/// <summary>A wire that ends in a delegate; the board makes one for every connection.</summary>
public sealed class IrqLine(Action<bool> set) : IIrqLine
{
    /// <summary>A wire that leads nowhere.</summary>
    public static readonly IIrqLine None = new IrqLine(static _ => { });

    /// <inheritdoc/>
    public void Set(bool level) => set(level);

    /// <summary>A short pulse: up, then down.</summary>
    public static void Pulse(IIrqLine line)
    {
        line.Set(true);
        line.Set(false);
    }
}

/// <summary>Several drivers on one wire, as with shared PCI interrupts: asserted while any driver asserts it.</summary>
public sealed class SharedIrq(IIrqLine output)
{
    private int _asserted;

    /// <summary>Makes one more input. Each input remembers its own level.</summary>
    public IIrqLine AddInput() => new Input(this);

    private sealed class Input(SharedIrq shared) : IIrqLine
    {
        private bool _level;

        public void Set(bool level)
        {
            if (level != _level)
            {
                _level = level;
                shared._asserted += level ? 1 : -1;
                shared.Changed();
            }
        }
    }

    private void Changed() => output.Set(_asserted > 0);
}
