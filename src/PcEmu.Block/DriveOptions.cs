using PcEmu.Core;
using PcEmu.Core.Block;
using PcEmu.Core.Properties;

namespace PcEmu.Block;

/// <summary>What a drive hangs on (<c>if=</c>).</summary>
public enum DriveInterface
{
    /// <summary>The machine's IDE controller: two drives a bus.</summary>
    Ide,

    /// <summary>The floppy controller.</summary>
    Floppy,

    /// <summary>Nothing: a <c>-device</c> refers to the drive by its id.</summary>
    None,
}

/// <summary>What lies in the drive (<c>media=</c>).</summary>
public enum DriveMedia
{
    /// <summary>A disk.</summary>
    Disk,

    /// <summary>A compact disc.</summary>
    Cdrom,
}

/// <summary>One <c>-drive</c> option, or one of its short forms, taken apart and checked by itself.</summary>
/// <remarks>Keys and messages are those of QEMU's manual page; places are given out by <see cref="DriveTable"/>.</remarks>
public sealed record DriveOptions
{
    // What a PC's BIOS and the drive's own registers can express.
    private const int MaximumCylinders = 16383;
    private const int MaximumHeads = 16;
    private const int MaximumSectors = 63;

    private DriveOptions(string option, string text)
    {
        Option = option;
        Text = text;
    }

    /// <summary>The option ("-drive", "-hda"), for messages.</summary>
    public string Option { get; }

    /// <summary>The option's text as typed.</summary>
    public string Text { get; }

    /// <summary>The image file, or null for a drive without a medium.</summary>
    public string? File { get; init; }

    /// <summary>The image's format ("raw"), or null to look at the file.</summary>
    public string? Format { get; init; }

    /// <summary>What it hangs on.</summary>
    public DriveInterface Interface { get; init; }

    /// <summary>What lies in it.</summary>
    public DriveMedia Media { get; init; }

    /// <summary>Place counted over all buses, or null.</summary>
    public int? Index { get; init; }

    /// <summary>Bus, or null.</summary>
    public int? Bus { get; init; }

    /// <summary>Place on the bus, or null for the first free one.</summary>
    public int? Unit { get; init; }

    /// <summary>Whether writes go to a temporary file.</summary>
    public bool Snapshot { get; init; }

    /// <summary>Whether writes are refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What writes and flushes mean.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>Name by which <c>-device drive=</c> and the monitor find it, or null for one made from its place.</summary>
    public string? Id { get; init; }

    /// <summary>Serial number that the guest reads, or null.</summary>
    public string? Serial { get; init; }

    /// <summary>What becomes of failed reads.</summary>
    public ErrorPolicy ReadErrors { get; init; } = ErrorPolicy.Report;

    /// <summary>What becomes of failed writes.</summary>
    public ErrorPolicy WriteErrors { get; init; } = ErrorPolicy.StopWhenFull;

    /// <summary>The geometry that the user gave, or null.</summary>
    public DiskGeometry? Geometry { get; init; }

    /// <summary>Takes the text of <c>-drive</c> apart.</summary>
    /// <exception cref="ConfigurationException">An unknown key or a value that cannot be; one line that names it.</exception>
    public static DriveOptions Parse(string text) => Parse(OptionString.Parse("-drive", text));

    /// <summary>Takes the words of <c>-drive</c>, or of a short form spelled out, and names that option in messages.</summary>
    /// <exception cref="ConfigurationException">An unknown key or a value that cannot be; one line that names it.</exception>
    public static DriveOptions Parse(OptionString options)
    {
        Func<string, ConfigurationException> error = what => new ConfigurationException($"{options.Option} {options.Text}: {what}");
        DriveInterface attach = options.Find("if") switch
        {
            null or "ide" => DriveInterface.Ide,
            "floppy" => DriveInterface.Floppy,
            "none" => DriveInterface.None,
            var other => throw error($"unsupported bus type '{other}'"),
        };
        DriveMedia media = options.Find("media") switch
        {
            null or "disk" => DriveMedia.Disk,
            "cdrom" => DriveMedia.Cdrom,
            var other => throw error($"invalid media '{other}'"),
        };
        string? format = options.Find("format");
        if (format is not (null or "raw"))
        {
            throw error($"format '{format}' is not supported, only 'raw' is");
        }

        bool readOnly = options.GetBool("readonly", media == DriveMedia.Cdrom);
        if (readOnly && attach == DriveInterface.Ide && media == DriveMedia.Disk)
        {
            throw error("readonly is not supported by this bus type");
        }

        string? file = options.Find("file");
        var parsed = new DriveOptions(options.Option, options.Text)
        {
            File = string.IsNullOrEmpty(file) ? null : file,
            Format = format,
            Interface = attach,
            Media = media,
            Index = ParsePlace(options, "index"),
            Bus = ParsePlace(options, "bus"),
            Unit = ParsePlace(options, "unit"),
            Snapshot = options.GetBool("snapshot", false),
            ReadOnly = readOnly,
            Cache = ParseCache(options, error),
            Id = options.Find("id"),
            Serial = options.Find("serial"),
            ReadErrors = ParsePolicy(options, "rerror", ErrorPolicy.Report, attach, error),
            WriteErrors = ParsePolicy(options, "werror", ErrorPolicy.StopWhenFull, attach, error),
            Geometry = ParseGeometry(options, media, error),
        };
        options.RejectUnknown();
        if (parsed.Index is not null && (parsed.Bus is not null || parsed.Unit is not null))
        {
            throw error("index cannot be used with bus and unit");
        }

        return parsed;
    }

    /// <summary>Reads a short form: <c>-hda</c> to <c>-hdd</c>, <c>-fda</c>, <c>-fdb</c>, <c>-cdrom</c>, or a bare image (as <c>-hda</c>).</summary>
    /// <param name="option">The option with its dash.</param>
    /// <param name="file">The image; taken as it is, commas and all.</param>
    /// <param name="snapshot">Whether <c>-snapshot</c> was given.</param>
    public static DriveOptions ParseShort(string option, string file, bool snapshot = false)
    {
        bool floppy = option is "-fda" or "-fdb";
        bool cdrom = option == "-cdrom";
        int index = option switch
        {
            "-hda" or "-fda" => 0,
            "-hdb" or "-fdb" => 1,
            "-hdc" or "-cdrom" => 2,
            "-hdd" => 3,
            _ => throw new ArgumentOutOfRangeException(nameof(option), option, "not a short form of -drive"),
        };
        return new DriveOptions(option, file)
        {
            File = file.Length == 0 ? null : file,
            Interface = floppy ? DriveInterface.Floppy : DriveInterface.Ide,
            Media = cdrom ? DriveMedia.Cdrom : DriveMedia.Disk,
            Index = index,
            ReadOnly = cdrom,
            Snapshot = snapshot && !cdrom,
        };
    }

    private static int? ParsePlace(OptionString options, string key) =>
        options.Find(key) is null ? null : (int)options.GetInteger(key, 0, 0, int.MaxValue);

    private static CacheMode ParseCache(OptionString options, Func<string, ConfigurationException> error) => options.Find("cache") switch
    {
        null or "writeback" => CacheMode.WriteBack,
        "writethrough" => CacheMode.WriteThrough,
        "none" or "off" => CacheMode.None,
        "directsync" => CacheMode.DirectSync,
        "unsafe" => CacheMode.Unsafe,
        var other => throw error($"invalid cache option '{other}'"),
    };

    private static ErrorPolicy ParsePolicy(
        OptionString options, string key, ErrorPolicy otherwise, DriveInterface attach, Func<string, ConfigurationException> error)
    {
        string? text = options.Find(key);
        if (text is not null && attach == DriveInterface.Floppy)
        {
            throw error($"{key} is not supported by this bus type");
        }

        return text switch
        {
            null => otherwise,
            "report" => ErrorPolicy.Report,
            "ignore" => ErrorPolicy.Ignore,
            "stop" => ErrorPolicy.Stop,
            "enospc" when key == "werror" => ErrorPolicy.StopWhenFull,
            _ => throw error($"'{text}' invalid {(key == "rerror" ? "read" : "write")} error action"),
        };
    }

    private static DiskGeometry? ParseGeometry(OptionString options, DriveMedia media, Func<string, ConfigurationException> error)
    {
        int cylinders = (int)options.GetInteger("cyls", 0, 0, int.MaxValue);
        int heads = (int)options.GetInteger("heads", 0, 0, int.MaxValue);
        int sectors = (int)options.GetInteger("secs", 0, 0, int.MaxValue);
        string? translation = options.Find("trans");
        if (cylinders == 0 && heads == 0 && sectors == 0)
        {
            return translation is null ? null : throw error($"'{translation}' trans must be used with cyls, heads and secs");
        }

        if (media == DriveMedia.Cdrom)
        {
            throw error("CHS can't be set with media=cdrom");
        }

        if (cylinders is < 1 or > MaximumCylinders)
        {
            throw error("invalid physical cyls number");
        }

        if (heads is < 1 or > MaximumHeads)
        {
            throw error("invalid physical heads number");
        }

        if (sectors is < 1 or > MaximumSectors)
        {
            throw error("invalid physical secs number");
        }

        return new DiskGeometry(cylinders, heads, sectors, translation switch
        {
            null or "auto" => BiosTranslation.Auto,
            "none" => BiosTranslation.None,
            "lba" => BiosTranslation.Lba,
            "large" => BiosTranslation.Large,
            "rechs" => BiosTranslation.Rechs,
            _ => throw error($"'{translation}' invalid translation type"),
        });
    }
}
