using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels.</content>
public static partial class Reparameterise
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) =>
            noise.Launch(gpu, z, new DrawKernel(mean.View(), logStd.View(), z.View()));
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu) => noise.Launch(
            gpu, dz, new SpreadKernel(logStd.View(), dz.View(), dLogStd.Tensor.View(), dLogStd.Accumulate ? 1 : 0));
    }

    /// <summary>z[r, l] = mean[r, l] + e exp(logStd[r, l]), e standard normal.</summary>
    /// <param name="mean">In, [N, L].</param>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="z">Out, [N, L]; may alias mean or logStd.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes, else by bandwidth: reads 2 N L
    /// floats, writes N L. Numerics: the same bits as the host. Definition: Reparameterise.Reference.
    /// </remarks>
    internal readonly struct DrawKernel(ArrayView<float> mean, ArrayView<float> logStd, ArrayView<float> z) : INoiseKernel
    {
        public static bool IsNormal => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(float number, long at) =>
            z[at] = KernelMath.FusedMultiplyAdd(number, KernelMath.Exp(logStd[at]), mean[at]);
    }

    /// <summary>dLogStd[r, l] (+)= dz[r, l] e exp(logStd[r, l]), with the e of the forward kernel.</summary>
    /// <param name="logStd">In, [N, L].</param>
    /// <param name="dz">In, [N, L].</param>
    /// <param name="dLogStd">In and out, [N, L].</param>
    /// <param name="accumulate">1 to add to dLogStd, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread a quad of the noise, any group size. Bound as the forward kernel.</remarks>
    internal readonly struct SpreadKernel(
        ArrayView<float> logStd, ArrayView<float> dz, ArrayView<float> dLogStd, int accumulate) : INoiseKernel
    {
        public static bool IsNormal => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(float number, long at)
        {
            float gradient = dz[at] * (number * KernelMath.Exp(logStd[at]));
            dLogStd[at] = accumulate != 0 ? dLogStd[at] + gradient : gradient;
        }
    }
}
