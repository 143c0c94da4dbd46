namespace PcEmu.Cpu.Registers;

/// <summary>Bits of CR0. Intel SDM volume 3, 2.5 "Control Registers".</summary>
public static class Cr0
{
    /// <summary>Protection enable.</summary>
    public const ulong Pe = 1;

    /// <summary>Monitor coprocessor.</summary>
    public const ulong Mp = 1 << 1;

    /// <summary>Emulation: no x87.</summary>
    public const ulong Em = 1 << 2;

    /// <summary>Task switched.</summary>
    public const ulong Ts = 1 << 3;

    /// <summary>Extension type; always one.</summary>
    public const ulong Et = 1 << 4;

    /// <summary>Numeric errors by #MF.</summary>
    public const ulong Ne = 1 << 5;

    /// <summary>Write protection holds for supervisors too.</summary>
    public const ulong Wp = 1 << 16;

    /// <summary>Alignment mask.</summary>
    public const ulong Am = 1 << 18;

    /// <summary>Not write-through.</summary>
    public const ulong Nw = 1 << 29;

    /// <summary>Cache disable.</summary>
    public const ulong Cd = 1 << 30;

    /// <summary>Paging.</summary>
    public const ulong Pg = 1ul << 31;
}

/// <summary>Bits of CR4.</summary>
public static class Cr4
{
    /// <summary>Virtual-8086 extensions.</summary>
    public const ulong Vme = 1;

    /// <summary>Protected-mode virtual interrupts.</summary>
    public const ulong Pvi = 1 << 1;

    /// <summary>RDTSC for CPL 0 only.</summary>
    public const ulong Tsd = 1 << 2;

    /// <summary>Debug extensions.</summary>
    public const ulong De = 1 << 3;

    /// <summary>4 MiB pages.</summary>
    public const ulong Pse = 1 << 4;

    /// <summary>Physical address extension.</summary>
    public const ulong Pae = 1 << 5;

    /// <summary>Machine checks.</summary>
    public const ulong Mce = 1 << 6;

    /// <summary>Global pages.</summary>
    public const ulong Pge = 1 << 7;

    /// <summary>RDPMC for all.</summary>
    public const ulong Pce = 1 << 8;

    /// <summary>FXSAVE, FXRSTOR and SSE.</summary>
    public const ulong Osfxsr = 1 << 9;

    /// <summary>Unmasked SSE exceptions by #XM.</summary>
    public const ulong Osxmmexcpt = 1 << 10;

    /// <summary>XSAVE.</summary>
    public const ulong Osxsave = 1 << 18;

    /// <summary>Supervisor-mode execution prevention.</summary>
    public const ulong Smep = 1 << 20;

    /// <summary>Supervisor-mode access prevention.</summary>
    public const ulong Smap = 1 << 21;
}

/// <summary>Bits of IA32_EFER.</summary>
public static class Efer
{
    /// <summary>SYSCALL enable.</summary>
    public const ulong Sce = 1;

    /// <summary>Long mode enable.</summary>
    public const ulong Lme = 1 << 8;

    /// <summary>Long mode active.</summary>
    public const ulong Lma = 1 << 10;

    /// <summary>No-execute enable.</summary>
    public const ulong Nxe = 1 << 11;
}

/// <summary>Exception vectors. Intel SDM volume 3, table 6-1.</summary>
public static class Vector
{
    /// <summary>#DE.</summary>
    public const int DivideError = 0;

    /// <summary>#DB.</summary>
    public const int Debug = 1;

    /// <summary>NMI.</summary>
    public const int Nmi = 2;

    /// <summary>#BP.</summary>
    public const int Breakpoint = 3;

    /// <summary>#OF.</summary>
    public const int Overflow = 4;

    /// <summary>#BR.</summary>
    public const int Bound = 5;

    /// <summary>#UD.</summary>
    public const int InvalidOpcode = 6;

    /// <summary>#NM.</summary>
    public const int DeviceNotAvailable = 7;

    /// <summary>#DF.</summary>
    public const int DoubleFault = 8;

    /// <summary>#TS.</summary>
    public const int InvalidTss = 10;

    /// <summary>#NP.</summary>
    public const int SegmentNotPresent = 11;

    /// <summary>#SS.</summary>
    public const int Stack = 12;

    /// <summary>#GP.</summary>
    public const int GeneralProtection = 13;

    /// <summary>#PF.</summary>
    public const int PageFault = 14;

    /// <summary>#MF.</summary>
    public const int FloatingPoint = 16;

    /// <summary>#AC.</summary>
    public const int AlignmentCheck = 17;

    /// <summary>#XM.</summary>
    public const int SimdFloatingPoint = 19;

    /// <summary>Whether an exception pushes an error code.</summary>
    public static bool HasErrorCode(int vector) =>
        vector is DoubleFault or (>= InvalidTss and <= PageFault) or AlignmentCheck;
}
