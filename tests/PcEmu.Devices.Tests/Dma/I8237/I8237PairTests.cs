using CsCheck;
using PcEmu.Core.State;
using PcEmu.Devices.Dma;
using PcEmu.Devices.Tests.Isa;
using PcEmu.Memory;

namespace PcEmu.Devices.Tests.Dma;

[TestFixture]
public sealed class I8237PairTests
{
    private const int MemorySize = 0x100000;

    private Bench _b = null!;

    [SetUp]
    public void SetUp() => _b = new Bench();

    [TearDown]
    public void TearDown() => _b.Dispose();

    [Test]
    public void DeviceWritesMemoryAtPageAndAddress()
    {
        _b.Program(2, mode: 0x46, address: 0x1234, count: 3, page: 0x05);
        _b.Dma.RegisterChannel(2, (channel, done, length) =>
        {
            Assert.That((channel, done, length), Is.EqualTo((2, 0, 4)));
            _b.Dma.WriteMemory(channel, [1, 2, 3, 4], done);
            return 4;
        });

        _b.Dma.HoldDreq(2);

        Assert.That(_b.Memory(0x51233, 6), Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 0 }));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_b.Io.In(8), Is.EqualTo(0x44), "terminal count and the request");
            Assert.That(_b.Io.In(8), Is.EqualTo(0x40), "reading clears terminal count");
            Assert.That(_b.Word(5), Is.EqualTo(0xFFFF));
            Assert.That(_b.Word(4), Is.EqualTo(0x1238));
            Assert.That(_b.Io.In(15) & 0x04, Is.EqualTo(0x04), "masked when done");
        }
    }

    [Test]
    public void MaskedChannelRunsWhenItIsUnmasked([Values(0x0A, 0x0E, 0x0F)] int register)
    {
        int calls = 0;
        _b.Dma.RegisterChannel(1, (_, _, length) =>
        {
            calls++;
            return length;
        });
        _b.Program(1, mode: 0x45, address: 0, count: 0, page: 0);
        _b.Io.Out(0x0A, 0x05);
        _b.Dma.HoldDreq(1);
        Assert.That(calls, Is.Zero);

        _b.Io.Out(register, register == 0x0A ? 1 : 0);
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void DisabledControllerRunsNothingUntilItIsEnabled()
    {
        int calls = 0;
        _b.Dma.RegisterChannel(3, (_, done, _) =>
        {
            calls++;
            return done;
        });
        _b.Io.Out(8, 0x04);
        _b.Program(3, mode: 0x45, address: 0, count: 9, page: 0);
        _b.Dma.HoldDreq(3);
        Assert.That(calls, Is.Zero);

        _b.Io.Out(8, 0x00);
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void SoftwareRequestRunsAndEndsAChannel()
    {
        int calls = 0;
        _b.Dma.RegisterChannel(0, (_, done, _) =>
        {
            calls++;
            return done;
        });
        _b.Program(0, mode: 0x84, address: 0, count: 9, page: 0);
        _b.Io.Out(9, 0x04);
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(_b.Io.In(8), Is.EqualTo(0x10));
        _b.Io.Out(9, 0x00);
        Assert.That(_b.Io.In(8), Is.Zero);
    }

    [Test]
    public void CascadeChannelCallsNobody()
    {
        _b.Dma.RegisterChannel(4, static (_, _, _) => throw new InvalidOperationException());
        _b.Io.Out(0xD6, 0xC0);
        _b.Io.Out(0xD4, 0x00);

        Assert.DoesNotThrow(() => _b.Dma.HoldDreq(4));
    }

    [Test]
    public void PartOfATransferShowsInAddressAndCount()
    {
        _b.Dma.RegisterChannel(5, static (_, done, _) => done + 6);
        _b.Program(5, mode: 0x49, address: 0x0100, count: 9, page: 0x02);

        _b.Dma.HoldDreq(5);
        Assert.That((_b.Word(0xC4), _b.Word(0xC6)), Is.EqualTo((0x0103, 6)));
        _b.Dma.HoldDreq(5);
        Assert.That((_b.Word(0xC4), _b.Word(0xC6)), Is.EqualTo((0x0106, 3)));
    }

    [Test]
    public void WordChannelIgnoresBit0OfThePageAndCountsWords()
    {
        _b.Fill(0x24000, [9, 8, 7, 6]);
        byte[] got = new byte[4];
        _b.Dma.RegisterChannel(6, (channel, done, length) =>
        {
            Assert.That(length, Is.EqualTo(4));
            _b.Dma.ReadMemory(channel, got, done);
            return length;
        });
        _b.Program(6, mode: 0x4A, address: 0x2000, count: 1, page: 0x03);

        _b.Dma.HoldDreq(6);

        Assert.That(got, Is.EqualTo(new byte[] { 9, 8, 7, 6 }));
    }

    [TestCase(2, 0x1FFFE, 0x10000)]
    [TestCase(6, 0x3FFFE, 0x20000)]
    public void AddressWrapsInsideThePage(int channel, int start, int wrapped)
    {
        int shift = channel > 3 ? 1 : 0;
        _b.Program(channel, mode: 0x44 | (channel & 3), address: (start >> shift) & 0xFFFF, count: 3 >> shift, page: start >> 16);
        _b.Dma.RegisterChannel(channel, (c, done, length) =>
        {
            _b.Dma.WriteMemory(c, [1, 2, 3, 4], done);
            return length;
        });

        _b.Dma.HoldDreq(channel);

        Assert.That(_b.Memory(start, 2), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(_b.Memory(wrapped, 2), Is.EqualTo(new byte[] { 3, 4 }));
    }

    [TestCase(1, 0x8002, new byte[] { 3, 2, 1 })]
    [TestCase(5, 0x8002, new byte[] { 3, 4, 1, 2 })]
    public void DecrementGoesDownByBytesOrWords(int channel, int first, byte[] expected)
    {
        int shift = channel > 3 ? 1 : 0;
        byte[] data = [1, 2, 3, 4];
        int length = expected.Length;
        _b.Program(channel, mode: 0x64 | (channel & 3), address: first >> shift, count: (length >> shift) - 1, page: 0);
        _b.Dma.RegisterChannel(channel, (c, done, all) =>
        {
            _b.Dma.WriteMemory(c, data.AsSpan(0, all), done);
            return all;
        });

        _b.Dma.HoldDreq(channel);

        Assert.That(_b.Memory(first - 2, length), Is.EqualTo(expected));
    }

    [Test]
    public void AutoInitializedChannelStartsOverUnmasked()
    {
        List<int> starts = [];
        _b.Dma.RegisterChannel(1, (_, done, _) =>
        {
            starts.Add(done);
            return done + 2;
        });
        _b.Program(1, mode: 0x59, address: 0x10, count: 3, page: 0);

        for (int i = 0; i < 4; i++)
        {
            _b.Dma.HoldDreq(1);
        }

        Assert.That(starts, Is.EqualTo([0, 2, 0, 2]));
        Assert.That(_b.Io.In(8) & 0x0F, Is.EqualTo(0x02));
        Assert.That((_b.Word(2), _b.Word(3)), Is.EqualTo((0x10, 3)));
    }

    [Test]
    public void VerifyMovesNothing()
    {
        byte[] got = [0];
        _b.Dma.RegisterChannel(2, (channel, done, length) =>
        {
            _b.Dma.WriteMemory(channel, [0x55], done);
            _b.Dma.ReadMemory(channel, got, done);
            return length;
        });
        _b.Program(2, mode: 0x42, address: 0x10, count: 0, page: 0);

        _b.Dma.HoldDreq(2);

        Assert.That(_b.Memory(0x10, 1), Is.EqualTo(new byte[] { 0 }));
        Assert.That(got, Is.EqualTo(new byte[] { 0xFF }));
        Assert.That(_b.Io.In(8) & 4, Is.EqualTo(4), "it counts all the same");
    }

    [Test]
    public void HandlerThatRemindsOfItsOwnRequestIsAskedOnce()
    {
        int calls = 0;
        _b.Dma.RegisterChannel(1, (_, done, _) =>
        {
            calls++;
            _b.Dma.HoldDreq(1);
            return done;
        });
        _b.Program(1, mode: 0x45, address: 0, count: 9, page: 0);

        _b.Dma.HoldDreq(1);

        Assert.That(calls, Is.EqualTo(1));
    }

    [TestCase(0x87, 0)]
    [TestCase(0x83, 1)]
    [TestCase(0x81, 2)]
    [TestCase(0x82, 3)]
    [TestCase(0x8B, 5)]
    [TestCase(0x89, 6)]
    [TestCase(0x8A, 7)]
    [TestCase(0x8F, 4)]
    public void PageRegisterBelongsToItsChannel(int port, int channel)
    {
        _b.Io.Out(port, 0xA5);
        _b.Io.Out(port + 0x400, 0x5A);

        byte[] section = PortBench.Save(_b.Dma)[channel >> 2];
        int at = 7 + (17 * (channel & 3)) + 13;
        Assert.That(section[at..(at + 2)], Is.EqualTo(new byte[] { 0xA5, 0x5A }));
        Assert.That(_b.Io.In(port), Is.EqualTo(0xA5));
    }

    [Test]
    public void PortsBetweenThePageRegistersBelongToOthers()
    {
        foreach (int port in new[] { 0x80, 0x84, 0x85, 0x86, 0x88, 0x8C, 0x8D, 0x8E })
        {
            Assert.That(_b.Io.In(port), Is.EqualTo(0xFF));
        }

        Assert.That(_b.Io.Messages, Has.Count.EqualTo(8).And.All.Contains("unassigned"));
    }

    [Test]
    public void MasterClearMasksAllAndResetsTheFlipFlop()
    {
        _b.Io.Out(0x0E, 0);
        _b.Io.Out(0x00, 0x11);
        _b.Io.Out(0x0D, 0);

        Assert.That(_b.Io.In(0x0F) & 0x0F, Is.EqualTo(0x0F));
        _b.Io.Out(0x00, 0x22);
        _b.Io.Out(0x00, 0x33);
        Assert.That(_b.Word(0), Is.EqualTo(0x3322));
    }

    [Test]
    public void SectionsAreInTheWiresOrder()
    {
        _b.Program(1, mode: 0x49, address: 0x1234, count: 0x0567, page: 0x0A);
        _b.Dma.RegisterChannel(1, static (_, _, _) => 0x10);
        _b.Dma.HoldDreq(1);

        byte[][] saved = PortBench.Save(_b.Dma);

        Assert.That(saved[0], Has.Length.EqualTo(75));
        Assert.That(saved[1], Has.Length.EqualTo(75));
        Assert.That(Convert.ToHexString(saved[0].AsSpan(0, 7)), Is.EqualTo("00FD0000000000"));
        Assert.That(Convert.ToHexString(saved[1].AsSpan(0, 7)), Is.EqualTo("00FF0000000001"));
        Assert.That(Convert.ToHexString(saved[0].AsSpan(24, 17)), Is.EqualTo("00001234" + "00000010" + "1234" + "0567" + "490A000000"));
    }

    [TestCase(6, 1)]
    [TestCase(7, 0xFF)]
    [TestCase(11, 0x80)]
    public void SectionThatNoControllerCanHaveIsRefused(int at, byte value)
    {
        byte[][] saved = PortBench.Save(_b.Dma);
        saved[0][at] = value;

        Assert.Throws<StateException>(() => PortBench.Load(_b.Dma, saved));
    }

    [Test]
    public void AnyTrafficSavesAndLoadsTheSame()
    {
        Gen.Select(Gen.Int[0, 0x4F], Gen.Byte, Gen.Int[0, 7], Gen.Int[0, 5000]).Array[0, 80].Sample(steps =>
        {
            using var bench = new Bench();
            int amount = 0;
            byte[] buffer = new byte[0x4000];
            for (int i = 0; i < 8; i++)
            {
                bench.Dma.RegisterChannel(i, (channel, done, length) =>
                {
                    int part = Math.Min(amount, length - done);
                    bench.Dma.ReadMemory(channel, buffer.AsSpan(0, part), done);
                    bench.Dma.WriteMemory(channel, buffer.AsSpan(0, part), done);
                    return done + part;
                });
            }

            foreach ((int port, byte value, int channel, int next) in steps)
            {
                amount = next;
                switch (port)
                {
                    case < 0x10:
                        bench.Io.Out(port, value);
                        break;
                    case < 0x20:
                        bench.Io.Out(0xC0 + (2 * (port - 0x10)), value);
                        break;
                    case < 0x30:
                        _ = bench.Io.In((value & 1) != 0 ? port - 0x20 : 0xC0 + (2 * (port - 0x20)));
                        break;
                    case < 0x40:
                        bench.Io.Out(0x80 + (port - 0x30), value);
                        break;
                    case < 0x48:
                        bench.Dma.HoldDreq(channel);
                        break;
                    default:
                        bench.Dma.ReleaseDreq(channel);
                        break;
                }
            }

            byte[][] saved = PortBench.Save(bench.Dma);
            using var fresh = new Bench();
            PortBench.Load(fresh.Dma, saved);
            Assert.That(PortBench.Save(fresh.Dma), Is.EqualTo(saved));
        }, iter: 200);
    }

    private sealed class Bench : IDisposable
    {
        private readonly RamBlock _ram = new("pc.ram", MemorySize);

        public Bench()
        {
            MemoryRegion root = MemoryRegion.Container("system", (UInt128)1 << 64);
            root.Add(MemoryRegion.Ram("pc.ram", _ram), 0);
            Dma = new I8237Pair(new AddressSpace("memory", root, Io.Log), Io.Log);
            Io.Map(Dma.Ports, 0x00);
            Io.Map(Dma.WordPorts, 0xC0);
            Io.Map(Dma.Pages, 0x80);
            Io.Map(Dma.WordPages, 0x88);
            Io.Map(Dma.HighPages, 0x480);
            Io.Map(Dma.WordHighPages, 0x488);
            Dma.Realize();
            Dma.Reset();
        }

        public PortBench Io { get; } = new();

        public I8237Pair Dma { get; }

        public byte[] Memory(int address, int length) => _ram.Span((ulong)address, length).ToArray();

        public void Fill(int address, byte[] bytes) => bytes.CopyTo(_ram.Span((ulong)address, bytes.Length));

        public void Program(int channel, int mode, int address, int count, int page)
        {
            int first = channel < 4 ? 0 : 0xC0;
            int step = channel < 4 ? 1 : 2;
            int index = channel & 3;
            int[] pages = [0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A];
            Io.Out(first + (0x0C * step), 0);
            Io.Out(first + (0x0B * step), mode);
            Io.Out(first + (2 * index * step), address);
            Io.Out(first + (2 * index * step), address >> 8);
            Io.Out(first + (((2 * index) + 1) * step), count);
            Io.Out(first + (((2 * index) + 1) * step), count >> 8);
            Io.Out(pages[channel], page);
            Io.Out(first + (0x0A * step), index);
        }

        public int Word(int port)
        {
            int low = Io.In(port);
            return low | (Io.In(port) << 8);
        }

        public void Dispose() => _ram.Dispose();
    }
}
