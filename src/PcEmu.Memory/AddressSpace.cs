using System.Runtime.CompilerServices;
using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory;

/// <summary>What a bus master sees: memory addresses, or I/O ports.</summary>
/// <remarks>
/// Accesses go to the region that answers at the address. Nobody there: reads give all ones, writes are lost, and
/// <c>-d unimp</c> has a line. Belongs to the machine's thread.
/// </remarks>
public sealed unsafe class AddressSpace
{
    private const int PortTableSize = 0x10000;

    private readonly EventLog _log;
    private readonly FlatRange?[]? _ports;
    private FlatRange[] _ranges = [];
    private FlatRange? _last;
    private int _transactions;
    private bool _stale = true;

    /// <summary>Makes an address space over a tree of regions.</summary>
    /// <param name="name">"memory" or "I/O", for messages.</param>
    /// <param name="root">The tree; later changes to it are followed.</param>
    /// <param name="log">Where unassigned accesses are reported.</param>
    public AddressSpace(string name, MemoryRegion root, EventLog log)
    {
        Name = name;
        Root = root;
        _log = log;
        _ports = root.Size <= PortTableSize ? new FlatRange?[PortTableSize] : null;
        root.Attach(this);
    }

    /// <summary>Raised after the map has changed; cached knowledge of it must go.</summary>
    public event Action? Changed;

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>The tree.</summary>
    public MemoryRegion Root { get; }

    /// <summary>The map as it stands, in order of address.</summary>
    public IReadOnlyList<FlatRange> Ranges => Current();

    /// <summary>Puts off the effect of changes until the returned scope is disposed, so that several count as one.</summary>
    public Scope Transaction()
    {
        _transactions++;
        return new Scope(this);
    }

    /// <summary>Who answers at an address, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlatRange? Find(ulong address)
    {
        FlatRange? last = _last;
        if (last is not null && address - last.Start <= last.Last - last.Start)
        {
            return last;
        }

        return Search(address);
    }

    /// <summary>Reads a number of 1, 2, 4 or 8 bytes.</summary>
    public ulong Read(ulong address, int size)
    {
        FlatRange? range = Find(address);
        if (range is not null && address + (uint)(size - 1) <= range.Last && address + (uint)(size - 1) >= address)
        {
            return range.Block is { } block
                ? Load(block.Host + range.BlockOffset + (address - range.Start), size)
                : ReadIo(range, address - range.Start + range.Offset, address, size);
        }

        if (size == 1 || (range is null && NothingIn(address, size)))
        {
            Unassigned("read", address, size);
            return Ones(size);
        }

        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= Read(address + (uint)i, 1) << (8 * i);
        }

        return value;
    }

    /// <summary>Writes a number of 1, 2, 4 or 8 bytes.</summary>
    public void Write(ulong address, ulong value, int size)
    {
        FlatRange? range = Find(address);
        if (range is not null && address + (uint)(size - 1) <= range.Last && address + (uint)(size - 1) >= address)
        {
            ulong offset = address - range.Start;
            if (range.Block is { } block)
            {
                if (range.IsWritable)
                {
                    Store(block.Host + range.BlockOffset + offset, value, size);
                    block.Written(range.BlockOffset + offset, (uint)size);
                }
            }
            else
            {
                WriteIo(range, offset + range.Offset, address, value, size);
            }

            return;
        }

        if (size == 1 || (range is null && NothingIn(address, size)))
        {
            Unassigned("write", address, size);
            return;
        }

        for (int i = 0; i < size; i++)
        {
            Write(address + (uint)i, (byte)(value >> (8 * i)), 1);
        }
    }

    /// <summary>Reads bytes, as a bus master does.</summary>
    public void Read(ulong address, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            FlatRange? range = Find(address);
            int length = 1;
            if (range?.Block is { } block)
            {
                length = (int)Math.Min((ulong)destination.Length - 1, range.Last - address) + 1;
                block.Span(range.BlockOffset + (address - range.Start), length).CopyTo(destination);
            }
            else
            {
                destination[0] = (byte)Read(address, 1);
            }

            destination = destination[length..];
            address += (uint)length;
        }
    }

    /// <summary>Writes bytes, as a bus master does; ROM keeps its own.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            FlatRange? range = Find(address);
            int length = 1;
            if (range?.Block is { } block)
            {
                length = (int)Math.Min((ulong)source.Length - 1, range.Last - address) + 1;
                if (range.IsWritable)
                {
                    ulong offset = range.BlockOffset + (address - range.Start);
                    source[..length].CopyTo(block.Span(offset, length));
                    block.Written(offset, (uint)length);
                }
            }
            else
            {
                Write(address, source[0], 1);
            }

            source = source[length..];
            address += (uint)length;
        }
    }

    /// <summary>Reads one register again and again, as REP INS does.</summary>
    /// <param name="address">Its address, or port.</param>
    /// <param name="size">Bytes of one read: 1, 2 or 4.</param>
    /// <param name="destination">Receives the values; a multiple of <paramref name="size"/> long.</param>
    public void ReadRun(ulong address, int size, Span<byte> destination)
    {
        FlatRange? range = Find(address);
        if (range?.Handlers?.ReadRun is { } run && address + (uint)(size - 1) <= range.Last)
        {
            run(address - range.Start + range.Offset, size, destination);
            return;
        }

        fixed (byte* to = destination)
        {
            for (int at = 0; at + size <= destination.Length; at += size)
            {
                Store(to + at, Read(address, size), size);
            }
        }
    }

    /// <summary>Writes one register again and again, as REP OUTS does.</summary>
    /// <param name="address">Its address, or port.</param>
    /// <param name="size">Bytes of one write: 1, 2 or 4.</param>
    /// <param name="source">The values; a multiple of <paramref name="size"/> long.</param>
    public void WriteRun(ulong address, int size, ReadOnlySpan<byte> source)
    {
        FlatRange? range = Find(address);
        if (range?.Handlers?.WriteRun is { } run && address + (uint)(size - 1) <= range.Last)
        {
            run(address - range.Start + range.Offset, size, source);
            return;
        }

        fixed (byte* from = source)
        {
            for (int at = 0; at + size <= source.Length; at += size)
            {
                Write(address, Load(from + at, size), size);
            }
        }
    }

    internal void TopologyChanged()
    {
        _stale = true;
        _last = null;
        if (_transactions == 0)
        {
            Rebuild();
        }
    }

    private static ulong Load(byte* at, int size) => size switch
    {
        1 => *at,
        2 => Unsafe.ReadUnaligned<ushort>(at),
        4 => Unsafe.ReadUnaligned<uint>(at),
        _ => Unsafe.ReadUnaligned<ulong>(at),
    };

    private static void Store(byte* at, ulong value, int size)
    {
        switch (size)
        {
            case 1:
                *at = (byte)value;
                break;
            case 2:
                Unsafe.WriteUnaligned(at, (ushort)value);
                break;
            case 4:
                Unsafe.WriteUnaligned(at, (uint)value);
                break;
            default:
                Unsafe.WriteUnaligned(at, value);
                break;
        }
    }

    private static ulong Ones(int size) => ulong.MaxValue >> (64 - (8 * size));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlatRange? Search(ulong address)
    {
        FlatRange[] ranges = Current();
        if (_ports is not null)
        {
            return address < PortTableSize ? _ports[address] : null;
        }

        int low = 0;
        int high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            FlatRange range = ranges[middle];
            if (address < range.Start)
            {
                high = middle - 1;
            }
            else if (address > range.Last)
            {
                low = middle + 1;
            }
            else
            {
                _last = range;
                return range;
            }
        }

        return null;
    }

    private FlatRange[] Current()
    {
        if (_stale)
        {
            Rebuild();
        }

        return _ranges;
    }

    private void Rebuild()
    {
        _stale = false;
        _last = null;
        _ranges = FlatView.Build(Root);
        if (_ports is not null)
        {
            Array.Clear(_ports);
            foreach (FlatRange range in _ranges)
            {
                Array.Fill(_ports, range, (int)range.Start, (int)(range.Last - range.Start) + 1);
            }
        }

        Changed?.Invoke();
    }

    private bool NothingIn(ulong address, int size)
    {
        for (int i = 1; i < size; i++)
        {
            if (Find(address + (uint)i) is not null)
            {
                return false;
            }
        }

        return true;
    }

    private ulong ReadIo(FlatRange range, ulong offset, ulong address, int size)
    {
        IoHandlers io = range.Handlers!;
        if (size < io.ValidMinimum || size > io.ValidMaximum)
        {
            Unassigned("read", address, size);
            return Ones(size);
        }

        if (size <= io.ImplementedMaximum)
        {
            if (size >= io.ImplementedMinimum)
            {
                return io.Read(offset, size);
            }

            // Narrower than the register: read the register that holds the bytes and take them out.
            ulong inside = offset & (ulong)(io.ImplementedMinimum - 1);
            return (io.Read(offset - inside, io.ImplementedMinimum) >> (int)(8 * inside)) & Ones(size);
        }

        ulong value = 0;
        int step = io.ImplementedMaximum;
        for (int i = 0; i < size; i += step)
        {
            value |= (io.Read(offset + (uint)i, step) & Ones(step)) << (8 * i);
        }

        return value;
    }

    private void WriteIo(FlatRange range, ulong offset, ulong address, ulong value, int size)
    {
        IoHandlers io = range.Handlers!;
        if (size < io.ValidMinimum || size > io.ValidMaximum)
        {
            Unassigned("write", address, size);
            return;
        }

        if (size <= io.ImplementedMaximum)
        {
            io.Write(offset, value & Ones(size), size);
            return;
        }

        int step = io.ImplementedMaximum;
        for (int i = 0; i < size; i += step)
        {
            io.Write(offset + (uint)i, (value >> (8 * i)) & Ones(step), step);
        }
    }

    private void Unassigned(string what, ulong address, int size) =>
        _log.Unimplemented($"{Name}: unassigned {what} at 0x{address:x}, size {size}");

    /// <summary>Ends a transaction when disposed.</summary>
    public readonly struct Scope : IDisposable
    {
        private readonly AddressSpace _space;

        internal Scope(AddressSpace space) => _space = space;

        /// <summary>Ends the transaction; the outermost one makes the changes count.</summary>
        public void Dispose()
        {
            if (--_space._transactions == 0 && _space._stale)
            {
                _space.Rebuild();
            }
        }
    }
}
