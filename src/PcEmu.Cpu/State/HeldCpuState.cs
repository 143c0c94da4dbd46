namespace PcEmu.Cpu.State;

/// <summary>The fields of section <c>cpu</c> that have no home in the CPU: kept as they came, and saved again.</summary>
/// <remarks>What the interpreter learns to use moves out of here; what only KVM or SVM know stays.</remarks>
internal sealed class HeldCpuState
{
    // AVX, and the form of the x87 registers.
    public readonly ulong[] YmmHigh = new ulong[32];
    public ushort FpRegisterFormat;
    public ulong XstateBv;

    // System management, SVM and machine check.
    public uint SmBase;
    public uint Hflags;
    public uint Hflags2;
    public uint Halted5;
    public ulong VmHsave;
    public ulong VmVmcb;
    public ulong SvmTscOffset;
    public ulong Intercept;
    public readonly ushort[] InterceptRegisters = new ushort[4];
    public uint InterceptExceptions;
    public byte VTpr;
    public ulong McgCap;
    public ulong McgStatus;
    public ulong McgCtl;
    public readonly ulong[] MceBanks = new ulong[40];

    // KVM.
    public int InterruptInjected;
    public uint MpState;
    public ulong Tsc;
    public int ExceptionInjected;
    public byte SoftInterrupt;
    public byte NmiInjected;
    public byte NmiPending;
    public byte HasErrorCode;
    public uint SipiVector;
    public ulong SystemTimeMsr;
    public ulong WallClockMsr;
    public ulong AsyncPfEnable;
    public ulong PvEoiEnable;
    public ulong StealTime;
    public ulong PollControl;
    public ulong TscDeadline;
    public ulong TscAdjust;
    public ulong FeatureControl;
    public ulong SmiCount;
    public ulong SpecCtrl;
    public ulong TsxCtrl;
    public ulong VirtSsbd;
    public readonly ulong[] Pmu = new ulong[4 + 3 + 18 + 18];

    // cpu_common.
    public uint InterruptRequest;
    public int ExceptionIndex;
    public int A20Mask;

    // Of a table register, what no instruction shows.
    public readonly TableRegister[] Tables = new TableRegister[2];

    /// <summary>The state after RESET, as QEMU has it.</summary>
    public void Reset()
    {
        Array.Clear(YmmHigh);
        FpRegisterFormat = 0;
        XstateBv = 0;
        SmBase = 0x30000;
        Hflags = Halted5 = 0;
        Hflags2 = GlobalInterruptFlag;
        VmHsave = VmVmcb = SvmTscOffset = Intercept = 0;
        Array.Clear(InterceptRegisters);
        InterceptExceptions = 0;
        VTpr = 0;
        McgCap = DefaultMcgCap;
        McgStatus = 0;
        McgCtl = ulong.MaxValue;
        Array.Clear(MceBanks);
        for (int bank = 0; bank < MceBanks.Length; bank += 4)
        {
            MceBanks[bank] = ulong.MaxValue;
        }

        InterruptInjected = ExceptionInjected = ExceptionIndex = -1;
        MpState = SipiVector = InterruptRequest = 0;
        Tsc = SystemTimeMsr = WallClockMsr = 0;
        SoftInterrupt = NmiInjected = NmiPending = HasErrorCode = 0;
        AsyncPfEnable = PvEoiEnable = StealTime = TscDeadline = TscAdjust = FeatureControl = SmiCount = SpecCtrl = TsxCtrl = VirtSsbd = 0;
        PollControl = 1;
        Array.Clear(Pmu);
        Array.Clear(Tables);
        A20Mask = -1;
    }

    /// <summary>GIF in hflags2.</summary>
    public const uint GlobalInterruptFlag = 1;

    // Ten banks, MCG_CTL and error recovery.
    private const ulong DefaultMcgCap = 0x0100_010A;
}

/// <summary>Selector and attributes that GDTR and IDTR have on the wire and nowhere else.</summary>
internal struct TableRegister
{
    public uint Selector;
    public uint Attributes;
}
