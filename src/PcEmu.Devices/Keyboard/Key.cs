namespace PcEmu.Devices.Keyboard;

/// <summary>A key of the enhanced keyboard by its place; named after what it carries on a US keyboard.</summary>
public enum Key : byte
{
    /// <summary>No key.</summary>
    None,

    /// <summary>QEMU's <c>esc</c>.</summary>
    Esc,

    /// <summary>QEMU's <c>1</c>.</summary>
    Digit1,

    /// <summary>QEMU's <c>2</c>.</summary>
    Digit2,

    /// <summary>QEMU's <c>3</c>.</summary>
    Digit3,

    /// <summary>QEMU's <c>4</c>.</summary>
    Digit4,

    /// <summary>QEMU's <c>5</c>.</summary>
    Digit5,

    /// <summary>QEMU's <c>6</c>.</summary>
    Digit6,

    /// <summary>QEMU's <c>7</c>.</summary>
    Digit7,

    /// <summary>QEMU's <c>8</c>.</summary>
    Digit8,

    /// <summary>QEMU's <c>9</c>.</summary>
    Digit9,

    /// <summary>QEMU's <c>0</c>.</summary>
    Digit0,

    /// <summary>QEMU's <c>minus</c>.</summary>
    Minus,

    /// <summary>QEMU's <c>equal</c>.</summary>
    Equal,

    /// <summary>QEMU's <c>backspace</c>.</summary>
    Backspace,

    /// <summary>QEMU's <c>tab</c>.</summary>
    Tab,

    /// <summary>QEMU's <c>q</c>.</summary>
    Q,

    /// <summary>QEMU's <c>w</c>.</summary>
    W,

    /// <summary>QEMU's <c>e</c>.</summary>
    E,

    /// <summary>QEMU's <c>r</c>.</summary>
    R,

    /// <summary>QEMU's <c>t</c>.</summary>
    T,

    /// <summary>QEMU's <c>y</c>.</summary>
    Y,

    /// <summary>QEMU's <c>u</c>.</summary>
    U,

    /// <summary>QEMU's <c>i</c>.</summary>
    I,

    /// <summary>QEMU's <c>o</c>.</summary>
    O,

    /// <summary>QEMU's <c>p</c>.</summary>
    P,

    /// <summary>QEMU's <c>bracket_left</c>.</summary>
    BracketLeft,

    /// <summary>QEMU's <c>bracket_right</c>.</summary>
    BracketRight,

    /// <summary>QEMU's <c>ret</c>.</summary>
    Ret,

    /// <summary>QEMU's <c>ctrl</c>.</summary>
    Ctrl,

    /// <summary>QEMU's <c>a</c>.</summary>
    A,

    /// <summary>QEMU's <c>s</c>.</summary>
    S,

    /// <summary>QEMU's <c>d</c>.</summary>
    D,

    /// <summary>QEMU's <c>f</c>.</summary>
    F,

    /// <summary>QEMU's <c>g</c>.</summary>
    G,

    /// <summary>QEMU's <c>h</c>.</summary>
    H,

    /// <summary>QEMU's <c>j</c>.</summary>
    J,

    /// <summary>QEMU's <c>k</c>.</summary>
    K,

    /// <summary>QEMU's <c>l</c>.</summary>
    L,

    /// <summary>QEMU's <c>semicolon</c>.</summary>
    Semicolon,

    /// <summary>QEMU's <c>apostrophe</c>.</summary>
    Apostrophe,

    /// <summary>QEMU's <c>grave_accent</c>.</summary>
    GraveAccent,

    /// <summary>QEMU's <c>shift</c>.</summary>
    Shift,

    /// <summary>QEMU's <c>backslash</c>.</summary>
    Backslash,

    /// <summary>QEMU's <c>z</c>.</summary>
    Z,

    /// <summary>QEMU's <c>x</c>.</summary>
    X,

    /// <summary>QEMU's <c>c</c>.</summary>
    C,

    /// <summary>QEMU's <c>v</c>.</summary>
    V,

    /// <summary>QEMU's <c>b</c>.</summary>
    B,

    /// <summary>QEMU's <c>n</c>.</summary>
    N,

    /// <summary>QEMU's <c>m</c>.</summary>
    M,

    /// <summary>QEMU's <c>comma</c>.</summary>
    Comma,

    /// <summary>QEMU's <c>dot</c>.</summary>
    Dot,

    /// <summary>QEMU's <c>slash</c>.</summary>
    Slash,

    /// <summary>QEMU's <c>shift_r</c>.</summary>
    ShiftR,

    /// <summary>QEMU's <c>asterisk</c>.</summary>
    Asterisk,

    /// <summary>QEMU's <c>alt</c>.</summary>
    Alt,

    /// <summary>QEMU's <c>spc</c>.</summary>
    Spc,

    /// <summary>QEMU's <c>caps_lock</c>.</summary>
    CapsLock,

    /// <summary>QEMU's <c>f1</c>.</summary>
    F1,

    /// <summary>QEMU's <c>f2</c>.</summary>
    F2,

    /// <summary>QEMU's <c>f3</c>.</summary>
    F3,

    /// <summary>QEMU's <c>f4</c>.</summary>
    F4,

    /// <summary>QEMU's <c>f5</c>.</summary>
    F5,

    /// <summary>QEMU's <c>f6</c>.</summary>
    F6,

    /// <summary>QEMU's <c>f7</c>.</summary>
    F7,

    /// <summary>QEMU's <c>f8</c>.</summary>
    F8,

    /// <summary>QEMU's <c>f9</c>.</summary>
    F9,

    /// <summary>QEMU's <c>f10</c>.</summary>
    F10,

    /// <summary>QEMU's <c>num_lock</c>.</summary>
    NumLock,

    /// <summary>QEMU's <c>scroll_lock</c>.</summary>
    ScrollLock,

    /// <summary>QEMU's <c>kp_7</c>.</summary>
    Kp7,

    /// <summary>QEMU's <c>kp_8</c>.</summary>
    Kp8,

    /// <summary>QEMU's <c>kp_9</c>.</summary>
    Kp9,

    /// <summary>QEMU's <c>kp_subtract</c>.</summary>
    KpSubtract,

    /// <summary>QEMU's <c>kp_4</c>.</summary>
    Kp4,

    /// <summary>QEMU's <c>kp_5</c>.</summary>
    Kp5,

    /// <summary>QEMU's <c>kp_6</c>.</summary>
    Kp6,

    /// <summary>QEMU's <c>kp_add</c>.</summary>
    KpAdd,

    /// <summary>QEMU's <c>kp_1</c>.</summary>
    Kp1,

    /// <summary>QEMU's <c>kp_2</c>.</summary>
    Kp2,

    /// <summary>QEMU's <c>kp_3</c>.</summary>
    Kp3,

    /// <summary>QEMU's <c>kp_0</c>.</summary>
    Kp0,

    /// <summary>QEMU's <c>kp_decimal</c>.</summary>
    KpDecimal,

    /// <summary>QEMU's <c>sysrq</c>.</summary>
    SysRq,

    /// <summary>QEMU's <c>less</c>.</summary>
    Less,

    /// <summary>QEMU's <c>f11</c>.</summary>
    F11,

    /// <summary>QEMU's <c>f12</c>.</summary>
    F12,

    /// <summary>QEMU's <c>kp_equals</c>.</summary>
    KpEquals,

    /// <summary>QEMU's <c>katakanahiragana</c>.</summary>
    KatakanaHiragana,

    /// <summary>QEMU's <c>ro</c>.</summary>
    Ro,

    /// <summary>QEMU's <c>henkan</c>.</summary>
    Henkan,

    /// <summary>QEMU's <c>muhenkan</c>.</summary>
    Muhenkan,

    /// <summary>QEMU's <c>yen</c>.</summary>
    Yen,

    /// <summary>QEMU's <c>kp_comma</c>.</summary>
    KpComma,

    /// <summary>QEMU's <c>kp_enter</c>.</summary>
    KpEnter,

    /// <summary>QEMU's <c>ctrl_r</c>.</summary>
    CtrlR,

    /// <summary>QEMU's <c>kp_divide</c>.</summary>
    KpDivide,

    /// <summary>QEMU's <c>alt_r</c>.</summary>
    AltR,

    /// <summary>QEMU's <c>home</c>.</summary>
    Home,

    /// <summary>QEMU's <c>up</c>.</summary>
    Up,

    /// <summary>QEMU's <c>pgup</c>.</summary>
    PgUp,

    /// <summary>QEMU's <c>left</c>.</summary>
    Left,

    /// <summary>QEMU's <c>right</c>.</summary>
    Right,

    /// <summary>QEMU's <c>end</c>.</summary>
    End,

    /// <summary>QEMU's <c>down</c>.</summary>
    Down,

    /// <summary>QEMU's <c>pgdn</c>.</summary>
    PgDn,

    /// <summary>QEMU's <c>insert</c>.</summary>
    Insert,

    /// <summary>QEMU's <c>delete</c>.</summary>
    Delete,

    /// <summary>QEMU's <c>meta_l</c>.</summary>
    MetaL,

    /// <summary>QEMU's <c>meta_r</c>.</summary>
    MetaR,

    /// <summary>QEMU's <c>menu</c>.</summary>
    Menu,

    /// <summary>QEMU's <c>power</c>.</summary>
    Power,

    /// <summary>QEMU's <c>sleep</c>.</summary>
    Sleep,

    /// <summary>QEMU's <c>wake</c>.</summary>
    Wake,

    /// <summary>QEMU's <c>audionext</c>.</summary>
    AudioNext,

    /// <summary>QEMU's <c>audioprev</c>.</summary>
    AudioPrev,

    /// <summary>QEMU's <c>audiostop</c>.</summary>
    AudioStop,

    /// <summary>QEMU's <c>audioplay</c>.</summary>
    AudioPlay,

    /// <summary>QEMU's <c>audiomute</c>.</summary>
    AudioMute,

    /// <summary>QEMU's <c>volumeup</c>.</summary>
    VolumeUp,

    /// <summary>QEMU's <c>volumedown</c>.</summary>
    VolumeDown,

    /// <summary>QEMU's <c>mail</c>.</summary>
    Mail,

    /// <summary>QEMU's <c>calculator</c>.</summary>
    Calculator,

    /// <summary>QEMU's <c>computer</c>.</summary>
    Computer,

    /// <summary>QEMU's <c>ac_home</c>.</summary>
    AcHome,

    /// <summary>QEMU's <c>ac_back</c>.</summary>
    AcBack,

    /// <summary>QEMU's <c>ac_forward</c>.</summary>
    AcForward,

    /// <summary>QEMU's <c>ac_refresh</c>.</summary>
    AcRefresh,

    /// <summary>QEMU's <c>ac_bookmarks</c>.</summary>
    AcBookmarks,

    /// <summary>QEMU's <c>print</c>.</summary>
    Print,

    /// <summary>QEMU's <c>pause</c>.</summary>
    Pause,
}
