using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dx = dy W, dWeight = dy^T x, dBias = sum over rows of dy; the residual's gradient is dy itself, handed on after its
/// last use here. Saved: nothing but the inputs.
/// </content>
public static partial class Linear
{
    private sealed class Node(Tensor x, Tensor weight, Tensor? bias, Tensor? residual, Tensor y) : TapeNode
    {
        public override string Op => Linear.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            int rows = x.Rows;
            (int outputs, int inputs) = (weight.Rows, weight.Columns);
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            GradientTarget? dWeight = weight.RequiresGradient ? tape.TargetFor(weight) : null;
            GradientTarget? dBias = bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null;
            if (dx is { } input)
            {
                MatrixProduct.RunWeight(
                    tape, rows, inputs, outputs, new(gradient), new(weight), new(input.Tensor), input.Accumulate);
            }

            if (dWeight is { } map)
            {
                MatrixProduct.Run(
                    tape.Device, outputs, inputs, rows, new(gradient, Transposed: true), new(x), new(map.Tensor),
                    map.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(tape, gradient, shift);
            }

            if (residual is { RequiresGradient: true })
            {
                GradientSum.Give(tape, residual, gradient);
            }
        }
    }
}
