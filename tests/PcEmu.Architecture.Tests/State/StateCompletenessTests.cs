using System.Diagnostics.CodeAnalysis;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;
using PcEmu.TestSupport;

namespace PcEmu.Architecture.Tests.State;

/// <summary>The check that every chip's tests rely on finds what it should, and nothing else.</summary>
[TestFixture]
public sealed class StateCompletenessTests
{
    private static Sample Make()
    {
        var clock = new ManualClock();
        return new Sample(clock, new TimerQueue(clock));
    }

    [Test]
    public void AWholeDescriptionLeavesNothing() => Assert.That(Check(Make(), Whole()), Is.Empty);

    [Test]
    public void TheDevicesOwnSectionsAreTaken() => Assert.That(StateCompleteness.Unsaved(Make()), Does.Contain("Sample._mask: not saved"));

    [TestCase(0, "Sample._irr: not saved")]
    [TestCase(1, "Sample._deadline: not saved")]
    [TestCase(2, "Sample._fifo[0]: not saved")]
    [TestCase(3, "Sample._timer: not saved")]
    [TestCase(4, "Sample._first.Count: not saved")]
    [TestCase(5, "Sample._channels[1].Mode: not saved")]
    [TestCase(6, "Sample._part.Level: not saved")]
    [TestCase(7, "Sample._packed: not saved")]
    [TestCase(8, "SampleBase._config: not saved")]
    [TestCase(9, "Sample._mask: not saved")]
    public void AFieldThatIsLeftOutIsFound(int leftOut, string line)
    {
        List<StateField<Sample>> fields = [.. Whole()];
        StateDescription<Sample> description = new("sample", 2, 1);
        for (int i = 0; i < fields.Count; i++)
        {
            if (i != leftOut)
            {
                description.Add(fields[i]);
            }
        }

        if (leftOut != fields.Count)
        {
            description.Add(Rare());
        }

        Assert.That(Check(Make(), description), Does.Contain(line));
    }

    [Test]
    public void AFieldOfAStructureThatIsLeftOutIsFound()
    {
        StateDescription<Channel> half = new("channel", 1, 1) { Field.UInt8("mode", static (ref Channel c) => ref c.Mode) };
        StateDescription<Sample> description = new("sample", 1, 1)
        {
            Field.Struct("first", static (ref Sample s) => ref s._first, half),
            Field.Array("channels", static (Sample s) => s._channels, half),
        };

        IReadOnlyList<string> lines = Check(Make(), description);

        Assert.That(lines, Does.Contain("Sample._first.Count: not saved"));
        Assert.That(lines, Does.Contain("Sample._channels[2].Count: not saved"));
        Assert.That(lines, Has.None.Contains("Mode"));
    }

    [Test]
    public void AFieldThatOnlyPreSaveSendsCounts()
    {
        StateDescription<Ring> description = new("ring", 1, 1)
        {
            Field.UInt32("wire", static (ref Ring r) => ref r.Wire),
        };
        StateDescription<Ring> computed = new("ring", 1, 1)
        {
            Field.UInt32("wire", static (ref Ring r) => ref r.Wire),
        };

        string[] missing = ["Ring.Head: not saved", "Ring.Tail: not saved"];
        Assert.That(Check(new Ring(), description), Is.EqualTo(missing));
        Assert.That(Check(new Ring(), With(computed)), Is.Empty);

        static StateDescription<Ring> With(StateDescription<Ring> fields)
        {
            StateDescription<Ring> whole = new("ring", 1, 1) { PreSave = static (ref r, _) => r.Wire = (uint)(r.Head - r.Tail) };
            foreach (StateField<Ring> field in fields)
            {
                whole.Add(field);
            }

            return whole;
        }
    }

    [Test]
    public void WhatCannotBeDescribedMustBeMarked()
    {
        string[] expected =
        [
            "Opaque.Bytes: a Queue`1 of values cannot be described",
            "Opaque.Grid: an array of 2 dimensions cannot be described",
            "Opaque.Maybe: a nullable value cannot be described",
            "Opaque.NoReason: [NotSaved] gives no reason",
            "Opaque.Text: a reference that can change",
        ];

        Assert.That(Check(new Opaque(), new StateDescription<Opaque>("opaque", 1, 1)), Is.EqualTo(expected));
    }

    [Test]
    public void TheDeviceKeepsItsValues()
    {
        Sample device = Make();
        device.Fill();
        var before = new StateWriter();
        StateSection.Of(Whole(), device).Save(before);

        Check(device, Whole());

        var after = new StateWriter();
        StateSection.Of(Whole(), device).Save(after);
        Assert.That(after.Written.ToArray(), Is.EqualTo(before.Written.ToArray()));
    }

    private static IReadOnlyList<string> Check<T>(T owner, StateDescription<T> description)
        where T : class => StateCompleteness.Unsaved(owner, StateSection.Of(description, owner));

    private static StateDescription<Sample> Whole() => new("sample", 2, 1)
    {
        Field.UInt8("irr", static (ref Sample s) => ref s._irr),
        Field.Int64("deadline", static (ref Sample s) => ref s._deadline, when: static (ref Sample s, int _) => s._irr == 0xA5),
        Field.Bytes("fifo", static (Sample s) => s._fifo),
        Field.Timer("timer", static (Sample s) => s._timer),
        Field.Struct("first", static (ref Sample s) => ref s._first, Channel.State),
        Field.Array("channels", static (Sample s) => s._channels, Channel.State),
        Field.Bool("part.level", static (ref Sample s) => ref s._part.Level),
        Field.Computed("packed", 4, static (Sample s) => s._packed << 3, static (s, v) => s._packed = (uint)v >> 3),
        Field.UInt32("config", static (ref Sample s) => ref s._config),
        Rare(),
    };

    private static Subsection<Sample> Rare() => new(
        new StateDescription<Sample>("sample/mask", 1, 1) { Field.UInt16("mask", static (ref Sample s) => ref s._mask) },
        static s => s._mask == 0x1234 && s._irr == 0x56);

    private abstract class SampleBase : Device
    {
        internal uint _config;
    }

    private sealed class Sample(IClock clock, TimerQueue timers) : SampleBase
    {
        internal readonly byte[] _fifo = new byte[64];
        internal readonly GuestTimer _timer = timers.Create(static () => { });
        internal readonly Channel[] _channels = new Channel[3];
        internal readonly Part _part = new();
        internal byte _irr;
        internal long _deadline;
        internal Channel _first;
        internal uint _packed;
        internal ushort _mask;

        [NotSaved("recomputed from _irr")]
        private int _derived;

        public override string Driver => "sample";

        public override IEnumerable<StateSection> StateSections =>
            [StateSection.Of(new StateDescription<Sample>("sample", 1, 1) { Field.UInt8("irr", static (ref Sample s) => ref s._irr) }, this)];

        [DeviceProperty("base", "where it stands")]
        public uint Base { get; set; }

        [NotSaved("the board sets it")]
        public bool Wired { get; set; }

        public void Fill()
        {
            _irr = 3;
            _deadline = clock.Now + 7;
            _timer.Arm(99);
            _fifo[63] = 1;
            _channels[2].Count = -5;
            _derived = _irr;
            _config = (uint)_derived;
        }
    }

    private sealed class Part
    {
        internal bool Level;
    }

    private struct Channel
    {
        public static readonly StateDescription<Channel> State = new("channel", 1, 1)
        {
            Field.Int32("count", static (ref Channel c) => ref c.Count),
            Field.UInt8("mode", static (ref Channel c) => ref c.Mode),
        };

        public int Count;
        public byte Mode;
    }

    private sealed class Ring
    {
        internal int Head = 1;
        internal int Tail = 1;
        internal uint Wire;
    }

    [SuppressMessage("Style", "IDE0044:Add readonly modifier", Justification = "the check tells readonly from mutable")]
    private sealed class Opaque
    {
        internal readonly Queue<byte> Bytes = new();
        internal readonly byte[,] Grid = new byte[2, 2];
        internal readonly List<IIrqLine> Wiring = [];
        internal readonly int Constant = 3;
        internal int? Maybe = 1;
        internal string Text = "a";

        [NotSaved(" ")]
        internal int NoReason = 1;
    }
}
