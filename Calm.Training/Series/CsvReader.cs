using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads comma-separated values strictly: fields with commas, quotes or line ends stand in double quotes, and a quote
/// inside one is doubled. Errors name the line. Source: RFC 4180.
/// </summary>
/// <param name="text">The file's text.</param>
/// <param name="path">Its name, for messages.</param>
/// <param name="separator">The character between fields.</param>
/// <param name="firstLine">The number of the first line that is read.</param>
internal sealed class CsvReader(TextReader text, string path, char separator = ',', int firstLine = 1)
{
    private const char Quote = '"';
    private const int End = -1;

    private int _nextLine = firstLine;

    /// <summary>The line at which the latest record begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The fields of the next record, or null at the end.</summary>
    /// <exception cref="CalmException">Its quotes are wrong; the message has the line and the field.</exception>
    public string[]? Read()
    {
        Line = _nextLine;
        if (text.Peek() == End)
        {
            return null;
        }

        List<string> fields = [];
        int after;
        do
        {
            int field = fields.Count + 1;
            fields.Add(text.Peek() == Quote ? ReadQuoted(field) : ReadBare(field));
            after = text.Read();
        }
        while (after == separator);

        if (after == '\r' && text.Peek() == '\n')
        {
            text.Read();
        }

        _nextLine++;
        return [.. fields];
    }

    private string ReadBare(int field)
    {
        StringBuilder value = new();
        while (!EndsField(text.Peek()))
        {
            char next = (char)text.Read();
            if (next == Quote)
            {
                throw Wrong(field, "a quote inside a field; put the whole field in quotes and double this one");
            }

            value.Append(next);
        }

        return value.ToString();
    }

    private string ReadQuoted(int field)
    {
        StringBuilder value = new();
        text.Read();
        while (true)
        {
            int next = text.Read();
            if (next == End)
            {
                throw Wrong(field, "its quotes are not closed before the end of the file");
            }

            if (next == Quote && text.Peek() != Quote)
            {
                return EndsField(text.Peek())
                    ? value.ToString()
                    : throw Wrong(field, "something stands between the closing quote and the next separator");
            }

            if (next == Quote)
            {
                text.Read();
            }

            _nextLine += next == '\n' ? 1 : 0;
            value.Append((char)next);
        }
    }

    private bool EndsField(int next) => next == separator || next is '\r' or '\n' or End;

    private CalmException Wrong(int field, string what) => new($"{path}: line {Line}, field {field}: {what}.");
}
