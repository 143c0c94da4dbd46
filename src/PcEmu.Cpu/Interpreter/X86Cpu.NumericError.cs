using PcEmu.Cpu.Fpu;
using PcEmu.Cpu.Interpreter;
using PcEmu.Cpu.Registers;

namespace PcEmu.Cpu;

// How an unmasked x87 exception reaches software: #MF, or the PC/AT's way by FERR#, IRQ 13 and IGNNE#. Intel SDM volume 1, appendix D.
public sealed unsafe partial class X86Cpu
{
    private bool _ignne;

    /// <summary>FERR#: an unmasked x87 exception waits and CR0.NE is clear.</summary>
    public bool IsFerrAsserted => (_s->FpuStatus & Fsw.Es) != 0 && (_s->Cr0 & Cr0.Ne) == 0;

    /// <summary>IGNNE#, which the board asserts when port F0h is written: x87 instructions run on until the error is cleared.</summary>
    /// <remarks>The board's flip-flop drops it together with FERR#; without a pending error it has no effect.</remarks>
    public void AssertIgnne() => _ignne = IsFerrAsserted;

    /// <summary>Whether IGNNE# is asserted.</summary>
    public bool IsIgnneAsserted => _ignne;

    // Intel SDM volume 3, table 10-1: all registers hold plus zero and are tagged as zero, not as empty.
    private void ResetFpu()
    {
        X87.Initialize(_s);
        _s->FpuControl = (ushort)Fcw.Reset;
        _s->FpuTags = 0xFF;
        _s->FpuRegisters = default;
    }

    internal void ReleaseIgnne() => _ignne = false;

    /// <summary>A waiting instruction finds an exception pending. True: it runs all the same, for IGNNE# says so.</summary>
    internal bool NumericError()
    {
        if ((_s->Cr0 & Cr0.Ne) != 0)
        {
            return Fail(Vector.FloatingPoint, 0);
        }

        if (_ignne || _wiring.FloatingPointError is null)
        {
            return true;
        }

        // The instruction is held up until an interrupt comes in, which returns to it.
        _wiring.FloatingPointError();
        _s->Exit = ExitReason.Halt;
        return false;
    }
}
