using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Writes floats in the types of files of tensors.</summary>
internal static class RoundedFloats
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Writes floats, rounded to the nearest, ties to even.</summary>
    /// <param name="stream">Receives them.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="values">The floats.</param>
    public static void Write(Stream stream, SafetensorsType type, ReadOnlySpan<float> values)
    {
        switch (type)
        {
            case SafetensorsType.F16:
                WriteConverted<Half>(stream, values, value => (Half)value);
                break;
            case SafetensorsType.BF16:
                WriteConverted(stream, values, value => (ushort)(BFloat16.Round(value) >> 16));
                break;
            default:
                WriteElements(stream, values);
                break;
        }
    }

    /// <summary>Writes elements as they are: a span of bytes is shorter than 2 GB, a tensor need not be.</summary>
    public static void WriteElements<T>(Stream stream, ReadOnlySpan<T> values) where T : unmanaged
    {
        for (int done = 0; done < values.Length; done += ChunkElements)
        {
            ReadOnlySpan<T> part = values.Slice(done, Math.Min(ChunkElements, values.Length - done));
            stream.Write(MemoryMarshal.AsBytes(part));
        }
    }

    private static void WriteConverted<T>(Stream stream, ReadOnlySpan<float> values, Func<float, T> convert) where T : unmanaged
    {
        T[] chunk = new T[Math.Min(values.Length, ChunkElements)];
        for (int done = 0; done < values.Length; done += chunk.Length)
        {
            int count = Math.Min(chunk.Length, values.Length - done);
            for (int i = 0; i < count; i++)
            {
                chunk[i] = convert(values[done + i]);
            }

            stream.Write(MemoryMarshal.AsBytes(chunk.AsSpan(0, count)));
        }
    }
}
