using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread for four tokens, whose random numbers are made together.</content>
public static partial class TokenDropout
{
    static partial void ForwardOnDevice(
        Tensor ids, float probability, Tensor rows, RandomStream stream, Tensor kept, ref bool done)
    {
        IlgpuDevice gpu = ids.Gpu();
        KernelNoise numbers = new(new RowNoise(null, rows, stream), ids);
        gpu.Kernel<ArrayView<int>, KernelNoise, float, ArrayView<int>>(DropKernel)(
            gpu.Queue, Launch.Items(gpu, numbers.Quads), ids.IntegerView(), numbers, probability, kept.IntegerView());
        done = true;
    }

    /// <summary>kept[r, k] = ids[r, k] where uniform number (r, k) is greater than the probability, else 0.</summary>
    /// <param name="ids">In, [N, K].</param>
    /// <param name="noise">Where the uniform numbers come from.</param>
    /// <param name="probability">p.</param>
    /// <param name="kept">Out, [N, K]; may alias ids.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes. Numerics: exact.
    /// Definition: TokenDropout.Reference.
    /// </remarks>
    private static void DropKernel(ArrayView<int> ids, KernelNoise noise, float probability, ArrayView<int> kept)
    {
        int item = Grid.GlobalIndex.X;
        if (item < noise.Quads)
        {
            NoiseQuad quad = noise.Quad(item);
            Drop(ids, noise, quad, 0, probability, kept);
            Drop(ids, noise, quad, 1, probability, kept);
            Drop(ids, noise, quad, 2, probability, kept);
            Drop(ids, noise, quad, 3, probability, kept);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Drop(
        ArrayView<int> ids, KernelNoise noise, NoiseQuad quad, int place, float probability, ArrayView<int> kept)
    {
        if (noise.Has(quad, place))
        {
            long at = quad.At(place);
            kept[at] = noise.Uniform(quad, place) > probability ? ids[at] : 0;
        }
    }
}
