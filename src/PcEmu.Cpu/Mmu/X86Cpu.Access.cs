using System.Runtime.CompilerServices;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Mmu;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu;

// Loads and stores that the software TLB does not serve: page crossings, misses, device registers, code pages.
public sealed unsafe partial class X86Cpu
{
    /// <summary>A load that the TLB did not serve: page crossing, miss, device registers.</summary>
    internal bool LoadSlow(ulong linear, int size, bool user, out ulong value)
    {
        if ((linear & 0xFFF) + (uint)size > 0x1000)
        {
            return LoadCrossing(linear, size, user, out value);
        }

        TlbEntry* entry = (user ? _userTlb : _supervisorTlb) + ((linear >> 12) & (TlbEntry.Count - 1));
        if (entry->Read == (linear & PageMask))
        {
            value = ReadHost((byte*)((long)linear + entry->Addend), size);
            return true;
        }

        value = 0;
        if (!Fill(linear, write: false, user, out _, out ulong physical))
        {
            return false;
        }

        value = entry->Read == (linear & PageMask)
            ? ReadHost((byte*)((long)linear + entry->Addend), size)
            : _memory.Read(physical, size);
        return true;
    }

    /// <summary>A store that the TLB did not serve. Code in the way is dropped first: see <see cref="ExitReason.CodeWrite"/>.</summary>
    internal bool StoreSlow(ulong linear, ulong value, int size, bool user)
    {
        if ((linear & 0xFFF) + (uint)size > 0x1000)
        {
            return StoreCrossing(linear, value, size, user);
        }

        TlbEntry* entry = (user ? _userTlb : _supervisorTlb) + ((linear >> 12) & (TlbEntry.Count - 1));
        if (entry->Write == (linear & PageMask))
        {
            WriteHost((byte*)((long)linear + entry->Addend), value, size);
            return true;
        }

        if (!Fill(linear, write: true, user, out FlatRange? range, out ulong physical))
        {
            return false;
        }

        if (range is { IsWritable: true, Block: { } block })
        {
            ulong offset = range.BlockOffset + (physical - range.Start);
            if (!block.IsFreelyWritable(offset >> 12) && !CodeStore(block, offset, size))
            {
                return false;
            }

            WriteHost(block.Host + offset, value, size);
            return true;
        }

        _memory.Write(physical, value, size);
        return true;
    }

    /// <summary>Makes the fault of an operand that is not canonical #SS(0) if it is on the stack. Always false.</summary>
    internal bool AccessFailed(Uop* u, ulong linear, int size)
    {
        if (u->Seg == Seg.Ss && _s->Exit == ExitReason.Fault && IsLongMode && !Canonical.Is(linear, size))
        {
            _s->FaultVector = Vector.Stack;
        }

        return false;
    }

    /// <summary>Checks that a read-modify-write can store, before the operation has any effect.</summary>
    internal bool ProbeWrite(ulong linear, int size, bool user)
    {
        ulong last = Behind(linear, (uint)(size - 1));
        return CrossesCanonically(linear, size)
            && Fill(linear, write: true, user, out _, out _)
            && (((linear ^ last) & PageMask) == 0 || Fill(last & PageMask, write: true, user, out _, out _));
    }

    /// <summary>Whether both ends of an access are canonical: that is found out before either page is looked at.</summary>
    private bool CrossesCanonically(ulong linear, int size) =>
        !IsLongMode || Canonical.Is(linear, size) || Fail(Vector.GeneralProtection, 0);

    private bool LoadCrossing(ulong linear, int size, bool user, out ulong value)
    {
        value = 0;
        if (!CrossesCanonically(linear, size))
        {
            return false;
        }

        for (int i = 0; i < size; i++)
        {
            if (!LoadSlow(Behind(linear, (uint)i), 1, user, out ulong part))
            {
                return false;
            }

            value |= part << (8 * i);
        }

        return true;
    }

    private bool StoreCrossing(ulong linear, ulong value, int size, bool user)
    {
        // Both pages must take the write, and be rid of code in its way, before either is changed: a read-modify-write that
        // is run again must find what it found the first time.
        ulong second = Wrap((linear | 0xFFF) + 1);
        int before = (int)(0x1000 - (linear & 0xFFF));
        if (!Fill(linear, write: true, user, out FlatRange? low, out ulong lowAddress)
            || !Fill(second, write: true, user, out FlatRange? high, out ulong highAddress)
            || !ClearOfCode(low, lowAddress, before)
            || !ClearOfCode(high, highAddress, size - before))
        {
            return false;
        }

        for (int i = 0; i < size; i++)
        {
            if (!StoreSlow(Behind(linear, (uint)i), (byte)(value >> (8 * i)), 1, user))
            {
                return false;
            }
        }

        return true;
    }

    private bool ClearOfCode(FlatRange? range, ulong physical, int size)
    {
        if (range is not { IsWritable: true, Block: { } block })
        {
            return true;
        }

        ulong offset = range.BlockOffset + (physical - range.Start);
        return block.IsFreelyWritable(offset >> 12) || CodeStore(block, offset, size);
    }

    /// <summary>Fetches one byte of code that lies in device registers, or beside them.</summary>
    internal bool FetchByte(ulong linear, out byte value)
    {
        bool user = _s->Cpl == 3;
        value = 0;
        if (!Translate(linear, Access.Fetch | (user ? Access.User : Access.Read), out ulong physical, out _, out _))
        {
            return false;
        }

        value = (byte)_memory.Read(physical, 1);
        return true;
    }

    /// <summary>Cuts a linear address that code has made to the width it has in the mode at work.</summary>
    internal ulong Wrap(ulong linear) => Is64Bit ? linear : (uint)linear;

    /// <summary>The byte <paramref name="distance"/> behind the start of an access.</summary>
    private ulong Behind(ulong linear, uint distance) =>
        Is64Bit || linear > uint.MaxValue ? linear + distance : (uint)(linear + distance);

    private static ulong ReadHost(byte* at, int size) => size switch
    {
        1 => *at,
        2 => Unsafe.ReadUnaligned<ushort>(at),
        4 => Unsafe.ReadUnaligned<uint>(at),
        _ => Unsafe.ReadUnaligned<ulong>(at),
    };

    private static void WriteHost(byte* at, ulong value, int size)
    {
        switch (size)
        {
            case 1:
                *at = (byte)value;
                break;
            case 2:
                Unsafe.WriteUnaligned(at, (ushort)value);
                break;
            case 4:
                Unsafe.WriteUnaligned(at, (uint)value);
                break;
            default:
                Unsafe.WriteUnaligned(at, value);
                break;
        }
    }
}
