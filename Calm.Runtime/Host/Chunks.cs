using System.Runtime.CompilerServices;

namespace Calm.Runtime;

/// <summary>A range of items cut into nearly equal chunks; a function of the sizes alone.</summary>
/// <param name="Items">Number of items.</param>
/// <param name="Count">Number of chunks.</param>
public readonly record struct Chunks(long Items, int Count)
{
    /// <summary>Work of about 20 us a chunk: large against the 0.5 us of claiming one, small against a step.</summary>
    private const long WorkPerChunk = 1 << 16;

    /// <summary>More chunks than any machine has threads, few enough that partial sums stay small.</summary>
    private const int MostChunks = 64;

    /// <summary>
    /// Cuts <paramref name="items"/>, each of about <paramref name="workPerItem"/> simple operations, into chunks.
    /// </summary>
    public static Chunks Of(long items, long workPerItem)
    {
        long wanted = Math.Max(1, items * Math.Max(1, workPerItem) / WorkPerChunk);
        return new Chunks(items, (int)Math.Max(1, Math.Min(Math.Min(wanted, MostChunks), items)));
    }

    /// <summary>First item of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Start(int chunk) => Items * chunk / Count;

    /// <summary>One past the last item of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long End(int chunk) => Items * (chunk + 1) / Count;
}
