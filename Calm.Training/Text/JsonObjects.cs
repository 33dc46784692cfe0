using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a file with one JSON array of objects, each of which holds a document, an object at a time.</summary>
internal sealed class JsonObjects
{
    private const int FirstBytes = 1 << 16;
    private const int LongestObject = 1 << 28;

    private readonly Stream _file;
    private readonly string _name;
    private readonly JsonText _text;
    private byte[] _buffer = new byte[FirstBytes];
    private int _start;
    private int _end;
    private bool _isOver;
    private long _line = 1;

    private JsonObjects(Stream file, string name, string field) => (_file, _name, _text) = (file, name, new JsonText(field));

    private string Where => $"{_name}, line {_line}";

    /// <summary>The documents.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="field">The member that is the text.</param>
    /// <exception cref="CalmException">It is broken; the message names the file and the line.</exception>
    public static IEnumerable<Document> Read(Stream file, string name, string field) => new JsonObjects(file, name, field).Read();

    /// <summary>Whether the beginning of a file is that of an array of objects.</summary>
    /// <param name="start">The beginning, without white space before it.</param>
    public static bool Is(ReadOnlySpan<byte> start) =>
        start is [(byte)'[', ..] && start[1..].TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)']', ..];

    private IEnumerable<Document> Read()
    {
        SkipMark();
        Expect((byte)'[');
        bool isEmpty = Next() == ']';
        while (!isEmpty)
        {
            long number = _line;
            int length = ObjectLength();
            yield return new Document($"{_name}:{number}", _text.Read(_buffer.AsSpan(_start, length), Where));
            Skip(length);
            if (Next() == ']')
            {
                break;
            }

            Expect((byte)',');
            Next();
        }

        Expect((byte)']');
        if (Next() >= 0)
        {
            throw Broken("something follows the end of the array");
        }
    }

    /// <summary>The length of the object that begins here; it is in the buffer then.</summary>
    private int ObjectLength()
    {
        while (true)
        {
            try
            {
                Utf8JsonReader reader = new(
                    _buffer.AsSpan(_start, _end - _start), _isOver, new JsonReaderState(JsonText.ReaderOptions));
                bool hasToken = reader.Read();
                if (hasToken && reader.TokenType != JsonTokenType.StartObject)
                {
                    throw Broken("an element is not an object");
                }

                if (hasToken && reader.TrySkip())
                {
                    return (int)reader.BytesConsumed;
                }
            }
            catch (JsonException failure)
            {
                _line += failure.LineNumber ?? 0;
                throw _text.Invalid(Where, failure);
            }

            Fill();
        }
    }

    /// <summary>The next byte that is not white space, which stays; -1 at the end.</summary>
    private int Next()
    {
        while (true)
        {
            for (; _start < _end; _start++)
            {
                byte value = _buffer[_start];
                if (value is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                {
                    return value;
                }

                _line += value == (byte)'\n' ? 1 : 0;
            }

            if (_isOver)
            {
                return -1;
            }

            Fill();
        }
    }

    private void Expect(byte expected)
    {
        int next = Next();
        if (next != expected)
        {
            throw Broken(next < 0 ? "the file ends within the array" : $"'{(char)expected}' is missing");
        }

        _start++;
    }

    private void Skip(int length)
    {
        _line += _buffer.AsSpan(_start, length).Count((byte)'\n');
        _start += length;
    }

    private void SkipMark()
    {
        Next();
        _start += _buffer.AsSpan(_start, _end - _start).StartsWith(FileLines.Utf8Mark) ? FileLines.Utf8Mark.Length : 0;
    }

    /// <summary>Reads on. The buffer doubles while one object fills it, so that an object is looked at a few times.</summary>
    private void Fill()
    {
        if (_end - _start >= LongestObject)
        {
            throw Broken($"an object has more than {LongestObject >> 20} MB");
        }

        if (_end - _start > _buffer.Length / 2)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int read = _file.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _isOver = read < _buffer.Length - _end;
        _end += read;
    }

    private CalmException Broken(string what) => new($"{Where}: {what}; the file must be an array of objects.");
}
