using Iced.Intel;
using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

// Moves of vector registers, the state as a whole, cache control.
internal sealed unsafe partial class Emitter
{
    private Entry VectorMove(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Movaps or Mnemonic.Movapd or Mnemonic.Movdqa: return Move<Aligned>(u, i);
            case Mnemonic.Movups or Mnemonic.Movupd or Mnemonic.Movdqu or Mnemonic.Lddqu: return Move<Whole>(u, i);
            case Mnemonic.Movntps or Mnemonic.Movntpd or Mnemonic.Movntdq or Mnemonic.Movntdqa: return Move<Aligned>(u, i);
            case Mnemonic.Movss: return MoveScalar<MoveLow4, B4>(u, i);
            case Mnemonic.Movsd: return MoveScalar<MoveLow8, B8>(u, i);
            case Mnemonic.Movlps or Mnemonic.Movlpd: return MovePart<MoveLow8, Low>(u, i);
            case Mnemonic.Movhps or Mnemonic.Movhpd: return MovePart<MoveHigh8, High>(u, i);
            case Mnemonic.Movhlps: return Packed<MoveHighToLow>(u, i);
            case Mnemonic.Movlhps: return Packed<MoveHigh8>(u, i);
            case Mnemonic.Movddup: return Source<Families.Xmm<Movddup>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Movd: return MoveGeneral<B4>(u, i);
            case Mnemonic.Movq: return MoveQuad(u, i);
            case Mnemonic.Movntq: return MmxStore(u, i);
            case Mnemonic.Movnti:
                (OperandKind kind, AddressKind address) = Target(u, i);
                u->Src = Offset(i.Op1Register);
                return Select.Binary<Families.Mov>(i.Op1Register.GetSize(), kind, OperandKind.Register, address);
            case Mnemonic.Movq2dq:
                u->Dst = VectorOffset(i.Op0Register);
                u->Src = VectorOffset(i.Op1Register);
                return Entry.Of<Mmx.ToXmm>();
            case Mnemonic.Movdq2q:
                u->Dst = VectorOffset(i.Op0Register);
                u->Src = VectorOffset(i.Op1Register);
                return Entry.Of<Mmx.FromXmm>();
            case Mnemonic.Maskmovq: return MaskMove<FlagsLive>(u, i);
            case Mnemonic.Maskmovdqu: return MaskMove<FlagsDead>(u, i);
            case Mnemonic.Emms: return Entry.Of<Mmx.Emms>();
            case Mnemonic.Ldmxcsr: return SelectVector.Memory<Families.LoadMxcsr>(Memory(u, i));
            case Mnemonic.Stmxcsr: return SelectVector.Memory<Families.StoreMxcsr>(Memory(u, i));
            case Mnemonic.Fxsave or Mnemonic.Fxsave64: return Image<Families.Fxsave>(u, i, i.Mnemonic == Mnemonic.Fxsave64);
            case Mnemonic.Fxrstor or Mnemonic.Fxrstor64: return Image<Families.Fxrstor>(u, i, i.Mnemonic == Mnemonic.Fxrstor64);
            case Mnemonic.Xsave or Mnemonic.Xsave64: return Image<Families.Xsave>(u, i, i.Mnemonic == Mnemonic.Xsave64);
            case Mnemonic.Xrstor or Mnemonic.Xrstor64: return Image<Families.Xrstor>(u, i, i.Mnemonic == Mnemonic.Xrstor64);
            case Mnemonic.Xgetbv: return Entry.Of<Ops.Slow<SseState.Xgetbv>>();
            case Mnemonic.Xsetbv: return Entry.Of<Ops.Slow<SseState.Xsetbv>>();
            case Mnemonic.Clflush: return SelectVector.Memory<Families.Clflush>(Memory(u, i));
            case Mnemonic.Lfence or Mnemonic.Mfence or Mnemonic.Sfence: return Entry.Of<Ops.Nop>();
        }

        return default;
    }

    /// <summary>A whole XMM register, from or to a register or memory.</summary>
    private Entry Move<N>(Uop* u, in Instruction i)
        where N : struct, IVectorWidth
    {
        if (i.Op0Kind == OpKind.Register)
        {
            return Source<Families.Xmm<TakeSource>, XmmRegister, N>(u, i);
        }

        u->Src = VectorOffset(i.Op1Register);
        return SelectVector.Memory<Families.XmmStore<N>>(Memory(u, i));
    }

    /// <summary>MOVSS and MOVSD: from memory the rest is cleared, from a register it stays.</summary>
    private Entry MoveScalar<TOp, S>(Uop* u, in Instruction i)
        where TOp : struct, IPacked
        where S : struct, ISize
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            return Extract<Low, S>(u, i);
        }

        return i.Op1Kind == OpKind.Memory
            ? Source<Families.Xmm<TakeSource>, XmmRegister, Part<S>>(u, i)
            : Source<Families.Xmm<TOp>, XmmRegister, Part<S>>(u, i);
    }

    /// <summary>Half an XMM register, from or to memory.</summary>
    private Entry MovePart<TOp, TExtract>(Uop* u, in Instruction i)
        where TOp : struct, IPacked
        where TExtract : struct, IExtract => i.Op0Kind == OpKind.Memory
            ? Extract<TExtract, B8>(u, i)
            : Source<Families.Xmm<TOp>, XmmRegister, Part<B8>>(u, i);

    /// <summary>MOVD, and MOVQ with a general register: the vector register is zero-extended.</summary>
    private Entry MoveGeneral<S>(Uop* u, in Instruction i)
        where S : struct, ISize
    {
        if (i.Op0Kind == OpKind.Register && (i.Op0Register.IsXMM() || i.Op0Register.IsMM()))
        {
            return i.Op0Register.IsMM()
                ? Source<Families.MmxPacked<TakeSource>, GeneralRegister<S>, Part<S>>(u, i)
                : Source<Families.Xmm<TakeSource>, GeneralRegister<S>, Part<S>>(u, i);
        }

        if (i.Op0Kind == OpKind.Register)
        {
            return ToGeneral<Low>(u, i);
        }

        u->Src = VectorOffset(i.Op1Register);
        return i.Op1Register.IsMM()
            ? SelectVector.Memory<Families.MmxStore<S>>(Memory(u, i))
            : SelectVector.Memory<Families.XmmStorePart<Low, S>>(Memory(u, i));
    }

    private Entry MoveQuad(Uop* u, in Instruction i)
    {
        if ((i.Op0Kind == OpKind.Register && i.Op0Register.IsGPR()) || (i.Op1Kind == OpKind.Register && i.Op1Register.IsGPR())
            || i.Code is Code.Movq_rm64_mm or Code.Movq_mm_rm64 or Code.Movq_rm64_xmm or Code.Movq_xmm_rm64)
        {
            return MoveGeneral<B8>(u, i);
        }

        if (i.Op0Kind == OpKind.Memory)
        {
            return i.Op1Register.IsMM() ? MmxStore(u, i) : Extract<Low, B8>(u, i);
        }

        return i.Op0Register.IsMM() ? Packed<TakeSource>(u, i) : Source<Families.Xmm<ZeroExtend8>, XmmRegister, Part<B8>>(u, i);
    }

    private Entry MmxStore(Uop* u, in Instruction i)
    {
        u->Src = VectorOffset(i.Op1Register);
        return SelectVector.Memory<Families.MmxStore<B8>>(Memory(u, i));
    }

    private Entry MaskMove<TMmx>(Uop* u, in Instruction i)
        where TMmx : struct, IFlagUse
    {
        int addressBytes = i.Op0Kind switch { OpKind.MemorySegDI => 2, OpKind.MemorySegEDI => 4, _ => 8 };
        u->Dst = VectorOffset(i.Op1Register);
        u->Src = VectorOffset(i.Op2Register);
        u->Base = Offset(Register.EDI);
        Register segment = IsLong && i.SegmentPrefix is not (Register.FS or Register.GS) ? Register.DS : i.MemorySegment;
        return SelectVector.Memory<Families.MaskMove<TMmx>>(Segment(u, segment, addressBytes));
    }

    private Entry Image<F>(Uop* u, in Instruction i, bool wide)
        where F : struct, IMemoryFamily
    {
        u->Imm = wide ? 1 : 0;
        return SelectVector.Memory<F>(Memory(u, i));
    }
}
