using PcEmu.Core.State;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;
using PcEmu.Migration;
using PcEmu.Migration.Held;
using PcEmu.Migration.Walking;

namespace PcEmu.Machines.Streams;

/// <summary>Shows what is in a stream, without running anything: the devices that read its sections are thrown away.</summary>
public sealed class StreamWalker : IDisposable
{
    private const string AcpiTables = "/rom@etc/acpi/tables";
    private const string QemuKvmType = "pc-1.0";
    private const string NewestType = "pc-i440fx-2.0";
    private const int BlankFirmware = 128 << 10;

    private readonly Dictionary<VgaKind, Machine> _machines = [];
    private bool _cpuSeen;
    private bool _fromQemuKvm;
    private bool _hasAcpiTables;

    private StreamWalker()
    {
    }

    /// <summary>Walks through a stream to its end or first error.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="listing">What is shown of it.</param>
    /// <exception cref="MigrationException">The stream is broken, or has a section whose layout is not known; what came before has been shown.</exception>
    public static void Walk(Stream source, StreamListing listing)
    {
        using var walker = new StreamWalker();
        try
        {
            MigrationReader.Walk(source, walker.Find, new Watcher(walker, listing));
        }
        catch (MigrationException error)
        {
            listing.Fails(error.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Machine machine in _machines.Values)
        {
            machine.Dispose();
        }
    }

    private StateSection? Find(SectionHead head)
    {
        _cpuSeen |= head.Kind == "cpu_common";
        _fromQemuKvm |= head.Kind == "kvm-tpr-opt" && !_cpuSeen;
        if (HeldLayouts.Find(head.Kind) is { } held)
        {
            return held.NewState().Section();
        }

        // What counts is the layout: a machine with more of a kind than ours reads them all by the last.
        Machine machine = MachineWith(head.Kind == "vga" ? VgaKind.Std : VgaKind.Cirrus);
        return machine.Sections.LastOrDefault(s => KindOf(s.Section.Name) == head.Kind && s.Instance <= head.Instance)?.Section;
    }

    private static string KindOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private Machine MachineWith(VgaKind vga)
    {
        if (!_machines.TryGetValue(vga, out Machine? machine))
        {
            var options = new MachineOptions
            {
                MachineType = _hasAcpiTables ? NewestType : QemuKvmType,
                MachineProperties = _fromQemuKvm && !_hasAcpiTables ? [new(QemuKvm.MigrationProperty, "on")] : [],
                RamSize = MachineOptions.MinimumRam,
                Vga = vga,
                Serials = ["null", "null", "null", "null"],
                Parallels = ["null", "null", "null"],
                NoNetwork = true,
                StartPaused = true,
            };
            var host = new MachineHost { LoadFirmware = static _ => new byte[BlankFirmware], Messages = TextWriter.Null };
            machine = new Machine(StartUpSequence.Run(MachineRegistry.Pc, options), options, host);
            _machines.Add(vga, machine);
        }

        return machine;
    }

    /// <summary>Notes which machine types have the blocks, and passes everything on.</summary>
    private sealed class Watcher(StreamWalker walker, StreamListing listing) : StreamVisitor
    {
        public override StateTrace Trace => listing.Trace;

        public override void Configuration(string machineType) => listing.Configuration(machineType);

        public override void RamBlocks(IEnumerable<(string Name, ulong Size)> blocks)
        {
            (string Name, ulong Size)[] all = [.. blocks];
            walker._hasAcpiTables = all.Any(static b => b.Name == AcpiTables);
            listing.RamBlocks(all);
        }

        public override void SectionBegins(SectionHead head) => listing.SectionBegins(head);

        public override void SectionEnds(SectionHead head, long end) => listing.SectionEnds(head, end);

        public override void Ends(StreamStatistics statistics) => listing.Ends(statistics);
    }
}
