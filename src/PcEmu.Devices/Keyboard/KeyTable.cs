using System.Collections.Frozen;
using System.Globalization;
using PcEmu.Devices.Keyboard.I8042;

namespace PcEmu.Devices.Keyboard;

/// <summary>What a key sends, and what it is called.</summary>
/// <param name="Key">The key.</param>
/// <param name="Name">QEMU's name ("ret", "kp_enter"), as <c>sendkey</c> takes it.</param>
/// <param name="Set2">
/// Make code in set 2; a prefix E0h or E1h in the high byte. Print and pause send more (<see cref="Ps2.Ps2Keyboard"/>).
/// </param>
/// <param name="Set3">Make code in set 3, 0 if the key has none.</param>
public readonly record struct KeyCodes(Key Key, string Name, ushort Set2, byte Set3)
{
    /// <summary>Make code in set 1; a prefix E0h or E1h in the high byte.</summary>
    /// <remarks>Set 1 is set 2 as the keyboard controller translates it.</remarks>
    public ushort Set1 => (ushort)((Set2 & 0xFF00) | ScanCodeTranslation.Table[Set2 & 0xFF]);
}

/// <summary>All keys with their scan codes.</summary>
/// <remarks>
/// Source: IBM Personal System/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)", scan code sets 1, 2
/// and 3; Microsoft, "Keyboard Scan Code Specification", for the multimedia keys.
/// </remarks>
public static class KeyTable
{
    private static readonly KeyCodes[] Rows =
    [
        default,
        new(Key.Esc, "esc", 0x76, 0x08),
        new(Key.Digit1, "1", 0x16, 0x16),
        new(Key.Digit2, "2", 0x1E, 0x1E),
        new(Key.Digit3, "3", 0x26, 0x26),
        new(Key.Digit4, "4", 0x25, 0x25),
        new(Key.Digit5, "5", 0x2E, 0x2E),
        new(Key.Digit6, "6", 0x36, 0x36),
        new(Key.Digit7, "7", 0x3D, 0x3D),
        new(Key.Digit8, "8", 0x3E, 0x3E),
        new(Key.Digit9, "9", 0x46, 0x46),
        new(Key.Digit0, "0", 0x45, 0x45),
        new(Key.Minus, "minus", 0x4E, 0x4E),
        new(Key.Equal, "equal", 0x55, 0x55),
        new(Key.Backspace, "backspace", 0x66, 0x66),
        new(Key.Tab, "tab", 0x0D, 0x0D),
        new(Key.Q, "q", 0x15, 0x15),
        new(Key.W, "w", 0x1D, 0x1D),
        new(Key.E, "e", 0x24, 0x24),
        new(Key.R, "r", 0x2D, 0x2D),
        new(Key.T, "t", 0x2C, 0x2C),
        new(Key.Y, "y", 0x35, 0x35),
        new(Key.U, "u", 0x3C, 0x3C),
        new(Key.I, "i", 0x43, 0x43),
        new(Key.O, "o", 0x44, 0x44),
        new(Key.P, "p", 0x4D, 0x4D),
        new(Key.BracketLeft, "bracket_left", 0x54, 0x54),
        new(Key.BracketRight, "bracket_right", 0x5B, 0x5B),
        new(Key.Ret, "ret", 0x5A, 0x5A),
        new(Key.Ctrl, "ctrl", 0x14, 0x11),
        new(Key.A, "a", 0x1C, 0x1C),
        new(Key.S, "s", 0x1B, 0x1B),
        new(Key.D, "d", 0x23, 0x23),
        new(Key.F, "f", 0x2B, 0x2B),
        new(Key.G, "g", 0x34, 0x34),
        new(Key.H, "h", 0x33, 0x33),
        new(Key.J, "j", 0x3B, 0x3B),
        new(Key.K, "k", 0x42, 0x42),
        new(Key.L, "l", 0x4B, 0x4B),
        new(Key.Semicolon, "semicolon", 0x4C, 0x4C),
        new(Key.Apostrophe, "apostrophe", 0x52, 0x52),
        new(Key.GraveAccent, "grave_accent", 0x0E, 0x0E),
        new(Key.Shift, "shift", 0x12, 0x12),
        new(Key.Backslash, "backslash", 0x5D, 0x5C),
        new(Key.Z, "z", 0x1A, 0x1A),
        new(Key.X, "x", 0x22, 0x22),
        new(Key.C, "c", 0x21, 0x21),
        new(Key.V, "v", 0x2A, 0x2A),
        new(Key.B, "b", 0x32, 0x32),
        new(Key.N, "n", 0x31, 0x31),
        new(Key.M, "m", 0x3A, 0x3A),
        new(Key.Comma, "comma", 0x41, 0x41),
        new(Key.Dot, "dot", 0x49, 0x49),
        new(Key.Slash, "slash", 0x4A, 0x4A),
        new(Key.ShiftR, "shift_r", 0x59, 0x59),
        new(Key.Asterisk, "asterisk", 0x7C, 0x7E),
        new(Key.Alt, "alt", 0x11, 0x19),
        new(Key.Spc, "spc", 0x29, 0x29),
        new(Key.CapsLock, "caps_lock", 0x58, 0x14),
        new(Key.F1, "f1", 0x05, 0x07),
        new(Key.F2, "f2", 0x06, 0x0F),
        new(Key.F3, "f3", 0x04, 0x17),
        new(Key.F4, "f4", 0x0C, 0x1F),
        new(Key.F5, "f5", 0x03, 0x27),
        new(Key.F6, "f6", 0x0B, 0x2F),
        new(Key.F7, "f7", 0x83, 0x37),
        new(Key.F8, "f8", 0x0A, 0x3F),
        new(Key.F9, "f9", 0x01, 0x47),
        new(Key.F10, "f10", 0x09, 0x4F),
        new(Key.NumLock, "num_lock", 0x77, 0x76),
        new(Key.ScrollLock, "scroll_lock", 0x7E, 0x5F),
        new(Key.Kp7, "kp_7", 0x6C, 0x6C),
        new(Key.Kp8, "kp_8", 0x75, 0x75),
        new(Key.Kp9, "kp_9", 0x7D, 0x7D),
        new(Key.KpSubtract, "kp_subtract", 0x7B, 0x84),
        new(Key.Kp4, "kp_4", 0x6B, 0x6B),
        new(Key.Kp5, "kp_5", 0x73, 0x73),
        new(Key.Kp6, "kp_6", 0x74, 0x74),
        new(Key.KpAdd, "kp_add", 0x79, 0x7C),
        new(Key.Kp1, "kp_1", 0x69, 0x69),
        new(Key.Kp2, "kp_2", 0x72, 0x72),
        new(Key.Kp3, "kp_3", 0x7A, 0x7A),
        new(Key.Kp0, "kp_0", 0x70, 0x70),
        new(Key.KpDecimal, "kp_decimal", 0x71, 0x71),
        new(Key.SysRq, "sysrq", 0x84, 0x57),
        new(Key.Less, "less", 0x61, 0x13),
        new(Key.F11, "f11", 0x78, 0x56),
        new(Key.F12, "f12", 0x07, 0x5E),
        new(Key.KpEquals, "kp_equals", 0x0F, 0x00),
        new(Key.KatakanaHiragana, "katakanahiragana", 0x13, 0x87),
        new(Key.Ro, "ro", 0x51, 0x51),
        new(Key.Henkan, "henkan", 0x64, 0x86),
        new(Key.Muhenkan, "muhenkan", 0x67, 0x85),
        new(Key.Yen, "yen", 0x6A, 0x5D),
        new(Key.KpComma, "kp_comma", 0x6D, 0x7B),
        new(Key.KpEnter, "kp_enter", 0xE05A, 0x79),
        new(Key.CtrlR, "ctrl_r", 0xE014, 0x58),
        new(Key.KpDivide, "kp_divide", 0xE04A, 0x77),
        new(Key.AltR, "alt_r", 0xE011, 0x39),
        new(Key.Home, "home", 0xE06C, 0x6E),
        new(Key.Up, "up", 0xE075, 0x63),
        new(Key.PgUp, "pgup", 0xE07D, 0x6F),
        new(Key.Left, "left", 0xE06B, 0x61),
        new(Key.Right, "right", 0xE074, 0x6A),
        new(Key.End, "end", 0xE069, 0x65),
        new(Key.Down, "down", 0xE072, 0x60),
        new(Key.PgDn, "pgdn", 0xE07A, 0x6D),
        new(Key.Insert, "insert", 0xE070, 0x67),
        new(Key.Delete, "delete", 0xE071, 0x64),
        new(Key.MetaL, "meta_l", 0xE01F, 0x8B),
        new(Key.MetaR, "meta_r", 0xE027, 0x8C),
        new(Key.Menu, "menu", 0xE02F, 0x8D),
        new(Key.Power, "power", 0xE037, 0x00),
        new(Key.Sleep, "sleep", 0xE03F, 0x00),
        new(Key.Wake, "wake", 0xE05E, 0x00),
        new(Key.AudioNext, "audionext", 0xE04D, 0x00),
        new(Key.AudioPrev, "audioprev", 0xE015, 0x00),
        new(Key.AudioStop, "audiostop", 0xE03B, 0x00),
        new(Key.AudioPlay, "audioplay", 0xE034, 0x00),
        new(Key.AudioMute, "audiomute", 0xE023, 0x00),
        new(Key.VolumeUp, "volumeup", 0xE032, 0x00),
        new(Key.VolumeDown, "volumedown", 0xE021, 0x00),
        new(Key.Mail, "mail", 0xE048, 0x00),
        new(Key.Calculator, "calculator", 0xE02B, 0x00),
        new(Key.Computer, "computer", 0xE040, 0x00),
        new(Key.AcHome, "ac_home", 0xE03A, 0x00),
        new(Key.AcBack, "ac_back", 0xE038, 0x00),
        new(Key.AcForward, "ac_forward", 0xE030, 0x00),
        new(Key.AcRefresh, "ac_refresh", 0xE020, 0x00),
        new(Key.AcBookmarks, "ac_bookmarks", 0xE018, 0x00),
        new(Key.Print, "print", 0xE07C, 0x57),
        new(Key.Pause, "pause", 0xE177, 0x62),
    ];

    private static readonly FrozenDictionary<string, Key> Names = Rows.Skip(1)
        .Select(static r => KeyValuePair.Create(r.Name, r.Key))
        .Concat(
        [
            // Second names that QEMU has for the same key.
            new("kp_multiply", Key.Asterisk), new("altgr", Key.AltR), new("compose", Key.Menu), new("hiragana", Key.KatakanaHiragana),
        ])
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<int, Key> Numbers = Rows.Skip(1)
        .Where(static r => r.Set2 < 0xE100)
        .ToFrozenDictionary(static r => (r.Set1 & 0x7F) | (r.Set2 >= 0xE000 ? 0x80 : 0), static r => r.Key);

    /// <summary>All keys but <see cref="Key.None"/>.</summary>
    public static IEnumerable<KeyCodes> All => Rows.Skip(1);

    /// <summary>What a key sends.</summary>
    public static KeyCodes Of(Key key) => Rows[(int)key];

    /// <summary>Finds a key by its name, or by its number as <c>sendkey 0x..</c> has it: set 1, bit 7 for the prefix E0h.</summary>
    public static bool TryParse(string text, out Key key) =>
        Names.TryGetValue(text, out key)
        || (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
            && Numbers.TryGetValue(number, out key));

    /// <summary>Finds a key by its number: its code in set 1, with bit 7 set for the prefix E0h.</summary>
    public static bool TryFromNumber(int number, out Key key) => Numbers.TryGetValue(number, out key);
}
