using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's product.</content>
public static partial class MatMul
{
    private readonly partial struct Product
    {
        public void Run(IlgpuDevice gpu) => DeviceGemm.Multiply(
            gpu, a.Rows, b.Columns, a.Columns, ViewOf(a), ViewOf(b), DeviceMatrix.Of(target.Tensor), target.Accumulate);

        private static DeviceMatrix ViewOf(Operand operand) =>
            operand.IsTransposed ? DeviceMatrix.TransposeOf(operand.Tensor) : DeviceMatrix.Of(operand.Tensor);
    }
}
