using System.Runtime.InteropServices;
using PcEmu.Core.Time;

namespace PcEmu.Machines.Running;

/// <summary>What the machine's thread sleeps on: set by any thread, waited for with a limit in nanoseconds.</summary>
/// <remarks>
/// On Linux an eventfd and ppoll, because .NET's waits end on whole milliseconds and a guest's timer tick does not. Elsewhere
/// an ordinary event.
/// </remarks>
internal sealed class HostEvent : IDisposable
{
    private const int EventNonBlocking = 0x800;
    private const short PollIn = 1;

    private readonly ManualResetEventSlim _event = new();
    private readonly int _descriptor = -1;
    private int _set;

    public HostEvent()
    {
        if (OperatingSystem.IsLinux())
        {
            _descriptor = EventFd(0, EventNonBlocking);
        }
    }

    /// <summary>Whether somebody has called <see cref="Set"/> since the last <see cref="Reset"/>.</summary>
    public bool IsSet => Volatile.Read(ref _set) != 0;

    /// <summary>Wakes the waiter, or spares it the next wait. Cheap when it is set already.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) == 0)
        {
            if (_descriptor >= 0)
            {
                ulong one = 1;
                _ = Write(_descriptor, ref one, sizeof(ulong));
            }
            else
            {
                _event.Set();
            }
        }
    }

    /// <summary>Forgets that it was set; what the setter did before is visible afterwards.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref _set, 0) != 0)
        {
            if (_descriptor >= 0)
            {
                ulong count = 0;
                _ = Read(_descriptor, ref count, sizeof(ulong));
            }
            else
            {
                _event.Reset();
            }
        }
    }

    /// <summary>Waits until it is set or the time is over.</summary>
    /// <param name="nanoseconds">Longest wait; <see cref="long.MaxValue"/> for ever.</param>
    public void Wait(long nanoseconds)
    {
        if (nanoseconds <= 0 || IsSet)
        {
            return;
        }

        // Ten minutes at a time are as good as for ever: the caller looks again.
        nanoseconds = Math.Min(nanoseconds, 600 * Nanoseconds.PerSecond);
        if (_descriptor < 0)
        {
            _event.Wait((int)(nanoseconds / Nanoseconds.PerMillisecond) + 1);
            return;
        }

        var poll = new PollDescriptor { Descriptor = _descriptor, Events = PollIn };
        var limit = new TimeSpec { Seconds = nanoseconds / Nanoseconds.PerSecond, Nanoseconds = nanoseconds % Nanoseconds.PerSecond };
        _ = PollWithTimeout(ref poll, 1, ref limit, 0);
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Close(_descriptor);
        }

        _event.Dispose();
    }

    [DllImport("libc", EntryPoint = "eventfd")]
    private static extern int EventFd(uint initial, int flags);

    [DllImport("libc", EntryPoint = "write")]
    private static extern nint Write(int descriptor, ref ulong value, nuint length);

    [DllImport("libc", EntryPoint = "read")]
    private static extern nint Read(int descriptor, ref ulong value, nuint length);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "ppoll")]
    private static extern int PollWithTimeout(ref PollDescriptor descriptors, nuint count, ref TimeSpec limit, nint signals);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
