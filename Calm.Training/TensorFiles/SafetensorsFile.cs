using System.Buffers.Binary;
using System.Numerics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A safetensors file open for reading: eight bytes with the length of the header, the header, the data. Reading is by
/// position, so several threads may do it at once.
/// </summary>
internal sealed class SafetensorsFile : ITensorFile
{
    // The limit of the reference implementation: far more than a million tensors.
    private const int LongestHeader = 100_000_000;
    private const int LengthBytes = 8;

    private readonly TensorBytes _bytes;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(TensorBytes bytes)
    {
        _bytes = bytes;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (bytes.Length < LengthBytes)
        {
            throw new CalmException($"{Path}: {bytes.Length} bytes are not a safetensors file; get it again.");
        }

        bytes.Read(prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > LongestHeader || (long)headerLength > bytes.Length - LengthBytes)
        {
            throw new CalmException(
                $"{Path}: is neither of safetensors nor of torch.save, or damaged (a header of {headerLength} bytes in a file of "
                + $"{bytes.Length}); name the folder or the file of the weights, or get it again.");
        }

        byte[] json = new byte[headerLength];
        bytes.Read(json, LengthBytes);
        _dataStart = LengthBytes + json.Length;
        _header = SafetensorsHeader.Parse(Path, json, bytes.Length - _dataStart);
        Tensors = _header.Entries.ToDictionary(
            entry => entry.Key, entry => new StoredTensor(entry.Key, entry.Value.Type, entry.Value.Sizes));
    }

    /// <inheritdoc/>
    public string Path => _bytes.Path;

    /// <inheritdoc/>
    public string Format => "safetensors";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The tensors with their places, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>Metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CalmException">It cannot be read, or is damaged.</exception>
    public static SafetensorsFile Open(string path) => TensorBytes.Open(path, bytes => new SafetensorsFile(bytes));

    /// <inheritdoc/>
    public float[] ReadFloats(string name) => Read<float>(Entries[name]);

    /// <summary>All elements of a tensor, converted: see <see cref="Read{T}(SafetensorsEntry, Span{T})"/>.</summary>
    public T[] Read<T>(SafetensorsEntry entry) where T : unmanaged, INumberBase<T>
    {
        if (entry.Count > Array.MaxLength)
        {
            throw Error(entry, $"has {entry.Count} elements, more than an array can hold");
        }

        T[] values = new T[entry.Count];
        Read(entry, values.AsSpan());
        return values;
    }

    /// <summary>Reads all elements of a tensor, converted to the target's type.</summary>
    /// <exception cref="CalmException">
    /// Floats are asked for as integers, an integer is out of range, or the file was cut short since it was opened.
    /// </exception>
    public void Read<T>(SafetensorsEntry entry, Span<T> target) where T : unmanaged, INumberBase<T>
    {
        if (target.Length != entry.Count)
        {
            throw new ArgumentException($"Read: {target.Length} elements wanted, {entry.Name} has {entry.Count}.");
        }

        bool wantsIntegers = T.CreateTruncating(0.5) == T.Zero;
        if (wantsIntegers && entry.Type.IsFloat())
        {
            throw Error(entry, $"is {entry.Type}, expected integers");
        }

        try
        {
            _bytes.Read(entry.Type, _dataStart + entry.Start, target);
        }
        catch (OverflowException)
        {
            throw Error(entry, $"has a value that does not fit {typeof(T).Name}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private CalmException Error(SafetensorsEntry entry, string what) =>
        new($"{Path}: tensor {Quote.Name(entry.Name)} {what}.");
}
