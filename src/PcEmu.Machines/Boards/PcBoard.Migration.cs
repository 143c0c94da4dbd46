using PcEmu.Core;
using PcEmu.Core.State;
using PcEmu.Devices.Display.CirrusVga;
using PcEmu.Devices.Display.StdVga;
using PcEmu.Devices.Pci;
using PcEmu.Memory;
using PcEmu.Migration;
using PcEmu.Migration.Held;

namespace PcEmu.Machines.Boards;

// The board as a migration stream sees it.
public sealed partial class PcBoard
{
    // ROM files of fw_cfg that streams of machine types with ACPI tables have as blocks.
    private const string RomFilePrefix = "/rom@etc/";
    private const ulong LargestRomFile = 2 << 20;
    private const int MostRomFiles = 8;

    private readonly Dictionary<string, HeldState> _heldStates = new(StringComparer.Ordinal);

    /// <summary>The blocks of RAM by the names that streams know, ROMs among them.</summary>
    public IReadOnlyList<RamBlock> RamBlocks
    {
        get
        {
            List<RamBlock> blocks = [.. _disposables.OfType<RamBlock>()];
            foreach (Device device in _devices)
            {
                if (device switch { CirrusVga cirrus => cirrus.Chip.Vram.Block, StdVga std => std.Chip.Vram.Block, _ => null } is { } vram)
                {
                    blocks.Add(vram);
                }

                if (device is PciDevice { RomBlock: { } rom })
                {
                    blocks.Add(rom);
                }
            }

            return blocks;
        }
    }

    /// <summary>Whether the stream that was loaded comes from KVM.</summary>
    private bool IsFromKvm => _heldStates.TryGetValue("kvmclock", out HeldState? clock) && clock.IsLoaded;

    /// <summary>The whole board for a reader or writer of streams.</summary>
    /// <param name="timer">Section <c>timer</c>, which comes first.</param>
    public MigrationMachine ForMigration(StateSection timer)
    {
        // A CPU's sections follow each other; qemu-kvm's TPR patching comes before them, QEMU's with the APIC.
        List<StateSection> sections = [timer];
        IEnumerable<StateSection> tprOption = Held("kvm-tpr-opt");
        sections.AddRange(_state.QemuKvmMigration ? tprOption : []);
        sections.AddRange(Cpu.StateSections);
        sections.AddRange(Held("apic", WhyApicBusy));
        sections.AddRange(_state.QemuKvmMigration ? [] : tprOption);
        sections.AddRange(Held("kvmclock"));
        sections.AddRange(_devices.SelectMany(static d => d.StateSections));
        sections.AddRange(Held("vmmouse", static s => s["absolute"] != 0 ? "the guest uses the VMware mouse" : null));
        sections.AddRange(Held("fdc", WhyFloppyBusy));
        sections.AddRange(Held("acpi_build"));
        sections.AddRange(Held("slirp", static s => s["more"] != 0 ? "there are open connections" : null));
        return new MigrationMachine
        {
            MachineType = _state.Type.Name,
            Blocks = RamBlocks,
            Hold = HoldRomFile,
            QemuKvmMigration = _state.QemuKvmMigration,
            Sections =
            [
                .. MigrationMachine.Number(sections, IsOptional)
                    .Select(s => _heldStates.TryGetValue(s.Section.Name, out HeldState? held) ? s with { IsSaved = () => held.IsLoaded } : s),
            ],
        };
    }

    /// <summary>The last step of loading: what spans several devices.</summary>
    /// <param name="timeStampCounter">The time stamp counter in section <c>timer</c>.</param>
    /// <exception cref="StateException">The guest cannot be continued.</exception>
    public void FinishLoad(ulong timeStampCounter)
    {
        _keyboardA20 = _port92A20 = Cpu.IsA20Open;
        Cpu.FinishLoad(IsFromKvm, timeStampCounter);
    }

    /// <summary>A ROM file that only firmware reads, at its start: it is kept for the next save.</summary>
    private RamBlock? HoldRomFile(string name, ulong size) =>
        _state.Type.Features.RomFilesHaveRegions && name.StartsWith(RomFilePrefix, StringComparison.Ordinal) && size <= LargestRomFile
        && _disposables.Count(static d => d is RamBlock b && b.Name.StartsWith(RomFilePrefix, StringComparison.Ordinal)) < MostRomFiles
            ? Own(new RamBlock(name, size))
            : null;

    /// <summary>Sections of devices that the board does not have: kept for the next save, where the guest would not miss the device.</summary>
    private IEnumerable<StateSection> Held(string name, Func<HeldState, string?>? whyBusy = null)
    {
        if (_devices.SelectMany(static d => d.StateSections).Any(s => s.Name == name))
        {
            return [];
        }

        if (!_heldStates.TryGetValue(name, out HeldState? state))
        {
            state = HeldLayouts.Find(name)!.NewState(whyBusy);
            _heldStates.Add(name, state);
        }

        return [state.Section()];
    }

    // Old writers do not know the first two, and the parallel port is one that QEMU saves only later.
    private bool IsOptional(string name) => name is "parallel_isa" or "pcspk" || _heldStates.ContainsKey(name);

    // Enabled or not, it does nothing while its only open input is LINT0 as ExtINT: the 8259's interrupt goes through.
    private static string? WhyApicBusy(HeldState s)
    {
        const ulong Masked = 1 << 16;
        const ulong ModeMask = 0x700;
        const ulong ExtInt = 0x700;
        bool idle = (s["lvt[0]"] & Masked) != 0 && ((s["lvt[3]"] & Masked) != 0 || (s["lvt[3]"] & ModeMask) == ExtInt);
        for (int i = 0; i < 8; i++)
        {
            idle &= s[$"irr[{i}]"] == 0 && s[$"isr[{i}]"] == 0;
        }

        return idle ? null : "the guest uses its local APIC";
    }

    private static string? WhyFloppyBusy(HeldState s)
    {
        const ulong Motors = 0xF0;
        const ulong Busy = 0x1F;
        return (s["dor"] & Motors) != 0 || (s["msr"] & Busy) != 0 ? "the guest uses the floppy controller" : null;
    }
}
