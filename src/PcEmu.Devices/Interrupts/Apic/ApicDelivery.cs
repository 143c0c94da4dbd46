namespace PcEmu.Devices.Interrupts;

/// <summary>Delivery mode, bits 10-8 of ICR, LVT entries, redirection entries and message data.</summary>
/// <remarks>Source: Intel SDM volume 3, 325384, figure "Interrupt Command Register (ICR)".</remarks>
public enum ApicDelivery : byte
{
    /// <summary>The vector, to every destination.</summary>
    Fixed = 0,

    /// <summary>The vector, to one of the destinations.</summary>
    LowestPriority = 1,

    /// <summary>A system management interrupt.</summary>
    Smi = 2,

    /// <summary>A non-maskable interrupt.</summary>
    Nmi = 4,

    /// <summary>Resets processor and APIC, but for the APIC's id and base.</summary>
    Init = 5,

    /// <summary>Start-up: a processor that waits after INIT starts at VV000h.</summary>
    StartUp = 6,

    /// <summary>The vector comes from the 8259s.</summary>
    ExtInt = 7,
}
