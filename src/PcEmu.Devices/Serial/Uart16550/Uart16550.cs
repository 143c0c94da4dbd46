using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Time;
using PcEmu.Memory;

namespace PcEmu.Devices.Serial;

/// <summary>16550A UART: eight byte-wide registers, two 16-byte FIFOs, one interrupt output.</summary>
/// <remarks>
/// Sources: National Semiconductor PC16550D data sheet (June 1995), sections 8.0 "Registers" and 8.4 to 8.8; QEMU's
/// <c>pc</c> machine where its guests see something else:
/// a byte leaves the transmitter at once when the host takes it, so LSR.THRE is back before the next instruction; OUT2 does not
/// gate the interrupt; in loopback MSR shows the outputs without delta bits; a host's bytes fill the receive FIFO only up
/// to its trigger level.
/// </remarks>
public sealed partial class Uart16550
{
    // Registers, as offsets from the base address. RBR/THR and IER give way to the divisor latch while LCR.DLAB is set.
    private const int Data = 0;                  // RBR, THR; DLL
    private const int InterruptEnable = 1;       // IER; DLM
    private const int InterruptIdentification = 2; // IIR; FCR
    private const int LineControl = 3;           // LCR
    private const int ModemControl = 4;          // MCR
    private const int LineStatus = 5;            // LSR
    private const int ModemStatus = 6;           // MSR
    private const int Scratch = 7;               // SCR
    private const int RegisterCount = 8;

    private const byte IerErbfi = 0x01;  // received data available
    private const byte IerEtbei = 0x02;  // transmitter holding register empty
    private const byte IerElsi = 0x04;   // receiver line status
    private const byte IerEdssi = 0x08;  // modem status
    private const byte IerMask = 0x0F;

    private const byte IirModemStatus = 0x00;
    private const byte IirNone = 0x01;
    private const byte IirThre = 0x02;
    private const byte IirDataAvailable = 0x04;
    private const byte IirLineStatus = 0x06;
    private const byte IirTimeout = 0x0C;
    private const byte IirIdMask = 0x0F;
    private const byte IirFifosEnabled = 0xC0;

    private const byte FcrEnable = 0x01;
    private const byte FcrClearReceiver = 0x02;
    private const byte FcrClearTransmitter = 0x04;
    private const byte FcrTriggerShift = 6;
    private const byte FcrKept = 0xC9;   // enable, DMA mode, trigger level

    private const byte LcrWordLength = 0x03;
    private const byte LcrTwoStopBits = 0x04;
    private const byte LcrParity = 0x08;
    private const byte LcrDlab = 0x80;

    private const byte McrDtr = 0x01;
    private const byte McrRts = 0x02;
    private const byte McrOut1 = 0x04;
    private const byte McrOut2 = 0x08;
    private const byte McrLoop = 0x10;
    private const byte McrMask = 0x1F;

    private const byte LsrDr = 0x01;     // data ready
    private const byte LsrOe = 0x02;     // overrun
    private const byte LsrBi = 0x10;     // break
    private const byte LsrThre = 0x20;   // transmitter holding register empty
    private const byte LsrTemt = 0x40;   // transmitter empty
    private const byte LsrErrors = 0x1E; // OE, PE, FE, BI: what the line status interrupt is about

    private const byte MsrDcts = 0x01;
    private const byte MsrDdsr = 0x02;
    private const byte MsrTeri = 0x04;   // trailing edge of RI only
    private const byte MsrDdcd = 0x08;
    private const byte MsrCts = 0x10;
    private const byte MsrDsr = 0x20;
    private const byte MsrRi = 0x40;
    private const byte MsrDcd = 0x80;
    private const byte MsrDeltas = 0x0F;

    private const ushort DivisorAtReset = 12; // 9600 baud
    private const long InputClock = 1_843_200;
    private const int ClocksPerBit = 16;
    private const int TimeoutCharacters = 4;

    private readonly IIrqLine _interrupt;
    private readonly CharPort _port;
    private readonly EventLog _log;
    private readonly IClock _clock;
    private readonly GuestTimer _receiveTimeout;

    /// <summary>Makes the chip.</summary>
    /// <param name="timers">Guest time: the receive timeout.</param>
    /// <param name="interrupt">INTR.</param>
    /// <param name="port">What SOUT and SIN are connected to; the chip attaches itself as the receiver.</param>
    /// <param name="log">Where trace events go.</param>
    public Uart16550(TimerQueue timers, IIrqLine interrupt, CharPort port, EventLog log)
    {
        _interrupt = interrupt;
        _port = port;
        _log = log;
        _clock = timers.Clock;
        _receiveTimeout = timers.Create(ReceiveTimeout);
        Registers = MemoryRegion.Io("serial", RegisterCount, new IoHandlers(Read, Write) { ImplementedMaximum = 1 });
        Reset();
        port.Attach(new Line(this));
    }

    /// <summary>The eight registers.</summary>
    public MemoryRegion Registers { get; }

    /// <summary>Puts the chip into its state after MR (master reset), as QEMU's guests find it.</summary>
    public void Reset()
    {
        _divisor = DivisorAtReset;
        _rbr = 0;
        _ier = 0;
        _loaded = Parts.None;
        _iir = IirNone;
        _lcr = 0;
        _mcr = McrOut2;
        _lsr = LsrTemt | LsrThre;
        _msr = MsrDcd | MsrDsr | MsrCts; // a modem that is there and willing
        _scr = 0;
        _fcr = 0;
        _thr = 0;
        _tsr = 0;
        _tsrRetry = 0;
        _threPending = 0;
        _timeoutPending = 0;
        _receive.Clear();
        _transmit.Clear();
        _receiveTimeout.Cancel();
        UpdateCharacterTime();
        UpdateInterrupt();
        _port.AcceptInput();
    }

    private ulong Read(ulong offset, int size)
    {
        byte value = (int)offset switch
        {
            Data => (_lcr & LcrDlab) != 0 ? (byte)_divisor : ReadReceiverBuffer(),
            InterruptEnable => (_lcr & LcrDlab) != 0 ? (byte)(_divisor >> 8) : _ier,
            InterruptIdentification => ReadInterruptIdentification(),
            LineControl => _lcr,
            ModemControl => _mcr,
            LineStatus => ReadLineStatus(),
            ModemStatus => ReadModemStatus(),
            _ => _scr,
        };
        if (_log.Tracing)
        {
            _log.Trace("serial_read", $"read addr 0x{offset:x2} val 0x{value:x2}");
        }

        return value;
    }

    private void Write(ulong offset, ulong data, int size)
    {
        byte value = (byte)data;
        if (_log.Tracing)
        {
            _log.Trace("serial_write", $"write addr 0x{offset:x2} val 0x{value:x2}");
        }

        switch ((int)offset)
        {
            case Data:
                if ((_lcr & LcrDlab) != 0)
                {
                    _divisor = (ushort)((_divisor & 0xFF00) | value);
                    UpdateCharacterTime();
                }
                else
                {
                    WriteTransmitter(value);
                }

                break;
            case InterruptEnable:
                if ((_lcr & LcrDlab) != 0)
                {
                    _divisor = (ushort)((_divisor & 0x00FF) | (value << 8));
                    UpdateCharacterTime();
                }
                else
                {
                    WriteInterruptEnable(value);
                }

                break;
            case InterruptIdentification:
                WriteFifoControl(value);
                break;
            case LineControl:
                _lcr = value; // bit 6, a break on SOUT, has no one on the host who could see it
                UpdateCharacterTime();
                break;
            case ModemControl:
                WriteModemControl(value);
                break;
            case Scratch:
                _scr = value;
                break;
            default: // LSR and MSR: for factory tests only, ignored
                break;
        }
    }

    private byte ReadInterruptIdentification()
    {
        // Reading IIR while it names the transmitter is what resets that interrupt.
        byte value = _iir;
        if ((value & IirIdMask) == IirThre)
        {
            _threPending = 0;
            UpdateInterrupt();
        }

        return value;
    }

    private byte ReadLineStatus()
    {
        byte value = _lsr;
        if ((value & LsrErrors) != 0)
        {
            _lsr &= unchecked((byte)~LsrErrors);
            UpdateInterrupt();
        }

        return value;
    }

    private byte ReadModemStatus()
    {
        if ((_mcr & McrLoop) != 0)
        {
            return (byte)(((_mcr & McrRts) != 0 ? MsrCts : 0)
                | ((_mcr & McrDtr) != 0 ? MsrDsr : 0)
                | ((_mcr & McrOut1) != 0 ? MsrRi : 0)
                | ((_mcr & McrOut2) != 0 ? MsrDcd : 0));
        }

        byte value = _msr;
        if ((value & MsrDeltas) != 0)
        {
            _msr &= unchecked((byte)~MsrDeltas);
            UpdateInterrupt();
        }

        return value;
    }

    private void WriteInterruptEnable(byte value)
    {
        byte changed = (byte)((_ier ^ value) & IerMask);
        _ier = (byte)(value & IerMask);
        if ((changed & IerEtbei) != 0)
        {
            // Enabling the interrupt while THR is empty raises it, even if an IIR read has reset it before.
            _threPending = (_ier & IerEtbei) != 0 && (_lsr & LsrThre) != 0 ? 1 : 0;
        }

        if (changed != 0)
        {
            UpdateInterrupt();
        }
    }

    private void WriteFifoControl(byte value)
    {
        // Switching between 16450 and FIFO mode clears both FIFOs.
        bool modeChanges = ((value ^ _fcr) & FcrEnable) != 0;
        if (modeChanges || (value & FcrClearReceiver) != 0)
        {
            _lsr &= unchecked((byte)~(LsrDr | LsrBi));
            _receive.Clear();
            _receiveTimeout.Cancel();
            _timeoutPending = 0;
        }

        if (modeChanges || (value & FcrClearTransmitter) != 0)
        {
            _lsr |= LsrThre;
            _threPending = 1;
            _transmit.Clear();
        }

        _fcr = (byte)(value & FcrKept);
        UpdateInterrupt();
        _port.AcceptInput();
    }

    private void WriteModemControl(byte value)
    {
        bool leavesLoop = (_mcr & ~value & McrLoop) != 0;
        _mcr = (byte)(value & McrMask);
        if (leavesLoop)
        {
            _port.AcceptInput();
        }
    }

    /// <summary>Sets the four modem inputs; a change shows in MSR's delta bits and may interrupt.</summary>
    /// <param name="cts">Clear to send.</param>
    /// <param name="dsr">Data set ready.</param>
    /// <param name="ri">Ring indicator.</param>
    /// <param name="dcd">Data carrier detect.</param>
    public void SetModemInputs(bool cts, bool dsr, bool ri, bool dcd)
    {
        byte lines = (byte)((cts ? MsrCts : 0) | (dsr ? MsrDsr : 0) | (ri ? MsrRi : 0) | (dcd ? MsrDcd : 0));
        int changed = _msr ^ lines;
        int deltas = (changed & MsrCts) != 0 ? MsrDcts : 0;
        deltas |= (changed & MsrDsr) != 0 ? MsrDdsr : 0;
        deltas |= (changed & MsrDcd) != 0 ? MsrDdcd : 0;
        deltas |= (changed & MsrRi) != 0 && !ri ? MsrTeri : 0;
        _msr = (byte)(lines | (_msr & MsrDeltas) | deltas);
        UpdateInterrupt();
    }

    private void UpdateInterrupt()
    {
        // Highest priority first: data sheet, table "Interrupt Control Functions".
        byte source = IirNone;
        if ((_ier & IerElsi) != 0 && (_lsr & LsrErrors) != 0)
        {
            source = IirLineStatus;
        }
        else if ((_ier & IerErbfi) != 0 && _timeoutPending != 0)
        {
            source = IirTimeout;
        }
        else if ((_ier & IerErbfi) != 0 && (_lsr & LsrDr) != 0
            && (!FifosEnabled || _receive.Count >= TriggerLevel))
        {
            source = IirDataAvailable;
        }
        else if ((_ier & IerEtbei) != 0 && _threPending != 0)
        {
            source = IirThre;
        }
        else if ((_ier & IerEdssi) != 0 && (_msr & MsrDeltas) != 0)
        {
            source = IirModemStatus;
        }

        _iir = (byte)(source | (FifosEnabled ? IirFifosEnabled : 0));
        bool level = source != IirNone;
        if (level != _level)
        {
            _level = level;
            _interrupt.Set(level);
        }
    }
}
