using Calm.Runtime;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Calm.Kernels;

/// <content>The library's calls.</content>
internal static partial class CublasGemm
{
    static partial void Load(Device device, ref bool done)
    {
        if (device is not IlgpuDevice { Accelerator: CudaAccelerator accelerator } gpu)
        {
            return;
        }

        try
        {
            gpu.Cublas = new CuBlas(accelerator);
            done = true;
        }
        catch (Exception failure) when (failure is DllNotFoundException or CuBlasException or NotSupportedException)
        {
            throw new CalmException(
                $"gemm cublas: the library could not be used ({failure.Message}); install cuBLAS 12, or leave it out.",
                failure);
        }
    }

    /// <summary>Computes the product.</summary>
    /// <inheritdoc cref="DeviceGemm.Multiply"/>
    public static void Multiply(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue)
    {
        CuBlas library = gpu.Cublas!;
        if (epilogue == default)
        {
            Multiply(library, rows, columns, depth, a, b, c, accumulate);
            return;
        }

        ArrayView<float> product = gpu.Workspace((long)rows * columns);
        Multiply(library, rows, columns, depth, a, b, new DeviceMatrix(product, columns, false), accumulate: false);
        ProductSizes sizes = new(rows, columns, depth, a, b, c.Stride, accumulate, epilogue) { Blocks = 1 };
        new ProductSlots((long)rows * columns, columns, 1).Sum(gpu, product, sizes, c, epilogue);
    }

    // The library counts down columns: what it sees of C is its transpose, B^T A^T.
    private static void Multiply(
        CuBlas library, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate) =>
        library.Gemm(
            FormOf(b), FormOf(a), columns, rows, depth, 1, b.Elements, b.Stride, a.Elements, a.Stride, accumulate ? 1 : 0,
            c.Elements, c.Stride);

    private static CuBlasOperation FormOf(DeviceMatrix matrix) =>
        matrix.Transposed ? CuBlasOperation.Transpose : CuBlasOperation.NonTranspose;
}
