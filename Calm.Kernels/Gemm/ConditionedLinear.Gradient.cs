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
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            GradientTarget? dCondition = condition.RequiresGradient ? tape.TargetFor(condition) : null;
            GradientTarget? dWeight = weight.RequiresGradient ? tape.TargetFor(weight) : null;
            GradientTarget? dBias = bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, tape, x, condition, weight, draws, gradient, dx, dCondition, dWeight, dBias);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(
                    tape, x, condition, weight, draws, gradient, dx, dCondition, dWeight, dBias, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tape tape, Tensor x, Tensor condition, Tensor weight, int draws, Tensor dy, GradientTarget? dx,
        GradientTarget? dCondition, GradientTarget? dWeight, GradientTarget? dBias, ref bool done);
}
