using System.Reflection;
using PcEmu.Core.State;

namespace PcEmu.TestSupport;

/// <summary>Saves all fields of a section whatever its versions, conditions and <c>Needed</c> say; the bytes are no stream.</summary>
internal static class EveryField
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Saves the fields of the object to which <paramref name="section"/> is bound.</summary>
    public static void Save(StateSection section, StateWriter writer)
    {
        // A bound section keeps a description and its owner; the types say which member is which.
        if (MemberOf(section, typeof(StateDescription<>)) is not { } description)
        {
            return;
        }

        Type ownerType = description.GetType().GetGenericArguments()[0];
        object owner = section.GetType().GetFields(Instance).Select(f => f.GetValue(section))
            .First(v => ownerType.IsInstanceOfType(v) && !ReferenceEquals(v, description))!;
        Call(nameof(SaveOwner), [ownerType], description, owner, writer);
    }

    private static void SaveOwner<T>(StateDescription<T> description, T owner, StateWriter writer) => SaveAll(description, ref owner, writer);

    private static void SaveAll<T>(StateDescription<T> description, ref T owner, StateWriter writer)
    {
        foreach (StateField<T> field in description.Fields)
        {
            object? inner = MemberOf(field, typeof(StateDescription<>));
            if (inner is null)
            {
                field.Save(ref owner, writer, description.Version);
                continue;
            }

            Type innerType = inner.GetType().GetGenericArguments()[0];
            Type walker = (MemberOf(field, typeof(FieldRef<,>)) is null ? typeof(ArrayWalker<,>) : typeof(StructWalker<,>))
                .MakeGenericType(typeof(T), innerType);
            var walk = (Walker<T>)Activator.CreateInstance(walker, field, inner)!;
            walk.Save(ref owner, writer);
        }

        foreach (Subsection<T> subsection in description.Subsections)
        {
            SaveAll(subsection.Description, ref owner, writer);
        }
    }

    private static object? MemberOf(object holder, Type definition) =>
        holder.GetType().GetFields(Instance).Select(f => f.GetValue(holder))
            .FirstOrDefault(v => v is not null && v.GetType().IsGenericType && v.GetType().GetGenericTypeDefinition() == definition);

    private static void Call(string method, Type[] types, params object[] arguments) =>
        typeof(EveryField).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(types)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private abstract class Walker<T>
    {
        public abstract void Save(ref T owner, StateWriter writer);
    }

    private sealed class StructWalker<T, TInner>(StateField<T> field, StateDescription<TInner> inner) : Walker<T>
    {
        public override void Save(ref T owner, StateWriter writer)
        {
            var at = (FieldRef<T, TInner>)MemberOf(field, typeof(FieldRef<,>))!;
            SaveAll(inner, ref at(ref owner), writer);
        }
    }

    private sealed class ArrayWalker<T, TElement>(StateField<T> field, StateDescription<TElement> element) : Walker<T>
    {
        public override void Save(ref T owner, StateWriter writer)
        {
            var at = (Func<T, TElement[]>)MemberOf(field, typeof(Func<,>))!;
            foreach (ref TElement item in at(owner).AsSpan())
            {
                SaveAll(element, ref item, writer);
            }
        }
    }
}
