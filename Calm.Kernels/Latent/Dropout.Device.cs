using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel.</content>
public static partial class Dropout
{
    private readonly partial struct Mask
    {
        public void Run(IlgpuDevice gpu) => noise.Launch(
            gpu, x, new MaskKernel(x.View(), _threshold, _scale, y.Tensor.View(), y.Accumulate ? 1 : 0));
    }

    /// <summary>y[r, c] (+)= x[r, c] * scale if the random number of r and c is greater than the threshold, else 0.</summary>
    /// <param name="x">In, [N, C].</param>
    /// <param name="threshold">p, or 0 if the numbers are a mask.</param>
    /// <param name="scale">1 / (1 - p).</param>
    /// <param name="y">In and out, [N, C]; may alias x.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes, else by bandwidth: reads N C
    /// floats or twice as many, writes N C. Numerics: the same bits as the host. Definition: Dropout.Reference.
    /// </remarks>
    internal readonly struct MaskKernel(
        ArrayView<float> x, float threshold, float scale, ArrayView<float> y, int accumulate) : INoiseKernel
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(float number, long at)
        {
            // A product, so that a NaN stays one even if it is dropped.
            float value = x[at] * (number > threshold ? scale : 0);
            y[at] = accumulate != 0 ? y[at] + value : value;
        }
    }
}
