using System.Globalization;
using PcEmu.Core.State;

namespace PcEmu.Migration.Held;

/// <summary>The layout of a section whose device we do not have, from a text: the fields in wire order.</summary>
/// <remarks>
/// Words of the text: a type (<c>u8</c>, <c>u16</c>, <c>u32</c>, <c>u64</c>, or <c>bytes</c>) counts for the names behind
/// it. A name may have a count (<c>isr:8</c>) and a first version (<c>filler@2</c>). <c>struct</c> makes the following
/// names parts; their layouts come by name.
/// </remarks>
public sealed class HeldLayout
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _buffers = new(StringComparer.Ordinal);
    private readonly List<int> _bufferSizes = [];
    private readonly List<Part> _parts = [];

    /// <summary>Reads a layout.</summary>
    /// <param name="name">Name of section or structure.</param>
    /// <param name="version">Version that is written.</param>
    /// <param name="minimumVersion">Oldest version it describes.</param>
    /// <param name="fields">The text.</param>
    /// <param name="parts">Layouts of the structures that it names.</param>
    /// <param name="subsections">Wire names and texts of what may follow the last field.</param>
    internal HeldLayout(
        string name,
        int version,
        int minimumVersion,
        string fields,
        IReadOnlyDictionary<string, HeldLayout>? parts = null,
        IReadOnlyList<(string Name, string Fields)>? subsections = null)
    {
        Name = name;
        Description = new StateDescription<HeldState>(name, version, minimumVersion)
        {
            PostLoad = static (ref HeldState s, int _) => s.Loaded(),
        };
        AddFields(Description, fields, parts);
        foreach ((string subName, string subFields) in subsections ?? [])
        {
            int number = SubsectionCount++;
            var inner = new StateDescription<HeldState>(subName, 1, 0)
            {
                PostLoad = (ref HeldState s, int _) => s.HasSubsection[number] = true,
            };
            AddFields(inner, subFields, null);
            Description.Add(new Subsection<HeldState>(inner, s => s.HasSubsection[number]));
        }
    }

    /// <summary>Name of the section.</summary>
    public string Name { get; }

    internal StateDescription<HeldState> Description { get; }

    internal int NumberCount { get; private set; }

    internal int SubsectionCount { get; private set; }

    internal IReadOnlyList<int> BufferSizes => _bufferSizes;

    internal IReadOnlyList<Part> Parts => _parts;

    /// <summary>Makes an empty state.</summary>
    /// <param name="whyBusy">Says why a state cannot be held, or null where it can; null takes every state.</param>
    public HeldState NewState(Func<HeldState, string?>? whyBusy = null) => new(this) { WhyBusy = whyBusy };

    internal int SlotOf(string name) => _slots[name];

    internal int BufferOf(string name) => _buffers[name];

    private static (string Name, int Count, int Since) Split(string word)
    {
        int at = word.IndexOf('@', StringComparison.Ordinal);
        int since = at < 0 ? 0 : int.Parse(word.AsSpan(at + 1), CultureInfo.InvariantCulture);
        string name = at < 0 ? word : word[..at];
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (name, 0, since) : (name[..colon], int.Parse(name.AsSpan(colon + 1), CultureInfo.InvariantCulture), since);
    }

    private void AddFields(StateDescription<HeldState> description, string fields, IReadOnlyDictionary<string, HeldLayout>? parts)
    {
        string type = "u8";
        foreach (string word in fields.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word is "u8" or "u16" or "u32" or "u64" or "bytes" or "struct")
            {
                type = word;
                continue;
            }

            (string name, int count, int since) = Split(word);
            switch (type)
            {
                case "bytes":
                    AddBytes(description, name, count, since);
                    break;
                case "struct":
                    AddPart(description, name, count, since, parts![name]);
                    break;
                default:
                    AddNumbers(description, name, count, since, int.Parse(type.AsSpan(1), CultureInfo.InvariantCulture) / 8);
                    break;
            }
        }
    }

    private void AddBytes(StateDescription<HeldState> description, string name, int count, int since)
    {
        int buffer = _bufferSizes.Count;
        _bufferSizes.Add(count);
        _buffers.Add(name, buffer);
        description.Add(Field.Bytes<HeldState>(name, s => s.Buffers[buffer], since));
    }

    private void AddPart(StateDescription<HeldState> description, string name, int count, int since, HeldLayout layout)
    {
        int part = _parts.Count;
        _parts.Add(new Part(layout, Math.Max(1, count)));
        description.Add(count == 0
            ? Field.Struct(name, (ref HeldState s) => ref s.Parts[part][0], layout.Description, since)
            : Field.Array(name, (HeldState s) => s.Parts[part], layout.Description, since));
    }

    private void AddNumbers(StateDescription<HeldState> description, string name, int count, int since, int bytes)
    {
        for (int i = 0; i < Math.Max(1, count); i++)
        {
            string full = count == 0 ? name : $"{name}[{i}]";
            int slot = NumberCount++;
            _slots.Add(full, slot);
            description.Add(Field.Computed<HeldState>(full, bytes, s => s.Numbers[slot], (s, v) => s.Numbers[slot] = v, since));
        }
    }

    internal sealed record Part(HeldLayout Layout, int Count);
}
