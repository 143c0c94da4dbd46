using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PcEmu.Memory;

/// <summary>Memory of the host that costs nothing until it is touched.</summary>
/// <remarks>
/// Linux: private anonymous mmap with MAP_NORESERVE, zero-filled by the kernel page by page. Elsewhere the aligned
/// allocator, cleared, which commits everything at once.
/// </remarks>
internal static unsafe partial class HostMemory
{
    private const int ProtReadWrite = 3;
    private const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const nuint PageSize = 4096;

    public static byte* Allocate(nuint length)
    {
        if (!OperatingSystem.IsLinux())
        {
            void* block = NativeMemory.AlignedAlloc(length, PageSize);
            NativeMemory.Clear(block, length);
            return (byte*)block;
        }

        nint address = Mmap(0, length, ProtReadWrite, MapPrivateAnonymousNoReserve, -1, 0);
        return address != -1
            ? (byte*)address
            : throw new InsufficientMemoryException(
                $"the host has no room for {length} bytes of guest memory: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    public static void Free(byte* block, nuint length)
    {
        if (!OperatingSystem.IsLinux())
        {
            NativeMemory.AlignedFree(block);
        }
        else
        {
            _ = Munmap((nint)block, length);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(nint address, nuint length);
}
