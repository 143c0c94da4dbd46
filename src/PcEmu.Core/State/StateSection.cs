using System.Globalization;

namespace PcEmu.Core.State;

/// <summary>One section of a stream, bound to the device that it describes: what a migration or a dump works with.</summary>
public abstract class StateSection
{
    /// <summary>Name on the wire, with the bus path in front for PCI devices.</summary>
    public abstract string Name { get; }

    /// <summary>Version that is written.</summary>
    public abstract int Version { get; }

    /// <summary>Loads the section's body.</summary>
    public abstract void Load(ref StateReader reader, int version);

    /// <summary>Saves the section's body.</summary>
    public abstract void Save(StateWriter writer);

    /// <summary>Prints the section's fields.</summary>
    public abstract void Dump(StateDump dump);

    /// <summary>Binds a description to a device.</summary>
    /// <param name="description">The layout.</param>
    /// <param name="owner">The device; the same object is loaded and saved.</param>
    /// <param name="path">Bus path that stands before the name ("0000:00:01.3"), or null.</param>
    public static StateSection Of<T>(StateDescription<T> description, T owner, string? path = null)
        where T : class =>
        new Bound<T>(description, owner, path);

    private sealed class Bound<T>(StateDescription<T> description, T owner, string? path) : StateSection
        where T : class
    {
        public override string Name { get; } = path is null ? description.Name : $"{path}/{description.Name}";

        public override int Version => description.Version;

        public override void Load(ref StateReader reader, int version)
        {
            T target = owner;
            description.Load(ref target, ref reader, version);
        }

        public override void Save(StateWriter writer)
        {
            T target = owner;
            description.Save(ref target, writer);
        }

        public override void Dump(StateDump dump)
        {
            T target = owner;
            description.Dump(ref target, dump);
        }
    }
}

/// <summary>Prints state as text: one <c>path.field = value</c> line a field, so that two dumps can be compared with diff.</summary>
public sealed class StateDump(TextWriter output)
{
    private readonly List<string> _path = [];

    /// <summary>Prints one value; numbers in hexadecimal.</summary>
    public void Value<T>(string name, T value)
    {
        Prefix(name);
        output.WriteLine(value switch
        {
            bool b => b ? "1" : "0",
            long l => l.ToString(CultureInfo.InvariantCulture),
            IFormattable f => "0x" + f.ToString("x", CultureInfo.InvariantCulture),
            _ => value?.ToString(),
        });
    }

    /// <summary>Prints bytes in hexadecimal, 32 a line.</summary>
    public void Bytes(string name, ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += 32)
        {
            Prefix($"{name}[0x{at:x}]");
            output.WriteLine(Convert.ToHexStringLower(bytes.Slice(at, Math.Min(32, bytes.Length - at))));
        }
    }

    /// <summary>Opens a level of the path; disposing closes it.</summary>
    public Level Nested(string name)
    {
        _path.Add(name);
        return new Level(this);
    }

    private void Prefix(string name)
    {
        foreach (string part in _path)
        {
            output.Write(part);
            output.Write('.');
        }

        output.Write(name);
        output.Write(" = ");
    }

    /// <summary>An open level of the path.</summary>
    public readonly struct Level : IDisposable
    {
        private readonly StateDump _dump;

        internal Level(StateDump dump) => _dump = dump;

        /// <summary>Closes the level.</summary>
        public void Dispose() => _dump._path.RemoveAt(_dump._path.Count - 1);
    }
}
