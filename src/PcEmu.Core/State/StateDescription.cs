using System.Collections;

namespace PcEmu.Core.State;

/// <summary>Hands out the storage of one field, so that one declaration loads, saves and prints it.</summary>
public delegate ref TField FieldRef<TOwner, TField>(ref TOwner owner);

/// <summary>Whether a field is on the wire, given the owner as loaded so far and the section's version.</summary>
public delegate bool FieldWhen<TOwner>(ref TOwner owner, int version);

/// <summary>Work around loading or saving; <c>version</c> is the version on the wire.</summary>
public delegate void StateHook<TOwner>(ref TOwner owner, int version);

/// <summary>What a device's section, or a structure in it, looks like on the wire: versions, fields in wire order, subsections.</summary>
/// <remarks>
/// One declaration serves loading, saving and printing. Names and order are QEMU's. Whatever does not fit exactly is
/// refused with a <see cref="StateException"/> that says which field and offset.
/// </remarks>
/// <param name="name">Name on the wire ("i8254", "cpu/steal_time_msr").</param>
/// <param name="version">Version that is written.</param>
/// <param name="minimumVersion">Oldest version these fields can read; older ones go to <see cref="LoadOld"/>.</param>
public sealed class StateDescription<TOwner>(string name, int version, int minimumVersion) : IEnumerable<StateField<TOwner>>
{
    private readonly List<StateField<TOwner>> _fields = [];
    private readonly List<Subsection<TOwner>> _subsections = [];

    /// <summary>Name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Version that is written.</summary>
    public int Version { get; } = version;

    /// <summary>Oldest version that the fields themselves describe.</summary>
    public int MinimumVersion { get; } = minimumVersion;

    /// <summary>
    /// Chooses the description for a version older than <see cref="MinimumVersion"/>; null refuses it. It may return another
    /// description of the same structure, which is then read from the section's first byte.
    /// </summary>
    public Func<TOwner, int, StateDescription<TOwner>?>? LoadOld { get; init; }

    /// <summary>Brings fields up to date before they are saved.</summary>
    public StateHook<TOwner>? PreSave { get; init; }

    /// <summary>Rebuilds what is derived after the fields and subsections are loaded. Refuses bad values by <see cref="StateException"/>.</summary>
    public StateHook<TOwner>? PostLoad { get; init; }

    /// <summary>The fields in wire order.</summary>
    public IReadOnlyList<StateField<TOwner>> Fields => _fields;

    /// <summary>The subsections in wire order.</summary>
    public IReadOnlyList<Subsection<TOwner>> Subsections => _subsections;

    /// <summary>Adds a field at the end; collection initializers call it.</summary>
    public void Add(StateField<TOwner> field) => _fields.Add(field);

    /// <summary>Adds an optional part, sent only while <see cref="Subsection{TOwner}.Needed"/> says so.</summary>
    public void Add(Subsection<TOwner> subsection) => _subsections.Add(subsection);

    /// <summary>Loads the structure.</summary>
    /// <param name="owner">The structure to fill.</param>
    /// <param name="reader">Where the bytes come from.</param>
    /// <param name="version">The version that the section's head named.</param>
    /// <exception cref="StateException">Version, length or value does not fit.</exception>
    public void Load(ref TOwner owner, ref StateReader reader, int version)
    {
        if (version > Version)
        {
            throw new StateException($"{Name}: version {version} is newer than the {Version} that is known");
        }

        if (version < MinimumVersion)
        {
            StateDescription<TOwner> old = LoadOld?.Invoke(owner, version)
                ?? throw new StateException($"{Name}: version {version} is older than the {MinimumVersion} that can be read");
            old.LoadFields(ref owner, ref reader, version);
            return;
        }

        LoadFields(ref owner, ref reader, version);
    }

    /// <summary>Saves the structure in <see cref="Version"/>.</summary>
    public void Save(ref TOwner owner, StateWriter writer)
    {
        PreSave?.Invoke(ref owner, Version);
        foreach (StateField<TOwner> field in _fields)
        {
            if (field.IsPresent(ref owner, Version))
            {
                field.Save(ref owner, writer, Version);
            }
        }

        foreach (Subsection<TOwner> subsection in _subsections)
        {
            if (subsection.Needed(owner))
            {
                writer.BeginSubsection(subsection.Description.Name, subsection.Description.Version);
                subsection.Description.Save(ref owner, writer);
            }
        }
    }

    /// <summary>Prints the structure's fields, one line each, as <c>-dump-state</c> shows them.</summary>
    public void Dump(ref TOwner owner, StateDump dump)
    {
        PreSave?.Invoke(ref owner, Version);
        foreach (StateField<TOwner> field in _fields)
        {
            if (field.IsPresent(ref owner, Version))
            {
                field.Dump(ref owner, dump, Version);
            }
        }

        foreach (Subsection<TOwner> subsection in _subsections)
        {
            if (subsection.Needed(owner))
            {
                using (dump.Nested(subsection.Description.Name))
                {
                    subsection.Description.Dump(ref owner, dump);
                }
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<StateField<TOwner>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void LoadFields(ref TOwner owner, ref StateReader reader, int version)
    {
        foreach (StateField<TOwner> field in _fields)
        {
            if (field.IsPresent(ref owner, version))
            {
                reader.Field = field.Name;
                int start = reader.Position;
                field.Load(ref owner, ref reader, version);
                if (reader.Trace is { } trace && !field.IsNested)
                {
                    ReadOnlySpan<byte> bytes = reader.Since(start);
                    trace.Field(field.Name, field.WireType, reader.Offset - bytes.Length, bytes);
                }
            }
        }

        while (_subsections.Count > 0 && reader.TryPeekSubsection(out string? sub) && Owns(sub))
        {
            Subsection<TOwner>? found = _subsections.Find(s => s.Description.Name == sub);
            if (found is null)
            {
                throw reader.Error($"unknown subsection '{sub}'");
            }

            reader.Field = sub;
            int subVersion = reader.BeginSubsection();
            reader.Trace?.Enter(sub);
            found.Description.Load(ref owner, ref reader, subVersion);
            reader.Trace?.Leave();
        }

        reader.Field = "";

        PostLoad?.Invoke(ref owner, version);
    }

    // QEMU names a subsection OWNER/part; the one exception ("ide bmdma_current") is known by its whole name.
    private bool Owns(string sub) =>
        sub.StartsWith(Name + "/", StringComparison.Ordinal) || _subsections.Exists(s => s.Description.Name == sub);
}

/// <summary>An optional part of a structure, after its last field.</summary>
/// <param name="Description">Its layout; the name is the wire's, <c>owner/part</c>.</param>
/// <param name="Needed">Whether the owner's state has to be sent with this part.</param>
public sealed record Subsection<TOwner>(StateDescription<TOwner> Description, Func<TOwner, bool> Needed);

/// <summary>One field of a structure on the wire.</summary>
public abstract class StateField<TOwner>
{
    /// <summary>Name in messages and dumps, as the wire's documentation spells it.</summary>
    public required string Name { get; init; }

    /// <summary>Wire type for the schema ("u32", "u8 x 256", "struct pci").</summary>
    public required string WireType { get; init; }

    /// <summary>First version of the section that carries the field.</summary>
    public int Since { get; init; }

    /// <summary>A further condition, or null.</summary>
    public FieldWhen<TOwner>? When { get; init; }

    /// <summary>Whether the field is made of fields that <see cref="StateTrace"/> is told of one by one.</summary>
    public virtual bool IsNested => false;

    /// <summary>Whether the field is on the wire.</summary>
    public bool IsPresent(ref TOwner owner, int version) => version >= Since && (When is null || When(ref owner, version));

    /// <summary>Takes the field's bytes from the reader.</summary>
    public abstract void Load(ref TOwner owner, ref StateReader reader, int version);

    /// <summary>Puts the field's bytes into the writer.</summary>
    public abstract void Save(ref TOwner owner, StateWriter writer, int version);

    /// <summary>Prints the field.</summary>
    public abstract void Dump(ref TOwner owner, StateDump dump, int version);
}

/// <summary>Marks a mutable field that no state description carries, and says why that is right.</summary>
/// <param name="why">How the value is come by after a load.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class NotSavedAttribute(string why) : Attribute
{
    /// <summary>How the value is come by after a load.</summary>
    public string Why { get; } = why;
}

/// <summary>A stream or a state does not fit the description. The message says what, the section's reader adds where.</summary>
public sealed class StateException(string message) : Exception(message);
