using System.Runtime.InteropServices;
using System.Text;

namespace PcEmu.Char.Host;

/// <summary>The few calls of the C library that .NET has no word for: terminals, pseudo-terminals, waiting on descriptors.</summary>
internal static class Posix
{
    public const short PollIn = 0x1;
    public const short PollOut = 0x4;
    public const short PollError = 0x8;
    public const short PollHangUp = 0x10;
    public const int Eintr = 4;
    public const int Eio = 5;
    public const int SetNow = 0; // TCSANOW
    public const int OpenReadWrite = 2;

    private const string C = "libc";

    public static int SigStop => OperatingSystem.IsMacOS() ? 17 : 19;

    public static int OpenNoControllingTerminal => OperatingSystem.IsMacOS() ? 0x20000 : 0x100; // O_NOCTTY

    /// <summary>Whether these calls exist here.</summary>
    public static bool IsAvailable => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Result;
    }

    [DllImport(C, EntryPoint = "isatty", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int IsTerminal(int descriptor);

    // struct termios differs from system to system: it is only ever an opaque block of bytes that is large enough.
    [DllImport(C, EntryPoint = "tcgetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int GetTerminal(int descriptor, byte[] termios);

    [DllImport(C, EntryPoint = "tcsetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int SetTerminal(int descriptor, int actions, byte[] termios);

    [DllImport(C, EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern void MakeRaw(byte[] termios);

    [DllImport(C, EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Poll([In, Out] PollDescriptor[] descriptors, nuint count, int milliseconds);

    [DllImport(C, EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern nint Read(int descriptor, byte[] buffer, nint count);

    [DllImport(C, EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern nint Write(int descriptor, byte[] buffer, nint count);

    [DllImport(C, EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Close(int descriptor);

    [DllImport(C, EntryPoint = "pipe", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Pipe(int[] ends);

    [DllImport(C, EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Kill(int process, int signal);

    [DllImport(C, EntryPoint = "posix_openpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int OpenPseudoTerminal(int flags);

    [DllImport(C, EntryPoint = "grantpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int GrantPseudoTerminal(int master);

    [DllImport(C, EntryPoint = "unlockpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int UnlockPseudoTerminal(int master);

    /// <summary>Opens an existing device by path, not as controlling terminal.</summary>
    public static int OpenDevice(string path) =>
        Open(Encoding.UTF8.GetBytes(path + '\0'), OpenReadWrite | OpenNoControllingTerminal);

    /// <summary>The path of a pseudo-terminal's other side, or null.</summary>
    public static string? PseudoTerminalName(int master)
    {
        byte[] name = new byte[256];
        return PtsName(master, name, name.Length) == 0
            ? Encoding.UTF8.GetString(name, 0, Array.IndexOf(name, (byte)0))
            : null;
    }

    /// <summary>What the last call's error means, in the system's words.</summary>
    public static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    // Without O_CREAT the third argument is not looked at, so the call's variable arguments do not matter.
    [DllImport(C, EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport(C, EntryPoint = "ptsname_r", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PtsName(int master, byte[] name, nint length);
}
