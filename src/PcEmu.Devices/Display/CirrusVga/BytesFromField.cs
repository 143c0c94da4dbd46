using PcEmu.Core.State;

namespace PcEmu.Devices.Display.CirrusVga;

/// <summary>A byte array on the wire from one of its elements on: the ones before it are sent in other fields.</summary>
internal sealed class BytesFromField<T>(Func<T, byte[]> at, int first) : StateField<T>
{
    public override void Load(ref T owner, ref StateReader reader, int version)
    {
        Span<byte> target = at(owner).AsSpan(first);
        reader.Take(target.Length).CopyTo(target);
    }

    public override void Save(ref T owner, StateWriter writer, int version) => writer.Bytes(at(owner).AsSpan(first));

    public override void Dump(ref T owner, StateDump dump, int version) => dump.Bytes(Name, at(owner).AsSpan(first));
}
