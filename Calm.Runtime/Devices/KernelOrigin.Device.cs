using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using ILGPU;
using ILGPU.Frontend;
using ILGPU.Frontend.DebugInformation;

namespace Calm.Runtime;

/// <summary>The assemblies that a kernel is generated from, whose versions decide its code.</summary>
/// <remarks>
/// A compiler gives a module another version identifier whenever it writes other code. The identifier stands for a hash of all
/// IL in the module, without a walk through type arguments, interfaces and intrinsics that could miss something. The price is
/// that a build of other code compiles all kernels again.
/// <para>
/// Two things are not in it: code of further assemblies, and static fields, whose values of this moment ILGPU compiles in.
/// A kernel that has met one of them is not kept.
/// </para>
/// </remarks>
internal sealed class KernelOrigin
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    // Assemblies that a method names; null if it reads a static field. Kernels share most of their methods.
    private static readonly ConcurrentDictionary<MethodBase, IReadOnlyCollection<Assembly>?> Named = [];

    private readonly HashSet<Assembly> _assemblies = [];

    /// <summary>The origin of a kernel: its type with type arguments and fields, and what generates the code.</summary>
    public KernelOrigin(Type kernel)
    {
        // ILGPU's own methods name Trace.
        Type[] roots = [kernel, typeof(KernelOrigin), typeof(Context), typeof(object), typeof(Trace)];
        foreach (Type type in roots)
        {
            Collect(type, _assemblies);
        }

        AddFields(kernel, []);
        IEnumerable<string> versions = _assemblies.Select(VersionOf).Order(StringComparer.Ordinal);
        Key = string.Join('\n', versions.Prepend(kernel.AssemblyQualifiedName));
    }

    /// <summary>The kernel's type and the versions of the assemblies.</summary>
    public string Key { get; }

    /// <summary>Whether methods name nothing else.</summary>
    /// <param name="methods">All methods that were compiled.</param>
    public bool Covers(IEnumerable<MethodBase> methods) =>
        _assemblies.All(assembly => !assembly.IsDynamic)
        && methods.All(method => Named.GetOrAdd(method, NamedBy) is { } named && named.All(_assemblies.Contains));

    private static string VersionOf(Assembly assembly) => $"{assembly.FullName} {assembly.ManifestModule.ModuleVersionId}";

    private void AddFields(Type type, HashSet<Type> seen)
    {
        foreach (Type field in type.GetFields(Fields).Select(field => field.FieldType).Where(field => field.IsValueType))
        {
            if (seen.Add(field))
            {
                Collect(field, _assemblies);
                AddFields(field, seen);
            }
        }
    }

    private static IReadOnlyCollection<Assembly>? NamedBy(MethodBase method)
    {
        HashSet<Assembly> named = [];
        CollectMember(method, named);
        return method.GetMethodBody() is null
            || new Disassembler(method, SequencePointEnumerator.Empty).Disassemble().Instructions
                .All(instruction => Collects(instruction, named))
            ? named
            : null;
    }

    /// <summary>Collects the assemblies of an instruction's operand.</summary>
    /// <returns>False if it is a static field.</returns>
    private static bool Collects(ILInstruction instruction, HashSet<Assembly> into)
    {
        if (instruction.Argument is Type type)
        {
            Collect(type, into);
        }
        else if (instruction.Argument is MemberInfo member)
        {
            CollectMember(member, into);
        }

        return instruction.Argument is not FieldInfo { IsStatic: true };
    }

    private static void CollectMember(MemberInfo member, HashSet<Assembly> into)
    {
        Type[] arguments = member is MethodInfo { IsGenericMethod: true } method ? method.GetGenericArguments() : [];
        foreach (Type type in arguments.Prepend(member.DeclaringType).OfType<Type>())
        {
            Collect(type, into);
        }
    }

    private static void Collect(Type type, HashSet<Assembly> into)
    {
        into.Add(type.Assembly);
        foreach (Type part in type.HasElementType ? [type.GetElementType()!] : type.GetGenericArguments())
        {
            Collect(part, into);
        }
    }
}
