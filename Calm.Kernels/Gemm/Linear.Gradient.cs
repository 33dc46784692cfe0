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
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            GradientTarget? dWeight = weight.RequiresGradient ? tape.TargetFor(weight) : null;
            GradientTarget? dBias = bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, x, weight, gradient, dx, dWeight, dBias);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(tape, x, weight, gradient, dx, dWeight, dBias, ref done);
                Check.Done(Op, tape.Device, done);
            }

            if (residual is { RequiresGradient: true })
            {
                GradientSum.Give(tape, residual, gradient);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tape tape, Tensor x, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dWeight,
        GradientTarget? dBias, ref bool done);
}
