using CsCheck;
using PcEmu.Core;
using PcEmu.Core.Block;

namespace PcEmu.Block.Tests;

public sealed class RawImageTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("pcemu-block-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void SectorsAreTheFilesBytes()
    {
        string path = Image(8);
        byte[] data = [.. Enumerable.Range(0, 1024).Select(i => (byte)(i * 3))];
        using (RawImage image = RawImage.Open(path, readOnly: false))
        {
            Assert.That((image.SectorCount, image.Length, image.IsReadOnly), Is.EqualTo((8L, 4096L, false)));
            Assert.That(image.Write(3, data), Is.EqualTo(BlockResult.Ok));
            Assert.That(image.Flush(), Is.EqualTo(BlockResult.Ok));
            byte[] back = new byte[1024];
            Assert.That(image.Read(3, back), Is.EqualTo(BlockResult.Ok));
            Assert.That(back, Is.EqualTo(data));
        }

        Assert.That(File.ReadAllBytes(path).AsSpan(1536, 1024).ToArray(), Is.EqualTo(data));
    }

    [TestCase(8, 1)]
    [TestCase(7, 2)]
    [TestCase(-1, 1)]
    [TestCase(long.MaxValue, 1)]
    [TestCase(0, 9)]
    public void RequestsPastTheEndAreRefused(long sector, int count)
    {
        using RawImage image = RawImage.Open(Image(8), readOnly: false);
        byte[] data = new byte[count * 512];
        Assert.That(image.Read(sector, data), Is.EqualTo(BlockResult.OutOfRange));
        Assert.That(image.Write(sector, data), Is.EqualTo(BlockResult.OutOfRange));
        Assert.That(new FileInfo(image.Path).Length, Is.EqualTo(4096));
    }

    [Test]
    public void ReadOnlyImageRefusesWrites()
    {
        using RawImage image = RawImage.Open(Image(8), readOnly: true);
        Assert.That(image.Write(0, new byte[512]), Is.EqualTo(BlockResult.ReadOnly));
        Assert.That(image.Flush(), Is.EqualTo(BlockResult.Ok));
    }

    [Test]
    public void FileCutShortIsAReadError()
    {
        string path = Image(8);
        using RawImage image = RawImage.Open(path, readOnly: true);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(512);
        }

        Assert.That(image.Read(0, new byte[512]), Is.EqualTo(BlockResult.Ok));
        Assert.That(image.Read(0, new byte[1024]), Is.EqualTo(BlockResult.IoError));
    }

    [Test]
    public void WriterHasTheFileAlone()
    {
        string path = Image(8);
        using (RawImage.Open(path, readOnly: false))
        {
            AssertRefused(() => RawImage.Open(path, readOnly: false), path, "another process is using the image");
            AssertRefused(() => RawImage.Open(path, readOnly: true), path, "another process is using the image");
        }

        using (RawImage.Open(path, readOnly: true))
        {
            using RawImage second = RawImage.Open(path, readOnly: true);
            Assert.That(second.SectorCount, Is.EqualTo(8));
            AssertRefused(() => RawImage.Open(path, readOnly: false), path, "another process is using the image");
        }
    }

    [Test]
    public void UnusableFilesAreRefusedByName()
    {
        string odd = Path.Combine(_directory, "odd.img");
        File.WriteAllBytes(odd, new byte[1000]);
        string empty = Path.Combine(_directory, "empty.img");
        File.WriteAllBytes(empty, []);
        string qcow = Path.Combine(_directory, "disk.qcow2");
        File.WriteAllBytes(qcow, [(byte)'Q', (byte)'F', (byte)'I', 0xFB, .. new byte[508]]);
        string missing = Path.Combine(_directory, "missing.img");
        Assert.Multiple(() =>
        {
            AssertRefused(() => RawImage.Open(odd, readOnly: false), odd, "1000 bytes");
            AssertRefused(() => RawImage.Open(empty, readOnly: false), empty, "empty");
            AssertRefused(() => RawImage.Open(qcow, readOnly: false), qcow, "qcow2");
            AssertRefused(() => RawImage.Open(missing, readOnly: false), missing, "No such file or directory");
            AssertRefused(() => RawImage.Open(_directory, readOnly: true), _directory, "Is a directory");
            AssertRefused(() => RawImage.Open("", readOnly: true), "''", "empty");
        });
        using RawImage asRaw = RawImage.Open(qcow, readOnly: false, probe: false);
        Assert.That(asRaw.SectorCount, Is.EqualTo(1), "format=raw takes the file as it is");
    }

    [TestCase(CacheMode.WriteBack, true)]
    [TestCase(CacheMode.None, true)]
    [TestCase(CacheMode.Unsafe, true)]
    [TestCase(CacheMode.WriteThrough, false)]
    [TestCase(CacheMode.DirectSync, false)]
    public void CacheModeSetsTheWriteCache(CacheMode mode, bool writeCache)
    {
        using RawImage image = RawImage.Open(Image(1), readOnly: false, mode);
        Assert.That(image.WriteCache, Is.EqualTo(writeCache));
        Assert.That(image.Write(0, new byte[512]), Is.EqualTo(BlockResult.Ok));
    }

    [TestCase(ErrorPolicy.StopWhenFull, BlockResult.NoSpace, BlockErrorAction.Stop)]
    [TestCase(ErrorPolicy.StopWhenFull, BlockResult.IoError, BlockErrorAction.Report)]
    [TestCase(ErrorPolicy.Stop, BlockResult.IoError, BlockErrorAction.Stop)]
    [TestCase(ErrorPolicy.Ignore, BlockResult.IoError, BlockErrorAction.Ignore)]
    [TestCase(ErrorPolicy.Report, BlockResult.NoSpace, BlockErrorAction.Report)]
    public void ErrorPolicyDecides(ErrorPolicy policy, BlockResult error, BlockErrorAction action)
    {
        using RawImage image = RawImage.Open(Image(1), readOnly: false, writeErrors: policy);
        Assert.That(image.OnError(error, isRead: false), Is.EqualTo(action));
        Assert.That(image.OnError(error, isRead: true), Is.EqualTo(BlockErrorAction.Report));
    }

    [Test]
    public void SnapshotLeavesTheImageAsItIs()
    {
        string path = Image(64);
        byte[] before = File.ReadAllBytes(path);
        using (BlockBackend image = BlockBackend.Open(DriveOptions.Parse($"file={path},snapshot=on")))
        {
            Assert.That(image.IsReadOnly, Is.False);
            Assert.That(image.Write(10, Enumerable.Repeat((byte)0xEE, 1024).ToArray()), Is.EqualTo(BlockResult.Ok));
            Assert.That(image.Flush(), Is.EqualTo(BlockResult.Ok));
            byte[] back = new byte[4 * 512];
            Assert.That(image.Read(9, back), Is.EqualTo(BlockResult.Ok));
            Assert.That(back.AsSpan(512, 1024).ToArray(), Is.All.EqualTo(0xEE));
            Assert.That(back.AsSpan(0, 512).SequenceEqual(before.AsSpan(9 * 512, 512)), Is.True);
            Assert.That(back.AsSpan(1536, 512).SequenceEqual(before.AsSpan(12 * 512, 512)), Is.True);
            using BlockBackend other = BlockBackend.Open(DriveOptions.Parse($"file={path},snapshot=on"));
            Assert.That(other.SectorCount, Is.EqualTo(64), "two snapshots share an image");
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public void SnapshotReadsWhatWasWrittenLast()
    {
        const int Sectors = 300;
        string path = Image(Sectors);
        Gen.Select(Gen.Int[0, Sectors - 1], Gen.Int[1, 200], Gen.Byte, Gen.Bool).Array[1, 30].Sample(
            requests =>
            {
                byte[] model = File.ReadAllBytes(path);
                using SnapshotOverlay image = SnapshotOverlay.Over(RawImage.Open(path, readOnly: true));
                foreach ((int sector, int length, byte value, bool write) in requests)
                {
                    int count = Math.Min(length, Sectors - sector) * 512;
                    byte[] data = new byte[count];
                    if (write)
                    {
                        Array.Fill(data, value);
                        data.CopyTo(model, sector * 512);
                        Assert.That(image.Write(sector, data), Is.EqualTo(BlockResult.Ok));
                    }
                    else
                    {
                        Assert.That(image.Read(sector, data), Is.EqualTo(BlockResult.Ok));
                        Assert.That(data.AsSpan().SequenceEqual(model.AsSpan(sector * 512, count)), Is.True);
                    }
                }

                byte[] all = new byte[Sectors * 512];
                Assert.That(image.Read(0, all), Is.EqualTo(BlockResult.Ok));
                Assert.That(all.AsSpan().SequenceEqual(model), Is.True);
            },
            iter: 100);
    }

    [Test]
    public void SnapshotWorksFarOutOnALargeImage()
    {
        const long Far = (3L << 30) / 512;
        string path = Path.Combine(_directory, "large.img");
        using (FileStream file = File.Create(path))
        {
            file.SetLength((Far + 100) * 512);
        }

        using SnapshotOverlay image = SnapshotOverlay.Over(RawImage.Open(path, readOnly: true));
        byte[] data = Enumerable.Repeat((byte)7, 90 * 512).ToArray();
        Assert.That(image.Write(Far + 5, data), Is.EqualTo(BlockResult.Ok));
        byte[] back = new byte[100 * 512];
        Assert.That(image.Read(Far, back), Is.EqualTo(BlockResult.Ok));
        Assert.That(back.AsSpan(5 * 512, data.Length).SequenceEqual(data), Is.True);
        Assert.That(back.AsSpan(0, 5 * 512).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    private static void AssertRefused(Func<RawImage> open, string name, string why)
    {
        string message = Assert.Throws<ConfigurationException>(() => open().Dispose())!.Message;
        Assert.That(message, Does.Contain(name).And.Contain(why).And.Not.Contain("\n"));
    }

    private string Image(int sectors)
    {
        string path = Path.Combine(_directory, "disk.img");
        byte[] bytes = new byte[sectors * 512];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i / 512);
        }

        File.WriteAllBytes(path, bytes);
        return path;
    }
}
