using PcEmu.Core.Diagnostics;
using PcEmu.Core.State;

namespace PcEmu.Devices.Display.Vga;

/// <summary>The Bochs VBE extension: ten 16-bit registers behind an index and a data port, for modes of 4 to 32 bits a pixel.</summary>
/// <remarks>
/// Source: Bochs and LGPL VGABios, "VBE Display API", versions B0C0h to B0C5h. While it is enabled it holds those VGA
/// registers that would disturb the mode, as QEMU does.
/// </remarks>
public sealed class VbeDispi
{
    /// <summary>Port of the index.</summary>
    public const int IndexPort = 0x1CE;

    /// <summary>Number of registers.</summary>
    public const int RegisterCount = 10;

    /// <summary>Register: version.</summary>
    public const int Id = 0;

    /// <summary>Register: pixels in a line.</summary>
    public const int XRes = 1;

    /// <summary>Register: lines.</summary>
    public const int YRes = 2;

    /// <summary>Register: bits a pixel.</summary>
    public const int Bpp = 3;

    /// <summary>Register: enable and its flags.</summary>
    public const int Enable = 4;

    /// <summary>Register: 64 KiB bank at A0000h.</summary>
    public const int Bank = 5;

    /// <summary>Register: pixels from one line to the next.</summary>
    public const int VirtualWidth = 6;

    /// <summary>Register: lines that fit into memory.</summary>
    public const int VirtualHeight = 7;

    /// <summary>Register: first pixel shown.</summary>
    public const int XOffset = 8;

    /// <summary>Register: first line shown.</summary>
    public const int YOffset = 9;

    /// <summary>Register: size of video memory in units of 64 KiB, to be read.</summary>
    public const int VideoMemory64K = 10;

    /// <summary>Enable: the mode is on.</summary>
    public const ushort Enabled = 0x01;

    /// <summary>Enable: XRES, YRES and BPP read as what is possible.</summary>
    public const ushort GetCapabilities = 0x02;

    /// <summary>Enable: the DAC has 8 bits.</summary>
    public const ushort Dac8Bit = 0x20;

    /// <summary>Enable: memory keeps its contents.</summary>
    public const ushort NoClearMemory = 0x80;

    /// <summary>Oldest version.</summary>
    public const ushort Id0 = 0xB0C0;

    /// <summary>Newest version.</summary>
    public const ushort Id5 = 0xB0C5;

    private const ushort MaximumXRes = 16000;
    private const ushort MaximumYRes = 12000;
    private const ushort MaximumBpp = 32;

    private readonly VgaCore _core;
    private readonly Action _memoryAccessChanged;
    private readonly EventLog _log;
    private readonly ushort[] _registers = new ushort[RegisterCount];
    private ushort _index;
    private uint _startAddress;
    private uint _lineOffset;
    private uint _bankMask;

    /// <summary>Puts the extension on a VGA.</summary>
    /// <param name="core">The VGA.</param>
    /// <param name="memoryAccessChanged">Called when the window's map has to follow.</param>
    /// <param name="log">Where a guest's mistakes go.</param>
    public VbeDispi(VgaCore core, Action memoryAccessChanged, EventLog log)
    {
        _core = core;
        _memoryAccessChanged = memoryAccessChanged;
        _log = log;
    }

    /// <summary>The registers.</summary>
    public ReadOnlySpan<ushort> Registers => _registers;

    /// <summary>Whether a VBE mode is on.</summary>
    public bool IsEnabled => (_registers[Enable] & Enabled) != 0;

    /// <summary>First pixel shown, in units of four bytes of video memory.</summary>
    public uint StartAddress => _startAddress;

    /// <summary>Bytes from one line to the next.</summary>
    public uint LineOffset => _lineOffset;

    internal ushort[] Words => _registers;

    internal ref ushort Index => ref _index;

    internal ref uint Start => ref _startAddress;

    internal ref uint Pitch => ref _lineOffset;

    internal ref uint BankMask => ref _bankMask;

    internal void Reset()
    {
        Array.Clear(_registers);
        _registers[Id] = Id5;
        _index = 0;
        _startAddress = _lineOffset = 0;
        _bankMask = (_core.Vram.Size >> 16) - 1;
    }

    internal ushort Read()
    {
        if (_index == VideoMemory64K)
        {
            return (ushort)(_core.Vram.Size >> 16);
        }

        if (_index >= RegisterCount)
        {
            return 0;
        }

        return (_registers[Enable] & GetCapabilities) == 0 ? _registers[_index] : _index switch
        {
            XRes => MaximumXRes,
            YRes => MaximumYRes,
            Bpp => MaximumBpp,
            _ => _registers[_index],
        };
    }

    internal void Write(ushort value)
    {
        switch (_index)
        {
            case Id:
                if (value is >= Id0 and <= Id5)
                {
                    _registers[Id] = value;
                }

                break;
            case XRes or YRes or Bpp or VirtualWidth or XOffset or YOffset:
                _registers[_index] = value;
                FixGeometry();
                HoldRegisters();
                _core.Memory.Update();
                _memoryAccessChanged();
                break;
            case Bank:
                _registers[Bank] = (ushort)(value & _bankMask);
                _core.Memory.BankOffset = _registers[Bank] << 16;
                _core.Memory.Update();
                _memoryAccessChanged();
                break;
            case Enable:
                WriteEnable(value);
                break;
            default:
                _log.GuestError($"vga: VBE write of 0x{value:x4} to read-only or absent register {_index}");
                break;
        }
    }

    /// <summary>Sets those VGA registers that the mode needs, after the guest has written some of them.</summary>
    internal void HoldRegisters()
    {
        _core.Memory.SetLinear(IsEnabled && _registers[Bpp] != 4);
        if (!IsEnabled)
        {
            return;
        }

        // Graphics in the 64 KiB window at A0000h; no CGA addressing, no double scan, no split screen.
        byte[] gr = _core.Graphics.Bytes;
        byte[] cr = _core.Crtc.Bytes;
        gr[GraphicsController.Miscellaneous] =
            (byte)((gr[GraphicsController.Miscellaneous] & ~GraphicsController.MemoryMap) | GraphicsController.Graphics | 0x04);
        gr[GraphicsController.GraphicsMode] =
            (byte)((gr[GraphicsController.GraphicsMode] & ~GraphicsController.ShiftMode) | (_registers[Bpp] == 4 ? 0x00 : 0x40));
        int lastLine = _registers[YRes] - 1;
        cr[Crtc.ModeControl] |= 0x03;
        cr[Crtc.Offset] = (byte)(_lineOffset >> 3);
        cr[Crtc.HorizontalDisplayEnd] = (byte)((_registers[XRes] >> 3) - 1);
        cr[Crtc.VerticalDisplayEnd] = (byte)lastLine;
        cr[Crtc.Overflow] = (byte)((cr[Crtc.Overflow] & ~0x42) | ((lastLine >> 7) & 0x02) | ((lastLine >> 3) & 0x40) | 0x10);
        cr[Crtc.MaximumScanLine] = (byte)((cr[Crtc.MaximumScanLine] & ~0x9F) | 0x40);
        cr[Crtc.LineCompareLow] = 0xFF;
        _core.Retrace.TimingChanged(_core.MiscOutput);
    }

    /// <summary>Brings what is derived up to date after a load.</summary>
    internal void Loaded()
    {
        uint size = _core.Vram.Size;
        int bank = _core.Memory.BankOffset;
        if (bank < 0 || (uint)bank >= size)
        {
            throw new StateException($"bank_offset 0x{bank:x} is outside 0x{size:x} bytes of video memory");
        }

        // A stream's mask stands unless it was made for more memory than there is here.
        _bankMask = Math.Min(_bankMask, (size >> 16) - 1);
        _core.Dac.Is8Bit = (_registers[Enable] & Dac8Bit) != 0;
        if (IsEnabled)
        {
            FixGeometry();
        }

        HoldRegisters();
    }

    private void WriteEnable(ushort value)
    {
        if ((value & Enabled) != 0 && !IsEnabled)
        {
            _registers[VirtualWidth] = 0;
            _registers[XOffset] = 0;
            _registers[YOffset] = 0;
            _registers[Enable] |= Enabled;
            FixGeometry();
            if ((value & NoClearMemory) == 0)
            {
                _core.Vram.Fill(_registers[YRes] * _lineOffset, 0);
            }
        }
        else
        {
            _core.Memory.BankOffset = 0;
        }

        _registers[Enable] = value;
        _core.Dac.Is8Bit = (value & Dac8Bit) != 0;
        HoldRegisters();
        _core.Memory.Update();
        _memoryAccessChanged();
    }

    // Makes the registers name a mode that exists and lies inside video memory.
    private void FixGeometry()
    {
        if (!IsEnabled)
        {
            return;
        }

        ushort[] r = _registers;
        r[Bpp] = r[Bpp] is 4 or 8 or 15 or 16 or 24 or 32 ? r[Bpp] : (ushort)8;
        uint bits = r[Bpp] == 15 ? 16u : r[Bpp];
        r[XRes] = (ushort)Math.Clamp(r[XRes] & ~7, 8, MaximumXRes);
        r[VirtualWidth] = (ushort)Math.Clamp(r[VirtualWidth] & ~7, r[XRes], MaximumXRes);

        uint size = _core.Vram.Size;
        uint pitch = r[VirtualWidth] * bits / 8;
        uint lines = size / pitch;
        r[YRes] = (ushort)Math.Min(Math.Clamp(r[YRes], (ushort)1, MaximumYRes), lines);
        r[XOffset] = Math.Min(r[XOffset], MaximumXRes);
        r[YOffset] = Math.Min(r[YOffset], MaximumYRes);

        uint shown = r[YRes] * pitch;
        uint start = (r[XOffset] * bits / 8) + (r[YOffset] * pitch);
        if (start + shown > size)
        {
            r[YOffset] = 0;
            start = r[XOffset] * bits / 8;
            if (start + shown > size)
            {
                r[XOffset] = 0;
                start = 0;
            }
        }

        r[VirtualHeight] = unchecked((ushort)lines);
        _lineOffset = pitch;
        _startAddress = start / 4;
    }
}
