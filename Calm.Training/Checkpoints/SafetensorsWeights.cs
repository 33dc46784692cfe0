namespace Calm.Training;

/// <summary>Weights from a safetensors file or folder.</summary>
internal sealed class SafetensorsWeights(string path) : IWeightSource, IDisposable
{
    private readonly SafetensorsSet _set = SafetensorsSet.Open(path);

    public string Where => path;

    public long Count => _set.Names.Sum(name => _set[name].Count);

    public bool TryRead(string name, out int[] sizes, out float[] values)
    {
        bool found = _set.Contains(name);
        sizes = found ? [.. _set[name].Sizes.Select(size => checked((int)size))] : [];
        values = found ? _set.Read<float>(name) : [];
        return found;
    }

    public void Dispose() => _set.Dispose();
}
