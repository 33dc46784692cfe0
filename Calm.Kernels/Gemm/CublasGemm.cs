using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// NVIDIA's own products, for comparison: float32, without TF32, through ILGPU.Algorithms. The library comes with CUDA and is
/// looked for only where someone asks for it.
/// </summary>
internal static partial class CublasGemm
{
    /// <summary>Loads the library for a device, whose float32 products it computes from now on.</summary>
    /// <exception cref="CalmException">The device is not NVIDIA's, or the library is not there.</exception>
    public static void UseFor(Device device)
    {
        bool done = false;
        Load(device, ref done);
        if (!done)
        {
            throw new CalmException($"gemm cublas: {device.Name} is no CUDA device; leave it out, or open one.");
        }
    }

    static partial void Load(Device device, ref bool done);
}
