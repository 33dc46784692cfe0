namespace Calm.Runtime;

/// <summary>
/// One of 2^64 independent sequences of 2^64 random words, each addressed by its index: no state, so any part can be made
/// again, anywhere, in any order. Philox 4x32-10 with key = seed and counter = (index / 4, step, stream).
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The training step, or whatever else must not repeat.</param>
/// <param name="Stream">Number of the use; each use of random numbers has its own.</param>
public readonly record struct RandomStream(ulong Seed, uint Step, uint Stream)
{
    /// <summary>Word number <paramref name="index"/>: one at a time, for host logic.</summary>
    public uint Word(ulong index)
    {
        Span<uint> block = stackalloc uint[4];
        Philox.Block(this, index >> 2, block);
        return block[(int)(index & 3)];
    }

    /// <summary>A uniform number in [0, 1) with 24 bits: word * 2^-32, truncated.</summary>
    public float Uniform(ulong index) => (Word(index) >> 8) * (1f / (1 << 24));

    /// <summary>A standard normal number: see <see cref="NormalTable"/>.</summary>
    public unsafe float Normal(ulong index)
    {
        float value;
        NormalTable.Evaluate(Lanes1.BroadcastBits(Word(index))).Store(&value);
        return value;
    }
}
