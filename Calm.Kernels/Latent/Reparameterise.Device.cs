using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one thread for four elements, whose random numbers are made together.</content>
public static partial class Reparameterise
{
    static partial void ForwardOnDevice(Tensor mean, Tensor logStd, RowNoise noise, Tensor z, ref bool done)
    {
        IlgpuDevice gpu = z.Gpu();
        KernelNoise numbers = new(noise, z);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, KernelNoise, ArrayView<float>>(DrawKernel)(
            gpu.Queue, Launch.Items(gpu, numbers.Quads), mean.View(), logStd.View(), numbers, z.View());
        done = true;
    }

    static partial void BackwardOnDevice(Tensor logStd, RowNoise noise, Tensor dz, GradientTarget dLogStd, ref bool done)
    {
        IlgpuDevice gpu = dz.Gpu();
        KernelNoise numbers = new(noise, dz);
        gpu.Kernel<ArrayView<float>, KernelNoise, ArrayView<float>, ArrayView<float>, int>(SpreadKernel)(
            gpu.Queue, Launch.Items(gpu, numbers.Quads), logStd.View(), numbers, dz.View(), dLogStd.Tensor.View(),
            dLogStd.Accumulate ? 1 : 0);
        done = true;
    }

    /// <summary>z[r, l] = mean[r, l] + e exp(logStd[r, l]), e standard normal.</summary>
    /// <param name="mean">In, [N, L].</param>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="noise">Where e comes from.</param>
    /// <param name="z">Out, [N, L]; may alias mean or logStd.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes, else by bandwidth: reads 2 N L
    /// floats, writes N L. Numerics: the same bits as the host. Definition: Reparameterise.Reference.
    /// </remarks>
    private static void DrawKernel(
        ArrayView<float> mean, ArrayView<float> logStd, KernelNoise noise, ArrayView<float> z)
    {
        int item = Grid.GlobalIndex.X;
        if (item < noise.Quads)
        {
            NoiseQuad quad = noise.Quad(item);
            Draw(mean, logStd, noise, quad, 0, z);
            Draw(mean, logStd, noise, quad, 1, z);
            Draw(mean, logStd, noise, quad, 2, z);
            Draw(mean, logStd, noise, quad, 3, z);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Draw(
        ArrayView<float> mean, ArrayView<float> logStd, KernelNoise noise, NoiseQuad quad, int place, ArrayView<float> z)
    {
        if (noise.Has(quad, place))
        {
            long at = quad.At(place);
            z[at] = KernelMath.FusedMultiplyAdd(noise.Normal(quad, place), KernelMath.Exp(logStd[at]), mean[at]);
        }
    }

    /// <summary>dLogStd[r, l] (+)= dz[r, l] e exp(logStd[r, l]), with the e of the forward kernel.</summary>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="noise">Where e comes from.</param>
    /// <param name="dz">In, [N, L].</param>
    /// <param name="dLogStd">In and out, [N, L].</param>
    /// <param name="accumulate">1 to add to dLogStd, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread a quad of the noise, any group size. Bound as the forward kernel.</remarks>
    private static void SpreadKernel(
        ArrayView<float> logStd, KernelNoise noise, ArrayView<float> dz, ArrayView<float> dLogStd, int accumulate)
    {
        int item = Grid.GlobalIndex.X;
        if (item < noise.Quads)
        {
            NoiseQuad quad = noise.Quad(item);
            Spread(logStd, noise, quad, 0, dz, dLogStd, accumulate);
            Spread(logStd, noise, quad, 1, dz, dLogStd, accumulate);
            Spread(logStd, noise, quad, 2, dz, dLogStd, accumulate);
            Spread(logStd, noise, quad, 3, dz, dLogStd, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(
        ArrayView<float> logStd, KernelNoise noise, NoiseQuad quad, int place, ArrayView<float> dz,
        ArrayView<float> dLogStd, int accumulate)
    {
        if (noise.Has(quad, place))
        {
            long at = quad.At(place);
            float gradient = dz[at] * (noise.Normal(quad, place) * KernelMath.Exp(logStd[at]));
            dLogStd[at] = accumulate != 0 ? dLogStd[at] + gradient : gradient;
        }
    }
}
