using Calm.Runtime;

namespace Calm.Training;

/// <summary>A tensor in a safetensors file, as its header describes it.</summary>
/// <param name="name">Its key.</param>
/// <param name="type">Type of its elements.</param>
/// <param name="sizes">Its sizes, outermost first.</param>
/// <param name="start">Its first byte, counted from the end of the header.</param>
/// <param name="byteCount">Its size in bytes.</param>
internal sealed class SafetensorsEntry(string name, SafetensorsType type, long[] sizes, long start, long byteCount)
{
    public string Name { get; } = name;

    public SafetensorsType Type { get; } = type;

    public IReadOnlyList<long> Sizes { get; } = sizes;

    public long Start { get; } = start;

    public long ByteCount { get; } = byteCount;

    /// <summary>Number of elements.</summary>
    public long Count => ByteCount / Type.Size();

    /// <summary>Whether it has these sizes.</summary>
    public bool HasShape(Shape shape) =>
        Sizes.Count == shape.Rank && Enumerable.Range(0, shape.Rank).All(axis => Sizes[axis] == shape[axis]);

    /// <summary>The sizes as messages print them: [2, 3].</summary>
    public string ShapeText => $"[{string.Join(", ", Sizes)}]";

    /// <summary>A name as messages print it: on one line, and not longer than a line.</summary>
    public static string Quote(string name)
    {
        const int longest = 100;
        string shown = name.Length <= longest ? name : name[..longest] + "...";
        return $"\"{string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c))}\"";
    }
}
