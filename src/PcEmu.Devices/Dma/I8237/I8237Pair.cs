using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Dma;

/// <summary>The two 8237A of a PC: channels 0-3 move bytes, 5-7 words; channel 4 is the cascade.</summary>
/// <remarks>
/// Source: 82371SB (PIIX3) data sheet, 290550, "DMA Controller". A device registers a handler for its channel and raises
/// DREQ when it has something to move; the handler is called at once if the guest lets the channel run, and again when
/// the guest unmasks it. A device that stopped half-way calls <see cref="HoldDreq"/> again when it can go on. As in QEMU,
/// channels 0-3 work without channel 4 being set up.
/// </remarks>
public sealed class I8237Pair : Device
{
    private readonly I8237 _bytes;
    private readonly I8237 _words;

    /// <summary>Wires the pair.</summary>
    /// <param name="memory">The system's address space.</param>
    /// <param name="log">Where guest errors go.</param>
    public I8237Pair(AddressSpace memory, EventLog log)
    {
        _bytes = new I8237(memory, words: false, log);
        _words = new I8237(memory, words: true, log);
    }

    /// <inheritdoc/>
    public override string Driver => "i8257";

    /// <summary>Registers of channels 0-3: 16 ports, 00h on a PC.</summary>
    public MemoryRegion Ports => _bytes.Ports;

    /// <summary>Registers of channels 4-7: 32 ports, C0h on a PC.</summary>
    public MemoryRegion WordPorts => _words.Ports;

    /// <summary>Page registers of channels 0-3: 8 ports, 80h on a PC; 81h, 82h, 83h and 87h are decoded.</summary>
    public MemoryRegion Pages => _bytes.Pages;

    /// <summary>Page registers of channels 4-7: 8 ports, 88h on a PC; 89h, 8Ah, 8Bh and 8Fh are decoded.</summary>
    public MemoryRegion WordPages => _words.Pages;

    /// <summary>High page registers of channels 0-3, for a board at 480h. QEMU's <c>pc</c> has none.</summary>
    public MemoryRegion HighPages => _bytes.HighPages;

    /// <summary>High page registers of channels 4-7, for a board at 488h. QEMU's <c>pc</c> has none.</summary>
    public MemoryRegion WordHighPages => _words.HighPages;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections =>
        [StateSection.Of(I8237.State, _bytes), StateSection.Of(I8237.State, _words)];

    /// <summary>Gives a channel its device.</summary>
    /// <param name="channel">0-7.</param>
    /// <param name="handler">Called while DREQ is up and the channel may run.</param>
    public void RegisterChannel(int channel, DmaHandler handler) => Chip(channel).Register(channel & 3, handler);

    /// <summary>Raises DREQ, or reminds of it: the handler runs before this returns, if the channel may run.</summary>
    public void HoldDreq(int channel) => Chip(channel).SetDreq(channel & 3, true);

    /// <summary>Lowers DREQ.</summary>
    public void ReleaseDreq(int channel) => Chip(channel).SetDreq(channel & 3, false);

    /// <summary>What the guest has set the channel to do.</summary>
    public DmaTransfer TransferOf(int channel) => Chip(channel).Channel(channel & 3).Transfer;

    /// <summary>Whether the channel starts over at terminal count.</summary>
    public bool IsAutoInitialized(int channel) => Chip(channel).Channel(channel & 3).IsAutoInitialized;

    /// <summary>Takes bytes of a transfer from memory; all ones if the guest has not set the channel to read.</summary>
    /// <param name="channel">0-7.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="position">Which bytes of the transfer, counted from its beginning.</param>
    public void ReadMemory(int channel, Span<byte> destination, int position) =>
        Chip(channel).ReadMemory(channel & 3, destination, position);

    /// <summary>Puts bytes of a transfer into memory; nothing happens if the guest has not set the channel to write.</summary>
    /// <param name="channel">0-7.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="position">Which bytes of the transfer, counted from its beginning.</param>
    public void WriteMemory(int channel, ReadOnlySpan<byte> source, int position) =>
        Chip(channel).WriteMemory(channel & 3, source, position);

    /// <inheritdoc/>
    public override void Reset()
    {
        _bytes.Reset();
        _words.Reset();
    }

    private I8237 Chip(int channel) => channel < 4 ? _bytes : _words;
}
