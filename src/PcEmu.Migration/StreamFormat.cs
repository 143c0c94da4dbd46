namespace PcEmu.Migration;

/// <summary>QEMU's savevm stream, file version 3: numbers are big-endian, and no record says how long it is.</summary>
internal static class StreamFormat
{
    public const uint Magic = 0x5145_564D; // "QEVM"
    public const uint FileVersion = 3;

    // Live sections.
    public const string RamName = "ram";
    public const int RamVersion = 4;
    public const string BlockName = "block";
    public const int BlockVersion = 1;
    public const ulong BlockEnd = 0x02;
}

/// <summary>First byte of a record.</summary>
internal enum RecordType : byte
{
    End = 0x00,
    SectionStart = 0x01,
    SectionPart = 0x02,
    SectionEnd = 0x03,
    SectionFull = 0x04,
    Subsection = 0x05,
    Description = 0x06,
    Configuration = 0x07,
    Footer = 0x7E,
}

/// <summary>Low 12 bits of a word in section <c>ram</c>; the others are the page's address.</summary>
[Flags]
internal enum RamFlags : uint
{
    Full = 0x01,
    Fill = 0x02,
    BlockList = 0x04,
    Page = 0x08,
    End = 0x10,
    Continued = 0x20,
    Xbzrle = 0x40,
    Hook = 0x80,
    Mask = 0xFFF,
}
