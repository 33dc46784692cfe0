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
                tape.Device.Run(new Backward(logStd, noise, gradient, tape.TargetFor(logStd)));
            }

            if (mean.RequiresGradient)
            {
                GradientSum.Give(tape, mean, gradient);
            }
        }
    }

    private readonly partial struct Backward(Tensor logStd, RowNoise noise, Tensor dz, GradientTarget dLogStd) : IDeviceWork;
}
