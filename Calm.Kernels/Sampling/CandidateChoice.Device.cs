using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: every draw is compared with every other, then one thread a sequence goes through the counts.</content>
public static partial class CandidateChoice
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            int sequences = ids.Shape[0];
            int candidates = ids.Shape[1];
            Tensor counts = tape.Rent(new Shape(sequences, candidates), Op, ElementType.Int32);
            gpu.LaunchItems(
                counts.Count,
                new CountKernel(ids.IntegerView(), candidates, ids.Columns, counts.IntegerView()));
            gpu.LaunchItems(sequences, new ChooseKernel(
                ids.IntegerView(), counts.IntegerView(), u.View(), candidates, ids.Columns, agreement,
                draws.IntegerView(), patches.IntegerView()));
        }
    }

    /// <summary>counts[b, i] = how many draws of sequence b equal its draw i, if none of them comes before i; else 0.</summary>
    /// <param name="ids">In, [B, N, K].</param>
    /// <param name="candidates">N.</param>
    /// <param name="patchSize">K.</param>
    /// <param name="counts">Out, [B, N].</param>
    /// <remarks>
    /// Launch: one thread a draw, any group size. Bound by arithmetic: N K comparisons a thread, of which neighbouring
    /// threads read the same ids.
    /// </remarks>
    internal readonly struct CountKernel(ArrayView<int> ids, int candidates, int patchSize, ArrayView<int> counts) : IKernel
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            if (item < counts.IntLength)
            {
                int sequence = item / candidates;
                int own = item - sequence * candidates;
                long pool = (long)sequence * candidates * patchSize;
                int count = 0;
                int before = 0;
                for (int other = 0; other < candidates; other++)
                {
                    int differences = 0;
                    for (int k = 0; k < patchSize; k++)
                    {
                        differences += ids[pool + other * patchSize + k] == ids[pool + own * patchSize + k] ? 0 : 1;
                    }

                    int equal = differences == 0 ? 1 : 0;
                    count += equal;
                    before += other < own ? equal : 0;
                }

                counts[item] = before == 0 ? count : 0;
            }
        }
    }

    /// <summary>
    /// Takes the first draw i at which the sum of C(counts[b, i], m) exceeds u[b] times its total; m is the agreement, or the
    /// greatest count if that is less.
    /// </summary>
    /// <param name="ids">In, [B, N, K].</param>
    /// <param name="counts">In, [B, N], from the other kernel.</param>
    /// <param name="u">In, [B].</param>
    /// <param name="candidates">N.</param>
    /// <param name="patchSize">K.</param>
    /// <param name="agreement">n.</param>
    /// <param name="draws">Out, [B].</param>
    /// <param name="patches">Out, [B, K].</param>
    /// <remarks>
    /// Launch: one thread a sequence, any group size. Bound by latency: reads the counts three times. Numerics: whole
    /// numbers of 64 bits, exact within <see cref="Supports"/>.
    /// </remarks>
    internal readonly struct ChooseKernel(
        ArrayView<int> ids, ArrayView<int> counts, ArrayView<float> u, int candidates, int patchSize, int agreement,
        ArrayView<int> draws, ArrayView<int> patches) : IKernel
    {
        public void Run()
        {
            int sequence = Grid.GlobalIndex.X;
            if (sequence < draws.IntLength)
            {
                long pool = (long)sequence * candidates;
                int greatest = 0;
                for (int i = 0; i < candidates; i++)
                {
                    greatest = IntrinsicMath.Max(greatest, counts[pool + i]);
                }

                int m = IntrinsicMath.Min(agreement, greatest);
                ulong total = 0;
                for (int i = 0; i < candidates; i++)
                {
                    total += WholeWays(counts[pool + i], m);
                }

                // A whole number exceeds u * total if it exceeds its whole part; the product itself would have 77 bits.
                ulong fraction = (ulong)(u[sequence] * (1 << UniformBits));
                ulong low = total & ((1 << UniformBits) - 1);
                ulong limit = fraction * (total >> UniformBits) + (fraction * low >> UniformBits);
                ulong running = 0;
                int chosen = 0;
                for (int i = 0; i < candidates; i++)
                {
                    ulong ways = WholeWays(counts[pool + i], m);
                    chosen = running <= limit && ways > 0 ? i : chosen;
                    running += ways;
                }

                draws[sequence] = chosen;
                for (int k = 0; k < patchSize; k++)
                {
                    patches[sequence * patchSize + k] = ids[(pool + chosen) * patchSize + k];
                }
            }
        }
    }

    /// <summary>C(count, m), 0 where count is less than m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WholeWays(int count, int m)
    {
        ulong ways = count >= m ? 1u : 0u;
        for (int i = 0; i < m && ways > 0; i++)
        {
            ways = ways * (ulong)(count - i) / (ulong)(i + 1);
        }

        return ways;
    }
}
