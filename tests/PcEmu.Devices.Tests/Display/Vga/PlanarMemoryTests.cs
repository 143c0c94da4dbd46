using CsCheck;
using PcEmu.Devices.Display.Vga;
using PcEmu.Memory;
using static PcEmu.Devices.Tests.Display.VgaTestMachine;

namespace PcEmu.Devices.Tests.Display.Vga;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PlanarMemoryTests
{
    private readonly VgaTestMachine _m = Std().Planar();

    private uint Planes(uint address) => _m.Core.Vram.DWord(address * 4);

    [Test]
    public void PlanesLieInterleavedInVideoMemory()
    {
        for (int plane = 0; plane < 4; plane++)
        {
            _m.Sr(Sequencer.MapMask, 1 << plane);
            _m.Write(A0000 + 3, 0x11u * (uint)(plane + 1));
        }

        Assert.That(_m.Vram.Span(12, 4).ToArray(), Is.EqualTo(new byte[] { 0x11, 0x22, 0x33, 0x44 }));
    }

    [Test]
    public void ReadMode0TakesTheSelectedPlaneAndFillsTheLatches()
    {
        _m.Core.Vram.SetDWord(0, 0x44332211);
        _m.Gr(GraphicsController.ReadMapSelect, 2);
        Assert.That(_m.Read(A0000), Is.EqualTo(0x33));
        _m.Gr(GraphicsController.GraphicsMode, 1);
        _m.Write(A0000 + 9, 0);
        Assert.That(Planes(9), Is.EqualTo(0x44332211), "write mode 1 copies the latches");
    }

    [Test]
    public void ReadMode1MarksPixelsOfTheCompareColour()
    {
        // Pixels, from the left: colours 5, 4, 1, 0, 15, 5, 0, 0.
        _m.Core.Vram.SetDWord(0, Pixels(5, 4, 1, 0, 15, 5, 0, 0));
        _m.Gr(GraphicsController.GraphicsMode, GraphicsController.ReadMode1);
        _m.Gr(GraphicsController.ColorCompare, 5);
        Assert.That(_m.Read(A0000), Is.EqualTo(0b1000_0100));
        _m.Gr(GraphicsController.ColorDontCare, 0b0101);
        Assert.That(_m.Read(A0000), Is.EqualTo(0b1000_1100), "planes 1 and 3 do not matter");
    }

    [TestCase(0, 0x0F)]
    [TestCase(1, 0x0A)]
    [TestCase(2, 0x5F)]
    [TestCase(3, 0x55)]
    public void FunctionsCombineDataWithTheLatch(int function, int expected)
    {
        _m.Core.Vram.SetDWord(0, 0x5A5A5A5A);
        _m.Read(A0000);
        _m.Gr(GraphicsController.DataRotate, function << 3);
        _m.Write(A0000, 0x0F);
        Assert.That(Planes(0), Is.EqualTo((uint)expected * 0x01010101u));
    }

    [Test]
    public void WriteMode3UsesDataAsMaskForTheSetResetColour()
    {
        _m.Core.Vram.SetDWord(0, 0xFF0000FF);
        _m.Read(A0000);
        _m.Gr(GraphicsController.GraphicsMode, 3);
        _m.Gr(GraphicsController.SetReset, 0b0110);
        _m.Gr(GraphicsController.BitMask, 0xF0);
        _m.Write(A0000, 0x3C);
        Assert.That(Planes(0), Is.EqualTo(0xCF3030CF));
    }

    [Test]
    public void TextStoresPutCharacterAndAttributeIntoPlanes0And1()
    {
        _m.Mode3();
        _m.Write(0xB8000, 0x1F41, 2);
        _m.Write(0xB8002, 0x2E432E42, 4);
        _m.Write(0xB8006, 0x44);
        _m.Write(0xB8007, 0x07);
        Assert.Multiple(() =>
        {
            Assert.That(Planes(0), Is.EqualTo(0x1F41));
            Assert.That(_m.Vram.Span(4, 6).ToArray(), Is.EqualTo(new byte[] { 0x42, 0x2E, 0, 0, 0x43, 0x2E }));
            Assert.That(_m.Read(0xB8002, 4), Is.EqualTo(0x2E432E42));
            Assert.That(_m.Read(0xB8001, 2), Is.EqualTo(0x421F));
            Assert.That(_m.Read(0xB8006, 2), Is.EqualTo(0x0744));
        });
    }

    [Test]
    public void WideAccessesAreBytesInOrderOfAddressInEveryMode() =>
        Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, Gen.Select(Gen.UInt[0, 0x1FFFF], Gen.UInt, Gen.Int[0, 2]).Array[1, 20]).Sample(
            static (mapMask, mode, misc, stores) =>
            {
                VgaTestMachine wide = Std(static d => d.VgaMemMb = 1).Planar();
                VgaTestMachine bytes = Std(static d => d.VgaMemMb = 1).Planar();
                foreach (VgaTestMachine m in new[] { wide, bytes })
                {
                    m.Sr(Sequencer.MapMask, mapMask);
                    m.Sr(Sequencer.MemoryMode, mode >> 4);
                    m.Gr(GraphicsController.GraphicsMode, mode);
                    m.Gr(GraphicsController.ReadMapSelect, misc >> 4);
                    m.Gr(GraphicsController.Miscellaneous, misc);
                }

                foreach ((uint offset, uint value, int shift) in stores)
                {
                    int size = 1 << shift;
                    wide.Write(A0000 + offset, value & (uint.MaxValue >> (32 - (8 * size))), size);
                    ulong seen = 0;
                    for (int i = 0; i < size; i++)
                    {
                        bytes.Write(A0000 + offset + (uint)i, (byte)(value >> (8 * i)));
                    }

                    for (int i = 0; i < size; i++)
                    {
                        seen |= bytes.Read(A0000 + offset + (uint)i) << (8 * i);
                    }

                    Assert.That(wide.Read(A0000 + offset, size), Is.EqualTo(seen));
                }

                Assert.That(wide.Vram.AsSpan().SequenceEqual(bytes.Vram.AsSpan()), Is.True);
            },
            iter: 200);

    [TestCase(0, 0xA0000, 0xBFFFF)]
    [TestCase(1, 0xA0000, 0xAFFFF)]
    [TestCase(2, 0xB0000, 0xB7FFF)]
    [TestCase(3, 0xB8000, 0xBFFFF)]
    public void MemoryMapSelectsTheWindow(int map, int first, int last)
    {
        _m.Gr(GraphicsController.Miscellaneous, 1 | (map << 2));
        foreach (int address in new[] { 0xA0000, 0xAFFFF, 0xB0000, 0xB7FFF, 0xB8000, 0xBFFFF })
        {
            _m.Write((ulong)address, 0x5A);
            Assert.That(_m.Read((ulong)address), Is.EqualTo(address >= first && address <= last ? 0x5A : 0xFF), $"{address:x}");
        }
    }

    [Test]
    public void Chain4WithAllPlanesIsPlainRam()
    {
        _m.Sr(Sequencer.MemoryMode, 0x0E);
        _m.Gr(GraphicsController.Miscellaneous, 0x05);
        FlatRange? range = _m.Host.Memory.Find(A0000 + 0x1234);
        Assert.That(range?.Block, Is.SameAs(_m.Vram));
        _m.Write(A0000 + 0x1234, 0x99);
        Assert.That(_m.Vram.Span(0x1234, 1)[0], Is.EqualTo(0x99));
        _m.Sr(Sequencer.MapMask, 0x0D);
        Assert.That(_m.Host.Memory.Find(A0000)?.Block, Is.Null, "a closed plane needs the handlers");
        _m.Write(A0000 + 0x1234, 0x55);
        _m.Write(A0000 + 0x1235, 0x55);
        Assert.That(_m.Vram.Span(0x1234, 2).ToArray(), Is.EqualTo(new byte[] { 0x55, 0 }));
    }

    [Test]
    public void StoresMarkPagesForTheDisplay()
    {
        _m.Vram.ClearDirty(DirtyClient.Display, 0, _m.Vram.Size);
        _m.Write(A0000 + 0x400, 1);
        Assert.Multiple(() =>
        {
            Assert.That(_m.Vram.IsDirty(DirtyClient.Display, 0x1000, 0x1000), Is.True);
            Assert.That(_m.Vram.IsDirty(DirtyClient.Display, 0, 0x1000), Is.False);
            Assert.That(_m.Vram.IsDirty(DirtyClient.Display, 0x2000, 0x1000), Is.False);
        });
    }

    [Test]
    public void EveryWriteAndReadModeIsWhatAModelOfSinglePixelsSays() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[2, 30], Gen.Int[0, 3]).Sample((registers, data, writeMode) =>
        {
            VgaTestMachine m = Std().Planar();
            var model = new PixelModel { WriteMode = writeMode };
            m.Sr(Sequencer.MapMask, model.MapMask = registers[0] & 15);
            m.Gr(GraphicsController.SetReset, model.SetReset = registers[1] & 15);
            m.Gr(GraphicsController.EnableSetReset, model.EnableSetReset = registers[2] & 15);
            m.Gr(GraphicsController.ColorCompare, model.Compare = registers[3] & 15);
            m.Gr(GraphicsController.DataRotate, model.Rotate = registers[4] & 0x1F);
            m.Gr(GraphicsController.ReadMapSelect, model.ReadMap = registers[5] & 3);
            m.Gr(GraphicsController.ColorDontCare, model.Care = registers[6] & 15);
            m.Gr(GraphicsController.BitMask, model.BitMask = registers[7]);
            model.ReadMode = (registers[8] >> 3) & 1;
            m.Gr(GraphicsController.GraphicsMode, writeMode | (model.ReadMode << 3));
            for (uint i = 0; i < 16; i++)
            {
                m.Core.Vram.SetDWord(i * 4, i * 0x9E3779B9u);
                model.Load(i, i * 0x9E3779B9u);
            }

            foreach (byte b in data)
            {
                uint at = b & 15u;
                if ((b & 0x30) == 0)
                {
                    Assert.That(m.Read(A0000 + at), Is.EqualTo(model.Read(at)));
                }
                else
                {
                    m.Write(A0000 + at, (byte)(b * 37));
                    model.Write(at, (byte)(b * 37));
                    Assert.That(m.Core.Vram.DWord(at * 4), Is.EqualTo(model.Planes(at)));
                }
            }
        });

    private static uint Pixels(params ReadOnlySpan<int> colours)
    {
        uint planes = 0;
        for (int i = 0; i < 8; i++)
        {
            for (int plane = 0; plane < 4; plane++)
            {
                planes |= (uint)((colours[i] >> plane) & 1) << ((plane * 8) + 7 - i);
            }
        }

        return planes;
    }

    /// <summary>The data sheet's words, one bit at a time.</summary>
    private sealed class PixelModel
    {
        private readonly bool[,,] _memory = new bool[16, 4, 8];
        private readonly bool[,] _latch = new bool[4, 8];

        public int WriteMode, ReadMode, MapMask, SetReset, EnableSetReset, Compare, Rotate, ReadMap, Care, BitMask;

        public void Load(uint at, uint planes)
        {
            for (int i = 0; i < 32; i++)
            {
                _memory[at, i >> 3, i & 7] = ((planes >> i) & 1) != 0;
            }
        }

        public uint Planes(uint at)
        {
            uint planes = 0;
            for (int i = 0; i < 32; i++)
            {
                planes |= _memory[at, i >> 3, i & 7] ? 1u << i : 0;
            }

            return planes;
        }

        public int Read(uint at)
        {
            int value = 0;
            for (int bit = 0; bit < 8; bit++)
            {
                bool equal = true;
                for (int plane = 0; plane < 4; plane++)
                {
                    _latch[plane, bit] = _memory[at, plane, bit];
                    equal &= (Care >> plane & 1) == 0 || _latch[plane, bit] == ((Compare >> plane & 1) != 0);
                }

                value |= (ReadMode == 1 ? equal : _latch[ReadMap, bit]) ? 1 << bit : 0;
            }

            return value;
        }

        public void Write(uint at, byte data)
        {
            for (int plane = 0; plane < 4; plane++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    if ((MapMask >> plane & 1) == 0)
                    {
                        continue;
                    }

                    bool latch = _latch[plane, bit];
                    bool rotated = (data >> ((bit + (Rotate & 7)) & 7) & 1) != 0;
                    bool colour = (SetReset >> plane & 1) != 0;
                    bool open = (BitMask >> bit & 1) != 0;
                    bool source = WriteMode switch
                    {
                        0 => (EnableSetReset >> plane & 1) != 0 ? colour : rotated,
                        2 => (data >> plane & 1) != 0,
                        _ => colour,
                    };
                    open &= WriteMode != 3 || rotated;
                    bool result = (Rotate >> 3) switch
                    {
                        0 => source,
                        1 => source && latch,
                        2 => source || latch,
                        _ => source != latch,
                    };
                    _memory[at, plane, bit] = WriteMode == 1 || !open ? latch : result;
                }
            }
        }
    }
}
