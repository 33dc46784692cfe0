using Calm.Runtime;

namespace Calm.Kernels;

/// <content>dx = dy * mask / (1 - p), the same loop as forward. Nothing is saved: the mask is made again.</content>
public static partial class Dropout
{
    private sealed class Node(Tensor x, float probability, RowNoise noise, Tensor y) : TapeNode
    {
        public override string Op => Dropout.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Mask(gradient, probability, noise, tape.TargetFor(x, reads: false)));
    }
}
