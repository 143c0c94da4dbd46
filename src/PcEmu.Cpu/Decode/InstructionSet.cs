using Iced.Intel;
using PcEmu.Cpu.Models;

namespace PcEmu.Cpu.Decode;

/// <summary>Which instructions a model has: one that it lacks is #UD.</summary>
/// <param name="model">The model; what counts is what its CPUID shows.</param>
internal sealed class InstructionSet(CpuModel model)
{
    private const byte Unknown = 0;
    private const byte Present = 1;
    private const byte Absent = 2;

    // By instruction code, filled in as codes turn up.
    private readonly byte[] _known = new byte[Enum.GetValues<Code>().Length];

    /// <summary>Whether TZCNT is itself rather than BSF.</summary>
    public bool HasTzcnt { get; } = model.Has(Features7Ebx.Bmi1);

    /// <summary>Whether LZCNT is itself rather than BSR.</summary>
    public bool HasLzcnt { get; } = model.HasLzcnt;

    /// <summary>Whether the model has an instruction.</summary>
    public bool Has(in Instruction instruction)
    {
        ref byte known = ref _known[(int)instruction.Code];
        if (known == Unknown)
        {
            known = Decide(instruction.Code) ? Present : Absent;
        }

        return known == Present;
    }

    private bool Decide(Code code)
    {
        foreach (CpuidFeature feature in code.CpuidFeatures())
        {
            if (!Has(feature))
            {
                return false;
            }
        }

        return true;
    }

    // Features without a line here are part of every CPU, or their instructions are in no table.
    private bool Has(CpuidFeature feature) => feature switch
    {
        CpuidFeature.CPUID => model.HasCpuid,
        CpuidFeature.TSC => model.HasTsc,
        CpuidFeature.MSR => model.HasMsr,
        CpuidFeature.CX8 => model.Has(Features1Edx.Cx8),
        CpuidFeature.CMOV => model.Has(Features1Edx.Cmov),
        CpuidFeature.CLFSH => model.Has(Features1Edx.Clflush),
        CpuidFeature.MMX => model.Has(Features1Edx.Mmx),
        CpuidFeature.FXSR => model.Has(Features1Edx.Fxsr),
        CpuidFeature.SSE => model.Has(Features1Edx.Sse),
        CpuidFeature.SSE2 => model.Has(Features1Edx.Sse2),
        CpuidFeature.SSE3 => model.Has(Features1Ecx.Sse3),
        CpuidFeature.SSSE3 => model.Has(Features1Ecx.Ssse3),
        CpuidFeature.SSE4_1 => model.Has(Features1Ecx.Sse41),
        CpuidFeature.SSE4_2 => model.Has(Features1Ecx.Sse42),
        CpuidFeature.POPCNT => model.Has(Features1Ecx.Popcnt),
        CpuidFeature.MOVBE => model.Has(Features1Ecx.Movbe),
        CpuidFeature.AES => model.Has(Features1Ecx.Aes),
        CpuidFeature.PCLMULQDQ => model.Has(Features1Ecx.Pclmulqdq),
        CpuidFeature.XSAVE => model.Has(Features1Ecx.Xsave),
        CpuidFeature.BMI2 => model.Has(Features7Ebx.Bmi2),
        CpuidFeature.ADX => model.Has(Features7Ebx.Adx),
        CpuidFeature.SHA => model.Has(Features7Ebx.Sha),

        // Without BMI1 TZCNT is BSF, without LZCNT that is BSR: the emitter asks first.
        CpuidFeature.BMI1 => HasTzcnt,
        _ => true,
    };
}
