using Calm.Kernels;
using Calm.Runtime;
using ILGPU.Runtime.Cuda;

namespace Calm.Cli;

/// <summary>Products of NVIDIA's cuBLAS on a CUDA device, float32 without TF32.</summary>
internal sealed class CuBlasProvider : IOpProvider
{
    private IlgpuDevice? _gpu;
    private CuBlas? _library;

    /// <inheritdoc/>
    public string Name => "cublas";

    /// <inheritdoc/>
    public string Description => $"cuBLAS {_library!.Version}, float32 without TF32, on {_gpu!.Name}";

    /// <inheritdoc/>
    public string? Open(Device device)
    {
        _gpu = device as IlgpuDevice;
        if (_gpu?.Accelerator is not CudaAccelerator accelerator)
        {
            return $"{device.Name} is no CUDA device; choose one, such as --device cuda:0";
        }

        try
        {
            _library = new CuBlas(accelerator);
            return null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or CuBlasException or NotSupportedException)
        {
            return $"the library could not be used ({failure.Message}); put cuBLAS 10 to 13 (libcublas.so.12 and its like) on "
                + "the library path";
        }
    }

    /// <inheritdoc/>
    public IProvidedOp? Prepare(OpCase c, ProvidedOperands operands) =>
        DeviceProduct.IsPlainProduct(c) ? new Product(_library!, _gpu!, c, operands) : null;

    /// <inheritdoc/>
    public void Dispose() => _library?.Dispose();

    private sealed class Product(CuBlas library, IlgpuDevice gpu, OpCase c, ProvidedOperands operands)
        : DeviceProduct(gpu, c, operands)
    {
        public override string Form => "cublasSgemm";

        // The library is column-major: it sees C as its transpose, B^T A^T.
        protected override void Multiply(
            in StoredMatrix<Tensor> a, in StoredMatrix<Tensor> b, in StoredMatrix<Tensor> c, bool accumulate) =>
            library.Gemm(
                FormOf(b), FormOf(a), c.Columns, c.Rows, a.Columns, 1, b.Elements.View(), b.StoredColumns,
                a.Elements.View(), a.StoredColumns, accumulate ? 1 : 0, c.Elements.View(), c.StoredColumns);

        private static CuBlasOperation FormOf(in StoredMatrix<Tensor> matrix) =>
            matrix.Transposed ? CuBlasOperation.Transpose : CuBlasOperation.NonTranspose;
    }
}
