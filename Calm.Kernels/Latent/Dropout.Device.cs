using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread for four elements, whose random numbers are made together.</content>
public static partial class Dropout
{
    static partial void MaskOnDevice(Tensor x, float probability, RowNoise noise, GradientTarget y, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
        KernelNoise numbers = new(noise, x);

        // A given mask stays where it is 1, whatever p.
        float threshold = noise.Given is null ? probability : 0;
        gpu.Kernel<ArrayView<float>, KernelNoise, float, float, ArrayView<float>, int>(MaskKernel)(
            gpu.Queue, Launch.Items(gpu, numbers.Quads), x.View(), numbers, threshold, 1 / (1 - probability),
            y.Tensor.View(), y.Accumulate ? 1 : 0);
        done = true;
    }

    /// <summary>y[r, c] (+)= x[r, c] * scale where the random number of r and c is greater than the threshold, else 0.</summary>
    /// <param name="x">In, [N, C].</param>
    /// <param name="noise">Where the random numbers come from.</param>
    /// <param name="threshold">p, or 0 if the numbers are a mask.</param>
    /// <param name="scale">1 / (1 - p).</param>
    /// <param name="y">In and out, [N, C]; may alias x.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes, else by bandwidth: reads N C
    /// floats or twice as many, writes N C. Numerics: the same bits as the host. Definition: Dropout.Reference.
    /// </remarks>
    private static void MaskKernel(
        ArrayView<float> x, KernelNoise noise, float threshold, float scale, ArrayView<float> y, int accumulate)
    {
        int item = Grid.GlobalIndex.X;
        if (item < noise.Quads)
        {
            NoiseQuad quad = noise.Quad(item);
            Mask(x, noise, quad, 0, threshold, scale, y, accumulate);
            Mask(x, noise, quad, 1, threshold, scale, y, accumulate);
            Mask(x, noise, quad, 2, threshold, scale, y, accumulate);
            Mask(x, noise, quad, 3, threshold, scale, y, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mask(
        ArrayView<float> x, KernelNoise noise, NoiseQuad quad, int place, float threshold, float scale, ArrayView<float> y,
        int accumulate)
    {
        if (noise.Has(quad, place))
        {
            // A product, so that a NaN stays one even where it is dropped.
            long at = quad.At(place);
            float value = x[at] * (noise.Uniform(quad, place) > threshold ? scale : 0);
            y[at] = accumulate != 0 ? y[at] + value : value;
        }
    }
}
