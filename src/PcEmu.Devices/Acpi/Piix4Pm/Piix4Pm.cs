using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Acpi;

/// <summary>Where the power-management function's wires lead, and whom its guest's requests reach.</summary>
public sealed record Piix4PmWiring
{
    /// <summary>The system control interrupt: ISA IRQ 9.</summary>
    public required IIrqLine Sci { get; init; }

    /// <summary>The guest asks for an SMI by a write to port B2h.</summary>
    public Action? Smi { get; init; }

    /// <summary>The guest powers the machine off (S5, or S4 after it has written its memory to disk).</summary>
    public required Action PowerOff { get; init; }

    /// <summary>The guest suspends to RAM (S3).</summary>
    public required Action Suspend { get; init; }
}

/// <summary>Intel 82371AB (PIIX4) function 3: power management and SMBus host controller.</summary>
/// <remarks>
/// Source: Intel 82371AB data sheet, 290562-001, chapter 7 "Power management and SMBus" and 7.1.
/// ACPI registers: <see cref="AcpiRegisters"/>; SMBus: <see cref="SmBus"/>. QEMU's PC board pairs this function with a
/// PIIX3, adds the GPE0 block at AFE0h and PCI hot-plug registers at AE00h, and so do we.
/// </remarks>
public sealed partial class Piix4Pm : PciDevice
{
    // Configuration registers.
    private const int Pmba = 0x40;        // PMBASE
    private const int Devactb = 0x58;     // DEVACTB: 58h-5Bh
    private const int DevactbHigh = 0x5B;
    private const int Devrese = 0x5F;     // parallel port
    private const int Devresf = 0x63;
    private const int Devresg = 0x67;     // serial ports
    private const int Pmregmisc = 0x80;   // PMREGMISC
    private const int Smbba = 0x90;       // SMBBA
    private const int Smbhstcfg = 0xD2;   // SMBHSTCFG

    private const byte IoSpace = 0x01;          // bit 0 of PMBASE and SMBBA
    private const byte ApmcEnable = 0x02;       // DEVACTB bit 25, APMC_EN: port B2h makes an SMI
    private const byte PmIoEnable = 0x01;       // PMREGMISC bit 0
    private const byte SmbusEnable = 0x01;      // SMBHSTCFG bit 0
    private const byte SmbusIrq9 = 0x08;        // SMBHSTCFG bits 3-1
    private const uint BaseMask = 0xFFC0;

    private const ulong ApmBase = 0xB2;
    private const ulong GpeBase = 0xAFE0;
    private const ulong HotplugBase = 0xAE00;
    private const int HotplugGpe = 1;

    private const byte AcpiEnable = 0xF1;       // byte at B2h that takes over from the firmware
    private const byte AcpiDisable = 0xF0;

    private const int SleepTypeOff = 0;         // S5
    private const int SleepTypeRam = 1;         // S3

    private readonly Piix4PmWiring _wiring;
    private readonly MemoryRegion _io;
    private readonly EventLog _log;
    private readonly bool _qemuKvmMigration;
    private readonly AcpiRegisters _acpi;
    private readonly SmBus _smbus;
    [NotSaved("made once; its contents are described")]
    private ApmPorts _apm;

    [NotSaved("made at realization")]
    private PciHotplug? _hotplug;

    /// <summary>Makes the function; the board puts it on the bus as 01.3.</summary>
    /// <param name="timers">Guest time: the power-management timer counts it.</param>
    /// <param name="io">Root of the I/O space, in which the function places its ports.</param>
    /// <param name="i2c">The bus behind the SMBus host controller.</param>
    /// <param name="wiring">Interrupts and requests.</param>
    /// <param name="qemuKvmMigration">Whether a section of version 2 comes from qemu-kvm (machine property of that name).</param>
    /// <param name="log">Where a guest's mistakes are reported.</param>
    public Piix4Pm(TimerQueue timers, MemoryRegion io, I2cBus i2c, Piix4PmWiring wiring, bool qemuKvmMigration, EventLog log)
        : base(new PciIdentity(0x8086, 0x7113, 0x0680, Revision: 3))
    {
        _wiring = wiring;
        _io = io;
        _log = log;
        _qemuKvmMigration = qemuKvmMigration;
        _acpi = new AcpiRegisters(timers, wiring.Sci, Sleep);
        _apm = new ApmPorts(ApmControl);
        _smbus = new SmBus(i2c, log);
        Config.Bytes.SetWord(PciHeader.Status, PciHeader.StatusDevselMedium | PciHeader.StatusFastBackToBack);
        Config.Bytes[PciHeader.InterruptPin] = 1;
    }

    /// <inheritdoc/>
    public override string Driver => "PIIX4_PM";

    /// <inheritdoc/>
    public override bool CanHotplug => false;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections =>
        [StateSection.Of(BridgeHotplug ? BridgeState : State, this, Path)];

    /// <summary>Base address of the SMBus ports after reset.</summary>
    [DeviceProperty("smb_io_base", "Base address of the SMBus ports after reset", Minimum = 0x40, Maximum = 0xFFC0)]
    public uint SmbIoBase { get; set; } = 0xB100;

    /// <summary>1 tells guests that there is no suspend to RAM.</summary>
    [DeviceProperty("disable_s3", "1 tells guests that there is no suspend to RAM")]
    public byte DisableS3 { get; set; }

    /// <summary>1 tells guests that there is no suspend to disk.</summary>
    [DeviceProperty("disable_s4", "1 tells guests that there is no suspend to disk")]
    public byte DisableS4 { get; set; }

    /// <summary>The sleep type that means suspend to disk.</summary>
    [DeviceProperty("s4_val", "Sleep type that means suspend to disk", Maximum = 7)]
    public byte S4Val { get; set; } = 2;

    /// <summary>Whether firmware can set up system management mode; off, DEVACTB says that it is done already, as under KVM.</summary>
    [DeviceProperty("smm-enabled", "Whether firmware can set up system management mode")]
    public bool SmmEnabled { get; set; } = true;

    /// <summary>Whether hot-plug reaches behind PCI bridges; it changes the ports at AE00h and the section.</summary>
    [DeviceProperty("acpi-pci-hotplug-with-bridge-support", "Whether hot-plug has a bus selector")]
    public bool BridgeHotplug { get; set; }

    /// <summary>The file <c>etc/system-states</c> for the firmware: which sleep states there are, and their types.</summary>
    public byte[] SystemStates =>
        [0x80, 0, 0, (byte)(1 | (DisableS3 == 0 ? 0x80 : 0)), (byte)(S4Val | (DisableS4 == 0 ? 0x80 : 0)), 0x80];

    /// <inheritdoc/>
    public override void Realize()
    {
        base.Realize();
        _hotplug = new PciHotplug(BridgeHotplug, () => Bus);
        _io.Add(_apm.Ports, ApmBase);
        _io.Add(_acpi.Gpe, GpeBase);
        _io.Add(_hotplug.Ports, HotplugBase);
        _acpi.Block.Enabled = false;
        _io.Add(_acpi.Block, 0);
        _smbus.Ports.Enabled = false;
        _io.Add(_smbus.Ports, SmbIoBase);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        Span<byte> config = Config.Bytes;
        config.SetDWord(Pmba, IoSpace);
        config.SetDWord(Devactb, 0);
        config[DevactbHigh] = SmmEnabled ? (byte)0 : ApmcEnable;
        config[Pmregmisc] = 0;
        config.SetDWord(Smbba, SmbIoBase | IoSpace);
        config[Smbhstcfg] = SmbusEnable | SmbusIrq9;
        _apm.Reset();
        _smbus.Reset();
        _acpi.Reset();
        _hotplug!.Reset();
        Map();
    }

    /// <summary>Notes in the configuration which legacy ports the finished board has, as firmware expects to find it.</summary>
    /// <param name="io">The I/O space.</param>
    public void NoteLegacyPorts(AddressSpace io)
    {
        Span<byte> config = Config.Bytes;
        config[Devrese] = (byte)(0x10 | (io.Find(0x378) is null ? 0 : 0x80));
        config[Devresf] = 0x60;
        config[Devresg] = (byte)((io.Find(0x3F8) is null ? 0 : 0x08) | (io.Find(0x2F8) is null ? 0 : 0x90));
    }

    /// <summary>The user presses the power button; a guest without ACPI does not notice.</summary>
    public void PressPowerButton() => _acpi.PressPowerButton();

    /// <summary>The machine has been reset to come out of S3: tells the guest why it woke.</summary>
    public void WakeUp(WakeReason reason) => _acpi.WakeUp(reason);

    /// <summary>Tells the guest that a device is new in a slot of bus 0.</summary>
    public void AnnouncePlug(int slot)
    {
        _hotplug!.Buses[0].Up |= 1u << slot;
        _acpi.RaiseGpe(HotplugGpe);
    }

    /// <summary>Asks the guest to let go of the device in a slot of bus 0.</summary>
    public void RequestUnplug(int slot)
    {
        _hotplug!.Buses[0].Down |= 1u << slot;
        _acpi.RaiseGpe(HotplugGpe);
    }

    /// <inheritdoc/>
    public override void ConfigWrite(int offset, uint value, int size)
    {
        base.ConfigWrite(offset, value, size);
        if (Touches(offset, size, Pmba, 4) || Touches(offset, size, Pmregmisc, 1)
            || Touches(offset, size, Smbba, 4) || Touches(offset, size, Smbhstcfg, 1))
        {
            Map();
        }
    }

    private void Map()
    {
        ReadOnlySpan<byte> config = Config.Bytes;
        Place(_acpi.Block, config.DWord(Pmba), (config[Pmregmisc] & PmIoEnable) != 0);
        Place(_smbus.Ports, config.DWord(Smbba), (config[Smbhstcfg] & SmbusEnable) != 0);
    }

    private static void Place(MemoryRegion ports, uint register, bool enabled)
    {
        ports.Move(register & BaseMask);
        ports.Enabled = enabled;
    }

    private void Sleep(int type)
    {
        switch (type)
        {
            case SleepTypeOff:
                _wiring.PowerOff();
                break;
            case SleepTypeRam:
                _wiring.Suspend();
                break;
            case var _ when type == S4Val:
                _wiring.PowerOff();
                break;
            default:
                _log.GuestError($"piix4_pm: sleep type {type} is none of this machine's");
                break;
        }
    }

    // ACPI 1.0b, 4.7.2.5: these bytes move the machine between legacy and ACPI mode. No firmware has to do it here.
    private void ApmControl(byte value)
    {
        if (value == AcpiEnable)
        {
            _acpi.Pm1ControlValue |= AcpiRegisters.SciEnable;
        }
        else if (value == AcpiDisable)
        {
            _acpi.Pm1ControlValue &= unchecked((ushort)~AcpiRegisters.SciEnable);
        }

        if (SmmEnabled && (Config.Bytes[DevactbHigh] & ApmcEnable) != 0)
        {
            _wiring.Smi?.Invoke();
        }
    }
}
