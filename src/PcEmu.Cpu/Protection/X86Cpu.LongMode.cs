using PcEmu.Cpu.Protection;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Interrupts and call gates of long mode. Intel SDM volume 3, 5.8.3.1 "IA-32e Mode Call Gates" and 6.14 "Exception and
// Interrupt Handling in 64-bit Mode".
public sealed unsafe partial class X86Cpu
{
    private const uint TssInnerStacks = 4;
    private const uint TssInterruptStacks = 36;
    private const uint GateInterruptStack = 7;

    /// <summary>What a 16-byte call gate leads to.</summary>
    private struct LongGate
    {
        public ushort Selector;
        public ulong Offset;
        public uint CodeLow;
        public uint CodeHigh;
    }

    /// <summary>Delivers an interrupt or exception: the handler is always 64-bit code, and its frame has always five words (and an error code).</summary>
    private bool EnterLongMode(int vector, InterruptKind kind, uint error, bool hasError, bool isFault)
    {
        uint external = kind == InterruptKind.Hardware ? 1u : 0u;
        uint gateError = ((uint)vector << 3) | IdtError | external;
        uint at = (uint)vector * 16;
        if (at + 15 > _s->IdtLimit)
        {
            return Fail(Vector.GeneralProtection, gateError);
        }

        if (!ReadSystem(_s->IdtBase + at, 4, out ulong low)
            || !ReadSystem(_s->IdtBase + at + 4, 4, out ulong highWord)
            || !ReadSystem(_s->IdtBase + at + 8, 4, out ulong upper))
        {
            return false;
        }

        uint high = (uint)highWord;
        uint type = (high & Descriptor.NotSystem) != 0 ? 0 : Descriptor.Type(high);
        if (type is not (Descriptor.InterruptGate32 or Descriptor.TrapGate32) || (kind != InterruptKind.Hardware && Descriptor.Dpl(high) < _s->Cpl))
        {
            return Fail(Vector.GeneralProtection, gateError);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, gateError);
        }

        ushort selector = (ushort)(low >> 16);
        if (!ReadLongCode(selector, external, out uint codeLow, out uint codeHigh))
        {
            return false;
        }

        bool inner = (codeHigh & Descriptor.ExpandDown) == 0 && Descriptor.Dpl(codeHigh) < _s->Cpl;
        int cpl = inner ? Descriptor.Dpl(codeHigh) : _s->Cpl;
        uint interruptStack = high & GateInterruptStack;
        var stack = new StackFrame { Mask = ulong.MaxValue, Pointer = _s->Gpr[Gpr.Sp], User = cpl == 3, Error = external };
        if (interruptStack != 0)
        {
            if (!ReadTssStack(TssInterruptStacks + ((interruptStack - 1) * 8), external, ref stack))
            {
                return false;
            }
        }
        else if (inner && !ReadTssStack(TssInnerStacks + ((uint)cpl * 8), external, ref stack))
        {
            return false;
        }

        stack.Pointer &= ~15ul;
        uint flags = (Flags.Read(_s) & ~Eflags.Rf) | (isFault ? Eflags.Rf : 0);
        ulong offset = (low & 0xFFFF) | (high & 0xFFFF_0000) | (upper << 32);
        if (!Push(ref stack, CpuState.Segment(_s, Seg.Ss)->Selector, 8)
            || !Push(ref stack, _s->Gpr[Gpr.Sp], 8)
            || !Push(ref stack, flags, 8)
            || !Push(ref stack, CpuState.Segment(_s, Seg.Cs)->Selector, 8)
            || !Push(ref stack, _s->Rip, 8)
            || (hasError && !Push(ref stack, error, 8))
            || !EnterCode(selector, codeLow, codeHigh, offset, cpl))
        {
            return false;
        }

        uint clear = Eflags.Tf | Eflags.Nt | Eflags.Rf | Eflags.Vm;
        _s->Eflags &= ~(type == Descriptor.InterruptGate32 ? clear | Eflags.If : clear);
        EnterLongStack(cpl, stack.Pointer);
        return true;
    }

    /// <summary>Reads the code segment of a gate: present 64-bit code of this level or a more privileged one.</summary>
    private bool ReadLongCode(ushort selector, uint external, out uint low, out uint high)
    {
        low = high = 0;
        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.GeneralProtection, external);
        }

        if (!ReadDescriptor(selector, out low, out high, Vector.GeneralProtection, external))
        {
            return false;
        }

        uint error = ((uint)selector & ~3u) | external;
        if ((high & (Descriptor.NotSystem | Descriptor.Code)) != (Descriptor.NotSystem | Descriptor.Code)
            || Descriptor.Dpl(high) > _s->Cpl
            || (high & LongAndBig) != Descriptor.Long)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        return (high & Descriptor.Present) != 0 || Fail(Vector.SegmentNotPresent, error);
    }

    /// <summary>Reads a stack pointer from the TSS.</summary>
    private bool ReadTssStack(uint at, uint external, ref StackFrame stack)
    {
        SegmentCache* tss = CpuState.Segment(_s, Seg.Tr);
        if (!tss->IsPresent || at + 7 > tss->Limit)
        {
            return Fail(Vector.InvalidTss, ((uint)tss->Selector & ~3u) | external);
        }

        return ReadSystem(tss->Base + at, 8, out stack.Pointer);
    }

    /// <summary>Takes a new stack; with a new level SS becomes null.</summary>
    private void EnterLongStack(int cpl, ulong pointer)
    {
        if (cpl != _s->Cpl)
        {
            SetCpl(cpl);
            SetNullStackSegment((ushort)cpl);
        }

        _s->Gpr[Gpr.Sp] = pointer;
    }

    /// <summary>Reads a 16-byte call gate and the code segment it names; anything else in a system descriptor is #GP.</summary>
    private bool ReadLongGate(ushort selector, uint low, uint high, out LongGate gate)
    {
        gate = default;
        uint error = (uint)selector & ~3u;
        if (Descriptor.Type(high) != Descriptor.CallGate32 || Descriptor.Dpl(high) < Math.Max(_s->Cpl, selector & SelectorRplMask))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        if (!ReadUpperHalf(selector, out uint upper))
        {
            return false;
        }

        gate.Selector = (ushort)(low >> 16);
        gate.Offset = (low & 0xFFFF) | (high & 0xFFFF_0000) | ((ulong)upper << 32);
        return ReadLongCode(gate.Selector, 0, out gate.CodeLow, out gate.CodeHigh);
    }

    private bool CallThroughLongGate(in LongGate gate, ushort returnSelector, ulong returnOffset)
    {
        int dpl = Descriptor.Dpl(gate.CodeHigh);
        bool inner = (gate.CodeHigh & Descriptor.ExpandDown) == 0 && dpl < _s->Cpl;
        int cpl = inner ? dpl : _s->Cpl;
        var stack = new StackFrame { Mask = ulong.MaxValue, Pointer = _s->Gpr[Gpr.Sp], User = cpl == 3 };
        if (inner
            && !(ReadTssStack(TssInnerStacks + ((uint)cpl * 8), 0, ref stack)
                && Push(ref stack, CpuState.Segment(_s, Seg.Ss)->Selector, 8)
                && Push(ref stack, _s->Gpr[Gpr.Sp], 8)))
        {
            return false;
        }

        if (!Push(ref stack, returnSelector, 8)
            || !Push(ref stack, returnOffset, 8)
            || !EnterCode(gate.Selector, gate.CodeLow, gate.CodeHigh, gate.Offset, cpl))
        {
            return false;
        }

        EnterLongStack(cpl, stack.Pointer);
        return true;
    }
}
