using PcEmu.Core.State;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.State;

/// <summary>Structure <c>segment</c>: selector, base, limit in bytes, second dword of the descriptor.</summary>
internal static class SegmentState
{
    public static readonly StateDescription<SegmentCache> Description = new("segment", version: 1, minimumVersion: 0)
    {
        new SelectorField { Name = "selector", WireType = "u32" },
        Field.UInt64("base", static (ref SegmentCache s) => ref s.Base),
        Field.UInt32("limit", static (ref SegmentCache s) => ref s.Limit),
        new AttributesField { Name = "flags", WireType = "u32" },
    };

    private sealed class SelectorField : StateField<SegmentCache>
    {
        public override void Load(ref SegmentCache owner, ref StateReader reader, int version) => owner.Selector = (ushort)reader.UInt32();

        public override void Save(ref SegmentCache owner, StateWriter writer, int version) => writer.UInt32(owner.Selector);

        public override void Dump(ref SegmentCache owner, StateDump dump, int version) => dump.Value(Name, owner.Selector);
    }

    // The pieces of base and limit in the dword may or may not be left over: base and limit have fields of their own.
    private sealed class AttributesField : StateField<SegmentCache>
    {
        public override void Load(ref SegmentCache owner, ref StateReader reader, int version) =>
            owner.Attributes = reader.UInt32() & Descriptor.AttributeMask;

        public override void Save(ref SegmentCache owner, StateWriter writer, int version) => writer.UInt32(owner.Attributes);

        public override void Dump(ref SegmentCache owner, StateDump dump, int version) => dump.Value(Name, owner.Attributes);
    }
}
