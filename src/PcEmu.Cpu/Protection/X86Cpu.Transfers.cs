using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Protection;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Far jumps, calls and returns. Intel SDM volume 3, 5.8 "Privilege Level Checking When Transferring Program Control".
public sealed unsafe partial class X86Cpu
{
    private const uint LongAndBig = Descriptor.Long | Descriptor.Big;
    private const uint ConformingCode = Descriptor.Code | Descriptor.ExpandDown;

    /// <summary>JMP far to selector:offset.</summary>
    internal bool JumpFar(ushort selector, ulong offset)
    {
        if (!UsesDescriptors)
        {
            return EnterRealModeCode(selector, (uint)offset);
        }

        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        uint error = (uint)selector & ~3u;
        if ((high & Descriptor.NotSystem) != 0)
        {
            return CheckCode(selector, high, selector & SelectorRplMask) && EnterCode(selector, low, high, offset, _s->Cpl);
        }

        if (IsLongMode)
        {
            return ReadLongGate(selector, low, high, out LongGate gate)
                && CheckCode(gate.Selector, gate.CodeHigh, rpl: 0)
                && EnterCode(gate.Selector, gate.CodeLow, gate.CodeHigh, gate.Offset, _s->Cpl);
        }

        int rpl = selector & SelectorRplMask;
        uint type = Descriptor.Type(high);
        if (type is Descriptor.CallGate16 or Descriptor.CallGate32)
        {
            if (Descriptor.Dpl(high) < Math.Max(_s->Cpl, rpl))
            {
                return Fail(Vector.GeneralProtection, error);
            }

            if ((high & Descriptor.Present) == 0)
            {
                return Fail(Vector.SegmentNotPresent, error);
            }

            ushort target = (ushort)(low >> 16);
            uint entry = (low & 0xFFFF) | (type == Descriptor.CallGate32 ? high & 0xFFFF_0000 : 0);
            if ((target & ~SelectorRplMask) == 0)
            {
                return Fail(Vector.GeneralProtection, 0);
            }

            return ReadDescriptor(target, out uint codeLow, out uint codeHigh)
                && CheckCode(target, codeHigh, rpl: 0)
                && EnterCode(target, codeLow, codeHigh, entry, _s->Cpl);
        }

        return NoTaskSwitch(type, selector) || Fail(Vector.GeneralProtection, error);
    }

    /// <summary>CALL far to selector:offset. RIP is that of the next instruction.</summary>
    internal bool CallFar(ushort selector, ulong offset, int operandBytes)
    {
        ulong returnOffset = _s->Rip;
        StackFrame stack = CurrentStack();
        ushort returnSelector = CpuState.Segment(_s, Seg.Cs)->Selector;
        if (!UsesDescriptors)
        {
            if (offset > CpuState.Segment(_s, Seg.Cs)->Limit)
            {
                return Fail(Vector.GeneralProtection, 0);
            }

            if (!Push(ref stack, returnSelector, operandBytes) || !Push(ref stack, returnOffset, operandBytes) || !EnterRealModeCode(selector, (uint)offset))
            {
                return false;
            }

            SetStackPointer(stack);
            return true;
        }

        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        if ((high & Descriptor.NotSystem) != 0)
        {
            if (!CheckCode(selector, high, selector & SelectorRplMask)
                || !Push(ref stack, returnSelector, operandBytes)
                || !Push(ref stack, returnOffset, operandBytes)
                || !EnterCode(selector, low, high, offset, _s->Cpl))
            {
                return false;
            }

            SetStackPointer(stack);
            return true;
        }

        if (IsLongMode)
        {
            return ReadLongGate(selector, low, high, out LongGate gate) && CallThroughLongGate(gate, returnSelector, returnOffset);
        }

        uint error = (uint)selector & ~3u;
        uint type = Descriptor.Type(high);
        if (type is not (Descriptor.CallGate16 or Descriptor.CallGate32))
        {
            return NoTaskSwitch(type, selector) || Fail(Vector.GeneralProtection, error);
        }

        if (Descriptor.Dpl(high) < Math.Max(_s->Cpl, selector & SelectorRplMask))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        return CallThroughGate(low, high, type == Descriptor.CallGate32 ? 4 : 2, returnSelector, (uint)returnOffset);
    }

    /// <summary>RET far, dropping <paramref name="arguments"/> bytes.</summary>
    internal bool ReturnFar(int operandBytes, int arguments)
    {
        StackFrame stack = CurrentStack();
        if (!Pop(ref stack, operandBytes, out ulong offset) || !Pop(ref stack, operandBytes, out uint selectorWord))
        {
            return false;
        }

        ushort selector = (ushort)selectorWord;
        if (!UsesDescriptors)
        {
            if (!EnterRealModeCode(selector, (uint)offset))
            {
                return false;
            }

            stack.Pointer += (uint)arguments;
            SetStackPointer(stack);
            return true;
        }

        return ReturnTo(ref stack, selector, offset, operandBytes, arguments, flags: null);
    }

    /// <summary>IRET.</summary>
    internal bool InterruptReturn(int operandBytes)
    {
        if (!UsesDescriptors)
        {
            return RealModeInterruptReturn(operandBytes);
        }

        if ((_s->Eflags & Eflags.Nt) != 0)
        {
            if (IsLongMode)
            {
                return Fail(Vector.GeneralProtection, 0);
            }

            _log.Unimplemented($"IRET from a nested task");
            return Fail(Vector.InvalidTss, CpuState.Segment(_s, Seg.Tr)->Selector & ~3u);
        }

        StackFrame stack = CurrentStack();
        if (!Pop(ref stack, operandBytes, out ulong offset)
            || !Pop(ref stack, operandBytes, out uint selector)
            || !Pop(ref stack, operandBytes, out uint flags))
        {
            return false;
        }

        if (operandBytes == 4 && (flags & Eflags.Vm) != 0 && _s->Cpl == 0 && !IsLongMode)
        {
            return ReturnToVirtual8086(ref stack, (ushort)selector, (uint)offset, flags);
        }

        return ReturnTo(ref stack, (ushort)selector, offset, operandBytes, 0, flags);
    }

    /// <summary>The stack in use.</summary>
    private StackFrame CurrentStack()
    {
        SegmentCache* ss = CpuState.Segment(_s, Seg.Ss);
        ulong mask = Is64Bit ? ulong.MaxValue : (ss->Attributes & Descriptor.Big) != 0 ? uint.MaxValue : ushort.MaxValue;
        return new StackFrame { Segment = *ss, Mask = mask, Pointer = _s->Gpr[Gpr.Sp] & mask, User = _s->Cpl == 3 };
    }

    private void SetStackPointer(in StackFrame stack)
    {
        if (stack.Mask == ushort.MaxValue)
        {
            CpuState.R16(_s, Gpr.Sp) = (ushort)stack.Pointer;
        }
        else
        {
            _s->Gpr[Gpr.Sp] = stack.Pointer;
        }
    }

    /// <summary>Linear address of stack memory; false when #SS was set up.</summary>
    private bool StackAddress(in StackFrame stack, ulong pointer, int size, long span, out ulong linear)
    {
        if (stack.Mask == ulong.MaxValue)
        {
            linear = pointer;
            return Canonical.Is(pointer, size) || Fail(Vector.Stack, stack.Error);
        }

        linear = (uint)(stack.Segment.Base + pointer);
        return (long)((uint)pointer - stack.Segment.Low) + (size - 1) <= span || span == uint.MaxValue || Fail(Vector.Stack, stack.Error);
    }

    private bool Push(ref StackFrame stack, ulong value, int size)
    {
        ulong pointer = (stack.Pointer - (uint)size) & stack.Mask;
        if (!StackAddress(stack, pointer, size, stack.Segment.WriteSpan, out ulong linear))
        {
            return false;
        }

        bool allowed = _s->CodeWritesAllowed;
        _s->CodeWritesAllowed = true;
        ulong cut = size switch { 2 => (ushort)value, 4 => (uint)value, _ => value };
        bool ok = StoreSlow(linear, cut, size, stack.User);
        _s->CodeWritesAllowed = allowed;
        stack.Pointer = ok ? pointer : stack.Pointer;
        return ok;
    }

    /// <summary>Pops what has at most 32 bits that count.</summary>
    private bool Pop(ref StackFrame stack, int size, out uint value)
    {
        bool ok = Pop(ref stack, size, out ulong wide);
        value = (uint)wide;
        return ok;
    }

    private bool Pop(ref StackFrame stack, int size, out ulong value)
    {
        value = 0;
        if (!StackAddress(stack, stack.Pointer, size, stack.Segment.ReadSpan, out ulong linear) || !LoadSlow(linear, size, stack.User, out value))
        {
            return false;
        }

        stack.Pointer = (stack.Pointer + (uint)size) & stack.Mask;
        return true;
    }

    private bool EnterRealModeCode(ushort selector, uint offset)
    {
        if (offset > CpuState.Segment(_s, Seg.Cs)->Limit)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        SetRealModeSegment(Seg.Cs, selector);
        _s->Rip = offset;
        return true;
    }

    /// <summary>Whether code of this descriptor may be jumped to at the current level.</summary>
    private bool CheckCode(ushort selector, uint high, int rpl)
    {
        uint error = (uint)selector & ~3u;
        if ((high & (Descriptor.NotSystem | Descriptor.Code)) != (Descriptor.NotSystem | Descriptor.Code))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if (IsLongMode && (high & LongAndBig) == LongAndBig)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        int dpl = Descriptor.Dpl(high);
        bool allowed = (high & ConformingCode) == ConformingCode ? dpl <= _s->Cpl : rpl <= _s->Cpl && dpl == _s->Cpl;
        if (!allowed)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        return (high & Descriptor.Present) != 0 || Fail(Vector.SegmentNotPresent, error);
    }

    /// <summary>Loads CS:RIP. The level has been checked.</summary>
    private bool EnterCode(ushort selector, uint low, uint high, ulong offset, int cpl)
    {
        bool is64 = IsLongMode && (high & Descriptor.Long) != 0;
        if (is64 ? !Canonical.Is(offset) : offset > Descriptor.Limit(low, high))
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!MarkAccessed(selector, ref high))
        {
            return false;
        }

        SetSegment(Seg.Cs, (ushort)((selector & ~SelectorRplMask) | cpl), low, high);
        _s->Rip = offset;
        return true;
    }

    private bool CallThroughGate(uint gateLow, uint gateHigh, int size, ushort returnSelector, uint returnOffset)
    {
        ushort selector = (ushort)(gateLow >> 16);
        uint offset = (gateLow & 0xFFFF) | (size == 4 ? gateHigh & 0xFFFF_0000 : 0);
        int parameters = (int)(gateHigh & 31);
        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        uint error = (uint)selector & ~3u;
        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        int dpl = Descriptor.Dpl(high);
        if ((high & (Descriptor.NotSystem | Descriptor.Code)) != (Descriptor.NotSystem | Descriptor.Code) || dpl > _s->Cpl)
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        StackFrame old = CurrentStack();
        if ((high & Descriptor.ExpandDown) != 0 || dpl == _s->Cpl)
        {
            if (!Push(ref old, returnSelector, size)
                || !Push(ref old, returnOffset, size)
                || !EnterCode(selector, low, high, offset, _s->Cpl))
            {
                return false;
            }

            SetStackPointer(old);
            return true;
        }

        // To an inner level: its stack comes from the TSS, the parameters are copied.
        if (!InnerStack(dpl, 0, out StackFrame inner, out ushort stackSelector))
        {
            return false;
        }

        uint oldPointer = CpuState.R32(_s, Gpr.Sp);
        ushort oldSelector = CpuState.Segment(_s, Seg.Ss)->Selector;
        if (!Push(ref inner, oldSelector, size) || !Push(ref inner, oldPointer, size))
        {
            return false;
        }

        for (int i = parameters - 1; i >= 0; i--)
        {
            StackFrame at = old;
            at.Pointer = (old.Pointer + (uint)(i * size)) & old.Mask;
            if (!Pop(ref at, size, out uint parameter) || !Push(ref inner, parameter, size))
            {
                return false;
            }
        }

        if (!Push(ref inner, returnSelector, size) || !Push(ref inner, returnOffset, size))
        {
            return false;
        }

        if (!EnterCode(selector, low, high, offset, dpl))
        {
            return false;
        }

        EnterInnerStack(dpl, stackSelector, inner);
        return true;
    }

    /// <summary>Finds the stack of an inner level in the TSS.</summary>
    private bool InnerStack(int level, uint external, out StackFrame stack, out ushort selector)
    {
        stack = default;
        selector = 0;
        SegmentCache* tss = CpuState.Segment(_s, Seg.Tr);
        uint tssError = ((uint)tss->Selector & ~3u) | external;
        bool wide = (Descriptor.Type(tss->Attributes) & 8) != 0;
        uint at = wide ? (uint)(4 + (level * 8)) : (uint)(2 + (level * 4));
        if (!tss->IsPresent || at + (wide ? 7u : 3u) > tss->Limit)
        {
            return Fail(Vector.InvalidTss, tssError);
        }

        if (!ReadSystem(tss->Base + at, wide ? 4 : 2, out ulong pointer)
            || !ReadSystem(tss->Base + at + (wide ? 4u : 2u), 2, out ulong selectorWord))
        {
            return false;
        }

        selector = (ushort)selectorWord;
        uint error = ((uint)selector & ~3u) | external;
        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.InvalidTss, external);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high, Vector.InvalidTss, external))
        {
            return false;
        }

        if ((selector & SelectorRplMask) != level || Descriptor.Dpl(high) != level || !IsWritableData(high))
        {
            return Fail(Vector.InvalidTss, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.Stack, error);
        }

        if (!MarkAccessed(selector, ref high))
        {
            return false;
        }

        stack.Segment = MakeSegment(selector, low, high);
        stack.Mask = (high & Descriptor.Big) != 0 ? uint.MaxValue : ushort.MaxValue;
        stack.Pointer = (uint)pointer & stack.Mask;
        stack.Error = error;
        return true;
    }

    private static SegmentCache MakeSegment(ushort selector, uint low, uint high)
    {
        var segment = new SegmentCache
        {
            Selector = selector,
            Base = Descriptor.Base(low, high),
            Limit = Descriptor.Limit(low, high),
            Attributes = high & Descriptor.AttributeMask,
        };
        segment.Update(protectedMode: true);
        return segment;
    }

    private void EnterInnerStack(int level, ushort selector, in StackFrame stack)
    {
        SetCpl(level);
        SetSegment(Seg.Ss, selector, stack.Segment.Base, stack.Segment.Limit, stack.Segment.Attributes);
        SetStackPointer(stack);
    }

    // Task gates and TSS descriptors: hardware task switching is not there yet.
    private bool NoTaskSwitch(uint type, ushort selector)
    {
        if (type is Descriptor.TaskGate or Descriptor.AvailableTss16 or Descriptor.AvailableTss32)
        {
            _log.Unimplemented($"task switch to selector 0x{selector:x4}");
        }

        return false;
    }
}
