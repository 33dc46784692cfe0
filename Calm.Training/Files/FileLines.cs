using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads the lines of a file as bytes, within a bound: a file without an end of line fills no memory.</summary>
internal static class FileLines
{
    private const int BufferBytes = 1 << 16;

    /// <summary>The byte order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The lines without their ends and without a byte order mark; each is valid until the next is asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">Most bytes of a line.</param>
    /// <exception cref="CalmException">It cannot be read, or a line is longer.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path, int longest)
    {
        using FileStream file = Open(path);
        foreach (ReadOnlyMemory<byte> line in Read(file, path, longest))
        {
            yield return line;
        }
    }

    /// <inheritdoc cref="Read(string, int)"/>
    /// <param name="file">The file's bytes from its beginning on.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="longest">Most bytes of a line.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(Stream file, string name, int longest)
    {
        byte[] buffer = new byte[BufferBytes];
        int start = 0;
        int end = 0;
        bool isFirst = true;
        while (true)
        {
            if (isFirst && end >= Utf8Mark.Length)
            {
                isFirst = false;
                start = buffer.AsSpan(0, end).StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
            }

            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
                isFirst = false;
                continue;
            }

            if (start == 0 && end == buffer.Length)
            {
                if (end >= longest)
                {
                    throw new CalmException($"{name}: a line has more than {longest >> 20} MB.");
                }

                Array.Resize(ref buffer, checked(2 * buffer.Length));
            }

            // The rest of the buffer is the beginning of a line.
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            int read = Fill(file, name, buffer.AsSpan(end));
            if (read == 0)
            {
                break;
            }

            end += read;
        }

        if (end > 0)
        {
            yield return buffer.AsMemory(0, end);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private static int Fill(Stream file, string name, Span<byte> target)
    {
        try
        {
            return file.Read(target);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(name, failure);
        }
    }
}
