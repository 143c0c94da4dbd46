using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// Rare operations, by way of the CPU's methods. The memory operand's address is made by the generic parameter as everywhere.
internal static unsafe class SlowOps
{
    /// <summary>MOV Sreg, r/m16; <see cref="Uop.Imm"/> is the segment register.</summary>
    internal readonly struct MovToSegment<T> : ISlow
        where T : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            T.Read<B2>(s, u, out ulong selector) && cpu.LoadSegment(u->Imm, (ushort)selector);
    }

    /// <summary>POP Sreg.</summary>
    internal readonly struct PopSegment<A, S> : ISlow
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong sp = s->Gpr[Gpr.Sp] & mask;
            if (!A.Linear(s, Seg.Ss, sp, S.Bytes, write: false, out ulong linear)
                || !Guest.Load<S>(s, u, linear, out ulong selector)
                || !cpu.LoadSegment(u->Imm, (ushort)selector))
            {
                return false;
            }

            // The width of the stack before the load counts, POP SS included.
            ulong next = sp + (uint)S.Bytes;
            if (mask == ushort.MaxValue)
            {
                CpuState.R16(s, Gpr.Sp) = (ushort)next;
            }
            else
            {
                s->Gpr[Gpr.Sp] = next & mask;
            }

            return true;
        }
    }

    /// <summary>LDS, LES, LSS, LFS, LGS; <see cref="Uop.Imm"/> is the segment register.</summary>
    internal readonly struct LoadPointer<A, S> : ISlow
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!FarPointer<A, S>(s, u, out ulong offset, out ushort selector) || !cpu.LoadSegment(u->Imm, selector))
            {
                return false;
            }

            S.WriteRegister((byte*)s + u->Dst, offset);
            return true;
        }
    }

    /// <summary>JMP far, direct; <see cref="Uop.Imm"/> is the offset, <see cref="Links.Extra"/> the selector, <see cref="Uop.Src"/> the operand size.</summary>
    internal readonly struct JumpFar : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.JumpFar((ushort)Ops.LinksOf(u)->Extra, (uint)u->Imm);
    }

    /// <summary>CALL far, direct.</summary>
    internal readonly struct CallFar : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.CallFar((ushort)Ops.LinksOf(u)->Extra, (uint)u->Imm, u->Src);
    }

    /// <summary>JMP far, indirect.</summary>
    internal readonly struct JumpFarIndirect<A, S> : ISlow
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            FarPointer<A, S>(s, u, out ulong offset, out ushort selector) && cpu.JumpFar(selector, (uint)offset);
    }

    /// <summary>CALL far, indirect.</summary>
    internal readonly struct CallFarIndirect<A, S> : ISlow
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            FarPointer<A, S>(s, u, out ulong offset, out ushort selector) && cpu.CallFar(selector, (uint)offset, S.Bytes);
    }

    /// <summary>RET far; <see cref="Uop.Src"/> is the operand size, <see cref="Uop.Imm"/> the bytes to drop.</summary>
    internal readonly struct RetFar : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.ReturnFar(u->Src, u->Imm);
    }

    /// <summary>IRET.</summary>
    internal readonly struct Iret : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.InterruptReturn(u->Src);
    }

    /// <summary>INT3, and INT n when <see cref="Uop.Src"/> is not zero.</summary>
    internal readonly struct Int : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.SoftwareInterrupt(u->Imm, u->Src != 0 ? InterruptKind.IntN : InterruptKind.Software);
    }

    /// <summary>INTO.</summary>
    internal readonly struct Into : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            (Flags.Arithmetic(s) & Eflags.Of) == 0 || cpu.SoftwareInterrupt(Vector.Overflow, InterruptKind.Software);
    }

    /// <summary>BOUND.</summary>
    internal readonly struct Bound<A, S> : ISlow
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong offset = A.Offset(s, u);
            if (!A.Linear(s, u->Seg, offset, S.Bytes, write: false, out ulong linear)
                || !Guest.Load<S>(s, u, linear, out ulong low)
                || !A.Linear(s, u->Seg, (offset + (uint)S.Bytes) & mask, S.Bytes, write: false, out linear)
                || !Guest.Load<S>(s, u, linear, out ulong high))
            {
                return false;
            }

            long index = S.Sign(S.Read((byte*)s + u->Dst));
            if (index < S.Sign(low) || index > S.Sign(high))
            {
                cpu.SetFault(Vector.Bound, 0);
                return false;
            }

            return true;
        }
    }

    /// <summary>LGDT and LIDT: <see cref="Uop.Imm"/> 0, 1; <see cref="Uop.Src"/> is the operand size.</summary>
    internal readonly struct LoadTable<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong offset = A.Offset(s, u);
            if (!cpu.RequireSupervisor()
                || !A.Linear(s, u->Seg, offset, 2, write: false, out ulong linear)
                || !Guest.Load<B2>(s, u, linear, out ulong limit)
                || !A.Linear(s, u->Seg, (offset + 2) & mask, 4, write: false, out linear)
                || !Guest.Load<B4>(s, u, linear, out ulong address))
            {
                return false;
            }

            // With 16-bit operands the base has 24 bits.
            address &= u->Src == 2 ? 0xFF_FFFFu : uint.MaxValue;
            if (u->Imm == 0)
            {
                s->GdtBase = address;
                s->GdtLimit = (uint)limit;
            }
            else
            {
                s->IdtBase = address;
                s->IdtLimit = (uint)limit;
            }

            return true;
        }
    }

    /// <summary>SGDT and SIDT: <see cref="Uop.Imm"/> 0, 1.</summary>
    internal readonly struct StoreTable<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
            ulong offset = A.Offset(s, u);
            return A.Linear(s, u->Seg, offset, 2, write: true, out ulong limitAt)
                && A.Linear(s, u->Seg, (offset + 2) & mask, 4, write: true, out ulong baseAt)
                && cpu.ProbeStore(baseAt, 4)
                && Guest.Store<B2>(s, u, limitAt, u->Imm == 0 ? s->GdtLimit : s->IdtLimit)
                && Guest.Store<B4>(s, u, baseAt, u->Imm == 0 ? s->GdtBase : s->IdtBase);
        }
    }

    /// <summary>SLDT, STR, SMSW and MOV r/m, Sreg: <see cref="Uop.Imm"/> is the segment register, or -1 for the machine status word.</summary>
    internal readonly struct StoreWord<S, D> : ISlow
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            ulong value = u->Imm < 0 ? s->Cr0 : CpuState.Segment(s, u->Imm)->Selector;
            return D.IsMemory ? D.Write<B2>(s, u, (ushort)value) : D.Write<S>(s, u, S.Cut(value));
        }
    }

    /// <summary>SLDT and STR are not there in real mode.</summary>
    internal readonly struct StoreSystemSelector<S, D> : ISlow
        where S : struct, ISize
        where D : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            ProtectedOnly(cpu) && StoreWord<S, D>.Do(cpu, s, u);
    }

    /// <summary>LLDT.</summary>
    internal readonly struct Lldt<T> : ISlow
        where T : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            ProtectedOnly(cpu) && cpu.RequireSupervisor() && T.Read<B2>(s, u, out ulong selector) && cpu.LoadLdt((ushort)selector);
    }

    /// <summary>LTR.</summary>
    internal readonly struct Ltr<T> : ISlow
        where T : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            ProtectedOnly(cpu) && cpu.RequireSupervisor() && T.Read<B2>(s, u, out ulong selector) && cpu.LoadTaskRegister((ushort)selector);
    }

    /// <summary>LMSW: PE can be set but not cleared.</summary>
    internal readonly struct Lmsw<T> : ISlow
        where T : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.RequireSupervisor()
            && T.Read<B2>(s, u, out ulong value)
            && cpu.WriteCr0((s->Cr0 & ~(Cr0.Mp | Cr0.Em | Cr0.Ts)) | (value & 15));
    }

    /// <summary>CLTS.</summary>
    internal readonly struct Clts : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor())
            {
                return false;
            }

            s->Cr0 &= ~Cr0.Ts;
            return true;
        }
    }

    /// <summary>MOV from a control register; <see cref="Uop.Imm"/> is its number.</summary>
    internal readonly struct MovFromControl : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor())
            {
                return false;
            }

            *(ulong*)((byte*)s + u->Dst) = u->Imm switch
            {
                0 => s->Cr0,
                2 => s->Cr2,
                3 => s->Cr3,
                _ => s->Cr4,
            };
            return true;
        }
    }

    /// <summary>MOV to a control register.</summary>
    internal readonly struct MovToControl : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor())
            {
                return false;
            }

            ulong value = *(uint*)((byte*)s + u->Src);
            switch (u->Imm)
            {
                case 0:
                    return cpu.WriteCr0(value);
                case 2:
                    s->Cr2 = value;
                    return true;
                case 3:
                    cpu.WriteCr3(value);
                    return true;
                default:
                    return cpu.WriteCr4(value);
            }
        }
    }

    /// <summary>MOV from a debug register.</summary>
    internal readonly struct MovFromDebug : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor() || !cpu.ReadDebugRegister(u->Imm, out ulong value))
            {
                return false;
            }

            *(ulong*)((byte*)s + u->Dst) = value;
            return true;
        }
    }

    /// <summary>MOV to a debug register.</summary>
    internal readonly struct MovToDebug : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.RequireSupervisor() && cpu.WriteDebugRegister(u->Imm, *(uint*)((byte*)s + u->Src));
    }

    /// <summary>INVLPG.</summary>
    internal readonly struct Invlpg<A> : ISlow
        where A : struct, IAddress
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor())
            {
                return false;
            }

            ulong linear = CpuState.Segment(s, u->Seg)->Base + A.Offset(s, u);
            cpu.FlushPage(A.Is64 ? linear : (uint)linear);
            return true;
        }
    }

    /// <summary>INVD and WBINVD: there is no cache to lose.</summary>
    internal readonly struct CacheControl : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) => cpu.RequireSupervisor();
    }

    /// <summary>RDTSC.</summary>
    internal readonly struct Rdtsc : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if ((s->Cr4 & Cr4.Tsd) != 0 && !cpu.RequireSupervisor())
            {
                return false;
            }

            ulong ticks = cpu.ReadTsc();
            s->Gpr[Gpr.Ax] = (uint)ticks;
            s->Gpr[Gpr.Dx] = (uint)(ticks >> 32);
            return true;
        }
    }

    /// <summary>RDPMC: no counters are there.</summary>
    internal readonly struct Rdpmc : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            cpu.SetFault(Vector.GeneralProtection, 0);
            return false;
        }
    }

    /// <summary>RDMSR.</summary>
    internal readonly struct Rdmsr : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!cpu.RequireSupervisor() || !cpu.ReadMsr(CpuState.R32(s, Gpr.Cx), out ulong value))
            {
                return false;
            }

            s->Gpr[Gpr.Ax] = (uint)value;
            s->Gpr[Gpr.Dx] = (uint)(value >> 32);
            return true;
        }
    }

    /// <summary>WRMSR.</summary>
    internal readonly struct Wrmsr : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u) =>
            cpu.RequireSupervisor()
            && cpu.WriteMsr(CpuState.R32(s, Gpr.Cx), ((ulong)CpuState.R32(s, Gpr.Dx) << 32) | CpuState.R32(s, Gpr.Ax));
    }

    /// <summary>CPUID.</summary>
    internal readonly struct CpuidOp : ISlow
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            cpu.Cpuid();
            return true;
        }
    }

    /// <summary>LAR and LSL: <see cref="Uop.Imm"/> 0, 1. The source is in <typeparamref name="T"/>.</summary>
    internal readonly struct LoadAccessRights<S, T> : ISlow
        where S : struct, ISize
        where T : struct, IOperand
    {
        // Types 1, 2, 3, 9 and 11 have limits; the gates have access rights only.
        private const uint LimitTypes = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 9) | (1 << 11);
        private const uint RightsTypes = LimitTypes | (1 << 4) | (1 << 5) | (1 << 12);

        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!ProtectedOnly(cpu)
                || !T.Read<B2>(s, u, out ulong selector)
                || !cpu.InspectDescriptor((ushort)selector, u->Imm == 0 ? RightsTypes : LimitTypes, out bool visible, out uint low, out uint high))
            {
                return false;
            }

            if (visible)
            {
                S.WriteRegister((byte*)s + u->Dst, S.Cut(u->Imm == 0 ? high & 0x00FF_FF00 : Descriptor.Limit(low, high)));
            }

            SetZero(s, visible);
            return true;
        }
    }

    /// <summary>VERR and VERW: <see cref="Uop.Imm"/> 0, 1.</summary>
    internal readonly struct Verify<T> : ISlow
        where T : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!ProtectedOnly(cpu)
                || !T.Read<B2>(s, u, out ulong selector)
                || !cpu.InspectDescriptor((ushort)selector, 0, out bool visible, out _, out uint high))
            {
                return false;
            }

            bool code = (high & Descriptor.Code) != 0;
            bool writable = (high & Descriptor.Writable) != 0;
            SetZero(s, visible && (u->Imm == 0 ? !code || writable : !code && writable));
            return true;
        }
    }

    /// <summary>ARPL.</summary>
    internal readonly struct Arpl<D> : ISlow
        where D : struct, IOperand
    {
        public static bool Do(X86Cpu cpu, CpuState* s, Uop* u)
        {
            if (!ProtectedOnly(cpu) || !D.Begin<B2>(s, u, out ulong selector, out Place place))
            {
                return false;
            }

            ulong rpl = *((byte*)s + u->Src) & 3ul;
            bool raise = (selector & 3) < rpl;
            if (raise && !D.End<B2>(s, u, (selector & ~3ul) | rpl, place))
            {
                return false;
            }

            SetZero(s, raise);
            return true;
        }
    }

    private static bool FarPointer<A, S>(CpuState* s, Uop* u, out ulong offset, out ushort selector)
        where A : struct, IAddress
        where S : struct, ISize
    {
        selector = 0;
        offset = 0;
        ulong mask = (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;
        ulong at = A.Offset(s, u);
        if (!A.Linear(s, u->Seg, at, S.Bytes, write: false, out ulong linear)
            || !Guest.Load<S>(s, u, linear, out offset)
            || !A.Linear(s, u->Seg, (at + (uint)S.Bytes) & mask, 2, write: false, out linear)
            || !Guest.Load<B2>(s, u, linear, out ulong word))
        {
            return false;
        }

        selector = (ushort)word;
        return true;
    }

    /// <summary>Instructions that are #UD in real and virtual-8086 mode.</summary>
    private static bool ProtectedOnly(X86Cpu cpu)
    {
        if (cpu.UsesDescriptors)
        {
            return true;
        }

        cpu.SetFault(Vector.InvalidOpcode, 0);
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetZero(CpuState* s, bool zero) =>
        Flags.Set(s, (Flags.Arithmetic(s) & ~Eflags.Zf) | (zero ? Eflags.Zf : 0));
}
