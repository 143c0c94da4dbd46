using PcEmu.Vectors.Moo;
using PcEmu.Vectors.Native;

namespace PcEmu.Vectors;

/// <summary>Which cases to run.</summary>
public sealed record VectorFilter
{
    /// <summary>Only this class, by its short name.</summary>
    public string? Class { get; init; }

    /// <summary>Only forms that contain this.</summary>
    public string? Form { get; init; }

    /// <summary>Only this mode.</summary>
    public int? Mode { get; init; }

    internal bool Takes(int mode, VectorClass @class, string form) =>
        (Mode is null || Mode == mode)
        && (Class is null || Coverage.Name(@class) == Class)
        && (Form is null || form.Contains(Form, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Runs whole files of vectors and counts.</summary>
public sealed class VectorSet(Tally tally, VectorFilter filter) : IDisposable
{
    private NativeRunner? _native;
    private MooRunner? _moo;

    /// <summary>Runs a file of either kind, or every MOO file of a folder.</summary>
    /// <exception cref="InvalidDataException">It is neither.</exception>
    public void Run(string path)
    {
        if (Directory.Exists(path))
        {
            foreach (string file in Directory.EnumerateFiles(path, "*.MOO.gz").Order(StringComparer.Ordinal))
            {
                Run(file);
            }

            return;
        }

        byte[] bytes = NativeFile.Load(path);
        if (NativeFile.IsOne(bytes))
        {
            RunNative(bytes);
        }
        else if (MooFile.IsOne(bytes))
        {
            RunMoo(bytes, Path.GetFileName(path).Replace(".MOO.gz", "", StringComparison.Ordinal));
        }
        else if (bytes.Length > 0)
        {
            throw new InvalidDataException($"{path} is neither an X86VEC1 nor a MOO file");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _native?.Dispose();
        _moo?.Dispose();
    }

    private void RunNative(byte[] file)
    {
        _native ??= new NativeRunner();
        foreach (NativeCase test in NativeFile.Read(file))
        {
            if (!filter.Takes(test.Mode, test.Class, test.Form))
            {
                continue;
            }

            if (Coverage.Missing(test.Mode, test.Class) is { } reason)
            {
                tally.Skip(reason);
                continue;
            }

            Count(Coverage.Name(test.Class), test.Form, _native.Run(test));
        }
    }

    private void RunMoo(byte[] file, string form)
    {
        _moo ??= new MooRunner();
        foreach (MooCase test in MooFile.Read(file, form))
        {
            if (!filter.Takes(16, VectorClass.I286, form))
            {
                continue;
            }

            if (I286Differences.OnlyOn286(test))
            {
                tally.Skip("only on an 80286");
                continue;
            }

            Count(Coverage.Name(VectorClass.I286), $"286 {form}", _moo.Run(test));
        }
    }

    private void Count(string @class, string form, string? failure)
    {
        if (failure is null)
        {
            tally.Pass(@class);
        }
        else
        {
            tally.Fail(@class, form, failure);
        }
    }
}
