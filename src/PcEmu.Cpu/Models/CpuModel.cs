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

/// <summary>Feature bits of CPUID leaf 1, ECX.</summary>
[Flags]
public enum Features1Ecx : uint
{
    /// <summary>SSE3.</summary>
    Sse3 = 1u << 0,

    /// <summary>PCLMULQDQ.</summary>
    Pclmulqdq = 1u << 1,

    /// <summary>SSSE3.</summary>
    Ssse3 = 1u << 9,

    /// <summary>CMPXCHG16B.</summary>
    Cx16 = 1u << 13,

    /// <summary>SSE4.1.</summary>
    Sse41 = 1u << 19,

    /// <summary>SSE4.2.</summary>
    Sse42 = 1u << 20,

    /// <summary>MOVBE.</summary>
    Movbe = 1u << 22,

    /// <summary>POPCNT.</summary>
    Popcnt = 1u << 23,

    /// <summary>AES instructions.</summary>
    Aes = 1u << 25,

    /// <summary>XSAVE and its registers.</summary>
    Xsave = 1u << 26,

    /// <summary>Repeats CR4.OSXSAVE.</summary>
    Osxsave = 1u << 27,
}

/// <summary>Feature bits of CPUID leaf 7, EBX.</summary>
[Flags]
public enum Features7Ebx : uint
{
    /// <summary>BMI1.</summary>
    Bmi1 = 1u << 3,

    /// <summary>Supervisor-mode execution prevention.</summary>
    Smep = 1u << 7,

    /// <summary>BMI2.</summary>
    Bmi2 = 1u << 8,

    /// <summary>ADCX and ADOX.</summary>
    Adx = 1u << 19,

    /// <summary>Supervisor-mode access prevention, STAC and CLAC.</summary>
    Smap = 1u << 20,

    /// <summary>SHA instructions.</summary>
    Sha = 1u << 29,
}

/// <summary>What a <c>-cpu</c> model shows in CPUID and can do. Feature words are the model's, cut to what the interpreter has.</summary>
public sealed record CpuModel
{
    // What the interpreter carries out; CPUID never promises more.
    private const Features1Edx Implemented =
        Features1Edx.Fpu | Features1Edx.De | Features1Edx.Pse | Features1Edx.Tsc | Features1Edx.Msr | Features1Edx.Pae | Features1Edx.Cx8
        | Features1Edx.Sep | Features1Edx.Mtrr | Features1Edx.Pge | Features1Edx.Cmov | Features1Edx.Pat | Features1Edx.Pse36
        | Features1Edx.Clflush | Features1Edx.Mmx | Features1Edx.Fxsr | Features1Edx.Sse | Features1Edx.Sse2;

    private const Features1Ecx ImplementedEcx =
        Features1Ecx.Sse3 | Features1Ecx.Pclmulqdq | Features1Ecx.Ssse3 | Features1Ecx.Cx16 | Features1Ecx.Sse41 | Features1Ecx.Sse42
        | Features1Ecx.Movbe | Features1Ecx.Popcnt | Features1Ecx.Aes | Features1Ecx.Xsave;

    private const Features7Ebx Implemented7Ebx =
        Features7Ebx.Bmi1 | Features7Ebx.Smep | Features7Ebx.Bmi2 | Features7Ebx.Adx | Features7Ebx.Smap | Features7Ebx.Sha;

    // Leaf 80000001h: EDX SYSCALL, NX, 1 GiB pages, RDTSCP, long mode; ECX LAHF and SAHF in 64-bit mode, LZCNT.
    private const uint ExtendedSyscall = 1u << 11;
    private const uint ExtendedNx = 1u << 20;
    private const uint ExtendedGigabytePages = 1u << 26;
    private const uint ExtendedRdtscp = 1u << 27;
    private const uint ExtendedLongMode = 1u << 29;
    private const uint ImplementedExtendedEdx = ExtendedSyscall | ExtendedNx | ExtendedGigabytePages | ExtendedRdtscp | ExtendedLongMode;
    private const uint ExtendedLzcnt = 1u << 5;
    private const uint ImplementedExtendedEcx = 1 | ExtendedLzcnt;

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

    /// <summary>Leaf 7, EBX.</summary>
    public Features7Ebx Features7 { get; init; }

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

    /// <summary>Leaf 1, ECX, as the guest sees it; OSXSAVE is the CPU's to add.</summary>
    public Features1Ecx VisibleFeaturesEcx => (Features1Ecx)FeaturesEcx & ImplementedEcx;

    /// <summary>Leaf 7, EBX, as the guest sees it.</summary>
    public Features7Ebx VisibleFeatures7Ebx => Level >= 7 ? Features7 & Implemented7Ebx : 0;

    /// <summary>Whether LZCNT is there.</summary>
    public bool HasLzcnt => ExtendedLevel > 0x8000_0000 && (ExtendedEcx & ExtendedLzcnt) != 0;

    /// <summary>States that XSAVE can manage, as in XCR0: x87 and SSE.</summary>
    public ulong XsaveStates => Has(Features1Ecx.Xsave) ? 3u : 0;

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
    public int PhysicalAddressBits => HasLongMode ? 40 : Has(Features1Edx.Pse36) ? 36 : 32;

    /// <summary>Whether Intel made it: the fast system calls differ.</summary>
    public bool IsIntel => Vendor == "GenuineIntel";

    /// <summary>Whether long mode is there.</summary>
    public bool HasLongMode => HasExtended(ExtendedLongMode);

    /// <summary>Whether SYSCALL and SYSRET are there.</summary>
    public bool HasSyscall => HasExtended(ExtendedSyscall);

    /// <summary>Whether RDTSCP is there.</summary>
    public bool HasRdtscp => HasExtended(ExtendedRdtscp);

    /// <summary>Whether pages of 1 GiB are there.</summary>
    public bool HasGigabytePages => HasExtended(ExtendedGigabytePages);

    /// <summary>Bits of EFER that can be set.</summary>
    public ulong EferBits =>
        (HasExtended(ExtendedNx) ? Efer.Nxe : 0) | (HasSyscall ? Efer.Sce : 0) | (HasLongMode ? Efer.Lme : 0);

    /// <summary>Bits of CR4 that can be set; others are #GP(0).</summary>
    public ulong Cr4Bits =>
        (Has(Features1Edx.De) ? Cr4.De : 0)
        | (Has(Features1Edx.Pse) ? Cr4.Pse : 0)
        | (Has(Features1Edx.Tsc) ? Cr4.Tsd : 0)
        | (Has(Features1Edx.Pae) ? Cr4.Pae : 0)
        | (Has(Features1Edx.Pge) ? Cr4.Pge : 0)
        | (Has(Features1Edx.Fxsr) ? Cr4.Osfxsr : 0)
        | (Has(Features1Edx.Sse) ? Cr4.Osxmmexcpt : 0)
        | (Has(Features1Ecx.Xsave) ? Cr4.Osxsave : 0)
        | (Family >= 5 ? Cr4.Mce : 0)
        | (Family >= 6 ? Cr4.Pce : 0)
        | ((VisibleFeatures7Ebx & Features7Ebx.Smep) != 0 ? Cr4.Smep : 0)
        | ((VisibleFeatures7Ebx & Features7Ebx.Smap) != 0 ? Cr4.Smap : 0);

    /// <summary>Whether a feature can be used.</summary>
    public bool Has(Features1Edx feature) => (VisibleFeatures & feature) == feature;

    /// <inheritdoc cref="Has(Features1Edx)"/>
    public bool Has(Features1Ecx feature) => (VisibleFeaturesEcx & feature) == feature;

    /// <inheritdoc cref="Has(Features1Edx)"/>
    public bool Has(Features7Ebx feature) => (VisibleFeatures7Ebx & feature) == feature;

    private bool HasExtended(uint feature) => ExtendedLevel > 0x8000_0000 && (ExtendedEdx & ImplementedExtendedEdx & feature) == feature;

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
                return (Signature, 8 << 8, (uint)VisibleFeaturesEcx, (uint)VisibleFeatures);
            case 2:
                return (1, 0, 0, 0x002C_307D);
            case 7:
                return (0, subleaf == 0 ? (uint)VisibleFeatures7Ebx : 0, 0, 0);
            case 0xD when subleaf == 0 && XsaveStates != 0:
                // States; size for those enabled and for all of them: the legacy area and the header.
                return ((uint)XsaveStates, 512 + 64, 512 + 64, 0);
            case 0x8000_0000:
                return (ExtendedLevel, Letters(Vendor, 0), Letters(Vendor, 8), Letters(Vendor, 4));
            case 0x8000_0001:
                // EDX repeats leaf 1's bits on AMD's models.
                const uint Repeated = 0x0183_F3FF;
                return (Signature, 0, ExtendedEcx & ImplementedExtendedEcx, (ExtendedEdx & ImplementedExtendedEdx) | (ExtendedEdx & Repeated & (uint)VisibleFeatures));
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
                return ((uint)PhysicalAddressBits | (HasLongMode ? 48u << 8 : 32u << 8), 0, 0, 0);
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

    private const Features1Edx Pentium = I486 | Features1Edx.De | Features1Edx.Tsc | Features1Edx.Msr | Features1Edx.Mce | Features1Edx.Cx8 | Features1Edx.Mmx;

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
