using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using PcEmu.Core.State;

namespace PcEmu.Architecture.Tests;

/// <summary>Two machines run in one process, so nothing that changes is static.</summary>
/// <remarks>
/// A static field is constant or readonly, and its type is immutable all the way down. Two things are taken on trust: state
/// descriptions, which are filled where they are declared, and arrays that only their own assembly sees (tables).
/// </remarks>
[TestFixture]
public sealed class StaticStateTests
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // Types whose instances never change although their fields do not show it.
    private static readonly FrozenSet<Type> Trusted = new[]
    {
        typeof(string), typeof(Type), typeof(Version), typeof(System.Text.Encoding), typeof(System.Text.UTF8Encoding), typeof(StringComparer),
        typeof(System.Globalization.CultureInfo), typeof(System.Globalization.NumberFormatInfo), typeof(System.Buffers.SearchValues<char>),
        typeof(System.Buffers.SearchValues<string>), typeof(System.Buffers.SearchValues<byte>), typeof(System.Text.RegularExpressions.Regex),
        typeof(Uri), typeof(TimeZoneInfo), typeof(System.Text.CompositeFormat),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> TrustedDefinitions = new[]
    {
        typeof(StateDescription<>), typeof(StateField<>), typeof(Subsection<>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableHashSet<>), typeof(FrozenSet<>), typeof(FrozenDictionary<,>),
        typeof(System.Collections.ObjectModel.ReadOnlyCollection<>), typeof(System.Collections.ObjectModel.ReadOnlyDictionary<,>),
        typeof(EqualityComparer<>), typeof(Comparer<>),
    }.ToFrozenSet();

    private static IEnumerable<string> SourceProjects => SourceAssemblies.Projects.Where(static p => p != "Silk.NET.SDL");

    [TestCaseSource(nameof(SourceProjects))]
    public void NothingThatChangesIsStatic(string project)
    {
        IEnumerable<string> mutable = SourceAssemblies.Load(project).GetTypes().Where(static t => !IsCompilers(t) && !t.ContainsGenericParameters)
            .SelectMany(static t => t.GetFields(Statics)).Select(Complaint).OfType<string>();

        Assert.That(mutable, Is.Empty);
    }

    [TestCase(nameof(Specimens.Counter), "is not readonly")]
    [TestCase("<Setting>k__BackingField", "is not readonly")]
    [TestCase(nameof(Specimens.PerThread), "is not readonly")]
    [TestCase(nameof(Specimens.List), "is a List`1, which can change")]
    [TestCase(nameof(Specimens.Holder), "is a Mutable, which can change")]
    [TestCase(nameof(Specimens.AsInterface), "is a List`1, which can change")]
    [TestCase("Table", null)]
    [TestCase(nameof(Specimens.Rows), null)]
    [TestCase(nameof(Specimens.Row), null)]
    [TestCase(nameof(Specimens.Action), null)]
    [TestCase(nameof(Specimens.Constant), null)]
    [TestCase(nameof(Specimens.Layout), null)]
    public void TheRuleTellsStateFromTables(string field, string? complaint)
    {
        string? found = Complaint(typeof(Specimens).GetField(field, Statics)!);

        Assert.That(found, complaint is null ? Is.Null : Does.EndWith(complaint));
    }

    [Test]
    public void AnArrayThatOthersSeeIsState() =>
        Assert.That(
            Complaint(typeof(VisibleTable).GetField(nameof(VisibleTable.Numbers))!),
            Does.EndWith("is an array that other assemblies can write to"));

    private static string? Complaint(FieldInfo field)
    {
        string name = $"{field.DeclaringType!.FullName}.{field.Name}";
        if (field.IsLiteral || (IsCompilers(field) && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal)))
        {
            return null;
        }

        if (!field.IsInitOnly)
        {
            return $"{name} is not readonly";
        }

        bool seen = field.IsPublic && field.DeclaringType.IsVisible;
        if (field.FieldType.IsArray && seen)
        {
            return $"{name} is an array that other assemblies can write to";
        }

        Type? culprit = FindMutable(field.FieldType, field.GetValue(null), []);
        return culprit is null ? null : $"{name} is a {culprit.Name}, which can change";
    }

    private static Type? FindMutable(Type declared, object? value, HashSet<Type> open)
    {
        Type type = declared.IsInterface || declared.IsAbstract || declared == typeof(object) ? value?.GetType() ?? declared : declared;
        if (type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer || typeof(Delegate).IsAssignableFrom(type) || IsTrusted(type))
        {
            return null;
        }

        if (type.IsArray)
        {
            object? first = value is Array { Length: > 0 } array && array.Rank == 1 ? array.GetValue(0) : null;
            return FindMutable(type.GetElementType()!, first, open);
        }

        if (type.IsInterface || type == typeof(object) || !open.Add(type))
        {
            return null; // an absent value, or a type that refers to itself
        }

        bool isReadOnlyStruct = type.IsValueType; // a struct in a readonly field cannot be written to
        for (Type? at = type; at is not null && at != typeof(object) && at != typeof(ValueType); at = at.BaseType)
        {
            foreach (FieldInfo field in at.GetFields(Fields))
            {
                if (!field.IsInitOnly && !isReadOnlyStruct && !IsCaptured(field))
                {
                    return type;
                }

                if (FindMutable(field.FieldType, value is null ? null : field.GetValue(value), open) is { } inner)
                {
                    return inner;
                }
            }
        }

        return null;
    }

    private static bool IsTrusted(Type type)
    {
        for (Type? at = type; at is not null; at = at.BaseType)
        {
            if (Trusted.Contains(at) || (at.IsGenericType && TrustedDefinitions.Contains(at.GetGenericTypeDefinition())))
            {
                return true;
            }
        }

        return type.Namespace == "System" && type.IsValueType;
    }

    // A primary constructor's parameter that methods use becomes a field without readonly.
    private static bool IsCaptured(FieldInfo field) => field.Name.StartsWith('<') && field.Name.EndsWith(">P", StringComparison.Ordinal);

    private static bool IsCompilers(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute))
        || member.Name.StartsWith('<') || (member.DeclaringType is { } outer && IsCompilers(outer));

    private static class Specimens
    {
        public const int Constant = 1;

        public static readonly List<int> List = [];
        public static readonly Mutable Holder = new();
        public static readonly IReadOnlyList<int> AsInterface = new List<int> { 1 };
        public static readonly TableRow[] Rows = [new("a", 1)];
        public static readonly TableRow Row = new("b", 2);
        public static readonly Action Action = static () => { };
        public static readonly StateDescription<Mutable> Layout = new("x", 1, 1);
        public static int Counter = 1;
#pragma warning disable CS0649, IDE0051 // found by reflection only
        [ThreadStatic]
        public static int PerThread;
        private static readonly byte[] Table = [1, 2];
#pragma warning restore CS0649, IDE0051

        public static int Setting { get; set; }
    }

    private sealed class Mutable
    {
        public int Value = 1;
    }

    private sealed record TableRow(string Name, int Value);
}

/// <summary>A table that the rule must refuse.</summary>
public static class VisibleTable
{
    /// <summary>Anyone can write to it.</summary>
    public static readonly int[] Numbers = [1];
}
