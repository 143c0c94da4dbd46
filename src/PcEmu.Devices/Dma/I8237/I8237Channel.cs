using PcEmu.Core.State;

namespace PcEmu.Devices.Dma;

/// <summary>Registers of one DMA channel, with the page registers that the PC adds.</summary>
internal struct I8237Channel
{
    private const int TransferShift = 2;
    private const int TransferMask = 3;
    private const byte AutoInitialize = 0x10;
    private const byte Decrement = 0x20;
    private const int ModeShift = 6;
    private const int Cascade = 3;

    // On the wire: where the transfer begins, in bytes inside the page, and how many bytes are done. Not the chip's
    // counters, which are computed from them.
    public int Start;
    public int Done;
    public ushort BaseAddress;
    public ushort BaseCount;
    public byte Mode;
    public byte Page;
    public byte HighPage;
    public byte Dack;
    public byte Eop;

    /// <summary>The structure on the wire.</summary>
    public static readonly StateDescription<I8237Channel> State = new("dma_regs", version: 1, minimumVersion: 1)
    {
        Field.Int32("now[0]", static (ref I8237Channel c) => ref c.Start),
        Field.Int32("now[1]", static (ref I8237Channel c) => ref c.Done),
        Field.UInt16("base[0]", static (ref I8237Channel c) => ref c.BaseAddress),
        Field.UInt16("base[1]", static (ref I8237Channel c) => ref c.BaseCount),
        Field.UInt8("mode", static (ref I8237Channel c) => ref c.Mode),
        Field.UInt8("page", static (ref I8237Channel c) => ref c.Page),
        Field.UInt8("pageh", static (ref I8237Channel c) => ref c.HighPage),
        Field.UInt8("dack", static (ref I8237Channel c) => ref c.Dack),
        Field.UInt8("eop", static (ref I8237Channel c) => ref c.Eop),
    };

    /// <summary>What the transfer does with memory.</summary>
    public readonly DmaTransfer Transfer => (DmaTransfer)(Mode >> TransferShift & TransferMask);

    /// <summary>Whether the address goes down.</summary>
    public readonly bool GoesDown => (Mode & Decrement) != 0;

    /// <summary>Whether terminal count loads the base registers again.</summary>
    public readonly bool IsAutoInitialized => (Mode & AutoInitialize) != 0;

    /// <summary>Whether the channel only passes the bus on.</summary>
    public readonly bool IsCascade => Mode >> ModeShift == Cascade;
}

/// <summary>Direction of a DMA transfer, bits 3-2 of the mode register.</summary>
public enum DmaTransfer
{
    /// <summary>Addresses and counts go on, no byte moves.</summary>
    Verify,

    /// <summary>From the device to memory.</summary>
    Write,

    /// <summary>From memory to the device.</summary>
    Read,

    /// <summary>Forbidden by the data sheet; moves nothing.</summary>
    Illegal,
}
