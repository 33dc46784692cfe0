using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dx_i = 2 / (M S N) sum_j g(x_i - y_j) - 2 / (M S (S - 1)) sum_k g(x_i - x_k), with g(d) = beta |d|^(beta - 2) d and
/// g(0) = 0. It is computed in the forward pass, for a loss gradient of 1, while the targets are at hand, and kept: as
/// much memory as the draws. Backward scales it in place and hands it on. Making the noise again in backward, which its
/// counters allow, would save that memory until then and cost all of the forward pass a second time: README.md.
/// </content>
public static partial class EnergyScore
{
    private sealed class Node(Tensor draws, Tensor unit, Tensor loss) : TapeNode
    {
        public override string Op => EnergyScore.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient) => GradientSum.Give(tape, draws, unit, gradient);
    }
}
