using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a file with one JSON object per line, whose <c>text</c> is a document. Blank lines are skipped.</summary>
internal static class JsonLines
{
    private const string Key = "text";
    private const int BufferBytes = 1 << 16;
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
        foreach (ReadOnlyMemory<byte> line in Lines(path))
        {
            number++;
            if (number == 1)
            {
                FileKind.RequireText(path, line.Span);
            }

            int start = number == 1 && line.Span.StartsWith(PlainText.Utf8Mark) ? PlainText.Utf8Mark.Length : 0;
            if (!line.Span[start..].Trim(" \t\r"u8).IsEmpty)
            {
                yield return new Document($"{path}:{number}", Text(line.Span[start..], path, number));
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

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(string path)
    {
        using FileStream file = Open(path);
        byte[] buffer = new byte[BufferBytes];
        int start = 0;
        int end = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
                continue;
            }

            if (start == 0 && end == buffer.Length)
            {
                if (end >= LongestLine)
                {
                    throw new CalmException($"{path}: a line has more than {LongestLine >> 20} MB; give each document its own.");
                }

                Array.Resize(ref buffer, checked(2 * buffer.Length));
            }

            // The rest of the buffer is the beginning of a line.
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            int read = Read(file, buffer.AsSpan(end));
            if (read == 0)
            {
                break;
            }

            end += read;
        }

        yield return buffer.AsMemory(0, end);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private static int Read(FileStream file, Span<byte> target)
    {
        try
        {
            return file.Read(target);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(file.Name, failure);
        }
    }
}
