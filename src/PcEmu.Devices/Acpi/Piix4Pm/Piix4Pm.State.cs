using PcEmu.Core.State;

namespace PcEmu.Devices.Acpi;

/// <content>The section <c>piix4_pm</c>.</content>
/// <remarks>
/// Version 3 has two bytes each of GPE0 status and enable. Version 2 has two layouts that nothing on the wire tells
/// apart: qemu-kvm's, which is version 3's, and QEMU's, with eight bytes each, of which the first two mean something.
/// </remarks>
public sealed partial class Piix4Pm
{
    private const int OldVersion = 2;

    /// <summary>The section for machines without hot-plug behind bridges.</summary>
    public static readonly StateDescription<Piix4Pm> State = Describe(version: 3, wideGpe: false, bridges: false);

    /// <summary>The section for machines with hot-plug behind bridges.</summary>
    public static readonly StateDescription<Piix4Pm> BridgeState = Describe(version: 3, wideGpe: false, bridges: true);

    private static readonly StateDescription<Piix4Pm> Version2 = Describe(OldVersion, wideGpe: true, bridges: false);

    private static StateDescription<Piix4Pm> Describe(int version, bool wideGpe, bool bridges)
    {
        var state = new StateDescription<Piix4Pm>("piix4_pm", version, minimumVersion: version)
        {
            LoadOld = static (device, old) => old == OldVersion ? device._qemuKvmMigration ? State : Version2 : null,
            PostLoad = static (ref Piix4Pm d, int _) => d.Loaded(),
        };
        state.Add(PciField<Piix4Pm>());
        state.Add(Field.UInt16("pm1_status", static (ref Piix4Pm d) => ref d._acpi.Pm1Status));
        state.Add(Field.UInt16("pm1_enable", static (ref Piix4Pm d) => ref d._acpi.Pm1Enable));
        state.Add(Field.UInt16("pm1_control", static (ref Piix4Pm d) => ref d._acpi.Pm1ControlValue));
        state.Add(Field.Struct("apm", static (ref Piix4Pm d) => ref d._apm, ApmPorts.State));
        state.Add(Field.Timer("tmr_timer", static (Piix4Pm d) => d._acpi.OverflowTimer));
        state.Add(Field.Int64("tmr_overflow_time", static (ref Piix4Pm d) => ref d._acpi.OverflowTime));

        // QEMU 1.0 read past its four GPE0 registers here; what follows the first 16 bits is not ours to keep.
        state.Add(Field.UInt16("gpe_status", static (ref Piix4Pm d) => ref d._acpi.GpeStatus));
        if (wideGpe)
        {
            state.Add(Field.Unused<Piix4Pm>(6));
        }

        state.Add(Field.UInt16("gpe_enable", static (ref Piix4Pm d) => ref d._acpi.GpeEnable));
        if (wideGpe)
        {
            state.Add(Field.Unused<Piix4Pm>(6));
        }

        if (bridges)
        {
            state.Add(Field.UInt32("hotplug_select", static (ref Piix4Pm d) => ref d._hotplug!.Selected));
            state.Add(Field.Array("bus_status", static (Piix4Pm d) => d._hotplug!.Buses, PciHotplug.SlotMasks.State));
        }
        else
        {
            state.Add(Field.UInt32("pci0_up", static (ref Piix4Pm d) => ref d._hotplug!.Buses[0].Up));
            state.Add(Field.UInt32("pci0_down", static (ref Piix4Pm d) => ref d._hotplug!.Buses[0].Down));
        }

        return state;
    }

    private void Loaded()
    {
        _hotplug!.FindRemovable();
        Map();
        _acpi.DriveSci();
    }
}
