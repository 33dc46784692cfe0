using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Bounds the bytes that come out of a compressed file: a small file cannot fill the disk. Text compresses to a third or a tenth.
/// </summary>
/// <param name="name">The file, for messages.</param>
/// <param name="fileBytes">Its length.</param>
/// <param name="remedy">The thing to do if the file is right.</param>
internal sealed class ExpansionLimit(string name, long fileBytes, string remedy)
{
    private const int MostTimes = 100;
    private const long Always = 1 << 24;

    private readonly long _most = Math.Max(Always, MostTimes * fileBytes);
    private long _bytes;

    /// <summary>Counts bytes that came out.</summary>
    /// <exception cref="CalmException">They are too many.</exception>
    public void Add(long bytes)
    {
        _bytes += bytes;
        if (_bytes > _most)
        {
            throw new CalmException($"{name}: expands to more than {MostTimes} times its size; if it is right, {remedy}.");
        }
    }

    /// <summary>Refuses a size that is announced before anything is made room for.</summary>
    /// <exception cref="CalmException">It is too large.</exception>
    public void Require(long bytes)
    {
        Add(bytes);
        _bytes -= bytes;
    }
}
