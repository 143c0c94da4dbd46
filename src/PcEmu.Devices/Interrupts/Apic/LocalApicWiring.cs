using PcEmu.Core;

namespace PcEmu.Devices.Interrupts;

/// <summary>What a local APIC is joined to: its processor, and the 8259s for ExtINT.</summary>
public sealed class LocalApicWiring
{
    /// <summary>The processor's INTR input.</summary>
    public required IIrqLine Intr { get; init; }

    /// <summary>The 8259s' acknowledge cycle; gives their vector.</summary>
    public required Func<int> AcknowledgePic { get; init; }

    /// <summary>The processor's NMI.</summary>
    public required Action Nmi { get; init; }

    /// <summary>The processor's SMI, or null where it has none.</summary>
    public Action? Smi { get; init; }

    /// <summary>Resets the processor as INIT does; one that is not the bootstrap processor waits then for <see cref="StartUp"/>.</summary>
    public required Action Init { get; init; }

    /// <summary>Starts a processor that waits after INIT, at the given vector * 1000h in real mode.</summary>
    public Action<byte>? StartUp { get; init; }

    /// <summary>
    /// The processor's time stamp counter, one tick a nanosecond, for the timer's TSC-deadline mode; null where the
    /// processor has none.
    /// </summary>
    public Func<ulong>? TimeStamp { get; init; }
}
