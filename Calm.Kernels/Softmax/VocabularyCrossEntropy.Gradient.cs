using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g[r, v] = scale / live * (softmax(z[r])[v] - [v = t[r]]), 0 in ignored rows: dHidden = g embedding and
/// dEmbedding = g^T hidden, both times dLoss. They are computed forward, where g replaces the logits: keeping these
/// would take R V floats, and making them again a third more time.
/// </content>
public static partial class VocabularyCrossEntropy
{
    private sealed class Node(Tensor hidden, Tensor embedding, Tensor loss, Tensor? dHidden, Tensor? dEmbedding)
        : TapeNode
    {
        public override string Op => VocabularyCrossEntropy.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            if (dHidden is not null)
            {
                GradientSum.Give(tape, hidden, dHidden, gradient);
            }

            if (dEmbedding is not null)
            {
                GradientSum.Give(tape, embedding, dEmbedding, gradient);
            }
        }
    }
}
