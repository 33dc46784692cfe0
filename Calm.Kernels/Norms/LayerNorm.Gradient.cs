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

        public override void Backward(Tape tape, Tensor gradient) => tape.Device.Run(new Backward(
            tape, x, weight, mean, rstd, gradient,
            x.RequiresGradient ? tape.TargetFor(x) : null,
            weight is { RequiresGradient: true } ? tape.TargetFor(weight) : null,
            bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null));
    }

    private readonly partial struct Backward(
        Tape tape, Tensor x, Tensor? weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dWeight,
        GradientTarget? dBias) : IDeviceWork;
}
