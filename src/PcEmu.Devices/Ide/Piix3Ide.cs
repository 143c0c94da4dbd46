using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Devices.Pci;
using PcEmu.Memory;

namespace PcEmu.Devices.Ide;

/// <summary>The IDE function of the Intel 82371SB (PIIX3): two channels at the AT's ports, and a bus master for each.</summary>
/// <remarks>
/// Source: Intel 82371FB/82371SB, 290550-002, 2.4 (configuration) and 2.6 (bus master). As QEMU's guests see it, the
/// channels answer whatever the decode enable bits of IDETIM and the command register say, and the bus master works
/// without the master enable bit; IDETIM (40h-43h) and SIDETIM (44h) hold timings and have no effect.
/// </remarks>
public sealed class Piix3Ide : PciDevice
{
    /// <summary>First port of the primary channel's command block.</summary>
    public const int PrimaryCommandBlock = 0x1F0;

    /// <summary>The primary channel's control port.</summary>
    public const int PrimaryControlBlock = 0x3F6;

    /// <summary>First port of the secondary channel's command block.</summary>
    public const int SecondaryCommandBlock = 0x170;

    /// <summary>The secondary channel's control port.</summary>
    public const int SecondaryControlBlock = 0x376;

    private const ushort IntelVendor = 0x8086;
    private const ushort Piix3IdeDevice = 0x7010;
    private const ushort IdeClass = 0x0101;
    private const byte BusMasterProgIf = 0x80; // bus master, both channels fixed at the AT's ports

    private const int Bmiba = 4; // BMIBA is BAR 4
    private const int BusMasterPorts = 16;
    private const int BusMasterStride = 8;

    private readonly IdeChannel[] _channels;
    private readonly IdeBusMaster[] _busMasters;

    /// <summary>Makes the function, without drives.</summary>
    /// <param name="memory">The system memory that the bus masters read and write.</param>
    /// <param name="irq14">Interrupt of the primary channel.</param>
    /// <param name="irq15">Interrupt of the secondary channel.</param>
    /// <param name="log">Where a guest's mistakes are reported.</param>
    public Piix3Ide(AddressSpace memory, IIrqLine irq14, IIrqLine irq15, EventLog log)
        : base(new PciIdentity(IntelVendor, Piix3IdeDevice, IdeClass, ProgIf: BusMasterProgIf))
    {
        _channels = [new IdeChannel("ide0", 1, irq14, log), new IdeChannel("ide1", 3, irq15, log)];
        _busMasters = [new IdeBusMaster(_channels[0], memory), new IdeBusMaster(_channels[1], memory)];
        RegisterBar(Bmiba, PciBarType.Io, MemoryRegion.Io("piix-bmdma", BusMasterPorts, new IoHandlers(
            (offset, size) => _busMasters[offset / BusMasterStride].Read((int)offset % BusMasterStride, size),
            (offset, value, size) => _busMasters[offset / BusMasterStride].Write((int)offset % BusMasterStride, (uint)value, size))));
    }

    /// <summary>The section <c>ide</c>.</summary>
    public static readonly StateDescription<Piix3Ide> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "piix3-ide";

    /// <summary>The channels: primary, secondary. The board places their ports.</summary>
    public IReadOnlyList<IdeChannel> Channels => _channels;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];

    /// <summary>Puts a disk in its place. Done before the machine is reset for the first time.</summary>
    /// <param name="channel">0 primary, 1 secondary.</param>
    /// <param name="unit">0 master, 1 slave.</param>
    /// <param name="disk">The disk, realized.</param>
    /// <exception cref="ConfigurationException">There is no such place, or it is taken.</exception>
    public void Attach(int channel, int unit, AtaDisk disk)
    {
        if ((uint)channel >= 2 || (uint)unit >= 2)
        {
            throw new ConfigurationException($"{disk.Driver}: IDE bus {channel} has no unit {unit}");
        }

        IdeDrive place = _channels[channel].DriveRecords[unit];
        if (place.IsPresent)
        {
            throw new ConfigurationException($"{disk.Driver}: IDE unit {unit} of bus {channel} is in use");
        }

        place.Attach(disk);
    }

    /// <summary>To be called whenever the machine starts to run: goes on with a request that a stop or a load has left open.</summary>
    public void Resume()
    {
        foreach (IdeBusMaster busMaster in _busMasters)
        {
            busMaster.Resume();
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        Config.Bytes.SetWord(PciHeader.Status, PciHeader.StatusDevselMedium | PciHeader.StatusFastBackToBack);
        for (int i = 0; i < _channels.Length; i++)
        {
            _channels[i].Reset();
            _busMasters[i].Reset();
        }
    }

    private static StateDescription<Piix3Ide> Describe()
    {
        // Versions 0 to 2 are those of programs before QEMU 0.11; their drive records end earlier.
        var state = new StateDescription<Piix3Ide>("ide", version: 3, minimumVersion: 3)
        {
            PostLoad = static (ref Piix3Ide d, int _) => d.Loaded(),
        };
        state.Add(PciField<Piix3Ide>());
        state.Add(Field.Array("bmdma", static (Piix3Ide d) => d._busMasters, IdeBusMaster.State));
        state.Add(Field.Array("bus", static (Piix3Ide d) => d._channels, IdeChannel.State));
        state.Add(Field.Array("drives_primary", static (Piix3Ide d) => d._channels[0].DriveRecords, IdeDrive.State));
        state.Add(Field.Array("drives_secondary", static (Piix3Ide d) => d._channels[1].DriveRecords, IdeDrive.State));
        return state;
    }

    private void Loaded()
    {
        foreach (IdeBusMaster busMaster in _busMasters)
        {
            busMaster.Loaded();
        }
    }
}
