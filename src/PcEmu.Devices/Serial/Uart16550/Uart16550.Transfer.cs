using PcEmu.Core.Char;
using PcEmu.Core.Time;

namespace PcEmu.Devices.Serial;

// Transmitter and receiver: the data sheet's sections on THR, RBR and FIFO operation.
public sealed partial class Uart16550
{
    // Receive FIFO trigger level, from FCR bits 7:6.
    private uint TriggerLevel => (_fcr >> FcrTriggerShift) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 };

    private void WriteTransmitter(byte value)
    {
        _thr = value;
        if (FifosEnabled)
        {
            if (_transmit.IsFull)
            {
                _transmit.Pop(); // overrun: the oldest byte is lost
            }

            _transmit.Push(value);
        }

        // The interrupt goes away and comes back, so an edge-triggered controller sees every byte leave.
        _threPending = 0;
        _lsr &= unchecked((byte)~(LsrThre | LsrTemt));
        UpdateInterrupt();
        if (_tsrRetry == 0)
        {
            Transmit();
        }
    }

    // Sends until the transmitter is empty or the host holds it back; then a byte stays in the shift register.
    private void Transmit()
    {
        do
        {
            if (_tsrRetry == 0)
            {
                LoadShiftRegister();
            }

            if ((_mcr & McrLoop) != 0)
            {
                ReceiveByte(_tsr);
                AfterReceive();
            }
            else if (!_port.Write(_tsr))
            {
                _tsrRetry = 1;
                return;
            }

            _tsrRetry = 0;
        }
        while ((_lsr & LsrThre) == 0);

        _lsr |= LsrTemt;
    }

    private void LoadShiftRegister()
    {
        if (FifosEnabled)
        {
            _tsr = _transmit.Pop();
            if (_transmit.Count > 0)
            {
                return;
            }
        }
        else
        {
            _tsr = _thr;
        }

        _lsr |= LsrThre;
        _threPending = 1;
        UpdateInterrupt();
    }

    private byte ReadReceiverBuffer()
    {
        byte value;
        if (FifosEnabled)
        {
            value = _receive.Count > 0 ? _receive.Pop() : (byte)0;
            if (_receive.Count == 0)
            {
                _lsr &= unchecked((byte)~(LsrDr | LsrBi));
                _receiveTimeout.Cancel();
            }
            else
            {
                ArmReceiveTimeout();
            }

            _timeoutPending = 0;
        }
        else
        {
            value = _rbr;
            _lsr &= unchecked((byte)~(LsrDr | LsrBi));
        }

        UpdateInterrupt();
        if ((_mcr & McrLoop) == 0)
        {
            _port.AcceptInput();
        }

        return value;
    }

    private void ReceiveByte(byte value)
    {
        if (FifosEnabled)
        {
            if (_receive.IsFull)
            {
                _lsr |= LsrOe; // the FIFO keeps what it has, the new byte is lost
            }
            else
            {
                _receive.Push(value);
            }
        }
        else
        {
            if ((_lsr & LsrDr) != 0)
            {
                _lsr |= LsrOe; // here the new byte replaces the old one
            }

            _rbr = value;
        }

        _lsr |= LsrDr;
    }

    private void AfterReceive()
    {
        if (FifosEnabled)
        {
            ArmReceiveTimeout();
        }

        UpdateInterrupt();
    }

    private void ReceiveBreak()
    {
        // A break is one zero character, whatever its length.
        ReceiveByte(0);
        _lsr |= LsrBi;
        AfterReceive();
    }

    private void ArmReceiveTimeout() => _receiveTimeout.Arm(_clock.Now + (TimeoutCharacters * _characterTime));

    // Bytes lie in the FIFO below its trigger level and nothing has come or gone for four characters.
    private void ReceiveTimeout()
    {
        if (_receive.Count > 0)
        {
            _timeoutPending = 1;
            UpdateInterrupt();
        }
    }

    private void UpdateCharacterTime()
    {
        // In half bits: start bit, 5 to 8 data bits, parity bit, and 1, 1.5 (with 5 data bits) or 2 stop bits.
        int dataBits = 5 + (_lcr & LcrWordLength);
        int halfBits = 2 * (1 + dataBits + ((_lcr & LcrParity) != 0 ? 1 : 0));
        halfBits += (_lcr & LcrTwoStopBits) == 0 ? 2 : dataBits == 5 ? 3 : 4;
        if (_divisor != 0) // a divisor of 0 stops the baud generator; QEMU's guests keep the old rate
        {
            _characterTime = Nanoseconds.MulDiv(halfBits * (long)_divisor * ClocksPerBit, Nanoseconds.PerSecond, 2 * InputClock);
        }
    }

    // The pins SIN and SOUT as the host's side sees them.
    private sealed class Line(Uart16550 uart) : ICharReceiver
    {
        // Up to the trigger level, so that the guest's choice of it means something; nothing in loopback, where SIN is cut off.
        public int CanReceive
        {
            get
            {
                if ((uart._mcr & McrLoop) != 0)
                {
                    return 0;
                }

                return uart.FifosEnabled
                    ? Math.Max(0, (int)uart.TriggerLevel - (int)uart._receive.Count)
                    : (uart._lsr & LsrDr) == 0 ? 1 : 0;
            }
        }

        public void Receive(ReadOnlySpan<byte> bytes)
        {
            foreach (byte b in bytes)
            {
                uart.ReceiveByte(b);
            }

            uart.AfterReceive();
        }

        public void OnEvent(CharEvent what)
        {
            if (what == CharEvent.Break)
            {
                uart.ReceiveBreak();
            }
        }

        public void OnWriteReady()
        {
            if (uart._tsrRetry > 0)
            {
                uart.Transmit();
            }
        }
    }
}
