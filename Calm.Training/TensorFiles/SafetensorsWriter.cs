using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Writes a safetensors file. The same tensors and metadata give the same bytes, in whatever order they were added:
/// wide elements first, so that every tensor is aligned to its elements, then by name.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int Alignment = 8;

    private readonly List<Item> _items = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private sealed record Item(string Name, SafetensorsType Type, Shape Shape, Action<Stream> Write)
    {
        public long ByteCount => Shape.Count * Type.Size();
    }

    /// <summary>Adds metadata of the file.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    /// <summary>Adds a tensor of any device; it is read when the file is written.</summary>
    public void Add(string name, Tensor tensor)
    {
        bool integers = tensor.ElementType == ElementType.Int32;
        Add(new Item(name, integers ? SafetensorsType.I32 : SafetensorsType.F32, tensor.Shape, stream =>
        {
            if (integers)
            {
                RoundedFloats.WriteElements<int>(stream, tensor.ToIntegerArray());
            }
            else
            {
                RoundedFloats.WriteElements<float>(
                    stream, tensor.Device.Kind == DeviceKind.Host ? tensor.Span : tensor.ToArray());
            }
        }));
    }

    /// <summary>Adds floats; the array is read when the file is written.</summary>
    public void Add(string name, Shape shape, float[] values) => Add(name, SafetensorsType.F32, shape, values);

    /// <summary>Adds 32-bit integers; the array is read when the file is written.</summary>
    public void Add(string name, Shape shape, int[] values) => Add(name, SafetensorsType.I32, shape, values);

    /// <summary>Adds 64-bit integers; the array is read when the file is written.</summary>
    public void Add(string name, Shape shape, long[] values) => Add(name, SafetensorsType.I64, shape, values);

    /// <summary>Adds floats that are read, and rounded to a type, when the file is written.</summary>
    /// <param name="name">The key.</param>
    /// <param name="type">F32, F16 or BF16; rounded to the nearest, ties to even.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="read">Gives the values.</param>
    internal void Add(string name, SafetensorsType type, Shape shape, Func<float[]> read) =>
        Add(new Item(name, type, shape, stream => RoundedFloats.Write(stream, type, read())));

    /// <summary>Writes the file crash-safely.</summary>
    public void Save(string path) => SafeFile.Write(path, WriteTo);

    /// <summary>Writes the file's bytes.</summary>
    public void WriteTo(Stream stream)
    {
        Item[] ordered = [.. _items
            .OrderByDescending(item => item.Type.Size())
            .ThenBy(item => item.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Item item in ordered)
        {
            item.Write(stream);
        }
    }

    private void Add<T>(string name, SafetensorsType type, Shape shape, T[] values) where T : unmanaged
    {
        if (values.Length != shape.Count)
        {
            throw new ArgumentException($"{name}: {values.Length} elements given, shape {shape} has {shape.Count}.");
        }

        Add(new Item(name, type, shape, stream => RoundedFloats.WriteElements<T>(stream, values)));
    }

    private void Add(Item item)
    {
        if (item.Name == SafetensorsHeader.MetadataKey || _items.Exists(other => other.Name == item.Name))
        {
            throw new ArgumentException($"{item.Name}: the name is taken.");
        }

        _items.Add(item);
    }

    /// <summary>The header, padded with spaces so that the data starts at a multiple of eight bytes.</summary>
    private byte[] Header(Item[] items)
    {
        ArrayBufferWriter<byte> buffer = new();
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(buffer, options))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            long start = 0;
            foreach (Item item in items)
            {
                WriteEntry(json, item, start);
                start += item.ByteCount;
            }

            json.WriteEndObject();
        }

        int padding = (Alignment - buffer.WrittenCount % Alignment) % Alignment;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (_metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in _metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, Item item, long start)
    {
        json.WriteStartObject(item.Name);
        json.WriteString("dtype", item.Type.ToString());
        json.WriteStartArray("shape");
        for (int axis = 0; axis < item.Shape.Rank; axis++)
        {
            json.WriteNumberValue(item.Shape[axis]);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(start);
        json.WriteNumberValue(start + item.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
