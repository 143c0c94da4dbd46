using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Simd;

namespace PcEmu.Cpu.Decode;

// Floating point in XMM registers, and conversions.
internal sealed unsafe partial class Emitter
{
    private Entry VectorFloat(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Addps: return Packed32<FloatAdd>(u, i);
            case Mnemonic.Addpd: return Packed64<FloatAdd>(u, i);
            case Mnemonic.Addss: return Scalar32<FloatAdd>(u, i);
            case Mnemonic.Addsd: return Scalar64<FloatAdd>(u, i);
            case Mnemonic.Subps: return Packed32<FloatSubtract>(u, i);
            case Mnemonic.Subpd: return Packed64<FloatSubtract>(u, i);
            case Mnemonic.Subss: return Scalar32<FloatSubtract>(u, i);
            case Mnemonic.Subsd: return Scalar64<FloatSubtract>(u, i);
            case Mnemonic.Mulps: return Packed32<FloatMultiply>(u, i);
            case Mnemonic.Mulpd: return Packed64<FloatMultiply>(u, i);
            case Mnemonic.Mulss: return Scalar32<FloatMultiply>(u, i);
            case Mnemonic.Mulsd: return Scalar64<FloatMultiply>(u, i);
            case Mnemonic.Divps: return Packed32<FloatDivide>(u, i);
            case Mnemonic.Divpd: return Packed64<FloatDivide>(u, i);
            case Mnemonic.Divss: return Scalar32<FloatDivide>(u, i);
            case Mnemonic.Divsd: return Scalar64<FloatDivide>(u, i);
            case Mnemonic.Minps: return Packed32<FloatMinimum>(u, i);
            case Mnemonic.Minpd: return Packed64<FloatMinimum>(u, i);
            case Mnemonic.Minss: return Scalar32<FloatMinimum>(u, i);
            case Mnemonic.Minsd: return Scalar64<FloatMinimum>(u, i);
            case Mnemonic.Maxps: return Packed32<FloatMaximum>(u, i);
            case Mnemonic.Maxpd: return Packed64<FloatMaximum>(u, i);
            case Mnemonic.Maxss: return Scalar32<FloatMaximum>(u, i);
            case Mnemonic.Maxsd: return Scalar64<FloatMaximum>(u, i);
            case Mnemonic.Sqrtps: return Packed32<FloatSquareRoot>(u, i);
            case Mnemonic.Sqrtpd: return Packed64<FloatSquareRoot>(u, i);
            case Mnemonic.Sqrtss: return Scalar32<FloatSquareRoot>(u, i);
            case Mnemonic.Sqrtsd: return Scalar64<FloatSquareRoot>(u, i);
            case Mnemonic.Cmpps: return Packed32<FloatPredicate>(u, i);
            case Mnemonic.Cmppd: return Packed64<FloatPredicate>(u, i);
            case Mnemonic.Cmpss: return Scalar32<FloatPredicate>(u, i);
            case Mnemonic.Cmpsd when i.OpCount == 3: return Scalar64<FloatPredicate>(u, i);
            case Mnemonic.Roundps: return Packed32<FloatRound>(u, i);
            case Mnemonic.Roundpd: return Packed64<FloatRound>(u, i);
            case Mnemonic.Roundss: return Scalar32<FloatRound>(u, i);
            case Mnemonic.Roundsd: return Scalar64<FloatRound>(u, i);
            case Mnemonic.Rcpps: return Packed32<FloatReciprocal>(u, i);
            case Mnemonic.Rcpss: return Scalar32<FloatReciprocal>(u, i);
            case Mnemonic.Rsqrtps: return Packed32<FloatReciprocalSquareRoot>(u, i);
            case Mnemonic.Rsqrtss: return Scalar32<FloatReciprocalSquareRoot>(u, i);
            case Mnemonic.Haddps: return Source<Families.FloatHorizontal<FloatAdd, Binary32>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Haddpd: return Source<Families.FloatHorizontal<FloatAdd, Binary64>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Hsubps: return Source<Families.FloatHorizontal<FloatSubtract, Binary32>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Hsubpd: return Source<Families.FloatHorizontal<FloatSubtract, Binary64>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Addsubps: return Source<Families.FloatAddSubtract<Binary32>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Addsubpd: return Source<Families.FloatAddSubtract<Binary64>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Dpps:
                u->Imm = i.Immediate8;
                return Source<Families.FloatDotProduct<Binary32>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Dppd:
                u->Imm = i.Immediate8;
                return Source<Families.FloatDotProduct<Binary64>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Comiss: return Source<Families.FloatCompare<Binary32, FlagsLive>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Comisd: return Source<Families.FloatCompare<Binary64, FlagsLive>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Ucomiss: return Source<Families.FloatCompare<Binary32, FlagsDead>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Ucomisd: return Source<Families.FloatCompare<Binary64, FlagsDead>, XmmRegister, Part<B8>>(u, i);
        }

        return default;
    }

    private Entry VectorConvert(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Cvtdq2ps: return Source<Families.Convert<IntegersToFloat<Binary32, B4, Four>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvtdq2pd: return Source<Families.Convert<IntegersToFloat<Binary64, B4, Two>>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtps2dq: return Source<Families.Convert<FloatToIntegers<Binary32, Four, FlagsDead>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvttps2dq: return Source<Families.Convert<FloatToIntegers<Binary32, Four, FlagsLive>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvtpd2dq: return Source<Families.Convert<FloatToIntegers<Binary64, Two, FlagsDead>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvttpd2dq: return Source<Families.Convert<FloatToIntegers<Binary64, Two, FlagsLive>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvtps2pd: return Source<Families.Convert<SinglesToDoubles<Two>>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtss2sd: return Source<Families.Convert<SinglesToDoubles<One>>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Cvtpd2ps: return Source<Families.Convert<DoublesToSingles<Two>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvtsd2ss: return Source<Families.Convert<DoublesToSingles<One>>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtpi2ps when i.Op1Kind == OpKind.Memory:
                return Source<Families.ConvertFromMmx<IntegersToFloat<Binary32, B4, Two>, FlagsDead>, MmxRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtpi2ps: return Source<Families.ConvertFromMmx<IntegersToFloat<Binary32, B4, Two>, FlagsLive>, MmxRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtpi2pd when i.Op1Kind == OpKind.Register:
                return Source<Families.ConvertFromMmx<IntegersToFloat<Binary64, B4, Two>, FlagsLive>, MmxRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtpi2pd: return Source<Families.ConvertFromMmx<IntegersToFloat<Binary64, B4, Two>, FlagsDead>, MmxRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtps2pi: return Source<Families.ConvertToMmx<FloatToIntegers<Binary32, Two, FlagsDead>>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Cvttps2pi: return Source<Families.ConvertToMmx<FloatToIntegers<Binary32, Two, FlagsLive>>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Cvtpd2pi: return Source<Families.ConvertToMmx<FloatToIntegers<Binary64, Two, FlagsDead>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvttpd2pi: return Source<Families.ConvertToMmx<FloatToIntegers<Binary64, Two, FlagsLive>>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Cvtsi2ss: return FromGeneral<Binary32>(u, i);
            case Mnemonic.Cvtsi2sd: return FromGeneral<Binary64>(u, i);
            case Mnemonic.Cvtss2si: return ConvertToGeneral<Binary32, FlagsDead, Part<B4>>(u, i);
            case Mnemonic.Cvttss2si: return ConvertToGeneral<Binary32, FlagsLive, Part<B4>>(u, i);
            case Mnemonic.Cvtsd2si: return ConvertToGeneral<Binary64, FlagsDead, Part<B8>>(u, i);
            case Mnemonic.Cvttsd2si: return ConvertToGeneral<Binary64, FlagsLive, Part<B8>>(u, i);
        }

        return default;
    }

    private Entry Packed32<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFloatOp => Lanes<Families.FloatLanes<TOp, Binary32, FlagsLive>, Aligned>(u, i);

    private Entry Packed64<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFloatOp => Lanes<Families.FloatLanes<TOp, Binary64, FlagsLive>, Aligned>(u, i);

    private Entry Scalar32<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFloatOp => Lanes<Families.FloatLanes<TOp, Binary32, FlagsDead>, Part<B4>>(u, i);

    private Entry Scalar64<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IFloatOp => Lanes<Families.FloatLanes<TOp, Binary64, FlagsDead>, Part<B8>>(u, i);

    private Entry Lanes<F, N>(Uop* u, in Instruction i)
        where F : struct, IVectorFamily
        where N : struct, IVectorWidth
    {
        u->Imm = i.OpCount > 2 ? i.Immediate8 : 0;
        return Source<F, XmmRegister, N>(u, i);
    }

    private Entry FromGeneral<F>(Uop* u, in Instruction i)
        where F : struct, IFloatFormat => SizeOf(i, 1) == 8
            ? Source<Families.Convert<IntegersToFloat<F, B8, One>>, GeneralRegister<B8>, Part<B8>>(u, i)
            : Source<Families.Convert<IntegersToFloat<F, B4, One>>, GeneralRegister<B4>, Part<B4>>(u, i);

    private Entry ConvertToGeneral<F, TTruncate, N>(Uop* u, in Instruction i)
        where F : struct, IFloatFormat
        where TTruncate : struct, IFlagUse
        where N : struct, IVectorWidth
    {
        u->Dst = Offset(i.Op0Register);
        return i.Op0Register.GetSize() == 8
            ? SourceOnly<Families.ConvertToGeneral<F, B8, TTruncate>, XmmRegister, N>(u, i)
            : SourceOnly<Families.ConvertToGeneral<F, B4, TTruncate>, XmmRegister, N>(u, i);
    }
}
