using System.Runtime.InteropServices;

namespace PcEmu.Cpu.Registers;

/// <summary>Numbers of the segment registers, in the order of the instruction encoding.</summary>
public static class Seg
{
    /// <summary>Extra segment.</summary>
    public const int Es = 0;

    /// <summary>Code segment.</summary>
    public const int Cs = 1;

    /// <summary>Stack segment.</summary>
    public const int Ss = 2;

    /// <summary>Data segment.</summary>
    public const int Ds = 3;

    /// <summary>FS.</summary>
    public const int Fs = 4;

    /// <summary>GS.</summary>
    public const int Gs = 5;

    /// <summary>Local descriptor table register.</summary>
    public const int Ldtr = 6;

    /// <summary>Task register.</summary>
    public const int Tr = 7;
}

/// <summary>Bits of a descriptor's high dword, which is also the form of <see cref="SegmentCache.Attributes"/>.</summary>
/// <remarks>Intel SDM volume 3, 3.4.5 "Segment Descriptors" and 3.5 "System Descriptor Types".</remarks>
public static class Descriptor
{
    /// <summary>Type field, bits 8-11.</summary>
    public const int TypeShift = 8;

    /// <summary>Accessed.</summary>
    public const uint Accessed = 1u << 8;

    /// <summary>Data: writable. Code: readable.</summary>
    public const uint Writable = 1u << 9;

    /// <summary>Data: expand down. Code: conforming.</summary>
    public const uint ExpandDown = 1u << 10;

    /// <summary>Code segment.</summary>
    public const uint Code = 1u << 11;

    /// <summary>Code or data, not a system descriptor.</summary>
    public const uint NotSystem = 1u << 12;

    /// <summary>Privilege level, bits 13-14.</summary>
    public const int DplShift = 13;

    /// <summary>Present.</summary>
    public const uint Present = 1u << 15;

    /// <summary>64-bit code segment.</summary>
    public const uint Long = 1u << 21;

    /// <summary>Default size 32 bits, or a 32-bit stack pointer.</summary>
    public const uint Big = 1u << 22;

    /// <summary>Limit counts 4 KiB pages.</summary>
    public const uint Granularity = 1u << 23;

    /// <summary>Bits of the high dword that are attributes rather than base or limit.</summary>
    public const uint AttributeMask = 0x00F0_FF00;

    /// <summary>Attributes that a segment has in real mode: present, writable data, accessed.</summary>
    public const uint RealMode = Present | NotSystem | Writable | Accessed;

    /// <summary>System type: available 16-bit TSS.</summary>
    public const uint AvailableTss16 = 1;

    /// <summary>System type: local descriptor table.</summary>
    public const uint LocalTable = 2;

    /// <summary>System type: busy 16-bit TSS.</summary>
    public const uint BusyTss16 = 3;

    /// <summary>System type: 16-bit call gate.</summary>
    public const uint CallGate16 = 4;

    /// <summary>System type: task gate.</summary>
    public const uint TaskGate = 5;

    /// <summary>System type: 16-bit interrupt gate.</summary>
    public const uint InterruptGate16 = 6;

    /// <summary>System type: 16-bit trap gate.</summary>
    public const uint TrapGate16 = 7;

    /// <summary>System type: available 32-bit or 64-bit TSS.</summary>
    public const uint AvailableTss32 = 9;

    /// <summary>System type: busy 32-bit or 64-bit TSS.</summary>
    public const uint BusyTss32 = 11;

    /// <summary>System type: 32-bit or 64-bit call gate.</summary>
    public const uint CallGate32 = 12;

    /// <summary>System type: 32-bit or 64-bit interrupt gate.</summary>
    public const uint InterruptGate32 = 14;

    /// <summary>System type: 32-bit or 64-bit trap gate.</summary>
    public const uint TrapGate32 = 15;

    /// <summary>Privilege level of a descriptor.</summary>
    public static int Dpl(uint high) => (int)(high >> DplShift) & 3;

    /// <summary>Type field of a descriptor.</summary>
    public static uint Type(uint high) => (high >> TypeShift) & 15;

    /// <summary>Base address from both dwords.</summary>
    public static uint Base(uint low, uint high) => (low >> 16) | ((high & 0xFF) << 16) | (high & 0xFF00_0000);

    /// <summary>Limit in bytes from both dwords, granularity applied.</summary>
    public static uint Limit(uint low, uint high)
    {
        uint limit = (low & 0xFFFF) | (high & 0x000F_0000);
        return (high & Granularity) != 0 ? (limit << 12) | 0xFFF : limit;
    }
}

/// <summary>A segment register: selector and hidden part.</summary>
/// <remarks>
/// <see cref="Low"/>, <see cref="ReadSpan"/> and <see cref="WriteSpan"/> are derived: an access of n bytes at offset o is
/// inside when (uint)(o - Low) + n - 1 does not exceed the span; a span of -1 refuses every access.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct SegmentCache
{
    /// <summary>Linear base address.</summary>
    public ulong Base;

    /// <summary>Largest offset from <see cref="Low"/> that may be read, or -1.</summary>
    public long ReadSpan;

    /// <summary>Largest offset from <see cref="Low"/> that may be written, or -1.</summary>
    public long WriteSpan;

    /// <summary>Lowest valid offset: 0, or limit + 1 in an expand-down segment.</summary>
    public uint Low;

    /// <summary>Limit in bytes, granularity applied.</summary>
    public uint Limit;

    /// <summary>Attribute bits, as in the descriptor's high dword.</summary>
    public uint Attributes;

    /// <summary>The visible selector.</summary>
    public ushort Selector;

    /// <summary>Whether the segment can be used at all: present, and not loaded with a null selector.</summary>
    public readonly bool IsPresent => (Attributes & Descriptor.Present) != 0;

    /// <summary>Whether the segment covers all of the 4 GiB for reading and writing, from 0.</summary>
    public readonly bool IsFlat => Base == 0 && Low == 0 && ReadSpan == uint.MaxValue && WriteSpan == uint.MaxValue;

    /// <summary>Recomputes what is derived.</summary>
    /// <param name="protectedMode">Whether type checks apply (protected mode, not virtual-8086).</param>
    public void Update(bool protectedMode)
    {
        Low = 0;
        ReadSpan = WriteSpan = Limit;
        if (!protectedMode)
        {
            return;
        }

        if (!IsPresent)
        {
            ReadSpan = WriteSpan = -1;
        }
        else if ((Attributes & Descriptor.Code) != 0)
        {
            WriteSpan = -1;
            if ((Attributes & Descriptor.Writable) == 0)
            {
                ReadSpan = -1;
            }
        }
        else
        {
            if ((Attributes & Descriptor.ExpandDown) != 0)
            {
                uint top = (Attributes & Descriptor.Big) != 0 ? uint.MaxValue : ushort.MaxValue;
                Low = Limit + 1;
                ReadSpan = Limit >= top ? -1 : top - Low;
                WriteSpan = ReadSpan;
            }

            if ((Attributes & Descriptor.Writable) == 0)
            {
                WriteSpan = -1;
            }
        }
    }
}
