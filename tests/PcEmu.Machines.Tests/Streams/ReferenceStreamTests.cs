using PcEmu.Machines.Streams;
using PcEmu.Migration.Transports;
using PcEmu.Migration.Walking;

namespace PcEmu.Machines.Tests.Streams;

/// <summary>The large set of streams, in the folder that PCEMU_STREAMS names.</summary>
[TestFixture]
public sealed class ReferenceStreamTests
{
    // Legacy virtio has no fixed layout, and QEMU 7.2's own machine type has sections of its own.
    private static readonly string[] NotListed = ["e32virtio-tcg.mig.gz", "deb72-b64pit-i440fx72.mig.gz"];

    [Test]
    public void EveryStreamIsListedToItsEnd()
    {
        string? folder = Environment.GetEnvironmentVariable("PCEMU_STREAMS");
        if (folder is null || !Directory.Exists(folder))
        {
            Assert.Ignore("PCEMU_STREAMS names no folder with streams: the large set was not looked at");
        }

        foreach (string path in Directory.EnumerateFiles(folder, "*.mig.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (NotListed.Contains(Path.GetFileName(path)))
            {
                continue;
            }

            using var stream = IncomingStream.OpenFile(path);
            using var text = new StringWriter();
            Assert.DoesNotThrow(() => StreamWalker.Walk(stream.Stream, StreamListing.Text(text)), path);
            Assert.That(text.ToString(), Does.Contain("\nend at 0x"), path);
        }
    }
}
