using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g as in <see cref="EnergyScore"/>: dx_i = dFit / (S N) sum_j g(x_i - y_j) + 2 dSpread / (S (S - 1)) sum_k
/// g(x_i - x_k). Nothing is saved: backward goes through the pairs again, since the two gradients are not known before.
/// </content>
public static partial class EnergyTerms
{
    private sealed class Node(EnergySizes sizes, Tensor draws, Tensor targets, float exponent, Tensor terms) : TapeNode
    {
        public override string Op => EnergyTerms.Op;

        public override Tensor Output => terms;

        public override void Backward(Tape tape, Tensor gradient)
        {
            tape.Device.Profiler?.Count(0, (double)targets.Count * Tensor.ElementSize);
            tape.Device.CountOther(2 * sizes.DistanceFlops);
            tape.Device.Run(new EnergyLoop(
                EnergyTerms.Op, sizes, draws, EnergyTargets.Given(targets), exponent, terms, new EnergySlopes(1, 1, gradient),
                tape.TargetFor(draws)));
        }
    }
}
