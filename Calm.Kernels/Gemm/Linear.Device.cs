using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's products; bias and residual are added where the sums are.</content>
public static partial class Linear
{
    static partial void ForwardOnDevice(
        Tensor x, Tensor weight, Tensor? bias, Tensor? residual, Tensor y, ref bool done)
    {
        DeviceGemm.Multiply(
            x.Gpu(), y.Rows, y.Columns, x.Columns, DeviceMatrix.Of(x), DeviceMatrix.TransposeOf(weight), DeviceMatrix.Of(y),
            accumulate: false, new DeviceEpilogue(bias, residual));
        done = true;
    }

    static partial void BackwardOnDevice(
        Tape tape, Tensor x, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dWeight,
        GradientTarget? dBias, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
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
                gpu, outputs, inputs, rows, DeviceMatrix.TransposeOf(dy), DeviceMatrix.Of(x), DeviceMatrix.Of(map.Tensor),
                map.Accumulate);
        }

        if (dBias is { } shift)
        {
            ColumnSum.RunOnDevice(tape, dy, shift);
        }

        done = true;
    }
}
