using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads a text file as one document, or as several where lines that consist of <c>&lt;|endoftext|&gt;</c> stand between
/// them. The end of the line before such a line belongs to it.
/// </summary>
internal sealed class PlainText
{
    private const int FirstBytes = 1 << 16;

    private readonly Stream _file;
    private readonly string _name;
    private byte[] _buffer;
    private int _end;
    private bool _isOver;

    private PlainText(Stream file, string name, long expected)
    {
        (_file, _name) = (file, name);
        _buffer = new byte[Math.Clamp(expected + 1, FirstBytes, Array.MaxLength)];
    }

    private static ReadOnlySpan<byte> Separator => "<|endoftext|>"u8;

    /// <summary>The documents.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="expected">The bytes that it probably has.</param>
    /// <exception cref="CalmException">It cannot be read, or is no UTF-8 text.</exception>
    public static IEnumerable<Document> Read(Stream file, string name, long expected) =>
        new PlainText(file, name, expected).Read();

    private IEnumerable<Document> Read()
    {
        Fill();
        FileKind.RequireText(_name, _buffer.AsSpan(0, _end));
        int start = _buffer.AsSpan(0, _end).StartsWith(FileLines.Utf8Mark) ? FileLines.Utf8Mark.Length : 0;
        int searched = start;
        int number = 0;
        while (true)
        {
            int separator = Find(start, ref searched, out int next);
            if (separator >= 0)
            {
                number++;
                yield return new Document($"{_name}:{number}", _buffer.AsSpan(start, separator - start).ToArray());
                (start, searched) = (next, next);
            }
            else if (_isOver)
            {
                break;
            }
            else
            {
                // The rest of the buffer is the beginning of a document.
                _buffer.AsSpan(start, _end - start).CopyTo(_buffer);
                _end -= start;
                searched -= start;
                start = 0;
                Fill();
            }
        }

        string name = number == 0 ? _name : $"{_name}:{number + 1}";
        yield return new Document(name, _buffer.AsMemory(start, _end - start));
    }

    /// <summary>The end of the document that begins at a place, and the beginning of the next; -1 if it goes on.</summary>
    private int Find(int start, ref int searched, out int next)
    {
        while (_buffer.AsSpan(searched, _end - searched).IndexOf(Separator) is >= 0 and int found)
        {
            int at = searched + found;
            int after = at + Separator.Length;
            if (_end - after < 2 && !_isOver)
            {
                searched = at; // whether it stands alone is still to be read
                next = 0;
                return -1;
            }

            int lineEnd = LineEnd(after);
            if ((at == start || _buffer[at - 1] == (byte)'\n') && lineEnd >= 0)
            {
                next = lineEnd;
                return WithoutLineEnd(start, at);
            }

            searched = after;
        }

        searched = Math.Max(searched, _end - Separator.Length + 1);
        next = 0;
        return -1;
    }

    /// <summary>The beginning of the next line if this one ends here; otherwise -1.</summary>
    private int LineEnd(int at) => _buffer.AsSpan(at, _end - at) switch
    {
        [] => at,
        [(byte)'\n', ..] => at + 1,
        [(byte)'\r', (byte)'\n', ..] => at + 2,
        _ => -1,
    };

    private int WithoutLineEnd(int start, int end) => _buffer.AsSpan(start, end - start) switch
    {
        [.., (byte)'\r', (byte)'\n'] => end - 2,
        [.., (byte)'\n'] => end - 1,
        _ => end,
    };

    private void Fill()
    {
        if (_end == _buffer.Length)
        {
            if (_end == Array.MaxLength)
            {
                throw new CalmException(
                    $"{_name}: has a document of more than 2 GB; split it, or put lines of <|endoftext|> between documents.");
            }

            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Array.MaxLength));
        }

        int room = _buffer.Length - _end;
        int read = _file.ReadAtLeast(_buffer.AsSpan(_end), room, throwOnEndOfStream: false);
        _isOver = read < room;
        _end += read;
    }
}
