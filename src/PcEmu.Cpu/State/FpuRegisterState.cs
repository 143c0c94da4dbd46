using PcEmu.Core.State;
using PcEmu.Cpu.Fpu;

namespace PcEmu.Cpu.State;

/// <summary>Structure <c>fpreg</c>: an x87 register, mantissa first.</summary>
internal static class FpuRegisterState
{
    public static readonly StateDescription<Float80> Description = new("fpreg", version: 1, minimumVersion: 0)
    {
        new MantissaField { Name = "mantissa", WireType = "u64" },
        new ExponentField { Name = "exponent", WireType = "u16" },
    };

    private sealed class MantissaField : StateField<Float80>
    {
        public override void Load(ref Float80 owner, ref StateReader reader, int version) => owner = new(reader.UInt64(), owner.SignExponent);

        public override void Save(ref Float80 owner, StateWriter writer, int version) => writer.UInt64(owner.Mantissa);

        public override void Dump(ref Float80 owner, StateDump dump, int version) => dump.Value(Name, owner.Mantissa);
    }

    private sealed class ExponentField : StateField<Float80>
    {
        public override void Load(ref Float80 owner, ref StateReader reader, int version) => owner = new(owner.Mantissa, reader.UInt16());

        public override void Save(ref Float80 owner, StateWriter writer, int version) => writer.UInt16(owner.SignExponent);

        public override void Dump(ref Float80 owner, StateDump dump, int version) => dump.Value(Name, owner.SignExponent);
    }
}
