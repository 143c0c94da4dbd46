using System.Text;
using PcEmu.Core.Char;

namespace PcEmu.Core.Tests.Char;

[TestFixture]
public sealed class CharOutputTests
{
    private const int Capacity = 1 << 16;

    private readonly byte[] _taken = new byte[2 * Capacity];

    [Test]
    public void BytesComeOutInOrder()
    {
        var output = new CharOutput(CharWhenFull.HoldBack);
        foreach (byte b in "in order"u8)
        {
            Assert.That(output.Write(b), Is.True);
        }

        Assert.That(_taken[..output.Take(_taken)], Is.EqualTo("in order"u8.ToArray()));
    }

    [Test]
    public void FullQueueRefusesAndSaysWhenThereIsRoom()
    {
        int roomAgain = 0;
        var output = new CharOutput(CharWhenFull.HoldBack) { RoomAgain = () => roomAgain++ };
        for (int i = 0; i < Capacity; i++)
        {
            Assert.That(output.Write((byte)i), Is.True);
        }

        Assert.That(output.HasRoom, Is.False);
        Assert.That(output.Write(1), Is.False);
        Assert.That(roomAgain, Is.Zero);
        Assert.That(output.Take(_taken), Is.EqualTo(Capacity));
        Assert.That(roomAgain, Is.EqualTo(1));
        Assert.That(output.Write(1), Is.True);
    }

    [Test]
    public void DiscardingQueueTakesAnything()
    {
        var output = new CharOutput(CharWhenFull.Discard);
        for (int i = 0; i < 2 * Capacity; i++)
        {
            Assert.That(output.Write(1), Is.True);
        }
    }

    [Test]
    public void CompletedQueueGivesTheRestAndThenItsEnd()
    {
        var output = new CharOutput(CharWhenFull.HoldBack);
        output.Write(7);
        output.Complete();
        Assert.That(output.Take(_taken), Is.EqualTo(1));
        Assert.That(output.Take(_taken), Is.Zero);
    }

    [Test]
    public void NothingIsHeldBackAfterTheEnd([Values] CharWhenFull whenFull)
    {
        var output = new CharOutput(whenFull);
        output.Complete();
        for (int i = 0; i < 2 * Capacity; i++)
        {
            Assert.That(output.Write(1), Is.True);
        }
    }

    [TestCase(CharWhenFull.Wait)]
    [TestCase(CharWhenFull.HoldBack)]
    public void MillionBytesCrossToAnotherThreadCompleteAndInOrder(CharWhenFull whenFull)
    {
        const int Count = 1_000_000;
        using var room = new SemaphoreSlim(0);
        var output = new CharOutput(whenFull) { RoomAgain = () => room.Release() };
        int wrong = 0, total = 0, takes = 0;
        var reader = new Thread(() =>
        {
            byte[] chunk = new byte[4096];
            int count;
            while ((count = output.Take(chunk)) > 0)
            {
                takes++;
                for (int i = 0; i < count; i++)
                {
                    wrong += chunk[i] == (byte)(total++ * 31 >> 3) ? 0 : 1;
                }
            }
        });
        reader.Start();
        for (int i = 0; i < Count; i++)
        {
            while (!output.Write((byte)(i * 31 >> 3)))
            {
                room.Wait();
            }
        }

        output.Complete();
        reader.Join();
        Assert.That(total, Is.EqualTo(Count));
        Assert.That(wrong, Is.Zero);
        Assert.That(takes, Is.LessThan(Count / 100), "bytes are gathered");
    }

    [Test]
    public void StampStandsBeforeEveryLine()
    {
        int line = 0;
        var output = new CharOutput(CharWhenFull.HoldBack) { LineStamp = () => Encoding.ASCII.GetBytes($"<{++line}>") };
        foreach (byte b in "a\r\n\nbc"u8)
        {
            output.Write(b);
        }

        output.LineStamp = null;
        output.Write((byte)'d');
        Assert.That(Encoding.ASCII.GetString(_taken, 0, output.Take(_taken)), Is.EqualTo("<1>a\r\n<2>\n<3>bcd"));
    }
}
