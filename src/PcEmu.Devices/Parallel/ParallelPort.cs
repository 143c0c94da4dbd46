using PcEmu.Core;
using PcEmu.Core.Char;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Parallel;

/// <summary>Standard parallel port (SPP) with a printer that prints at once: every strobed byte goes to the host.</summary>
/// <remarks>
/// Sources: IBM PC Technical Reference (April 1984), "Parallel Printer Adapter"; IEEE 1284-1994, clause 6 "Compatibility
/// mode". The handshake is that of QEMU's parallel port on a file: nACK and BUSY move as the guest reads the status
/// register, the interrupt comes when the strobe ends, the EPP and ECP registers are not there.
/// </remarks>
public sealed class ParallelPort
{
    // Registers, as offsets from the base address.
    private const int Data = 0;
    private const int Status = 1;
    private const int Control = 2;
    private const int RegisterCount = 8; // 3 to 7 would be EPP's

    private const byte StatusTimeout = 0x01;   // EPP time-out
    private const byte StatusNotError = 0x08;
    private const byte StatusSelect = 0x10;    // printer is on line
    private const byte StatusNotAck = 0x40;
    private const byte StatusNotBusy = 0x80;
    private const byte StatusIdle = StatusNotBusy | StatusNotAck | StatusSelect | StatusNotError;

    private const byte ControlStrobe = 0x01;
    private const byte ControlNotInit = 0x04;
    private const byte ControlSelectIn = 0x08;
    private const byte ControlInterruptEnable = 0x10;
    private const byte ControlInput = 0x20;    // data lines are inputs
    private const byte ControlUnused = 0xC0;   // read as ones

    private const byte OpenBus = 0xFF;

    private readonly IIrqLine _interrupt;
    private readonly CharPort _port;
    private readonly EventLog _log;

    private byte _dataOut;
    private byte _dataIn;
    private byte _status;
    private byte _control;
    private int _interruptPending;
    private int _eppTimeout;

    [NotSaved("a byte that a stalled host has not taken is lost, as the stream has no place for it")]
    private bool _held;

    [NotSaved("the byte of _held")]
    private byte _heldByte;

    [NotSaved("what the wire was last driven to; driven anew after a load")]
    private bool _level;

    /// <summary>The wire's layout: section <c>parallel_isa</c>, 12 bytes.</summary>
    public static readonly StateDescription<ParallelPort> State = Describe();

    /// <summary>Makes the port.</summary>
    /// <param name="interrupt">nACK as an interrupt.</param>
    /// <param name="port">Where printed bytes go.</param>
    /// <param name="log">Where trace events go.</param>
    public ParallelPort(IIrqLine interrupt, CharPort port, EventLog log)
    {
        _interrupt = interrupt;
        _port = port;
        _log = log;
        Registers = MemoryRegion.Io("parallel", RegisterCount, new IoHandlers(Read, Write) { ImplementedMaximum = 1 });
        Reset();
        port.Attach(new Printer(this));
    }

    /// <summary>The port's registers.</summary>
    public MemoryRegion Registers { get; }

    /// <summary>Puts the port into its state after power-on.</summary>
    public void Reset()
    {
        _dataOut = 0xFF;
        _dataIn = 0xFF;
        _status = StatusIdle | StatusTimeout;
        _control = ControlUnused | ControlSelectIn | ControlNotInit;
        _interruptPending = 0;
        _eppTimeout = 0;
        _held = false;
        UpdateInterrupt();
    }

    private static StateDescription<ParallelPort> Describe()
    {
        var parallel = new StateDescription<ParallelPort>("parallel_isa", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref ParallelPort p, int _) => p.AfterLoad(),
        };
        parallel.Add(Field.UInt8("dataw", static (ref ParallelPort p) => ref p._dataOut));
        parallel.Add(Field.UInt8("datar", static (ref ParallelPort p) => ref p._dataIn));
        parallel.Add(Field.UInt8("status", static (ref ParallelPort p) => ref p._status));
        parallel.Add(Field.UInt8("control", static (ref ParallelPort p) => ref p._control));
        parallel.Add(Field.Int32("irq_pending", static (ref ParallelPort p) => ref p._interruptPending));
        parallel.Add(Field.Int32("epp_timeout", static (ref ParallelPort p) => ref p._eppTimeout));
        return parallel;
    }

    private void AfterLoad()
    {
        _held = false;
        UpdateInterrupt();
        _interrupt.Set(_level);
    }

    private ulong Read(ulong offset, int size)
    {
        byte value = (int)offset switch
        {
            Data => (_control & ControlInput) != 0 ? _dataIn : _dataOut,
            Status => ReadStatus(),
            Control => _control,
            _ => OpenBus,
        };
        if (_log.Tracing)
        {
            _log.Trace("parallel_ioport_read", $"[0x{offset:x2}] == 0x{value:x2}");
        }

        return value;
    }

    private void Write(ulong offset, ulong data, int size)
    {
        byte value = (byte)data;
        if (_log.Tracing)
        {
            _log.Trace("parallel_ioport_write", $"[0x{offset:x2}] = 0x{value:x2}");
        }

        switch ((int)offset)
        {
            case Data:
                _dataOut = value;
                break;
            case Control:
                WriteControl((byte)(value | ControlUnused));
                break;
            default:
                break;
        }
    }

    private byte ReadStatus()
    {
        byte value = _status;
        _interruptPending = 0;
        if ((_status & StatusNotBusy) == 0 && (_control & ControlStrobe) == 0 && !_held)
        {
            // The printer answers a strobe with a pulse on nACK, then is no longer busy: one step for each look at it.
            _status ^= StatusNotAck;
            if ((_status & StatusNotAck) != 0)
            {
                _status |= StatusNotBusy;
            }
        }

        UpdateInterrupt();
        return value;
    }

    private void WriteControl(byte value)
    {
        if ((value & ControlNotInit) == 0)
        {
            _status = StatusIdle;
            _held = false;
        }
        else if ((value & ControlSelectIn) != 0)
        {
            if ((value & ControlStrobe) != 0)
            {
                _status &= unchecked((byte)~StatusNotBusy);
                if ((_control & ControlStrobe) == 0)
                {
                    Print(_dataOut);
                }
            }
            else if ((_control & ControlInterruptEnable) != 0 && !_held)
            {
                _interruptPending = 1;
            }
        }

        _control = value;
        UpdateInterrupt();
    }

    // A guest that strobes again while the printer is busy loses the byte that was waiting, as with a real printer.
    private void Print(byte value)
    {
        _held = !_port.Write(value);
        _heldByte = value;
    }

    private void HostReady()
    {
        if (_held && _port.Write(_heldByte))
        {
            _held = false;
            if ((_control & (ControlStrobe | ControlInterruptEnable)) == ControlInterruptEnable)
            {
                _interruptPending = 1;
                UpdateInterrupt();
            }
        }
    }

    private void UpdateInterrupt()
    {
        bool level = _interruptPending != 0;
        if (level != _level)
        {
            _level = level;
            _interrupt.Set(level);
        }
    }

    // The printer's side of the cable: it never sends anything.
    private sealed class Printer(ParallelPort parallel) : ICharReceiver
    {
        public int CanReceive => int.MaxValue;

        public void Receive(ReadOnlySpan<byte> bytes)
        {
        }

        public void OnWriteReady() => parallel.HostReady();
    }
}
