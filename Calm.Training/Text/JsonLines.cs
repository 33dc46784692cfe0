using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a file with one JSON object per line, each of which holds a document. Blank lines are skipped.</summary>
internal static class JsonLines
{
    private const int LongestLine = 1 << 28;

    /// <summary>The documents.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="field">The member that is the text.</param>
    /// <exception cref="CalmException">A line is broken; the message names the file and the line.</exception>
    public static IEnumerable<Document> Read(Stream file, string name, string field)
    {
        JsonText text = new(field);
        long number = 0;
        foreach (ReadOnlyMemory<byte> line in FileLines.Read(file, name, LongestLine))
        {
            number++;
            if (number == 1)
            {
                FileKind.RequireText(name, line.Span);
            }

            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return new Document($"{name}:{number}", text.Read(line.Span, $"{name}, line {number}"));
            }
        }
    }

    /// <summary>Whether the beginning of a file is a line with an object, as far as it goes.</summary>
    /// <param name="start">The beginning, without white space before it.</param>
    /// <param name="isWhole">Whether the file ends with it.</param>
    public static bool Is(ReadOnlySpan<byte> start, bool isWhole)
    {
        int end = start.IndexOf((byte)'\n');
        Utf8JsonReader reader = new(
            end < 0 ? start : start[..end], isFinalBlock: isWhole || end >= 0, new JsonReaderState(JsonText.ReaderOptions));
        bool hasMember = false;
        try
        {
            while (reader.Read())
            {
                hasMember |= reader.TokenType == JsonTokenType.PropertyName;
                if (!hasMember && reader.TokenType != JsonTokenType.StartObject)
                {
                    return false;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return hasMember;
    }
}
