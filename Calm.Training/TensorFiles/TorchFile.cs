using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A file of <c>torch.save</c> that holds a <c>state_dict</c>, such as <c>pytorch_model.bin</c>: a ZIP archive with a pickle,
/// which lists the tensors, and their storages. The pickle is read, never run.
/// </summary>
internal sealed class TorchFile : ITensorFile
{
    private const string PickleSuffix = "/data.pkl";
    private const int LongestPickle = 1 << 24;

    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model"];

    private readonly TensorBytes _bytes;
    private readonly ZipDirectory _archive;
    private readonly string _root;
    private readonly Dictionary<string, TorchTensor> _tensors = [];

    private TorchFile(TensorBytes bytes)
    {
        _bytes = bytes;
        _archive = ZipDirectory.Read(bytes);
        string[] pickles = [.. _archive.Members.Keys.Where(name => name.EndsWith(PickleSuffix, StringComparison.Ordinal))];
        _root = pickles is [string pickle]
            ? pickle[..^PickleSuffix.Length]
            : throw new CalmException($"{Path}: is an archive without the weights of a model (data.pkl); name another file.");
        RequireLittleEndian();
        AddTensors(PickleReader.Read(Path, Member(pickles[0], LongestPickle), new TorchStateDict()));
        Tensors = _tensors.ToDictionary(
            entry => entry.Key, entry => new StoredTensor(entry.Key, entry.Value.Storage.Type, entry.Value.Sizes));
    }

    /// <inheritdoc/>
    public string Path => _bytes.Path;

    /// <inheritdoc/>
    public string Format => "PyTorch";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens a file and checks its list of tensors.</summary>
    /// <exception cref="CalmException">It cannot be read, is damaged, or holds more than weights.</exception>
    public static TorchFile Open(string path) => TensorBytes.Open(path, bytes => new TorchFile(bytes));

    /// <inheritdoc/>
    public float[] ReadFloats(string name)
    {
        TorchTensor tensor = _tensors[name];
        long count = tensor.End - tensor.Start;
        if (Math.Max(count, tensor.Storage.Count) > Array.MaxLength)
        {
            throw new CalmException($"{Path}: tensor {Quote.Name(name)} has more elements than an array can hold.");
        }

        float[] values = new float[count];
        TorchStorage storage = tensor.Storage;
        _bytes.Read<float>(storage.Type, StorageStart(storage) + tensor.Start * storage.Type.Size(), values);
        return tensor.IsContiguous ? values : InOrder(tensor, values);
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>The elements of a view, such as a transpose, row by row.</summary>
    /// <param name="tensor">The view.</param>
    /// <param name="storage">The storage from the view's first element on.</param>
    private static float[] InOrder(TorchTensor tensor, float[] storage)
    {
        float[] values = new float[tensor.Sizes.Aggregate(1L, (count, size) => count * size)];
        long[] index = new long[tensor.Sizes.Length];
        long place = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = storage[place];
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                place += tensor.Strides[axis];
                if (++index[axis] < tensor.Sizes[axis])
                {
                    break;
                }

                place -= tensor.Strides[axis] * tensor.Sizes[axis];
                index[axis] = 0;
            }
        }

        return values;
    }

    private void AddTensors(object? root)
    {
        PickleDictionary list = root as PickleDictionary ?? throw NoWeights("it is no dictionary");
        if (list.Items.FirstOrDefault(item => item.Key is string key && Wrappers.Contains(key)).Value is PickleDictionary inner)
        {
            list = inner;
        }

        foreach ((object? key, object? value) in list.Items)
        {
            string name = key as string ?? throw NoWeights("a key is no text");
            TorchTensor tensor = value as TorchTensor ?? throw NoWeights($"{Quote.Name(name)} is no tensor");
            if (name.Contains('\0', StringComparison.Ordinal) || !_tensors.TryAdd(name, tensor))
            {
                throw NoWeights($"tensor {Quote.Name(name)} occurs twice");
            }

            StorageStart(tensor.Storage);
        }
    }

    /// <summary>The first byte of a storage, after comparing its length in the archive.</summary>
    private long StorageStart(TorchStorage storage)
    {
        string name = $"{_root}/data/{storage.Key}";
        if (!_archive.Members.TryGetValue(name, out (long Start, long Length) member))
        {
            throw new CalmException($"{Path}: has no {Quote.Name(name)}; the file is damaged, get it again.");
        }

        return storage.Count == member.Length / storage.Type.Size() && member.Length % storage.Type.Size() == 0
            ? member.Start
            : throw new CalmException(
                $"{Path}: {Quote.Name(name)} has {member.Length} bytes, {storage.Count} elements of {storage.Type} "
                + "were announced; the file is damaged, get it again.");
    }

    private void RequireLittleEndian()
    {
        string name = $"{_root}/byteorder";
        if (_archive.Members.ContainsKey(name) && !Member(name, LongestPickle).AsSpan().StartsWith("little"u8))
        {
            throw new CalmException($"{Path}: has big-endian numbers; save it again on another machine, or as safetensors.");
        }
    }

    private byte[] Member(string name, int most)
    {
        (long start, long length) = _archive.Members[name];
        if (length > most)
        {
            throw new CalmException(
                $"{Path}: {Quote.Name(name)} has {length} bytes, too many for a list of weights; get it again.");
        }

        byte[] bytes = new byte[length];
        _bytes.Read(bytes, start);
        return bytes;
    }

    private CalmException NoWeights(string why) =>
        new($"{Path}: holds no weights of a model alone: {why}; save its state_dict with torch.save.");
}
