namespace Calm.Runtime;

/// <summary>
/// Philox 4x32-10, a counter-based generator: ten rounds of two 32 x 32 -> 64-bit products over a 128-bit counter.
/// Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
/// </summary>
public static class Philox
{
    /// <summary>Number of rounds that mix the counter.</summary>
    public const int Rounds = 10;

    /// <summary>Multiplier of words 0 and 1.</summary>
    public const uint Multiplier0 = 0xD2511F53;

    /// <summary>Multiplier of words 2 and 3.</summary>
    public const uint Multiplier1 = 0xCD9E8D57;

    /// <summary>Added to the first key word each round: the golden ratio.</summary>
    public const uint Weyl0 = 0x9E3779B9;

    /// <summary>Added to the second key word each round: sqrt(3) - 1.</summary>
    public const uint Weyl1 = 0xBB67AE85;

    /// <summary>The four words of one block of a stream.</summary>
    public static void Block(RandomStream stream, ulong block, Span<uint> words) =>
        Block((uint)block, (uint)(block >> 32), stream.Step, stream.Stream,
            (uint)stream.Seed, (uint)(stream.Seed >> 32), words);

    /// <summary>The generator itself: 128 bits of counter and 64 bits of key to four words.</summary>
    public static void Block(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1, Span<uint> words)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = (
                (uint)(product1 >> 32) ^ c1 ^ key0,
                (uint)product1,
                (uint)(product0 >> 32) ^ c3 ^ key1,
                (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        words[0] = c0;
        words[1] = c1;
        words[2] = c2;
        words[3] = c3;
    }
}
