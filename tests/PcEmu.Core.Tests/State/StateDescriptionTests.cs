using CsCheck;
using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.Core.Tests.State;

[TestFixture]
public sealed class StateDescriptionTests
{
    [Test]
    public void FieldsAreBigEndianInTheirOrder()
    {
        var chip = new Chip();
        chip.Fill(1);
        byte[] saved = Save(chip);
        Assert.That(Convert.ToHexStringLower(saved), Is.EqualTo(
            "01" + "01" + "0102" + "01020304" + "fffffffe" + "0102030405060708" + "fffffffffffffffe" // scalars
            + "00000000000003e8" // timer
            + "010203" + "0001fffe" // arrays
            + "0a" + "14" // nested structure
            + "0b15" + "0c16" // array of structures
            + "1234" + "0000")); // computed, unused
    }

    [Test]
    public void WhatIsSavedIsLoaded()
    {
        var chip = new Chip();
        chip.Fill(1);
        chip.Extra = 77;
        byte[] saved = Save(chip);
        var fresh = new Chip();
        Load(fresh, saved);
        Assert.That(Save(fresh), Is.EqualTo(saved));
        Assert.That(fresh.Timer.Deadline, Is.EqualTo(1000));
        Assert.That(fresh.Extra, Is.EqualTo(77));
        Assert.That(fresh.Loaded, Is.EqualTo(1));
    }

    [Test]
    public void NestedStructureHasItsOwnVersion()
    {
        // The owner of version 1 holds a structure of version 2 whose second byte came with that version.
        var owner = new Owner();
        owner.Inner.First = 1;
        owner.Inner.Second = 2;
        var writer = new StateWriter();
        Owner.State.Save(ref owner, writer);
        Assert.That(writer.Written.ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        var fresh = new Owner();
        var reader = new StateReader(writer.Written);
        Owner.State.Load(ref fresh, ref reader, 1);
        Assert.That(reader.Remaining, Is.Zero);
        Assert.That(fresh.Inner.Second, Is.EqualTo(2));
    }

    [Test]
    public void OlderVersionLacksWhatCameLater()
    {
        var chip = new Chip();
        chip.Fill(1);
        byte[] saved = Save(chip);
        var old = new Chip();
        Load(old, saved[..^2], version: 1);
        Assert.That(old.Wide, Is.EqualTo(chip.Wide));
    }

    [TestCase(3, "newer")]
    [TestCase(0, "older")]
    [TestCase(-1, "older")]
    [TestCase(int.MaxValue, "newer")]
    [TestCase(int.MinValue, "older")]
    public void OtherVersionsAreRefused(int version, string word) => Assert.That(
        () => Load(new Chip(), new byte[200], version), Throws.InstanceOf<StateException>().With.Message.Contains(word));

    [Test]
    public void EndInsideAFieldIsRefusedAndNamed()
    {
        var chip = new Chip();
        chip.Fill(1);
        byte[] saved = Save(chip);
        for (int length = 0; length < saved.Length; length++)
        {
            Assert.That(() => Load(new Chip(), saved[..length]), Throws.InstanceOf<StateException>().With.Message.Contains("field '"));
        }

        Assert.That(() => Load(new Chip(), saved[..5]), Throws.InstanceOf<StateException>().With.Message.StartsWith("field 'u32':"));
    }

    [Test]
    public void ByteThatIsNoBoolIsRefused()
    {
        byte[] saved = Save(new Chip());
        saved[1] = 2;
        Assert.That(() => Load(new Chip(), saved), Throws.InstanceOf<StateException>().With.Message.Contains("'bool'"));
    }

    [Test]
    public void SubsectionIsSentWhenNeededAndUnknownOnesAreRefused()
    {
        var chip = new Chip();
        int without = Save(chip).Length;
        chip.Extra = 5;
        byte[] saved = Save(chip);
        Assert.That(Convert.ToHexStringLower(saved[without..]), Is.EqualTo("05" + "0a" + "636869702f6578747261" + "00000001" + "05"));
        saved[without + 11] = (byte)'b';
        Assert.That(() => Load(new Chip(), saved), Throws.InstanceOf<StateException>().With.Message.Contains("chip/extrb"));
        saved[without + 2] = (byte)'x';
        Assert.That(Load(new Chip(), saved), Is.EqualTo(saved.Length - without), "somebody else's is left where it is");
    }

    [Test]
    public void OldLayoutIsReadByItsOwnDescription()
    {
        var old = new StateDescription<Chip>("chip", 0, 0) { Field.UInt8("u8", static (ref Chip c) => ref c.Byte) };
        var state = new StateDescription<Chip>("chip", 2, 1) { LoadOld = (_, version) => version == 0 ? old : null };
        var chip = new Chip();
        var reader = new StateReader([9]);
        state.Load(ref chip, ref reader, 0);
        Assert.That(chip.Byte, Is.EqualTo(9));
        Assert.That(
            () =>
            {
                var none = new StateReader([9]);
                state.Load(ref chip, ref none, -1);
            },
            Throws.InstanceOf<StateException>());
    }

    [Test]
    public void HostileBytesLoadOrAreRefusedAndNothingElse() => Gen.Select(Gen.Byte.Array[0, 120], Gen.Int[-1, 3]).Sample((bytes, version) =>
    {
        try
        {
            Load(new Chip(), bytes, version);
        }
        catch (StateException)
        {
        }
    });

    [Test]
    public void DamagedStreamLoadsOrIsRefusedAndNothingElse() =>
        Gen.Select(Gen.Int[0, 100], Gen.Byte, Gen.Int[0, 100], Gen.Byte).Sample((first, a, second, b) =>
        {
            var chip = new Chip { Extra = 1 };
            chip.Fill(1);
            byte[] bytes = Save(chip);
            bytes[first % bytes.Length] = a;
            bytes[second % bytes.Length] = b;
            try
            {
                Load(new Chip(), bytes);
            }
            catch (StateException)
            {
            }
        });

    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(5)]
    [TestCase(int.MaxValue)]
    public void ReaderRefusesCountsThatAreNotThere(int count)
    {
        var reader = new StateReader([1, 2, 3, 4], origin: 0x100);
        reader.Take(0);
        StateException? error = null;
        try
        {
            reader.Take(count);
        }
        catch (StateException refused)
        {
            error = refused;
        }

        // Whoever loads the section puts this offset into the line for the user.
        Assert.That((error?.Message, reader.Offset), Is.EqualTo(("the stream ends inside the field", 0x100)));
    }

    [TestCase("")]
    [TestCase("05")]
    [TestCase("0500")]
    [TestCase("0501")]
    [TestCase("050161000000", Description = "the version is cut off")]
    [TestCase("04016100000001")]
    [TestCase("05ff6100000001")]
    public void WhatIsNoSubsectionIsNotTakenForOne(string hex)
    {
        var reader = new StateReader(Convert.FromHexString(hex));
        Assert.That(reader.TryPeekSubsection(out string? name), Is.False);
        Assert.That(name, Is.Null);
        Assert.That(reader.Position, Is.Zero);
    }

    [Test]
    public void WriterGrowsAndRefusesLongNames()
    {
        var writer = new StateWriter();
        writer.Bytes(new byte[1000]);
        writer.Name(new string('a', 255));
        Assert.That(writer.Written.Length, Is.EqualTo(1256));
        Assert.That(() => writer.Name(new string('a', 256)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void DumpHasALineForEveryValue()
    {
        var chip = new Chip();
        chip.Fill(1);
        chip.Extra = 5;
        var text = new StringWriter { NewLine = "\n" };
        StateSection section = StateSection.Of(Chip.State, chip, "0000:00:01.1");
        section.Dump(new StateDump(text));
        Assert.That(section.Name, Is.EqualTo("0000:00:01.1/chip"));
        Assert.That(text.ToString().Split('\n'), Is.EqualTo([
            "u8 = 0x1", "bool = 1", "u16 = 0x102", "u32 = 0x1020304", "i32 = 0xfffffffe", "u64 = 0x102030405060708", "i64 = -2",
            "timer = 1000", "bytes[0x0] = 010203", "numbers[0] = 0x1", "numbers[1] = 0xfffe", "inner.first = 0xa", "inner.second = 0x14",
            "array[0].first = 0xb", "array[0].second = 0x15", "array[1].first = 0xc", "array[1].second = 0x16", "computed = 0x1234",
            "chip/extra.extra = 0x5", ""]));
    }

    private static byte[] Save(Chip chip)
    {
        var writer = new StateWriter();
        Chip.State.Save(ref chip, writer);
        return writer.Written.ToArray();
    }

    private static int Load(Chip chip, byte[] bytes, int version = 2)
    {
        var reader = new StateReader(bytes);
        Chip.State.Load(ref chip, ref reader, version);
        return reader.Remaining;
    }

    private struct Part
    {
        public static readonly StateDescription<Part> State = new("part", version: 2, minimumVersion: 1)
        {
            Field.UInt8("first", static (ref Part p) => ref p.First),
            Field.UInt8("second", static (ref Part p) => ref p.Second, since: 2),
        };

        public byte First;
        public byte Second;
    }

    private sealed class Owner
    {
        public static readonly StateDescription<Owner> State = new("owner", version: 1, minimumVersion: 1)
        {
            Field.Struct("inner", static (ref Owner o) => ref o.Inner, Part.State),
        };

        public Part Inner;
    }

    private sealed class Chip
    {
        public static readonly StateDescription<Chip> State = Describe();

        public readonly GuestTimer Timer = new TimerQueue(new ManualClock()).Create(static () => { });
        public byte Byte;
        public bool Bool;
        public ushort Short;
        public uint Word;
        public int Signed;
        public ulong Wide;
        public long Time;
        public Part Inner;
        public byte Extra;

        private readonly byte[] _bytes = new byte[3];
        private readonly ushort[] _numbers = new ushort[2];
        private readonly Part[] _array = new Part[2];
        private ulong _computed;

        public int Loaded { get; private set; }

        public void Fill(byte seed)
        {
            Byte = seed;
            Bool = true;
            Short = 0x0102;
            Word = 0x01020304;
            Signed = -2;
            Wide = 0x0102030405060708;
            Time = -2;
            Timer.Arm(1000);
            (_bytes[0], _bytes[1], _bytes[2]) = (1, 2, 3);
            (_numbers[0], _numbers[1]) = (1, 0xFFFE);
            Inner = new Part { First = 10, Second = 20 };
            _array[0] = new Part { First = 11, Second = 21 };
            _array[1] = new Part { First = 12, Second = 22 };
            _computed = 0x1234;
        }

        private static StateDescription<Chip> Describe()
        {
            var extra = new StateDescription<Chip>("chip/extra", version: 1, minimumVersion: 1)
            {
                Field.UInt8("extra", static (ref Chip c) => ref c.Extra),
            };
            var state = new StateDescription<Chip>("chip", version: 2, minimumVersion: 1) { PostLoad = static (ref Chip c, int _) => c.Loaded++ };
            state.Add(Field.UInt8("u8", static (ref Chip c) => ref c.Byte));
            state.Add(Field.Bool("bool", static (ref Chip c) => ref c.Bool));
            state.Add(Field.UInt16("u16", static (ref Chip c) => ref c.Short));
            state.Add(Field.UInt32("u32", static (ref Chip c) => ref c.Word));
            state.Add(Field.Int32("i32", static (ref Chip c) => ref c.Signed));
            state.Add(Field.UInt64("u64", static (ref Chip c) => ref c.Wide));
            state.Add(Field.Int64("i64", static (ref Chip c) => ref c.Time));
            state.Add(Field.Timer("timer", static (Chip c) => c.Timer));
            state.Add(Field.Bytes("bytes", static (Chip c) => c._bytes));
            state.Add(Field.Numbers("numbers", static (Chip c) => c._numbers));
            state.Add(Field.Struct("inner", static (ref Chip c) => ref c.Inner, Part.State));
            state.Add(Field.Array("array", static (Chip c) => c._array, Part.State));
            state.Add(Field.Computed<Chip>("computed", 2, static c => c._computed, static (c, value) => c._computed = value));
            state.Add(Field.Unused<Chip>(2, since: 2));
            state.Add(new Subsection<Chip>(extra, static c => c.Extra != 0));
            return state;
        }
    }
}
