using System.Collections.Concurrent;
using System.Reflection;

namespace Calm.Runtime;

/// <summary>What people call kernels and jobs: class, name and type arguments.</summary>
public static class KernelName
{
    private static readonly ConcurrentDictionary<Type, string> Jobs = new();

    /// <summary>RmsNorm.ForwardKernel&lt;LaneTeam&gt;.</summary>
    public static string Of(MethodInfo kernel) =>
        $"{NameOf(kernel.DeclaringType!)}.{kernel.Name}{Arguments(kernel.GetGenericArguments())}";

    /// <summary>RmsNorm.ForwardJob.</summary>
    public static string Of(Type job) => Jobs.GetOrAdd(job, NameOf);

    private static string NameOf(Type type) =>
        (type.DeclaringType is { } outer ? $"{outer.Name.Split('`')[0]}." : "")
        + type.Name.Split('`')[0] + Arguments(type.GetGenericArguments());

    private static string Arguments(Type[] types) =>
        types.Length == 0 ? "" : $"<{string.Join(", ", types.Select(NameOf))}>";
}
