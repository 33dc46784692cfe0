using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel.</content>
public static partial class UniformNoise
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => noise.Launch(gpu, y, new FillKernel(y.View()));
    }

    /// <summary>y[r, c] = u - 1/2, u uniform in [0, 1).</summary>
    /// <param name="y">Out, [R, C].</param>
    /// <remarks>
    /// Launch: one thread a quad of the noise, any group size. Bound by the numbers it makes; writes R C floats.
    /// Numerics: exact. Definition: UniformNoise.Reference.
    /// </remarks>
    internal readonly struct FillKernel(ArrayView<float> y) : INoiseKernel
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(float number, long at) => y[at] = number - 0.5f;
    }
}
