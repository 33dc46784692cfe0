using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Statistics of each query for the backward kernels: the logarithm to base 2 of its denominator, and dy . y. Queries that
/// only fill a tile up have an infinite denominator, so that their weights are 0.
/// </summary>
internal static class TensorStatistics
{
    private const float Log2E = 1.44269504f;

    /// <summary>Memory for all queries.</summary>
    public static long FloatsFor(AttentionSizes sizes) =>
        2L * sizes.Batch * sizes.QueryHeads * TensorHeadPacking.Filled(sizes.Queries);

    /// <summary>Computes them.</summary>
    public static void Run(
        IlgpuDevice gpu, AttentionSizes sizes, DeviceHeads y, DeviceHeads dy, ArrayView<float> logSumExp,
        ArrayView<float> statistics) =>
        gpu.LaunchItems(statistics.Length / 2, new StatisticsKernel(y, dy, logSumExp, statistics, sizes));

    /// <summary>The pair of a query, and of the one eight further.</summary>
    /// <param name="statistics">[batch, heads, filled queries, 2].</param>
    /// <param name="row">The first of the queries.</param>
    /// <param name="which">0 for logarithms, 1 for products.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowPair OfRows(ArrayView<float> statistics, long row, int which) =>
        RowPair.Of(statistics[2 * row + which], statistics[2 * row + 2 * 8 + which]);

    /// <summary>statistics[b, h, i] = log2(e) logSumExp[b, h, i] and y[b, i, h] . dy[b, i, h], dy rounded to bfloat16.</summary>
    /// <param name="y">In, [B, Tq, heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="logSumExp">In, [B, heads, Tq].</param>
    /// <param name="statistics">Out, [B, heads, filled Tq, 2].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch: one thread a row of a head, any group size. Bound by bandwidth.</remarks>
    internal readonly struct StatisticsKernel(
        DeviceHeads y, DeviceHeads dy, ArrayView<float> logSumExp, ArrayView<float> statistics, AttentionSizes sizes)
        : IKernel
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            if (item < statistics.IntLength / 2)
            {
                // Neighbouring threads have neighbouring heads of a position.
                int filled = TensorHeadPacking.Filled(sizes.Queries);
                int head = item % sizes.QueryHeads;
                int row = item / sizes.QueryHeads % filled;
                int batch = item / sizes.QueryHeads / filled;
                long place = (long)batch * sizes.QueryHeads + head;
                float logarithm = float.PositiveInfinity;
                float sum = 0;
                if (row < sizes.Queries)
                {
                    logarithm = logSumExp[place * sizes.Queries + row] * Log2E;
                    long at = y.At(batch, row, head);
                    for (int c = 0; c < sizes.HeadSize; c++)
                    {
                        sum = KernelMath.FusedMultiplyAdd(
                            y.Elements[at + c], BFloat16.RoundToFloat(dy.Elements[at + c]), sum);
                    }
                }

                statistics[2 * (place * filled + row)] = logarithm;
                statistics[2 * (place * filled + row) + 1] = sum;
            }
        }
    }
}

/// <summary>Statistics of the queries in the columns of a strip, as a thread of a warp holds them.</summary>
internal readonly struct TensorColumnStatistics
{
    private const int PairsPerQuad = 2;

    /// <summary>Reads them.</summary>
    /// <param name="statistics">[batch, heads, filled queries, 2].</param>
    /// <param name="row">The query of the first column.</param>
    /// <param name="lane">Index of the thread in its warp.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TensorColumnStatistics(ArrayView<float> statistics, int row, int lane)
    {
        ArrayView<Lanes4> quads = statistics.Cast<Lanes4>();
        int first = row / PairsPerQuad + (lane & 3);
        Lanes4 q0 = quads[first];
        Lanes4 q1 = quads[first + 4];
        Lanes4 q2 = quads[first + 8];
        Lanes4 q3 = quads[first + 12];
        Logarithms = new TensorStrip
        {
            T0 = Pair(q0.X, q0.Z), T1 = Pair(q1.X, q1.Z), T2 = Pair(q2.X, q2.Z), T3 = Pair(q3.X, q3.Z),
        };
        Dots = new TensorStrip
        {
            T0 = Pair(q0.Y, q0.W), T1 = Pair(q1.Y, q1.W), T2 = Pair(q2.Y, q2.W), T3 = Pair(q3.Y, q3.W),
        };
    }

    /// <summary>Of the denominators, to base 2.</summary>
    public TensorStrip Logarithms { get; }

    /// <summary>dy . y.</summary>
    public TensorStrip Dots { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TensorSums Pair(float left, float right) => new() { X = left, Y = right, Z = left, W = right };
}
