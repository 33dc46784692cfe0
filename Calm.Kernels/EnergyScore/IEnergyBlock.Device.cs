using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// One position's block of targets in scratch memory, and what a kernel does with it: the device's form of
/// <see cref="PairEnergy"/>. All threads of a position call the same methods in the same order.
/// </summary>
internal interface IEnergyBlock<TSelf> where TSelf : struct, IEnergyBlock<TSelf>
{
    /// <summary>Threads of a position.</summary>
    static abstract int Threads { get; }

    /// <summary>Targets of a block.</summary>
    static abstract int Targets { get; }

    /// <summary>
    /// The most components there is room for: scratch memory has a fixed size, since what ILGPU 1.5.3 makes of dynamic shared
    /// memory in OpenCL is a pointer in global memory, which groups take from each other.
    /// </summary>
    static abstract int MostColumns { get; }

    /// <summary>Takes its scratch memory.</summary>
    static abstract TSelf Create(KernelEnergy sizes);

    /// <summary>Writes exp(logStd) and mean of a position, or what leaves the targets as they are.</summary>
    void WriteDistribution(ArrayView<float> mean, ArrayView<float> logStd, int position);

    /// <summary>Takes a block of rows as targets.</summary>
    /// <param name="rows">In, rows of L.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    void Load(ArrayView<float> rows, long first, int count);

    /// <summary>Makes a block of targets: mean + e exp(logStd).</summary>
    /// <param name="values">e, in, [M, N, L], if it is given.</param>
    /// <param name="place">Index of the position, for e that is drawn: its place in the whole batch.</param>
    /// <param name="table">Of normal numbers.</param>
    /// <param name="position">The position.</param>
    /// <param name="first">The first target.</param>
    /// <param name="count">How many.</param>
    void Make(ArrayView<float> values, int place, ArrayView<float> table, int position, int first, int count);

    /// <summary>
    /// The draws of a position against the block: returns this thread's share of the sum of d^beta and, if the block is for
    /// gradients, adds to it.
    /// </summary>
    /// <param name="draws">In, [M, S, L].</param>
    /// <param name="position">The position.</param>
    /// <param name="count">How many targets the block has.</param>
    /// <param name="slope">What d^(beta - 2) is multiplied by.</param>
    /// <param name="dDraws">In and out, [M, S, L].</param>
    /// <param name="overwrite">1 to overwrite the gradient, 0 to add to it.</param>
    float Add(ArrayView<float> draws, int position, int count, float slope, ArrayView<float> dDraws, int overwrite);

    /// <summary>The sum over the threads of a position.</summary>
    float Sum(float value);
}

/// <summary>Four rows of draws; beyond the last they repeat it.</summary>
internal readonly struct DrawRows
{
    /// <summary>How many there are.</summary>
    public const int Count = 4;

    public DrawRows(int position, int draw, KernelEnergy sizes)
    {
        long first = (long)position * sizes.Draws;
        R0 = (first + draw) * sizes.Columns;
        R1 = (first + IntrinsicMath.Min(draw + 1, sizes.Draws - 1)) * sizes.Columns;
        R2 = (first + IntrinsicMath.Min(draw + 2, sizes.Draws - 1)) * sizes.Columns;
        R3 = (first + IntrinsicMath.Min(draw + 3, sizes.Draws - 1)) * sizes.Columns;
    }

    public long R0 { get; }

    public long R1 { get; }

    public long R2 { get; }

    public long R3 { get; }
}
