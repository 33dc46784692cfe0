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
            tape.Device.Run(new Backward(
                tape, x, weight, gradient,
                x.RequiresGradient ? tape.TargetFor(x) : null,
                weight.RequiresGradient ? tape.TargetFor(weight) : null,
                bias is { RequiresGradient: true } ? tape.TargetFor(bias) : null));
            if (residual is { RequiresGradient: true })
            {
                GradientSum.Give(tape, residual, gradient);
            }
        }
    }

    private readonly partial struct Backward(
        Tape tape, Tensor x, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dWeight, GradientTarget? dBias)
        : IDeviceWork;
}
