using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The weights of a model as one dictionary: from one file, or from the files of a folder, which are <c>model.safetensors</c>
/// or <c>pytorch_model.bin</c>, or several that an <c>.index.json</c> lists. The content of a file tells its format.
/// </summary>
internal sealed class ModelWeights : IWeightSource, IDisposable
{
    private const string IndexSuffix = ".index.json";

    // The first that is there is read: a folder may hold the same weights in both formats.
    private static readonly string[] Names =
    [
        ModelFolder.WeightsFile, ModelFolder.WeightsFile + IndexSuffix, ModelFolder.TorchWeightsFile,
        ModelFolder.TorchWeightsFile + IndexSuffix,
    ];

    private static readonly byte[] ZipMark = "PK\x03\x04"u8.ToArray();

    // The pickle of a magic number; as the length of a safetensors header it would be absurd.
    private static readonly byte[] OldTorchMark = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46];

    private const int LongestMark = 32;

    private static readonly (byte[] Mark, string What)[] Others =
    [
        ("GGUF"u8.ToArray(), "is a GGUF file, which is written here, not read; get the model as safetensors"),
        ("version https://git-lfs"u8.ToArray(), "is a pointer of Git LFS, not the file; get it with git lfs pull"),
    ];

    private readonly List<ITensorFile> _files = [];
    private readonly SortedDictionary<string, ITensorFile> _fileOf = new(StringComparer.Ordinal);

    private ModelWeights(string where) => Where = where;

    /// <inheritdoc/>
    public string Where { get; }

    /// <summary>The format of the files in words.</summary>
    public string Format => _files[0].Format;

    /// <summary>Paths of the files.</summary>
    public IEnumerable<string> Files => _files.Select(file => file.Path);

    /// <summary>The tensors in ordinal order of their names.</summary>
    public IEnumerable<StoredTensor> Tensors => _fileOf.Select(entry => entry.Value.Tensors[entry.Key]);

    /// <inheritdoc/>
    public long Count => Tensors.Sum(tensor => tensor.Count);

    /// <summary>Opens a file or a folder.</summary>
    /// <exception cref="CalmException">It is not there, is damaged, or holds no weights.</exception>
    public static ModelWeights Open(string path)
    {
        string found = Find(path);
        ModelWeights weights = new(path);
        try
        {
            weights.AddAll(found);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a folder's weights, or their index; null if there is none.</summary>
    public static string? FileIn(string folder) =>
        Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public IReadOnlyList<long>? SizesOf(string name) =>
        _fileOf.TryGetValue(name, out ITensorFile? file) ? file.Tensors[name].Sizes : null;

    /// <inheritdoc/>
    public float[] Read(string name) => _fileOf[name].ReadFloats(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ITensorFile file in _files)
        {
            file.Dispose();
        }
    }

    private static string Find(string path) =>
        !Directory.Exists(path)
            ? path
            : FileIn(path) ?? throw new CalmException(
                $"{path}: has none of {string.Join(", ", Names)}; name the file, or another folder.");

    private void AddAll(string path)
    {
        if (path.EndsWith(IndexSuffix, StringComparison.Ordinal))
        {
            foreach ((string name, ITensorFile shard) in ShardIndex.Open(path, Add, (file, one) => file.Tensors.ContainsKey(one)))
            {
                _fileOf.Add(name, shard);
            }

            return;
        }

        ITensorFile single = Add(path);
        foreach (string name in single.Tensors.Keys)
        {
            _fileOf.Add(name, single);
        }
    }

    private ITensorFile Add(string path)
    {
        ITensorFile file = IsArchive(path) ? TorchFile.Open(path) : SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private static bool IsArchive(string path)
    {
        using TensorBytes bytes = TensorBytes.Open(path, bytes => bytes);
        byte[] start = new byte[Math.Min(LongestMark, bytes.Length)];
        bytes.Read(start, 0);
        foreach ((byte[] mark, string what) in Others)
        {
            if (start.AsSpan().StartsWith(mark))
            {
                throw new CalmException($"{path}: {what}.");
            }
        }

        // A header of safetensors begins with its length in eight bytes, of which some are 0 in any file that can be.
        if (start is [(byte)'{' or (byte)'<', ..] && !start.AsSpan(0, Math.Min(start.Length, sizeof(long))).Contains((byte)0))
        {
            throw new CalmException($"{path}: is text, no weights; name the folder, or the file of the weights.");
        }

        return !start.AsSpan().StartsWith(OldTorchMark)
            ? start.AsSpan().StartsWith(ZipMark)
            : throw new CalmException(
                $"{path}: was written by torch.save before version 1.6; save it again with a newer one, or as safetensors.");
    }
}
