using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The device's loop, one group a position.</content>
internal readonly partial struct EnergyLoop
{
    public void Run(IlgpuDevice gpu)
    {
        if (targets.Values is not null)
        {
            Run<GivenNoise>(gpu);
        }
        else if (sizes.Columns % QuadNoise.Run == 0)
        {
            Run<QuadNoise>(gpu);
        }
        else
        {
            Run<SingleNoise>(gpu);
        }
    }

    private void Run<TSource>(IlgpuDevice gpu) where TSource : struct, INoiseSource
    {
        if (dDraws is null)
        {
            Run<TSource, WithoutGradient>(gpu);
        }
        else
        {
            Run<TSource, WithGradient>(gpu);
        }
    }

    private void Run<TSource, TGradient>(IlgpuDevice gpu)
        where TSource : struct, INoiseSource where TGradient : struct, IGradientMode
    {
        if (gpu.Family == KernelFamily.Direct && gpu.Limits.Allow(LoopBlock<TSource, TGradient>.Needs))
        {
            Launch<LoopBlock<TSource, TGradient>>(gpu);
        }
        else if (gpu.Family == KernelFamily.Tiled && gpu.HasSmallGroups)
        {
            Launch<GroupBlock<EnergyTile16X8, TSource, TGradient>>(gpu);
        }
        else if (sizes.Columns <= EnergyTile128X32.MaxColumns)
        {
            LaunchFitting<EnergyTile128X32, EnergyTile64X32, TSource, TGradient>(gpu);
        }
        else
        {
            LaunchFitting<EnergyTile128X8, EnergyTile64X4, TSource, TGradient>(gpu);
        }
    }

    private void LaunchFitting<TTile, TLittle, TSource, TGradient>(IlgpuDevice gpu)
        where TTile : struct, IEnergyTile where TLittle : struct, IEnergyTile
        where TSource : struct, INoiseSource where TGradient : struct, IGradientMode
    {
        if (gpu.Limits.Allow(GroupBlock<TTile, TSource, TGradient>.Needs))
        {
            Launch<GroupBlock<TTile, TSource, TGradient>>(gpu);
        }
        else
        {
            Launch<GroupBlock<TLittle, TSource, TGradient>>(gpu);
        }
    }

    // Kernels take no null: a missing tensor is replaced by one that is not read.
    private void Launch<TBlock>(IlgpuDevice gpu) where TBlock : struct, IEnergyBlock<TBlock>
    {
        Check.That(
            sizes.Columns <= TBlock.MaxColumns, op, "number of columns on a device", sizes.Columns,
            $"at most {TBlock.MaxColumns}");
        gpu.Launch(new KernelConfig(sizes.Positions, TBlock.Threads), new EnergyKernel<TBlock>(
            draws.View(), targets.Mean.ViewOr(draws), targets.LogStd.ViewOr(draws),
            targets.Values.ViewOr(draws), targets.Positions.IntegerViewOr(draws), gpu.NormalTable,
            slopes.PerPosition.ViewOr(draws), terms.View(), (dDraws?.Tensor).ViewOr(draws),
            new KernelEnergy(sizes, exponent, targets, slopes, dDraws)));
    }

    /// <summary>
    /// Spread and fit of each position, and their gradient: spread = sum_ij |x_i - x_j|^beta / (S (S - 1)),
    /// fit = mean_ij |x_i - y_j|^beta.
    /// </summary>
    /// <param name="draws">In, x, [M, S, L].</param>
    /// <param name="mean">In, [M, L], if the targets are made.</param>
    /// <param name="logStd">In, [M, L], if the targets are made.</param>
    /// <param name="values">In, noise or targets, [M, N, L], if they are given.</param>
    /// <param name="positions">In, index of each position, [M], if noise is drawn.</param>
    /// <param name="table">In, of normal numbers, if noise is drawn.</param>
    /// <param name="slopes">In, gradient of each term, [2, M], if they differ between positions.</param>
    /// <param name="terms">Out, [2, M]: the spreads, then the fits.</param>
    /// <param name="dDraws">In and out, [M, S, L], if the gradient is wanted.</param>
    /// <param name="sizes">Sizes and factors.</param>
    /// <remarks>
    /// Launch: M groups of TBlock.Threads. Shared memory: that of TBlock. Bound by arithmetic: N L normal numbers and 3 (with
    /// gradient: 6) operations for each component of (S + N) S pairs.
    /// Numerics: sums of differences, float accumulation in a fixed order. A distance of zero gives no gradient; a NaN spoils
    /// its position. Definition: EnergyTerms.Reference.
    /// </remarks>
    internal readonly struct EnergyKernel<TBlock>(
        ArrayView<float> draws, ArrayView<float> mean, ArrayView<float> logStd, ArrayView<float> values,
        ArrayView<int> positions, ArrayView<float> table, ArrayView<float> slopes, ArrayView<float> terms,
        ArrayView<float> dDraws, KernelEnergy sizes) : IKernel
        where TBlock : struct, IEnergyBlock<TBlock>
    {
        public void Run()
        {
            int position = Grid.IdxX;
            TBlock block = TBlock.Create(sizes);
            block.WriteDistribution(mean, logStd, position);

            float slope = sizes.SpreadSlope * (sizes.HasSlopes != 0 ? slopes[position] : 1);
            float spread = 0;
            for (int first = 0; first < sizes.Draws; first += TBlock.Targets)
            {
                int count = IntrinsicMath.Min(TBlock.Targets, sizes.Draws - first);
                block.Load(draws, (long)position * sizes.Draws + first, count);
                int overwrite = first == 0 ? 1 - sizes.Accumulate : 0;
                spread += block.Add(draws, position, count, slope, dDraws, overwrite);
            }

            slope = sizes.FitSlope * (sizes.HasSlopes != 0 ? slopes[sizes.Positions + position] : 1);
            int place = sizes.IsDrawn != 0 ? positions[position] : 0;
            float fit = 0;
            for (int first = 0; first < sizes.Targets; first += TBlock.Targets)
            {
                int count = IntrinsicMath.Min(TBlock.Targets, sizes.Targets - first);
                block.Make(values, place, table, position, first, count);
                fit += block.Add(draws, position, count, slope, dDraws, 0);
            }

            spread = block.Sum(spread);
            fit = block.Sum(fit);
            if (Group.IdxX == 0)
            {
                terms[position] = spread * sizes.SpreadScale;
                terms[sizes.Positions + position] = fit * sizes.FitScale;
            }
        }
    }
}
