using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// The device's loop over positions, one group each: spread, fit, and the gradient of any combination of the two in the same
/// pass, while the targets are at hand.
/// </summary>
internal static class DeviceEnergyLoop
{
    private const string Op = nameof(EnergyScore);

    /// <summary>Runs all positions.</summary>
    /// <param name="gpu">Where the tensors are.</param>
    /// <param name="sizes">M, S, N, L.</param>
    /// <param name="draws">In, [M, S, L].</param>
    /// <param name="targets">Where the targets come from.</param>
    /// <param name="exponent">beta.</param>
    /// <param name="terms">Out, [2, M]: spread and fit of each position.</param>
    /// <param name="slopes">Gradients of the terms, if <paramref name="dDraws"/> is wanted.</param>
    /// <param name="dDraws">Out, [M, S, L].</param>
    public static void Run(
        IlgpuDevice gpu, EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms,
        EnergySlopes slopes, GradientTarget? dDraws)
    {
        Call call = new(gpu, draws, targets, terms, slopes, dDraws, new(sizes, exponent, targets, slopes, dDraws));
        if (gpu.Family == KernelFamily.Direct)
        {
            call.WithLoop();
        }
        else if (gpu.HasSmallGroups)
        {
            call.With<EnergyTile16X8>();
        }
        else if (sizes.Columns <= EnergyTile128X32.MostColumns)
        {
            call.With<EnergyTile128X32>();
        }
        else
        {
            call.With<EnergyTile128X8>();
        }
    }

    /// <summary>A call on its way to the kernel's type parameters.</summary>
    private readonly record struct Call(
        IlgpuDevice Gpu, Tensor Draws, EnergyTargets Targets, Tensor Terms, EnergySlopes Slopes, GradientTarget? DDraws,
        KernelEnergy Sizes)
    {
        public void WithLoop()
        {
            if (Targets.Values is not null)
            {
                WithLoop<GivenNoise>();
            }
            else if (Sizes.Columns % QuadNoise.Run == 0)
            {
                WithLoop<QuadNoise>();
            }
            else
            {
                WithLoop<SingleNoise>();
            }
        }

        private void WithLoop<TSource>() where TSource : struct, INoiseSource
        {
            if (DDraws is null)
            {
                Launch<LoopBlock<TSource, WithoutGradient>>();
            }
            else
            {
                Launch<LoopBlock<TSource, WithGradient>>();
            }
        }

        public void With<TTile>() where TTile : struct, IEnergyTile
        {
            if (Targets.Values is not null)
            {
                With<TTile, GivenNoise>();
            }
            else if (Sizes.Columns % QuadNoise.Run == 0)
            {
                With<TTile, QuadNoise>();
            }
            else
            {
                With<TTile, SingleNoise>();
            }
        }

        private void With<TTile, TSource>() where TTile : struct, IEnergyTile where TSource : struct, INoiseSource
        {
            if (DDraws is null)
            {
                Launch<GroupBlock<TTile, TSource, WithoutGradient>>();
            }
            else
            {
                Launch<GroupBlock<TTile, TSource, WithGradient>>();
            }
        }

        // Kernels take no null: what is missing is replaced by something that is not looked at.
        private void Launch<TBlock>() where TBlock : struct, IEnergyBlock<TBlock>
        {
            Check.That(
                Sizes.Columns <= TBlock.MostColumns, Op, "number of columns on a device", Sizes.Columns,
                $"at most {TBlock.MostColumns}");
            KernelConfig config = new(Sizes.Positions, TBlock.Threads);
            Gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>,
                ArrayView<float>, KernelEnergy, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
                EnergyKernel<TBlock>)(
                Gpu.Queue, config, Draws.View(), (Targets.Mean ?? Draws).View(), (Targets.LogStd ?? Draws).View(),
                (Targets.Values ?? Draws).View(), (Targets.Positions ?? Draws).IntegerView(), Gpu.NormalTable, Sizes,
                (Slopes.PerPosition ?? Draws).View(), Terms.View(), (DDraws?.Tensor ?? Draws).View());
        }
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
    /// <param name="sizes">Sizes and factors.</param>
    /// <param name="slopes">In, gradient of each term, [2, M], if they differ between positions.</param>
    /// <param name="terms">Out, [2, M]: the spreads, then the fits.</param>
    /// <param name="dDraws">In and out, [M, S, L], if the gradient is wanted.</param>
    /// <remarks>
    /// Launch: M groups of TBlock.Threads. Shared memory: that of TBlock. Bound by arithmetic: N L normal numbers and 3 (with
    /// gradient: 6) operations for each component of (S + N) S pairs.
    /// Numerics: sums of differences, float accumulation in a fixed order. A distance of zero gives no gradient; a NaN spoils
    /// its position. Definition: EnergyTerms.Reference.
    /// </remarks>
    private static void EnergyKernel<TBlock>(
        ArrayView<float> draws, ArrayView<float> mean, ArrayView<float> logStd, ArrayView<float> values,
        ArrayView<int> positions, ArrayView<float> table, KernelEnergy sizes, ArrayView<float> slopes,
        ArrayView<float> terms, ArrayView<float> dDraws)
        where TBlock : struct, IEnergyBlock<TBlock>
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
