namespace PcEmu.Devices.Display.Vga;

/// <summary>A character and its attribute.</summary>
/// <param name="Character">Code in the character map.</param>
/// <param name="Attribute">Foreground in bits 0-3, background in bits 4-6, blinking or bright background in bit 7.</param>
public readonly record struct TextCell(byte Character, byte Attribute);

/// <summary>The text screen as the display would read it at this moment: computed from registers and memory, never stored.</summary>
/// <param name="core">The VGA.</param>
/// <param name="isGraphics">Whether the adapter's own extension shows something else than VGA modes.</param>
public sealed class TextScreen(VgaCore core, Func<bool> isGraphics)
{
    private const byte CursorOff = 0x20;
    private const int CgaTextTotal = 100;

    /// <summary>Whether the adapter shows text.</summary>
    public bool IsActive =>
        (core.Graphics.Registers[GraphicsController.Miscellaneous] & GraphicsController.Graphics) == 0 && !isGraphics();

    /// <summary>Whether the screen is lit: the attribute controller has the palette and the sequencer has it not turned off.</summary>
    public bool IsLit =>
        core.Attribute.ScreenEnabled && (core.Sequencer.Registers[Sequencer.ClockingMode] & Sequencer.ScreenOff) == 0;

    /// <summary>Characters in a row.</summary>
    public int Columns => core.Crtc.DisplayedCharacters;

    /// <summary>Rows.</summary>
    public int Rows =>
        core.Crtc.Registers[Crtc.VerticalTotal] == CgaTextTotal
            ? CgaTextTotal // the 160x100 trick of the CGA, whose CRTC counted rows
            : core.Crtc.DisplayedLines / CharacterHeight;

    /// <summary>Scan lines of a character.</summary>
    public int CharacterHeight => core.Crtc.CharacterHeight;

    /// <summary>Dots in a line of a character: 8, 9, or 16 with the halved dot clock.</summary>
    public int CharacterWidth
    {
        get
        {
            byte mode = core.Sequencer.Registers[Sequencer.ClockingMode];
            return (mode & Sequencer.HalfDotClock) != 0 ? 16 : (mode & Sequencer.EightDots) != 0 ? 8 : 9;
        }
    }

    /// <summary>Whether the cursor is on and inside the screen.</summary>
    public bool CursorVisible
    {
        get
        {
            ReadOnlySpan<byte> cr = core.Crtc.Registers;
            return (cr[Crtc.CursorStart] & CursorOff) == 0
                && (cr[Crtc.CursorStart] & 0x1F) <= (cr[Crtc.CursorEnd] & 0x1F)
                && CursorCell >= 0
                && CursorCell < Columns * Rows;
        }
    }

    /// <summary>Row of the cursor, from 0; outside the screen when it is hidden there.</summary>
    public int CursorRow => CursorCell >= 0 ? CursorCell / Columns : -1;

    /// <summary>Column of the cursor, from 0.</summary>
    public int CursorColumn => CursorCell - (CursorRow * Columns);

    /// <summary>First and last scan line of the cursor in its cell.</summary>
    public (int First, int Last) CursorLines =>
        (core.Crtc.Registers[Crtc.CursorStart] & 0x1F, core.Crtc.Registers[Crtc.CursorEnd] & 0x1F);

    private int CursorCell => (int)core.Crtc.CursorLocation - (int)core.Crtc.StartAddress;

    /// <summary>A cell of the screen.</summary>
    public TextCell this[int row, int column]
    {
        get
        {
            uint address = (core.Crtc.StartAddress * 4) + ((uint)row * core.Crtc.LineOffset) + ((uint)column * 4);
            ushort cell = core.Vram.Word(address & (core.Vram.Size - 1));
            return new TextCell((byte)cell, (byte)(cell >> 8));
        }
    }

    /// <summary>The characters of a row, as code page 437's ASCII part shows them: what is not printable is a blank.</summary>
    public string Line(int row) => string.Create(
        Columns,
        (Screen: this, row),
        static (text, at) =>
        {
            for (int column = 0; column < text.Length; column++)
            {
                byte character = at.Screen[at.row, column].Character;
                text[column] = character is >= 0x20 and < 0x7F ? (char)character : ' ';
            }
        });
}
