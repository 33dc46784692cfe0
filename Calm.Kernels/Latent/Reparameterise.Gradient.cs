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
            if (logStd.RequiresGradient)
            {
                GradientTarget dLogStd = tape.TargetFor(logStd);
                if (tape.Device is HostDevice host)
                {
                    BackwardOnHost(host, logStd, noise, gradient, dLogStd);
                }
                else
                {
                    bool done = false;
                    BackwardOnDevice(logStd, noise, gradient, dLogStd, ref done);
                    Check.Done(Op, tape.Device, done);
                }
            }

            if (mean.RequiresGradient)
            {
                GradientSum.Give(tape, mean, gradient);
            }
        }
    }

    static partial void BackwardOnDevice(Tensor logStd, RowNoise noise, Tensor dz, GradientTarget dLogStd, ref bool done);
}
