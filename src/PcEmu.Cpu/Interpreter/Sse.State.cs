using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

/// <summary>MXCSR, FXSAVE, FXRSTOR, XSAVE, XRSTOR, XGETBV, XSETBV, CLFLUSH. Intel SDM volume 1, 10.5 and 13; layouts: volume 2, FXSAVE.</summary>
/// <remarks><see cref="Uop.Imm"/> of the image instructions is 1 with REX.W.</remarks>
internal static unsafe class SseState
{
    private const int LegacyArea = 512;
    private const int Header = 64;
    private const int FpuBytes = 160;
    private const ulong StateX87 = 1;
    private const ulong StateSse = 2;

    /// <summary>LDMXCSR: reserved bits are #GP(0).</summary>
    internal readonly struct LoadMxcsr<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!Sse.Ready(s)
                || !A.Linear(s, u->Seg, A.Offset(s, u), 4, write: false, out ulong linear)
                || !Guest.Load<B4>(s, u, linear, out ulong value))
            {
                return false;
            }

            if ((value & ~(ulong)Mxcsr.Writable) != 0)
            {
                cpu.SetFault(Vector.GeneralProtection, 0);
                return false;
            }

            s->Mxcsr = (uint)value;
            return true;
        }
    }

    /// <summary>STMXCSR.</summary>
    internal readonly struct StoreMxcsr<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            Sse.Ready(s)
            && A.Linear(s, u->Seg, A.Offset(s, u), 4, write: true, out ulong linear)
            && Guest.Store<B4>(s, u, linear, s->Mxcsr);
    }

    /// <summary>FXSAVE. Without CR4.OSFXSR the XMM registers and MXCSR stay out of it.</summary>
    internal readonly struct Fxsave<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!FpuReady(cpu, s) || !Area<A>(s, u, LegacyArea, 15, write: true, out ulong linear))
            {
                return false;
            }

            byte* image = stackalloc byte[LegacyArea];
            int length = FpuBytes;
            if (!cpu.LoadBytes(linear, image, LegacyArea))
            {
                return false;
            }

            WriteX87(s, image, u->Imm != 0);
            if ((s->Cr4 & Cr4.Osfxsr) != 0)
            {
                length += WriteSse(cpu, s, image);
            }

            return cpu.StoreBytes(linear, image, length);
        }
    }

    /// <summary>FXRSTOR.</summary>
    internal readonly struct Fxrstor<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            byte* image = stackalloc byte[LegacyArea];
            if (!FpuReady(cpu, s)
                || !Area<A>(s, u, LegacyArea, 15, write: false, out ulong linear)
                || !cpu.LoadBytes(linear, image, LegacyArea))
            {
                return false;
            }

            bool sse = (s->Cr4 & Cr4.Osfxsr) != 0;
            if (sse && !IsMxcsr(cpu, image))
            {
                return false;
            }

            ReadX87(s, image, u->Imm != 0);
            if (sse)
            {
                s->Mxcsr = *(uint*)(image + 24);
                ReadXmm(cpu, s, image);
            }

            return true;
        }
    }

    /// <summary>XSAVE.</summary>
    internal readonly struct Xsave<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            byte* image = stackalloc byte[LegacyArea + Header];
            if (!XsaveReady(cpu, s)
                || !Area<A>(s, u, LegacyArea + Header, 63, write: true, out ulong linear)
                || !cpu.LoadBytes(linear, image, LegacyArea + Header))
            {
                return false;
            }

            ulong wanted = Requested(s);
            if ((wanted & StateX87) != 0)
            {
                WriteX87(s, image, u->Imm != 0);
            }

            if ((wanted & StateSse) != 0)
            {
                WriteSse(cpu, s, image);
            }

            ulong* bits = (ulong*)(image + LegacyArea);
            *bits = (*bits & ~wanted) | (wanted & InUse(cpu, s));
            return cpu.StoreBytes(linear, image, LegacyArea + Header);
        }
    }

    /// <summary>XRSTOR.</summary>
    internal readonly struct Xrstor<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            byte* image = stackalloc byte[LegacyArea + Header];
            if (!XsaveReady(cpu, s)
                || !Area<A>(s, u, LegacyArea + Header, 63, write: false, out ulong linear)
                || !cpu.LoadBytes(linear, image, LegacyArea + Header))
            {
                return false;
            }

            ulong* header = (ulong*)(image + LegacyArea);
            ulong wanted = Requested(s);
            if ((header[0] & ~s->Xcr0) != 0 || (header[1] | header[2]) != 0)
            {
                cpu.SetFault(Vector.GeneralProtection, 0);
                return false;
            }

            if ((wanted & StateSse) != 0 && !IsMxcsr(cpu, image))
            {
                return false;
            }

            if ((wanted & StateX87) != 0)
            {
                if ((header[0] & StateX87) != 0)
                {
                    ReadX87(s, image, u->Imm != 0);
                }
                else
                {
                    X87.Initialize(s);
                    s->FpuRegisters = default;
                }
            }

            if ((wanted & StateSse) != 0)
            {
                s->Mxcsr = *(uint*)(image + 24);
                if ((header[0] & StateSse) != 0)
                {
                    ReadXmm(cpu, s, image);
                }
                else
                {
                    new Span<byte>(Sse.At(s, 0), 16 * XmmCount(cpu)).Clear();
                }
            }

            return true;
        }
    }

    /// <summary>XGETBV.</summary>
    internal readonly struct Xgetbv : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if ((s->Cr4 & Cr4.Osxsave) == 0 || CpuState.R32(s, Gpr.Cx) != 0)
            {
                cpu.SetFault((s->Cr4 & Cr4.Osxsave) == 0 ? Vector.InvalidOpcode : Vector.GeneralProtection, 0);
                return false;
            }

            s->Gpr[Gpr.Ax] = (uint)s->Xcr0;
            s->Gpr[Gpr.Dx] = (uint)(s->Xcr0 >> 32);
            return true;
        }
    }

    /// <summary>XSETBV: x87 state is always enabled.</summary>
    internal readonly struct Xsetbv : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if ((s->Cr4 & Cr4.Osxsave) == 0)
            {
                cpu.SetFault(Vector.InvalidOpcode, 0);
                return false;
            }

            ulong value = Mask(s);
            if (s->Cpl != 0 || CpuState.R32(s, Gpr.Cx) != 0 || (value & StateX87) == 0 || (value & ~cpu.Model.XsaveStates) != 0)
            {
                cpu.SetFault(Vector.GeneralProtection, 0);
                return false;
            }

            s->Xcr0 = value;
            return true;
        }
    }

    /// <summary>CLFLUSH: there is no cache, but the address must be readable.</summary>
    internal readonly struct Clflush<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            A.Linear(s, u->Seg, A.Offset(s, u), 1, write: false, out ulong linear) && Guest.Load<B1>(s, u, linear, out _);
    }

    private static bool FpuReady(X86Cpu cpu, CpuState* s)
    {
        if ((s->Cr0 & (Cr0.Em | Cr0.Ts)) == 0)
        {
            return true;
        }

        cpu.SetFault(Vector.DeviceNotAvailable, 0);
        return false;
    }

    private static bool XsaveReady(X86Cpu cpu, CpuState* s)
    {
        if ((s->Cr4 & Cr4.Osxsave) != 0 && (s->Cr0 & Cr0.Ts) == 0)
        {
            return true;
        }

        cpu.SetFault((s->Cr4 & Cr4.Osxsave) == 0 ? Vector.InvalidOpcode : Vector.DeviceNotAvailable, 0);
        return false;
    }

    private static bool Area<A>(CpuState* s, Uop* u, int size, uint misaligned, bool write, out ulong linear)
        where A : struct, IAddress =>
        A.Linear(s, u->Seg, A.Offset(s, u), size, write, out linear) && ((linear & misaligned) == 0 || VectorMemory.Misaligned(s));

    private static bool IsMxcsr(X86Cpu cpu, byte* image)
    {
        if ((*(uint*)(image + 24) & ~Mxcsr.Writable) == 0)
        {
            return true;
        }

        cpu.SetFault(Vector.GeneralProtection, 0);
        return false;
    }

    private static ulong Mask(CpuState* s) => ((ulong)CpuState.R32(s, Gpr.Dx) << 32) | CpuState.R32(s, Gpr.Ax);

    private static ulong Requested(CpuState* s) => s->Xcr0 & Mask(s);

    // States that are not as reset left them. MXCSR does not count.
    private static ulong InUse(X86Cpu cpu, CpuState* s)
    {
        ulong bits = StateX87;
        if (new ReadOnlySpan<byte>(Sse.At(s, 0), 16 * XmmCount(cpu)).ContainsAnyExcept((byte)0))
        {
            bits |= StateSse;
        }

        return bits;
    }

    private static int XmmCount(X86Cpu cpu) => cpu.Is64Bit ? 16 : 8;

    private static int Top(CpuState* s) => (int)((s->FpuStatus & Fsw.Top) >> Fsw.TopShift);

    private static void WriteX87(CpuState* s, byte* image, bool wide)
    {
        *(ushort*)image = s->FpuControl;
        *(ushort*)(image + 2) = s->FpuStatus;
        *(ushort*)(image + 4) = s->FpuTags;
        *(ushort*)(image + 6) = (ushort)(s->FpuOpcode & 0x7FF);
        if (wide)
        {
            *(ulong*)(image + 8) = s->FpuIp;
            *(ulong*)(image + 16) = s->FpuDp;
        }
        else
        {
            *(uint*)(image + 8) = (uint)s->FpuIp;
            *(uint*)(image + 12) = s->FpuCs;
            *(uint*)(image + 16) = (uint)s->FpuDp;
            *(uint*)(image + 20) = s->FpuDs;
        }

        // Registers in the order of the stack, tags in their own.
        for (int i = 0; i < 8; i++)
        {
            ulong* register = Mmx.At(s, 16 * ((Top(s) + i) & 7));
            *(ulong*)(image + 32 + (16 * i)) = register[0];
            *(ulong*)(image + 40 + (16 * i)) = (ushort)register[1];
        }
    }

    private static void ReadX87(CpuState* s, byte* image, bool wide)
    {
        s->FpuControl = (ushort)((*(ushort*)image & Fcw.Writable) | Fcw.AlwaysOne);
        s->FpuStatus = *(ushort*)(image + 2);
        s->FpuTags = image[4];
        s->FpuOpcode = (ushort)(*(ushort*)(image + 6) & 0x7FF);
        s->FpuIp = wide ? *(ulong*)(image + 8) : *(uint*)(image + 8);
        s->FpuDp = wide ? *(ulong*)(image + 16) : *(uint*)(image + 16);
        s->FpuCs = wide ? (ushort)0 : *(ushort*)(image + 12);
        s->FpuDs = wide ? (ushort)0 : *(ushort*)(image + 20);
        for (int i = 0; i < 8; i++)
        {
            ulong* register = Mmx.At(s, 16 * ((Top(s) + i) & 7));
            register[0] = *(ulong*)(image + 32 + (16 * i));
            *(ushort*)&register[1] = *(ushort*)(image + 40 + (16 * i));
        }

        X87.Summarize(s);
    }

    // MXCSR and the registers; returns the bytes of the latter.
    private static int WriteSse(X86Cpu cpu, CpuState* s, byte* image)
    {
        *(uint*)(image + 24) = s->Mxcsr;
        *(uint*)(image + 28) = Mxcsr.Writable;
        int bytes = 16 * XmmCount(cpu);
        new ReadOnlySpan<byte>(Sse.At(s, 0), bytes).CopyTo(new Span<byte>(image + FpuBytes, bytes));
        return bytes;
    }

    private static void ReadXmm(X86Cpu cpu, CpuState* s, byte* image)
    {
        int bytes = 16 * XmmCount(cpu);
        new ReadOnlySpan<byte>(image + FpuBytes, bytes).CopyTo(new Span<byte>(Sse.At(s, 0), bytes));
    }
}
