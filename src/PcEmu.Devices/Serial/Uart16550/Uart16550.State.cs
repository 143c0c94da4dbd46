using PcEmu.Core.State;

namespace PcEmu.Devices.Serial;

// What is saved: QEMU's section "serial". Streams of qemu-kvm 1.0 carry the registers only; later programs add subsections.
public sealed partial class Uart16550
{
    private const uint MaximumRetry = 4;

    private ushort _divisor;
    private byte _rbr;
    private byte _ier;
    private byte _iir;
    private byte _lcr;
    private byte _mcr;
    private byte _lsr;
    private byte _msr;
    private byte _scr;
    private byte _fcr;
    private byte _thr;
    private byte _tsr;
    private uint _tsrRetry; // not 0: the byte in the shift register waits for the host
    private int _threPending;
    private int _timeoutPending;
    private Fifo8 _receive = new();
    private Fifo8 _transmit = new();

    [NotSaved("computed from LCR and the divisor latch")]
    private long _characterTime;

    [NotSaved("what the wire was last driven to; driven anew after a load")]
    private bool _level;

    [NotSaved("only used while a stream is loaded")]
    private Parts _loaded;

    [Flags]
    private enum Parts
    {
        None = 0,
        ThrePending = 1,
        Tsr = 2,
        ReceiveFifo = 4,
        TransmitFifo = 8,
        TimeoutTimer = 16,
        TimeoutPending = 32,
        Poll = 64,
    }

    /// <summary>The wire's layout.</summary>
    public static readonly StateDescription<Uart16550> State = Describe();

    private bool FifosEnabled => (_fcr & FcrEnable) != 0;

    private static StateDescription<Uart16550> Describe()
    {
        var serial = new StateDescription<Uart16550>("serial", version: 3, minimumVersion: 1)
        {
            PostLoad = static (ref Uart16550 u, int version) => u.AfterLoad(version),
        };
        serial.Add(Field.UInt16("divider", static (ref Uart16550 u) => ref u._divisor, since: 2));
        serial.Add(Field.Computed(
            "divider8", 1, static (Uart16550 u) => u._divisor, static (u, v) => u._divisor = (ushort)v, when: static (ref _, v) => v < 2));
        serial.Add(Field.UInt8("rbr", static (ref Uart16550 u) => ref u._rbr));
        serial.Add(Field.UInt8("ier", static (ref Uart16550 u) => ref u._ier));
        serial.Add(Field.UInt8("iir", static (ref Uart16550 u) => ref u._iir));
        serial.Add(Field.UInt8("lcr", static (ref Uart16550 u) => ref u._lcr));
        serial.Add(Field.UInt8("mcr", static (ref Uart16550 u) => ref u._mcr));
        serial.Add(Field.UInt8("lsr", static (ref Uart16550 u) => ref u._lsr));
        serial.Add(Field.UInt8("msr", static (ref Uart16550 u) => ref u._msr));
        serial.Add(Field.UInt8("scr", static (ref Uart16550 u) => ref u._scr));
        serial.Add(Field.UInt8("fcr", static (ref Uart16550 u) => ref u._fcr, since: 3));

        serial.Add(Part(
            "thr_ipending",
            Parts.ThrePending,
            static u => (u._ier & IerEtbei) != 0 && (u._threPending != 0) != ((u._iir & IirIdMask) == IirThre),
            Field.Int32("thr_ipending", static (ref Uart16550 u) => ref u._threPending)));
        serial.Add(Part(
            "tsr",
            Parts.Tsr,
            static u => u._tsrRetry != 0,
            Field.UInt32("tsr_retry", static (ref Uart16550 u) => ref u._tsrRetry),
            Field.UInt8("thr", static (ref Uart16550 u) => ref u._thr),
            Field.UInt8("tsr", static (ref Uart16550 u) => ref u._tsr)));
        serial.Add(Part(
            "recv_fifo",
            Parts.ReceiveFifo,
            static u => u._receive.Count > 0,
            Field.Struct("recv_fifo", static (ref Uart16550 u) => ref u._receive, Fifo8.State)));
        serial.Add(Part(
            "xmit_fifo",
            Parts.TransmitFifo,
            static u => u._transmit.Count > 0,
            Field.Struct("xmit_fifo", static (ref Uart16550 u) => ref u._transmit, Fifo8.State)));
        serial.Add(Part(
            "fifo_timeout_timer",
            Parts.TimeoutTimer,
            static u => u._receiveTimeout.IsArmed,
            Field.Timer("fifo_timeout_timer", static (Uart16550 u) => u._receiveTimeout)));
        serial.Add(Part(
            "timeout_ipending",
            Parts.TimeoutPending,
            static u => u._timeoutPending != 0,
            Field.Int32("timeout_ipending", static (ref Uart16550 u) => ref u._timeoutPending)));

        // Sent by a machine whose back end was a real serial port with modem lines to poll; here there are none.
        serial.Add(Part(
            "poll",
            Parts.Poll,
            static _ => false,
            Field.Computed("poll_msl", 4, static (Uart16550 _) => uint.MaxValue, static (_, _) => { }),
            Field.Unused<Uart16550>(8)));
        return serial;
    }

    private static Subsection<Uart16550> Part(
        string name, Parts part, Func<Uart16550, bool> needed, params ReadOnlySpan<StateField<Uart16550>> fields)
    {
        var description = new StateDescription<Uart16550>($"serial/{name}", version: 1, minimumVersion: 1)
        {
            PostLoad = (ref u, _) => u._loaded |= part,
        };
        foreach (StateField<Uart16550> field in fields)
        {
            description.Add(field);
        }

        return new(description, needed);
    }

    private void AfterLoad(int version)
    {
        Parts loaded = _loaded;
        _loaded = Parts.None;
        if (!_receive.IsValid || !_transmit.IsValid)
        {
            throw new StateException("serial: a FIFO's index is out of range");
        }

        _fcr = version < 3 ? (byte)0 : (byte)(_fcr & FcrKept);
        _ier &= IerMask;
        _mcr &= McrMask;
        AfterLoadReceiver(loaded);
        AfterLoadTransmitter(loaded);
        UpdateCharacterTime();
        UpdateInterrupt();
        _interrupt.Set(_level);
        _port.AcceptInput();
    }

    private void AfterLoadReceiver(Parts loaded)
    {
        if (!FifosEnabled || !loaded.HasFlag(Parts.ReceiveFifo))
        {
            _receive.Clear(); // programs before 2.2 lost what was in the FIFOs
        }

        if (FifosEnabled)
        {
            _lsr = (byte)((_lsr & ~LsrDr) | (_receive.Count > 0 ? LsrDr : 0));
        }

        if (!loaded.HasFlag(Parts.TimeoutTimer) || _receive.Count == 0)
        {
            _receiveTimeout.Cancel();
        }

        _timeoutPending = loaded.HasFlag(Parts.TimeoutPending) && _timeoutPending != 0 && _receive.Count > 0 ? 1 : 0;
    }

    private void AfterLoadTransmitter(Parts loaded)
    {
        if (!loaded.HasFlag(Parts.ThrePending))
        {
            _threPending = (_iir & IirIdMask) == IirThre ? 1 : 0;
        }

        _threPending = _threPending != 0 ? 1 : 0;
        _tsrRetry = loaded.HasFlag(Parts.Tsr) ? Math.Min(_tsrRetry, MaximumRetry) : 0;
        if (_tsrRetry == 0 || !FifosEnabled || !loaded.HasFlag(Parts.TransmitFifo))
        {
            _transmit.Clear();
        }

        if (_tsrRetry > 0)
        {
            if ((_lsr & LsrTemt) != 0)
            {
                throw new StateException("serial: a byte is being sent while LSR says that the transmitter is empty");
            }

            if (FifosEnabled)
            {
                _lsr = (byte)((_lsr & ~LsrThre) | (_transmit.Count == 0 ? LsrThre : 0));
            }

            _port.SignalWriteReady();
        }
        else if ((_lsr & (LsrThre | LsrTemt)) != (LsrThre | LsrTemt))
        {
            // A byte was on its way when an older program saved, and is lost; its driver must not wait for it for ever.
            _lsr |= LsrThre | LsrTemt;
            _threPending = (_ier & IerEtbei) != 0 ? 1 : 0;
        }
    }
}
