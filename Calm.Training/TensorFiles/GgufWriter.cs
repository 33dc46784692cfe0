using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Writes a GGUF file, version 3: values by key, the list of tensors, their data aligned to 32 bytes.</summary>
/// <remarks>Source: ggml, docs/gguf.md.</remarks>
internal sealed class GgufWriter
{
    private const int Version = 3;
    private const int Alignment = 32;

    private readonly List<Action<Bytes>> _values = [];
    private readonly List<Item> _items = [];

    private sealed record Item(string Name, SafetensorsType Type, Shape Shape, Action<Stream> Write)
    {
        public long ByteCount => Shape.Count * Type.Size();
    }

    /// <summary>The types of values by their numbers in the format.</summary>
    private enum ValueType
    {
        UInt32 = 4,
        Int32 = 5,
        Float32 = 6,
        Bool = 7,
        String = 8,
        Array = 9,
    }

    /// <summary>Adds a whole number.</summary>
    public void Add(string key, int value) => AddValue(key, ValueType.UInt32, bytes => bytes.UInt32(checked((uint)value)));

    /// <summary>Adds a number.</summary>
    public void Add(string key, float value) =>
        AddValue(key, ValueType.Float32, bytes => bytes.UInt32(BitConverter.SingleToUInt32Bits(value)));

    /// <summary>Adds true or false.</summary>
    public void Add(string key, bool value) => AddValue(key, ValueType.Bool, bytes => bytes.Byte(value ? (byte)1 : (byte)0));

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => AddValue(key, ValueType.String, bytes => bytes.Text(value));

    /// <summary>Adds texts.</summary>
    public void Add(string key, IReadOnlyList<string> values) =>
        AddArray(key, ValueType.String, values.Count, bytes =>
        {
            foreach (string value in values)
            {
                bytes.Text(value);
            }
        });

    /// <summary>Adds whole numbers.</summary>
    public void Add(string key, IReadOnlyList<int> values) =>
        AddArray(key, ValueType.Int32, values.Count, bytes =>
        {
            foreach (int value in values)
            {
                bytes.UInt32((uint)value);
            }
        });

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">F32, F16 or BF16; rounded to the nearest, ties to even.</param>
    /// <param name="shape">The sizes, outermost first; the file has them the other way round.</param>
    /// <param name="read">Gives the values when the file is written.</param>
    public void Add(string name, SafetensorsType type, Shape shape, Func<float[]> read) =>
        _items.Add(new Item(name, type, shape, stream => RoundedFloats.Write(stream, type, read())));

    /// <summary>Writes the file's bytes.</summary>
    public void WriteTo(Stream stream)
    {
        Bytes header = new();
        header.Raw("GGUF"u8);
        header.UInt32(Version);
        header.UInt64((ulong)_items.Count);
        header.UInt64((ulong)_values.Count);
        _values.ForEach(write => write(header));
        ulong start = 0;
        foreach (Item item in _items)
        {
            WriteItem(header, item, start);
            start = Aligned(start + (ulong)item.ByteCount);
        }

        header.Align(Alignment);
        stream.Write(header.Written);
        foreach (Item item in _items)
        {
            item.Write(stream);
            stream.Write(new byte[Aligned((ulong)item.ByteCount) - (ulong)item.ByteCount]);
        }
    }

    private static ulong Aligned(ulong count) => (count + Alignment - 1) / Alignment * Alignment;

    private void AddValue(string key, ValueType type, Action<Bytes> write) => _values.Add(bytes =>
    {
        bytes.Text(key);
        bytes.UInt32((uint)type);
        write(bytes);
    });

    private void AddArray(string key, ValueType type, int count, Action<Bytes> write) => AddValue(key, ValueType.Array, bytes =>
    {
        bytes.UInt32((uint)type);
        bytes.UInt64((ulong)count);
        write(bytes);
    });

    private static void WriteItem(Bytes header, Item item, ulong start)
    {
        header.Text(item.Name);
        header.UInt32((uint)item.Shape.Rank);
        for (int axis = item.Shape.Rank - 1; axis >= 0; axis--)
        {
            header.UInt64((ulong)item.Shape[axis]);
        }

        header.UInt32(item.Type switch
        {
            SafetensorsType.F16 => 1u,
            SafetensorsType.BF16 => 30,
            _ => 0,
        });
        header.UInt64(start);
    }

    /// <summary>Bytes in the making, little-endian.</summary>
    private sealed class Bytes
    {
        private readonly ArrayBufferWriter<byte> _buffer = new();

        public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

        public void Raw(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

        public void Byte(byte value) => Raw([value]);

        public void UInt32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(sizeof(uint)), value);
            _buffer.Advance(sizeof(uint));
        }

        public void UInt64(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(sizeof(ulong)), value);
            _buffer.Advance(sizeof(ulong));
        }

        public void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            UInt64((ulong)bytes.Length);
            Raw(bytes);
        }

        public void Align(int alignment) => Raw(new byte[(alignment - _buffer.WrittenCount % alignment) % alignment]);
    }
}
