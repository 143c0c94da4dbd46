using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;
using PcEmu.Memory;

namespace PcEmu.Devices.Pci;

/// <summary>Intel 82441FX (440FX PMC): host bridge, which decides what memory cycles below 1 MiB and above RAM see.</summary>
/// <remarks>
/// Source: Intel 440FX PCIset data sheet, 290549-001, 3.2.18 "PAM" and 3.2.21 "SMRAM". Configuration ports: see
/// <see cref="PciConfigPorts"/>. The board places RAM in system memory; this chip lays its windows over it.
/// </remarks>
public sealed class I440Fx : PciDevice
{
    // Configuration registers.
    private const int Drb57 = 0x57;  // where coreboot looks for the RAM size, in units of 8 MiB
    private const int Pam0 = 0x59;   // PAM0-PAM6: 59h-5Fh
    private const int PamCount = 7;
    private const int Smram = 0x72;

    private const byte SmramCBaseSeg = 0x02; // C_BASE_SEG: A0000h-BFFFFh, the only choice
    private const byte SmramGSmrame = 0x08;  // G_SMRAME: the segment is RAM for a CPU in SMM
    private const byte SmramDLck = 0x10;     // D_LCK: registers locked until reset
    private const byte SmramDOpen = 0x40;    // D_OPEN: the segment is RAM for everybody

    private const int SegmentCount = 13;
    private const ulong SegmentBase = 0xC0000;
    private const ulong SegmentSize = 0x4000;
    private const ulong BiosBase = 0xF0000;
    private const ulong BiosSize = 0x10000;
    private const ulong SmramBase = 0xA0000;
    private const ulong SmramSize = 0x20000;
    private const ulong FourGiB = 1ul << 32;

    private readonly AddressSpace _memory;
    private readonly EventLog _log;
    private readonly Segment[] _segments = new Segment[SegmentCount];
    private readonly MemoryRegion _vgaWindow;

    private byte _smmEnabled;

    /// <summary>Makes the bridge and lays its windows into system memory.</summary>
    /// <param name="memory">System memory; the board has placed RAM at 0, and what does not fit below the hole at 4 GiB.</param>
    /// <param name="pciMemory">Memory of the PCI bus: BARs, video memory at A0000h, ROMs below 1 MiB.</param>
    /// <param name="ram">Main memory, whose offset 0 is address 0; the source of shadow RAM.</param>
    /// <param name="lowRam">Bytes of RAM below 4 GiB: there the PCI hole begins.</param>
    /// <param name="highRam">Bytes of RAM from 4 GiB on.</param>
    /// <param name="log">Where writes to locked registers are reported.</param>
    public I440Fx(AddressSpace memory, MemoryRegion pciMemory, MemoryRegion ram, ulong lowRam, ulong highRam, EventLog log)
        : base(new PciIdentity(0x8086, 0x1237, 0x0600, Revision: 2))
    {
        _memory = memory;
        _log = log;
        Config.Bytes[Drb57] = (byte)Math.Min((lowRam + highRam) >> 23, byte.MaxValue);
        Config.Bytes[Smram] = SmramCBaseSeg;

        MemoryRegion root = memory.Root;
        using (memory.Transaction())
        {
            // Under everything else: APICs and HPET lie inside the hole.
            root.Add(MemoryRegion.Alias("pci-hole", pciMemory, lowRam, FourGiB - lowRam), lowRam, priority: -1);
            ulong hole64 = FourGiB + highRam;
            UInt128 size64 = UInt128.Min((UInt128)1 << 62, root.Size > hole64 ? root.Size - hole64 : 0);
            root.Add(MemoryRegion.Alias("pci-hole64", pciMemory, hole64, size64), hole64, priority: -1);

            _vgaWindow = MemoryRegion.Alias("smram-region", pciMemory, SmramBase, SmramSize);
            root.Add(_vgaWindow, SmramBase, priority: 1);

            // PAM0 bits 5-4 have the BIOS area; the others follow from C0000h, two to a register, low nibble first.
            _segments[0] = new Segment(root, pciMemory, ram, BiosBase, BiosSize);
            for (int i = 1; i < SegmentCount; i++)
            {
                _segments[i] = new Segment(root, pciMemory, ram, SegmentBase + ((ulong)(i - 1) * SegmentSize), SegmentSize);
            }
        }
    }

    /// <summary>The section <c>I440FX</c>.</summary>
    public static readonly StateDescription<I440Fx> State = Describe();

    /// <inheritdoc/>
    public override string Driver => "i440FX";

    /// <inheritdoc/>
    public override bool CanHotplug => false;

    /// <inheritdoc/>
    public override IEnumerable<StateSection> StateSections => [StateSection.Of(State, this, Path)];

    /// <summary>Whether a CPU is in system management mode (SMIACT#).</summary>
    public bool SmmEnabled
    {
        get => _smmEnabled != 0;
        set
        {
            _smmEnabled = value ? (byte)1 : (byte)0;
            Map();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// PAM and SMRAM keep their values, other than on the chip: QEMU's guests rely on shadow RAM (with the firmware's
    /// "have run before" mark in it) to wake from S3. Only the lock opens.
    /// </remarks>
    public override void Reset()
    {
        base.Reset();
        Config.Bytes[Smram] &= unchecked((byte)~SmramDLck);
        Map();
    }

    /// <inheritdoc/>
    public override void ConfigWrite(int offset, uint value, int size)
    {
        byte smram = Config.Bytes[Smram];
        base.ConfigWrite(offset, value, size);
        if (Touches(offset, size, Smram, 1))
        {
            WriteSmram(smram);
        }

        if (Touches(offset, size, Pam0, PamCount) || Touches(offset, size, Smram, 1))
        {
            Map();
        }
    }

    private static StateDescription<I440Fx> Describe()
    {
        var state = new StateDescription<I440Fx>("I440FX", version: 3, minimumVersion: 3)
        {
            PostLoad = static (ref I440Fx d, int _) => d.Map(),
        };
        state.Add(PciField<I440Fx>());
        state.Add(Field.UInt8("smm_enabled", static (ref I440Fx d) => ref d._smmEnabled));
        return state;
    }

    private void WriteSmram(byte before)
    {
        ref byte smram = ref Config.Bytes[Smram];
        if ((before & SmramDLck) != 0)
        {
            _log.GuestError($"i440fx: write of 0x{smram:x2} to SMRAM, which is locked");
            smram = before;
            return;
        }

        // D_LCK closes D_OPEN for good.
        smram = (byte)((smram & ~7) | SmramCBaseSeg);
        if ((smram & SmramDLck) != 0)
        {
            smram &= unchecked((byte)~SmramDOpen);
        }
    }

    // Regions take notice of real changes only, so a register written with its own value costs no new map.
    private void Map()
    {
        ReadOnlySpan<byte> config = Config.Bytes;
        using (_memory.Transaction())
        {
            for (int i = 0; i < SegmentCount; i++)
            {
                _segments[i].Map(config[Pam0 + ((i + 1) / 2)] >> ((i & 1) == 0 ? 4 : 0));
            }

            byte smram = config[Smram];
            bool ramAtA0000 = (smram & SmramDOpen) != 0 || (_smmEnabled != 0 && (smram & SmramGSmrame) != 0);
            _vgaWindow.Enabled = !ramAtA0000;
        }
    }

    /// <summary>One segment that a PAM nibble rules, over the RAM that the board placed there.</summary>
    private sealed class Segment
    {
        private const int ReadEnable = 1;
        private const int WriteEnable = 2;

        private readonly MemoryRegion _pci;
        private readonly MemoryRegion _protected;

        public Segment(MemoryRegion root, MemoryRegion pciMemory, MemoryRegion ram, ulong address, ulong size)
        {
            _pci = MemoryRegion.Alias("pam-pci", pciMemory, address, size);
            _protected = MemoryRegion.Alias("pam-rom", ram, address, size);
            _protected.ReadOnly = true;
            _protected.Enabled = false;
            root.Add(_pci, address, priority: 1);
            root.Add(_protected, address, priority: 1);
        }

        // Write-only (reads from PCI, writes to RAM) is not told from "all to PCI", as in QEMU: nothing boots with it.
        public void Map(int nibble)
        {
            bool read = (nibble & ReadEnable) != 0;
            _pci.Enabled = !read;
            _protected.Enabled = read && (nibble & WriteEnable) == 0;
        }
    }
}
