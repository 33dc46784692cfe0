using System.Numerics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The tensors of one safetensors file, of a folder with <c>model.safetensors</c>, or of a folder whose
/// <c>model.safetensors.index.json</c> lists the file of each tensor, as one dictionary.
/// </summary>
public sealed class SafetensorsSet : IDisposable
{
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";

    private readonly string _path;
    private readonly List<SafetensorsFile> _files = [];
    private readonly SortedDictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors =
        new(StringComparer.Ordinal);

    private SafetensorsSet(string path) => _path = path;

    /// <summary>The names of all tensors, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Metadata of the first file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _files[0].Metadata;

    /// <summary>Type and shape of a tensor.</summary>
    /// <exception cref="CalmException">There is none of that name.</exception>
    public SafetensorsEntry this[string name] => Find(name).Entry;

    /// <summary>Opens a file or a folder.</summary>
    /// <exception cref="CalmException">Nothing is there, or it is damaged.</exception>
    public static SafetensorsSet Open(string path)
    {
        SafetensorsSet set = new(path);
        try
        {
            string single = Path.Combine(path, SingleName);
            string index = Path.Combine(path, IndexName);
            if (!Directory.Exists(path))
            {
                set.AddAll(path);
            }
            else if (File.Exists(single))
            {
                set.AddAll(single);
            }
            else if (File.Exists(index))
            {
                set.AddShards(index);
            }
            else
            {
                throw new CalmException(
                    $"{path}: has neither {SingleName} nor {IndexName}; name the file, or another folder.");
            }
        }
        catch
        {
            set.Dispose();
            throw;
        }

        return set;
    }

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>All elements of a tensor, converted to the type that is asked for.</summary>
    /// <inheritdoc cref="SafetensorsFile.Read{T}(SafetensorsEntry, Span{T})" path="/exception"/>
    public T[] Read<T>(string name) where T : unmanaged, INumberBase<T>
    {
        (SafetensorsFile file, SafetensorsEntry entry) = Find(name);
        return file.Read<T>(entry);
    }

    /// <summary>Reads a tensor into one on any device.</summary>
    /// <exception cref="CalmException">There is none, or its shape differs.</exception>
    public void ReadInto(string name, Tensor target)
    {
        (SafetensorsFile file, SafetensorsEntry entry) = Find(name);
        if (!entry.HasShape(target.Shape))
        {
            throw new CalmException(
                $"{file.Path}: tensor {Quote.Name(name)} has shape {entry.ShapeText}, "
                + $"the model expects {target.Shape}.");
        }

        if (target.ElementType == ElementType.Int32)
        {
            target.CopyFrom(file.Read<int>(entry));
        }
        else if (target.Device.Kind == DeviceKind.Host)
        {
            file.Read(entry, target.Span);
        }
        else
        {
            target.CopyFrom(file.Read<float>(entry));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private (SafetensorsFile File, SafetensorsEntry Entry) Find(string name) =>
        _tensors.TryGetValue(name, out var found)
            ? found
            : throw new CalmException($"{_path}: has no tensor {Quote.Name(name)}.");

    private SafetensorsFile Add(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private void AddAll(string path)
    {
        SafetensorsFile file = Add(path);
        foreach (SafetensorsEntry entry in file.Entries.Values)
        {
            _tensors.Add(entry.Name, (file, entry));
        }
    }

    private void AddShards(string index)
    {
        foreach ((string name, SafetensorsFile file) in ShardIndex.Open(index, Add, (one, key) => one.Entries.ContainsKey(key)))
        {
            _tensors.Add(name, (file, file.Entries[name]));
        }
    }
}
