using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g = dLoss * scale / N where the divergence of a component is not below the floor, else 0: dMean = g * mean,
/// dLogStd = g * (std^2 - 1). Nothing is saved: the divergence is computed again.
/// </content>
public static partial class ClampedKl
{
    private sealed class Node(Tensor mean, Tensor logStd, float floor, float scale, Tensor loss) : TapeNode
    {
        public override string Op => ClampedKl.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget? dMean = mean.RequiresGradient ? tape.TargetFor(mean) : null;
            GradientTarget? dLogStd = logStd.RequiresGradient ? tape.TargetFor(logStd) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, mean, logStd, floor, scale, gradient, dMean, dLogStd);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(mean, logStd, floor, scale, gradient, dMean, dLogStd, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor dLoss, GradientTarget? dMean,
        GradientTarget? dLogStd, ref bool done);
}
