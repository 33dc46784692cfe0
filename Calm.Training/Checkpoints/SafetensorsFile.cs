using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Calm.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Calm.Training;

/// <summary>
/// A safetensors file open for reading: eight bytes with the length of the header, the header, the data. Reading is by
/// position, so several threads may do it at once.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    // The limit of the reference implementation: far more than a million tensors.
    private const int LongestHeader = 100_000_000;
    private const int LengthBytes = 8;
    private const int ChunkBytes = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        long length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (length < LengthBytes)
        {
            throw new CalmException($"{path}: {length} bytes are not a safetensors file; get it again.");
        }

        ReadFully(prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > LongestHeader || (long)headerLength > length - LengthBytes)
        {
            throw new CalmException(
                $"{path}: announces a header of {headerLength} bytes, the file has {length}; "
                + "not a safetensors file, or damaged: get it again.");
        }

        byte[] json = new byte[headerLength];
        ReadFully(json, LengthBytes);
        _dataStart = LengthBytes + json.Length;
        _header = SafetensorsHeader.Parse(path, json, length - _dataStart);
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>Metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CalmException">It cannot be read, or is damaged.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            return new SafetensorsFile(path, file);
        }
        catch (Exception failure)
        {
            file?.Dispose();
            if (FileFailure.Is(failure))
            {
                throw FileFailure.Reading(path, failure);
            }

            throw;
        }
    }

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
            switch (entry.Type)
            {
                case SafetensorsType.F32: Convert<float, T>(entry, target); break;
                case SafetensorsType.F64: Convert<double, T>(entry, target); break;
                case SafetensorsType.F16: Convert<Half, T>(entry, target); break;
                case SafetensorsType.BF16: ConvertBFloat16(entry, target); break;
                case SafetensorsType.I32: Convert<int, T>(entry, target); break;
                case SafetensorsType.I64: Convert<long, T>(entry, target); break;
                default: Convert<byte, T>(entry, target); break;
            }
        }
        catch (OverflowException)
        {
            throw Error(entry, $"has a value that does not fit {typeof(T).Name}");
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(Path, failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Convert<TSource, TTarget>(SafetensorsEntry entry, Span<TTarget> target)
        where TSource : unmanaged, INumberBase<TSource>
        where TTarget : unmanaged, INumberBase<TTarget>
    {
        if (typeof(TSource) == typeof(TTarget))
        {
            ReadLarge(target, entry.Start);
            return;
        }

        TSource[] chunk = new TSource[Math.Min(target.Length, ChunkBytes / entry.Type.Size())];
        for (int done = 0; done < target.Length; done += chunk.Length)
        {
            Span<TSource> source = chunk.AsSpan(0, Math.Min(chunk.Length, target.Length - done));
            ReadLarge(source, entry.Start + (long)done * entry.Type.Size());
            for (int i = 0; i < source.Length; i++)
            {
                target[done + i] = TTarget.CreateChecked(source[i]);
            }
        }
    }

    // The upper half of a float: the runtime has no type for it.
    private void ConvertBFloat16<TTarget>(SafetensorsEntry entry, Span<TTarget> target)
        where TTarget : unmanaged, INumberBase<TTarget>
    {
        ushort[] upper = new ushort[target.Length];
        ReadLarge(upper.AsSpan(), entry.Start);
        for (int i = 0; i < upper.Length; i++)
        {
            target[i] = TTarget.CreateChecked(BitConverter.UInt32BitsToSingle((uint)upper[i] << 16));
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
            ReadFully(MemoryMarshal.AsBytes(part), _dataStart + start + (long)done * size);
        }
    }

    private void ReadFully(Span<byte> target, long start)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(_file, target, start);
            if (read == 0)
            {
                throw new CalmException($"{Path}: ends at byte {start}; it was cut short while open, get it again.");
            }

            target = target[read..];
            start += read;
        }
    }

    private CalmException Error(SafetensorsEntry entry, string what) =>
        new($"{Path}: tensor {SafetensorsEntry.Quote(entry.Name)} {what}.");
}
