using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>Finds operands that ILGPU 1.5.3 cannot pass to a kernel, or would pass wrongly without a word.</summary>
internal sealed class KernelStructs
{
    private readonly Dictionary<string, (Type Type, string Offsets)> _withViews = [];

    /// <summary>The leaves of a struct, in their order, as the host lays them out.</summary>
    private sealed record Layout(IReadOnlyList<(string Type, int Offset)> Leaves, int Size, int Alignment);

    /// <summary>Checks a kernel's struct and all structs inside it.</summary>
    /// <exception cref="CalmException">A field cannot be an operand; the message names it and says what can.</exception>
    public static void Check(Type kernel)
    {
        try
        {
            new KernelStructs().OfStruct(kernel, "");
        }
        catch (NotSupportedException fault)
        {
            throw new CalmException($"{KernelName.Of(kernel)}: {fault.Message}.", fault);
        }
    }

    private Layout Of(Type type, string path)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
        {
            return Leaf($"view of {type.GetGenericArguments()[0]}", 16, 8);
        }

        int size = Type.GetTypeCode(type) switch
        {
            TypeCode.SByte or TypeCode.Byte => 1,
            TypeCode.Int16 or TypeCode.UInt16 => 2,
            TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => 4,
            TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Double => 8,
            TypeCode.Boolean or TypeCode.Char =>
                throw new NotSupportedException($"{path} is a {type.Name}, which kernels cannot get: make it an int"),
            _ => 0,
        };
        return size > 0 ? Leaf(Type.GetTypeCode(type).ToString(), size, size)
            : type == typeof(ILGPU.Half) ? Leaf(type.Name, 2, 2)
            : type.IsValueType ? OfStruct(type, path)
            : throw new NotSupportedException($"{path} is a {type.Name}, expected a number, a view or a struct of them");
    }

    private Layout OfStruct(Type type, string path)
    {
        if (type.StructLayoutAttribute is { Value: LayoutKind.Explicit } or { Pack: not (0 or 8) }
            || type.IsDefined(typeof(InlineArrayAttribute)))
        {
            throw new NotSupportedException(
                $"{(path.Length == 0 ? type.Name : path)} has a layout of its own, which kernels do not know: leave it to the "
                + "compiler");
        }

        List<(string Type, int Offset)> leaves = [];
        int end = 0;
        int alignment = 1;
        const BindingFlags fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (FieldInfo field in type.GetFields(fields).OrderBy(field => field.MetadataToken))
        {
            string name = field.Name.TrimStart('<').Split('>')[0];
            Layout inner = Of(field.FieldType, path.Length == 0 ? name : $"{path}.{name}");
            int start = (end + inner.Alignment - 1) / inner.Alignment * inner.Alignment;
            leaves.AddRange(inner.Leaves.Select(leaf => (leaf.Type, start + leaf.Offset)));
            end = start + inner.Size;
            alignment = Math.Max(alignment, inner.Alignment);
        }

        if (leaves.Count == 0)
        {
            return Leaf(nameof(Byte), 1, 1);
        }

        RequireOneLayout(type, leaves);
        return new Layout(leaves, (end + alignment - 1) / alignment * alignment, alignment);
    }

    // ILGPU compares structs with views by their fields alone, however they are nested, and takes the first one's layout.
    private void RequireOneLayout(Type type, List<(string Type, int Offset)> leaves)
    {
        string types = string.Join(", ", leaves.Select(leaf => leaf.Type));
        string offsets = string.Join(", ", leaves.Select(leaf => leaf.Offset));
        if (types.Contains("view", StringComparison.Ordinal)
            && !_withViews.TryAdd(types, (type, offsets)) && _withViews[types].Offsets != offsets)
        {
            throw new NotSupportedException(
                $"its structs {_withViews[types].Type.Name} and {type.Name} hold the same fields with other gaps, which ILGPU "
                + "takes for one struct: change the order of the fields in one of them");
        }
    }

    private static Layout Leaf(string type, int size, int alignment) => new([(type, 0)], size, alignment);
}
