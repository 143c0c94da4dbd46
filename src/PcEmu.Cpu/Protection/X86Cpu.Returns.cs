using PcEmu.Cpu.Protection;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// Far returns and IRET. Intel SDM volume 3, 5.8.6 "Returning from a Called Procedure" and 6.12.
public sealed unsafe partial class X86Cpu
{
    /// <summary>The protected-mode part of RET far and IRET.</summary>
    private bool ReturnTo(ref StackFrame stack, ushort selector, ulong offset, int size, int arguments, uint? flags)
    {
        uint error = (uint)selector & ~3u;
        if (error == 0)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        if (!ReadDescriptor(selector, out uint low, out uint high))
        {
            return false;
        }

        int rpl = selector & SelectorRplMask;
        int dpl = Descriptor.Dpl(high);
        bool isCode = (high & (Descriptor.NotSystem | Descriptor.Code)) == (Descriptor.NotSystem | Descriptor.Code);
        bool levelFits = (high & ConformingCode) == ConformingCode ? dpl <= rpl : dpl == rpl;
        bool to64 = IsLongMode && (high & Descriptor.Long) != 0;
        if (!isCode || rpl < _s->Cpl || !levelFits || (to64 && (high & Descriptor.Big) != 0))
        {
            return Fail(Vector.GeneralProtection, error);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, error);
        }

        int oldCpl = _s->Cpl;
        // IRET of 64-bit code takes a stack from its frame whatever the levels are.
        if (rpl == oldCpl && !(Is64Bit && flags is not null))
        {
            if (!EnterCode(selector, low, high, offset, rpl))
            {
                return false;
            }

            stack.Pointer = (stack.Pointer + (uint)arguments) & stack.Mask;
            SetStackPointer(stack);
            if (flags is { } same)
            {
                ReturnFlags(same, size, oldCpl);
            }

            return true;
        }

        // To an outer level: its stack follows the arguments.
        stack.Pointer = (stack.Pointer + (uint)arguments) & stack.Mask;
        if (!Pop(ref stack, size, out ulong outerPointer) || !Pop(ref stack, size, out uint outerSelectorWord))
        {
            return false;
        }

        ushort outerSelector = (ushort)outerSelectorWord;
        uint stackError = (uint)outerSelector & ~3u;
        bool nullStack = stackError == 0;
        if (nullStack && !(to64 && rpl != 3 && (outerSelector & SelectorRplMask) == rpl))
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        uint stackLow = 0;
        uint stackHigh = 0;
        if (!nullStack && !CheckReturnStack(outerSelector, rpl, out stackLow, out stackHigh))
        {
            return false;
        }

        if (!EnterCode(selector, low, high, offset, rpl))
        {
            return false;
        }

        if (flags is { } outer)
        {
            ReturnFlags(outer, size, oldCpl);
        }

        SetCpl(rpl);
        if (nullStack)
        {
            SetNullStackSegment(outerSelector);
        }
        else
        {
            SetSegment(Seg.Ss, outerSelector, stackLow, stackHigh);
        }

        StackFrame outerStack = CurrentStack();
        outerStack.Pointer = (outerPointer + (uint)arguments) & outerStack.Mask;

        // To a 16-bit stack only SP is loaded: the upper half of the inner ESP stays, as on every real CPU.
        SetStackPointer(outerStack);
        DropInnerSegments();
        return true;
    }

    /// <summary>The stack segment that a return to another level names.</summary>
    private bool CheckReturnStack(ushort outerSelector, int rpl, out uint stackLow, out uint stackHigh)
    {
        if (!ReadDescriptor(outerSelector, out stackLow, out stackHigh))
        {
            return false;
        }

        uint stackError = (uint)outerSelector & ~3u;
        if ((outerSelector & SelectorRplMask) != rpl || Descriptor.Dpl(stackHigh) != rpl || !IsWritableData(stackHigh))
        {
            return Fail(Vector.GeneralProtection, stackError);
        }

        if ((stackHigh & Descriptor.Present) == 0)
        {
            return Fail(Vector.Stack, stackError);
        }

        return MarkAccessed(outerSelector, ref stackHigh);
    }

    /// <summary>Data segments that the outer level may not have become null. </summary>
    private void DropInnerSegments()
    {
        for (int i = Seg.Es; i <= Seg.Gs; i++)
        {
            if (i is Seg.Cs or Seg.Ss)
            {
                continue;
            }

            SegmentCache* segment = CpuState.Segment(_s, i);
            bool conforming = (segment->Attributes & ConformingCode) == ConformingCode;
            if (segment->IsPresent && !conforming && Descriptor.Dpl(segment->Attributes) < _s->Cpl)
            {
                SetSegment(i, 0, 0, 0, 0);
            }
        }
    }

    private void ReturnFlags(uint flags, int size, int oldCpl)
    {
        uint mask = Eflags.Arithmetic | Eflags.Tf | Eflags.Df | Eflags.Nt;
        if (size >= 4)
        {
            mask |= Eflags.Rf | Eflags.Ac | Eflags.Id;
        }

        if (oldCpl <= Iopl)
        {
            mask |= Eflags.If;
        }

        if (oldCpl == 0)
        {
            mask |= Eflags.Iopl;
            if (size >= 4)
            {
                mask |= Eflags.Vif | Eflags.Vip;
            }
        }

        Flags.Write(_s, flags, mask & ModelFlags);
        UnblockNmi();
    }

    private bool RealModeInterruptReturn(int operandBytes)
    {
        if (IsVirtual8086 && Iopl != 3)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        StackFrame stack = CurrentStack();
        if (!Pop(ref stack, operandBytes, out uint offset)
            || !Pop(ref stack, operandBytes, out uint selector)
            || !Pop(ref stack, operandBytes, out uint flags)
            || !EnterRealModeCode((ushort)selector, offset))
        {
            return false;
        }

        SetStackPointer(stack);
        uint mask = Eflags.Arithmetic | Eflags.Tf | Eflags.If | Eflags.Df | Eflags.Nt;
        if (!IsVirtual8086)
        {
            mask |= Eflags.Iopl;
        }

        if (operandBytes == 4)
        {
            mask |= Eflags.Rf | Eflags.Ac | Eflags.Id;
        }

        Flags.Write(_s, flags, mask & ModelFlags);
        UnblockNmi();
        return true;
    }

    private bool ReturnToVirtual8086(ref StackFrame stack, ushort selector, uint offset, uint flags)
    {
        uint* values = stackalloc uint[6];
        for (int i = 0; i < 6; i++)
        {
            // ESP, SS, ES, DS, FS, GS
            if (!Pop(ref stack, 4, out values[i]))
            {
                return false;
            }
        }

        Flags.Write(_s, flags, (Eflags.Arithmetic | Eflags.Tf | Eflags.If | Eflags.Df | Eflags.Iopl | Eflags.Nt | Eflags.Rf | Eflags.Vm
            | Eflags.Ac | Eflags.Vif | Eflags.Vip | Eflags.Id) & ModelFlags);
        SetCpl(3);
        SetRealModeSegment(Seg.Cs, selector);
        SetRealModeSegment(Seg.Ss, (ushort)values[1]);
        SetRealModeSegment(Seg.Es, (ushort)values[2]);
        SetRealModeSegment(Seg.Ds, (ushort)values[3]);
        SetRealModeSegment(Seg.Fs, (ushort)values[4]);
        SetRealModeSegment(Seg.Gs, (ushort)values[5]);
        _s->Gpr[Gpr.Sp] = values[0];
        _s->Rip = (ushort)offset;
        UnblockNmi();
        return true;
    }

    private void UnblockNmi()
    {
        if (_nmiBlocked)
        {
            _nmiBlocked = false;
            UpdateEventPending();
        }
    }
}
