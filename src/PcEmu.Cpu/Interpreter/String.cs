using System.Runtime.CompilerServices;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Interpreter;

// String instructions. Uop.Imm: 0 once, 1 REP or REPE, 2 REPNE. Registers are brought up to date after every element, so
// that a fault or an interrupt leaves the instruction to be restarted. Every element counts as one instruction of the budget.
internal static unsafe partial class Ops
{
    private const int Once = 0;
    private const int WhileEqual = 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddressMask<A>(Uop* u)
        where A : struct, IAddress => (A.Is64 ? ulong.MaxValue : uint.MaxValue) >> u->AddressCut;

    /// <summary>Writes an index or count register at the address size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetIndex(CpuState* s, int register, ulong value, ulong mask)
    {
        if (mask == ushort.MaxValue)
        {
            CpuState.R16(s, register) = (ushort)value;
        }
        else
        {
            s->Gpr[register] = value & mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Step<S>(CpuState* s)
        where S : struct, ISize => (s->Eflags & Eflags.Df) != 0 ? -S.Bytes : S.Bytes;

    /// <summary>How many whole elements lie between an address and the end of its page, going up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong RoomInPage<S>(ulong linear)
        where S : struct, ISize => (0x1000 - (linear & 0xFFF)) >> S.Log2;

    /// <summary>Whether a repeated instruction has to give way before its next element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustPause(CpuState* s) => s->Budget <= 0;

    /// <summary>How many elements may be done before <see cref="MustPause"/> would be true: the same as one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WithinBudget(CpuState* s) => (ulong)Math.Max(s->Budget, 1);

    /// <summary>Leaves a repeated instruction in the middle; it will go on from its registers.</summary>
    private static Uop* Pause(CpuState* s, Uop* u)
    {
        s->Exit = ExitReason.Budget;
        return Fault(s, u);
    }

    /// <summary>MOVS.</summary>
    internal readonly struct Movs<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            bool repeat = u->Imm != Once;
            ulong count = repeat ? s->Gpr[Gpr.Cx] & mask : 1;
            while (count != 0)
            {
                ulong from = s->Gpr[Gpr.Si] & mask;
                ulong to = s->Gpr[Gpr.Di] & mask;
                ulong done = 1;
                if (!A.Linear(s, u->Seg, from, S.Bytes, write: false, out ulong source)
                    || !A.Linear(s, Seg.Es, to, S.Bytes, write: true, out ulong target))
                {
                    return Fault(s, u);
                }

                if (!repeat || step < 0 || (done = Bulk(s, u, from, to, source, target, count, mask)) == 0)
                {
                    done = 1;
                    if (!Guest.Load<S>(s, u, source, out ulong value) || !Guest.Store<S>(s, u, target, value))
                    {
                        return Fault(s, u);
                    }
                }

                SetIndex(s, Gpr.Si, from + (done * (ulong)step), mask);
                SetIndex(s, Gpr.Di, to + (done * (ulong)step), mask);
                if (!repeat)
                {
                    break;
                }

                count -= done;
                SetIndex(s, Gpr.Cx, count, mask);
                s->Budget -= (long)done;
                if (count != 0 && MustPause(s))
                {
                    return Pause(s, u);
                }
            }

            return u + 1;
        }

        // Copies what lies in one page of RAM on both sides, as element by element going up would; 0 when that cannot be.
        private static ulong Bulk(CpuState* s, Uop* u, ulong from, ulong to, ulong source, ulong target, ulong count, ulong mask)
        {
            ulong n = Math.Min(Math.Min(count, RoomInPage<S>(source)), RoomInPage<S>(target));
            n = Math.Min(Math.Min(n, WithinBudget(s)), Math.Min((mask - from) >> S.Log2, (mask - to) >> S.Log2));
            if (n < 2)
            {
                return 0;
            }

            int bytes = (int)(n << S.Log2);
            byte* read = ReadPointer(s, source);
            byte* write = Guest.Pointer<B1>(s, target);
            if (read == null || write == null || !Inside<A>(s, u->Seg, from, bytes, false) || !Inside<A>(s, Seg.Es, to, bytes, true))
            {
                return 0;
            }

            if ((ulong)(write - read) >= (ulong)bytes)
            {
                Buffer.MemoryCopy(read, write, bytes, bytes);
            }
            else
            {
                for (int i = 0; i < bytes; i += S.Bytes)
                {
                    S.Write(write + i, S.Read(read + i));
                }
            }

            return n;
        }
    }

    /// <summary>STOS.</summary>
    internal readonly struct Stos<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            bool repeat = u->Imm != Once;
            ulong count = repeat ? s->Gpr[Gpr.Cx] & mask : 1;
            ulong value = S.Read(&s->Gpr[Gpr.Ax]);
            while (count != 0)
            {
                ulong to = s->Gpr[Gpr.Di] & mask;
                ulong done = 1;
                if (!A.Linear(s, Seg.Es, to, S.Bytes, write: true, out ulong target))
                {
                    return Fault(s, u);
                }

                if (!repeat || step < 0 || (done = Bulk(s, to, target, count, mask, value)) == 0)
                {
                    done = 1;
                    if (!Guest.Store<S>(s, u, target, value))
                    {
                        return Fault(s, u);
                    }
                }

                SetIndex(s, Gpr.Di, to + (done * (ulong)step), mask);
                if (!repeat)
                {
                    break;
                }

                count -= done;
                SetIndex(s, Gpr.Cx, count, mask);
                s->Budget -= (long)done;
                if (count != 0 && MustPause(s))
                {
                    return Pause(s, u);
                }
            }

            return u + 1;
        }

        private static ulong Bulk(CpuState* s, ulong to, ulong target, ulong count, ulong mask, ulong value)
        {
            ulong n = Math.Min(Math.Min(count, WithinBudget(s)), Math.Min(RoomInPage<S>(target), (mask - to) >> S.Log2));
            byte* write = Guest.Pointer<B1>(s, target);
            if (n < 2 || write == null || !Inside<A>(s, Seg.Es, to, (int)(n << S.Log2), true))
            {
                return 0;
            }

            int length = (int)n;
            switch (S.Bytes)
            {
                case 1:
                    new Span<byte>(write, length).Fill((byte)value);
                    break;
                case 2:
                    new Span<ushort>(write, length).Fill((ushort)value);
                    break;
                case 4:
                    new Span<uint>(write, length).Fill((uint)value);
                    break;
                default:
                    new Span<ulong>(write, length).Fill(value);
                    break;
            }

            return n;
        }
    }

    /// <summary>LODS.</summary>
    internal readonly struct Lods<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            bool repeat = u->Imm != Once;
            ulong count = repeat ? s->Gpr[Gpr.Cx] & mask : 1;
            while (count != 0)
            {
                ulong from = s->Gpr[Gpr.Si] & mask;
                if (!A.Linear(s, u->Seg, from, S.Bytes, write: false, out ulong source) || !Guest.Load<S>(s, u, source, out ulong value))
                {
                    return Fault(s, u);
                }

                S.WriteRegister(&s->Gpr[Gpr.Ax], value);
                SetIndex(s, Gpr.Si, from + (ulong)step, mask);
                if (!repeat)
                {
                    break;
                }

                SetIndex(s, Gpr.Cx, --count, mask);
                s->Budget--;
                if (count != 0 && MustPause(s))
                {
                    return Pause(s, u);
                }
            }

            return u + 1;
        }
    }

    /// <summary>SCAS: the accumulator is compared with ES:DI.</summary>
    internal readonly struct Scas<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            int repeat = u->Imm;
            ulong count = repeat != Once ? s->Gpr[Gpr.Cx] & mask : 1;
            ulong a = S.Read(&s->Gpr[Gpr.Ax]);
            while (count != 0)
            {
                ulong to = s->Gpr[Gpr.Di] & mask;
                if (!A.Linear(s, Seg.Es, to, S.Bytes, write: false, out ulong target) || !Guest.Load<S>(s, u, target, out ulong b))
                {
                    return Fault(s, u);
                }

                SetLazy<S>(s, FlagsKind.Sub, S.Cut(a - b), b);
                SetIndex(s, Gpr.Di, to + (ulong)step, mask);
                if (repeat == Once)
                {
                    break;
                }

                SetIndex(s, Gpr.Cx, --count, mask);
                s->Budget--;
                if ((a == b) != (repeat == WhileEqual))
                {
                    break;
                }

                if (count != 0 && MustPause(s))
                {
                    return Pause(s, u);
                }
            }

            return u + 1;
        }
    }

    /// <summary>CMPS: DS:SI is compared with ES:DI.</summary>
    internal readonly struct Cmps<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            int repeat = u->Imm;
            ulong count = repeat != Once ? s->Gpr[Gpr.Cx] & mask : 1;
            while (count != 0)
            {
                ulong from = s->Gpr[Gpr.Si] & mask;
                ulong to = s->Gpr[Gpr.Di] & mask;
                if (!A.Linear(s, u->Seg, from, S.Bytes, write: false, out ulong source)
                    || !Guest.Load<S>(s, u, source, out ulong a)
                    || !A.Linear(s, Seg.Es, to, S.Bytes, write: false, out ulong target)
                    || !Guest.Load<S>(s, u, target, out ulong b))
                {
                    return Fault(s, u);
                }

                SetLazy<S>(s, FlagsKind.Sub, S.Cut(a - b), b);
                SetIndex(s, Gpr.Si, from + (ulong)step, mask);
                SetIndex(s, Gpr.Di, to + (ulong)step, mask);
                if (repeat == Once)
                {
                    break;
                }

                SetIndex(s, Gpr.Cx, --count, mask);
                s->Budget--;
                if ((a == b) != (repeat == WhileEqual))
                {
                    break;
                }

                if (count != 0 && MustPause(s))
                {
                    return Pause(s, u);
                }
            }

            return u + 1;
        }
    }

    /// <summary>INS: the destination is checked before the port is read, since a read cannot be taken back.</summary>
    internal readonly struct Ins<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            bool repeat = u->Imm != Once;
            ulong count = repeat ? s->Gpr[Gpr.Cx] & mask : 1;
            X86Cpu cpu = X86Cpu.Of(s);
            ushort port = CpuState.R16(s, Gpr.Dx);
            if (!cpu.MayUsePort(port, S.Bytes))
            {
                return Fault(s, u);
            }

            s->Current = u;
            ulong mode = s->Tag;
            while (count != 0)
            {
                ulong to = s->Gpr[Gpr.Di] & mask;
                if (!A.Linear(s, Seg.Es, to, S.Bytes, write: true, out ulong target))
                {
                    return Fault(s, u);
                }

                byte* host = Guest.Pointer<S>(s, target);
                if (host != null)
                {
                    S.Write(host, cpu.ReadPort(port, S.Bytes));
                }
                else if (!cpu.ProbeStore(target, S.Bytes) || !cpu.StoreForGood(target, cpu.ReadPort(port, S.Bytes), S.Bytes))
                {
                    return Fault(s, u);
                }

                SetIndex(s, Gpr.Di, to + (ulong)step, mask);
                if (!repeat)
                {
                    break;
                }

                SetIndex(s, Gpr.Cx, --count, mask);
                s->Budget--;
                if (count != 0 && (MustPause(s) || s->Tag != mode))
                {
                    return Pause(s, u);
                }
            }

            // What was stored may have been the rest of this block.
            return s->Tag == mode ? u + 1 : LeaveFor(s, u, u[1].Rip);
        }
    }

    /// <summary>OUTS.</summary>
    internal readonly struct Outs<A, S> : IOp
        where A : struct, IAddress
        where S : struct, ISize
    {
        public static Uop* Run(CpuState* s, Uop* u)
        {
            ulong mask = AddressMask<A>(u);
            long step = Step<S>(s);
            bool repeat = u->Imm != Once;
            ulong count = repeat ? s->Gpr[Gpr.Cx] & mask : 1;
            X86Cpu cpu = X86Cpu.Of(s);
            ushort port = CpuState.R16(s, Gpr.Dx);
            if (!cpu.MayUsePort(port, S.Bytes))
            {
                return Fault(s, u);
            }

            ulong mode = s->Tag;
            while (count != 0)
            {
                ulong from = s->Gpr[Gpr.Si] & mask;
                if (!A.Linear(s, u->Seg, from, S.Bytes, write: false, out ulong source) || !Guest.Load<S>(s, u, source, out ulong value))
                {
                    return Fault(s, u);
                }

                s->Current = u;
                cpu.WritePort(port, value, S.Bytes);
                SetIndex(s, Gpr.Si, from + (ulong)step, mask);
                if (!repeat)
                {
                    break;
                }

                SetIndex(s, Gpr.Cx, --count, mask);
                s->Budget--;
                if (count != 0 && (MustPause(s) || s->Tag != mode))
                {
                    return Pause(s, u);
                }
            }

            return s->Tag == mode ? u + 1 : LeaveFor(s, u, u[1].Rip);
        }
    }

    /// <summary>Whether a run of bytes lies inside a segment, without setting up a fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Inside<A>(CpuState* s, int segment, ulong offset, int bytes, bool write)
        where A : struct, IAddress
    {
        if (typeof(A) != typeof(Segmented))
        {
            return true;
        }

        SegmentCache* cache = CpuState.Segment(s, segment);
        return (long)((uint)offset - cache->Low) + (bytes - 1) <= (write ? cache->WriteSpan : cache->ReadSpan);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* ReadPointer(CpuState* s, ulong linear)
    {
        Mmu.TlbEntry* entry = s->Tlb + ((linear >> 12) & (Mmu.TlbEntry.Count - 1));
        return (linear & ~0xFFFul) == entry->Read ? (byte*)(linear + (ulong)entry->Addend) : null;
    }
}
