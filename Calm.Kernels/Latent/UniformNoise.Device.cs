using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread for four elements, which are made together.</content>
public static partial class UniformNoise
{
    static partial void ApplyOnDevice(Tensor rows, Tensor y, RandomStream stream, ref bool done)
    {
        IlgpuDevice gpu = y.Gpu();
        KernelNoise numbers = new(new RowNoise(null, rows, stream), y);
        gpu.Kernel<KernelNoise, ArrayView<float>>(FillKernel)(
            gpu.Queue, Launch.Items(gpu, numbers.Quads), numbers, y.View());
        done = true;
    }

    /// <summary>y[r, c] = u - 1/2, u uniform in [0, 1).</summary>
    /// <param name="noise">Where u comes from.</param>
    /// <param name="y">Out, [R, C].</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes; writes R C floats.
    /// Numerics: exact. Definition: UniformNoise.Reference.
    /// </remarks>
    private static void FillKernel(KernelNoise noise, ArrayView<float> y)
    {
        int item = Grid.GlobalIndex.X;
        if (item < noise.Quads)
        {
            NoiseQuad quad = noise.Quad(item);
            Fill(noise, quad, 0, y);
            Fill(noise, quad, 1, y);
            Fill(noise, quad, 2, y);
            Fill(noise, quad, 3, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fill(KernelNoise noise, NoiseQuad quad, int place, ArrayView<float> y)
    {
        if (noise.Has(quad, place))
        {
            y[quad.At(place)] = noise.Uniform(quad, place) - 0.5f;
        }
    }
}
