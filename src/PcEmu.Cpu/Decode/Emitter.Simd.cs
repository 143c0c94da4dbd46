using Iced.Intel;
using PcEmu.Cpu.Interpreter;

namespace PcEmu.Cpu.Decode;

// The vector part of the table: integer operations on MMX and XMM registers, and what moves them.
internal sealed unsafe partial class Emitter
{
    /// <summary>A vector or bit instruction; nothing if it is another one.</summary>
    private Entry Simd(Uop* u, in Instruction i)
    {
        Entry entry = Packed(u, i);
        if (entry.Run == null)
        {
            entry = Shuffle(u, i);
        }

        if (entry.Run == null)
        {
            entry = VectorMove(u, i);
        }

        if (entry.Run == null)
        {
            entry = VectorFloat(u, i);
        }

        if (entry.Run == null)
        {
            entry = VectorConvert(u, i);
        }

        return entry.Run == null ? BitManipulation(u, i) : entry;
    }

    private Entry Packed(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            // On registers of either kind.
            case Mnemonic.Paddb: return Packed<Paddb>(u, i);
            case Mnemonic.Paddw: return Packed<Paddw>(u, i);
            case Mnemonic.Paddd: return Packed<Paddd>(u, i);
            case Mnemonic.Paddq: return Packed<Paddq>(u, i);
            case Mnemonic.Psubb: return Packed<Psubb>(u, i);
            case Mnemonic.Psubw: return Packed<Psubw>(u, i);
            case Mnemonic.Psubd: return Packed<Psubd>(u, i);
            case Mnemonic.Psubq: return Packed<Psubq>(u, i);
            case Mnemonic.Paddsb: return Packed<Paddsb>(u, i);
            case Mnemonic.Paddsw: return Packed<Paddsw>(u, i);
            case Mnemonic.Paddusb: return Packed<Paddusb>(u, i);
            case Mnemonic.Paddusw: return Packed<Paddusw>(u, i);
            case Mnemonic.Psubsb: return Packed<Psubsb>(u, i);
            case Mnemonic.Psubsw: return Packed<Psubsw>(u, i);
            case Mnemonic.Psubusb: return Packed<Psubusb>(u, i);
            case Mnemonic.Psubusw: return Packed<Psubusw>(u, i);
            case Mnemonic.Pcmpeqb: return Packed<Pcmpeqb>(u, i);
            case Mnemonic.Pcmpeqw: return Packed<Pcmpeqw>(u, i);
            case Mnemonic.Pcmpeqd: return Packed<Pcmpeqd>(u, i);
            case Mnemonic.Pcmpgtb: return Packed<Pcmpgtb>(u, i);
            case Mnemonic.Pcmpgtw: return Packed<Pcmpgtw>(u, i);
            case Mnemonic.Pcmpgtd: return Packed<Pcmpgtd>(u, i);
            case Mnemonic.Pminub: return Packed<Pminub>(u, i);
            case Mnemonic.Pminsw: return Packed<Pminsw>(u, i);
            case Mnemonic.Pmaxub: return Packed<Pmaxub>(u, i);
            case Mnemonic.Pmaxsw: return Packed<Pmaxsw>(u, i);
            case Mnemonic.Pand: return Packed<Pand>(u, i);
            case Mnemonic.Pandn: return Packed<Pandn>(u, i);
            case Mnemonic.Por: return Packed<Por>(u, i);
            case Mnemonic.Pxor: return Packed<Pxor>(u, i);
            case Mnemonic.Pavgb: return Packed<Pavgb>(u, i);
            case Mnemonic.Pavgw: return Packed<Pavgw>(u, i);
            case Mnemonic.Pmullw: return Packed<Pmullw>(u, i);
            case Mnemonic.Pmulhw: return Packed<Pmulhw>(u, i);
            case Mnemonic.Pmulhuw: return Packed<Pmulhuw>(u, i);
            case Mnemonic.Pmulhrsw: return Packed<Pmulhrsw>(u, i);
            case Mnemonic.Pmuludq: return Packed<Pmuludq>(u, i);
            case Mnemonic.Pmaddwd: return Packed<Pmaddwd>(u, i);
            case Mnemonic.Pmaddubsw: return Packed<Pmaddubsw>(u, i);
            case Mnemonic.Psadbw: return Packed<Psadbw>(u, i);
            case Mnemonic.Psignb: return Packed<Psignb>(u, i);
            case Mnemonic.Psignw: return Packed<Psignw>(u, i);
            case Mnemonic.Psignd: return Packed<Psignd>(u, i);
            case Mnemonic.Pabsb: return Packed<Pabsb>(u, i);
            case Mnemonic.Pabsw: return Packed<Pabsw>(u, i);
            case Mnemonic.Pabsd: return Packed<Pabsd>(u, i);
            case Mnemonic.Psllw: return VectorShift<Psllw>(u, i);
            case Mnemonic.Pslld: return VectorShift<Pslld>(u, i);
            case Mnemonic.Psllq: return VectorShift<Psllq>(u, i);
            case Mnemonic.Psrlw: return VectorShift<Psrlw>(u, i);
            case Mnemonic.Psrld: return VectorShift<Psrld>(u, i);
            case Mnemonic.Psrlq: return VectorShift<Psrlq>(u, i);
            case Mnemonic.Psraw: return VectorShift<Psraw>(u, i);
            case Mnemonic.Psrad: return VectorShift<Psrad>(u, i);
            case Mnemonic.Pslldq: return VectorShift<Pslldq>(u, i);
            case Mnemonic.Psrldq: return VectorShift<Psrldq>(u, i);

            // These join or narrow their operands.
            case Mnemonic.Packsswb: return Joined<Packsswb, Half<Packsswb>>(u, i);
            case Mnemonic.Packssdw: return Joined<Packssdw, Half<Packssdw>>(u, i);
            case Mnemonic.Packuswb: return Joined<Packuswb, Half<Packuswb>>(u, i);
            case Mnemonic.Phaddw: return Joined<Phaddw, Half<Phaddw>>(u, i);
            case Mnemonic.Phaddd: return Joined<Phaddd, Half<Phaddd>>(u, i);
            case Mnemonic.Phaddsw: return Joined<Phaddsw, Half<Phaddsw>>(u, i);
            case Mnemonic.Phsubw: return Joined<Phsubw, Half<Phsubw>>(u, i);
            case Mnemonic.Phsubd: return Joined<Phsubd, Half<Phsubd>>(u, i);
            case Mnemonic.Phsubsw: return Joined<Phsubsw, Half<Phsubsw>>(u, i);
            case Mnemonic.Pshufb: return Joined<Pshufb, PshufbHalf>(u, i);
            case Mnemonic.Punpcklbw: return i.Op0Register.IsMM() ? Source<Families.MmxPacked<Punpcklbw>, MmxRegister, Part<B4>>(u, i) : Packed<Punpcklbw>(u, i);
            case Mnemonic.Punpckhbw: return Joined<Punpckhbw, UpperHalf<Punpcklbw>>(u, i);
            case Mnemonic.Punpcklwd: return i.Op0Register.IsMM() ? Source<Families.MmxPacked<Punpcklwd>, MmxRegister, Part<B4>>(u, i) : Packed<Punpcklwd>(u, i);
            case Mnemonic.Punpckhwd: return Joined<Punpckhwd, UpperHalf<Punpcklwd>>(u, i);
            case Mnemonic.Punpckldq: return i.Op0Register.IsMM() ? Source<Families.MmxPacked<Punpckldq>, MmxRegister, Part<B4>>(u, i) : Packed<Punpckldq>(u, i);
            case Mnemonic.Punpckhdq: return Joined<Punpckhdq, UpperHalf<Punpckldq>>(u, i);

            // On XMM registers alone.
            case Mnemonic.Pcmpeqq: return Packed<Pcmpeqq>(u, i);
            case Mnemonic.Pcmpgtq: return Packed<Pcmpgtq>(u, i);
            case Mnemonic.Pminsb: return Packed<Pminsb>(u, i);
            case Mnemonic.Pminuw: return Packed<Pminuw>(u, i);
            case Mnemonic.Pminsd: return Packed<Pminsd>(u, i);
            case Mnemonic.Pminud: return Packed<Pminud>(u, i);
            case Mnemonic.Pmaxsb: return Packed<Pmaxsb>(u, i);
            case Mnemonic.Pmaxuw: return Packed<Pmaxuw>(u, i);
            case Mnemonic.Pmaxsd: return Packed<Pmaxsd>(u, i);
            case Mnemonic.Pmaxud: return Packed<Pmaxud>(u, i);
            case Mnemonic.Pmulld: return Packed<Pmulld>(u, i);
            case Mnemonic.Pmuldq: return Packed<Pmuldq>(u, i);
            case Mnemonic.Phminposuw: return Packed<Phminposuw>(u, i);
            case Mnemonic.Packusdw: return Packed<Packusdw>(u, i);
            case Mnemonic.Punpcklqdq: return Packed<Punpcklqdq>(u, i);
            case Mnemonic.Punpckhqdq: return Packed<Punpckhqdq>(u, i);
            case Mnemonic.Movsldup: return Packed<Movsldup>(u, i);
            case Mnemonic.Movshdup: return Packed<Movshdup>(u, i);
            case Mnemonic.Aesenc: return Packed<Aesenc>(u, i);
            case Mnemonic.Aesenclast: return Packed<Aesenclast>(u, i);
            case Mnemonic.Aesdec: return Packed<Aesdec>(u, i);
            case Mnemonic.Aesdeclast: return Packed<Aesdeclast>(u, i);
            case Mnemonic.Aesimc: return Packed<Aesimc>(u, i);
            case Mnemonic.Andps: return Packed<Pand>(u, i);
            case Mnemonic.Andpd: return Packed<Pand>(u, i);
            case Mnemonic.Andnps: return Packed<Pandn>(u, i);
            case Mnemonic.Andnpd: return Packed<Pandn>(u, i);
            case Mnemonic.Orps: return Packed<Por>(u, i);
            case Mnemonic.Orpd: return Packed<Por>(u, i);
            case Mnemonic.Xorps: return Packed<Pxor>(u, i);
            case Mnemonic.Xorpd: return Packed<Pxor>(u, i);
            case Mnemonic.Unpcklps: return Packed<Punpckldq>(u, i);
            case Mnemonic.Unpckhps: return Packed<Punpckhdq>(u, i);
            case Mnemonic.Unpcklpd: return Packed<Punpcklqdq>(u, i);
            case Mnemonic.Unpckhpd: return Packed<Punpckhqdq>(u, i);
            case Mnemonic.Ptest: return Source<Families.Ptest, XmmRegister, Aligned>(u, i);

            // Silicon (Zen 4) takes SHA operands at any address; the SDM wants multiples of 16.
            case Mnemonic.Sha256rnds2: return Source<Families.Sha256Rounds, XmmRegister, Whole>(u, i);
            case Mnemonic.Sha1nexte: return Source<Families.Xmm<Sha1nexte>, XmmRegister, Whole>(u, i);
            case Mnemonic.Sha1msg1: return Source<Families.Xmm<Sha1msg1>, XmmRegister, Whole>(u, i);
            case Mnemonic.Sha1msg2: return Source<Families.Xmm<Sha1msg2>, XmmRegister, Whole>(u, i);
            case Mnemonic.Sha256msg1: return Source<Families.Xmm<Sha256msg1>, XmmRegister, Whole>(u, i);
            case Mnemonic.Sha256msg2: return Source<Families.Xmm<Sha256msg2>, XmmRegister, Whole>(u, i);

            case Mnemonic.Pblendvb: return Source<Families.XmmBlend<SignBytes>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Blendvps: return Source<Families.XmmBlend<SignDwords>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Blendvpd: return Source<Families.XmmBlend<SignQwords>, XmmRegister, Aligned>(u, i);
            case Mnemonic.Pmovsxbw: return Source<Families.Xmm<Pmovsxbw>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Pmovsxbd: return Source<Families.Xmm<Pmovsxbd>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Pmovsxbq: return Source<Families.Xmm<Pmovsxbq>, XmmRegister, Part<B2>>(u, i);
            case Mnemonic.Pmovsxwd: return Source<Families.Xmm<Pmovsxwd>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Pmovsxwq: return Source<Families.Xmm<Pmovsxwq>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Pmovsxdq: return Source<Families.Xmm<Pmovsxdq>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Pmovzxbw: return Source<Families.Xmm<Pmovzxbw>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Pmovzxbd: return Source<Families.Xmm<Pmovzxbd>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Pmovzxbq: return Source<Families.Xmm<Pmovzxbq>, XmmRegister, Part<B2>>(u, i);
            case Mnemonic.Pmovzxwd: return Source<Families.Xmm<Pmovzxwd>, XmmRegister, Part<B8>>(u, i);
            case Mnemonic.Pmovzxwq: return Source<Families.Xmm<Pmovzxwq>, XmmRegister, Part<B4>>(u, i);
            case Mnemonic.Pmovzxdq: return Source<Families.Xmm<Pmovzxdq>, XmmRegister, Part<B8>>(u, i);
        }

        return default;
    }

    private Entry Shuffle(Uop* u, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Pshufw: return Immediate<Pshuflw>(u, i);
            case Mnemonic.Pshufd: return Immediate<Pshufd>(u, i);
            case Mnemonic.Pshufhw: return Immediate<Pshufhw>(u, i);
            case Mnemonic.Pshuflw: return Immediate<Pshuflw>(u, i);
            case Mnemonic.Shufps: return Immediate<Shufps>(u, i);
            case Mnemonic.Shufpd: return Immediate<Shufpd>(u, i);
            case Mnemonic.Blendps: return Immediate<Blendps>(u, i);
            case Mnemonic.Blendpd: return Immediate<Blendpd>(u, i);
            case Mnemonic.Pblendw: return Immediate<Pblendw>(u, i);
            case Mnemonic.Mpsadbw: return Immediate<Mpsadbw>(u, i);
            case Mnemonic.Aeskeygenassist: return Immediate<Aeskeygenassist>(u, i);
            case Mnemonic.Pclmulqdq: return Immediate<Pclmulqdq>(u, i);
            case Mnemonic.Sha1rnds4:
                u->Imm = i.Immediate8;
                return Source<Families.XmmImmediate<Sha1rnds4>, XmmRegister, Whole>(u, i);
            case Mnemonic.Palignr:
                return i.Op0Register.IsMM() ? Immediate<PalignrHalf>(u, i) : Immediate<Palignr>(u, i);
            case Mnemonic.Pinsrw:
                return i.Op0Register.IsMM()
                    ? Insert<Families.MmxImmediate<PinsrwHalf>, B2>(u, i)
                    : Insert<Families.XmmImmediate<Pinsrw>, B2>(u, i);
            case Mnemonic.Pinsrb: return Insert<Families.XmmImmediate<Pinsrb>, B1>(u, i);
            case Mnemonic.Pinsrd: return Insert<Families.XmmImmediate<Pinsrd>, B4>(u, i);
            case Mnemonic.Pinsrq: return Insert<Families.XmmImmediate<Pinsrq>, B8>(u, i);
            case Mnemonic.Insertps:
                Entry entry = Source<Families.XmmImmediate<Insertps>, XmmRegister, Part<B4>>(u, i);

                // From memory there is one lane only.
                u->Imm = i.Op1Kind == OpKind.Memory ? i.Immediate8 & 0x3F : i.Immediate8;
                return entry;
            case Mnemonic.Pextrb: return Extract<ExtractByte, B1>(u, i);
            case Mnemonic.Pextrw when i.Op1Register.IsMM(): return ToGeneral<ExtractWordHalf>(u, i);
            case Mnemonic.Pextrw: return Extract<ExtractWord, B2>(u, i);
            case Mnemonic.Pextrd or Mnemonic.Extractps: return Extract<ExtractDword, B4>(u, i);
            case Mnemonic.Pextrq: return Extract<ExtractQword, B8>(u, i);
            case Mnemonic.Pmovmskb: return ToGeneral<SignMaskBytes>(u, i);
            case Mnemonic.Movmskps: return ToGeneral<SignMaskDwords>(u, i);
            case Mnemonic.Movmskpd: return ToGeneral<SignMaskQwords>(u, i);
            case Mnemonic.Pcmpestrm or Mnemonic.Pcmpestrm64: return Strings<FlagsLive, FlagsLive>(u, i);
            case Mnemonic.Pcmpestri or Mnemonic.Pcmpestri64: return Strings<FlagsLive, FlagsDead>(u, i);
            case Mnemonic.Pcmpistrm: return Strings<FlagsDead, FlagsLive>(u, i);
            case Mnemonic.Pcmpistri: return Strings<FlagsDead, FlagsDead>(u, i);
        }

        return default;
    }

    /// <summary>16 times a vector register's number, which is also how operations name it.</summary>
    private static byte VectorOffset(Register register) => (byte)(16 * (register.IsMM() ? register - Register.MM0 : register - Register.XMM0));

    /// <summary>Operand 0 is a vector register; operand 1 is one of kind <typeparamref name="R"/> or memory of width <typeparamref name="N"/>.</summary>
    private Entry Source<F, R, N>(Uop* u, in Instruction i)
        where F : struct, IVectorFamily
        where R : struct, IVectorSource
        where N : struct, IVectorWidth
    {
        u->Dst = VectorOffset(i.Op0Register);
        return SourceOnly<F, R, N>(u, i);
    }

    /// <summary>Operand 1 alone.</summary>
    private Entry SourceOnly<F, R, N>(Uop* u, in Instruction i)
        where F : struct, IVectorFamily
        where R : struct, IVectorSource
        where N : struct, IVectorWidth
    {
        if (i.Op1Kind == OpKind.Register)
        {
            u->Src = i.Op1Register.IsGPR() ? Offset(i.Op1Register) : VectorOffset(i.Op1Register);
            return SelectVector.Source<F, R, N>(OperandKind.Register, AddressKind.Flat);
        }

        return SelectVector.Source<F, R, N>(OperandKind.Memory, Memory(u, i));
    }

    /// <summary>Two whole registers of either kind.</summary>
    private Entry Packed<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IPacked => i.Op0Register.IsMM()
            ? Source<Families.MmxPacked<TOp>, MmxRegister, Part<B8>>(u, i)
            : Source<Families.Xmm<TOp>, XmmRegister, Aligned>(u, i);

    /// <summary>As <see cref="Packed{TOp}"/>, with another operation on MMX registers.</summary>
    private Entry Joined<TOp, THalf>(Uop* u, in Instruction i)
        where TOp : struct, IPacked
        where THalf : struct, IPacked => i.Op0Register.IsMM()
            ? Source<Families.MmxPacked<THalf>, MmxRegister, Part<B8>>(u, i)
            : Source<Families.Xmm<TOp>, XmmRegister, Aligned>(u, i);

    /// <summary>A shift by a register, memory or an immediate.</summary>
    private Entry VectorShift<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IPacked
    {
        if (i.Op1Kind != OpKind.Immediate8)
        {
            return Packed<TOp>(u, i);
        }

        u->Imm = i.Immediate8;
        u->Dst = VectorOffset(i.Op0Register);
        return i.Op0Register.IsMM()
            ? Families.MmxPacked<TOp>.Get<ImmediateCount>()
            : Families.Xmm<TOp>.Get<ImmediateCount>();
    }

    /// <summary>Two whole registers of either kind and an immediate.</summary>
    private Entry Immediate<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IPackedImmediate
    {
        u->Imm = i.Immediate8;
        return i.Op0Register.IsMM()
            ? Source<Families.MmxImmediate<TOp>, MmxRegister, Part<B8>>(u, i)
            : Source<Families.XmmImmediate<TOp>, XmmRegister, Aligned>(u, i);
    }

    /// <summary>A part of a vector register is made from a general register or memory.</summary>
    private Entry Insert<F, S>(Uop* u, in Instruction i)
        where F : struct, IVectorFamily
        where S : struct, ISize
    {
        u->Imm = i.Immediate8;
        return Source<F, GeneralRegister<S>, Part<S>>(u, i);
    }

    /// <summary>A general register, of 32 or 64 bits, is made from a vector register.</summary>
    private Entry ToGeneral<TOp>(Uop* u, in Instruction i)
        where TOp : struct, IExtract
    {
        u->Dst = Offset(i.Op0Register);
        u->Src = VectorOffset(i.Op1Register);
        u->Imm = i.OpCount > 2 ? i.Immediate8 : 0;
        bool wide = i.Op0Register.GetSize() == 8;
        return (i.Op1Register.IsMM(), wide) switch
        {
            (true, false) => Entry.Of<Mmx.ToGeneral<TOp, B4>>(),
            (true, true) => Entry.Of<Mmx.ToGeneral<TOp, B8>>(),
            (false, false) => Entry.Of<Sse.ToGeneral<TOp, B4>>(),
            (false, true) => Entry.Of<Sse.ToGeneral<TOp, B8>>(),
        };
    }

    /// <summary>A part of an XMM register goes to a general register, zero-extended, or to memory.</summary>
    private Entry Extract<TOp, S>(Uop* u, in Instruction i)
        where TOp : struct, IExtract
        where S : struct, ISize
    {
        if (i.Op0Kind == OpKind.Register)
        {
            return ToGeneral<TOp>(u, i);
        }

        u->Imm = i.OpCount > 2 ? i.Immediate8 : 0;
        u->Src = VectorOffset(i.Op1Register);
        return SelectVector.Memory<Families.XmmStorePart<TOp, S>>(Memory(u, i));
    }

    private Entry Strings<TExplicit, TMask>(Uop* u, in Instruction i)
        where TExplicit : struct, IFlagUse
        where TMask : struct, IFlagUse
    {
        bool wide = i.Mnemonic is Mnemonic.Pcmpestrm64 or Mnemonic.Pcmpestri64;
        u->Imm = i.Immediate8 | (wide ? 0x100 : 0);
        return Source<Families.CompareStrings<TExplicit, TMask>, XmmRegister, Whole>(u, i);
    }
}
