using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// One position's block of targets in scratch memory, and a kernel's work on it: the device's form of
/// <see cref="PairEnergy"/>. All threads of a position call the same methods in the same order.
/// </summary>
internal interface IEnergyBlock<TSelf> where TSelf : struct, IEnergyBlock<TSelf>
{
    /// <summary>Threads of a position.</summary>
    static abstract int Threads { get; }

    /// <summary>Targets of a block.</summary>
    static abstract int Targets { get; }

    /// <summary>
    /// The largest number of components: scratch memory has a fixed size, since ILGPU 1.5.3 turns dynamic shared
    /// memory in OpenCL into a pointer in global memory, which concurrent groups overwrite.
    /// </summary>
    static abstract int MaxColumns { get; }

    /// <summary>Takes its scratch memory.</summary>
    static abstract TSelf Create(KernelEnergy sizes);

    /// <summary>Writes exp(logStd) and mean of a position; 1 and 0 if the targets are given as they are.</summary>
    void WriteDistribution(ArrayView<float> mean, ArrayView<float> logStd, int position);

    /// <summary>Takes a block of rows as targets.</summary>
    /// <param name="rows">In, rows of L.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Their number.</param>
    void Load(ArrayView<float> rows, long first, int count);

    /// <summary>Makes a block of targets: mean + e exp(logStd).</summary>
    /// <param name="values">e, in, [M, N, L], if it is given.</param>
    /// <param name="place">Index of the position, for e that is drawn: its place in the whole batch.</param>
    /// <param name="table">Of normal numbers.</param>
    /// <param name="position">The position.</param>
    /// <param name="first">The first target.</param>
    /// <param name="count">Their number.</param>
    void Make(ArrayView<float> values, int place, ArrayView<float> table, int position, int first, int count);

    /// <summary>
    /// The draws of a position against the block: returns this thread's share of the sum of d^beta and, if the block is for
    /// gradients, adds to it.
    /// </summary>
    /// <param name="draws">In, [M, S, L].</param>
    /// <param name="position">The position.</param>
    /// <param name="count">Number of targets of the block.</param>
    /// <param name="slope">Factor of d^(beta - 2).</param>
    /// <param name="dDraws">In and out, [M, S, L].</param>
    /// <param name="overwrite">1 to overwrite the gradient, 0 to add to it.</param>
    float Add(ArrayView<float> draws, int position, int count, float slope, ArrayView<float> dDraws, int overwrite);

    /// <summary>The sum over the threads of a position.</summary>
    float Sum(float value);
}

/// <summary>Four rows of draws; beyond the last they repeat it.</summary>
internal readonly struct DrawRows
{
    /// <summary>Their number.</summary>
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
