using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With n = (x - mean) * rstd and g = dy * weight: dx = rstd * (g - mean(g) - n * mean(g * n)), dWeight = sum over rows of
/// dy * n, dBias = sum over rows of dy. Saved: x, and two floats a row from which n is made again.
/// </content>
public static partial class LayerNorm
{
    private sealed class Node(Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor mean, Tensor rstd) : TapeNode
    {
        public override string Op => LayerNorm.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            GradientTarget? dWeight = weight is { RequiresGradient: true } ? tape.TargetFor(weight) : null;
            GradientTarget? dBias = bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, tape, x, weight, mean, rstd, gradient, dx, dWeight, dBias);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(tape, x, weight, mean, rstd, gradient, dx, dWeight, dBias, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tape tape, Tensor x, Tensor? weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx,
        GradientTarget? dWeight, GradientTarget? dBias, ref bool done);
}
