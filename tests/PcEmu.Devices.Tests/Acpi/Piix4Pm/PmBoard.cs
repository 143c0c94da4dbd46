using PcEmu.Core;
using PcEmu.Core.Time;
using PcEmu.Devices.Acpi;
using PcEmu.Devices.Tests.Pci;

namespace PcEmu.Devices.Tests.Acpi;

/// <summary>A PIIX4 power-management function at 01.3, with PMBASE at B000h once <see cref="EnableAcpi"/> has run.</summary>
internal sealed class PmBoard
{
    public const int PmBase = 0xB000;
    public const int Status = PmBase;
    public const int Enable = PmBase + 2;
    public const int Control = PmBase + 4;
    public const int Timer = PmBase + 8;
    public const int Gpe = 0xAFE0;

    public PmBoard(bool qemuKvmMigration = false, bool smmEnabled = true, bool bridgeHotplug = false)
    {
        Timers = new TimerQueue(Clock);
        var wiring = new Piix4PmWiring
        {
            Sci = new IrqLine(level => Sci = level),
            Smi = () => Smis++,
            PowerOff = () => PowerOffs++,
            Suspend = () => Suspends++,
        };
        Chip = new Piix4Pm(Timers, Host.IoRoot, I2c, wiring, qemuKvmMigration, Host.Log)
        {
            SmmEnabled = smmEnabled,
            BridgeHotplug = bridgeHotplug,
        };
        Host.Plug(Chip, (1 * 8) + 3);
    }

    public ManualClock Clock { get; } = new();

    public TimerQueue Timers { get; }

    public PciTestHost Host { get; } = new();

    public I2cBus I2c { get; } = new();

    public Piix4Pm Chip { get; }

    public bool Sci { get; private set; }

    public int Smis { get; private set; }

    public int PowerOffs { get; private set; }

    public int Suspends { get; private set; }

    public PmBoard EnableAcpi()
    {
        Host.Write(Chip, 0x40, PmBase | 1, 4);
        Host.Write(Chip, 0x80, 1, 1);
        return this;
    }
}
