using System.Globalization;
using Iced.Intel;
using PcEmu.Core.Diagnostics;
using PcEmu.Cpu.Models;
using PcEmu.Cpu.Registers;
using PcEmu.Memory;

namespace PcEmu.Cpu.Decode;

/// <summary>Makes blocks from bytes: decodes, finds out which flags are looked at, and has the operations emitted.</summary>
/// <remarks>The only room that knows Iced, together with <see cref="Emitter"/>.</remarks>
internal sealed unsafe class BlockDecoder : IDisposable
{
    private const int MaximumInstructions = 64;
    private const int PageSize = 4096;
    private const int LongestInstruction = 15;

    private readonly CodeFetch _fetch = new();
    private readonly Decoder _decoder16;
    private readonly Decoder _decoder32;
    private readonly Instruction[] _instructions = new Instruction[MaximumInstructions];
    private readonly bool[] _flagsLive = new bool[MaximumInstructions];
    private readonly RamBlock _outside = new("code-outside-ram", PageSize);
    private readonly Emitter _emitter;
    private readonly EventLog _log;

    public BlockDecoder(CpuModel model, EventLog log)
    {
        _emitter = new Emitter(model);
        _log = log;
        _decoder16 = Decoder.Create(16, _fetch);
        _decoder32 = Decoder.Create(32, _fetch);
    }

    /// <summary>Decodes the block at an address and enters it in the cache.</summary>
    /// <param name="cpu">The CPU; gives translations and takes faults.</param>
    /// <param name="rip">RIP of the block.</param>
    /// <param name="linear">Its linear address.</param>
    /// <param name="host">Its host address; null for code in device registers.</param>
    /// <param name="ram">RAM block of the code, or null.</param>
    /// <param name="page">Page in it.</param>
    /// <param name="mode">Mode to decode in.</param>
    /// <returns>Null when a fault has been set up.</returns>
    public Block* Decode(X86Cpu cpu, ulong rip, ulong linear, byte* host, RamBlock? ram, ulong page, CodeMode mode)
    {
        Decoder decoder = (mode & CodeMode.Code32) != 0 ? _decoder32 : _decoder16;
        decoder.IP = rip;
        byte* start = host;
        ulong room = PageSize - (linear & 0xFFF);
        if (host == null)
        {
            room = FetchFromDevice(cpu, linear);
            if (room == 0)
            {
                return null;
            }

            start = _outside.Host;
        }

        SegmentCache* cs = CpuState.Segment(cpu.State, Seg.Cs);
        ulong limitRoom = cs->Limit - (uint)rip + 1ul;
        bool limited = limitRoom <= room;
        _fetch.Start(start, start + Math.Min(room, limitRoom));

        int maximum = (mode & CodeMode.Single) != 0 || host == null ? 1 : MaximumInstructions;
        int count = 0;
        byte* second = null;
        RamBlock? secondRam = null;
        ulong secondPage = 0;
        while (count < maximum)
        {
            ref Instruction instruction = ref _instructions[count];
            ulong ip = decoder.IP;
            decoder.Decode(out instruction);
            if (_fetch.RanOut && instruction.IsInvalid)
            {
                if (count > 0)
                {
                    // The instruction at the border gets a block of its own.
                    break;
                }

                if (limited)
                {
                    cpu.SetFault(Vector.GeneralProtection, 0);
                    return null;
                }

                if (host == null)
                {
                    return FetchFault(cpu, linear, room);
                }

                ulong next = cpu.Wrap((linear | 0xFFF) + 1);
                if (!cpu.TranslateCode(next, out second, out secondRam, out secondPage))
                {
                    return null;
                }

                if (second == null)
                {
                    return DecodeAcrossDevice(cpu, rip, linear, mode, decoder);
                }

                ulong secondRoom = Math.Min(LongestInstruction, limitRoom - room);
                _fetch.StartAcross(start, start + room, second, second + secondRoom);
                decoder.IP = ip;
                decoder.Decode(out instruction);
                if (_fetch.RanOut && instruction.IsInvalid)
                {
                    cpu.SetFault(Vector.GeneralProtection, 0);
                    return null;
                }

                count = 1;
                break;
            }

            count++;
            if (Emitter.EndsBlock(instruction))
            {
                break;
            }
        }

        return Finish(cpu, rip, linear, host, ram, page, mode, count, second, secondRam, secondPage);
    }

    /// <summary>Whether an instruction that Iced calls invalid is more than 15 bytes long, which is #GP(0) rather than #UD.</summary>
    /// <remarks>
    /// Iced stops at 15 bytes without saying why. So many bytes hold a prefix that a later one of its group overrides:
    /// without it the rest runs out of bytes exactly if the whole was too long.
    /// </remarks>
    private bool IsTooLong(in Instruction instruction)
    {
        if (!instruction.IsInvalid || instruction.Length != LongestInstruction)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[LongestInstruction];
        _fetch.CopyLast(bytes);
        for (int i = 0; i < LongestInstruction - 1 && PrefixGroup(bytes[i]) != 0; i++)
        {
            for (int later = i + 1; later < LongestInstruction && PrefixGroup(bytes[later]) != 0; later++)
            {
                if (PrefixGroup(bytes[later]) == PrefixGroup(bytes[i]))
                {
                    bytes[(i + 1)..].CopyTo(bytes[i..]);
                    var rest = Decoder.Create(instruction.CodeSize == CodeSize.Code16 ? 16 : 32, bytes[..^1].ToArray());
                    rest.Decode(out _);
                    return rest.LastError == DecoderError.NoMoreBytes;
                }
            }
        }

        return false;
    }

    private static int PrefixGroup(byte value) => value switch
    {
        0xF0 => 1,
        0xF2 or 0xF3 => 2,
        0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65 => 3,
        0x66 => 4,
        0x67 => 5,
        _ => 0,
    };

    /// <summary>Which flags an instruction sets for certain, which it looks at, and whether it may leave the chain before it is done.</summary>
    private static (uint Set, uint Used, bool MayExit) FlagEffects(in Instruction instruction)
    {
        uint used = ToEflags(instruction.RflagsRead);
        uint set = ToEflags(instruction.RflagsModified);

        // A variable count may be zero, and then nothing is set; with an immediate one the flags are sure but for zero.
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror
                or Mnemonic.Rcl or Mnemonic.Rcr or Mnemonic.Shld or Mnemonic.Shrd:
                int last = instruction.OpCount - 1;
                bool sure = instruction.GetOpKind(last) == OpKind.Immediate8 && (instruction.Immediate8 & 31) != 0;
                if (!sure)
                {
                    used |= set;
                    set = 0;
                }

                break;
        }

        bool simple = instruction.FlowControl == FlowControl.Next && !Emitter.EndsBlock(instruction) && IsRegisterOnly(instruction);
        return (set, used, !simple);
    }

    // Instructions that can be neither faulted nor interrupted.
    private static bool IsRegisterOnly(in Instruction instruction)
    {
        for (int i = 0; i < instruction.OpCount; i++)
        {
            OpKind kind = instruction.GetOpKind(i);
            if (kind is OpKind.Register)
            {
                Register register = instruction.GetOpRegister(i);
                if (register.IsSegmentRegister() || register.IsCR() || register.IsDR() || register.IsTR() || register.IsST())
                {
                    return false;
                }
            }
            else if (kind is not (OpKind.Immediate8 or OpKind.Immediate16 or OpKind.Immediate32 or OpKind.Immediate8to16 or OpKind.Immediate8to32)
                && !(kind == OpKind.Memory && instruction.Mnemonic == Mnemonic.Lea))
            {
                return false;
            }
        }

        return instruction.Mnemonic switch
        {
            Mnemonic.Div or Mnemonic.Idiv or Mnemonic.Aam or Mnemonic.In or Mnemonic.Out or Mnemonic.Push or Mnemonic.Pop
                or Mnemonic.Enter or Mnemonic.Leave or Mnemonic.Fnstsw => false,
            _ => instruction.OpCount > 0 || instruction.Mnemonic is Mnemonic.Cwd or Mnemonic.Cdq or Mnemonic.Cbw or Mnemonic.Cwde
                or Mnemonic.Clc or Mnemonic.Stc or Mnemonic.Cmc or Mnemonic.Cld or Mnemonic.Std or Mnemonic.Lahf or Mnemonic.Sahf or Mnemonic.Nop,
        };
    }

    private static uint ToEflags(RflagsBits bits)
    {
        uint flags = 0;
        flags |= (bits & RflagsBits.CF) != 0 ? Eflags.Cf : 0;
        flags |= (bits & RflagsBits.PF) != 0 ? Eflags.Pf : 0;
        flags |= (bits & RflagsBits.AF) != 0 ? Eflags.Af : 0;
        flags |= (bits & RflagsBits.ZF) != 0 ? Eflags.Zf : 0;
        flags |= (bits & RflagsBits.SF) != 0 ? Eflags.Sf : 0;
        flags |= (bits & RflagsBits.OF) != 0 ? Eflags.Of : 0;
        return flags;
    }

    /// <inheritdoc/>
    public void Dispose() => _outside.Dispose();

    // Reads up to 15 bytes; fewer if the next page cannot be read. With none, the fault has been set up.
    private ulong FetchFromDevice(X86Cpu cpu, ulong linear)
    {
        for (uint i = 0; i < LongestInstruction; i++)
        {
            if (!cpu.FetchByte(cpu.Wrap(linear + i), out _outside.Host[i]))
            {
                return i;
            }
        }

        return LongestInstruction;
    }

    // The instruction needs the byte that could not be read: its fault is the instruction's.
    private static Block* FetchFault(X86Cpu cpu, ulong linear, ulong length)
    {
        cpu.FetchByte(cpu.Wrap(linear + length), out _);
        return null;
    }

    // One instruction of which a part lies in device registers.
    private Block* DecodeAcrossDevice(X86Cpu cpu, ulong rip, ulong linear, CodeMode mode, Decoder decoder)
    {
        ulong length = FetchFromDevice(cpu, linear);
        if (length == 0)
        {
            return null;
        }

        _fetch.Start(_outside.Host, _outside.Host + length);
        decoder.IP = rip;
        decoder.Decode(out _instructions[0]);
        if (_fetch.RanOut && _instructions[0].IsInvalid)
        {
            return FetchFault(cpu, linear, length);
        }

        return Finish(cpu, rip, linear, null, null, 0, mode, 1, null, null, 0);
    }

    private Block* Finish(
        X86Cpu cpu, ulong rip, ulong linear, byte* host, RamBlock? ram, ulong page, CodeMode mode, int count, byte* second, RamBlock? secondRam, ulong secondPage)
    {
        MarkLiveFlags(count);
        Block* block = cpu.Code.Room;
        *block = new Block { Host = host, Rip = rip, Mode = mode, SecondPage = second };
        uint length = 0;
        for (int i = 0; i < count; i++)
        {
            length += (uint)Math.Max(1, _instructions[i].Length);
        }

        block->Length = (int)length;
        int invalid = IsTooLong(_instructions[count - 1]) ? Vector.GeneralProtection : Vector.InvalidOpcode;
        void* end = _emitter.Emit(Block.Code(block), _instructions.AsSpan(0, count), _flagsLive, mode, linear - rip, CpuState.Segment(cpu.State, Seg.Cs)->Limit, invalid);
        cpu.KeepBlock(block, end, host == null ? null : ram, page, secondRam, secondPage);
        if (_log.IsOn(LogItems.InAsm))
        {
            LogCode(count);
        }

        return block;
    }

    /// <summary>Goes backwards: an instruction's flags are live if one of them is looked at, or can be seen from outside, before it is set again.</summary>
    private void MarkLiveFlags(int count)
    {
        uint live = Eflags.Arithmetic;
        for (int i = count - 1; i >= 0; i--)
        {
            (uint set, uint used, bool mayExit) = FlagEffects(_instructions[i]);
            _flagsLive[i] = (live & set) != 0 || set == 0;
            live = mayExit ? Eflags.Arithmetic : (live & ~set) | used;
        }
    }

    private void LogCode(int count)
    {
        var formatter = new NasmFormatter();
        var text = new StringOutput();
        _log.Write("----------------");
        for (int i = 0; i < count; i++)
        {
            formatter.Format(_instructions[i], text);
            _log.Write(string.Create(CultureInfo.InvariantCulture, $"0x{_instructions[i].IP:x8}:  {text.ToStringAndReset()}"));
        }
    }
}
