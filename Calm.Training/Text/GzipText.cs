using System.IO.Compression;

namespace Calm.Training;

/// <summary>Decompresses gzip, and tells a file that was cut short, for which the framework's stream just ends early.</summary>
/// <remarks>
/// A member of our own follows the file's. It comes out at the end if, and only if, the member before it was whole.
/// </remarks>
internal sealed class GzipText(Stream file) : ReadOnlyStream
{
    private static readonly byte[] Mark = "end of calm gzip"u8.ToArray();
    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly GZipStream _source = new(new Joined(file, MarkMember), CompressionMode.Decompress);
    private readonly byte[] _buffer = new byte[(1 << 16) + Mark.Length];
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_end - _start <= Mark.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = _source.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                return _buffer.AsSpan(0, _end).SequenceEqual(Mark) ? 0 : throw new InvalidDataException("it ends too early");
            }

            _end += read;
        }

        int count = Math.Min(buffer.Length, _end - _start - Mark.Length);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
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

    private static byte[] Compress(byte[] bytes)
    {
        using MemoryStream target = new();
        using (GZipStream gzip = new(target, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>A stream and bytes after it.</summary>
    private sealed class Joined(Stream first, byte[] rest) : ReadOnlyStream
    {
        private readonly MemoryStream _rest = new(rest);

        public override int Read(Span<byte> buffer)
        {
            int read = first.Read(buffer);
            return read > 0 ? read : _rest.Read(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                first.Dispose();
                _rest.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
