using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g = dLoss * scale / N if the divergence of a component is not below the floor, else 0: dMean = g * mean,
/// dLogStd = g * (std^2 - 1). Nothing is saved: the divergence is computed again.
/// </content>
public static partial class ClampedKl
{
    private sealed class Node(Tensor mean, Tensor logStd, float floor, float scale, Tensor loss) : TapeNode
    {
        public override string Op => ClampedKl.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient) => tape.Device.Run(new Backward(
            mean, logStd, floor, scale, gradient,
            mean.RequiresGradient ? tape.TargetFor(mean) : null,
            logStd.RequiresGradient ? tape.TargetFor(logStd) : null));
    }

    private readonly partial struct Backward(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor dLoss, GradientTarget? dMean, GradientTarget? dLogStd)
        : IDeviceWork;
}
