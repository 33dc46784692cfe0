using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's products; bias and addend are added where the sums are.</content>
internal static partial class MatrixProduct
{
    private readonly partial struct Product
    {
        public void Run(IlgpuDevice gpu)
        {
            DeviceMatrix right = DeviceMatrix.Of(b);
            if (tape is not null)
            {
                right = right with { Packed = TensorPacking.Keep(gpu, tape, b, rows, columns, depth) };
            }

            DeviceGemm.Multiply(
                gpu, rows, columns, depth, DeviceMatrix.Of(a), right, DeviceMatrix.Of(c), accumulate, new DeviceEpilogue(bias));
        }
    }

    private readonly partial struct WeightProduct
    {
        public void Run(IlgpuDevice gpu)
        {
            MatrixOperand b = new(weight, Transposed: true);
            DeviceGemm.Multiply(
                gpu, y.Rows, y.Columns, x.Columns, DeviceMatrix.Of(x),
                DeviceMatrix.Of(b) with { Packed = TensorPacking.Keep(gpu, tape, b, y.Rows, y.Columns, x.Columns) },
                DeviceMatrix.Of(y), accumulate: false, new DeviceEpilogue(bias, addend, repeat));
        }
    }
}
