using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's products; bias and residual are added while a tile of y is in the first cache.</content>
public static unsafe partial class Linear
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Epilogue epilogue = new(bias is null ? null : bias.Pointer, residual is null ? null : residual.Pointer);
            HostGemm.MultiplyByWeight(
                host, tape, y.Rows, HostMatrix.Of(x), weight, x.Columns, y.Pointer, epilogue, host.Precision);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            int rows = x.Rows;
            (int outputs, int inputs) = (weight.Rows, weight.Columns);
            if (dx is { } input)
            {
                HostGemm.Multiply(
                    host, rows, inputs, outputs, HostMatrix.Of(dy), HostMatrix.Of(weight), input.Tensor.Pointer, inputs,
                    input.Accumulate);
            }

            if (dWeight is { } map)
            {
                HostGemm.Multiply(
                    host, outputs, inputs, rows, HostMatrix.TransposeOf(dy), HostMatrix.Of(x), map.Tensor.Pointer, inputs,
                    map.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(host, dy, shift);
            }
        }
    }
}
