using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dx = dy Wx and dWx = dy^T x. With g[m] the sum of dy over the draws of position m: dCondition = g Wc, dWc = g^T
/// condition, dBias = sum over positions of g. Saved: nothing but the inputs.
/// </content>
public static partial class ConditionedLinear
{
    private sealed class Node(Tensor x, Tensor condition, Tensor weight, Tensor? bias, int draws, Tensor y) : TapeNode
    {
        public override string Op => ConditionedLinear.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            Device device = tape.Device;
            (int outputs, int positions) = (weight.Rows, condition.Rows);
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            GradientTarget? dCondition = condition.RequiresGradient ? tape.TargetFor(condition) : null;
            GradientTarget? dWeight = weight.RequiresGradient ? tape.TargetFor(weight) : null;
            GradientTarget? dBias = bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null;
            if (dx is { } input)
            {
                MatrixProduct.RunWeight(
                    tape, x.Rows, x.Columns, outputs, new(gradient), new(weight), new(input.Tensor), input.Accumulate);
            }

            if (dWeight is { } left)
            {
                MatrixProduct.Run(
                    device, outputs, x.Columns, x.Rows, new(gradient, Transposed: true), new(x), new(left.Tensor),
                    left.Accumulate);
            }

            if (dCondition is null && dWeight is null && dBias is null)
            {
                return;
            }

            // All that is shared by the draws of a position sees the sum of their gradients.
            Tensor sums = tape.Rent(new Shape(positions, outputs), Op);
            device.Run(new DrawSum(gradient, sums, draws));
            if (dCondition is { } given)
            {
                MatrixProduct.RunWeight(
                    tape, positions, condition.Columns, outputs, new(sums), new(weight, x.Columns), new(given.Tensor),
                    given.Accumulate);
            }

            if (dWeight is { } right)
            {
                MatrixProduct.Run(
                    device, outputs, condition.Columns, positions, new(sums, Transposed: true), new(condition),
                    new(right.Tensor, x.Columns), right.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(tape, sums, shift);
            }
        }
    }

    /// <summary>sums[m, c] = sum over s of dy[m S + s, c].</summary>
    private readonly partial struct DrawSum(Tensor dy, Tensor sums, int draws) : IDeviceWork;
}
