using CsCheck;
using PcEmu.Core.Diagnostics;

namespace PcEmu.Memory.Tests;

/// <summary>Random trees of regions, changed at random, against a model that looks for every byte in the tree anew.</summary>
[TestFixture]
public sealed class AddressSpaceModelTests
{
    // Interesting addresses are small ones, and ones a little below 2^64 where the space is that large.
    private const ulong Span = 0x60;

    private static readonly Gen<(int What, int Which, int Where, ulong Number)[]> Changes =
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, Tree.Count - 1], Gen.Int[0, Tree.Count - 1], Gen.ULong[0, Span + 0x10]).Array[0, 60];

    [Test]
    public void SpaceAnswersAsTheTreeSays([Values] bool large) => Changes.Sample(
        changes =>
        {
            using var tree = new Tree(large);
            foreach ((int what, int which, int where, ulong number) in changes)
            {
                tree.Change(what, which, where, number);
                tree.CheckAt(number);
            }

            tree.CheckEverywhere();
        },
        iter: 400);

    [Test]
    public void TransactionShowsTheOldMapAndThenTheNew([Values] bool large) => Gen.Select(Changes, Changes).Sample(
        (before, during) =>
        {
            using var tree = new Tree(large);
            tree.Change(before);
            Hit?[] old = tree.Look();
            using (tree.Space.Transaction())
            {
                tree.Change(during);
                Assert.That(tree.Look(), Is.EqualTo(old));
            }

            tree.CheckEverywhere();
        },
        iter: 100);

    [Test]
    public void AccessesTouchTheBytesThatTheTreeShows([Values] bool large) => Gen.Select(
        Changes, Gen.Select(Gen.Bool, Gen.Int[0, 3], Gen.ULong[0, Span], Gen.ULong).Array[1, 30]).Sample(
        (changes, accesses) =>
        {
            using var tree = new Tree(large);
            tree.Change(changes);
            foreach ((bool write, int size, ulong at, ulong value) in accesses)
            {
                foreach (ulong address in tree.Addresses(at))
                {
                    if (write)
                    {
                        tree.CheckWrite(address, value, 1 << size);
                    }
                    else
                    {
                        tree.CheckRead(address, 1 << size);
                    }
                }
            }
        },
        iter: 200);

    /// <summary>Who answers at a byte, and how.</summary>
    private sealed record Hit(MemoryRegion Region, ulong Offset, bool Writable);

    /// <summary>The model's own knowledge of one region.</summary>
    private sealed class Node(RegionKind kind, UInt128 size)
    {
        public required MemoryRegion Region { get; init; }

        public RegionKind Kind => kind;

        public UInt128 Size { get; set; } = size;

        public Node? Parent { get; set; }

        public List<Node> Children { get; } = [];

        public ulong Address { get; set; }

        public int Priority { get; set; }

        public bool Enabled { get; set; } = true;

        public bool ReadOnly { get; set; }

        public Node? Target { get; init; }

        public ulong TargetOffset { get; set; }

        public ulong BlockOffset { get; init; }

        // Children in the order in which they were added; of the highest priority the last one that answers counts.
        public Hit? Find(Int128 at, bool readOnly = false)
        {
            if (!Enabled || at < 0 || at >= (Int128)Size)
            {
                return null;
            }

            readOnly |= ReadOnly;
            Hit? best = null;
            int bestPriority = int.MinValue;
            foreach (Node child in Children)
            {
                if (child.Priority >= bestPriority && child.Find(at - child.Address, readOnly) is { } hit)
                {
                    best = hit;
                    bestPriority = child.Priority;
                }
            }

            return best ?? kind switch
            {
                RegionKind.Container => null,
                RegionKind.Alias => Target!.Find(at + TargetOffset, readOnly),
                _ => new Hit(Region, (ulong)at, kind == RegionKind.Ram && !readOnly),
            };
        }
    }

    private sealed class Tree : IDisposable
    {
        public const int Count = 16;

        private readonly bool _large;
        private readonly RamBlock _block = new("ram", RamBlock.PageSize);
        private readonly byte[] _bytes = new byte[RamBlock.PageSize];
        private readonly List<Node> _nodes = [];
        private readonly Node _root;
        private readonly List<(int Device, ulong Offset, byte Value)> _written = [];

        public Tree(bool large)
        {
            _large = large;
            new Random(1).NextBytes(_bytes);
            _bytes.CopyTo(_block.AsSpan());
            for (int i = 0; i < Count; i++)
            {
                _nodes.Add(Make(i));
            }

            _root = Container(large ? (UInt128)1 << 64 : Span);
            Space = new AddressSpace("test", _root.Region, EventLog.Null);
        }

        public AddressSpace Space { get; }

        public void Dispose() => _block.Dispose();

        public IEnumerable<ulong> Addresses(ulong near) => _large ? [near, 0UL - near] : [near];

        public Hit?[] Look() => [.. EveryAddress().Select(Look)];

        public void Change(IEnumerable<(int What, int Which, int Where, ulong Number)> changes)
        {
            foreach ((int what, int which, int where, ulong number) in changes)
            {
                Change(what, which, where, number);
            }
        }

        // A region is only ever placed in one of a higher number, so that the tree has no circles.
        public void Change(int what, int which, int where, ulong number)
        {
            Node node = _nodes[which];
            switch (what)
            {
                case 0 or 1 or 2 when node.Parent is null:
                    Place(node, what == 0 && where > which ? _nodes[where] : _root, Somewhere(where, number), (int)number % 3);
                    break;
                case 3 when node.Parent is { } parent:
                    parent.Children.Remove(node);
                    node.Parent = null;
                    parent.Region.Remove(node.Region);
                    break;
                case 4:
                    node.Address = Somewhere(where, number);
                    node.Region.Move(node.Address);
                    break;
                case 5:
                    node.Enabled = number % 3 != 0;
                    node.Region.Enabled = node.Enabled;
                    break;
                case 6:
                    node.ReadOnly = number % 2 != 0;
                    node.Region.ReadOnly = node.ReadOnly;
                    break;
                case 7 when node.Kind == RegionKind.Alias:
                    node.TargetOffset = Somewhere(where, number);
                    node.Region.AliasOffset = node.TargetOffset;
                    break;
                case 8:
                    node.Size = _large && where == 0 && node.Region.Block is null ? ((UInt128)1 << 64) - number : number;
                    node.Region.Resize(node.Size);
                    break;
            }
        }

        public void CheckAt(ulong near)
        {
            foreach (ulong address in Addresses(near))
            {
                Assert.That(Look(address), Is.EqualTo(Expected(address)), $"at {address:x}");
            }
        }

        public void CheckEverywhere()
        {
            foreach (ulong address in EveryAddress())
            {
                Assert.That(Look(address), Is.EqualTo(Expected(address)), $"at {address:x}");
            }

            for (int i = 1; i < Space.Ranges.Count; i++)
            {
                FlatRange range = Space.Ranges[i], before = Space.Ranges[i - 1];
                Assert.That(range.Start, Is.GreaterThan(before.Last));
                Assert.That(range.Last, Is.GreaterThanOrEqualTo(range.Start));
                bool continues = range.Start == before.Last + 1 && range.Region == before.Region
                    && range.IsWritable == before.IsWritable && range.Offset - before.Offset == range.Start - before.Start;
                Assert.That(continues, Is.False, "two ranges that are one");
            }
        }

        public void CheckRead(ulong address, int size)
        {
            ulong expected = 0;
            for (int i = 0; i < size; i++)
            {
                expected |= (ulong)ExpectedByte(address + (uint)i) << (8 * i);
            }

            Assert.That(Space.Read(address, size), Is.EqualTo(expected));
            byte[] bytes = new byte[size];
            Space.Read(address, bytes);
            Assert.That(bytes, Is.EqualTo(BitConverter.GetBytes(expected)[..size]));
        }

        public void CheckWrite(ulong address, ulong value, int size)
        {
            _written.Clear();
            List<(int Device, ulong Offset, byte Value)> expected = [];
            for (int i = 0; i < size; i++)
            {
                byte part = (byte)(value >> (8 * i));
                if (Expected(address + (uint)i) is not { } hit)
                {
                    continue;
                }

                Node node = _nodes.Find(n => n.Region == hit.Region)!;
                if (node.Kind == RegionKind.Io)
                {
                    expected.Add((_nodes.IndexOf(node), hit.Offset, part));
                }
                else if (hit.Writable)
                {
                    _bytes[node.BlockOffset + hit.Offset] = part;
                }
            }

            Space.Write(address, value, size);
            Assert.That(_written, Is.EqualTo(expected));
            Assert.That(_block.AsSpan().SequenceEqual(_bytes), Is.True);
            _written.Clear();
            Space.Write(address, BitConverter.GetBytes(value).AsSpan(0, size));
            Assert.That(_written, Is.EqualTo(expected));
            Assert.That(_block.AsSpan().SequenceEqual(_bytes), Is.True);
        }

        private static Node Container(UInt128 size) =>
            new(RegionKind.Container, size) { Region = MemoryRegion.Container("container", size) };

        private static byte Register(int device, ulong offset) => (byte)((device * 16) + (int)offset);

        private Node Make(int i)
        {
            ulong size = 4 + ((ulong)i * 5);
            ulong offset = (ulong)i * 0x10;
            switch (i % 4)
            {
                case 0 when i % 8 == 0:
                    return new Node(RegionKind.Ram, size) { Region = MemoryRegion.Ram("ram", _block, offset, size), BlockOffset = offset };
                case 0:
                    return new Node(RegionKind.Rom, size) { Region = MemoryRegion.Rom("rom", _block, offset, size), BlockOffset = offset };
                case 1:
                    var handlers = IoHandlers.Bytes(at => Register(i, (ulong)at), (at, value) => _written.Add((i, (ulong)at, value)));
                    return new Node(RegionKind.Io, size) { Region = MemoryRegion.Io("io", size, handlers) };
                case 2:
                    Node target = _nodes[(i * 5) % i];
                    return new Node(RegionKind.Alias, size)
                    {
                        Region = MemoryRegion.Alias("alias", target.Region, (ulong)i % 3, size),
                        Target = target,
                        TargetOffset = (ulong)i % 3,
                    };
                default:
                    return Container(size);
            }
        }

        private void Place(Node child, Node parent, ulong address, int priority)
        {
            child.Parent = parent;
            child.Address = address;
            child.Priority = priority;
            parent.Children.Add(child);
            parent.Region.Add(child.Region, address, priority);
        }

        private ulong Somewhere(int where, ulong number) => _large && where % 4 == 0 ? 0UL - number : number;

        private IEnumerable<ulong> EveryAddress()
        {
            for (ulong near = 0; near < Span * 2; near++)
            {
                foreach (ulong address in Addresses(near))
                {
                    yield return address;
                }
            }
        }

        private Hit? Expected(ulong address) => _root.Find(address);

        private Hit? Look(ulong address) =>
            Space.Find(address) is { } r ? new Hit(r.Region, r.Offset + (address - r.Start), r.IsWritable) : null;

        private byte ExpectedByte(ulong address)
        {
            if (Expected(address) is not { } hit)
            {
                return 0xFF;
            }

            Node node = _nodes.Find(n => n.Region == hit.Region)!;
            return node.Kind == RegionKind.Io ? Register(_nodes.IndexOf(node), hit.Offset) : _bytes[node.BlockOffset + hit.Offset];
        }
    }
}
