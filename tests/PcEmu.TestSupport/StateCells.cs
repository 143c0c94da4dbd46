using System.Collections;
using System.Reflection;
using PcEmu.Core;
using PcEmu.Core.Properties;
using PcEmu.Core.State;
using PcEmu.Core.Time;

namespace PcEmu.TestSupport;

/// <summary>The mutable values of a device: its fields, those of structs and owned objects in them, and array elements.</summary>
/// <remarks>
/// Left out: what <see cref="NotSavedAttribute"/> marks, properties that <see cref="DevicePropertyAttribute"/> declares, <c>readonly</c>
/// values, captured constructor parameters, and <c>readonly</c> references to anything that is not part of the chip. Part of the chip are
/// arrays, timers, and objects of classes that are neither devices nor from another assembly than the device.
/// Of a long array only some elements are tried.
/// </remarks>
internal sealed class StateCells
{
    private const int WholeArray = 16;
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly HashSet<object> _visited = new(ReferenceEqualityComparer.Instance);
    private readonly List<StateCell> _cells = [];
    private readonly List<string> _problems = [];
    private readonly Assembly _home;

    private StateCells(Assembly home) => _home = home;

    /// <summary>The values that can be changed.</summary>
    public IReadOnlyList<StateCell> Cells => _cells;

    /// <summary>Fields that cannot be looked into and carry no mark.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Collects the cells of an object.</summary>
    public static StateCells Of(object owner)
    {
        var cells = new StateCells(owner.GetType().Assembly);
        cells.Walk(owner, "");
        return cells;
    }

    private void Walk(object owner, string path)
    {
        if (!_visited.Add(owner))
        {
            return;
        }

        for (Type? type = owner.GetType(); type is not null && type != typeof(Device) && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(Declared))
            {
                Visit(
                    field, $"{(path.Length > 0 ? path : type.Name)}.{PlainName(field)}", field.IsInitOnly,
                    () => field.GetValue(owner), v => field.SetValue(owner, v));
            }
        }
    }

    private void Visit(FieldInfo field, string path, bool isReadOnly, Func<object?> get, Action<object?> set)
    {
        if (IsExcused(field, path))
        {
            return;
        }

        Type type = field.FieldType;
        if (type.IsValueType)
        {
            if (!isReadOnly)
            {
                VisitValue(type, path, get, set);
            }
        }
        else
        {
            VisitReference(type, path, isReadOnly, get());
        }
    }

    private void VisitValue(Type type, string path, Func<object?> get, Action<object?> set)
    {
        if (StateCell.TryMake(type, path, get, set) is { } cell)
        {
            _cells.Add(cell);
            return;
        }

        if (Nullable.GetUnderlyingType(type) is not null)
        {
            _problems.Add($"{path}: a nullable value cannot be described");
            return;
        }

        // A struct that is not readonly can be replaced as a whole, so that its own readonly fields are state as well.
        foreach (FieldInfo inner in type.GetFields(Declared))
        {
            Visit(inner, $"{path}.{PlainName(inner)}", false, () => inner.GetValue(get()), v =>
            {
                object copy = get()!;
                inner.SetValue(copy, v);
                set(copy);
            });
        }
    }

    private void VisitReference(Type type, string path, bool isReadOnly, object? value)
    {
        if (value is GuestTimer timer)
        {
            _cells.Add(StateCell.TryMake(typeof(long), path, () => timer.DeadlineOrNever, v => timer.ArmOrCancel((long)v! < -1 ? (long)v & long.MaxValue : (long)v))!);
        }
        else if (value is Array array)
        {
            VisitArray(type.GetElementType()!, path, array);
        }
        else if (IsValueCollection(type))
        {
            _problems.Add($"{path}: a {type.Name} of values cannot be described");
        }
        else if (value is not null && isReadOnly && type.Assembly == _home && value is not (Device or Delegate))
        {
            Walk(value, path);
        }
        else if (!isReadOnly)
        {
            _problems.Add($"{path}: a reference that can change");
        }
    }

    private void VisitArray(Type element, string path, Array array)
    {
        if (array.Rank != 1)
        {
            _problems.Add($"{path}: an array of {array.Rank} dimensions cannot be described");
            return;
        }

        int[] indices = array.Length <= WholeArray
            ? [.. Enumerable.Range(0, array.Length)]
            : [0, 1, array.Length / 2, array.Length - 2, array.Length - 1];
        foreach (int i in indices)
        {
            string at = $"{path}[{i}]";
            if (element.IsValueType)
            {
                VisitValue(element, at, () => array.GetValue(i), v => array.SetValue(v, i));
            }
            else
            {
                VisitReference(element, at, true, array.GetValue(i));
            }
        }
    }

    private bool IsExcused(FieldInfo field, string path)
    {
        MemberInfo declared = field;
        if (field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)
            && field.DeclaringType!.GetProperty(PlainName(field), Declared) is { } property)
        {
            declared = property;
        }
        else if (field.Name.StartsWith('<'))
        {
            return true; // a captured constructor parameter, or the compiler's own
        }

        NotSavedAttribute? mark = field.GetCustomAttribute<NotSavedAttribute>() ?? declared.GetCustomAttribute<NotSavedAttribute>();
        if (mark is not null && string.IsNullOrWhiteSpace(mark.Why))
        {
            _problems.Add($"{path}: [NotSaved] gives no reason");
        }

        return mark is not null || declared.IsDefined(typeof(DevicePropertyAttribute));
    }

    // Collections of references are wiring, like the references themselves.
    private static bool IsValueCollection(Type type)
    {
        Type? element = type.GetInterfaces().Append(type)
            .FirstOrDefault(static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>))?.GetGenericArguments()[0];
        if (element is { IsGenericType: true } && element.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
        {
            element = element.GetGenericArguments()[1];
        }

        return type == typeof(BitArray) || element is { IsValueType: true };
    }

    private static string PlainName(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
