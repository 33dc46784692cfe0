using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, without groups that work together until the last sum.</content>
public static partial class ClampedKl
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            gpu.LaunchItems(mean.Rows, new SumKernel(mean.View(), logStd.View(), floor, sums.View()));
            ScalarSum.Run(gpu, sums, mean.Rows, scale / mean.Rows, 0, loss);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            Run<MeanSlope>(gpu, dMean);
            Run<LogStdSlope>(gpu, dLogStd);
        }

        private void Run<TSlope>(IlgpuDevice gpu, GradientTarget? wanted) where TSlope : struct, ISlope
        {
            if (wanted is { } target)
            {
                gpu.LaunchItems(mean.Count, new BackwardKernel<TSlope>(
                    mean.View(), logStd.View(), floor, scale / mean.Rows, dLoss.View(), target.Tensor.View(),
                    target.Accumulate ? 1 : 0));
            }
        }
    }

    /// <summary>The operand of a derivative, as a compile-time constant.</summary>
    internal interface ISlope
    {
        static abstract float Of(float mean, float variance);
    }

    internal readonly struct MeanSlope : ISlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Of(float mean, float variance) => mean;
    }

    internal readonly struct LogStdSlope : ISlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Of(float mean, float variance) => variance - 1;
    }

    /// <summary>sums[t] = sum over i of max(floor, divergence of component t + i N): as many terms as a row has.</summary>
    /// <param name="mean">In, [N, L].</param>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="floor">The least that a component counts.</param>
    /// <param name="sums">Out, [N]; neighbouring threads read neighbouring components, so these are not sums of rows.</param>
    /// <remarks>
    /// Launch: one thread an element of sums, any group size. Bound by bandwidth: reads 2 N L floats. Numerics: float
    /// accumulation in a fixed order; a NaN comes through. Definition: ClampedKl.Reference.
    /// </remarks>
    internal readonly struct SumKernel(
        ArrayView<float> mean, ArrayView<float> logStd, float floor, ArrayView<float> sums) : IKernel
    {
        public void Run()
        {
            int thread = Grid.GlobalIndex.X;
            if (thread < sums.IntLength)
            {
                float sum = 0;
                for (long i = thread; i < mean.Length; i += sums.Length)
                {
                    float divergence = Divergence(
                        new KernelNumber(mean[i]), new KernelNumber(logStd[i]),
                        new KernelNumber(KernelMath.Exp(logStd[i] + logStd[i]))).Value;
                    sum += divergence < floor ? floor : divergence; // in this order a NaN comes through
                }

                sums[thread] = sum;
            }
        }
    }

    /// <summary>
    /// target[i] (+)= dLoss * scale * slope if the divergence of component i is not below the floor.
    /// </summary>
    /// <param name="mean">In, [N, L].</param>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="floor">The least that a component counts.</param>
    /// <param name="scale">The weight of the loss over N.</param>
    /// <param name="dLoss">In, a scalar in device memory.</param>
    /// <param name="target">In and out, [N, L]: dMean or dLogStd.</param>
    /// <param name="accumulate">1 to add to target, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads 2 or 3 N L floats, writes N L.</remarks>
    internal readonly struct BackwardKernel<TSlope>(
        ArrayView<float> mean, ArrayView<float> logStd, float floor, float scale, ArrayView<float> dLoss,
        ArrayView<float> target, int accumulate) : IKernel where TSlope : struct, ISlope
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            if (i < mean.IntLength)
            {
                float variance = KernelMath.Exp(logStd[i] + logStd[i]);
                float divergence = Divergence(
                    new KernelNumber(mean[i]), new KernelNumber(logStd[i]), new KernelNumber(variance)).Value;
                float factor = divergence < floor ? 0 : dLoss[0] * scale;
                float gradient = factor * TSlope.Of(mean[i], variance);
                target[i] = accumulate != 0 ? target[i] + gradient : gradient;
            }
        }
    }
}
