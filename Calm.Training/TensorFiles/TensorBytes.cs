using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Calm.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Calm.Training;

/// <summary>
/// Reads bytes and elements of an open file by position, so that several threads may do it at once, and converts elements.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="file">Its handle, which this owns.</param>
internal sealed class TensorBytes(string path, SafeFileHandle file) : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Path of the file.</summary>
    public string Path => path;

    /// <summary>Length of the file when it was opened.</summary>
    public long Length { get; } = RandomAccess.GetLength(file);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="make">Reads its header.</param>
    /// <exception cref="CalmException">It cannot be read.</exception>
    public static T Open<T>(string path, Func<TensorBytes, T> make)
    {
        TensorBytes? bytes = null;
        try
        {
            if (Disk.IsDeviceOrPipe(path))
            {
                throw new CalmException(
                    $"{path}: is a pipe or a device, and weights are read at any place; save them to a file.");
            }

            bytes = new TensorBytes(path, File.OpenHandle(path));
            return make(bytes);
        }
        catch (Exception failure)
        {
            bytes?.Dispose();
            if (FileFailure.Is(failure))
            {
                throw FileFailure.Reading(path, failure);
            }

            throw;
        }
    }

    /// <summary>Fills a span with the bytes from a position on.</summary>
    /// <exception cref="CalmException">The file ends before.</exception>
    public void Read(Span<byte> target, long start)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, start);
            if (read == 0)
            {
                throw new CalmException($"{path}: ends at byte {start}; it was cut short while open, get it again.");
            }

            target = target[read..];
            start += read;
        }
    }

    /// <summary>Fills a span with elements from a position on, converted to the span's type.</summary>
    /// <param name="type">The type in the file.</param>
    /// <param name="start">Position of the first element.</param>
    /// <param name="target">Receives them.</param>
    /// <exception cref="OverflowException">An integer does not fit the span's type.</exception>
    /// <exception cref="CalmException">The file ends before, or cannot be read.</exception>
    public void Read<T>(SafetensorsType type, long start, Span<T> target) where T : unmanaged, INumberBase<T>
    {
        try
        {
            switch (type)
            {
                case SafetensorsType.F32: Convert<float, T>(type, start, target); break;
                case SafetensorsType.F64: Convert<double, T>(type, start, target); break;
                case SafetensorsType.F16: Convert<Half, T>(type, start, target); break;
                case SafetensorsType.BF16: ConvertBFloat16(start, target); break;
                case SafetensorsType.I32: Convert<int, T>(type, start, target); break;
                case SafetensorsType.I64: Convert<long, T>(type, start, target); break;
                default: Convert<byte, T>(type, start, target); break;
            }
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Convert<TSource, TTarget>(SafetensorsType type, long start, Span<TTarget> target)
        where TSource : unmanaged, INumberBase<TSource>
        where TTarget : unmanaged, INumberBase<TTarget>
    {
        if (typeof(TSource) == typeof(TTarget))
        {
            ReadLarge(target, start);
            return;
        }

        TSource[] chunk = new TSource[Math.Min(target.Length, ChunkBytes / type.Size())];
        for (int done = 0; done < target.Length; done += chunk.Length)
        {
            Span<TSource> source = chunk.AsSpan(0, Math.Min(chunk.Length, target.Length - done));
            ReadLarge(source, start + (long)done * type.Size());
            for (int i = 0; i < source.Length; i++)
            {
                target[done + i] = TTarget.CreateChecked(source[i]);
            }
        }
    }

    // The upper half of a float: the runtime has no type for it.
    private void ConvertBFloat16<TTarget>(long start, Span<TTarget> target) where TTarget : unmanaged, INumberBase<TTarget>
    {
        ushort[] chunk = new ushort[Math.Min(target.Length, ChunkBytes / sizeof(ushort))];
        for (int done = 0; done < target.Length; done += chunk.Length)
        {
            Span<ushort> upper = chunk.AsSpan(0, Math.Min(chunk.Length, target.Length - done));
            ReadLarge(upper, start + (long)done * sizeof(ushort));
            for (int i = 0; i < upper.Length; i++)
            {
                target[done + i] = TTarget.CreateChecked(BitConverter.UInt32BitsToSingle((uint)upper[i] << 16));
            }
        }
    }

    // A span of bytes is shorter than 2 GB, a tensor need not be.
    private void ReadLarge<T>(Span<T> target, long start) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        int step = ChunkBytes / size;
        for (int done = 0; done < target.Length; done += step)
        {
            Span<T> part = target.Slice(done, Math.Min(step, target.Length - done));
            Read(MemoryMarshal.AsBytes(part), start + (long)done * size);
        }
    }
}
