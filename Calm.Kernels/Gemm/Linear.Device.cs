using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's products; bias and residual are added where the sums are.</content>
public static partial class Linear
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => DeviceGemm.Multiply(
            gpu, y.Rows, y.Columns, x.Columns, DeviceMatrix.Of(x), DeviceMatrix.TransposeOf(weight), DeviceMatrix.Of(y),
            accumulate: false, new DeviceEpilogue(bias, residual));
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            int rows = x.Rows;
            (int outputs, int inputs) = (weight.Rows, weight.Columns);
            if (dx is { } input)
            {
                DeviceGemm.Multiply(
                    gpu, rows, inputs, outputs, DeviceMatrix.Of(dy), DeviceMatrix.Of(weight), DeviceMatrix.Of(input.Tensor),
                    input.Accumulate);
            }

            if (dWeight is { } map)
            {
                DeviceGemm.Multiply(
                    gpu, outputs, inputs, rows, DeviceMatrix.TransposeOf(dy), DeviceMatrix.Of(x),
                    DeviceMatrix.Of(map.Tensor), map.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(gpu, tape, dy, shift);
            }
        }
    }
}
