using PcEmu.Core.State;

namespace PcEmu.Migration;

/// <summary>The head of a section.</summary>
/// <param name="Name">Name, with the bus path in front.</param>
/// <param name="Instance">Number among equal names.</param>
/// <param name="Version">Version of the layout.</param>
/// <param name="Id">Running number in the stream.</param>
/// <param name="Offset">Offset of the section's first byte.</param>
public sealed record SectionHead(string Name, uint Instance, int Version, uint Id, long Offset)
{
    /// <summary>The name without bus path.</summary>
    public string Kind => Name[(Name.LastIndexOf('/') + 1)..];
}

/// <summary>How much a stream brought.</summary>
/// <param name="Bytes">Bytes up to and including the end mark.</param>
/// <param name="Pages">Pages of RAM with all their bytes.</param>
/// <param name="FillPages">Pages of RAM that came as one byte.</param>
public readonly record struct StreamStatistics(long Bytes, long Pages, long FillPages);

/// <summary>Looks on while a stream is read. A section that needs more of the stream is begun again.</summary>
public abstract class StreamVisitor
{
    /// <summary>The record with the machine type's name.</summary>
    public abstract void Configuration(string machineType);

    /// <summary>The list of RAM blocks.</summary>
    public abstract void RamBlocks(IEnumerable<(string Name, ulong Size)> blocks);

    /// <summary>A device's section begins; its fields go to <see cref="Trace"/>.</summary>
    public abstract void SectionBegins(SectionHead head);

    /// <summary>The section is over.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="end">Offset of the first byte behind it.</param>
    public abstract void SectionEnds(SectionHead head, long end);

    /// <summary>The stream is over.</summary>
    public abstract void Ends(StreamStatistics statistics);

    /// <summary>Takes the fields.</summary>
    public abstract StateTrace Trace { get; }
}
