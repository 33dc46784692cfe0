using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, without groups that work together until the last sum.</content>
public static partial class ClampedKl
{
    static partial void ForwardOnDevice(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor sums, Tensor loss, ref bool done)
    {
        IlgpuDevice gpu = mean.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, float, ArrayView<float>>(SumKernel)(
            gpu.Queue, Launch.Items(gpu, mean.Rows), mean.View(), logStd.View(), floor, sums.View());
        ScalarSum.Run(gpu, sums, mean.Rows, scale / mean.Rows, 0, loss);
        done = true;
    }

    static partial void BackwardOnDevice(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor dLoss, GradientTarget? dMean,
        GradientTarget? dLogStd, ref bool done)
    {
        if (dMean is { } target)
        {
            Backward<MeanSlope>(mean, logStd, floor, scale, dLoss, target);
        }

        if (dLogStd is { } other)
        {
            Backward<LogStdSlope>(mean, logStd, floor, scale, dLoss, other);
        }

        done = true;
    }

    private static void Backward<TSlope>(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor dLoss, GradientTarget target)
        where TSlope : struct, ISlope
    {
        IlgpuDevice gpu = mean.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, float, float, ArrayView<float>, ArrayView<float>, int>(
            BackwardKernel<TSlope>)(
            gpu.Queue, Launch.Items(gpu, mean.Count), mean.View(), logStd.View(), floor, scale / mean.Rows, dLoss.View(),
            target.Tensor.View(), target.Accumulate ? 1 : 0);
    }

    /// <summary>Of which operand the derivative is.</summary>
    private interface ISlope
    {
        static abstract float Of(float mean, float variance);
    }

    private readonly struct MeanSlope : ISlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Of(float mean, float variance) => mean;
    }

    private readonly struct LogStdSlope : ISlope
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
    private static void SumKernel(ArrayView<float> mean, ArrayView<float> logStd, float floor, ArrayView<float> sums)
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

    /// <summary>
    /// target[i] (+)= dLoss * scale * slope where the divergence of component i is not below the floor.
    /// </summary>
    /// <param name="mean">In, [N, L].</param>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="floor">The least that a component counts.</param>
    /// <param name="scale">The weight of the loss over N.</param>
    /// <param name="dLoss">In, a scalar, read where it is.</param>
    /// <param name="target">In and out, [N, L]: dMean or dLogStd.</param>
    /// <param name="accumulate">1 to add to target, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads 2 or 3 N L floats, writes N L.</remarks>
    private static void BackwardKernel<TSlope>(
        ArrayView<float> mean, ArrayView<float> logStd, float floor, float scale, ArrayView<float> dLoss,
        ArrayView<float> target, int accumulate)
        where TSlope : struct, ISlope
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
