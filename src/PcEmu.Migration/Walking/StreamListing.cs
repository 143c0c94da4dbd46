using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using PcEmu.Core.State;

namespace PcEmu.Migration.Walking;

/// <summary>Prints a stream's sections and fields as they stand on the wire, as text or JSON.</summary>
public abstract class StreamListing : StreamVisitor
{
    private readonly List<FieldLine> _fields = [];
    private readonly Collector _trace;

    private protected StreamListing() => _trace = new Collector(_fields);

    /// <inheritdoc/>
    public override StateTrace Trace => _trace;

    /// <summary>A listing as text: a line for each section, and below it one for each field.</summary>
    public static StreamListing Text(TextWriter output) => new TextListing(output);

    /// <summary>A listing as one JSON object.</summary>
    public static StreamListing Json(Stream output) => new JsonListing(output);

    /// <summary>Ends the listing where reading failed.</summary>
    /// <param name="error">What was wrong.</param>
    public abstract void Fails(string error);

    /// <inheritdoc/>
    public sealed override void SectionBegins(SectionHead head) => _trace.Restart();

    /// <inheritdoc/>
    public sealed override void SectionEnds(SectionHead head, long end) => Section(head, end, _fields);

    private protected abstract void Section(SectionHead head, long end, IReadOnlyList<FieldLine> fields);

    private protected readonly record struct FieldLine(string Name, string Type, long Offset, byte[] Bytes)
    {
        /// <summary>The number, where the field is one.</summary>
        public Int128? Number => Type switch
        {
            "i32" => BinaryPrimitives.ReadInt32BigEndian(Bytes),
            "i64" or "timer" => BinaryPrimitives.ReadInt64BigEndian(Bytes),
            "bool" or ['u', ..] when Bytes.Length is 1 or 2 or 4 or 8 => Unsigned(Bytes),
            _ => null,
        };

        private static ulong Unsigned(ReadOnlySpan<byte> bytes)
        {
            ulong value = 0;
            foreach (byte b in bytes)
            {
                value = (value << 8) | b;
            }

            return value;
        }
    }

    private sealed class Collector(List<FieldLine> fields) : StateTrace
    {
        private readonly List<string> _path = [];

        public void Restart()
        {
            fields.Clear();
            _path.Clear();
        }

        public override void Enter(string name) => _path.Add(name);

        public override void Leave() => _path.RemoveAt(_path.Count - 1);

        public override void Field(string name, string wireType, long offset, ReadOnlySpan<byte> bytes) =>
            fields.Add(new FieldLine(_path.Count == 0 ? name : $"{string.Join('.', _path)}.{name}", wireType, offset, bytes.ToArray()));
    }

    private sealed class TextListing(TextWriter output) : StreamListing
    {
        private const int BytesInLine = 32;

        public override void Configuration(string machineType) => output.WriteLine($"machine type {machineType}");

        public override void RamBlocks(IEnumerable<(string Name, ulong Size)> blocks)
        {
            foreach ((string name, ulong size) in blocks)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"RAM block {name}: 0x{size:X} bytes"));
            }
        }

        public override void Ends(StreamStatistics statistics) => output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"RAM: {statistics.Pages} pages and {statistics.FillPages} pages of one byte\nend at 0x{statistics.Bytes:X}"));

        public override void Fails(string error) => output.Flush();

        private protected override void Section(SectionHead head, long end, IReadOnlyList<FieldLine> fields)
        {
            CultureInfo plain = CultureInfo.InvariantCulture;
            output.WriteLine(string.Create(plain, $"0x{head.Offset:X8} {head.Name} instance {head.Instance} version {(uint)head.Version}"));
            foreach (FieldLine field in fields)
            {
                output.Write(string.Create(plain, $"  0x{field.Offset:X8} {field.Name,-40} {field.Type,-12} "));
                output.WriteLine(
                    field.Number is { } number ? string.Create(plain, $"{number} (0x{(field.Bytes.Length == 4 ? (uint)number : (ulong)number):x})")
                    : field.Bytes.Length <= BytesInLine ? Convert.ToHexStringLower(field.Bytes)
                    : string.Create(plain, $"{field.Bytes.Length} bytes"));
                for (int at = 0; field.Number is null && field.Bytes.Length > BytesInLine && at < field.Bytes.Length; at += BytesInLine)
                {
                    ReadOnlySpan<byte> line = field.Bytes.AsSpan(at, Math.Min(BytesInLine, field.Bytes.Length - at));
                    if (line.ContainsAnyExcept((byte)0))
                    {
                        output.WriteLine(string.Create(plain, $"      +0x{at:x4}  {Convert.ToHexStringLower(line)}"));
                    }
                }
            }
        }
    }

    private sealed class JsonListing : StreamListing, IDisposable
    {
        private readonly Utf8JsonWriter _json;
        private bool _inSections;

        public JsonListing(Stream output)
        {
            _json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
            _json.WriteStartObject();
        }

        public override void Configuration(string machineType) => _json.WriteString("machine", machineType);

        public override void RamBlocks(IEnumerable<(string Name, ulong Size)> blocks)
        {
            _json.WriteStartObject("ramBlocks");
            foreach ((string name, ulong size) in blocks)
            {
                _json.WriteNumber(name, size);
            }

            _json.WriteEndObject();
        }

        public override void Ends(StreamStatistics statistics)
        {
            EndSections();
            _json.WriteNumber("pages", statistics.Pages);
            _json.WriteNumber("fillPages", statistics.FillPages);
            _json.WriteNumber("bytes", statistics.Bytes);
            End();
        }

        public override void Fails(string error)
        {
            EndSections();
            _json.WriteString("error", error);
            End();
        }

        private protected override void Section(SectionHead head, long end, IReadOnlyList<FieldLine> fields)
        {
            if (!_inSections)
            {
                _json.WriteStartArray("sections");
                _inSections = true;
            }

            _json.WriteStartObject();
            _json.WriteString("name", head.Name);
            _json.WriteNumber("instance", head.Instance);
            _json.WriteNumber("version", (uint)head.Version);
            _json.WriteNumber("offset", head.Offset);
            _json.WriteNumber("end", end);
            _json.WriteStartObject("fields");
            foreach (FieldLine field in fields)
            {
                if (field.Number is { } number)
                {
                    _json.WritePropertyName(field.Name);
                    _json.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                }
                else
                {
                    _json.WriteString(field.Name, Convert.ToHexStringLower(field.Bytes));
                }
            }

            _json.WriteEndObject();
            _json.WriteEndObject();
        }

        private void EndSections()
        {
            if (_inSections)
            {
                _json.WriteEndArray();
            }
        }

        public void Dispose() => _json.Dispose();

        private void End()
        {
            _json.WriteEndObject();
            Dispose();
        }
    }
}
