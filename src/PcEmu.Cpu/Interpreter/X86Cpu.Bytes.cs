namespace PcEmu.Cpu;

// Operands longer than a register: images of the floating-point unit.
public sealed unsafe partial class X86Cpu
{
    /// <summary>Loads bytes from a linear address with the current level's rights; false when a fault was set up.</summary>
    internal bool LoadBytes(ulong linear, byte* to, int count)
    {
        bool user = _s->Cpl == 3;
        for (int done = 0; done < count;)
        {
            int size = count - done >= 4 ? 4 : 2;
            if (!LoadSlow(Wrap(linear + (uint)done), size, user, out ulong value))
            {
                return false;
            }

            WriteHost(to + done, value, size);
            done += size;
        }

        return true;
    }

    /// <summary>Stores an even number of bytes, up to a page, at a linear address; false when a fault was set up, before any byte is stored.</summary>
    internal bool StoreBytes(ulong linear, byte* from, int count)
    {
        bool user = _s->Cpl == 3;
        if (!ProbeWrite(linear, count, user))
        {
            return false;
        }

        // Code in the way is dropped, and all is stored once more.
        for (int done = 0; done < count;)
        {
            int size = count - done >= 4 ? 4 : 2;
            if (!StoreSlow(Wrap(linear + (uint)done), ReadHost(from + done, size), size, user))
            {
                return false;
            }

            done += size;
        }

        return true;
    }
}
