using PcEmu.Core;
using PcEmu.Core.State;

namespace PcEmu.TestSupport;

/// <summary>Finds mutable fields of a device that no state description carries.</summary>
/// <remarks>
/// <para>
/// The check does not read declarations, it tries them: every mutable value in the device (<see cref="StateCells"/>) is
/// changed, one at a time, and counts as saved when the bytes change that the device's sections save. That is done
/// twice over: as a stream is saved, with <c>PreSave</c> and conditions, and field by field with all conditions taken
/// as met, so that a subsection which is rarely needed counts too; and from several starting states, because a value
/// may matter only beside certain others.
/// </para>
/// <para>
/// It needs a device with its wiring, properties set and realized. Afterwards the device has the values it had before.
/// A field that has bits on the wire and bits that have not counts as saved.
/// </para>
/// </remarks>
public static class StateCompleteness
{
    private const int RandomStates = 6;

    /// <summary>The mutable values that are neither saved nor marked with <see cref="NotSavedAttribute"/>.</summary>
    /// <param name="device">The device; realized, so that its arrays exist.</param>
    /// <returns>One line for each, such as <c>Channel._latch: not saved</c>; empty when the device's state is complete.</returns>
    public static IReadOnlyList<string> Unsaved(Device device) => Unsaved(device, [.. device.StateSections]);

    /// <summary>The same for any object and the sections that describe it.</summary>
    /// <param name="owner">The object whose fields are looked at.</param>
    /// <param name="sections">Its sections.</param>
    public static IReadOnlyList<string> Unsaved(object owner, params IReadOnlyList<StateSection> sections)
    {
        var found = StateCells.Of(owner);
        List<StateCell> unseen = [.. found.Cells];
        object?[] before = [.. found.Cells.Select(static c => c.Get())];
        var random = new Random(1);
        for (int state = 0; state < 3 + RandomStates && unseen.Count > 0; state++)
        {
            if (state > 0)
            {
                foreach (StateCell cell in found.Cells)
                {
                    cell.Set(state switch { 1 => cell.Zero, 2 => cell.Ones, _ => cell.Random(random) });
                }
            }

            unseen.RemoveAll(cell => IsSaved(cell, sections));
        }

        for (int i = 0; i < before.Length; i++)
        {
            found.Cells[i].Set(before[i]);
        }

        return [.. found.Problems.Concat(unseen.Select(static c => $"{c.Path}: not saved")).Distinct().Order(StringComparer.Ordinal)];
    }

    private static bool IsSaved(StateCell cell, IReadOnlyList<StateSection> sections)
    {
        object? old = cell.Get();
        try
        {
            foreach (bool asStream in (ReadOnlySpan<bool>)[true, false])
            {
                byte[]? reference = Save(sections, asStream);
                foreach (object value in cell.OtherValues)
                {
                    cell.Set(value);
                    byte[]? changed = Save(sections, asStream);
                    cell.Set(old);
                    if (reference is not null && changed is not null && !reference.AsSpan().SequenceEqual(changed))
                    {
                        return true;
                    }

                    // PreSave may have changed other cells: compare with what is saved now.
                    reference = Save(sections, asStream);
                }
            }

            return false;
        }
        finally
        {
            cell.Set(old);
        }
    }

    // A state that no guest can reach may make PreSave or a computed field throw; such a state says nothing.
    private static byte[]? Save(IReadOnlyList<StateSection> sections, bool asStream)
    {
        var writer = new StateWriter();
        try
        {
            foreach (StateSection section in sections)
            {
                if (asStream)
                {
                    section.Save(writer);
                }
                else
                {
                    EveryField.Save(section, writer);
                }
            }
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException or InvalidOperationException or ArithmeticException
            or StateException or InvalidCastException or NullReferenceException or KeyNotFoundException or System.Diagnostics.UnreachableException)
        {
            return null;
        }

        return writer.Written.ToArray();
    }
}
