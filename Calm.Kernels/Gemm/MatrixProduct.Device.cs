using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's products; bias and addend are added where the sums are.</content>
internal static partial class MatrixProduct
{
    private readonly partial struct Product
    {
        public void Run(IlgpuDevice gpu) => DeviceGemm.Multiply(
            gpu, rows, columns, depth, DeviceMatrix.Of(a), DeviceMatrix.Of(b), DeviceMatrix.Of(c), accumulate, new DeviceEpilogue(bias));
    }

    private readonly partial struct WeightProduct
    {
        public void Run(IlgpuDevice gpu) => DeviceGemm.Multiply(
            gpu, y.Rows, y.Columns, x.Columns, DeviceMatrix.Of(x), DeviceMatrix.TransposeOf(weight), DeviceMatrix.Of(y),
            accumulate: false, new DeviceEpilogue(bias, addend, repeat));
    }
}
