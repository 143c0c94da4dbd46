using System.Runtime.CompilerServices;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Fpu;

/// <summary>The memory image of FSTENV and FSAVE in its four layouts: 16- or 32-bit operands, real or protected mode.</summary>
/// <remarks>Intel SDM volume 1, figures 8-9 to 8-12. In real and virtual-8086 mode pointers are linear and the opcode is kept.</remarks>
internal static unsafe class FpuImage
{
    /// <summary>Bytes of the longest image: 28 and eight registers of ten.</summary>
    public const int Longest = 108;

    private const int RegisterBytes = 80;

    /// <summary>Bytes of an image.</summary>
    public static int Size(bool wide, bool registers) => (wide ? 28 : 14) + (registers ? RegisterBytes : 0);

    /// <summary>Tags of two bits: valid, zero, special, empty, by physical register.</summary>
    public static uint FullTags(CpuState* s)
    {
        uint tags = 0;
        for (int i = 0; i < 8; i++)
        {
            Float80 value = ((Float80*)&s->FpuRegisters)[i];
            uint tag = ((s->FpuTags >> i) & 1) == 0 ? 3u : value.IsZero ? 1u : value.IsNormal ? 0u : 2u;
            tags |= tag << (2 * i);
        }

        return tags;
    }

    /// <summary>Abridged tags: bit i set, register i is not empty.</summary>
    public static byte AbridgedTags(uint full)
    {
        uint tags = 0;
        for (int i = 0; i < 8; i++)
        {
            tags |= ((full >> (2 * i)) & 3) != 3 ? 1u << i : 0;
        }

        return (byte)tags;
    }

    /// <summary>Makes the image; returns its length.</summary>
    public static int Write(CpuState* s, byte* image, bool wide, bool registers)
    {
        uint ip = (uint)s->FpuIp;
        uint dp = (uint)s->FpuDp;
        uint code = s->FpuCs;
        uint data = s->FpuDs;
        uint opcode = s->FpuOpcode & 0x7FFu;
        if (!IsProtected(s))
        {
            ip += code << 4;
            dp += data << 4;
            code = ((ip >> 16) << 12) | opcode;
            data = (dp >> 16) << 12;
        }
        else if (wide)
        {
            code |= opcode << 16;
            data |= 0xFFFF_0000;
        }

        if (wide)
        {
            // The reserved halves read as ones.
            const uint Reserved = 0xFFFF_0000;
            bool real = !IsProtected(s);
            uint* words = (uint*)image;
            words[0] = s->FpuControl | Reserved;
            words[1] = s->FpuStatus | Reserved;
            words[2] = FullTags(s) | Reserved;
            words[3] = real ? (ip & 0xFFFF) | Reserved : ip;
            words[4] = real ? code & 0x0FFF_FFFF : code;
            words[5] = real ? (dp & 0xFFFF) | Reserved : dp;
            words[6] = real ? data & 0x0FFF_FFFF : data;
        }
        else
        {
            ushort* words = (ushort*)image;
            words[0] = s->FpuControl;
            words[1] = s->FpuStatus;
            words[2] = (ushort)FullTags(s);
            words[3] = (ushort)ip;
            words[4] = (ushort)code;
            words[5] = (ushort)dp;
            words[6] = (ushort)data;
        }

        if (registers)
        {
            byte* at = image + Size(wide, registers: false);
            for (int i = 0; i < 8; i++, at += 10)
            {
                Float80* value = Register(s, i);
                Unsafe.WriteUnaligned(at, value->Mantissa);
                Unsafe.WriteUnaligned(at + 8, value->SignExponent);
            }
        }

        return Size(wide, registers);
    }

    /// <summary>Takes over an image.</summary>
    public static void Read(CpuState* s, byte* image, bool wide, bool registers)
    {
        uint Field(int i) => wide ? ((uint*)image)[i] : ((ushort*)image)[i];
        s->FpuControl = X87.ControlWord(Field(0));
        s->FpuStatus = (ushort)Field(1);
        s->FpuTags = AbridgedTags(Field(2));
        uint ip = Field(3);
        uint code = Field(4);
        uint dp = Field(5);
        uint data = Field(6);
        if (IsProtected(s))
        {
            s->FpuIp = ip;
            s->FpuCs = (ushort)code;
            s->FpuDp = dp;
            s->FpuDs = (ushort)data;
            if (wide)
            {
                s->FpuOpcode = (ushort)((code >> 16) & 0x7FF);
            }
        }
        else
        {
            // A linear address is one in segment 0.
            s->FpuIp = (ip & 0xFFFF) | ((code >> 12) << 16);
            s->FpuDp = (dp & 0xFFFF) | ((data >> 12) << 16);
            s->FpuCs = s->FpuDs = 0;
            s->FpuOpcode = (ushort)(code & 0x7FF);
        }

        X87.Summarize(s);
        if (registers)
        {
            byte* at = image + Size(wide, registers: false);
            for (int i = 0; i < 8; i++, at += 10)
            {
                *Register(s, i) = new Float80(Unsafe.ReadUnaligned<ulong>(at), Unsafe.ReadUnaligned<ushort>(at + 8));
            }
        }
    }

    /// <summary>ST(i).</summary>
    private static Float80* Register(CpuState* s, int i) =>
        (Float80*)&s->FpuRegisters + (((s->FpuStatus >> Fsw.TopShift) + i) & 7);

    private static bool IsProtected(CpuState* s) => (s->Cr0 & Cr0.Pe) != 0 && (s->Eflags & Eflags.Vm) == 0;
}
