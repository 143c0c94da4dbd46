using System.Diagnostics;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;
using static PcEmu.Devices.Ide.AtaRegisters;

namespace PcEmu.Devices.Ide;

/// <summary>An IDE channel: two drives' places behind one set of ports and one interrupt.</summary>
/// <remarks>
/// Source: ATA/ATAPI-6, T13/1410D, chapter 7 and 9.16 (one device present). Both drives take every write to the
/// command block; DEV chooses who answers.
/// </remarks>
public sealed class IdeChannel
{
    private readonly IIrqLine _irq;
    private readonly EventLog _log;
    private readonly IdeDrive[] _drives;
    private readonly string _name;
    private byte _control;
    private byte _unit;
    private int _errorStatus;

    [NotSaved("wiring: set by the bus master's constructor")]
    private IdeBusMaster? _busMaster;

    /// <summary>Makes a channel without drives.</summary>
    /// <param name="name">Name for messages ("ide0").</param>
    /// <param name="firstNumber">Number of the master among the machine's drives, from 1, for default serial numbers.</param>
    /// <param name="irq">INTRQ: IRQ 14 or 15.</param>
    /// <param name="log">Where a guest's mistakes are reported.</param>
    public IdeChannel(string name, int firstNumber, IIrqLine irq, EventLog log)
    {
        _name = name;
        _irq = irq;
        _log = log;
        _drives = [new IdeDrive(this, 0, firstNumber), new IdeDrive(this, 1, firstNumber + 1)];
        CommandBlock = MemoryRegion.Io($"{name}-cmd", 8, new IoHandlers(Read, Write)
        {
            ReadRun = ReadRun,
            WriteRun = WriteRun,
        });
        ControlBlock = MemoryRegion.Io($"{name}-ctl", 1, IoHandlers.Bytes(_ => AlternateStatus, (_, value) => WriteControl(value)));
    }

    /// <summary>Raised when a request has failed and the user wants the machine to stop (<c>werror=stop</c>).</summary>
    [field: NotSaved("wiring: the board listens")]
    public event Action? StopRequested;

    /// <summary>The command block: 8 ports at 1F0h or 170h.</summary>
    public MemoryRegion CommandBlock { get; }

    /// <summary>Alternate status and device control: one port at 3F6h or 376h.</summary>
    public MemoryRegion ControlBlock { get; }

    /// <summary>The two places: master, slave.</summary>
    public IReadOnlyList<IdeDrive> Drives => _drives;

    /// <summary>One of the two <c>ide_bus</c> records of the section <c>ide</c>.</summary>
    internal static readonly StateDescription<IdeChannel> State = Describe();

    internal IdeBusMaster BusMaster
    {
        get => _busMaster ?? throw new UnreachableException($"{_name} has no bus master");
        set => _busMaster = value;
    }

    internal RetryState ErrorStatus
    {
        get => (RetryState)_errorStatus;
        set => _errorStatus = (int)value;
    }

    internal bool RetriesPio => (ErrorStatus & RetryState.Pio) != 0;

    internal IdeDrive[] DriveRecords => _drives;

    private IdeDrive Selected => _drives[_unit];

    // 9.16.1: the master answers for an absent slave with status 0; with no drive at all, so do QEMU's ports.
    private bool IsSilent => !Selected.IsPresent && (_unit != 0 || IsEmpty);

    private bool IsEmpty => !_drives[0].IsPresent && !_drives[1].IsPresent;

    private byte AlternateStatus => IsSilent ? (byte)0 : Selected.Status;

    /// <summary>Hardware reset.</summary>
    internal void Reset()
    {
        _unit = 0;
        _control = 0;
        ErrorStatus = RetryState.None;
        foreach (IdeDrive drive in _drives)
        {
            drive.Reset(hard: true);
        }
    }

    /// <summary>A drive asserts INTRQ, unless nIEN holds it back.</summary>
    internal void Interrupt()
    {
        if ((_control & NIen) == 0)
        {
            BusMaster.Interrupted();
            _irq.Set(true);
        }
    }

    internal void StopForRetry(IdeDrive drive, RetryState retry)
    {
        BusMaster.NoteRetry(drive, retry);
        ErrorStatus = retry;
        StopRequested?.Invoke();
    }

    internal void ReportUnknown(byte command) => _log.Unimplemented($"{_name}: command 0x{command:x2} is aborted");

    private ulong Read(ulong offset, int size)
    {
        if (offset == Data && size > 1)
        {
            return Selected.ReadData(size);
        }

        if (size == 1)
        {
            return ReadByte((int)offset);
        }

        // Wide accesses elsewhere are taken apart, as the ISA bus does.
        ulong value = 0;
        for (int i = 0; i < size && (int)offset + i <= StatusCommand; i++)
        {
            value |= (ulong)ReadByte((int)offset + i) << (8 * i);
        }

        return value;
    }

    private void Write(ulong offset, ulong value, int size)
    {
        if (offset == Data && size > 1)
        {
            Selected.WriteData((uint)value, size);
            return;
        }

        for (int i = 0; i < size && (int)offset + i <= StatusCommand; i++)
        {
            WriteByte((int)offset + i, (byte)(value >> (8 * i)));
        }
    }

    private void ReadRun(ulong offset, int size, Span<byte> destination)
    {
        if (offset == Data && size > 1)
        {
            Selected.ReadDataRun(size, destination);
            return;
        }

        for (int at = 0; at + size <= destination.Length; at += size)
        {
            ulong value = Read(offset, size);
            for (int i = 0; i < size; i++)
            {
                destination[at + i] = (byte)(value >> (8 * i));
            }
        }
    }

    private void WriteRun(ulong offset, int size, ReadOnlySpan<byte> source)
    {
        if (offset == Data && size > 1)
        {
            Selected.WriteDataRun(size, source);
            return;
        }

        for (int at = 0; at + size <= source.Length; at += size)
        {
            ulong value = 0;
            for (int i = 0; i < size; i++)
            {
                value |= (ulong)source[at + i] << (8 * i);
            }

            Write(offset, value, size);
        }
    }

    private byte ReadByte(int register)
    {
        switch (register)
        {
            case Data:
                // A byte read takes a whole word from the buffer: Solaris' boot loader counts on it.
                return (byte)Selected.ReadData(2);
            case StatusCommand:
                byte status = AlternateStatus;
                _irq.Set(false);
                return status;
            case ErrorFeatures when IsSilent:
                return 0;
            default:
                return IsEmpty ? (byte)0 : Selected.ReadRegister(register, (_control & Hob) != 0);
        }
    }

    private void WriteByte(int register, byte value)
    {
        if (register == Data)
        {
            return;
        }

        if (register != StatusCommand && Selected.IsBusy)
        {
            _log.GuestError($"{_name}: write of 0x{value:x2} to register {register} of a busy drive is ignored");
            return;
        }

        // 7.8.2: every write to the command block takes HOB back.
        _control &= unchecked((byte)~Hob);
        if (register == StatusCommand)
        {
            _irq.Set(false);
            Execute(value);
            return;
        }

        _drives[0].WriteRegister(register, value);
        _drives[1].WriteRegister(register, value);
        if (register == DeviceHead)
        {
            _unit = (value & Dev) != 0 ? (byte)1 : (byte)0;
        }
    }

    private void Execute(byte command)
    {
        _log.Trace("ide_bus_exec_cmd", $"{_name} unit {_unit} command 0x{command:x2}");
        if (IsSilent)
        {
            // How firmware and drivers look for drives: nobody answers.
            return;
        }

        if (Selected.IsBusy)
        {
            _log.GuestError($"{_name}: command 0x{command:x2} to a busy drive is ignored");
        }
        else if (command == (byte)AtaCommand.ExecuteDeviceDiagnostic)
        {
            // Both drives take it, whichever is selected; the master is selected afterwards and interrupts (8.11).
            _drives[0].Diagnose();
            _drives[1].Diagnose();
            _unit = 0;
            Interrupt();
        }
        else
        {
            Selected.Execute(command);
        }
    }

    private void WriteControl(byte value)
    {
        bool was = (_control & Srst) != 0;
        bool now = (value & Srst) != 0;
        _control = value;
        if (now && !was)
        {
            _unit = 0;
            ErrorStatus = RetryState.None;
            BusMaster.Forget();
            foreach (IdeDrive drive in _drives)
            {
                drive.BeginSoftReset();
            }
        }
        else if (was && !now)
        {
            // 9.2: the result is as after EXECUTE DEVICE DIAGNOSTIC, but without an interrupt.
            _drives[0].Diagnose();
            _drives[1].Diagnose();
        }
    }

    private static StateDescription<IdeChannel> Describe()
    {
        var error = new StateDescription<IdeChannel>("ide_bus/error", version: 1, minimumVersion: 1)
        {
            Field.Int32("error_status", static (ref IdeChannel c) => ref c._errorStatus),
        };
        var state = new StateDescription<IdeChannel>("ide_bus", version: 1, minimumVersion: 1)
        {
            PostLoad = static (ref IdeChannel c, int _) => c.Loaded(),
        };
        state.Add(Field.UInt8("cmd", static (ref IdeChannel c) => ref c._control));
        state.Add(Field.UInt8("unit", static (ref IdeChannel c) => ref c._unit));
        state.Add(new Subsection<IdeChannel>(error, static c => c._errorStatus != 0));
        return state;
    }

    private void Loaded()
    {
        if (_unit > 1)
        {
            throw new StateException($"ide_bus: unit {_unit} is neither 0 nor 1");
        }

        if ((_errorStatus & ~(int)(RetryState.Dma | RetryState.Pio | RetryState.Read | RetryState.Flush)) != 0)
        {
            throw new StateException($"ide_bus/error: error_status 0x{_errorStatus:x} has unknown bits");
        }
    }
}
