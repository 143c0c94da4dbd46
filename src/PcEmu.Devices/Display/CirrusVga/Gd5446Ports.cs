using PcEmu.Devices.Display.Vga;
using static PcEmu.Devices.Display.CirrusVga.CirrusRegisters;

namespace PcEmu.Devices.Display.CirrusVga;

// The chip's ports: the VGA's, with wider register files behind the indexes and the hidden DAC register at 3C6h.
public sealed partial class Gd5446
{
    private const byte CursorLowBits = 0x1F;

    internal byte ReadPort(int port)
    {
        if (Core.IsHidden(port))
        {
            return OpenBus;
        }

        switch (port)
        {
            case VgaPorts.SequencerData:
                return ReadSr();
            case VgaPorts.PelMask:
                return _hiddenDac.Read();
            case VgaPorts.DacWriteIndex:
                _hiddenDac.Close();
                return Core.Dac.WriteIndex;
            case VgaPorts.DacData:
                return PortsShowCursorColours ? Core.Dac.Read(_hiddenDac.Palette, 0x0F) : Core.Dac.Read();
            case VgaPorts.GraphicsData:
                return ReadGr(Core.Graphics.Index);
            case VgaPorts.CrtcData or VgaPorts.CrtcDataMono:
                return ReadCr();
            default:
                return Core.ReadPort(port);
        }
    }

    internal void WritePort(int port, byte value)
    {
        if (Core.IsHidden(port))
        {
            return;
        }

        switch (port)
        {
            case VgaPorts.SequencerIndex:
                Core.Sequencer.Index = value;
                break;
            case VgaPorts.SequencerData:
                WriteSr(value);
                break;
            case VgaPorts.PelMask:
                _hiddenDac.Write(value);
                break;
            case VgaPorts.DacData when PortsShowCursorColours:
                Core.Dac.Write(value, _hiddenDac.Palette, 0x0F);
                break;
            case VgaPorts.GraphicsIndex:
                Core.Graphics.Index = value;
                break;
            case VgaPorts.GraphicsData:
                WriteGr(Core.Graphics.Index, value);
                break;
            case VgaPorts.CrtcData or VgaPorts.CrtcDataMono:
                WriteCr(value);
                break;
            default:
                Core.WritePort(port, value);
                break;
        }
    }

    private bool PortsShowCursorColours => (Sr[Sr12CursorAttribute] & CursorColours) != 0;

    // SR10 and SR11 answer at eight indexes each: the upper three bits of the index are the lower three of the position.
    private static int SequencerRegister(byte index) =>
        (index & CursorLowBits) is Sr10CursorX or Sr11CursorY ? index & CursorLowBits : index;

    private byte ReadSr()
    {
        int index = SequencerRegister(Core.Sequencer.Index);
        if (index <= SrLast)
        {
            return Sr[index];
        }

        _log.GuestError($"cirrus: read of absent register SR{index:x2}");
        return OpenBus;
    }

    private void WriteSr(byte value)
    {
        int index = SequencerRegister(Core.Sequencer.Index);
        switch (index)
        {
            case <= Sequencer.MemoryMode:
                Core.Sequencer.WriteStandard(index, value);
                Core.SequencerWritten(index);
                break;
            case Sr6Unlock:
                Sr[Sr6Unlock] = (value & UnlockMask) == Unlocked ? Unlocked : Locked;
                break;
            case Sr10CursorX:
                Sr[Sr10CursorX] = value;
                _cursorX = ((uint)value << 3) | ((uint)Core.Sequencer.Index >> 5);
                break;
            case Sr11CursorY:
                Sr[Sr11CursorY] = value;
                _cursorY = ((uint)value << 3) | ((uint)Core.Sequencer.Index >> 5);
                break;
            case Sr17Configuration:
                Sr[Sr17Configuration] = (byte)((Sr[Sr17Configuration] & ConfigurationFixed) | (value & ~ConfigurationFixed));
                UpdateMemoryAccess();
                break;
            case > Sr6Unlock and <= SrLast:
                Sr[index] = value;
                if (index == Sr7ExtendedMode)
                {
                    UpdateMemoryAccess();
                }

                break;
            default:
                _log.GuestError($"cirrus: write of 0x{value:x2} to absent register SR{index:x2}");
                break;
        }
    }

    private byte ReadGr(int index)
    {
        switch (index)
        {
            case GraphicsController.SetReset:
                return _shadowGr0;
            case GraphicsController.EnableSetReset:
                return _shadowGr1;
            case <= Gr39TransparentMaskHigh:
                return Gr[index];
            default:
                _log.GuestError($"cirrus: read of absent register GR{index:x2}");
                return OpenBus;
        }
    }

    private void WriteGr(int index, byte value)
    {
        switch (index)
        {
            case GraphicsController.SetReset:
                _shadowGr0 = value;
                Core.Graphics.WriteStandard(index, value);
                Core.GraphicsWritten();
                break;
            case GraphicsController.EnableSetReset:
                _shadowGr1 = value;
                Core.Graphics.WriteStandard(index, value);
                Core.GraphicsWritten();
                break;
            case Gr5Mode:
                Gr[index] = (byte)(value & 0x7F);
                Core.GraphicsWritten();
                break;
            case <= GraphicsController.BitMask:
                Core.Graphics.WriteStandard(index, value);
                Core.GraphicsWritten();
                break;
            case Gr9Offset0 or GrAOffset1 or GrBModes:
                Gr[index] = value;
                UpdateBanks();
                UpdateMemoryAccess();
                break;
            case Gr20Width + 1 or Gr22Height + 1 or Gr24DestinationPitch + 1 or Gr26SourcePitch + 1:
                Gr[index] = (byte)(value & 0x1F);
                break;
            case Gr2ADestinationHigh:
                Gr[index] = (byte)(value & 0x3F);
                _blitter.DestinationWritten();
                break;
            case Gr2ESourceHigh:
                Gr[index] = (byte)(value & 0x3F);
                break;
            case Gr31Status:
                _blitter.WriteStatus(value);
                break;
            case >= Gr10Background1 and <= Gr15Foreground3
                or Gr20Width or Gr22Height or Gr24DestinationPitch or Gr26SourcePitch
                or Gr28Destination or (Gr28Destination + 1) or Gr2CSource or (Gr2CSource + 1)
                or Gr2FWriteMask or Gr30Mode or Gr32Rop or Gr33ModeExtensions
                or Gr34TransparentColour or (Gr34TransparentColour + 1)
                or (Gr39TransparentMaskHigh - 1) or Gr39TransparentMaskHigh:
                Gr[index] = value;
                break;
            default:
                _log.GuestError($"cirrus: write of 0x{value:x2} to absent register GR{index:x2}");
                break;
        }
    }

    private byte ReadCr()
    {
        int index = Core.Crtc.Index;
        switch (index)
        {
            case <= Cr1DOverlay or Cr22Latches or Cr25PartStatus or Cr27PartId:
                return Core.Crtc.Read();
            case Cr24AttributeToggle:
                return Core.Attribute.FlipFlop != 0 ? (byte)0x80 : (byte)0;
            case Cr26AttributeIndex:
                return (byte)(Core.Attribute.Index & 0x3F);
            default:
                _log.GuestError($"cirrus: read of absent register CR{index:x2}");
                return OpenBus;
        }
    }

    private void WriteCr(byte value)
    {
        int index = Core.Crtc.Index;
        if (index <= Cr1DOverlay)
        {
            Core.Crtc.Write(value);
            Core.CrtcWritten();
        }
        else
        {
            _log.GuestError($"cirrus: write of 0x{value:x2} to read-only or absent register CR{index:x2}");
        }
    }
}
