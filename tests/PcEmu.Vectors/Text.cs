using System.Globalization;
using System.Text;
using Iced.Intel;

namespace PcEmu.Vectors;

/// <summary>How failures are shown.</summary>
internal static class Text
{
    private const uint Shown = 0xDD7;

    /// <summary>Names of the general registers in a mode.</summary>
    public static string Register(int number, int mode)
    {
        string[] names = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
        return number >= 8 ? string.Create(CultureInfo.InvariantCulture, $"r{number}") : mode switch { 64 => "r", 32 => "e", _ => "" } + names[number];
    }

    /// <summary>Flags by letter.</summary>
    public static string Flags(uint flags)
    {
        const string Letters = "C-P-A-ZSTIDO";
        var text = new StringBuilder();
        for (int i = 11; i >= 0; i--)
        {
            if ((Shown >> i & 1) != 0 && Letters[i] != '-')
            {
                text.Append((flags >> i & 1) != 0 ? Letters[i] : '-');
            }
        }

        return text.ToString();
    }

    /// <summary>An instruction's bytes and what they say.</summary>
    public static string Disassembly(ReadOnlySpan<byte> bytes, int mode, ulong ip)
    {
        var decoder = Iced.Intel.Decoder.Create(mode, bytes.ToArray());
        decoder.IP = ip;
        decoder.Decode(out Instruction instruction);
        var output = new StringOutput();
        new NasmFormatter().Format(instruction, output);
        return $"{Convert.ToHexString(bytes)}  {output.ToStringAndReset()}";
    }
}
