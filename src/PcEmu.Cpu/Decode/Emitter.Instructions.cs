using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

// The table: one entry for each mnemonic.
internal sealed unsafe partial class Emitter
{
    private Entry One(Uop* u, in Instruction i)
    {
        // TZCNT and LZCNT are REP BSF and REP BSR to a CPU that does not have them.
        if (i.Mnemonic is Mnemonic.Tzcnt && !_set.HasTzcnt)
        {
            return ReadInto<Families.BitScan<FlagsLive>>(u, i);
        }

        if (i.Mnemonic is Mnemonic.Lzcnt && !_set.HasLzcnt)
        {
            return ReadInto<Families.BitScan<FlagsDead>>(u, i);
        }

        if (!_set.Has(i))
        {
            return Undefined(u, Vector.InvalidOpcode);
        }

        switch (i.Mnemonic)
        {
            // Arithmetic and logic.
            case Mnemonic.Add: return Alu<Add>(u, i);
            case Mnemonic.Or: return Alu<Or>(u, i);
            case Mnemonic.Adc: return Alu<Adc>(u, i);
            case Mnemonic.Sbb: return Alu<Sbb>(u, i);
            case Mnemonic.And: return Alu<And>(u, i);
            case Mnemonic.Sub: return Alu<Sub>(u, i);
            case Mnemonic.Xor: return Alu<Xor>(u, i);
            case Mnemonic.Cmp: return Alu<Cmp>(u, i);
            case Mnemonic.Test: return Alu<Test>(u, i);
            case Mnemonic.Inc: return IncDec<Add>(u, i);
            case Mnemonic.Dec: return IncDec<Sub>(u, i);
            case Mnemonic.Neg: return Update<Families.Neg>(u, i);
            case Mnemonic.Not: return Update<Families.Complement>(u, i);
            case Mnemonic.Mul: return Read<Families.Mul>(u, i, 0);
            case Mnemonic.Imul: return Imul(u, i);
            case Mnemonic.Div: return Read<Families.Div>(u, i, 0);
            case Mnemonic.Idiv: return Read<Families.Idiv>(u, i, 0);

            // Shifts and bits.
            case Mnemonic.Shl or Mnemonic.Sal: return Shift<Shl>(u, i);
            case Mnemonic.Shr: return Shift<Shr>(u, i);
            case Mnemonic.Sar: return Shift<Sar>(u, i);
            case Mnemonic.Rol: return Shift<Rol>(u, i);
            case Mnemonic.Ror: return Shift<Ror>(u, i);
            case Mnemonic.Rcl: return Shift<Rcl>(u, i);
            case Mnemonic.Rcr: return Shift<Rcr>(u, i);
            case Mnemonic.Shld: return DoubleShift<FlagsLive>(u, i);
            case Mnemonic.Shrd: return DoubleShift<FlagsDead>(u, i);
            case Mnemonic.Bt: return Bit<BitTest>(u, i);
            case Mnemonic.Bts: return Bit<BitSet>(u, i);
            case Mnemonic.Btr: return Bit<BitReset>(u, i);
            case Mnemonic.Btc: return Bit<BitComplement>(u, i);
            case Mnemonic.Bsf: return ReadInto<Families.BitScan<FlagsLive>>(u, i);
            case Mnemonic.Bsr: return ReadInto<Families.BitScan<FlagsDead>>(u, i);
            case Mnemonic.Bswap: return Bswap(u, i);

            // Moves.
            case Mnemonic.Mov: return Mov(u, i);
            case Mnemonic.Movzx: return Extend<Families.MovZx<B2>, Families.MovZx<B4>, Families.MovZx<B8>>(u, i);
            case Mnemonic.Movsx or Mnemonic.Movsxd: return Extend<Families.MovSx<B2>, Families.MovSx<B4>, Families.MovSx<B8>>(u, i);
            case Mnemonic.Lea: return Lea(u, i);
            case Mnemonic.Xchg: return Exchange<Families.Xchg>(u, i);
            case Mnemonic.Xadd: return Exchange<Families.Xadd>(u, i);
            case Mnemonic.Cmpxchg: return Exchange<Families.CmpXchg>(u, i);
            case Mnemonic.Cmpxchg8b: return Select.Address<Families.CmpXchg8b>(8, Memory(u, i));
            case Mnemonic.Cmpxchg16b: return Select.Address<Families.CmpXchg16b>(8, Memory(u, i));
            case Mnemonic.Cbw: return Entry.Of<Ops.ExtendAccumulator<B1, B2>>();
            case Mnemonic.Cwde: return Entry.Of<Ops.ExtendAccumulator<B2, B4>>();
            case Mnemonic.Cdqe: return Entry.Of<Ops.ExtendAccumulator<B4, B8>>();
            case Mnemonic.Cwd: return Entry.Of<Ops.ExtendToData<B2>>();
            case Mnemonic.Cdq: return Entry.Of<Ops.ExtendToData<B4>>();
            case Mnemonic.Cqo: return Entry.Of<Ops.ExtendToData<B8>>();
            case Mnemonic.Xlatb: return Xlat(u, i);
            case Mnemonic.Lahf: return Entry.Of<Ops.Lahf>();
            case Mnemonic.Sahf: return Entry.Of<Ops.Sahf>();
            case Mnemonic.Salc: return Entry.Of<Ops.Salc>();
            case Mnemonic.Clc: return WithImmediate<Ops.ChangeCarry>(u, 0);
            case Mnemonic.Stc: return WithImmediate<Ops.ChangeCarry>(u, 1);
            case Mnemonic.Cmc: return WithImmediate<Ops.ChangeCarry>(u, 2);
            case Mnemonic.Cld: return WithImmediate<Ops.ChangeDirection>(u, 0);
            case Mnemonic.Std: return WithImmediate<Ops.ChangeDirection>(u, (int)Eflags.Df);
            case Mnemonic.Cli: return Entry.Of<Ops.Cli>();
            case Mnemonic.Sti: return Entry.Of<Ops.Sti>();
            case Mnemonic.Daa: return WithImmediate<Ops.DecimalAdjust>(u, 0);
            case Mnemonic.Das: return WithImmediate<Ops.DecimalAdjust>(u, 1);
            case Mnemonic.Aaa: return WithImmediate<Ops.AsciiAdjust>(u, 0);
            case Mnemonic.Aas: return WithImmediate<Ops.AsciiAdjust>(u, 1);
            case Mnemonic.Aam: return WithImmediate<Ops.AsciiAdjustMultiply>(u, i.Immediate8);
            case Mnemonic.Aad: return WithImmediate<Ops.AsciiAdjustDivide>(u, i.Immediate8);

            // The stack.
            case Mnemonic.Push: return Push(u, i);
            case Mnemonic.Pop: return Pop(u, i);
            case Mnemonic.Pusha: return Stack<Families.PushAll>(u, 2);
            case Mnemonic.Pushad: return Stack<Families.PushAll>(u, 4);
            case Mnemonic.Popa: return Stack<Families.PopAll>(u, 2);
            case Mnemonic.Popad: return Stack<Families.PopAll>(u, 4);
            case Mnemonic.Pushf: return Stack<Families.PushFlags>(u, 2);
            case Mnemonic.Pushfd: return Stack<Families.PushFlags>(u, 4);
            case Mnemonic.Pushfq: return Stack<Families.PushFlags>(u, 8);
            case Mnemonic.Popf: return Stack<Families.PopFlags>(u, 2);
            case Mnemonic.Popfd: return Stack<Families.PopFlags>(u, 4);
            case Mnemonic.Popfq: return Stack<Families.PopFlags>(u, 8);
            case Mnemonic.Leave: return Stack<Families.LeaveFrame>(u, StackBytes(i.Code == Code.Leavew));
            case Mnemonic.Enter:
                u->Imm = i.Immediate16;
                u->Disp = i.Immediate8_2nd;
                return Stack<Families.Enter>(u, StackBytes(i.Code == Code.Enterw_imm16_imm8));

            // Flow.
            case Mnemonic.Jmp: return Jump(u, i);
            case Mnemonic.Call: return Call(u, i);
            case Mnemonic.Ret:
                u->Imm = i.OpCount > 0 ? i.Immediate16 : 0;
                return Stack<Families.Ret>(u, StackBytes(i.Code is Code.Retnw or Code.Retnw_imm16));
            case Mnemonic.Retf:
                u->Imm = i.OpCount > 0 ? i.Immediate16 : 0;
                return WithSize<Ops.SlowEnd<SlowOps.RetFar>>(u, i.Code is Code.Retfw or Code.Retfw_imm16 ? 2 : i.Code is Code.Retfq or Code.Retfq_imm16 ? 8 : 4);
            case Mnemonic.Iret: return WithSize<Ops.SlowEnd<SlowOps.Iret>>(u, 2);
            case Mnemonic.Iretd: return WithSize<Ops.SlowEnd<SlowOps.Iret>>(u, 4);
            case Mnemonic.Iretq: return WithSize<Ops.SlowEnd<SlowOps.Iret>>(u, 8);
            case Mnemonic.Syscall: return Entry.Of<Ops.SlowEnd<SlowOps.Syscall>>();
            case Mnemonic.Sysret: return WithSize<Ops.SlowEnd<SlowOps.Sysret>>(u, 4);
            case Mnemonic.Sysretq: return WithSize<Ops.SlowEnd<SlowOps.Sysret>>(u, 8);
            case Mnemonic.Sysenter: return Entry.Of<Ops.SlowEnd<SlowOps.Sysenter>>();
            case Mnemonic.Sysexit: return WithSize<Ops.SlowEnd<SlowOps.Sysexit>>(u, 4);
            case Mnemonic.Sysexitq: return WithSize<Ops.SlowEnd<SlowOps.Sysexit>>(u, 8);
            case Mnemonic.Loopne or Mnemonic.Loope or Mnemonic.Loop or Mnemonic.Jcxz or Mnemonic.Jecxz or Mnemonic.Jrcxz: return Loop(u, i);
            case Mnemonic.Int:
                u->Src = 1;
                return WithImmediate<Ops.SlowEnd<SlowOps.Int>>(u, i.Immediate8);
            case Mnemonic.Int3: return WithImmediate<Ops.SlowEnd<SlowOps.Int>>(u, Vector.Breakpoint);
            case Mnemonic.Int1: return WithImmediate<Ops.IceBreakpoint>(u, 0);
            case Mnemonic.Into: return Entry.Of<Ops.SlowEnd<SlowOps.Into>>();
            case Mnemonic.Bound: return WithMemory<Families.Bound>(u, i, SizeOf(i, 0));

            // Strings.
            case Mnemonic.Movsb: return String<Families.Movs>(u, i, 1);
            case Mnemonic.Movsw: return String<Families.Movs>(u, i, 2);
            case Mnemonic.Movsd when i.Op0Kind != OpKind.Register && i.Op1Kind != OpKind.Register: return String<Families.Movs>(u, i, 4);
            case Mnemonic.Movsq: return String<Families.Movs>(u, i, 8);
            case Mnemonic.Stosb: return String<Families.Stos>(u, i, 1);
            case Mnemonic.Stosw: return String<Families.Stos>(u, i, 2);
            case Mnemonic.Stosd: return String<Families.Stos>(u, i, 4);
            case Mnemonic.Stosq: return String<Families.Stos>(u, i, 8);
            case Mnemonic.Lodsb: return String<Families.Lods>(u, i, 1);
            case Mnemonic.Lodsw: return String<Families.Lods>(u, i, 2);
            case Mnemonic.Lodsd: return String<Families.Lods>(u, i, 4);
            case Mnemonic.Lodsq: return String<Families.Lods>(u, i, 8);
            case Mnemonic.Scasb: return String<Families.Scas>(u, i, 1);
            case Mnemonic.Scasw: return String<Families.Scas>(u, i, 2);
            case Mnemonic.Scasd: return String<Families.Scas>(u, i, 4);
            case Mnemonic.Scasq: return String<Families.Scas>(u, i, 8);
            case Mnemonic.Cmpsb: return String<Families.Cmps>(u, i, 1);
            case Mnemonic.Cmpsw: return String<Families.Cmps>(u, i, 2);
            case Mnemonic.Cmpsd when i.OpCount == 2: return String<Families.Cmps>(u, i, 4);
            case Mnemonic.Cmpsq: return String<Families.Cmps>(u, i, 8);
            case Mnemonic.Insb: return String<Families.Ins>(u, i, 1);
            case Mnemonic.Insw: return String<Families.Ins>(u, i, 2);
            case Mnemonic.Insd: return String<Families.Ins>(u, i, 4);
            case Mnemonic.Outsb: return String<Families.Outs>(u, i, 1);
            case Mnemonic.Outsw: return String<Families.Outs>(u, i, 2);
            case Mnemonic.Outsd: return String<Families.Outs>(u, i, 4);

            // Ports.
            case Mnemonic.In: return Port(u, i, 1, i.Op0Register.GetSize(), input: true);
            case Mnemonic.Out: return Port(u, i, 0, i.Op1Register.GetSize(), input: false);

            // Segments and system.
            case Mnemonic.Lds: return LoadPointer(u, i, Seg.Ds);
            case Mnemonic.Les: return LoadPointer(u, i, Seg.Es);
            case Mnemonic.Lss: return LoadPointer(u, i, Seg.Ss);
            case Mnemonic.Lfs: return LoadPointer(u, i, Seg.Fs);
            case Mnemonic.Lgs: return LoadPointer(u, i, Seg.Gs);
            case Mnemonic.Lgdt or Mnemonic.Lidt: return Table(u, i, load: true);
            case Mnemonic.Sgdt or Mnemonic.Sidt: return Table(u, i, load: false);
            case Mnemonic.Sldt: return Store<Families.StoreSystemSelector>(u, i, Seg.Ldtr);
            case Mnemonic.Str: return Store<Families.StoreSystemSelector>(u, i, Seg.Tr);
            case Mnemonic.Smsw: return Store<Families.StoreWord>(u, i, -1);
            case Mnemonic.Lldt: return Read<Families.Lldt>(u, i, 0, 2);
            case Mnemonic.Ltr: return Read<Families.Ltr>(u, i, 0, 2);
            case Mnemonic.Lmsw: return Read<Families.Lmsw>(u, i, 0, 2);
            case Mnemonic.Lar: return Inspect(u, i, 0);
            case Mnemonic.Lsl: return Inspect(u, i, 1);
            case Mnemonic.Verr: return Verify(u, i, 0);
            case Mnemonic.Verw: return Verify(u, i, 1);
            case Mnemonic.Arpl: return Exchange<Families.Arpl>(u, i, 2);
            case Mnemonic.Clts: return Entry.Of<Ops.SlowEnd<SlowOps.Clts>>();
            case Mnemonic.Hlt: return Entry.Of<Ops.Hlt>();
            case Mnemonic.Invd or Mnemonic.Wbinvd: return Entry.Of<Ops.Slow<SlowOps.CacheControl>>();
            case Mnemonic.Invlpg: return Select.Address<Families.Invlpg>(1, Memory(u, i));
            case Mnemonic.Swapgs: return Entry.Of<Ops.Slow<SlowOps.Swapgs>>();
            case Mnemonic.Clac: return WithImmediate<Ops.SlowEnd<SlowOps.ChangeAccessControl>>(u, 0);
            case Mnemonic.Stac: return WithImmediate<Ops.SlowEnd<SlowOps.ChangeAccessControl>>(u, 1);
            case Mnemonic.Rdtsc: return Entry.Of<Ops.Slow<SlowOps.Rdtsc>>();
            case Mnemonic.Rdtscp: return Entry.Of<Ops.Slow<SlowOps.Rdtscp>>();
            case Mnemonic.Rdpmc: return Entry.Of<Ops.Slow<SlowOps.Rdpmc>>();
            case Mnemonic.Rdmsr: return Entry.Of<Ops.Slow<SlowOps.Rdmsr>>();
            case Mnemonic.Wrmsr: return Entry.Of<Ops.SlowEnd<SlowOps.Wrmsr>>();
            case Mnemonic.Cpuid: return Entry.Of<Ops.Slow<SlowOps.CpuidOp>>();
            case Mnemonic.Wait: return Entry.Of<X87.Wait>();
            case Mnemonic.Nop or Mnemonic.Pause or Mnemonic.Reservednop or Mnemonic.Endbr32 or Mnemonic.Endbr64: return Entry.Of<Ops.Nop>();
            case Mnemonic.Prefetch or Mnemonic.Prefetchw or Mnemonic.Prefetchnta or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1 or Mnemonic.Prefetcht2:
                return Entry.Of<Ops.Nop>();
        }

        if (i.IsJccShortOrNear)
        {
            return Branch(u, i);
        }

        if (i.Code is >= Code.Seto_rm8 and <= Code.Setg_rm8)
        {
            u->Imm = ConditionNumber(i.ConditionCode);
            (OperandKind kind, AddressKind address) = Target(u, i);
            return Select.Unary<Families.SetCc>(1, kind, address);
        }

        if (i.Mnemonic is >= Mnemonic.Cmova and <= Mnemonic.Cmovs && i.ConditionCode != ConditionCode.None)
        {
            u->Imm = ConditionNumber(i.ConditionCode);
            return ReadInto<Families.Cmov>(u, i);
        }

        Entry entry = Simd(u, i);
        return entry.Run != null ? entry : Escape(u, i);
    }

    // Opcodes D8 to DF, after any prefixes.
    private static bool IsEscape(in Instruction i) => i.OpCode.Table == OpCodeTableKind.Normal && i.OpCode.OpCode is >= 0xD8 and <= 0xDF
        || i.OpCode.OpCode is >= 0xD800 and <= 0xDFFF;
}
