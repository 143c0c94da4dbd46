using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Mmu;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu;

/// <summary>What an access wants, as the page-fault error code's bits.</summary>
[Flags]
internal enum Access : uint
{
    Read = 0,
    Present = 1,
    Write = 2,
    User = 4,
    Reserved = 8,
    Fetch = 16,
}

// Address translation and the software TLB. Intel SDM volume 3, chapter 4 "Paging".
public sealed unsafe partial class X86Cpu
{
    private const ulong PageMask = ~0xFFFul;

    // Bits of a paging-structure entry.
    private const ulong PtePresent = 1;
    private const ulong PteWritable = 2;
    private const ulong PteUser = 4;
    private const ulong PteAccessed = 0x20;
    private const ulong PteDirty = 0x40;
    private const ulong PtePageSize = 0x80;
    private const ulong PteGlobal = 0x100;
    private const ulong PteNoExecute = 1ul << 63;
    private const ulong PteAddress = 0x000F_FFFF_FFFF_F000;
    private const ulong LargePageReserved = 0x1F_E000;

    private readonly TlbEntry* _supervisorTlb;
    private readonly TlbEntry* _userTlb;
    private readonly ulong _reservedAddress;
    private readonly ExecEntry[] _execTlb = new ExecEntry[ExecEntries];
    private ulong _a20Mask = ulong.MaxValue;

    // The last translation holds for this access only: EFLAGS.AC, which can change at any time, allowed it (SMAP).
    private bool _leavesTlb;
    private ulong _generation = 1;

    private const int ExecEntries = 256;

    /// <summary>A page that instructions have been fetched from.</summary>
    private struct ExecEntry
    {
        /// <summary>Linear page address, plus 1 for a user's view; <see cref="ulong.MaxValue"/> when empty.</summary>
        public ulong Key;
        public bool Global;
        public byte* Host;
        public RamBlock? Block;
        public ulong BlockPage;
    }

    /// <summary>The A20 gate: when off, address bit 20 is always zero.</summary>
    public void SetA20(bool enabled)
    {
        ulong mask = enabled ? ulong.MaxValue : ~(1ul << 20);
        if (mask != _a20Mask)
        {
            _a20Mask = mask;
            FlushTlb(keepGlobal: false);
        }
    }

    /// <summary>Forgets translations and every cached way from one page to another.</summary>
    internal void FlushTlb(bool keepGlobal)
    {
        FlushTable(_supervisorTlb, keepGlobal);
        FlushTable(_userTlb, keepGlobal);
        for (int i = 0; i < ExecEntries; i++)
        {
            if (!keepGlobal || !_execTlb[i].Global)
            {
                _execTlb[i].Key = ulong.MaxValue;
            }
        }

        NextGeneration();
    }

    /// <summary>INVLPG.</summary>
    internal void FlushPage(ulong linear)
    {
        ulong page = linear & PageMask;
        int index = (int)(linear >> 12) & (TlbEntry.Count - 1);
        if ((_supervisorTlb[index].Page & PageMask) == page)
        {
            Clear(&_supervisorTlb[index]);
        }

        if ((_userTlb[index].Page & PageMask) == page)
        {
            Clear(&_userTlb[index]);
        }

        // Ways between pages are forgotten only if code of this page may be among them. An entry pushed out of its slot by
        // another page's counts as possible.
        ref ExecEntry supervisor = ref _execTlb[ExecIndex(page)];
        ref ExecEntry user = ref _execTlb[ExecIndex(page | 1)];
        if (supervisor.Key != ulong.MaxValue || user.Key != ulong.MaxValue)
        {
            supervisor.Key = user.Key = ulong.MaxValue;
            NextGeneration();
        }
    }

    /// <inheritdoc/>
    public void WriteTrackingRestarted(RamBlock block)
    {
        byte* low = block.Host;
        byte* high = block.Host + block.Size;
        ForgetWrites(_supervisorTlb, low, high);
        ForgetWrites(_userTlb, low, high);
    }

    private static void ForgetWrites(TlbEntry* table, byte* low, byte* high)
    {
        for (int i = 0; i < TlbEntry.Count; i++)
        {
            byte* host = (byte*)((long)table[i].Write + table[i].Addend);
            if (table[i].Write != TlbEntry.Invalid && host >= low && host < high)
            {
                table[i].Write = TlbEntry.Invalid;
            }
        }
    }

    private static void FlushTable(TlbEntry* table, bool keepGlobal)
    {
        for (int i = 0; i < TlbEntry.Count; i++)
        {
            if (!keepGlobal || (table[i].Page & 1) == 0 || table[i].Page == TlbEntry.Invalid)
            {
                Clear(&table[i]);
            }
        }
    }

    private static void Clear(TlbEntry* entry) => entry->Read = entry->Write = entry->Page = TlbEntry.Invalid;

    private static int ExecIndex(ulong key) => (int)((key >> 12) ^ (key << 7)) & (ExecEntries - 1);

    private void MemoryMapChanged() => FlushTlb(keepGlobal: false);

    private void NextGeneration()
    {
        _generation++;
        UpdateTag();
    }

    /// <summary>Forgets write access to a page of RAM because code has been decoded in it.</summary>
    internal void ProtectPage(byte* hostPage)
    {
        ProtectIn(_supervisorTlb, hostPage);
        ProtectIn(_userTlb, hostPage);
    }

    private static void ProtectIn(TlbEntry* table, byte* hostPage)
    {
        for (int i = 0; i < TlbEntry.Count; i++)
        {
            if (table[i].Write != TlbEntry.Invalid && (byte*)((long)table[i].Write + table[i].Addend) == hostPage)
            {
                table[i].Write = TlbEntry.Invalid;
            }
        }
    }

    /// <summary>Translates a linear address; on failure the page fault is set up and false returned.</summary>
    /// <param name="linear">Linear address.</param>
    /// <param name="access">Write, Fetch and User as they apply.</param>
    /// <param name="physical">Physical address with A20 applied.</param>
    /// <param name="writable">Whether a write by the same party would be allowed and already counts as dirty in the page table.</param>
    /// <param name="global">Whether the translation survives a CR3 load.</param>
    internal bool Translate(ulong linear, Access access, out ulong physical, out bool writable, out bool global)
    {
        writable = true;
        global = false;
        _leavesTlb = false;
        if ((_s->Cr0 & Cr0.Pg) == 0)
        {
            physical = linear & _a20Mask;
            return true;
        }

        Access error;
        if (IsLongMode)
        {
            if (!Canonical.Is(linear))
            {
                physical = 0;
                return Fail(Vector.GeneralProtection, 0);
            }

            error = Walk4(linear, access, out physical, out writable, out global);
        }
        else if ((_s->Cr4 & Cr4.Pae) != 0)
        {
            error = WalkPae(linear, access, out physical, out writable, out global);
        }
        else
        {
            error = Walk32(linear, access, out physical, out writable, out global);
        }

        if (error == Access.Read)
        {
            physical &= _a20Mask;
            return true;
        }

        _s->Cr2 = linear;
        // Bit 4 says "fetch" only where execution can be forbidden at all.
        uint code = (uint)(access & (Access.Write | Access.User)) | ((uint)error & (uint)(Access.Present | Access.Reserved));
        if ((access & Access.Fetch) != 0 && ((_s->Efer & Efer.Nxe) != 0 || (_s->Cr4 & Cr4.Smep) != 0))
        {
            code |= (uint)Access.Fetch;
        }

        SetFault(Vector.PageFault, code);
        return false;
    }

    // No error is Access.Read (0). "Failed" with nothing else said is a not-present page: bit 31 marks it.
    private const Access NotPresent = (Access)0x8000_0000;
    private const Access Protection = Access.Present;

    private Access Walk32(ulong linear, Access access, out ulong physical, out bool writable, out bool global)
    {
        physical = 0;
        writable = global = false;
        ulong pdeAddress = (_s->Cr3 & 0xFFFF_F000) | ((linear >> 20) & 0xFFC);
        ulong pde = _memory.Read(pdeAddress & _a20Mask, 4);
        if ((pde & PtePresent) == 0)
        {
            return NotPresent;
        }

        ulong rights;
        if ((pde & PtePageSize) != 0 && (_s->Cr4 & Cr4.Pse) != 0)
        {
            // 4 MiB page; bits 13-20 hold physical address bits 32-39 (PSE-36), bit 21 is reserved.
            rights = pde;
            ulong high = (pde & 0x1F_E000) << 19;
            if (((high | pde) & (_reservedAddress & ~PteNoExecute)) != 0 || (pde & 0x20_0000) != 0)
            {
                return Protection | Access.Reserved;
            }

            physical = (pde & 0xFFC0_0000) | high | (linear & 0x3F_FFFF);
            return Check(access, rights, pde, pdeAddress, 4, ref writable, ref global);
        }

        ulong pteAddress = (pde & 0xFFFF_F000) | ((linear >> 10) & 0xFFC);
        ulong pte = _memory.Read(pteAddress & _a20Mask, 4);
        if ((pte & PtePresent) == 0)
        {
            return NotPresent;
        }

        rights = pde & pte;
        physical = (pte & 0xFFFF_F000) | (linear & 0xFFF);
        Access error = Check(access, rights, pte, pteAddress, 4, ref writable, ref global);
        if (error == Access.Read && (pde & PteAccessed) == 0)
        {
            _memory.Write(pdeAddress & _a20Mask, pde | PteAccessed, 4);
        }

        return error;
    }

    private Access WalkPae(ulong linear, Access access, out ulong physical, out bool writable, out bool global)
    {
        physical = 0;
        writable = global = false;
        ulong reserved = _reservedAddress | ((_s->Efer & Efer.Nxe) != 0 ? 0 : PteNoExecute);
        ulong pdpteAddress = (_s->Cr3 & 0xFFFF_FFE0) | ((linear >> 27) & 0x18);
        ulong pdpte = _memory.Read(pdpteAddress & _a20Mask, 8);
        if ((pdpte & PtePresent) == 0)
        {
            return NotPresent;
        }

        if ((pdpte & (_reservedAddress | PteNoExecute)) != 0)
        {
            return Protection | Access.Reserved;
        }

        ulong pdeAddress = (pdpte & PteAddress) | ((linear >> 18) & 0xFF8);
        ulong pde = _memory.Read(pdeAddress & _a20Mask, 8);
        if ((pde & PtePresent) == 0)
        {
            return NotPresent;
        }

        if ((pde & reserved) != 0)
        {
            return Protection | Access.Reserved;
        }

        if ((pde & PtePageSize) != 0)
        {
            if ((pde & LargePageReserved) != 0)
            {
                return Protection | Access.Reserved;
            }

            physical = (pde & PteAddress & ~0x1F_FFFFul) | (linear & 0x1F_FFFF);
            return Check(access, pde, pde, pdeAddress, 8, ref writable, ref global);
        }

        ulong pteAddress = (pde & PteAddress) | ((linear >> 9) & 0xFF8);
        ulong pte = _memory.Read(pteAddress & _a20Mask, 8);
        if ((pte & PtePresent) == 0)
        {
            return NotPresent;
        }

        if ((pte & reserved) != 0)
        {
            return Protection | Access.Reserved;
        }

        physical = (pte & PteAddress) | (linear & 0xFFF);
        Access error = Check(access, (pde & pte & (PteWritable | PteUser)) | ((pde | pte) & PteNoExecute), pte, pteAddress, 8, ref writable, ref global);
        if (error == Access.Read && (pde & PteAccessed) == 0)
        {
            _memory.Write(pdeAddress & _a20Mask, pde | PteAccessed, 8);
        }

        return error;
    }

    // Checks rights (the AND of all levels) and keeps the accessed and dirty bits of the last level.
    private Access Check(Access access, ulong rights, ulong entry, ulong entryAddress, int size, ref bool writable, ref bool global)
    {
        bool user = (access & Access.User) != 0;
        bool write = (access & Access.Write) != 0;
        bool mayWrite = (rights & PteWritable) != 0 || (!user && (_s->Cr0 & Cr0.Wp) == 0);
        if ((user && (rights & PteUser) == 0) || (write && !mayWrite))
        {
            return Protection;
        }

        if ((access & Access.Fetch) != 0
            && (((rights & PteNoExecute) != 0) || (!user && (rights & PteUser) != 0 && (_s->Cr4 & Cr4.Smep) != 0)))
        {
            return Protection;
        }

        // SMAP: EFLAGS.AC lifts it, but not for what the CPU itself reads and writes while a user runs.
        bool guarded = !user && (rights & PteUser) != 0 && (access & Access.Fetch) == 0 && (_s->Cr4 & Cr4.Smap) != 0;
        if (guarded && ((_s->Eflags & Eflags.Ac) == 0 || _s->Cpl == 3))
        {
            return Protection;
        }

        _leavesTlb = guarded;

        ulong wanted = entry | PteAccessed | (write ? PteDirty : 0);
        if (wanted != entry)
        {
            _memory.Write(entryAddress & _a20Mask, wanted, size);
        }

        writable = mayWrite && (wanted & PteDirty) != 0;
        global = (entry & PteGlobal) != 0 && (_s->Cr4 & Cr4.Pge) != 0;
        return Access.Read;
    }

    /// <summary>Fills the TLB for a data access and returns where the byte is.</summary>
    /// <returns>False when a fault was set up.</returns>
    private bool Fill(ulong linear, bool write, bool user, out FlatRange? range, out ulong physical)
    {
        range = null;
        Access access = (write ? Access.Write : Access.Read) | (user ? Access.User : Access.Read);
        if (!Translate(linear, access, out physical, out bool writable, out bool global))
        {
            return false;
        }

        range = _memory.Find(physical);
        ulong page = linear & PageMask;
        TlbEntry* entry = (user ? _userTlb : _supervisorTlb) + ((linear >> 12) & (TlbEntry.Count - 1));
        Clear(entry);
        ulong physicalPage = physical & PageMask;
        if (range?.Block is { } block && physicalPage >= range.Start && physicalPage + 0xFFF <= range.Last)
        {
            ulong offset = range.BlockOffset + (physicalPage - range.Start);
            if (_leavesTlb)
            {
                if (write && range.IsWritable)
                {
                    block.MarkDirty(offset >> 12);
                }

                return true;
            }

            entry->Addend = (long)(block.Host + offset) - (long)page;
            entry->Page = page | (global ? 1ul : 0);
            entry->Read = page;
            if (range.IsWritable && writable)
            {
                ulong blockPage = offset >> 12;
                if (write)
                {
                    block.MarkDirty(blockPage);
                }

                if (block.IsFreelyWritable(blockPage))
                {
                    entry->Write = page;
                }
            }
        }

        return true;
    }

    /// <summary>Finds the host memory behind a code address; on failure the fault is set up.</summary>
    /// <param name="linear">Linear address of the first byte.</param>
    /// <param name="host">Host address of the byte, or null for code in device registers.</param>
    /// <param name="block">The RAM block.</param>
    /// <param name="blockPage">Page number in it.</param>
    internal bool TranslateCode(ulong linear, out byte* host, out RamBlock? block, out ulong blockPage)
    {
        bool user = _s->Cpl == 3;
        ulong key = (linear & PageMask) | (user ? 1ul : 0);
        ref ExecEntry entry = ref _execTlb[ExecIndex(key)];
        if (entry.Key != key)
        {
            host = null;
            block = null;
            blockPage = 0;
            if (!Translate(linear, Access.Fetch | (user ? Access.User : Access.Read), out ulong physical, out _, out bool global))
            {
                return false;
            }

            FlatRange? range = _memory.Find(physical);
            ulong physicalPage = physical & PageMask;
            if (range?.Block is not { } found || physicalPage < range.Start || physicalPage + 0xFFF > range.Last)
            {
                return true;
            }

            ulong offset = range.BlockOffset + (physicalPage - range.Start);
            entry.Key = key;
            entry.Global = global;
            entry.Block = found;
            entry.BlockPage = offset >> 12;
            entry.Host = found.Host + offset;
        }

        host = entry.Host + (linear & 0xFFF);
        block = entry.Block;
        blockPage = entry.BlockPage;
        return true;
    }
}
