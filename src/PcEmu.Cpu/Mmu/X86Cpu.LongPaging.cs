using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// The page walk of long mode. Intel SDM volume 3, 4.5 "4-Level Paging".
public sealed unsafe partial class X86Cpu
{
    private const int PagingLevels = 4;

    /// <summary>Walks PML4, page-directory-pointer table, page directory and page table; a page may be 1 GiB, 2 MiB or 4 KiB.</summary>
    private Access Walk4(ulong linear, Access access, out ulong physical, out bool writable, out bool global)
    {
        physical = 0;
        writable = global = false;
        ulong reserved = (_reservedAddress & PteAddress) | ((_s->Efer & Efer.Nxe) != 0 ? 0 : PteNoExecute);
        ulong table = _s->Cr3 & PteAddress;
        ulong rights = PteWritable | PteUser;
        ulong* addresses = stackalloc ulong[PagingLevels];
        ulong* entries = stackalloc ulong[PagingLevels];
        for (int level = PagingLevels - 1; ; level--)
        {
            // Level 3 is the PML4, level 0 the page table.
            int shift = 12 + (9 * level);
            addresses[level] = table | ((linear >> (shift - 3)) & 0xFF8);
            ulong entry = entries[level] = _memory.Read(addresses[level] & _a20Mask, 8);
            if ((entry & PtePresent) == 0)
            {
                return NotPresent;
            }

            bool large = level > 0 && (entry & PtePageSize) != 0;
            ulong wrong = reserved;
            if (large)
            {
                // Address bits below the page's size are reserved, but for bit 12, which is a memory type.
                wrong |= level <= LargestPageLevel ? ((1ul << shift) - 1) & PteAddress & ~0x1000ul : PtePageSize;
            }

            if ((entry & wrong) != 0)
            {
                return Protection | Access.Reserved;
            }

            rights = (rights & entry) | ((rights | entry) & PteNoExecute);
            if (level > 0 && !large)
            {
                table = entry & PteAddress;
                continue;
            }

            ulong offset = (1ul << shift) - 1;
            physical = (entry & PteAddress & ~offset) | (linear & offset);
            Access error = Check(access, rights, entry, addresses[level], 8, ref writable, ref global);
            for (int above = level + 1; error == Access.Read && above < PagingLevels; above++)
            {
                if ((entries[above] & PteAccessed) == 0)
                {
                    _memory.Write(addresses[above] & _a20Mask, entries[above] | PteAccessed, 8);
                }
            }

            return error;
        }
    }

    /// <summary>The level of the largest page there is: 1 is 2 MiB, 2 is 1 GiB.</summary>
    private int LargestPageLevel => Model.HasGigabytePages ? 2 : 1;
}
