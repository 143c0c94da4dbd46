using System.IO.Compression;
using PcEmu.Core.Properties;
using PcEmu.Machines.Options;
using PcEmu.Machines.Registry;
using PcEmu.Machines.Running;
using PcEmu.Machines.StartUp;
using PcEmu.Migration;

namespace PcEmu.Machines.Tests.Streams;

/// <summary>Machines that streams are loaded into, and the streams of the fixtures folder.</summary>
internal static class StreamMachines
{
    /// <summary>A fixture, unpacked.</summary>
    public static byte[] Fixture(string name)
    {
        using var file = new GZipStream(
            File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Streams", "Fixtures", name + ".mig.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>A machine of 16 MiB as the fixtures need it; firmware is blank, its contents come from the stream.</summary>
    public static Machine Make(string type, bool? qemuKvm, VgaKind vga, bool counted = false)
    {
        var options = new MachineOptions
        {
            MachineType = type,
            MachineProperties = qemuKvm is { } on ? [new(QemuKvm.MigrationProperty, on ? "on" : "off"), new("firmware", "blank.bin")] : [new("firmware", "blank.bin")],
            RamSize = 16 << 20,
            Vga = vga,
            Globals = vga == VgaKind.Std ? [new GlobalProperty("VGA", "vgamem_mb", "16")] : [],
            NoNetwork = true,
            Parallels = ["null"],
            StartPaused = !counted,
            InstructionCounting = counted ? new InstructionCounting(4, Align: false, Sleep: false) : null,
        };
        var host = new MachineHost
        {
            LoadFirmware = static name => new byte[name == "blank.bin" ? 128 << 10 : 40960],
            Messages = TextWriter.Null,
            WallClock = static () => 1_800_000_000_000_000_000,
        };
        return new Machine(StartUpSequence.Run(MachineRegistry.Pc, options), options, host);
    }

    public static StreamStatistics Load(this Machine machine, byte[] stream) => machine.Load(new MemoryStream(stream));

    public static byte[] Save(this Machine machine)
    {
        using var stream = new MemoryStream();
        machine.Save(stream);
        return stream.ToArray();
    }
}
