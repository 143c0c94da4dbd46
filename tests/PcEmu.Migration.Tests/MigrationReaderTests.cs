using CsCheck;
using PcEmu.Core.State;
using PcEmu.Memory;
using PcEmu.Migration.Held;

namespace PcEmu.Migration.Tests;

[TestFixture]
public sealed class MigrationReaderTests
{
    private TinyMachine _machine = null!;

    [SetUp]
    public void MakeMachine() => _machine = new TinyMachine();

    [TearDown]
    public void DisposeMachine() => _machine.Dispose();

    [Test]
    public void PagesComeWithOrWithoutNameAndTheLastPassCounts()
    {
        StreamBuilder stream = new StreamBuilder().RamStart()
            .Word64(0x0008).Name("low").Page(0x11)
            .Word64(0x1022).Byte(0x22)
            .Word64(0x1008).Name("high").Page(0x33)
            .Word64(0x10)
            .Byte(2).Word32(2).Word64(0x0028).Page(0x44).Word64(0x0002).Name("low").Byte(0x55)
            .RamEnd().Chips().End();

        StreamStatistics statistics = Load(stream.Bytes);

        Assert.That(statistics, Is.EqualTo(new StreamStatistics(stream.Bytes.Length, 3, 2)));
        Assert.That(Firsts(_machine.Low), Is.EqualTo(new byte[] { 0x55, 0x22, 0, 0 }));
        Assert.That(Firsts(_machine.High), Is.EqualTo(new byte[] { 0x44, 0x33 }));
        Assert.That((_machine.First.Mode, _machine.First.Count, _machine.Second.Mode, _machine.Second.Count), Is.EqualTo((1, 2u, 3, 4u)));
    }

    [Test]
    public void AStreamThatTricklesInLoadsTheSame()
    {
        _machine.First.Rare = 0x1234;
        _machine.Low.AsSpan()[5000..6000].Fill(7);
        byte[] saved = _machine.Save();
        using var other = new TinyMachine();

        MigrationReader.Load(new OneByteStream(saved), other.View());

        Assert.That(other.Save(), Is.EqualTo(saved));
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        _machine.First.Rare = 1;
        byte[] saved = _machine.Save();
        for (int length = 0; length < saved.Length; length++)
        {
            using var other = new TinyMachine();
            Assert.That(
                () => MigrationReader.Load(new MemoryStream(saved, 0, length), other.View()),
                Throws.TypeOf<MigrationException>().With.Message.StartsWith("load of migration failed: "),
                $"{length} of {saved.Length} bytes");
        }
    }

    [Test]
    public void FootersConfigurationAndDescriptionAreTaken()
    {
        byte[] stream = new StreamBuilder().Byte(7).Word32(4).Byte('t').Byte('i').Byte('n').Byte('y')
            .RamStart().Word64(0x10).Byte(0x7E).Word32(2).Byte(3).Word32(2).Word64(0x10).Byte(0x7E).Word32(2)
            .Chip(0, 1, 2).Byte(0x7E).Word32(3).Chip(1, 3, 4).Byte(0x7E).Word32(4).End().Byte(6).Word32(2).Byte('{').Byte('}').Bytes;

        Load(stream);

        Assert.That(_machine.Second.Count, Is.EqualTo(4));
    }

    [Test]
    public void OldInstancesAreAliases()
    {
        byte[] stream = new StreamBuilder().RamStart().RamEnd().Chips().Head(4, 9, "i8259", 0xA0, 2).Byte(5).Word32(6).End().Bytes;
        (TinyMachine.Chip master, TinyMachine.Chip slave) = (new(), new());
        var layout = new StateDescription<TinyMachine.Chip>("i8259", 2, 1)
        {
            Field.UInt8("mode", static (ref TinyMachine.Chip c) => ref c.Mode),
            Field.UInt32("count", static (ref TinyMachine.Chip c) => ref c.Count),
        };

        MigrationReader.Load(new MemoryStream(stream), _machine.View(false, StateSection.Of(layout, master), StateSection.Of(layout, slave)));

        Assert.That((master.Mode, slave.Mode), Is.EqualTo((0, 5)));
    }

    private static IEnumerable<TestCaseData> Broken()
    {
        static StreamBuilder Ram() => new StreamBuilder().RamStart();
        static StreamBuilder Devices() => Ram().RamEnd();
        yield return Case(Ram().Word64(0x4008).Name("low").Page(1), "section 'ram' instance 0 version 4 at offset 0x46: RAM block 'low': page 0x4000 is outside its 0x4000 bytes", "PageOutside");
        yield return Case(Ram().Word64(0x8).Name("mid").Page(1), "RAM block 'mid' is not in the stream's list", "PageOfUnknownBlock");
        yield return Case(Ram().Word64(0x28).Page(1), "RAM: a page of the block before, and there is none", "ContinuedNothing");
        yield return Case(Ram().Word64(0x40), "XBZRLE", "Xbzrle");
        yield return Case(Ram().Word64(0x80), "flags 0x80 have no meaning", "RamFlags");
        yield return Case(new StreamBuilder().Head(1, 2, "ram", 0, 4).Word64(0x4004).Name("low").Word64(0x4000), "RAM block 'high' of this machine is not in the stream", "MissingBlock");
        yield return Case(new StreamBuilder().Head(1, 2, "ram", 0, 4).Word64(0x4004).Name("low").Word64(0x5000), "0x5000 bytes is no size", "BlockBeyondTotal");
        yield return Case(new StreamBuilder().Head(1, 2, "ram", 0, 4).Word64(0x8004).Name("low").Word64(0x5000), "RAM block 'low' has 0x5000 bytes in the stream and 0x4000 here", "BlockSize");
        yield return Case(new StreamBuilder().Head(1, 2, "ram", 0, 4).Word64(ulong.MaxValue & ~0xFFFul | 4).Name("low").Word64(0), "0x0 bytes is no size", "EmptyBlock");
        yield return Case(new StreamBuilder().Head(1, 2, "ram", 0, 3), "version 3 is not known, only 4", "RamVersion");
        yield return Case(Devices().Head(4, 3, "floppy\n", 7, 1), "section 'floppy?' instance 7 version 1 at offset 0x4F: this machine has no such section", "UnknownSection");
        yield return Case(Devices().Head(4, 3, "chip", 0, 3), "section 'chip' instance 0 version 3 at offset 0x61: chip: version 3 is newer than the 2 that is known", "NewerVersion");
        yield return Case(Devices().Chip(0, 1, 2).Byte(5).Name("chip/other").Word32(1), "unknown subsection 'chip/other'", "UnknownSubsection");
        yield return Case(Devices().Chip(0, 1, 2).Chip(0, 1, 2), "it comes twice", "Twice");
        yield return Case(Devices().Chip(0, 1, 2).Byte(0x7E).Word32(9), "its footer is not where the section ends", "Footer");
        yield return Case(Devices().Byte(0x33), "offset 0x4F: record type 0x33 has no meaning", "RecordType");
        yield return Case(Devices().Chip(0, 1, 2).End(), "the stream has no section 'chip' instance 1", "MissingSection");
        yield return Case(Ram().Word64(0x10).Chips().End(), "without the end of section 'ram'", "RamWithoutEnd");
        yield return Case(new StreamBuilder().Byte(7).Word32(2).Byte('p').Byte('c'), "the stream is of machine type 'pc', and this machine is a 'tiny'", "OtherMachine");
        yield return Case(new StreamBuilder().Byte(7).Word32(0xFFFF_FFFF), "4294967295 bytes", "LongConfiguration");

        static TestCaseData Case(StreamBuilder stream, string message, string name) =>
            new TestCaseData(stream.Bytes, message).SetName($"Refused_{name}");
    }

    [TestCaseSource(nameof(Broken))]
    public void WhatDoesNotFitIsRefusedInOneLine(byte[] stream, string message)
    {
        MigrationException error = Assert.Throws<MigrationException>(() => Load(stream))!;

        Assert.That(error.Message, Does.StartWith("load of migration failed: ").And.Contain(message).And.Not.Contain("\n"));
    }

    [TestCase(false, "kvm-tpr-opt", "(the stream may come from qemu-kvm: try -machine pc-1.0,qemu-kvm-migration=on)")]
    [TestCase(false, "i8254", "(the stream may come from qemu-kvm: try -machine pc-1.0,qemu-kvm-migration=on)")]
    [TestCase(false, "0000:00:01.3/piix4_pm", "(the stream may come from qemu-kvm: try -machine pc-1.0,qemu-kvm-migration=on)")]
    [TestCase(true, "i8254", "(the stream may come from QEMU: try -machine pc-1.0,qemu-kvm-migration=off)")]
    [TestCase(false, "hpet", null)]
    [TestCase(true, "serial", null)]
    public void TheHintComesWhereItHelps(bool qemuKvm, string name, string? hint)
    {
        byte[] stream = new StreamBuilder().RamStart().RamEnd().Head(4, 3, name, 0, name == "kvm-tpr-opt" ? 1u : 2).Byte(1).Word32(1).Byte(0x44).Bytes;
        var chip = new TinyMachine.Chip();
        var layout = new StateDescription<TinyMachine.Chip>(name, 2, 1)
        {
            Field.UInt8("mode", static (ref TinyMachine.Chip c) => ref c.Mode),
            Field.UInt32("count", static (ref TinyMachine.Chip c) => ref c.Count),
        };

        MigrationException error = Assert.Throws<MigrationException>(
            () => MigrationReader.Load(new MemoryStream(stream), _machine.View(qemuKvm, StateSection.Of(layout, chip))))!;

        Assert.That(error.Message, hint is null ? Does.Not.Contain("try -machine") : Does.EndWith(hint));
    }

    [TestCase(0x100_0000u, 0x80_0000u, false, true)]
    [TestCase(0x80_0000u, 0x100_0000u, true, true)]
    [TestCase(0x80_0000u, 0x100_0000u, false, false)]
    [TestCase(0x40_0000u, 0x80_0000u, false, false)]
    public void TheSizeOfVideoMemoryTellsTheWriter(uint inStream, uint here, bool qemuKvm, bool hinted)
    {
        using var vram = new RamBlock("vga.vram", here);
        byte[] stream = new StreamBuilder().Head(1, 2, "ram", 0, 4).Word64(inStream | 4).Name("vga.vram").Word64(inStream).Bytes;

        MigrationException error = Assert.Throws<MigrationException>(() => MigrationReader.Load(
            new MemoryStream(stream), new MigrationMachine { MachineType = "pc-1.0", Blocks = [vram], Sections = [], QemuKvmMigration = qemuKvm }))!;

        Assert.That(error.Message.Contains("try -machine pc-1.0,qemu-kvm-migration=", StringComparison.Ordinal), Is.EqualTo(hinted), error.Message);
    }

    [Test]
    public void EveryHeldLayoutSavesWhatItLoads()
    {
        foreach (string kind in (string[])["apic", "ioapic", "hpet", "fdc", "vmmouse", "kvmclock", "kvm-tpr-opt", "slirp", "uhci", "usb-ptr", "rtl8139", "e1000"])
        {
            HeldState state = HeldLayouts.Find(kind)!.NewState();
            byte[] body = new byte[80_000];
            new Random(kind.Length).NextBytes(body);
            var reader = new StateReader(body);
            StateSection section = state.Section();
            section.Load(ref reader, section.Version);
            var writer = new StateWriter();
            section.Save(writer);

            Assert.That(writer.Written.SequenceEqual(body.AsSpan(0, reader.Position)), Is.True, kind);
        }
    }

    [Test]
    public void MutatedStreamsLoadOrAreRefused()
    {
        _machine.First.Rare = 9;
        _machine.Low.AsSpan()[..100].Fill(3);
        byte[] saved = _machine.Save();
        Gen.Select(Gen.Int[0, saved.Length - 1], Gen.Byte, Gen.Int[0, 64]).Array[1, 4].Sample(
            changes =>
            {
                byte[] mutated = [.. saved];
                foreach ((int at, byte value, int near) in changes)
                {
                    // Half of the changes go to the records around RAM, where the structure is.
                    mutated[(value & 1) == 0 ? at : value < 128 ? near : saved.Length - 1 - near] = value;
                }

                using var other = new TinyMachine();
                try
                {
                    MigrationReader.Load(new MemoryStream(mutated), other.View());
                }
                catch (MigrationException error)
                {
                    return error.Message.StartsWith("load of migration failed: ", StringComparison.Ordinal) && !error.Message.Contains('\n');
                }

                return true;
            },
            iter: 5000,
            threads: 1);
    }

    private static byte[] Firsts(RamBlock block) =>
        [.. Enumerable.Range(0, (int)(block.Size / RamBlock.PageSize)).Select(i => block.Span((ulong)i * RamBlock.PageSize, 1)[0])];

    private StreamStatistics Load(byte[] stream) => MigrationReader.Load(new MemoryStream(stream), _machine.View());
}
