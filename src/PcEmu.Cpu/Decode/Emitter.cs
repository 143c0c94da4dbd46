using Iced.Intel;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu.Decode;

/// <summary>Turns decoded instructions into operations.</summary>
/// <param name="model">Decides which instructions are there at all.</param>
internal sealed unsafe partial class Emitter(CpuModel model)
{
    private CodeMode _mode;
    private ulong _csBase;
    private ulong _blockLinear;
    private uint _codeLimit;
    private bool _live;

    /// <summary>Whether an instruction is the last of its block: it goes elsewhere, or changes how what follows is read or interrupted.</summary>
    public static bool EndsBlock(in Instruction instruction)
    {
        if (instruction.IsInvalid)
        {
            return true;
        }

        if (instruction.FlowControl is not (FlowControl.Next or FlowControl.Exception))
        {
            return true;
        }

        return instruction.Mnemonic switch
        {
            Mnemonic.Ud0 or Mnemonic.Ud1 or Mnemonic.Ud2 or Mnemonic.Hlt or Mnemonic.Sti or Mnemonic.Popf or Mnemonic.Popfd or Mnemonic.Lmsw
                or Mnemonic.Clts or Mnemonic.Invlpg or Mnemonic.Wrmsr or Mnemonic.Into or Mnemonic.Int1 => true,
            Mnemonic.Mov => instruction.GetOpKind(0) == OpKind.Register
                && (instruction.Op0Register.IsCR() || instruction.Op0Register.IsDR() || instruction.Op0Register.IsTR() || instruction.Op0Register == Register.SS),
            Mnemonic.Pop => instruction.Op0Kind == OpKind.Register && instruction.Op0Register == Register.SS,
            _ => false,
        };
    }

    /// <summary>Emits the operations of a block.</summary>
    /// <param name="u">Where to.</param>
    /// <param name="instructions">What.</param>
    /// <param name="flagsLive">For each instruction, whether its flags are looked at.</param>
    /// <param name="mode">The mode of the block.</param>
    /// <param name="csBase">Linear address less RIP.</param>
    /// <param name="codeLimit">Limit of CS.</param>
    /// <param name="invalidVector">What an invalid instruction, which can only be the last, raises.</param>
    /// <returns>Behind the last operation.</returns>
    public void* Emit(Uop* u, ReadOnlySpan<Instruction> instructions, bool[] flagsLive, CodeMode mode, ulong csBase, uint codeLimit, int invalidVector)
    {
        _mode = mode;
        _codeLimit = codeLimit;
        _csBase = csBase;
        _blockLinear = instructions[0].IP + csBase;
        int last = instructions.Length - 1;
        for (int i = 0; i <= last; i++)
        {
            ref readonly Instruction instruction = ref instructions[i];
            *u = new Uop { Rip = instruction.IP, Count = (byte)i, Base = CpuState.ZeroOffset, Index = CpuState.ZeroOffset };
            _live = flagsLive[i];
            Entry entry;
            if (i == last - 1 && TryFuse(u, instruction, instructions[last], out entry))
            {
                u->Run = entry.Run;
                return Link(u, instructions[last], instructions.Length);
            }

            entry = instruction.IsInvalid ? Undefined(u, invalidVector) : One(u, instruction);
            u->Run = entry.Run;
            if (EndsBlock(instruction))
            {
                return Link(u, instruction, instructions.Length);
            }

            u++;
        }

        // Cut for its length or its page: go on with what follows.
        ulong next = instructions[last].NextIP;
        *u = new Uop { Rip = next, Count = (byte)last };
        u->Run = (IsSamePage(next) ? Entry.Of<Ops.Continue<InPage>>() : Entry.Of<Ops.Continue<CrossPage>>()).Run;
        Links* links = Ops.LinksOf(u);
        *links = new Links { NextRip = next, Count = instructions.Length };
        return links + 1;
    }

    private void* Link(Uop* u, in Instruction instruction, int count)
    {
        Links* links = Ops.LinksOf(u);
        *links = new Links { NextRip = instruction.NextIP, Count = count };
        if (instruction.OpCount > 0)
        {
            switch (instruction.Op0Kind)
            {
                case OpKind.NearBranch16 or OpKind.NearBranch32:
                    links->TakenRip = instruction.NearBranchTarget;
                    break;
                case OpKind.FarBranch16 or OpKind.FarBranch32:
                    links->Extra = instruction.FarBranchSelector;
                    break;
            }
        }

        return links + 1;
    }

    private bool IsSamePage(ulong rip) => (((uint)(rip + _csBase) ^ (uint)_blockLinear) & ~0xFFFu) == 0;

    /// <summary>Whether both ways of a branch stay in the page.</summary>
    private bool StaysInPage(in Instruction branch) => IsSamePage(branch.NearBranchTarget) && IsSamePage(branch.NextIP);

    private static Entry Undefined(Uop* u, int vector)
    {
        u->Imm = vector;
        return Entry.Of<Ops.Undefined>();
    }

    /// <summary>A CMP or TEST and the Jcc that ends the block become one operation.</summary>
    private bool TryFuse(Uop* u, in Instruction compare, in Instruction branch, out Entry entry)
    {
        entry = default;
        if (compare.Mnemonic is not (Mnemonic.Cmp or Mnemonic.Test) || !branch.IsJccShortOrNear
            || branch.ConditionCode is ConditionCode.o or ConditionCode.no or ConditionCode.p or ConditionCode.np
            || branch.NearBranchTarget > _codeLimit)
        {
            return false;
        }

        int bytes = SizeOf(compare, 0);
        (OperandKind destination, AddressKind address) = Target(u, compare);
        (OperandKind source, AddressKind sourceAddress) = Source(u, compare, 1);
        if (source == OperandKind.Memory)
        {
            address = sourceAddress;
        }

        entry = (compare.Mnemonic, StaysInPage(branch)) switch
        {
            (Mnemonic.Cmp, true) => Fuse<Cmp, InPage>(branch.ConditionCode, bytes, destination, source, address),
            (Mnemonic.Cmp, false) => Fuse<Cmp, CrossPage>(branch.ConditionCode, bytes, destination, source, address),
            (_, true) => Fuse<Test, InPage>(branch.ConditionCode, bytes, destination, source, address),
            (_, false) => Fuse<Test, CrossPage>(branch.ConditionCode, bytes, destination, source, address),
        };
        return true;
    }

    private static Entry Fuse<TOp, L>(ConditionCode condition, int bytes, OperandKind destination, OperandKind source, AddressKind address)
        where TOp : struct, IBinary
        where L : struct, ILink => condition switch
    {
        ConditionCode.b => Select.Binary<Families.Fused<TOp, CondB, L>>(bytes, destination, source, address),
        ConditionCode.ae => Select.Binary<Families.Fused<TOp, Not<CondB>, L>>(bytes, destination, source, address),
        ConditionCode.e => Select.Binary<Families.Fused<TOp, CondE, L>>(bytes, destination, source, address),
        ConditionCode.ne => Select.Binary<Families.Fused<TOp, Not<CondE>, L>>(bytes, destination, source, address),
        ConditionCode.be => Select.Binary<Families.Fused<TOp, CondBe, L>>(bytes, destination, source, address),
        ConditionCode.a => Select.Binary<Families.Fused<TOp, Not<CondBe>, L>>(bytes, destination, source, address),
        ConditionCode.s => Select.Binary<Families.Fused<TOp, CondS, L>>(bytes, destination, source, address),
        ConditionCode.ns => Select.Binary<Families.Fused<TOp, Not<CondS>, L>>(bytes, destination, source, address),
        ConditionCode.l => Select.Binary<Families.Fused<TOp, CondL, L>>(bytes, destination, source, address),
        ConditionCode.ge => Select.Binary<Families.Fused<TOp, Not<CondL>, L>>(bytes, destination, source, address),
        ConditionCode.le => Select.Binary<Families.Fused<TOp, CondLe, L>>(bytes, destination, source, address),
        _ => Select.Binary<Families.Fused<TOp, Not<CondLe>, L>>(bytes, destination, source, address),
    };

    /// <summary>The low four bits of an opcode with this condition.</summary>
    private static int ConditionNumber(ConditionCode condition) => condition switch
    {
        ConditionCode.o => 0,
        ConditionCode.no => 1,
        ConditionCode.b => 2,
        ConditionCode.ae => 3,
        ConditionCode.e => 4,
        ConditionCode.ne => 5,
        ConditionCode.be => 6,
        ConditionCode.a => 7,
        ConditionCode.s => 8,
        ConditionCode.ns => 9,
        ConditionCode.p => 10,
        ConditionCode.np => 11,
        ConditionCode.l => 12,
        ConditionCode.ge => 13,
        ConditionCode.le => 14,
        _ => 15,
    };
}
