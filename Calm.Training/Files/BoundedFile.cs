using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads files of any kind, also pipes and devices that never end, within a bound.</summary>
internal static class BoundedFile
{
    private const int FirstBytes = 1 << 16;

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="CalmException">It cannot be read, or has more bytes.</exception>
    public static ReadOnlySpan<byte> Read(string path, int most)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            byte[] bytes = new byte[file.CanSeek ? Math.Min(file.Length, most) + 1 : FirstBytes];
            int count = 0;
            while (true)
            {
                int read = file.Read(bytes, count, bytes.Length - count);
                count += read;
                if (read == 0)
                {
                    return bytes.AsSpan(0, count);
                }

                if (count > most)
                {
                    throw new CalmException($"{path}: has more than {most >> 20} MB, too much for a file of its kind.");
                }

                if (count == bytes.Length)
                {
                    Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, most + 1L));
                }
            }
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }
}
