using System.Globalization;
using PcEmu.Core.State;

namespace PcEmu.Migration;

/// <summary>Reads a savevm stream of QEMU or qemu-kvm into a machine, or walks through one.</summary>
/// <remarks>
/// The stream is hostile by assumption: whatever does not fit is a <see cref="MigrationException"/>, and the machine must
/// not run then. Sections have no length: a section's description reads from what is at hand, and starts over with more
/// where that was not enough.
/// </remarks>
public sealed class MigrationReader
{
    private const string I8254 = "i8254";
    private const string PiixPm = "piix4_pm";
    private const string TprOption = "kvm-tpr-opt";
    private const string VideoMemory = "vga.vram";
    private const int AmbiguousVersion = 2;
    private const int LongestConfiguration = 256;

    private readonly StreamWindow _window;
    private readonly MigrationMachine? _machine;
    private readonly Func<SectionHead, StateSection?> _find;
    private readonly StreamVisitor? _visitor;
    private readonly RamReader _ram;
    private readonly Dictionary<uint, SectionHead> _live = [];
    private readonly HashSet<(string Name, uint Instance)> _loaded = [];
    private SectionHead? _last;
    private bool _cpuSeen;
    private bool _ramComplete;

    private MigrationReader(
        Stream source, MigrationMachine? machine, Func<SectionHead, StateSection?> find, StreamVisitor? visitor)
    {
        _window = new StreamWindow(source);
        _machine = machine;
        _find = find;
        _visitor = visitor;
        _ram = machine is null
            ? new RamReader(_window, blocks: null)
            : new RamReader(_window, machine.Blocks) { Hold = machine.Hold, SizeDiffers = SizeDiffers };
    }

    /// <summary>Loads a machine. It must not have run, and must not run if this throws.</summary>
    /// <param name="source">The stream, from its first byte.</param>
    /// <param name="machine">What it is loaded into.</param>
    /// <exception cref="MigrationException">The stream does not fit; one line.</exception>
    public static StreamStatistics Load(Stream source, MigrationMachine machine)
    {
        var byName = machine.Sections.ToDictionary(static s => (s.Section.Name, (uint)s.Instance), static s => s.Section);
        return new MigrationReader(source, machine, h => byName.GetValueOrDefault((h.Name, h.Instance)), visitor: null).Read();
    }

    /// <summary>Walks through a stream without a machine.</summary>
    /// <param name="source">The stream, from its first byte.</param>
    /// <param name="find">Makes a section to read into, by its head; null where its layout is not known.</param>
    /// <param name="visitor">Is shown everything.</param>
    /// <exception cref="MigrationException">The stream is broken, or has a section that nobody knows.</exception>
    public static StreamStatistics Walk(Stream source, Func<SectionHead, StateSection?> find, StreamVisitor visitor) =>
        new MigrationReader(source, machine: null, find, visitor).Read();

    private StreamStatistics Read()
    {
        try
        {
            ReadHead();
            while (ReadRecord())
            {
            }

            CheckComplete();
        }
        catch (MigrationException error) when (!error.Message.StartsWith(Failed, StringComparison.Ordinal))
        {
            throw Fail(At(_window.Offset), error.Message, AfterAmbiguous(), error);
        }

        var statistics = new StreamStatistics(_window.Offset, _ram.Pages, _ram.FillPages);
        _visitor?.Ends(statistics);
        return statistics;
    }

    private const string Failed = "load of migration failed: ";

    private void ReadHead()
    {
        uint magic = _window.UInt32();
        if (magic != StreamFormat.Magic)
        {
            throw new MigrationException("this is no migration stream: it does not begin with QEVM");
        }

        uint version = _window.UInt32();
        if (version != StreamFormat.FileVersion)
        {
            throw new MigrationException($"file version {version}: only version {StreamFormat.FileVersion} is known");
        }
    }

    private bool ReadRecord()
    {
        long offset = _window.Offset;
        var type = (RecordType)_window.UInt8();
        switch (type)
        {
            case RecordType.End:
                return false;
            case RecordType.SectionStart:
            case RecordType.SectionFull:
                ReadSection(type, offset);
                return true;
            case RecordType.SectionPart:
            case RecordType.SectionEnd:
                uint id = _window.UInt32();
                if (!_live.TryGetValue(id, out SectionHead? head))
                {
                    throw Fail(At(offset), $"a part of section {id}, which has not begun", AfterAmbiguous());
                }

                ReadLive(head, type);
                return true;
            case RecordType.Footer:
                uint footer = _window.UInt32();
                if (footer != _last?.Id)
                {
                    throw Fail(Of(_last, offset), $"its footer is not where the section ends (it names section {footer})", Ambiguous(_last));
                }

                return true;
            case RecordType.Configuration:
                ReadConfiguration();
                return true;
            case RecordType.Subsection when _last is not null:
                throw Fail(Of(_last, offset), $"unknown subsection '{Printable(_window.Name())}'", Ambiguous(_last));
            default:
                throw Fail(At(offset), $"record type 0x{(byte)type:X2} has no meaning", AfterAmbiguous());
        }
    }

    private void ReadConfiguration()
    {
        uint length = _window.UInt32();
        if (length > LongestConfiguration)
        {
            throw new MigrationException($"a machine type's name of {length} bytes");
        }

        string name = System.Text.Encoding.Latin1.GetString(_window.Take((int)length));
        _visitor?.Configuration(Printable(name));
        if (_machine is { } machine && name != machine.MachineType)
        {
            throw new MigrationException($"the stream is of machine type '{Printable(name)}', and this machine is a '{machine.MachineType}'");
        }
    }

    private void ReadSection(RecordType type, long offset)
    {
        uint id = _window.UInt32();
        string name = _window.Name();
        uint instance = MigrationMachine.PlainInstance(name, _window.UInt32());
        uint version = _window.UInt32();
        var head = new SectionHead(name, instance, (int)version, id, offset);
        if (name is StreamFormat.RamName or StreamFormat.BlockName && type == RecordType.SectionStart)
        {
            int known = name == StreamFormat.RamName ? StreamFormat.RamVersion : StreamFormat.BlockVersion;
            if (version != (uint)known)
            {
                throw Fail(Of(head, offset), $"version {version} is not known, only {known}", null);
            }

            if (!_live.TryAdd(id, head))
            {
                throw Fail(Of(head, offset), $"a second section with number {id}", null);
            }

            ReadLive(head, type);
            return;
        }

        LoadSection(head);
        _last = head;
        _cpuSeen |= name == "cpu_common";
    }

    private void ReadLive(SectionHead head, RecordType type)
    {
        _last = head;
        try
        {
            if (head.Name == StreamFormat.RamName)
            {
                bool hadList = _ram.HasList;
                _ram.Read();
                _ramComplete |= type == RecordType.SectionEnd;
                if (!hadList && _ram.HasList)
                {
                    _visitor?.RamBlocks(_ram.Listed.Select(static b => (Printable(b.Name), b.Size)));
                }
            }
            else if (_window.UInt64() != StreamFormat.BlockEnd)
            {
                throw new MigrationException("migration of disks' contents is not supported");
            }
        }
        catch (MigrationException error) when (!error.Message.StartsWith(Failed, StringComparison.Ordinal))
        {
            throw Fail(Of(head, _window.Offset), error.Message, null, error);
        }
    }

    private void LoadSection(SectionHead head)
    {
        StateSection section = _find(head) ?? throw Fail(
            Of(head, head.Offset),
            _machine is null ? "its layout is not known" : "this machine has no such section",
            UnknownSectionHint(head));
        if (_machine is { QemuKvmMigration: false } && ComesOnlyFromQemuKvm(head))
        {
            throw Fail(Of(head, head.Offset), "QEMU's machines have no such section here", UnknownSectionHint(head));
        }

        if (!_loaded.Add((head.Name, head.Instance)))
        {
            throw Fail(Of(head, head.Offset), "it comes twice", AfterAmbiguous());
        }

        while (!TryLoad(section, head))
        {
            try
            {
                _window.Grow();
            }
            catch (MigrationException error)
            {
                throw Fail(Of(head, _window.Offset), error.Message, Ambiguous(head), error);
            }
        }

        _visitor?.SectionEnds(head, _window.Offset);
    }

    private bool TryLoad(StateSection section, SectionHead head)
    {
        _visitor?.SectionBegins(head);
        var reader = new StateReader(_window.AtHand, _window.Offset) { MoreMayFollow = !_window.HasEnded, Trace = _visitor?.Trace };
        try
        {
            section.Load(ref reader, head.Version);
        }
        catch (StateWindowException)
        {
            return false;
        }
        catch (StateException error)
        {
            throw Fail(Of(head, reader.Offset), error.Message, Ambiguous(head), error);
        }

        _window.Skip(reader.Position);
        return true;
    }

    private void CheckComplete()
    {
        if (_machine is not { } machine)
        {
            return;
        }

        if (!_ramComplete)
        {
            throw new MigrationException("the stream ends without the end of section 'ram'");
        }

        if (machine.Sections.FirstOrDefault(s => !s.IsOptional && !_loaded.Contains((s.Section.Name, (uint)s.Instance))) is { } missing)
        {
            throw new MigrationException($"the stream has no section '{missing.Section.Name}' instance {missing.Instance}");
        }
    }

    // What to say next to the error.

    private MigrationException SizeDiffers(string name, ulong inStream, ulong here)
    {
        string? hint = name != VideoMemory || _machine is not { } machine ? null
            : machine.QemuKvmMigration == (inStream < here) ? Hint() : null;
        return new MigrationException(
            $"RAM block '{name}' has 0x{inStream:X} bytes in the stream and 0x{here:X} here{(hint is null ? "" : $" ({hint})")}");
    }

    // qemu-kvm registers it before the CPUs; where QEMU has it, it belongs to a CPU's APIC and comes behind.
    private bool ComesOnlyFromQemuKvm(SectionHead head) => head.Name == TprOption && !_cpuSeen;

    private string? UnknownSectionHint(SectionHead head) =>
        _machine is { QemuKvmMigration: false } && ComesOnlyFromQemuKvm(head) ? Hint() : AfterAmbiguous();

    /// <summary>The hint where a section can be read in two ways and seems to have been read in the wrong one.</summary>
    private string? Ambiguous(SectionHead? head) =>
        head is { Version: AmbiguousVersion, Kind: I8254 or PiixPm } ? Hint() : null;

    /// <summary>The same where the error shows itself behind the section.</summary>
    private string? AfterAmbiguous() => Ambiguous(_last);

    private string? Hint() => _machine switch
    {
        { QemuKvmMigration: false } => "the stream may come from qemu-kvm: try -machine pc-1.0,qemu-kvm-migration=on",
        { QemuKvmMigration: true } => "the stream may come from QEMU: try -machine pc-1.0,qemu-kvm-migration=off",
        null => null,
    };

    private static string At(long offset) => string.Create(CultureInfo.InvariantCulture, $"offset 0x{offset:X}");

    private static string Of(SectionHead? head, long offset) => head is null
        ? At(offset)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"section '{Printable(head.Name)}' instance {head.Instance} version {(uint)head.Version} at offset 0x{offset:X}");

    private static MigrationException Fail(string where, string what, string? hint, Exception? cause = null)
    {
        string message = $"{Failed}{where}: {Printable(what)}{(hint is null ? "" : $" ({hint})")}";
        return cause is null ? new MigrationException(message) : new MigrationException(message, cause);
    }

    /// <summary>Names come from the stream: one line stays one line, and a terminal unharmed.</summary>
    private static string Printable(string text) =>
        string.Create(text.Length, text, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = from[i] is < ' ' or (>= '\x7F' and < '\xA0') ? '?' : from[i];
            }
        });
}
