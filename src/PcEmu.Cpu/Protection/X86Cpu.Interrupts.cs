using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Protection;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

/// <summary>Where an interrupt comes from: decides on privilege checks and error codes.</summary>
internal enum InterruptKind
{
    /// <summary>An exception, or the INTR or NMI pin.</summary>
    Hardware,

    /// <summary>INT3 or INTO: the gate's DPL counts.</summary>
    Software,

    /// <summary>INT n: the gate's DPL counts, and in virtual-8086 mode IOPL.</summary>
    IntN,
}

// Delivery of interrupts and exceptions. Intel SDM volume 3, chapter 6.
public sealed unsafe partial class X86Cpu
{
    private const uint IdtError = 2;

    /// <summary>INT n and its kin. RIP is that of the next instruction.</summary>
    internal bool SoftwareInterrupt(int vector, InterruptKind kind)
    {
        // The handler starts with TF clear, and its first instruction is not trapped.
        _s->TrapShadow = true;
        return Enter(vector, kind, 0, hasError: false);
    }

    private void DeliverInterrupt(int vector, InterruptKind kind)
    {
        if (!Enter(vector, kind, 0, hasError: false))
        {
            DeliverException(_s->FaultVector, _s->FaultError);
        }
    }

    /// <summary>Delivers an exception; one that arises meanwhile makes it a double fault, a further one shuts the CPU down.</summary>
    private void DeliverException(int vector, uint error)
    {
        _s->InterruptShadow = false;
        while (true)
        {
            if (_log.IsOn(LogItems.Interrupts))
            {
                _log.Write($"check_exception new 0x{vector:x} error 0x{error:x} at {CpuState.Segment(_s, Seg.Cs)->Selector:x4}:{_s->Rip:x8} cr2 {_s->Cr2:x8}");
            }

            // Faults push RF set, so that an instruction breakpoint does not hit again.
            if (Enter(vector, InterruptKind.Hardware, error, Vector.HasErrorCode(vector) && IsProtected, isFault: vector != Vector.Debug))
            {
                return;
            }

            int second = _s->FaultVector;
            if (vector == Vector.DoubleFault)
            {
                if (_log.IsOn(LogItems.Interrupts | LogItems.CpuReset))
                {
                    _log.Write("Triple fault");
                    _log.Write(DumpRegisters());
                }

                _halted = true;
                _wiring.TripleFault();
                return;
            }

            bool doubleFault = (IsContributory(vector) && IsContributory(second))
                || (vector == Vector.PageFault && (IsContributory(second) || second == Vector.PageFault));
            vector = doubleFault ? Vector.DoubleFault : second;
            error = doubleFault ? 0 : _s->FaultError;
        }
    }

    private static bool IsContributory(int vector) =>
        vector is Vector.DivideError or Vector.InvalidTss or Vector.SegmentNotPresent or Vector.Stack or Vector.GeneralProtection;

    private bool Enter(int vector, InterruptKind kind, uint error, bool hasError, bool isFault = false)
    {
        if (!IsProtected)
        {
            return EnterRealMode(vector);
        }

        if (IsVirtual8086 && kind == InterruptKind.IntN && Iopl != 3)
        {
            return Fail(Vector.GeneralProtection, 0);
        }

        uint external = kind == InterruptKind.Hardware ? 1u : 0u;
        uint gateError = ((uint)vector << 3) | IdtError | external;
        uint at = (uint)vector * 8;
        if (at + 7 > _s->IdtLimit)
        {
            return Fail(Vector.GeneralProtection, gateError);
        }

        if (!ReadSystem(_s->IdtBase + at, 4, out ulong low) || !ReadSystem(_s->IdtBase + at + 4, 4, out ulong highWord))
        {
            return false;
        }

        uint high = (uint)highWord;
        uint type = (high & Descriptor.NotSystem) != 0 ? 0 : Descriptor.Type(high);
        switch (type)
        {
            case Descriptor.InterruptGate16 or Descriptor.TrapGate16 or Descriptor.InterruptGate32 or Descriptor.TrapGate32:
                break;
            case Descriptor.TaskGate:
                NoTaskSwitch(type, (ushort)(low >> 16));
                return Fail(Vector.GeneralProtection, gateError);
            default:
                return Fail(Vector.GeneralProtection, gateError);
        }

        if (kind != InterruptKind.Hardware && Descriptor.Dpl(high) < _s->Cpl)
        {
            return Fail(Vector.GeneralProtection, gateError);
        }

        if ((high & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, gateError);
        }

        return EnterThroughGate((uint)low, high, type, external, error, hasError, isFault);
    }

    private bool EnterThroughGate(uint low, uint high, uint type, uint external, uint error, bool hasError, bool isFault)
    {
        int size = type >= Descriptor.InterruptGate32 ? 4 : 2;
        ushort selector = (ushort)(low >> 16);
        uint offset = (low & 0xFFFF) | (size == 4 ? high & 0xFFFF_0000 : 0);
        if ((selector & ~SelectorRplMask) == 0)
        {
            return Fail(Vector.GeneralProtection, external);
        }

        if (!ReadDescriptor(selector, out uint codeLow, out uint codeHigh, Vector.GeneralProtection, external))
        {
            return false;
        }

        uint codeError = ((uint)selector & ~3u) | external;
        int dpl = Descriptor.Dpl(codeHigh);
        if ((codeHigh & (Descriptor.NotSystem | Descriptor.Code)) != (Descriptor.NotSystem | Descriptor.Code) || dpl > _s->Cpl)
        {
            return Fail(Vector.GeneralProtection, codeError);
        }

        if ((codeHigh & Descriptor.Present) == 0)
        {
            return Fail(Vector.SegmentNotPresent, codeError);
        }

        bool conforming = (codeHigh & Descriptor.ExpandDown) != 0;
        bool inner = !conforming && dpl < _s->Cpl;
        bool virtual8086 = IsVirtual8086;
        if (virtual8086 && (conforming || dpl != 0))
        {
            return Fail(Vector.GeneralProtection, codeError);
        }

        StackFrame stack;
        ushort stackSelector = 0;
        
        // An instruction that has run to its end has cleared RF.
        uint flags = (Flags.Read(_s) & ~Eflags.Rf) | (isFault ? Eflags.Rf : 0);
        if (inner)
        {
            if (!InnerStack(dpl, external, out stack, out stackSelector))
            {
                return false;
            }

            if (virtual8086
                && !(Push(ref stack, CpuState.Segment(_s, Seg.Gs)->Selector, size)
                    && Push(ref stack, CpuState.Segment(_s, Seg.Fs)->Selector, size)
                    && Push(ref stack, CpuState.Segment(_s, Seg.Ds)->Selector, size)
                    && Push(ref stack, CpuState.Segment(_s, Seg.Es)->Selector, size)))
            {
                return false;
            }

            if (!Push(ref stack, CpuState.Segment(_s, Seg.Ss)->Selector, size) || !Push(ref stack, CpuState.R32(_s, Gpr.Sp), size))
            {
                return false;
            }
        }
        else
        {
            stack = CurrentStack();
            stack.Error = external;
        }

        if (!Push(ref stack, flags, size)
            || !Push(ref stack, CpuState.Segment(_s, Seg.Cs)->Selector, size)
            || !Push(ref stack, (uint)_s->Rip, size)
            || (hasError && !Push(ref stack, error, size)))
        {
            return false;
        }

        int cpl = inner ? dpl : _s->Cpl;
        if (offset > Descriptor.Limit(codeLow, codeHigh))
        {
            return Fail(Vector.GeneralProtection, external);
        }

        if (!MarkAccessed(selector, ref codeHigh))
        {
            return false;
        }

        // Nothing fails from here on.
        uint clear = Eflags.Tf | Eflags.Nt | Eflags.Rf | Eflags.Vm;
        if ((type & 1) == 0)
        {
            clear |= Eflags.If;
        }

        _s->Eflags &= ~clear;
        if (virtual8086)
        {
            SetSegment(Seg.Es, 0, 0, 0, 0);
            SetSegment(Seg.Ds, 0, 0, 0, 0);
            SetSegment(Seg.Fs, 0, 0, 0, 0);
            SetSegment(Seg.Gs, 0, 0, 0, 0);
        }

        SetSegment(Seg.Cs, (ushort)((selector & ~SelectorRplMask) | cpl), codeLow, codeHigh);
        if (inner)
        {
            EnterInnerStack(dpl, stackSelector, stack);
        }
        else
        {
            SetStackPointer(stack);
        }

        _s->Rip = offset;
        return true;
    }

    private bool EnterRealMode(int vector)
    {
        uint at = (uint)vector * 4;
        if (at + 3 > _s->IdtLimit)
        {
            return Fail(vector == Vector.GeneralProtection ? Vector.DoubleFault : Vector.GeneralProtection, 0);
        }

        StackFrame stack = CurrentStack();
        if (!ReadSystem(_s->IdtBase + at, 2, out ulong offset)
            || !ReadSystem(_s->IdtBase + at + 2, 2, out ulong selector)
            || !Push(ref stack, Flags.Read(_s), 2)
            || !Push(ref stack, CpuState.Segment(_s, Seg.Cs)->Selector, 2)
            || !Push(ref stack, (uint)_s->Rip, 2))
        {
            return false;
        }

        SetStackPointer(stack);
        _s->Eflags &= ~(Eflags.Tf | Eflags.If | Eflags.Ac | Eflags.Rf);
        SetRealModeSegment(Seg.Cs, (ushort)selector);
        _s->Rip = offset;
        return true;
    }
}
