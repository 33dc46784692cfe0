using System.Runtime.InteropServices;
using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace Calm.Cli;

/// <summary>
/// Products of CLBlast on the queue of an OpenCL device (Debian: libclblast1), with the tile sizes that the installed library
/// has for it.
/// </summary>
internal sealed class ClBlastProvider : IOpProvider
{
    private const string Library = "libclblast.so.1";

    private IlgpuDevice? _gpu;

    /// <inheritdoc/>
    public string Name => "clblast";

    /// <inheritdoc/>
    public string Description => $"CLBlast ({Library}) on {_gpu!.Name}";

    /// <inheritdoc/>
    public string? Open(Device device)
    {
        _gpu = device as IlgpuDevice;
        if (_gpu?.Accelerator is not CLAccelerator)
        {
            return $"{device.Name} is no OpenCL device; choose one, such as --device opencl:0";
        }

        return NativeLibrary.TryLoad(Library, out _)
            ? null
            : $"there is no {Library} on the library path; install CLBlast (Debian: libclblast1)";
    }

    /// <inheritdoc/>
    public IProvidedOp? Prepare(OpCase c, ProvidedOperands operands) =>
        DeviceProduct.IsPlainProduct(c) ? new Product(_gpu!, c, operands) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Product(IlgpuDevice gpu, OpCase c, ProvidedOperands operands) : DeviceProduct(gpu, c, operands)
    {
        private const int RowMajor = 101;
        private const int NotTransposed = 111;
        private const int TransposedForm = 112;

        public override string Form => "CLBlastSgemm";

        protected override void Multiply(
            in StoredMatrix<Tensor> a, in StoredMatrix<Tensor> b, in StoredMatrix<Tensor> c, bool accumulate)
        {
            nint queue = ((CLStream)Gpu.Queue).CommandQueue;
            (nint aBuffer, nuint aOffset) = Place(a.Elements);
            (nint bBuffer, nuint bOffset) = Place(b.Elements);
            (nint cBuffer, nuint cOffset) = Place(c.Elements);
            int status = CLBlastSgemm(
                RowMajor, FormOf(a), FormOf(b), (nuint)c.Rows, (nuint)c.Columns, (nuint)a.Columns, 1, aBuffer, aOffset,
                (nuint)a.StoredColumns, bBuffer, bOffset, (nuint)b.StoredColumns, accumulate ? 1 : 0, cBuffer, cOffset,
                (nuint)c.StoredColumns, ref queue, 0);
            if (status != 0)
            {
                throw new CalmException($"CLBlastSgemm: status {status}.");
            }
        }

        private static int FormOf(in StoredMatrix<Tensor> matrix) => matrix.Transposed ? TransposedForm : NotTransposed;

        private static (nint Buffer, nuint Offset) Place(Tensor tensor)
        {
            IContiguousArrayView view = tensor.View();
            return (view.Buffer.NativePtr, (nuint)view.Index);
        }
    }

    [DllImport(Library)]
    private static extern int CLBlastSgemm(
        int layout, int aForm, int bForm, nuint m, nuint n, nuint k, float alpha, nint aBuffer, nuint aOffset, nuint aStride,
        nint bBuffer, nuint bOffset, nuint bStride, float beta, nint cBuffer, nuint cOffset, nuint cStride, ref nint queue,
        nint finished);
}
