using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Calm.Training;

/// <summary>SHA-256 of files. A file is read once: after that its hash is known until its length or time changes.</summary>
internal static class FileHash
{
    private static readonly ConcurrentDictionary<string, (long Length, DateTime Written, string Hash)> Known = new();

    /// <summary>The hash of a file's contents, in lower-case hexadecimal digits.</summary>
    public static string Of(string path)
    {
        FileInfo info = new(Path.GetFullPath(path));
        if (Known.TryGetValue(info.FullName, out var known)
            && (info.Length, info.LastWriteTimeUtc) == (known.Length, known.Written))
        {
            return known.Hash;
        }

        using FileStream stream = info.OpenRead();
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        Known[info.FullName] = (info.Length, info.LastWriteTimeUtc, hash);
        return hash;
    }

    /// <summary>Notes the hash of a file that was just written.</summary>
    public static void Remember(string path, string hash)
    {
        FileInfo info = new(Path.GetFullPath(path));
        Known[info.FullName] = (info.Length, info.LastWriteTimeUtc, hash);
    }
}
