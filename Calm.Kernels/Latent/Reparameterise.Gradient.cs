using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dMean = dz, handed on without a copy; dLogStd = dz * e * exp(logStd). Nothing is saved: e is made again, which has the
/// same bits and costs little (README.md).
/// </content>
public static partial class Reparameterise
{
    private sealed class Node(Tensor mean, Tensor logStd, RowNoise noise, Tensor z) : TapeNode
    {
        public override string Op => Reparameterise.Op;

        public override Tensor Output => z;

        public override void Backward(Tape tape, Tensor gradient)
        {
            bool addsToMean = mean.RequiresGradient && !mean.TryAdoptGradient(gradient);
            GradientTarget? dMean = addsToMean ? tape.TargetFor(mean) : null;
            GradientTarget? dLogStd = logStd.RequiresGradient ? tape.TargetFor(logStd) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, logStd, noise, gradient, dMean, dLogStd);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(logStd, noise, gradient, dMean, dLogStd, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor logStd, RowNoise noise, Tensor dz, GradientTarget? dMean, GradientTarget? dLogStd, ref bool done);
}
