using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dLogits[r, v] = dLoss * scale / live * (softmax(logits[r])[v] - [v = t[r]]), 0 in ignored rows. Saved: two floats a
/// row, from which the softmax is made again in one pass, rather than the softmax itself.
/// </content>
public static partial class CrossEntropy
{
    private sealed class Node(Tensor logits, Tensor targets, Saved saved, Tensor loss) : TapeNode
    {
        public override string Op => CrossEntropy.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dLogits = tape.TargetFor(logits);
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, logits, targets, saved, gradient, dLogits);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(logits, targets, saved, gradient, dLogits, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor logits, Tensor targets, Saved saved, Tensor dLoss, GradientTarget dLogits, ref bool done);
}
