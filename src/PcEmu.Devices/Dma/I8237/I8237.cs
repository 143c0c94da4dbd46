using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Dma;

/// <summary>Moves bytes for a device on a DMA channel, as far as the device can now.</summary>
/// <param name="channel">0-3 or 5-7.</param>
/// <param name="done">Bytes of the transfer that are done.</param>
/// <param name="length">Bytes of the whole transfer, 1-131072.</param>
/// <returns>Bytes that are done now; <paramref name="length"/> is terminal count.</returns>
public delegate int DmaHandler(int channel, int done, int length);

/// <summary>Intel 8237A DMA controller as the PC's south bridge has it: four channels for bytes, or for words.</summary>
/// <remarks>
/// Source: Intel 8237A data sheet, 231466-005, "Register Description" and "Software Commands"; 82371SB (PIIX3) data
/// sheet, 290550, section 2.5.1, for what a PC leaves out: memory-to-memory transfers, address hold, compressed and
/// extended timing. Two are wired together in <see cref="I8237Pair"/>.
/// </remarks>
internal sealed class I8237
{
    // Registers 0-7 are address and count of each channel.
    private const int Command = 8;
    private const int Request = 9;
    private const int SingleMask = 10;
    private const int Mode = 11;
    private const int ClearFlipFlop = 12;
    private const int MasterClear = 13;
    private const int ClearMask = 14;
    private const int AllMask = 15;

    private const byte CommandDisable = 0x04;
    private const byte CommandReserved = 0x2B;
    private const byte SetBit = 0x04;
    private const byte StatusRequests = 0xF0;
    private const byte AllChannels = 0xFF;

    private readonly AddressSpace _memory;
    private readonly EventLog _log;
    private readonly int _firstChannel;
    private readonly int _wordShift;
    private readonly I8237Channel[] _channels = new I8237Channel[4];
    private readonly DmaHandler?[] _handlers = new DmaHandler?[4];

    private byte _command;
    private byte _mask = AllChannels;
    private byte _flipFlop;
    private int _wordShiftOnWire;

    [NotSaved("not on the wire: devices raise DREQ again after a load, terminal counts seen are forgotten")]
    private byte _status;

    [NotSaved("true only inside a call")]
    private bool _running;

    [NotSaved("true only inside a call")]
    private bool _again;

    /// <summary>The section <c>dma</c>; instance 0 moves bytes, instance 1 words.</summary>
    public static readonly StateDescription<I8237> State = Describe();

    /// <summary>Wires a controller.</summary>
    /// <param name="memory">Where transfers go.</param>
    /// <param name="words">Whether it moves 16-bit words: the second one of a PC, whose registers are two ports apart.</param>
    /// <param name="log">Where guest errors go.</param>
    public I8237(AddressSpace memory, bool words, EventLog log)
    {
        _memory = memory;
        _log = log;
        _wordShift = words ? 1 : 0;
        _firstChannel = words ? 4 : 0;
        _wordShiftOnWire = _wordShift;
        Ports = MemoryRegion.Io("dma", 16UL << _wordShift, IoHandlers.Bytes(Read, Write));
        Pages = PageRegion("dma-page", ReadPage, WritePage);
        HighPages = PageRegion("dma-pageh", ReadHighPage, WriteHighPage);
    }

    /// <summary>Channels and control registers.</summary>
    public MemoryRegion Ports { get; }

    /// <summary>Page registers: A23-A16 of each channel.</summary>
    public MemoryRegion Pages { get; }

    /// <summary>EISA's high page registers: A30-A24 of each channel.</summary>
    public MemoryRegion HighPages { get; }

    /// <summary>RESET does what the master clear command does; addresses, counts, modes and pages stay.</summary>
    public void Reset()
    {
        _flipFlop = 0;
        _mask = AllChannels;
        _status = 0;
        _command = 0;
    }

    /// <summary>Gives a channel its device.</summary>
    public void Register(int index, DmaHandler handler) => _handlers[index] = handler;

    /// <summary>Drives DREQ.</summary>
    public void SetDreq(int index, bool level)
    {
        int bit = 0x10 << index;
        if (level)
        {
            // A handler's reminder of its own request is no news: it is asked again when somebody calls from outside.
            bool isNews = (_status & bit) == 0 || !_running;
            _status |= (byte)bit;
            if (isNews)
            {
                Run();
            }
        }
        else
        {
            _status &= (byte)~bit;
        }
    }

    /// <summary>A channel's registers.</summary>
    public ref readonly I8237Channel Channel(int index) => ref _channels[index];

    /// <summary>Takes bytes from memory for a device.</summary>
    public void ReadMemory(int index, Span<byte> destination, int position)
    {
        if (_channels[index].Transfer != DmaTransfer.Read)
        {
            // Nobody drives the bus.
            destination.Fill(0xFF);
            return;
        }

        while (destination.Length > 0)
        {
            int run = Locate(index, position, destination.Length, out ulong address);
            _memory.Read(address, destination[..run]);
            destination = destination[run..];
            position += run;
        }
    }

    /// <summary>Puts a device's bytes into memory.</summary>
    public void WriteMemory(int index, ReadOnlySpan<byte> source, int position)
    {
        if (_channels[index].Transfer != DmaTransfer.Write)
        {
            return;
        }

        while (source.Length > 0)
        {
            int run = Locate(index, position, source.Length, out ulong address);
            _memory.Write(address, source[..run]);
            source = source[run..];
            position += run;
        }
    }

    private static StateDescription<I8237> Describe()
    {
        var state = new StateDescription<I8237>("dma", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref I8237 d, int _) => d.Loaded(),
        };
        state.Add(Field.UInt8("command", static (ref I8237 d) => ref d._command));
        state.Add(Field.UInt8("mask", static (ref I8237 d) => ref d._mask));
        state.Add(Field.UInt8("flip_flop", static (ref I8237 d) => ref d._flipFlop));
        state.Add(Field.Int32("dshift", static (ref I8237 d) => ref d._wordShiftOnWire));
        state.Add(Field.Array("regs", static (I8237 d) => d._channels, I8237Channel.State));
        return state;
    }

    private void Loaded()
    {
        if (_wordShiftOnWire != _wordShift)
        {
            throw new StateException($"dma: dshift {_wordShiftOnWire} belongs to the other controller");
        }

        foreach (ref I8237Channel channel in _channels.AsSpan())
        {
            if (channel.Start < 0 || channel.Start >= 0x10000 << _wordShift || channel.Done < 0
                || channel.Done > 0x10000 << _wordShift)
            {
                throw new StateException($"dma: a transfer from {channel.Start} with {channel.Done} bytes done is out of range");
            }
        }
    }

    private byte Read(int offset)
    {
        int register = offset >> _wordShift;
        switch (register)
        {
            case < Command:
                return ReadChannel(ref _channels[register >> 1], count: (register & 1) != 0);
            case Command:
                byte status = _status;
                _status &= StatusRequests;
                return status;
            case AllMask:
                return _mask;
            default:
                _log.GuestError($"dma: read of write-only register {register}");
                return 0;
        }
    }

    private void Write(int offset, byte value)
    {
        int register = offset >> _wordShift;
        int index = value & 3;
        byte bit = (byte)(1 << index);
        switch (register)
        {
            case < Command:
                WriteChannel(ref _channels[register >> 1], count: (register & 1) != 0, value);
                return;
            case Command:
                if ((value & CommandReserved) != 0)
                {
                    _log.GuestError($"dma: reserved bits in command 0x{value:x2}");
                }

                // Bits 7 and 6, the levels of DACK and DREQ, mean nothing to devices that call each other. Bit 4, rotating
                // priority, decides between requests of one moment, and here each request has its own.
                _command = (byte)(value & ~CommandReserved);
                break;
            case Request:
                // QEMU: a software request is a DREQ that stays, and the mask holds it back.
                _status &= (byte)~bit;
                _status = (byte)((value & SetBit) != 0 ? _status | (bit << 4) : _status & ~(bit << 4));
                break;
            case SingleMask:
                _mask = (byte)((value & SetBit) != 0 ? _mask | bit : _mask & ~bit);
                break;
            case Mode:
                _channels[index].Mode = value;
                return;
            case ClearFlipFlop:
                _flipFlop = 0;
                return;
            case MasterClear:
                Reset();
                return;
            case ClearMask:
                _mask = 0;
                break;
            default:
                _mask = value;
                break;
        }

        Run();
    }

    private byte ReadChannel(ref I8237Channel channel, bool count)
    {
        int bytes = count
            ? (channel.BaseCount << _wordShift) - channel.Done
            : channel.GoesDown ? channel.Start - channel.Done : channel.Start + channel.Done;
        int value = bytes >> _wordShift;
        return (byte)(ToggleFlipFlop() ? value >> 8 : value);
    }

    // Base and current register are written together. The current ones take effect with the high byte, as in QEMU.
    private void WriteChannel(ref I8237Channel channel, bool count, byte value)
    {
        ref ushort target = ref channel.BaseAddress;
        if (count)
        {
            target = ref channel.BaseCount;
        }

        if (ToggleFlipFlop())
        {
            target = (ushort)((target & 0xFF) | (value << 8));
            channel.Start = channel.BaseAddress << _wordShift;
            channel.Done = 0;
        }
        else
        {
            target = (ushort)((target & 0xFF00) | value);
        }
    }

    private bool ToggleFlipFlop()
    {
        bool high = _flipFlop != 0;
        _flipFlop = (byte)(high ? 0 : 1);
        return high;
    }

    private int Length(in I8237Channel channel) => (channel.BaseCount + 1) << _wordShift;

    // Asks every device that may go on, once. A handler that changes requests or masks brings about another round.
    private void Run()
    {
        if (_running)
        {
            _again = true;
            return;
        }

        _running = true;
        try
        {
            do
            {
                _again = false;
                for (int i = 0; i < _channels.Length; i++)
                {
                    if ((_command & CommandDisable) == 0 && (_mask & (1 << i)) == 0 && (_status & (0x10 << i)) != 0)
                    {
                        RunChannel(i);
                    }
                }
            }
            while (_again);
        }
        finally
        {
            _running = false;
        }
    }

    private void RunChannel(int index)
    {
        ref I8237Channel channel = ref _channels[index];
        if (channel.IsCascade || _handlers[index] is not { } handler)
        {
            return;
        }

        int length = Length(channel);
        int done = handler(_firstChannel + index, Math.Min(channel.Done, length), length);
        channel.Done = Math.Clamp(done, 0, length);
        if (channel.Done == length)
        {
            TerminalCount(index);
        }
    }

    // The chip masks a channel that is done; QEMU leaves it to the device to stop. A channel that starts over keeps its mask.
    private void TerminalCount(int index)
    {
        _status |= (byte)(1 << index);
        if (_channels[index].IsAutoInitialized)
        {
            _channels[index].Start = _channels[index].BaseAddress << _wordShift;
            _channels[index].Done = 0;
        }
        else
        {
            _mask |= (byte)(1 << index);
        }
    }

    // How many of the next bytes lie in order of address, and where. The page does not count: addresses wrap inside it.
    private int Locate(int index, int position, int length, out ulong address)
    {
        ref readonly I8237Channel channel = ref _channels[index];
        int window = 0x10000 << _wordShift;
        int page = channel.Page & ~_wordShift;
        ulong start = ((ulong)(channel.HighPage & 0x7F) << 24) | ((ulong)page << 16);
        int unit = 1 << _wordShift;
        int inUnit = position & (unit - 1);
        int offset = channel.GoesDown
            ? channel.Start - (position - inUnit) + inUnit
            : channel.Start + position;
        offset &= window - 1;
        address = start + (uint)offset;
        return Math.Min(length, channel.GoesDown ? unit - inUnit : window - offset);
    }

    private byte ReadPage(int index) => _channels[index].Page;

    private void WritePage(int index, byte value) => _channels[index].Page = value;

    private byte ReadHighPage(int index) => _channels[index].HighPage;

    private void WriteHighPage(int index, byte value) => _channels[index].HighPage = value;

    // Offsets 1, 2, 3 and 7 belong to channels 2, 3, 1 and 0; the others are not decoded.
    private static MemoryRegion PageRegion(string name, Func<int, byte> read, Action<int, byte> write)
    {
        var region = MemoryRegion.Container(name, 8);
        int[] offsetOfChannel = [7, 3, 1, 2];
        for (int i = 0; i < offsetOfChannel.Length; i++)
        {
            int channel = i;
            IoHandlers handlers = IoHandlers.Bytes(_ => read(channel), (_, value) => write(channel, value));
            region.Add(MemoryRegion.Io(name, 1, handlers), (ulong)offsetOfChannel[i]);
        }

        return region;
    }
}
