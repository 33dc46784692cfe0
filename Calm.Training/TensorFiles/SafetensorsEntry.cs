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

    /// <summary>A text on one line, without characters that move a terminal's cursor.</summary>
    internal static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>A name as messages print it: on one line, and not longer than a line.</summary>
    internal static string Quote(string name)
    {
        const int longest = 100;
        string shown = name.Length <= longest ? name : name[..longest] + "...";
        return $"\"{Plain(shown)}\"";
    }
}
