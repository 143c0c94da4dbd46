using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Decode;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu;

/// <summary>Why <see cref="X86Cpu.Run"/> came back.</summary>
public enum RunResult
{
    /// <summary>The instruction budget is used up.</summary>
    BudgetSpent,

    /// <summary>The CPU waits in HLT; nothing happens until an interrupt.</summary>
    Halted,

    /// <summary><see cref="X86Cpu.RequestExit"/> was called.</summary>
    ExitRequested,
}

// The dispatcher: runs chains of operations, and between them delivers exceptions and interrupts.
public sealed unsafe partial class X86Cpu
{
    private long _retired;
    private long _slice;
    private long _reserve;
    private bool _inChain;
    private bool _exitRequested;
    private bool _halted;
    private bool _interruptLine;
    private bool _nmiPending;
    private bool _nmiBlocked;
    private bool _initPending;
    private bool _singleStep;
    private bool _flushPending;
    private ulong _codeWriteRip = ulong.MaxValue;
    private long _codeWriteCount;

    /// <summary>Whether the CPU waits in HLT.</summary>
    public bool IsHalted => _halted;

    /// <summary>Runs instructions until the budget is spent (a block may overrun it), HLT, or a requested exit.</summary>
    /// <param name="instructions">
    /// How many instructions may run; positive. Delivering an exception costs one as well, so that a handler that faults
    /// itself does not run for ever. With 1, exactly one instruction runs, or one element of a repeated one.
    /// </param>
    public RunResult Run(long instructions)
    {
        _slice = instructions;
        _s->Budget = instructions;
        _reserve = 0;
        _exitRequested = false;
        while (true)
        {
            _s->Budget += _reserve;
            _reserve = 0;
            if (_exitRequested)
            {
                return Finish(RunResult.ExitRequested);
            }

            if (_s->EventPending && !_s->InterruptShadow)
            {
                DeliverEvents();
            }

            if (_halted)
            {
                return Finish(RunResult.Halted);
            }

            if (_s->Budget <= 0)
            {
                return Finish(RunResult.BudgetSpent);
            }

            if (_flushPending)
            {
                _flushPending = false;
                _code.Clear((ram, page) => ram.MarkCode(page, false));
                NextGeneration();
            }

            if (_s->InterruptShadow || (_s->Eflags & Eflags.Tf) != 0 || _s->Budget == 1)
            {
                Step();
            }
            else if (_log.IsOn(LogItems.Cpu | LogItems.Exec))
            {
                RunLogged();
            }
            else
            {
                RunChain();
            }

            Dispatch();
        }
    }

    /// <summary>Makes <see cref="Run"/> come back after the block at work. For the machine's thread only.</summary>
    public void RequestExit()
    {
        _exitRequested = true;
        BreakChain();
    }

    /// <summary>The INTR pin.</summary>
    public void SetInterruptLine(bool level)
    {
        _interruptLine = level;
        UpdateEventPending();
        if (level && (_s->Eflags & Eflags.If) != 0)
        {
            BreakChain();
        }
    }

    /// <summary>A rising edge on the NMI pin.</summary>
    public void RaiseNmi()
    {
        _nmiPending = true;
        UpdateEventPending();
        BreakChain();
    }

    /// <summary>INIT: between two instructions the CPU goes back to its reset vector. Time stamp counter and PAT live on.</summary>
    public void RaiseInit()
    {
        _initPending = true;
        UpdateEventPending();
        BreakChain();
    }

    /// <summary>Tells the observer of code pages that bytes have been written by somebody else (a bus master).</summary>
    public void CodeWritten(RamBlock block, ulong offset, ulong length)
    {
        for (ulong at = offset; at < offset + length;)
        {
            ulong page = at >> 12;
            int inPage = (int)(at & 0xFFF);
            int count = (int)Math.Min(offset + length - at, (ulong)(4096 - inPage));
            if (_code.Overlaps(block, page, inPage, count))
            {
                DropCode(block, page);
            }

            at += (uint)count;
        }
    }

    /// <summary>Finds or decodes the block at an address and enters it in the jump cache.</summary>
    /// <param name="rip">Where execution goes on.</param>
    /// <param name="linkable">Whether a link inside the page may hold it for good.</param>
    /// <returns>Its first operation, or <see cref="CpuState.ExitUop"/> with a fault set up.</returns>
    internal Uop* Lookup(ulong rip, out bool linkable)
    {
        linkable = false;
        SegmentCache* cs = CpuState.Segment(_s, Seg.Cs);
        if (!Is64Bit && rip > cs->Limit)
        {
            SetFault(Vector.GeneralProtection, 0);
            return _s->ExitUop;
        }

        ulong linear = Is64Bit ? rip : (uint)(cs->Base + rip);
        if (!TranslateCode(linear, out byte* host, out RamBlock? ram, out ulong page))
        {
            return _s->ExitUop;
        }

        CodeMode mode = (CodeMode)_s->Tag & CodeMode.Decoding;
        Block* block = host != null ? _code.Find(host, rip, mode) : null;
        if (block == null
            || (!Is64Bit && rip + (uint)block->Length - 1 > cs->Limit)
            || (block->SecondPage != null && !SecondPageHolds(block, linear)))
        {
            block = _decoder.Decode(this, rip, linear, host, ram, page, mode);
            if (block == null)
            {
                return _s->ExitUop;
            }

            if (_code.IsNearlyFull)
            {
                _flushPending = true;
                BreakChain();
            }
        }

        linkable = block->SecondPage == null && host != null;
        Uop* code = Block.Code(block);
        if (host != null)
        {
            JumpCacheEntry* entry = _s->JumpCache + JumpCacheEntry.IndexOf(rip);
            entry->Rip = rip;
            entry->Tag = _s->Tag;
            entry->CsBase = cs->Base;
            entry->Code = code;
        }

        return code;
    }

    /// <summary>Enters what the decoder has built.</summary>
    internal void KeepBlock(Block* block, void* end, RamBlock? ram, ulong page, RamBlock? secondRam, ulong secondPage)
    {
        _code.Add(block, end, keep: ram is not null);
        if (ram is not null)
        {
            if (_code.AddToPage(block, ram, page))
            {
                ram.MarkCode(page, true);
                ProtectPage(ram.Host + (page << 12));
            }

            if (secondRam is not null && _code.AddSecondPage(block, secondRam, secondPage))
            {
                secondRam.MarkCode(secondPage, true);
                ProtectPage(secondRam.Host + (secondPage << 12));
            }
        }
    }

    internal CodeCache Code => _code;

    internal void SetFault(int vector, uint error)
    {
        _s->Exit = ExitReason.Fault;
        _s->FaultVector = vector;
        _s->FaultError = error;
    }

    /// <summary>A store to a page that has code. False: the code is gone, but the instruction must be run again.</summary>
    private bool CodeStore(RamBlock block, ulong offset, int size)
    {
        ulong page = offset >> 12;
        block.MarkDirty(page);
        if (!_code.Overlaps(block, page, (int)(offset & 0xFFF), size))
        {
            return true;
        }

        DropCode(block, page);
        if (_s->CodeWritesAllowed)
        {
            return true;
        }

        _s->Exit = ExitReason.CodeWrite;
        return false;
    }

    private void DropCode(RamBlock block, ulong page)
    {
        _code.DropPage(block, page);
        block.MarkCode(page, false);
        NextGeneration();
        BreakChain();
    }

    private bool SecondPageHolds(Block* block, ulong linear) =>
        TranslateCode(Wrap((linear | 0xFFF) + 1), out byte* host, out _, out _) && host == block->SecondPage;

    private void RunChain()
    {
        _s->Exit = ExitReason.Lookup;
        _s->Current = null;
        _inChain = true;
        Uop* code = Lookup(_s->Rip, out _);
        if (code != _s->ExitUop)
        {
            Shell.Run(_s, code);
        }

        _inChain = false;
    }

    /// <summary>Runs one instruction; a trap flag that was set before it traps after it.</summary>
    private void Step()
    {
        bool trap = (_s->Eflags & Eflags.Tf) != 0;
        bool shadow = _s->InterruptShadow;
        _s->InterruptShadow = _s->TrapShadow = false;
        RunOne();
        if (_s->Exit == ExitReason.CodeWrite)
        {
            _s->InterruptShadow = shadow;
            return;
        }

        if (trap && !_s->TrapShadow && _s->Exit != ExitReason.Fault)
        {
            if (_s->Exit == ExitReason.Halt)
            {
                _s->Exit = ExitReason.Lookup;
            }

            _s->Dr[6] |= 1u << 14;
            SetFault(Vector.Debug, 0);
        }
    }

    private void RunOne()
    {
        long left = _s->Budget;
        _retired += _slice - left;
        _slice = 0;
        _s->Budget = 0;
        _singleStep = true;
        UpdateTag();
        RunChain();
        _singleStep = false;
        UpdateTag();
        long executed = -(_s->Budget + _reserve);
        _reserve = 0;
        _retired += executed;
        _slice = _s->Budget = left - executed;
    }

    private void RunLogged()
    {
        if (_log.IsOn(LogItems.Exec))
        {
            _log.Write($"Trace {CpuState.Segment(_s, Seg.Cs)->Selector:x4}:{_s->Rip:x8}");
        }

        if (_log.IsOn(LogItems.Cpu))
        {
            _log.Write(DumpRegisters());
        }

        long left = _s->Budget;
        _retired += _slice - left;
        _slice = 0;
        _s->Budget = 0;
        RunChain();
        long executed = -(_s->Budget + _reserve);
        _reserve = 0;
        _retired += executed;
        _slice = _s->Budget = left - executed;
    }

    /// <summary>Deals with the reason for which a chain ended.</summary>
    private void Dispatch()
    {
        switch (_s->Exit)
        {
            case ExitReason.Fault:
                _s->Budget += _reserve - 1;
                _reserve = 0;
                DeliverException(_s->FaultVector, _s->FaultError);
                break;
            case ExitReason.Halt:
                _halted = true;
                break;
            case ExitReason.CodeWrite:
                // Once more as it stands; if the instruction lies among the bytes that it changes, alone and undisturbed.
                if (_codeWriteRip == _s->Rip && _codeWriteCount == InstructionCount)
                {
                    _s->CodeWritesAllowed = true;
                    RunOne();
                    _s->CodeWritesAllowed = false;
                    _codeWriteRip = ulong.MaxValue;
                    if (_s->Exit != ExitReason.CodeWrite)
                    {
                        Dispatch();
                    }
                }
                else
                {
                    _codeWriteRip = _s->Rip;
                    _codeWriteCount = InstructionCount;
                }

                break;
        }
    }

    private void DeliverEvents()
    {
        if (_initPending)
        {
            _initPending = false;
            (ulong pat, long tscOffset) = (_pat, _tscOffset);
            Reset();
            (_pat, _tscOffset) = (pat, tscOffset);
        }
        else if (_nmiPending && !_nmiBlocked)
        {
            _nmiPending = false;
            _nmiBlocked = true;
            _halted = false;
            UpdateEventPending();
            DeliverInterrupt(Vector.Nmi, InterruptKind.Hardware);
        }
        else if (_interruptLine && (_s->Eflags & Eflags.If) != 0)
        {
            _halted = false;
            int vector = _wiring.AcknowledgeInterrupt();
            if (_log.IsOn(LogItems.Interrupts))
            {
                _log.Write($"Servicing hardware INT=0x{vector:x2}");
            }

            DeliverInterrupt(vector, InterruptKind.Hardware);
        }
    }

    private void UpdateEventPending() => _s->EventPending = _interruptLine || _initPending || (_nmiPending && !_nmiBlocked);

    /// <summary>Ends the chain after the block at work, without losing count of the budget.</summary>
    private void BreakChain()
    {
        if (_s->Budget >= 0)
        {
            _reserve += _s->Budget + 1;
            _s->Budget = -1;
        }
    }

    private RunResult Finish(RunResult result)
    {
        _retired += _slice - _s->Budget;
        _slice = 0;
        _s->Budget = 0;
        return result;
    }
}
