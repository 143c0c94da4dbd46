using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Loading segment registers and looking at descriptors. Intel SDM volume 3, chapters 3 and 5.
public sealed unsafe partial class X86Cpu
{
    private const int SelectorRplMask = 3;
    private const int SelectorTable = 4;

    /// <summary>Reads memory as the CPU itself does, with supervisor rights.</summary>
    internal bool ReadSystem(ulong linear, int size, out ulong value) => LoadSlow(Wrap(linear), size, user: false, out value);

    /// <summary>Writes memory as the CPU itself does.</summary>
    internal bool WriteSystem(ulong linear, ulong value, int size)
    {
        bool allowed = _s->CodeWritesAllowed;
        _s->CodeWritesAllowed = true;
        bool ok = StoreSlow(Wrap(linear), value, size, user: false);
        _s->CodeWritesAllowed = allowed;
        return ok;
    }

    /// <summary>Loads ES, SS, DS, FS or GS as MOV and POP do; false when a fault was set up.</summary>
    internal bool LoadSegment(int index, ushort selector)
    {
        if (!UsesDescriptors)
        {
            SetRealModeSegment(index, selector);
            return true;
        }

        return index == Seg.Ss ? LoadStackSegment(selector) : LoadDataSegment(index, selector);
    }

    /// <summary>LLDT.</summary>
    internal bool LoadLdt(ushort selector)
    {
        if ((selector & ~SelectorRplMask) == 0)
        {
            SetSegment(Seg.Ldtr, selector, 0, 0, 0);
            return true;
        }

        uint error = (uint)selector & ~3u;
        if ((selector & SelectorTable) != 0)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        if ((high & Descriptor.NotSystem) != 0 || Descriptor.Type(high) != Descriptor.LocalTable)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        SetSegment(Seg.Ldtr, selector, low, high);
        return true;
    }

    /// <summary>LTR.</summary>
    internal bool LoadTaskRegister(ushort selector)
    {
        uint error = (uint)selector & ~3u;
        if (error == 0 || (selector & SelectorTable) != 0)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        if ((high & Descriptor.NotSystem) != 0 || Descriptor.Type(high) is not (Descriptor.AvailableTss16 or Descriptor.AvailableTss32))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        high |= 2u << Descriptor.TypeShift;
        if (!WriteSystem(DescriptorAddress(selector) + 4, high, 4))
        {
            return false;
        }

        SetSegment(Seg.Tr, selector, low, high);
        return true;
    }

    /// <summary>LAR, LSL, VERR and VERW: whether the selector may be looked at, without any fault but a page fault.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="allowedSystemTypes">One bit for each system descriptor type that is valid here.</param>
    /// <param name="visible">Whether it passed.</param>
    /// <param name="low">Descriptor's low dword.</param>
    /// <param name="high">Descriptor's high dword.</param>
    /// <returns>False when a page fault was set up.</returns>
    internal bool InspectDescriptor(ushort selector, uint allowedSystemTypes, out bool visible, out uint low, out uint high)
    {
        visible = false;
        low = high = 0;
        if ((selector & ~SelectorRplMask) == 0 || !DescriptorInLimit(selector))
        {
            return true;
        }

        ulong address = DescriptorAddress(selector);
        if (!ReadSystem(address, 4, out ulong lowWord) || !ReadSystem(address + 4, 4, out ulong highWord))
        {
            return false;
        }

        low = (uint)lowWord;
        high = (uint)highWord;
        const uint ConformingCode = Descriptor.Code | Descriptor.ExpandDown;
        if ((high & Descriptor.NotSystem) == 0)
        {
            visible = (allowedSystemTypes >> (int)Descriptor.Type(high) & 1) != 0 && LevelAllows(high, selector);
        }
        else
        {
            visible = (high & ConformingCode) == ConformingCode || LevelAllows(high, selector);
        }

        return true;
    }

    private bool LevelAllows(uint high, ushort selector) =>
        Descriptor.Dpl(high) >= Math.Max(_s->Cpl, selector & SelectorRplMask);

    private bool LoadStackSegment(ushort selector)
    {
        uint error = (uint)selector & ~3u;
        if (error == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        if ((selector & SelectorRplMask) != _s->Cpl || !IsWritableData(high) || Descriptor.Dpl(high) != _s->Cpl)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.Stack, error);
        }

        if (!MarkAccessed(selector, ref high))
        {
            return false;
        }

        SetSegment(Seg.Ss, selector, low, high);
        return true;
    }

    private bool LoadDataSegment(int index, ushort selector)
    {
        uint error = (uint)selector & ~3u;
        if (error == 0)
        {
            SetSegment(index, selector, 0, 0, 0);
            return true;
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        bool code = (high & Descriptor.Code) != 0;
        if ((high & Descriptor.NotSystem) == 0 || (code && (high & Descriptor.Writable) == 0))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        bool conforming = code && (high & Descriptor.ExpandDown) != 0;
        if (!conforming && !LevelAllows(high, selector))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        if (!MarkAccessed(selector, ref high))
        {
            return false;
        }

        SetSegment(index, selector, low, high);
        return true;
    }

    private static bool IsWritableData(uint high) =>
        (high & (Descriptor.NotSystem | Descriptor.Code | Descriptor.Writable)) == (Descriptor.NotSystem | Descriptor.Writable);

    private bool DescriptorInLimit(ushort selector)
    {
        uint last = (uint)(selector | 7);
        if ((selector & SelectorTable) == 0)
        {
            return last <= _s->GdtLimit;
        }

        SegmentCache* ldt = CpuState.Segment(_s, Seg.Ldtr);
        return ldt->IsPresent && last <= ldt->Limit;
    }

    private ulong DescriptorAddress(ushort selector)
    {
        ulong table = (selector & SelectorTable) != 0 ? CpuState.Segment(_s, Seg.Ldtr)->Base : _s->GdtBase;
        return Wrap(table + ((uint)selector & ~7u));
    }

    /// <summary>Reads a descriptor; outside the table's limit <paramref name="vector"/> (#GP unless said otherwise) with the selector.</summary>
    private bool ReadDescriptor(ushort selector, out uint low, out uint high, int vector = Vector.GeneralProtection, uint external = 0)
    {
        low = high = 0;
        if (!DescriptorInLimit(selector))
        {
            return Fail(vector, ((uint)selector & ~3u) | external);
        }

        ulong address = DescriptorAddress(selector);
        if (!ReadSystem(address, 4, out ulong lowWord) || !ReadSystem(address + 4, 4, out ulong highWord))
        {
            return false;
        }

        low = (uint)lowWord;
        high = (uint)highWord;
        return true;
    }

    /// <summary>Sets a code or data descriptor's accessed bit in memory, if it is not set.</summary>
    private bool MarkAccessed(ushort selector, ref uint high)
    {
        if ((high & Descriptor.Accessed) != 0)
        {
            return true;
        }

        high |= Descriptor.Accessed;
        return WriteSystem(DescriptorAddress(selector) + 4, high, 4);
    }

    private bool Fail(int vector, uint error)
    {
        SetFault(vector, error);
        return false;
    }
}
