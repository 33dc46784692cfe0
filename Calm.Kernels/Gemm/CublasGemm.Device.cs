using Calm.Runtime;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Calm.Kernels;

/// <summary>
/// Products of NVIDIA's cuBLAS, for comparison: float32, without TF32, through ILGPU.Algorithms. The library comes with CUDA and
/// is loaded only on request.
/// </summary>
internal static class CublasGemm
{
    /// <summary>Loads the library for a device, whose float32 products it computes from now on.</summary>
    /// <exception cref="CalmException">The device is not NVIDIA's, or the library is not there.</exception>
    public static void UseFor(Device device)
    {
        if (device is not IlgpuDevice { Accelerator: CudaAccelerator accelerator } gpu)
        {
            throw new CalmException($"gemm cublas: {device.Name} is no CUDA device; leave it out, or use a CUDA device.");
        }

        try
        {
            gpu.Cublas = new CuBlas(accelerator);
        }
        catch (Exception failure) when (failure is DllNotFoundException or CuBlasException or NotSupportedException)
        {
            throw new CalmException(
                $"gemm cublas: the library could not be used ({failure.Message}); put cuBLAS 10 to 13 (libcublas.so.12 and its "
                + "like) on the library path, or leave it out.",
                failure);
        }
    }

    /// <summary>Computes the product.</summary>
    public static void Multiply(IlgpuDevice gpu, in DeviceProduct product)
    {
        if (product.Epilogue is { Bias: null, Addend: null })
        {
            Multiply(gpu.Cublas!, product);
            return;
        }

        ArrayView<float> sums = gpu.Workspace(product.Count);
        Multiply(gpu.Cublas!, product.Into(sums));
        ProductSlots.Of(product).Sum(gpu, sums, product, blocks: 1);
    }

    // The library counts down columns: it sees C as its transpose, B^T A^T.
    private static void Multiply(CuBlas library, in DeviceProduct product)
    {
        var (rows, columns, depth, a, b, c, accumulate, _) = product;
        library.Gemm(
            FormOf(b), FormOf(a), columns, rows, depth, 1, b.Elements, b.Stride, a.Elements, a.Stride, accumulate ? 1 : 0,
            c.Elements, c.Stride);
    }

    private static CuBlasOperation FormOf(DeviceMatrix matrix) =>
        matrix.Transposed ? CuBlasOperation.Transpose : CuBlasOperation.NonTranspose;
}
