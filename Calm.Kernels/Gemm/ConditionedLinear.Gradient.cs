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

        public override void Backward(Tape tape, Tensor gradient) => tape.Device.Run(new Backward(
            tape, x, condition, weight, draws, gradient,
            x.RequiresGradient ? tape.TargetFor(x) : null,
            condition.RequiresGradient ? tape.TargetFor(condition) : null,
            weight.RequiresGradient ? tape.TargetFor(weight) : null,
            bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null));
    }

    private readonly partial struct Backward(
        Tape tape, Tensor x, Tensor condition, Tensor weight, int draws, Tensor dy, GradientTarget? dx,
        GradientTarget? dCondition, GradientTarget? dWeight, GradientTarget? dBias) : IDeviceWork;
}
