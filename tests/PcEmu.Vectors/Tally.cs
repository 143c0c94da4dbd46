using System.Globalization;

namespace PcEmu.Vectors;

/// <summary>Counts what passed, failed and could not be run, and keeps the first failures in full.</summary>
/// <param name="keep">How many failures to keep.</param>
public sealed class Tally(int keep)
{
    private readonly SortedDictionary<string, (int Passed, int Failed)> _byClass = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _failedForms = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _missing = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];

    /// <summary>Cases that agreed.</summary>
    public int Passed { get; private set; }

    /// <summary>Cases that did not.</summary>
    public int Failed { get; private set; }

    /// <summary>Cases that the CPU cannot run yet.</summary>
    public int Missing { get; private set; }

    /// <summary>The first failures, each in full.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Whether another failure would be kept; if not, its text need not be made.</summary>
    public bool WantsText => _failures.Count < keep;

    /// <summary>Counts a case that agreed.</summary>
    public void Pass(string @class)
    {
        Passed++;
        (int passed, int failed) = _byClass.GetValueOrDefault(@class);
        _byClass[@class] = (passed + 1, failed);
    }

    /// <summary>Counts a case that did not.</summary>
    /// <param name="class">Its class.</param>
    /// <param name="form">Its form.</param>
    /// <param name="text">The failure in full; ignored unless <see cref="WantsText"/>.</param>
    public void Fail(string @class, string form, string text)
    {
        Failed++;
        (int passed, int failed) = _byClass.GetValueOrDefault(@class);
        _byClass[@class] = (passed, failed + 1);
        _failedForms[form] = _failedForms.GetValueOrDefault(form) + 1;
        if (WantsText)
        {
            _failures.Add(text);
        }
    }

    /// <summary>Counts a case that cannot be run yet.</summary>
    public void Skip(string reason)
    {
        Missing++;
        _missing[reason] = _missing.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Writes it all.</summary>
    public void Report(TextWriter to)
    {
        foreach (string failure in _failures)
        {
            to.WriteLine(failure);
        }

        foreach ((string form, int count) in _failedForms)
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"failed form: {form}: {count}"));
        }

        foreach ((string name, (int passed, int failed)) in _byClass)
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {passed} passed, {failed} failed"));
        }

        if (Missing > 0)
        {
            string parts = string.Join(", ", _missing.Select(static m => string.Create(CultureInfo.InvariantCulture, $"{m.Key}: {m.Value}")));
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not yet: {Missing} cases ({parts})"));
        }

        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed"));
    }
}
