using System.Buffers.Binary;
using System.Text;
using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Diagnostics;
using PcEmu.Devices.FwCfg;
using Chip = PcEmu.Devices.FwCfg.FwCfg;

namespace PcEmu.Devices.Tests.FwCfg;

[TestFixture]
public sealed class FwCfgTests
{
    private readonly EventLog _log = new();
    private PortBus _bus = null!;
    private Chip _chip = null!;

    [SetUp]
    public void Make() => (_bus, _chip) = Rig();

    [Test]
    public void SignatureIsSelectedAfterReset()
    {
        Assert.That(Encoding.ASCII.GetString(Read(5)), Is.EqualTo("QEMU\0"));
        Assert.That(Item(FwCfgKeys.Id, 5), Is.EqualTo("\x01\0\0\0\0"u8.ToArray()));
        _chip.Reset();
        Assert.That(Read(1)[0], Is.EqualTo((byte)'Q'));
    }

    [Test]
    public void NumbersAreLittleEndianAndTextHasAFinalZero()
    {
        _chip.AddUInt16(FwCfgKeys.CpuCount, 0x0102);
        _chip.AddUInt64(FwCfgKeys.RamSize, 0x0102030405060708);
        _chip.AddString(FwCfgKeys.CommandLineData, "ro");
        Assert.That(Item(FwCfgKeys.CpuCount, 2), Is.EqualTo("\x02\x01"u8.ToArray()));
        Assert.That(Item(FwCfgKeys.RamSize, 9), Is.EqualTo("\x08\x07\x06\x05\x04\x03\x02\x01\0"u8.ToArray()));
        Assert.That(Item(FwCfgKeys.CommandLineData, 3), Is.EqualTo("ro\0"u8.ToArray()));
    }

    [Test]
    public void LocalItemsAreApartFromTheOthers()
    {
        _chip.AddBytes(FwCfgKeys.Irq0Override, [1]);
        Assert.That(Item(FwCfgKeys.Irq0Override, 1)[0], Is.EqualTo(1));
        Assert.That(Item(FwCfgKeys.Uuid, 1)[0], Is.Zero);
    }

    [Test]
    public void ItemsThatAreNotThereReadAsZero([Values(0x0007, 0x0030, 0x8005, 0xBFFF, 0xFFFF)] int key) =>
        Assert.That(Item((ushort)key, 2), Is.EqualTo(new byte[2]));

    [Test]
    public void WriteChannelSelectsTheSameItemAndWritesAreIgnored()
    {
        _log.Enable(LogItems.GuestErrors);
        List<string> lines = [];
        _log.Observer = lines.Add;
        _bus.Out(0x510, 0x4000, 2);
        _bus.Out(0x511, 'x');
        Assert.That(Read(1)[0], Is.EqualTo((byte)'Q'));
        Assert.That(lines, Has.Count.EqualTo(1));
    }

    [Test]
    public void DirectoryListsFilesByName()
    {
        _chip.AddFile("etc/e820", [1, 2]);
        _chip.AddFile("bootorder", "x"u8);
        _chip.AddFile("etc/e820", [3, 4, 5]);
        byte[] directory = Item(FwCfgKeys.FileDirectory, 4 + (16 * 64) + 1);
        Assert.That(BinaryPrimitives.ReadInt32BigEndian(directory), Is.EqualTo(2));
        Assert.That(_chip.Files, Is.EqualTo("bootorder etc/e820".Split(' ')));
        Span<byte> second = directory.AsSpan(4 + 64);
        Assert.That(BinaryPrimitives.ReadInt32BigEndian(second), Is.EqualTo(3));
        Assert.That(Encoding.ASCII.GetString(second[8..17]), Is.EqualTo("etc/e820\0"));
        ushort key = BinaryPrimitives.ReadUInt16BigEndian(second[4..]);
        Assert.That(key, Is.EqualTo(0x21));
        Assert.That(Item(key, 4), Is.EqualTo("\x03\x04\x05\0"u8.ToArray()));
        Assert.That(Item(0x20, 1)[0], Is.EqualTo((byte)'x'));
    }

    [Test]
    public void DirectoryHasItsLimits()
    {
        for (int i = 0; i < 16; i++)
        {
            _chip.AddFile($"file{i}", [(byte)i]);
        }

        Assert.That(() => _chip.AddFile("more", []), Throws.TypeOf<ConfigurationException>());
        Assert.That(() => _chip.AddFile("file7", [9]), Throws.Nothing);
        Assert.That(() => _chip.AddFile(new string('n', 56), []), Throws.TypeOf<ConfigurationException>());
        Assert.That(() => _chip.AddBytes(0x20, []), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void PositionIsSavedAndVersion1HasItIn16Bits()
    {
        Read(2);
        byte[] saved = PortBus.Save(_chip)[0];
        Assert.That(Convert.ToHexString(saved), Is.EqualTo("000000000002"));
        Make();
        PortBus.Load(_chip.StateSections.Single(), [0, 0, 0, 3], 1);
        Assert.That(Read(1)[0], Is.EqualTo((byte)'U'));
    }

    [Test]
    public void RandomTrafficSurvivesSavingAndLoading() =>
        Gen.Select(Gen.Int[0, 3], Gen.UShort).Array[1, 50].Sample(steps =>
        {
            (PortBus bus, Chip chip) = Rig();
            foreach ((int what, ushort value) in steps)
            {
                switch (what)
                {
                    case 0:
                        bus.Out(0x510, (ulong)(value & 0xC03F), 2);
                        break;
                    case 1:
                        bus.Out(0x510 + (value & 1), value, value % 3 == 0 ? 4 : 1);
                        break;
                    default:
                        bus.In(0x510 + (value & 1), value % 3 == 0 ? 2 : 1);
                        break;
                }
            }

            byte[][] saved = PortBus.Save(chip);
            (PortBus copyBus, Chip copy) = Rig();
            PortBus.Load(saved, copy);
            return PortBus.Save(copy)[0].AsSpan().SequenceEqual(saved[0]) && copyBus.In(0x511) == bus.In(0x511);
        });

    [Test]
    public void AnyPositionCanBeLoaded() => Gen.Byte.Array[6].Sample(body =>
    {
        (PortBus bus, Chip chip) = Rig();
        PortBus.Load([body], chip);
        bus.In(0x511);
        byte[] again = PortBus.Save(chip)[0];
        return again.AsSpan(0, 2).SequenceEqual(body.AsSpan(0, 2));
    });

    private (PortBus Bus, Chip FwCfg) Rig()
    {
        var bus = new PortBus();
        var chip = new Chip(_log);
        chip.Reset();
        bus.Map(chip.Ports, 0x510);
        return (bus, chip);
    }

    private byte[] Item(ushort key, int count)
    {
        _bus.Out(0x510, key, 2);
        return Read(count);
    }

    private byte[] Read(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = _bus.In(0x511);
        }

        return bytes;
    }
}
