using Calm.Runtime;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Calm.Training;

/// <summary>The bytes of a text file, decompressed where it is gzip or Zstandard, whatever its name.</summary>
internal sealed class TextStream : ReadOnlyStream
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _file;
    private readonly Stream _source;
    private readonly string _name;
    private readonly ExpansionLimit? _limit;
    private readonly TextProgress? _progress;
    private long _reported;

    private TextStream(FileStream file, string name, TextProgress? progress)
    {
        (_file, _name, _progress) = (file, name, progress);
        Span<byte> start = stackalloc byte[4];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        _source = start.StartsWith(FileKind.Gzip) ? new GzipText(file)
            : FileKind.IsZstandard(start) ? new DecompressionStream(file, leaveOpen: false)
            : file;
        _limit = IsCompressed ? new ExpansionLimit(name, file.Length, "decompress it first") : null;
    }

    /// <summary>Whether the file is compressed.</summary>
    public bool IsCompressed => _source != _file;

    /// <summary>Bytes of the file as it is.</summary>
    public long FileBytes => _file.Length;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="progress">Told of bytes that are read; null for nobody.</param>
    /// <exception cref="CalmException">It cannot be read.</exception>
    public static TextStream Open(string path, string name, TextProgress? progress = null)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BufferBytes);
            return new TextStream(file, name, progress);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            file?.Dispose();
            throw FileFailure.Reading(name, failure);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            int count = _source.Read(buffer);
            _limit?.Add(count);
            _progress?.Add(_file.Position - _reported);
            _reported = _file.Position;
            return count;
        }
        catch (ZstdException failure) when (failure.Code == ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge)
        {
            throw new CalmException($"{_name}: was compressed with a window over 128 MB; decompress it first (unzstd).", failure);
        }
        catch (Exception failure) when (IsCompressed && IsDamage(failure))
        {
            throw new CalmException($"{_name}: its compressed data is damaged or cut short; get the file again.", failure);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(_name, failure);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsDamage(Exception failure) =>
        failure is ZstdException or InvalidDataException or EndOfStreamException;
}
