using System.Text;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Models;

/// <summary>Feature bits of CPUID leaf 1, EDX.</summary>
[Flags]
public enum Features1Edx : uint
{
    /// <summary>x87 on the chip.</summary>
    Fpu = 1u << 0,

    /// <summary>Virtual-8086 extensions.</summary>
    Vme = 1u << 1,

    /// <summary>Debugging extensions.</summary>
    De = 1u << 2,

    /// <summary>4 MiB pages.</summary>
    Pse = 1u << 3,

    /// <summary>Time stamp counter.</summary>
    Tsc = 1u << 4,

    /// <summary>RDMSR and WRMSR.</summary>
    Msr = 1u << 5,

    /// <summary>Physical address extension.</summary>
    Pae = 1u << 6,

    /// <summary>Machine check exception.</summary>
    Mce = 1u << 7,

    /// <summary>CMPXCHG8B.</summary>
    Cx8 = 1u << 8,

    /// <summary>Local APIC.</summary>
    Apic = 1u << 9,

    /// <summary>SYSENTER and SYSEXIT.</summary>
    Sep = 1u << 11,

    /// <summary>Memory type range registers.</summary>
    Mtrr = 1u << 12,

    /// <summary>Global pages.</summary>
    Pge = 1u << 13,

    /// <summary>Machine check architecture.</summary>
    Mca = 1u << 14,

    /// <summary>CMOVcc.</summary>
    Cmov = 1u << 15,

    /// <summary>Page attribute table.</summary>
    Pat = 1u << 16,

    /// <summary>36-bit 4 MiB pages.</summary>
    Pse36 = 1u << 17,

    /// <summary>CLFLUSH.</summary>
    Clflush = 1u << 19,

    /// <summary>MMX.</summary>
    Mmx = 1u << 23,

    /// <summary>FXSAVE and FXRSTOR.</summary>
    Fxsr = 1u << 24,

    /// <summary>SSE.</summary>
    Sse = 1u << 25,

    /// <summary>SSE2.</summary>
    Sse2 = 1u << 26,
}

/// <summary>What a <c>-cpu</c> model shows in CPUID and can do. Feature words are the model's, cut to what the interpreter has.</summary>
public sealed record CpuModel
{
    // What the interpreter carries out; CPUID never promises more.
    private const Features1Edx Implemented =
        Features1Edx.Fpu | Features1Edx.De | Features1Edx.Pse | Features1Edx.Tsc | Features1Edx.Msr | Features1Edx.Pae | Features1Edx.Cx8
        | Features1Edx.Apic | Features1Edx.Mtrr | Features1Edx.Pge | Features1Edx.Cmov | Features1Edx.Pat | Features1Edx.Pse36;

    private const uint ImplementedExtendedEdx = 1u << 20;

    /// <summary>Name after <c>-cpu</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Twelve letters of the vendor.</summary>
    public required string Vendor { get; init; }

    /// <summary>Highest basic leaf.</summary>
    public required uint Level { get; init; }

    /// <summary>Family, extended family added in.</summary>
    public required int Family { get; init; }

    /// <summary>Model number.</summary>
    public required int ModelNumber { get; init; }

    /// <summary>Stepping.</summary>
    public required int Stepping { get; init; }

    /// <summary>Leaf 1, EDX, as the model defines it.</summary>
    public required Features1Edx Features { get; init; }

    /// <summary>Leaf 1, ECX.</summary>
    public uint FeaturesEcx { get; init; }

    /// <summary>Highest extended leaf, or 0.</summary>
    public uint ExtendedLevel { get; init; }

    /// <summary>Leaf 80000001h, EDX.</summary>
    public uint ExtendedEdx { get; init; }

    /// <summary>Leaf 80000001h, ECX.</summary>
    public uint ExtendedEcx { get; init; }

    /// <summary>The 48-letter name of leaves 80000002h to 80000004h.</summary>
    public string ModelId { get; init; } = "";

    /// <summary>Leaf 1, EDX, as the guest sees it.</summary>
    public Features1Edx VisibleFeatures => Features & Implemented;

    /// <summary>Leaf 1, EAX; also EDX after reset.</summary>
    public uint Signature
    {
        get
        {
            uint family = (uint)Math.Min(Family, 15);
            uint extendedFamily = (uint)Math.Max(Family - 15, 0);
            return (uint)(Stepping & 15) | ((uint)(ModelNumber & 15) << 4) | (family << 8) | ((uint)(ModelNumber >> 4) << 16) | (extendedFamily << 20);
        }
    }

    /// <summary>Whether CPUID itself is there.</summary>
    public bool HasCpuid => Level > 0;

    /// <summary>Whether the time stamp counter is there.</summary>
    public bool HasTsc => Has(Features1Edx.Tsc);

    /// <summary>Whether model-specific registers are there.</summary>
    public bool HasMsr => Has(Features1Edx.Msr);

    /// <summary>Whether memory type range registers are there.</summary>
    public bool HasMtrr => Has(Features1Edx.Mtrr);

    /// <summary>Whether the page attribute table is there.</summary>
    public bool HasPat => Has(Features1Edx.Pat);

    /// <summary>Width of physical addresses in bits.</summary>
    public int PhysicalAddressBits => Has(Features1Edx.Pse36) ? 36 : 32;

    /// <summary>Bits of EFER that can be set.</summary>
    public ulong EferBits => (ExtendedEdx & ImplementedExtendedEdx & (1u << 20)) != 0 ? Efer.Nxe : 0;

    /// <summary>Bits of CR4 that can be set; others are #GP(0).</summary>
    public ulong Cr4Bits =>
        (Has(Features1Edx.De) ? Cr4.De : 0)
        | (Has(Features1Edx.Pse) ? Cr4.Pse : 0)
        | (Has(Features1Edx.Tsc) ? Cr4.Tsd : 0)
        | (Has(Features1Edx.Pae) ? Cr4.Pae : 0)
        | (Has(Features1Edx.Pge) ? Cr4.Pge : 0)
        | (Family >= 5 ? Cr4.Mce : 0)
        | (Family >= 6 ? Cr4.Pce : 0);

    /// <summary>Whether a feature can be used.</summary>
    public bool Has(Features1Edx feature) => (VisibleFeatures & feature) == feature;

    /// <summary>The four registers of a leaf.</summary>
    public (uint Eax, uint Ebx, uint Ecx, uint Edx) Cpuid(uint leaf, uint subleaf)
    {
        // Beyond the last leaf Intel CPUs answer with the highest basic one.
        if (leaf >= 0x8000_0000)
        {
            if (leaf > ExtendedLevel)
            {
                leaf = Level;
            }
        }
        else if (leaf > Level)
        {
            leaf = Level;
        }

        switch (leaf)
        {
            case 0:
                return (Level, Letters(Vendor, 0), Letters(Vendor, 8), Letters(Vendor, 4));
            case 1:
                // EBX: APIC id 0, one logical processor, CLFLUSH line of 8 quadwords.
                return (Signature, 8 << 8, 0, (uint)VisibleFeatures);
            case 2:
                return (1, 0, 0, 0x002C_307D);
            case 0x8000_0000:
                return (ExtendedLevel, Letters(Vendor, 0), Letters(Vendor, 8), Letters(Vendor, 4));
            case 0x8000_0001:
                // EDX repeats leaf 1's bits on AMD's models.
                const uint Repeated = 0x0183_F3FF;
                return (Signature, 0, 0, (ExtendedEdx & ImplementedExtendedEdx) | (ExtendedEdx & Repeated & (uint)VisibleFeatures));
            case 0x8000_0002:
            case 0x8000_0003:
            case 0x8000_0004:
                int at = (int)(leaf - 0x8000_0002) * 16;
                return (Letters(ModelId, at), Letters(ModelId, at + 4), Letters(ModelId, at + 8), Letters(ModelId, at + 12));
            case 0x8000_0005:
                return (0x01FF_01FF, 0x01FF_01FF, 0x4002_0140, 0x4002_0140);
            case 0x8000_0006:
                return (0, 0x4200_4200, 0x0200_8140, 0);
            case 0x8000_0008:
                // Physical and linear address widths.
                return ((uint)PhysicalAddressBits | (32 << 8), 0, 0, 0);
            default:
                return (0, 0, 0, 0);
        }
    }

    private static uint Letters(string text, int at)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes.Clear();
        if (at < text.Length)
        {
            Encoding.ASCII.GetBytes(text.AsSpan(at, Math.Min(4, text.Length - at)), bytes);
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}

/// <summary>The models that <c>-cpu</c> knows.</summary>
public static class CpuModels
{
    private const Features1Edx I486 = Features1Edx.Fpu | Features1Edx.Vme | Features1Edx.Pse;

    private const Features1Edx Pentium = I486 | Features1Edx.De | Features1Edx.Tsc | Features1Edx.Msr | Features1Edx.Mce | Features1Edx.Cx8 | Features1Edx.Mmx
        | Features1Edx.Apic;

    private const Features1Edx Pentium2 = Pentium | Features1Edx.Pae | Features1Edx.Sep | Features1Edx.Mtrr | Features1Edx.Pge
        | Features1Edx.Mca | Features1Edx.Cmov | Features1Edx.Pat | Features1Edx.Pse36 | Features1Edx.Fxsr;

    private const Features1Edx Pentium3 = Pentium2 | Features1Edx.Sse;

    private const Features1Edx Ppro = Features1Edx.Fpu | Features1Edx.De | Features1Edx.Pse | Features1Edx.Tsc | Features1Edx.Msr | Features1Edx.Mce
        | Features1Edx.Cx8 | Features1Edx.Pge | Features1Edx.Cmov | Features1Edx.Pat | Features1Edx.Fxsr | Features1Edx.Mmx | Features1Edx.Sse
        | Features1Edx.Sse2 | Features1Edx.Pae | Features1Edx.Sep | Features1Edx.Apic;

    private const Features1Edx Full = Ppro | Features1Edx.Mtrr | Features1Edx.Clflush | Features1Edx.Mca | Features1Edx.Pse36;

    /// <summary>All models, in the order in which <c>-cpu help</c> shows them.</summary>
    public static IReadOnlyList<CpuModel> All { get; } =
    [
        new()
        {
            Name = "qemu64", Vendor = "AuthenticAMD", Level = 4, Family = 6, ModelNumber = 6, Stepping = 3,
            Features = Full, FeaturesEcx = (1 << 0) | (1 << 13) | (1u << 23),
            ExtendedLevel = 0x8000_000A, ExtendedEdx = (1u << 29) | (1u << 20) | (1u << 11) | 0x0183_F3FF, ExtendedEcx = (1 << 0) | (1 << 2) | (1 << 5) | (1 << 6),
            ModelId = "QEMU Virtual CPU version 2.0.0",
        },
        new()
        {
            Name = "qemu32", Vendor = "GenuineIntel", Level = 4, Family = 6, ModelNumber = 6, Stepping = 3,
            Features = Ppro, FeaturesEcx = 1 | (1u << 23), ExtendedLevel = 0x8000_0004, ModelId = "QEMU Virtual CPU version 2.0.0",
        },
        new()
        {
            Name = "kvm64", Vendor = "GenuineIntel", Level = 5, Family = 15, ModelNumber = 6, Stepping = 1,
            Features = Full | Features1Edx.Vme, FeaturesEcx = 1 | (1 << 13), ExtendedLevel = 0x8000_0008, ExtendedEdx = (1u << 29) | (1u << 20) | (1u << 11),
            ModelId = "Common KVM processor",
        },
        new()
        {
            Name = "486", Vendor = "GenuineIntel", Level = 1, Family = 4, ModelNumber = 8, Stepping = 0, Features = I486,
        },
        new()
        {
            Name = "pentium3", Vendor = "GenuineIntel", Level = 2, Family = 6, ModelNumber = 7, Stepping = 3, Features = Pentium3,
        },
    ];

    /// <summary>The model of a name, or null.</summary>
    public static CpuModel? Find(string name) => All.FirstOrDefault(m => m.Name == name);
}
