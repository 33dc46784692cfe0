using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dLogits[r, v] = dLoss * scale / live * (softmax(logits[r])[v] - [v = t[r]]), 0 in ignored rows. On the host it is computed
/// in the forward pass, for dLoss = 1, while a row is in the first cache. Devices save two floats a row and make the
/// softmax again.
/// </content>
public static partial class CrossEntropy
{
    private sealed class HostNode(Tensor logits, Tensor unit, Tensor loss) : TapeNode
    {
        public override string Op => CrossEntropy.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient) => GradientSum.Give(tape, logits, unit, gradient);
    }
}
