using Microsoft.Win32.SafeHandles;
using PcEmu.Core.Block;

namespace PcEmu.Block;

/// <summary>Reads and writes of host files with their failures as values.</summary>
internal static class HostFile
{
    // IOException.HResult is the error number on Unix and an HRESULT on Windows.
    private const int LinuxNoSpace = 28; // ENOSPC, the same on macOS
    private const int LinuxWouldBlock = 11; // EWOULDBLOCK
    private const int MacWouldBlock = 35;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    public static BlockResult Read(SafeFileHandle file, long offset, Span<byte> destination)
    {
        try
        {
            while (destination.Length > 0)
            {
                int count = RandomAccess.Read(file, destination, offset);
                if (count == 0)
                {
                    // Somebody has cut the file shorter.
                    return BlockResult.IoError;
                }

                destination = destination[count..];
                offset += count;
            }

            return BlockResult.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BlockResult.IoError;
        }
    }

    public static BlockResult Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(file, source, offset);
            return BlockResult.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Result(e);
        }
    }

    public static BlockResult Flush(SafeFileHandle file)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
            return BlockResult.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Result(e);
        }
    }

    public static bool IsInUse(IOException e) => OperatingSystem.IsWindows()
        ? e.HResult == WindowsSharingViolation
        : e.HResult is LinuxWouldBlock or MacWouldBlock;

    private static BlockResult Result(Exception e) =>
        e.HResult is LinuxNoSpace or WindowsDiskFull ? BlockResult.NoSpace : BlockResult.IoError;
}
