namespace Calm.Training;

/// <summary>A tensor as the header of its file describes it.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">The type of the elements in the file.</param>
/// <param name="Sizes">The sizes, outermost first.</param>
internal sealed record StoredTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Sizes)
{
    /// <summary>The number of elements.</summary>
    public long Count => Sizes.Aggregate(1L, (count, size) => count * size);

    /// <summary>The sizes as messages print them: [2, 3].</summary>
    public string ShapeText => $"[{string.Join(", ", Sizes)}]";
}

/// <summary>A file of named tensors that is open for reading. Opening reads and checks the header, not the data.</summary>
internal interface ITensorFile : IDisposable
{
    /// <summary>Path of the file.</summary>
    string Path { get; }

    /// <summary>The format in words: "safetensors" or "PyTorch".</summary>
    string Format { get; }

    /// <summary>The tensors by name.</summary>
    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>All elements of a tensor of this file, row by row, as floats.</summary>
    /// <exception cref="Calm.Runtime.CalmException">The file was cut short since it was opened.</exception>
    float[] ReadFloats(string name);
}
