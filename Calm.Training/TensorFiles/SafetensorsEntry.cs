using Calm.Runtime;

namespace Calm.Training;

/// <summary>A tensor in a safetensors file, as its header describes it.</summary>
public sealed class SafetensorsEntry
{
    internal SafetensorsEntry(string name, SafetensorsType type, long[] sizes, long start, long byteCount) =>
        (Name, Type, Sizes, Start, ByteCount) = (name, type, sizes, start, byteCount);

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public SafetensorsType Type { get; }

    /// <summary>The sizes, outermost first.</summary>
    public IReadOnlyList<long> Sizes { get; }

    /// <summary>The first byte, counted from the end of the header.</summary>
    internal long Start { get; }

    /// <summary>The number of bytes.</summary>
    public long ByteCount { get; }

    /// <summary>The number of elements.</summary>
    public long Count => ByteCount / Type.Size();

    /// <summary>Whether it has these sizes.</summary>
    public bool HasShape(Shape shape) =>
        Sizes.Count == shape.Rank && Enumerable.Range(0, shape.Rank).All(axis => Sizes[axis] == shape[axis]);

    /// <summary>The sizes as messages print them: [2, 3].</summary>
    internal string ShapeText => $"[{string.Join(", ", Sizes)}]";
}
