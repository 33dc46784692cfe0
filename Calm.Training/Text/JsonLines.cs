using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a file with one JSON object per line, whose <c>text</c> is a document. Blank lines are skipped.</summary>
internal static class JsonLines
{
    private const string Key = "text";
    private const int LongestLine = 1 << 30;

    // Of values beside the text, which are passed over.
    private const int DeepestNesting = 1 << 12;

    /// <summary>Whether a file begins with a line that is a document, whatever the file is called.</summary>
    public static bool Is(string path)
    {
        try
        {
            return Read(path).Take(1).Any();
        }
        catch (CalmException)
        {
            return false;
        }
    }

    /// <summary>The documents.</summary>
    /// <exception cref="CalmException">A line is broken; the message names the file and the line.</exception>
    public static IEnumerable<Document> Read(string path)
    {
        long number = 0;
        foreach (ReadOnlyMemory<byte> line in FileLines.Read(path, LongestLine))
        {
            number++;
            if (number == 1)
            {
                FileKind.RequireText(path, line.Span);
            }

            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return new Document($"{path}:{number}", Text(line.Span, path, number));
            }
        }
    }

    private static byte[] Text(ReadOnlySpan<byte> line, string path, long number)
    {
        byte[]? text = null;
        try
        {
            Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw Broken(path, number, "not a JSON object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isText = reader.ValueTextEquals(Key);
                reader.Read();
                if (!isText)
                {
                    reader.Skip();
                }
                else if (reader.TokenType == JsonTokenType.String)
                {
                    byte[] unescaped = new byte[reader.ValueSpan.Length];
                    text = unescaped[..reader.CopyString(unescaped)];
                }
                else
                {
                    throw Broken(path, number, $"\"{Key}\" is not a string");
                }
            }

            reader.Read();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for strings that are not UTF-8.
            throw Broken(path, number, $"not valid JSON ({Reason(failure)})");
        }

        return text ?? throw Broken(path, number, $"has no \"{Key}\"");
    }

    // The reader counts lines itself, from 0 and within what it was given: here always 0.
    private static string Reason(Exception failure) =>
        failure.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ").TrimEnd('.');

    private static CalmException Broken(string path, long number, string what) =>
        new($"{path}, line {number}: {what}; every line must be an object such as {{\"{Key}\": \"...\"}}.");
}
