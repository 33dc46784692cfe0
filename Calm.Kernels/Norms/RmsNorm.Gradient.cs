using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g = dy * weight: dx = rstd * g - x * rstd^3 * mean(g * x), dWeight = sum over rows of dy * x * rstd.
/// Saved: x, and rstd, one float a row, rather than y, which would have to be divided by weight.
/// </content>
public static partial class RmsNorm
{
    private sealed class Node(Tensor x, Tensor weight, Tensor y, Tensor rstd) : TapeNode
    {
        public override string Op => RmsNorm.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) => tape.Device.Run(new Backward(
            tape, x, weight, rstd, gradient,
            x.RequiresGradient ? tape.TargetFor(x) : null,
            weight.RequiresGradient ? tape.TargetFor(weight) : null));
    }

    private readonly partial struct Backward(
        Tape tape, Tensor x, Tensor weight, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dWeight)
        : IDeviceWork;
}
