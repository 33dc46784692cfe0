using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel.</content>
public static partial class TokenDropout
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) =>
            noise.Launch(gpu, ids, new DropKernel(ids.IntegerView(), probability, kept.IntegerView()));
    }

    /// <summary>kept[r, k] = ids[r, k] if uniform number (r, k) is greater than the probability, else 0.</summary>
    /// <param name="ids">In, [N, K].</param>
    /// <param name="probability">p.</param>
    /// <param name="kept">Out, [N, K]; may alias ids.</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes. Numerics: exact.
    /// Definition: TokenDropout.Reference.
    /// </remarks>
    internal readonly struct DropKernel(ArrayView<int> ids, float probability, ArrayView<int> kept) : INoiseKernel
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(float number, long at) => kept[at] = number > probability ? ids[at] : 0;
    }
}
