using System.Collections.Concurrent;
using System.Reflection;

namespace Calm.Runtime;

/// <summary>Names of kernels and jobs, made from their types: class, name and type arguments.</summary>
public static class KernelName
{
    private static readonly ConcurrentDictionary<Type, string> Names = new();

    /// <summary>RmsNorm.ForwardKernel&lt;LaneTeam&gt;.</summary>
    public static string Of(MethodInfo kernel) =>
        $"{NameOf(kernel.DeclaringType!)}.{kernel.Name}{Arguments(kernel.GetGenericArguments())}";

    /// <summary>The name of a kernel or of a host's job: RmsNorm.ForwardKernel&lt;LaneTeam&gt;, RmsNorm.ForwardJob.</summary>
    public static string Of(Type type) =>
        Names.GetOrAdd(type, static type => AdaptedBy(type) is { } kernel ? Adapted(kernel, type) : NameOf(type));

    /// <summary>The kernel that an adapter runs; null if the type is none.</summary>
    public static Type? AdaptedBy(Type type) => type.GetInterface(typeof(IKernelAdapter<>).Name)?.GetGenericArguments()[0];

    /// <summary>The kernel's name as an identifier: RmsNorm_ForwardKernel_LaneTeam.</summary>
    public static string EntryOf(Type kernel) =>
        string.Join('_', Of(kernel).Split(['.', '<', '>', ',', ' '], StringSplitOptions.RemoveEmptyEntries));

    private static string Adapted(Type kernel, Type adapter)
    {
        Type[] own = [.. kernel.GetGenericArguments(), .. adapter.GetGenericArguments().Where(type => type != kernel)];
        return PlainNameOf(kernel) + Arguments(own);
    }

    private static string NameOf(Type type) =>
        LanesOf(type) is > 1 and int lanes ? $"Lanes{lanes}" : PlainNameOf(type) + Arguments(type.GetGenericArguments());

    // Pairs of pairs of pairs: their name would fill a line.
    private static int LanesOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(LanePair<>)
            ? 2 * LanesOf(type.GetGenericArguments()[0])
            : 1;

    private static string PlainNameOf(Type type) =>
        (type.DeclaringType is { } outer ? $"{outer.Name.Split('`')[0]}." : "") + type.Name.Split('`')[0];

    private static string Arguments(Type[] types) =>
        types.Length == 0 ? "" : $"<{string.Join(", ", types.Select(NameOf))}>";
}
